// The outbound client over real sockets on loopback, which the tests' policy opens: what it sends,
// what it makes of good, slow, broken and hostile answers, and what it never does twice.
#include "http/client/client.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "http/raw_server.h"
#include "http/server/gzip.h"

namespace tartan::http {
namespace {

using Kind = OutboundError::Kind;

class ClientTest : public ::testing::Test {
 protected:
  EgressPolicy policy_ = allowing({"127.0.0.1", "::1"});
  Client client_{policy_};

  OutboundError fails(OutboundRequest request) {
    Outcome outcome = finish(client_, std::move(request));
    EXPECT_FALSE(outcome.ok());
    return outcome.ok() ? OutboundError{} : std::move(outcome).error();
  }
  // What the other side got for `request`.
  std::string sent(OutboundRequest request) {
    std::promise<std::string> got;
    RawServer server([&](RawServer::Peer& peer) {
      got.set_value(peer.read_request());
      peer.send(ok(""));
    });
    request.url = server.at(request.url);
    const Outcome outcome = finish(client_, std::move(request));
    EXPECT_TRUE(outcome.ok()) << (outcome.ok() ? "" : outcome.error().message);
    return outcome.ok() ? got.get_future().get() : "";
  }
};

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

TEST_F(ClientTest, BringsBackStatusHeadersBodyAndTimings) {
  RawServer server(answering([](const std::string&) {
    return "HTTP/1.1 404 Nope\r\nX-One: a\r\nx-Two:  b \r\nX-One: c\r\nContent-Length: 2\r\n\r\nhi";
  }));
  const Outcome outcome = finish(client_, get(server.at("/a/../b?q=1#frag")));
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->status, 404);
  const HeaderList expected = {
      {"X-One", "a"}, {"x-Two", "b"}, {"X-One", "c"}, {"Content-Length", "2"}};
  EXPECT_EQ(outcome->headers, expected);
  EXPECT_EQ(outcome->body, "hi");
  EXPECT_EQ(outcome->url, server.at("/b?q=1"));
  EXPECT_GT(outcome->timings.total, 0);
  EXPECT_GE(outcome->timings.total, outcome->timings.first_byte);
  EXPECT_GE(outcome->timings.first_byte, outcome->timings.connect);
}

TEST_F(ClientTest, SendsEveryMethodWithAndWithoutABody) {
  for (const std::string method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    OutboundRequest bare = get("/x");
    bare.method = method;
    const std::string without = sent(bare);
    EXPECT_TRUE(without.starts_with(method + " /x HTTP/1.1\r\n")) << without;
    const bool says_length = method == "POST" || method == "PUT" || method == "PATCH";
    EXPECT_EQ(has(without, "Content-Length: 0\r\n"), says_length) << without;
    OutboundRequest full = post("/x", std::string("bo\0dy", 5));
    full.method = method;
    const std::string with = sent(full);
    EXPECT_TRUE(with.starts_with(method + " /x HTTP/1.1\r\n")) << with;
    EXPECT_TRUE(has(with, "Content-Length: 5\r\n")) << with;
    EXPECT_TRUE(with.ends_with(std::string("\r\n\r\nbo\0dy", 9))) << with;
  }
}

TEST_F(ClientTest, SendsItsOwnHeadersUnlessTheCallerGivesThem) {
  const std::string plain = sent(post("/", "x"));
  EXPECT_TRUE(has(plain, "User-Agent: tartan/0.1\r\n"));
  EXPECT_TRUE(has(plain, "Accept: */*\r\n"));
  EXPECT_TRUE(has(plain, "Accept-Encoding: "));
  EXPECT_FALSE(has(plain, "Content-Type"));
  EXPECT_FALSE(has(plain, "Expect"));
  OutboundRequest request = post("/", std::string(2'000'000, 'x'));
  request.headers = {{"user-agent", "mine"}, {"Accept", "a/b"},       {"Accept-Encoding", "gzip"},
                     {"X-Empty", "  "},      {"Content-Type", "t/x"}, {"Content-Length", "1"},
                     {"Connection", "x"},    {"Expect", "y"},         {"Host", "other.example"}};
  request.secret_headers = {{"Authorization", "Bearer s"}};
  const std::string own = sent(request);
  for (const char* line : {"user-agent: mine\r\n", "Accept: a/b\r\n", "Accept-Encoding: gzip\r\n",
                           "X-Empty:\r\n", "Content-Type: t/x\r\n", "Content-Length: 2000000\r\n",
                           "Host: other.example\r\n", "Authorization: Bearer s\r\n"}) {
    EXPECT_TRUE(has(own, line)) << line << own.substr(0, 500);
  }
  for (const char* absent : {"tartan/", "*/*", "Content-Length: 1\r\n", "Expect", "Connection"}) {
    EXPECT_FALSE(has(own, absent)) << absent;
  }
}

TEST_F(ClientTest, RefusesHeadersThatWouldSaySomethingElseThanTheyShow) {
  RawServer server(answering([](const std::string&) { return ok(""); }));
  const std::pair<std::string, std::string> cases[] = {
      {"X", "a\r\nY: b"},
      {"X", "a\nb"},
      {"X", std::string("a\0b", 3)},
      {"X", "a\rb"},
      {"X Y", "a"},
      {"X:", "a"},
      {"", "a"},
      {"X\r\nY", "a"},
      {"X;", "a"},
      {"Ü", "a"},
      {"Transfer-Encoding", "chunked"},
      {"TE", "trailers"},
      {"Upgrade", "h2c"},
      {"Trailer", "x"},
      {"http2-settings", "x"},
  };
  for (const auto& [name, value] : cases) {
    OutboundRequest request = get(server.at("/"));
    request.headers = {{name, value}};
    EXPECT_EQ(fails(request).kind, Kind::bad_header) << name;
    std::swap(request.headers, request.secret_headers);
    const OutboundError error = fails(request);
    EXPECT_EQ(error.kind, Kind::bad_header) << name;
    EXPECT_FALSE(error.may_have_arrived);
  }
  OutboundRequest twice = get(server.at("/"));
  twice.headers = {{"Host", "a"}, {"host", "b"}};
  EXPECT_EQ(fails(twice).kind, Kind::bad_header);
  for (const char* method : {"", "get", "CONNECT", "GET / HTTP/1.1\r\nX: y"}) {
    OutboundRequest request = get(server.at("/"));
    request.method = method;
    EXPECT_EQ(fails(request).kind, Kind::bad_header) << method;
  }
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(ClientTest, TurnsDownUrlsThatAreNotHttpOrCarryCredentials) {
  for (const char* url :
       {"", "x", "/x", "ftp://127.0.0.1/", "file:///etc/passwd", "http://", "http:///x",
        "http:127.0.0.1", "http://u:p@127.0.0.1/", "http://@127.0.0.1/", "http://127.0.0.1/a b",
        "http://127.0.0.1/\r\nX: y", "http://127.0.0.1:0/", "http://127.0.0.1:99999/",
        "http://a\\b/", "http://%31/", "gopher://127.0.0.1/", "javascript:1"}) {
    const OutboundError error = fails(get(url));
    EXPECT_EQ(error.kind, Kind::bad_url) << url << ": " << error.message;
    EXPECT_FALSE(error.may_have_arrived);
    EXPECT_FALSE(error.hint.empty());
  }
}

TEST_F(ClientTest, KeepsQueriesOutOfWhatItSays) {
  RawServer server([](RawServer::Peer& peer) { peer.read_request(); });
  const OutboundError error = fails(get(server.at("/path?token=secret")));
  EXPECT_EQ(error.kind, Kind::broken);
  EXPECT_EQ(error.url, server.at("/path"));
  EXPECT_TRUE(has(error.message, "/path"));
  EXPECT_FALSE(has(error.message + error.hint + error.url, "secret"));
}

TEST_F(ClientTest, ReadsChunkedBodiesInterimAnswersAndTrailers) {
  RawServer server(answering([](const std::string&) {
    return "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n"
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
           "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Trailer: t\r\n\r\n";
  }));
  const Outcome outcome = finish(client_, get(server.at("/")));
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->status, 200);
  EXPECT_EQ(outcome->body, "abcde");
  EXPECT_EQ(outcome->headers, (HeaderList{{"Transfer-Encoding", "chunked"}}));
}

TEST_F(ClientTest, ReadsToTheEndOfTheConnectionWhereNoLengthIsGiven) {
  RawServer server([](RawServer::Peer& peer) {
    peer.read_request();
    peer.send("HTTP/1.0 200 OK\r\n\r\nall of it");
  });
  const Outcome outcome = finish(client_, get(server.at("/")));
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->body, "all of it");
}

