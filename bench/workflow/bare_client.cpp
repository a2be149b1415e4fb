// The limit: the two calls of the workflow by a client that keeps nothing and decides nothing, or,
// with a file, one that writes and syncs 4 KiB before the first call, between the calls and after
// the second, which is what a durable engine cannot do without.
//
//   bare_client PORT WARM_UP_SECONDS SECONDS CONNECTIONS [SYNC_FILE]
//   bare_client sync SYNC_FILE COUNT
//
// Prints what load_generator prints, a "request" being the two calls; the second form prints what
// one write and sync takes: {"p50_us", "p99_us"}. A sync blocks the one thread, so a file goes with
// one connection only. The file is written over in place, as a database's log is.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
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
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kFirst = "GET /order HTTP/1.1\r\nHost: localhost\r\n\r\n";
constexpr std::string_view kSecond =
    "POST /approve HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    "Content-Length: 17\r\n\r\n{\"id\":\"ord-7319\"}";

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "bare_client: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

class SyncedFile {
 public:
  explicit SyncedFile(const char* path) : fd_(open(path, O_RDWR | O_CREAT | O_TRUNC, 0600)) {
    if (fd_ < 0) fail(path);
    page_.fill('x');
    for (off_t i = 0; i < kPages; ++i) write_page(i);
    if (fsync(fd_) != 0) fail("fsync");
  }

  void write_and_sync() {
    write_page(next_);
    next_ = (next_ + 1) % kPages;
    if (fdatasync(fd_) != 0) fail("fdatasync");
  }

 private:
  static constexpr off_t kPages = 1024;

  void write_page(off_t number) {
    const auto size = static_cast<off_t>(page_.size());
    if (pwrite(fd_, page_.data(), page_.size(), number * size) != size) fail("pwrite");
  }

  int fd_;
  std::array<char, 4096> page_;
  off_t next_ = 0;
};

std::uint32_t percentile(const std::vector<std::uint32_t>& sorted, double share) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

std::uint32_t micros_since(Clock::time_point start) {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count());
}

struct Connection {
  int socket = -1;
  bool second = false;  // which call is under way
  Clock::time_point started_at;
};

class Load {
 public:
  Load(std::uint16_t port, std::size_t connections, SyncedFile* file) : file_(file) {
    poll_ = epoll_create1(0);
    connections_.resize(connections);
    for (Connection& connection : connections_) open(connection, port);
  }

  void run(double warm_up_seconds, double seconds) {
    measured_from_ = Clock::now() + duration(warm_up_seconds);
    measured_to_ = measured_from_ + duration(seconds);
    for (Connection& connection : connections_) begin(connection);
    while (Clock::now() < measured_to_) turn();
    std::sort(latencies_us_.begin(), latencies_us_.end());
    std::printf(
        "{\"requests\":%zu,\"seconds\":%.6f,\"used\":0,\"dry\":false,\"bad_status\":%zu,"
        "\"broken\":0,\"p50_us\":%u,\"p99_us\":%u,\"max_us\":%u}\n",
        latencies_us_.size(), seconds, bad_status_, percentile(latencies_us_, 0.5),
        percentile(latencies_us_, 0.99), percentile(latencies_us_, 1));
  }

 private:
  static Clock::duration duration(double seconds) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  }

  void open(Connection& connection, std::uint16_t port) {
    connection.socket = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
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

  static void send_all(const Connection& connection, std::string_view text) {
    const ssize_t sent = send(connection.socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(text.size())) fail("send");
  }

  void begin(Connection& connection) {
    connection.started_at = Clock::now();
    connection.second = false;
    if (file_ != nullptr) file_->write_and_sync();
    send_all(connection, kFirst);
  }

  void turn() {
    std::array<epoll_event, 256> events{};
    const int count = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), 100);
    for (int i = 0; i < count; ++i) {
      receive(*static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr));
    }
  }

  // The target sends each of its small replies in one piece.
  void receive(Connection& connection) {
    std::array<char, 4096> buffer;
    const ssize_t got = recv(connection.socket, buffer.data(), buffer.size(), 0);
    if (got <= 0) fail("recv");
    if (!std::string_view(buffer.data(), static_cast<std::size_t>(got))
             .starts_with("HTTP/1.1 200")) {
      ++bad_status_;
    }
    if (file_ != nullptr) file_->write_and_sync();
    if (!connection.second) {
      connection.second = true;
      send_all(connection, kSecond);
      return;
    }
    if (connection.started_at >= measured_from_ && Clock::now() <= measured_to_) {
      latencies_us_.push_back(micros_since(connection.started_at));
    }
    begin(connection);
  }

  SyncedFile* file_;
  int poll_ = -1;
  std::vector<Connection> connections_;
  std::vector<std::uint32_t> latencies_us_;
  Clock::time_point measured_from_;
  Clock::time_point measured_to_;
  std::size_t bad_status_ = 0;
};

void measure_syncs(const char* path, std::size_t count) {
  SyncedFile file(path);
  std::vector<std::uint32_t> times;
  for (std::size_t i = 0; i < count; ++i) {
    const auto start = Clock::now();
    file.write_and_sync();
    times.push_back(micros_since(start));
  }
  std::sort(times.begin(), times.end());
  std::printf("{\"p50_us\":%u,\"p99_us\":%u}\n", percentile(times, 0.5), percentile(times, 0.99));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::string_view(argv[1]) == "sync") {
    measure_syncs(argv[2], std::stoul(argv[3]));
    return 0;
  }
  if (argc != 5 && argc != 6) {
    std::fprintf(stderr, "usage: see the head of bare_client.cpp\n");
    return 2;
  }
  const std::size_t connections = std::stoul(argv[4]);
  if (argc == 6 && connections != 1) {
    std::fprintf(stderr, "bare_client: a file to sync goes with one connection\n");
    return 2;
  }
  std::optional<SyncedFile> file;
  if (argc == 6) file.emplace(argv[5]);
  Load load(static_cast<std::uint16_t>(std::stoul(argv[1])), connections, file ? &*file : nullptr);
  load.run(std::stod(argv[2]), std::stod(argv[3]));
  return 0;
}
