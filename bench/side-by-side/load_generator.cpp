// Closed-loop HTTP load for the benchmarks: each of a fixed number of connections sends
// one POST, waits for its reply, and sends the next. Every body is one line of a file.
//
//   load_generator PORT PATH BODIES_FILE FIRST_LINE cycle|once WARM_UP_SECONDS SECONDS CONNECTIONS
//                  [HEADER...]      each as it stands in a request: "Name: value"
//
// Why not wrk: a removal body can be used once only, and the first requests after connecting must
// not count. (An event loop that accepts one connection per turn leaves some of 64 waiting for a
// second while it serves the others; that is no latency of a request.) So every connection has had
// a reply before the clock starts, and only requests that begin and end inside the measured time
// are counted. `cycle` starts again at the first line; `once` stops a connection when the lines
// end.
//
// Prints one JSON object: requests and seconds measured, lines used, whether the lines ran dry,
// replies that were no success, connections that broke, latency percentiles in microseconds.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::uint16_t port = 0;
  std::string path;
  std::string bodies_file;
  std::size_t first_line = 1;
  bool cycles = false;
  double warm_up_seconds = 0;
  double seconds = 0;
  std::size_t connections = 0;
  std::vector<std::string> headers;
};

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "load_generator: %s: %s\n", what.c_str(), std::strerror(errno));
  std::exit(1);
}

Options options_from(int argc, char** argv) {
  Options options;
  options.port = static_cast<std::uint16_t>(std::stoul(argv[1]));
  options.path = argv[2];
  options.bodies_file = argv[3];
  options.first_line = std::stoul(argv[4]);
  options.cycles = std::string_view(argv[5]) == "cycle";
  options.warm_up_seconds = std::stod(argv[6]);
  options.seconds = std::stod(argv[7]);
  options.connections = std::stoul(argv[8]);
  options.headers.assign(argv + 9, argv + argc);
  return options;
}

// Hands out whole requests, built from the lines of the file.
class Requests {
 public:
  explicit Requests(const Options& options) : cycles_(options.cycles) {
    head_ = "POST " + options.path +
            " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    for (const std::string& header : options.headers) head_ += header + "\r\n";
    head_ += "Content-Length: ";
    std::ifstream file(options.bodies_file);
    std::string line;
    for (std::size_t number = 1; std::getline(file, line); ++number) {
      if (number >= options.first_line) bodies_.push_back(line);
    }
    if (bodies_.empty()) fail("no bodies in " + options.bodies_file);
  }

  // False when the lines are used up.
  bool next(std::string& request) {
    if (used_ == bodies_.size() && !cycles_) return false;
    const std::string& body = bodies_[used_ % bodies_.size()];
    ++used_;
    request.assign(head_);
    request.append(std::to_string(body.size())).append("\r\n\r\n").append(body);
    return true;
  }

  [[nodiscard]] std::size_t used() const { return used_; }

 private:
  std::string head_;
  std::vector<std::string> bodies_;
  std::size_t used_ = 0;
  bool cycles_;
};

struct Connection {
  int socket = -1;
  std::string request;
  std::string received;
  Clock::time_point sent_at;
  bool waiting = false;
  bool served = false;
};

// The bytes of a reply that is complete at the front of `received`, else 0.
std::size_t reply_size(const std::string& received) {
  const std::size_t head_end = received.find("\r\n\r\n");
  if (head_end == std::string::npos) return 0;
  constexpr std::string_view name = "\r\ncontent-length:";
  for (std::size_t at = received.find("\r\n"); at < head_end; at = received.find("\r\n", at + 2)) {
    if (strncasecmp(received.data() + at, name.data(), name.size()) != 0) continue;
    const std::size_t length = std::strtoul(received.data() + at + name.size(), nullptr, 10);
    const std::size_t size = head_end + 4 + length;
    return received.size() >= size ? size : 0;
  }
  std::fprintf(stderr, "load_generator: a reply without Content-Length\n");
  std::exit(1);
}

class Load {
 public:
  explicit Load(const Options& options) : options_(options), requests_(options) {
    poll_ = epoll_create1(0);
    if (poll_ < 0) fail("epoll_create1");
    connections_.resize(options.connections);
    latencies_us_.reserve(1U << 20U);
  }