// gzip of `size` zero bytes in a few thousand.
std::string gzip_bomb(std::size_t size) {
  const std::string zeros(size, '\0');
  return gzip(zeros);
}

TEST_F(ClientTest, DecompressesAndEndsABombAtTheLimit) {
  RawServer server(answering([](const std::string& request) {
    return ok(has(request, "/small") ? gzip("hello") : gzip_bomb(20'000'000),
              "Content-Encoding: gzip\r\n");
  }));
  const Outcome small = finish(client_, get(server.at("/small")));
  ASSERT_TRUE(small.ok());
  EXPECT_EQ(small->body, "hello");
  const OutboundError error = fails(get(server.at("/bomb")));
  EXPECT_EQ(error.kind, Kind::too_large);
  EXPECT_TRUE(error.may_have_arrived);
  OutboundRequest raw = get(server.at("/small"));
  raw.headers = {{"Accept-Encoding", "gzip"}};
  EXPECT_EQ(finish(client_, raw)->body, gzip("hello"));
}

TEST_F(ClientTest, EndsWhatDoesNotDecompressAsBroken) {
  RawServer server(answering(
      [](const std::string&) { return ok("not gzip at all", "Content-Encoding: gzip\r\n"); }));
  EXPECT_EQ(fails(get(server.at("/"))).kind, Kind::broken);
}

