#include "http/server/server.h"

#include <sys/resource.h>

#include <atomic>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <span>

#include "http/server/worker.h"

namespace tartan::http {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

// Out of descriptors: how long to wait before accepting again.
constexpr std::chrono::milliseconds kAcceptPause{100};

// Each connection needs a descriptor: take what the system allows.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

}  // namespace

struct Server::State {
  State(const Limits& given_limits, std::size_t count, Random& random) : limits(given_limits) {
    for (std::size_t i = 0; i < std::max<std::size_t>(count, 1); ++i) {
      std::uint64_t seed = 0;
      random.fill(std::as_writable_bytes(std::span(&seed, 1)));
      workers.push_back(std::make_unique<Worker>(limits, seed, open_connections));
    }
  }

  struct Listener {
    Listener(boost::asio::io_context& context, Handler& its_handler)
        : acceptor(context), pause(context), handler(its_handler) {}
    tcp::acceptor acceptor;
    boost::asio::steady_timer pause;
    Handler& handler;
  };

  void accept(Listener& listener) {
    listener.acceptor.async_accept([this, &listener](const error_code& ec, tcp::socket socket) {
      if (!listener.acceptor.is_open()) {
        return;
      }
      if (ec) {
        listener.pause.expires_after(kAcceptPause);
        listener.pause.async_wait([this, &listener](const error_code&) { accept(listener); });
        return;
      }
      if (open_connections.load(std::memory_order_relaxed) < limits.connections_max) {
        workers[next_worker++ % workers.size()]->adopt(std::move(socket), listener.handler);
      }
      accept(listener);
    });
  }

  void close_listeners() {
    for (auto& listener : listeners) {
      boost::asio::post(workers.front()->context(), [&listener] {
        error_code ignored;
        listener->acceptor.close(ignored);
        listener->pause.cancel();
      });
    }
  }

  const Limits limits;
  std::atomic<std::size_t> open_connections = 0;
  std::vector<std::unique_ptr<Worker>> workers;
  // Listeners live on the first worker's loop.
  std::vector<std::unique_ptr<Listener>> listeners;
  std::size_t next_worker = 0;
  bool started = false;
};

Server::Server(const Limits& limits, std::size_t workers, Random& random)
    : state_(std::make_unique<State>(limits, workers, random)) {
  raise_descriptor_limit();
}

Server::~Server() {
  if (state_->started) {
    drain(0);
  }
}

Result<Address> Server::listen(const Address& address, Handler& handler) {
  error_code ec;
  const auto ip = boost::asio::ip::make_address(address.host, ec);
  if (ec) {
    return Error{Fault::invalid, "'" + address.host + "' is not an IP address to listen on"};
  }
  auto listener = std::make_unique<State::Listener>(state_->workers.front()->context(), handler);
  const tcp::endpoint endpoint(ip, address.port);
  tcp::acceptor& acceptor = listener->acceptor;
  acceptor.open(endpoint.protocol(), ec);
  if (!ec) {
    acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
  }
  if (!ec) {
    acceptor.bind(endpoint, ec);
  }
  if (!ec) {
    acceptor.listen(4096, ec);
  }
  if (ec) {
    return Error{Fault::conflict, "can't listen on " + address.host + ":" +
                                      std::to_string(address.port) + ": " + ec.message()};
  }
  const Address bound{address.host, acceptor.local_endpoint(ec).port()};
  state_->accept(*listener);
  state_->listeners.push_back(std::move(listener));
  return bound;
}

void Server::start() {
  state_->started = true;
  for (auto& worker : state_->workers) {
    worker->start();
  }
}

void Server::drain(int grace_ms) {
  if (!state_->started) {
    return;
  }
  state_->started = false;
  state_->close_listeners();
  for (auto& worker : state_->workers) {
    worker->begin_drain();
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(grace_ms);
  while (open_connections() > 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  for (auto& worker : state_->workers) {
    worker->stop_now();
  }
  for (auto& worker : state_->workers) {
    worker->join();
  }
}

std::size_t Server::open_connections() const {
  return state_->open_connections.load(std::memory_order_relaxed);
}

}  // namespace tartan::http
