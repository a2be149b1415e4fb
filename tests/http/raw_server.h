// A server on a loopback port that does byte for byte what a test says, also what no server should.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <future>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "http/client/client.h"

namespace tartan::http {

class RawServer {
 public:
  class Peer {
   public:
    explicit Peer(int socket) : socket_(socket) {}

    // The next request, headers and body, or nothing when the other side has closed.
    std::string read_request() {
      std::size_t end = std::string::npos;
      while ((end = read_.find("\r\n\r\n")) == std::string::npos) {
        if (!read_some()) {
          return {};
        }
      }
      std::size_t size = end + 4;
      if (const std::size_t at = read_.find("Content-Length: "); at < end) {
        size += std::strtoul(read_.c_str() + at + 16, nullptr, 10);
      }
      while (read_.size() < size && read_some()) {
      }
      std::string request = read_.substr(0, size);
      read_.erase(0, size);
      return request;
    }
    // False when the other side has gone.
    bool send(std::string_view text) {
      while (!text.empty()) {
        const ssize_t sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
          return false;
        }
        text.remove_prefix(static_cast<std::size_t>(sent));
      }
      return true;
    }
    void wait_until_closed() {
      while (read_some()) {
      }
    }

   private:
    bool read_some() {
      char buffer[16384];
      const ssize_t got = ::recv(socket_, buffer, sizeof buffer, 0);
      if (got <= 0) {
        return false;
      }
      read_.append(buffer, static_cast<std::size_t>(got));
      return true;
    }

    int socket_;
    std::string read_;
  };
  using Script = std::function<void(Peer&)>;

  explicit RawServer(Script script, int family = AF_INET)
      : script_(std::move(script)), listening_(::socket(family, SOCK_STREAM, 0)) {
    sockaddr_storage address{};
    address.ss_family = static_cast<sa_family_t>(family);
    socklen_t size = sizeof(sockaddr_in);
    if (family == AF_INET6) {
      size = sizeof(sockaddr_in6);
      reinterpret_cast<sockaddr_in6&>(address).sin6_addr = in6addr_loopback;
    } else {
      reinterpret_cast<sockaddr_in&>(address).sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }
    if (::bind(listening_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listening_, 1024) != 0) {
      std::abort();
    }
    ::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(reinterpret_cast<sockaddr_in&>(address).sin_port);
    accepting_ = std::thread([this] { accept_all(); });
  }
  ~RawServer() {
    ::shutdown(listening_, SHUT_RDWR);
    accepting_.join();
    {
      const std::lock_guard lock(mutex_);
      for (const int socket : open_) {
        ::shutdown(socket, SHUT_RDWR);
      }
    }
    for (std::thread& thread : threads_) {
      thread.join();
    }
    ::close(listening_);
  }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::string at(std::string_view path, std::string_view host = "127.0.0.1") const {
    return "http://" + std::string(host) + ":" + std::to_string(port_) + std::string(path);
  }
  int connections() const { return connections_; }

 private:
  void accept_all() {
    while (true) {
      const int socket = ::accept(listening_, nullptr, nullptr);
      if (socket < 0) {
        return;
      }
      ++connections_;
      const std::lock_guard lock(mutex_);
      open_.push_back(socket);
      threads_.emplace_back([this, socket] {
        Peer peer(socket);
        script_(peer);
        const std::lock_guard closing(mutex_);
        open_.remove(socket);
        ::close(socket);
      });
    }
  }

  Script script_;
  int listening_;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_ = 0;
  std::mutex mutex_;
  std::list<int> open_;
  std::vector<std::thread> threads_;
  std::thread accepting_;
};

inline std::string ok(std::string_view body, std::string_view more = "") {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(more) + "\r\n" + std::string(body);
}

// Answers every request on a connection with what `reply` makes of it.
inline RawServer::Script answering(std::function<std::string(const std::string&)> reply) {
  return [reply = std::move(reply)](RawServer::Peer& peer) {
    for (std::string request = peer.read_request(); !request.empty();
         request = peer.read_request()) {
      if (!peer.send(reply(request))) {
        return;
      }
    }
  };
}

using Outcome = Result<OutboundReply, OutboundError>;

inline std::future<Outcome> begin(Sender& sender, OutboundRequest request) {
  auto promise = std::make_shared<std::promise<Outcome>>();
  std::future<Outcome> future = promise->get_future();
  sender.send(std::move(request),
              [promise](Outcome outcome) { promise->set_value(std::move(outcome)); });
  return future;
}

inline Outcome finish(Sender& sender, OutboundRequest request) {
  return begin(sender, std::move(request)).get();
}

inline OutboundRequest get(std::string url) {
  OutboundRequest request;
  request.url = std::move(url);
  return request;
}

inline OutboundRequest post(std::string url, std::string body) {
  OutboundRequest request = get(std::move(url));
  request.method = "POST";
  request.body = std::move(body);
  request.has_body = true;
  return request;
}

inline EgressPolicy allowing(std::vector<std::string> rules) {
  return EgressPolicy::make(rules).value();
}

}  // namespace tartan::http