TEST_F(ClientTest, BoundsBodiesAndHeaders) {
  RawServer server(answering([](const std::string& request) -> std::string {
    if (has(request, "/exact")) {
      return ok(std::string(1000, 'x'));
    }
    if (has(request, "/body")) {
      return ok(std::string(1001, 'x'));
    }
    if (has(request, "/many")) {
      std::string headers;
      for (int i = 0; i < 300; ++i) {
        headers += "X-Header-" + std::to_string(i) + ": y\r\n";
      }
      return ok("", headers);
    }
    return "HTTP/1.1 200 OK\r\nX: " + std::string(300'000, 'y');
  }));
  OutboundRequest request = get(server.at("/exact"));
  request.limits = {.response_bytes_max = 1000, .header_bytes_max = 4000};
  EXPECT_TRUE(finish(client_, request).ok());
  for (const char* path : {"/body", "/many", "/endless"}) {
    request.url = server.at(path);
    EXPECT_EQ(fails(request).kind, Kind::too_large) << path;
  }
}

TEST_F(ClientTest, EndsSlowAnswersAtTheReadTimeout) {
  RawServer server([](RawServer::Peer& peer) {
    const std::string request = peer.read_request();
    if (has(request, "/headers")) {
      peer.send("HTTP/1.1 200 OK\r\nX: ");
    } else if (has(request, "/body")) {
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
    }
    peer.wait_until_closed();
  });
  for (const char* path : {"/silent", "/headers", "/body"}) {
    OutboundRequest request = post(server.at(path), "x");
    request.read_timeout_ms = 60;
    const OutboundError error = fails(request);
    EXPECT_EQ(error.kind, Kind::read_timeout) << path;
    EXPECT_TRUE(error.may_have_arrived);
    EXPECT_GE(error.timings.total, 50) << path;
  }
}

TEST_F(ClientTest, TellsAFailedConnectionFromABrokenOne) {
  std::string closed_port;
  {
    RawServer gone([](RawServer::Peer&) {});
    closed_port = gone.at("/");
  }
  const OutboundError refused = fails(post(closed_port, "x"));
  EXPECT_EQ(refused.kind, Kind::connect_failed);
  EXPECT_FALSE(refused.may_have_arrived);

  RawServer server([](RawServer::Peer& peer) {
    const std::string request = peer.read_request();
    if (has(request, "/mid-body")) {
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
    } else if (has(request, "/mid-headers")) {
      peer.send("HTTP/1.1 200 OK\r\nX: ");
    } else if (has(request, "/mid-chunk")) {
      peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nabc");
    } else if (has(request, "/nonsense")) {
      peer.send("SSH-2.0-OpenSSH_9\r\n\r\n");
    }
  });
  for (const char* path : {"/nothing", "/mid-headers", "/mid-body", "/mid-chunk", "/nonsense"}) {
    const OutboundError error = fails(post(server.at(path), "x"));
    EXPECT_EQ(error.kind, Kind::broken) << path << error.message;
    EXPECT_TRUE(error.may_have_arrived);
  }
}

TEST_F(ClientTest, TellsTlsFailuresAndSendsNothingThen) {
  std::atomic<bool> saw_request = false;
  RawServer server([&](RawServer::Peer& peer) {
    peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    saw_request = has(peer.read_request(), "HTTP");
  });
  OutboundRequest request = post("https" + server.at("/").substr(4), "x");
  const OutboundError error = fails(request);
  EXPECT_EQ(error.kind, Kind::tls_failed) << error.message;
  EXPECT_FALSE(error.may_have_arrived);
  RawServer silent([](RawServer::Peer& peer) { peer.wait_until_closed(); });
  request.url = "https" + silent.at("/").substr(4);
  request.connection_timeout_ms = 60;
  EXPECT_EQ(fails(request).kind, Kind::connect_timeout);
  EXPECT_FALSE(saw_request);
}

TEST_F(ClientTest, ReusesConnections) {
  RawServer server(answering([](const std::string& request) {
    return request.starts_with("HEAD") ? "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" : ok("x");
  }));
  for (const char* method : {"GET", "HEAD", "POST", "HEAD", "GET"}) {
    OutboundRequest request = get(server.at("/"));
    request.method = method;
    ASSERT_TRUE(finish(client_, request).ok());
  }
  EXPECT_EQ(server.connections(), 1);
}

// Answers the first request on each connection; reads any other, counts it and closes.
struct ClosesAfterTheSecondRequest {
  std::atomic<int> received = 0;
  RawServer server{[this](RawServer::Peer& peer) {
    peer.read_request();
    ++received;
    peer.send(ok("first"));
    if (!peer.read_request().empty()) {
      ++received;
    }
  }};
};

TEST_F(ClientTest, NeverSendsAnUnsafeRequestTwice) {
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE"}) {
    for (const bool has_body : {false, true}) {
      ClosesAfterTheSecondRequest target;
      ASSERT_TRUE(finish(client_, get(target.server.at("/"))).ok());
      OutboundRequest request = post(target.server.at("/"), has_body ? "x" : "");
      request.method = method;
      request.has_body = has_body;
      const OutboundError error = fails(request);
      EXPECT_EQ(error.kind, Kind::broken) << error.message;
      EXPECT_TRUE(error.may_have_arrived);
      EXPECT_EQ(target.received, 2) << method;
      EXPECT_EQ(target.server.connections(), 1);
    }
  }
}

