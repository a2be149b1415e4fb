// The HTTP server over real sockets: framing, limits, deadlines, pipelining, draining. The handler
// here echoes; what requests mean is tested elsewhere.
#include "http/server/server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "http/server/gzip.h"

namespace tartan::http {
namespace {

// Echoes method, path and body; "/later" is answered from another thread, "/never" not at all.
class Echo final : public Handler {
 public:
  ~Echo() override {
    for (std::thread& thread : threads_) {
      thread.join();
    }
  }
  void handle(const Request& request, Responder respond) override {
    ++requests;
    if (request.path == "/never") {
      return;
    }
    if (request.path == "/stream") {
      stream = respond.stream("text/event-stream");
      kept = true;
      return;
    }
    if (request.path == "/watched") {
      respond.on_gone([this] { ++gone; });
      watched = std::make_shared<Responder>(std::move(respond));
      kept = true;
      return;
    }
    Reply reply;
    reply.body = std::string(request.path) + "|" + std::string(request.body);
    if (request.path == "/large") {
      reply.body.assign(200'000, 'x');
    }
    if (request.path == "/later") {
      threads_.emplace_back([respond = std::make_shared<Responder>(std::move(respond)),
                             reply]() mutable { (*respond)(std::move(reply)); });
      return;
    }
    respond(std::move(reply));
  }
  Reply refuse(Refusal why, std::string_view) override {
    switch (why) {
      case Refusal::headers_too_large:
        return {431, "text/plain", "headers", {}};
      case Refusal::body_too_large:
        return {413, "text/plain", "body", {}};
      case Refusal::too_slow:
        return {408, "text/plain", "slow", {}};
      case Refusal::unanswered:
        return {500, "text/plain", "unanswered", {}};
      case Refusal::malformed:
      case Refusal::malformed_body:
        break;
    }
    return {400, "text/plain", "malformed", {}};
  }
  std::atomic<int> requests = 0;
  std::atomic<int> gone = 0;
  std::atomic<bool> kept = false;  // one of these is set
  std::shared_ptr<Responder> watched;
  std::shared_ptr<Stream> stream;

 private:
  std::vector<std::thread> threads_;
};

Limits quick_limits() {
  Limits limits;
  limits.header_bytes_max = 2048;
  limits.body_bytes_max = 4096;
  limits.header_timeout_ms = 120;
  limits.body_timeout_ms = 120;
  limits.idle_timeout_ms = 400;
  return limits;
}

template <typename Condition>
bool comes_true(Condition&& condition) {
  for (int i = 0; i < 5000 && !condition(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return condition();
}

class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  }
  ~Client() { ::close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        return;
      }
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void end_sending() { ::shutdown(socket_, SHUT_WR); }

  // Reads until `text` has been seen, the peer closes, or 5 s pass.
  std::string read_until(std::string_view text) {
    // What was searched is not searched again: an answer may have megabytes.
    std::size_t from = 0;
    while (read_.find(text, from) == std::string::npos) {
      from = read_.size() - std::min(read_.size(), text.size());
      if (!read_some()) {
        break;
      }
    }
    return read_;
  }
  std::string read_to_end() {
    while (read_some()) {
    }
    return read_;
  }

 private:
  bool read_some() {
    pollfd ready{socket_, POLLIN, 0};
    if (::poll(&ready, 1, 5000) <= 0) {
      ADD_FAILURE() << "nothing came; so far: " << read_;
      return false;
    }
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

class ServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto bound = server_.listen({"127.0.0.1", 0}, echo_);
    ASSERT_TRUE(bound.ok());
    port_ = bound->port;
    server_.start();
  }
  void TearDown() override { server_.drain(1000); }

  static std::string post(std::string_view path, std::string_view body,
                          std::string_view more = "") {
    return "POST " + std::string(path) +
           " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           std::string(more) + "\r\n" + std::string(body);
  }

  SystemRandom random_;
  Echo echo_;
  Server server_{quick_limits(), 2, random_};
  std::uint16_t port_ = 0;
};

TEST_F(ServerTest, AnswersRequestsOnAKeptConnection) {
  Client client(port_);
  client.send(post("/a", "1"));
  client.read_until("/a|1");
  client.send(post("/later", "2"));
  const std::string all = client.read_until("/later|2");
  EXPECT_NE(all.find("HTTP/1.1 200 OK"), std::string::npos);
  EXPECT_NE(all.find("X-Request-Id: "), std::string::npos);
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  Client client(port_);
  std::string all;
  for (int i = 0; i < 50; ++i) {
    all += post(i % 7 == 3 ? "/later" : "/p", "n" + std::to_string(i) + ";");
  }
  client.send(all);
  const std::string answers = client.read_until("|n49;");
  std::size_t at = 0;
  for (int i = 0; i < 50; ++i) {
    at = answers.find("|n" + std::to_string(i) + ";", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
}

TEST_F(ServerTest, TakesChunkedBodiesAndBytesOneByOne) {
  Client client(port_);
  const std::string request =
      "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  for (const char c : request) {
    client.send({&c, 1});
  }
  EXPECT_NE(client.read_until("/c|abcde").find("/c|abcde"), std::string::npos);
}

TEST_F(ServerTest, AsksForTheBodyWhenTheClientWaitsForIt) {
  Client client(port_);
  client.send("POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  client.read_until("100 Continue\r\n\r\n");
  client.send("body");
  EXPECT_NE(client.read_until("/e|body").find("200 OK"), std::string::npos);
}

TEST_F(ServerTest, RefusesWhatIsTooLargeMalformedOrAmbiguous) {
  const std::pair<std::string, std::string> cases[] = {
      {"POST / HTTP/1.1\r\nHost: x\r\nX: " + std::string(5000, 'a') + "\r\n\r\n", " 431 "},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n", " 413 "},
      {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1400\r\n" +
           std::string(0x1400, 'b') + "\r\n0\r\n\r\n",
       " 413 "},
      {"nonsense\r\n\r\n", " 400 "},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", " 400 "},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
       "\r\n",
       " 400 "},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", " 400 "},
      {"POST / HTTP/1.1\r\nBad Header: x\r\n\r\n", " 400 "},
  };
  for (const auto& [request, status] : cases) {
    Client client(port_);
    client.send(request);
    const std::string answer = client.read_to_end();
    EXPECT_NE(answer.find(status), std::string::npos) << request.substr(0, 80) << "\n" << answer;
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  }
  EXPECT_EQ(echo_.requests, 0);
}

TEST_F(ServerTest, EndsSlowHeadersAndBodiesWithAnAnswer) {
  Client slow_headers(port_);
  slow_headers.send("POST / HTTP/1.1\r\nHost:");
  Client slow_body(port_);
  slow_body.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc");
  EXPECT_NE(slow_headers.read_to_end().find(" 408 "), std::string::npos);
  EXPECT_NE(slow_body.read_to_end().find(" 408 "), std::string::npos);
}

TEST_F(ServerTest, ClosesIdleConnectionsQuietly) {
  Client client(port_);
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(ServerTest, AnswersAClientThatHalfClosed) {
  Client client(port_);
  client.send(post("/later", "x"));
  client.end_sending();
  EXPECT_NE(client.read_to_end().find("/later|x"), std::string::npos);
}

TEST_F(ServerTest, AnswersARequestThatItsHandlerDropped) {
  Client client(port_);
  client.send(post("/never", ""));
  EXPECT_NE(client.read_until("unanswered").find(" 500 "), std::string::npos);
}

TEST_F(ServerTest, SendsALargeAnswerToASlowReaderAndCompressesItWhenAsked) {
  Client plain(port_);
  plain.send(post("/large", "", "Connection: close\r\n"));
  EXPECT_GT(plain.read_to_end().size(), 200'000U);
  Client packed(port_);
  packed.send(post("/large", "", "Connection: close\r\nAccept-Encoding: gzip\r\n"));
  const std::string answer = packed.read_to_end();
  EXPECT_NE(answer.find("Content-Encoding: gzip"), std::string::npos);
  EXPECT_LT(answer.size(), 20'000U);
}

TEST_F(ServerTest, TellsWhenTheOtherSideGoesBeforeItIsAnswered) {
  {
    Client leaving(port_);
    leaving.send(post("/watched", ""));
    ASSERT_TRUE(comes_true([&] { return echo_.kept.load(); }));
    EXPECT_EQ(echo_.gone, 0);
  }
  EXPECT_TRUE(comes_true([&] { return echo_.gone == 1; }));
  (*echo_.watched)({});  // into the void
}

TEST_F(ServerTest, TellsNothingOfOneThatIsAnsweredNorOfTheNextRequest) {
  Client client(port_);
  client.send(post("/watched", "") + post("/next", ""));
  ASSERT_TRUE(comes_true([&] { return echo_.kept.load(); }));
  (*echo_.watched)({});
  client.read_until("/next|");
  client.send(post("/after", "", "Connection: close\r\n"));
  EXPECT_NE(client.read_to_end().find("/after|"), std::string::npos);
  EXPECT_EQ(echo_.gone, 0);
}

TEST_F(ServerTest, BoundsWhatWaitsForTheReaderOfAStreamAndCutsIt) {
  Client lazy(port_);
  lazy.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(comes_true([&] { return echo_.kept.load(); }));
  const std::string piece(16 * 1024, 'x');
  std::size_t most = 0;
  constexpr int far_too_many = 10'000;
  int sent = 0;
  // As fast as the worker takes them, so that what waits is what the other side does not read.
  while (sent < far_too_many && echo_.stream->send(piece)) {
    ++sent;
    most = std::max(most, echo_.stream->waiting_bytes());
    if (sent % 16 == 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  EXPECT_LT(sent, far_too_many);
  EXPECT_LE(most, Stream::kWaitingBytesMax + piece.size());
  EXPECT_TRUE(comes_true([&] { return server_.open_connections() == 0; }));
  EXPECT_FALSE(echo_.stream->send(piece));
}

TEST_F(ServerTest, TellsWhenTheReaderOfAStreamHasAll) {
  Client reader(port_);
  reader.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(comes_true([&] { return echo_.kept.load(); }));
  std::atomic<int> drained = 0;
  // Larger than what the system takes at once, and than what may wait.
  ASSERT_TRUE(echo_.stream->send(std::string(8'000'000, 'x') + "end"));
  echo_.stream->when_drained([&] { ++drained; });
  EXPECT_GT(echo_.stream->waiting_bytes(), 0U);
  reader.read_until("xend");
  EXPECT_TRUE(comes_true([&] { return drained == 1; }));
  EXPECT_EQ(echo_.stream->waiting_bytes(), 0U);
  echo_.stream->close();
  reader.read_to_end();
}

TEST_F(ServerTest, DrainsByAnsweringWhatIsUnderWayAndClosingWhatIsIdle) {
  Client idle(port_);
  Client busy(port_);
  // The interim answer tells that the request is under way.
  busy.send("POST /d HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  busy.read_until("100 Continue");
  busy.send("a");
  std::thread draining([&] { server_.drain(3000); });
  EXPECT_EQ(idle.read_to_end(), "");
  busy.send("b");
  EXPECT_NE(busy.read_to_end().find("/d|ab"), std::string::npos);
  draining.join();
}

TEST(AcceptEncoding, IsReadByItsCodingsAndWeights) {
  EXPECT_TRUE(accepts_gzip("gzip, compress, deflate, br"));
  EXPECT_TRUE(accepts_gzip("gzip;q=1.0,deflate;q=0.6,identity;q=0.3"));
  EXPECT_TRUE(accepts_gzip("br, *"));
  EXPECT_FALSE(accepts_gzip("identity"));
  EXPECT_FALSE(accepts_gzip("gzip;q=0"));
  EXPECT_FALSE(accepts_gzip("x-gzip-like"));
}

}  // namespace
}  // namespace tartan::http
