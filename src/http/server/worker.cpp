#include "http/server/worker.h"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "http/server/connection.h"

namespace tartan::http {
namespace {

// Deadlines are looked at in one sweep over the connections: exact to a quarter of the shortest.
std::chrono::milliseconds sweep_interval(const Limits& limits) {
  const int shortest = std::min({limits.header_timeout_ms, limits.body_timeout_ms,
                                 limits.idle_timeout_ms, limits.write_timeout_ms});
  return std::chrono::milliseconds(std::clamp(shortest / 4, 20, 1000));
}

}  // namespace

Worker::Worker(const Limits& limits, std::uint64_t seed, std::atomic<std::size_t>& open_connections)
    : limits_(limits),
      work_(boost::asio::make_work_guard(context_)),
      sweep_timer_(context_),
      sweep_interval_(sweep_interval(limits)),
      ids_(seed),
      open_connections_(open_connections) {}

Worker::~Worker() {
  stop_now();
  join();
}

void Worker::start() {
  thread_ = std::thread([this] {
    thread_id_ = std::this_thread::get_id();
    context_.run();
    connections_.clear();
  });
}

void Worker::adopt(boost::asio::ip::tcp::socket socket, Handler& handler) {
  // The socket moves to this worker's event loop by its descriptor.
  const auto protocol = socket.local_endpoint().protocol();
  const int descriptor = socket.release();
  boost::asio::post(context_, [this, protocol, descriptor, &handler] {
    boost::asio::ip::tcp::socket own(context_, protocol, descriptor);
    auto connection = std::make_shared<Connection>(*this, std::move(own), handler);
    connections_.insert(connection);
    open_connections_.fetch_add(1, std::memory_order_relaxed);
    connection->start();
    if (!sweeps_) {
      sweep_later();
    }
  });
}

void Worker::forget(const std::shared_ptr<Connection>& connection) {
  if (connections_.erase(connection) > 0) {
    open_connections_.fetch_sub(1, std::memory_order_relaxed);
  }
}

void Worker::begin_drain() {
  boost::asio::post(context_, [this] {
    draining_ = true;
    const std::vector<std::shared_ptr<Connection>> all(connections_.begin(), connections_.end());
    for (const auto& connection : all) {
      connection->drain();
    }
  });
}

void Worker::stop_now() { context_.stop(); }

void Worker::join() {
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Worker::sweep() {
  const auto now = std::chrono::steady_clock::now();
  std::vector<std::shared_ptr<Connection>> all(connections_.begin(), connections_.end());
  for (const auto& connection : all) {
    connection->check_deadline(now);
  }
  sweeps_ = false;
  if (!connections_.empty()) {
    sweep_later();
  }
}

void Worker::sweep_later() {
  sweeps_ = true;
  sweep_timer_.expires_after(sweep_interval_);
  sweep_timer_.async_wait([this](const boost::system::error_code& ec) {
    if (!ec) {
      sweep();
    }
  });
}

void Worker::deliver(std::shared_ptr<Connection> connection, Reply reply) {
  bool first = false;
  {
    const std::lock_guard lock(mailbox_mutex_);
    first = mailbox_.empty();
    mailbox_.emplace_back(std::move(connection), std::move(reply));
  }
  if (first) {
    Burst::run_at_end(*this);
  }
}

void Worker::at_burst_end() {
  boost::asio::post(context_, [this] { deliver_all(); });
}

void Worker::deliver_all() {
  std::vector<std::pair<std::shared_ptr<Connection>, Reply>> mail;
  {
    const std::lock_guard lock(mailbox_mutex_);
    mail.swap(mailbox_);
  }
  for (auto& [connection, reply] : mail) {
    connection->send(std::move(reply));
  }
}

std::string Worker::make_request_id() {
  std::string id = ordered_base62(ids_.next(), 10);
  id += ordered_base62(ids_.next(), 5);
  return id;
}

}  // namespace tartan::http