TEST_F(ClientTest, SendsASafeRequestOnceMoreAndSaysSo) {
  ClosesAfterTheSecondRequest target;
  ASSERT_TRUE(finish(client_, get(target.server.at("/"))).ok());
  const Outcome again = finish(client_, get(target.server.at("/")));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->resends, 1);
  EXPECT_EQ(target.received, 3);
}

TEST_F(ClientTest, LeavesKeptConnectionsThatTheOtherSideClosed) {
  std::atomic<int> closed = 0;
  RawServer server([&](RawServer::Peer& peer) {
    peer.read_request();
    peer.send(ok("x"));
    ++closed;  // the socket is closed once this returns
  });
  for (int i = 1; i <= 5; ++i) {
    ASSERT_TRUE(finish(client_, get(server.at("/"))).ok());
    while (closed < i) {
      std::this_thread::yield();
    }
  }
  EXPECT_EQ(server.connections(), 5);
}

TEST_F(ClientTest, SpeaksIpv6) {
  RawServer server(answering([](const std::string&) { return ok("six"); }), AF_INET6);
  const Outcome outcome = finish(client_, get(server.at("/", "[::1]")));
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->body, "six");
}

TEST(Client, OpensANameByItsRule) {
  RawServer server(answering([](const std::string&) { return ok("x"); }));
  const EgressPolicy nothing;
  Client closed(nothing);
  const Outcome refused = finish(closed, get(server.at("/", "localhost")));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, Kind::refused);
  EXPECT_TRUE(has(refused.error().message, "localhost leads to ")) << refused.error().message;
  EXPECT_EQ(server.connections(), 0);
  const EgressPolicy by_name = allowing({"localhost:" + std::to_string(server.port())});
  Client open(by_name);
  EXPECT_TRUE(finish(open, get(server.at("/", "LOCALHOST"))).ok());
  EXPECT_FALSE(finish(open, get(server.at("/"))).ok());
}

