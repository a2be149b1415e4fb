// What the workflows call: two replies over HTTP/1.1 with kept-alive connections, and nothing else,
// so that the measured system is never what waits for it. One thread and epoll.
//
//   target READY_FILE
//
// GET /order answers an order of 120; POST /approve answers an approval. The port is written to
// READY_FILE, which is moved into place whole.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>

namespace {

constexpr std::string_view kOrder =
    R"({"id":"ord-7319","customer":"c-204","total":120,"currency":"EUR"})";
constexpr std::string_view kApproval = R"({"approved":true,"approval":"apr-1"})";

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "target: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

std::string reply_with(std::string_view status, std::string_view body) {
  std::string reply = "HTTP/1.1 ";
  reply.append(status).append("\r\nContent-Type: application/json\r\nContent-Length: ");
  reply.append(std::to_string(body.size())).append("\r\n\r\n").append(body);
  return reply;
}

// The bytes of the request that is complete at the front of `received`, else 0.
std::size_t request_size(const std::string& received) {
  const std::size_t head_end = received.find("\r\n\r\n");
  if (head_end == std::string::npos) return 0;
  constexpr std::string_view name = "\r\ncontent-length:";
  std::size_t size = head_end + 4;
  for (std::size_t at = received.find("\r\n"); at < head_end; at = received.find("\r\n", at + 2)) {
    if (strncasecmp(received.data() + at, name.data(), name.size()) != 0) continue;
    size += std::strtoul(received.data() + at + name.size(), nullptr, 10);
  }
  return received.size() >= size ? size : 0;
}

class Target {
 public:
  Target() {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("bind");
    if (listen(listener_, 1024) != 0) fail("listen");
    poll_ = epoll_create1(0);
    watch(listener_);
  }

  [[nodiscard]] int port() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      fail("getsockname");
    }
    return ntohs(address.sin_port);
  }

  [[noreturn]] void run() {
    for (;;) {
      std::array<epoll_event, 256> events{};
      const int count = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        fd == listener_ ? accept_one() : receive(fd);
      }
    }
  }

 private:
  void watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (epoll_ctl(poll_, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
  }

  void accept_one() {
    const int fd = accept(listener_, nullptr, nullptr);
    if (fd < 0) return;
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(fd);
  }

  void receive(int fd) {
    std::array<char, 16384> buffer;
    const ssize_t got = recv(fd, buffer.data(), buffer.size(), 0);
    if (got <= 0) {
      received_.erase(fd);
      close(fd);
      return;
    }
    std::string& received = received_[fd];
    received.append(buffer.data(), static_cast<std::size_t>(got));
    while (const std::size_t size = request_size(received)) {
      const std::string& reply = reply_to(received);
      received.erase(0, size);
      // Far smaller than an empty socket buffer: one send takes it whole.
      if (send(fd, reply.data(), reply.size(), MSG_NOSIGNAL) < 0) return;
    }
  }

  [[nodiscard]] const std::string& reply_to(std::string_view request) const {
    if (request.starts_with("GET /order ")) return order_;
    if (request.starts_with("POST /approve ")) return approval_;
    return unknown_;
  }

  int listener_ = -1;
  int poll_ = -1;
  std::unordered_map<int, std::string> received_;
  const std::string order_ = reply_with("200 OK", kOrder);
  const std::string approval_ = reply_with("200 OK", kApproval);
  const std::string unknown_ = reply_with("404 Not Found", "{}");
};

void write_ready(const std::string& file, int port) {
  const std::string part = file + ".part";
  std::FILE* out = std::fopen(part.c_str(), "w");
  if (out == nullptr) fail(part.c_str());
  std::fprintf(out, "%d\n", port);
  std::fclose(out);
  if (std::rename(part.c_str(), file.c_str()) != 0) fail(file.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: target READY_FILE\n");
    return 2;
  }
  Target target;
  write_ready(argv[1], target.port());
  target.run();
}