  void run() {
    for (Connection& connection : connections_) open(connection);
    const auto warm_from = Clock::now() + seconds(options_.warm_up_seconds);
    for (Connection& connection : connections_) send_next(connection);
    while ((Clock::now() < warm_from || served_ < connections_.size()) && waiting_ > 0) turn();
    measured_from_ = Clock::now();
    measured_to_ = measured_from_ + seconds(options_.seconds);
    while (Clock::now() < measured_to_ && waiting_ > 0) turn();
  }

  void print() {
    std::sort(latencies_us_.begin(), latencies_us_.end());
    std::printf(
        "{\"requests\":%zu,\"seconds\":%.6f,\"used\":%zu,\"dry\":%s,"
        "\"bad_status\":%zu,\"broken\":%zu,"
        "\"p50_us\":%u,\"p99_us\":%u,\"max_us\":%u}\n",
        latencies_us_.size(), options_.seconds, requests_.used(), dry_ ? "true" : "false",
        bad_status_, broken_, percentile(0.50), percentile(0.99), percentile(1.0));
  }

 private:
  static Clock::duration seconds(double count) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(count));
  }

  void open(Connection& connection) {
    connection.socket = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(options_.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(connection.socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      fail("connect");
    }
    const int on = 1;
    setsockopt(connection.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &connection;
    if (epoll_ctl(poll_, EPOLL_CTL_ADD, connection.socket, &event) != 0) fail("epoll_ctl");
  }

  // A request is far smaller than an empty socket buffer, so one blocking send takes it whole.
  void send_next(Connection& connection) {
    if (!requests_.next(connection.request)) {
      dry_ = true;
      return;
    }
    connection.sent_at = Clock::now();
    const std::string& request = connection.request;
    const ssize_t sent = send(connection.socket, request.data(), request.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(request.size())) {
      ++broken_;
      return;
    }
    connection.waiting = true;
    ++waiting_;
  }

  void turn() {
    std::array<epoll_event, 256> events{};
    const int count = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), 100);
    for (int i = 0; i < count; ++i) {
      receive(*static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr));
    }
  }

  void receive(Connection& connection) {
    std::array<char, 65536> buffer;
    const ssize_t got = recv(connection.socket, buffer.data(), buffer.size(), 0);
    if (got <= 0) {
      close(connection.socket);
      if (connection.waiting) {
        ++broken_;
        --waiting_;
      }
      return;
    }
    connection.received.append(buffer.data(), static_cast<std::size_t>(got));
    const std::size_t size = reply_size(connection.received);
    if (size == 0) return;
    count_reply(connection);
    connection.received.erase(0, size);
    connection.waiting = false;
    --waiting_;
    send_next(connection);
  }

  void count_reply(Connection& connection) {
    if (!connection.received.starts_with("HTTP/1.1 200")) ++bad_status_;
    if (!connection.served) {
      connection.served = true;
      ++served_;
    }
    const auto now = Clock::now();
    if (connection.sent_at < measured_from_ || now > measured_to_) return;
    const auto latency = now - connection.sent_at;
    latencies_us_.push_back(static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(latency).count()));
  }

  [[nodiscard]] std::uint32_t percentile(double share) const {
    if (latencies_us_.empty()) return 0;
    const auto last = static_cast<double>(latencies_us_.size() - 1);
    return latencies_us_[static_cast<std::size_t>(share * last)];
  }

  const Options& options_;
  Requests requests_;
  int poll_ = -1;
  std::vector<Connection> connections_;
  std::vector<std::uint32_t> latencies_us_;
  // Far away until the warm-up is over: nothing before it counts.
  Clock::time_point measured_from_ = Clock::time_point::max();
  Clock::time_point measured_to_ = Clock::time_point::max();
  std::size_t waiting_ = 0;
  std::size_t served_ = 0;
  std::size_t bad_status_ = 0;
  std::size_t broken_ = 0;
  bool dry_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 9) {
    std::fprintf(stderr, "usage: see the head of load_generator.cpp\n");
    return 2;
  }
  const Options options = options_from(argc, argv);
  Load load(options);
  load.run();
  load.print();
  return 0;
}