TEST(Client, JudgesTheAddressThatANameHasWhenTheSocketIsOpened) {
  RawServer server(answering([](const std::string&) { return ok("x"); }));
  const EgressPolicy nothing;
  Client client(nothing, {.resolve = {"public.example:" + std::to_string(server.port()) +
                                      ":127.0.0.1,::1,169.254.169.254"}});
  const Outcome outcome = finish(client, get(server.at("/", "public.example")));
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().kind, Kind::refused);
  EXPECT_FALSE(outcome.error().may_have_arrived);
  EXPECT_EQ(server.connections(), 0);
}

TEST(Client, IgnoresProxiesOfTheEnvironment) {
  RawServer proxy(answering([](const std::string&) { return ok("proxied"); }));
  RawServer server(answering([](const std::string&) { return ok("direct"); }));
  ::setenv("http_proxy", proxy.at("").c_str(), 1);
  ::setenv("ALL_PROXY", proxy.at("").c_str(), 1);
  const EgressPolicy policy = allowing({"127.0.0.1"});
  Client client(policy);
  EXPECT_EQ(finish(client, get(server.at("/")))->body, "direct");
  ::unsetenv("http_proxy");
  ::unsetenv("ALL_PROXY");
  EXPECT_EQ(proxy.connections(), 0);
}

TEST(Client, BoundsParallelRequestsPerOriginAndServesAllInTurn) {
  std::atomic<int> at_once = 0;
  std::atomic<int> most = 0;
  RawServer server(answering([&](const std::string&) {
    most = std::max(most.load(), ++at_once);
    --at_once;
    return ok("x");
  }));
  const EgressPolicy policy = allowing({"127.0.0.1"});
  Client client(policy, {.parallel_max = 8, .parallel_per_origin_max = 4});
  std::vector<std::future<Outcome>> all;
  all.reserve(500);
  for (int i = 0; i < 500; ++i) {
    all.push_back(begin(client, get(server.at("/"))));
  }
  for (auto& one : all) {
    EXPECT_TRUE(one.get().ok());
  }
  EXPECT_LE(most, 4);
  EXPECT_LE(server.connections(), 4);
}

TEST(Client, StopsByCancellingWhatWaitsAndWhatRuns) {
  std::promise<void> arrived;
  RawServer server([&](RawServer::Peer& peer) {
    peer.read_request();
    arrived.set_value();
    peer.wait_until_closed();
  });
  const EgressPolicy policy = allowing({"127.0.0.1"});
  Client client(policy, {.parallel_per_origin_max = 1});
  auto running = begin(client, post(server.at("/"), "x"));
  auto waiting = begin(client, post(server.at("/"), "x"));
  arrived.get_future().get();
  client.stop();
  const Outcome first = running.get();
  const Outcome second = waiting.get();
  EXPECT_EQ(first.error().kind, Kind::cancelled);
  EXPECT_TRUE(first.error().may_have_arrived);
  EXPECT_EQ(second.error().kind, Kind::cancelled);
  EXPECT_FALSE(second.error().may_have_arrived);
  EXPECT_EQ(finish(client, get(server.at("/"))).error().kind, Kind::cancelled);
  client.stop();
}

TEST_F(ClientTest, MayBeUsedFromManyThreadsAndFromItsOwnAnswers) {
  RawServer server(answering([](const std::string&) { return ok("x"); }));
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        std::promise<bool> both;
        client_.send(get(server.at("/")), [&](const Outcome&) {
          client_.send(get(server.at("/")),
                       [&](const Outcome& second) { both.set_value(second.ok()); });
        });
        good += both.get_future().get() ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(good, 200);
}

}  // namespace
}  // namespace tartan::http
