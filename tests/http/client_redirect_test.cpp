// Redirects of the outbound client: each hop checked, counted and recorded; methods, bodies and
// secrets as the answer's status and the next origin demand.
#include <gtest/gtest.h>

#include "http/client/client.h"
#include "http/raw_server.h"

namespace tartan::http {
namespace {

using Kind = OutboundError::Kind;

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string redirect(int status, const std::string& location) {
  return "HTTP/1.1 " + std::to_string(status) + " Elsewhere\r\nLocation: " + location +
         "\r\nContent-Length: 4\r\n\r\nbody";
}

// "/STATUS/..." redirects to `location`; anything else is echoed.
class Echo {
 public:
  std::string location = "/end";
  RawServer server{answering([this](const std::string& request) {
    const std::size_t at = request.find(" /");
    const int status = std::atoi(request.c_str() + at + 2);
    return status != 0 ? redirect(status, location) : ok(request);
  })};
};

class RedirectTest : public ::testing::Test {
 protected:
  EgressPolicy policy_ = allowing({"127.0.0.1"});
  Client client_{policy_};
  Echo first_;
  Echo other_;

  OutboundError fails(OutboundRequest request) {
    Outcome outcome = finish(client_, std::move(request));
    EXPECT_FALSE(outcome.ok());
    return outcome.ok() ? OutboundError{} : std::move(outcome).error();
  }
  OutboundRequest secret_post(int status) {
    OutboundRequest request =
        post(first_.server.at("/" + std::to_string(status) + "?key=hush"), "payload");
    request.headers = {{"Content-Type", "a/b"},      {"X-Kept", "yes"},
                       {"Authorization", "hush"},    {"cookie", "hush"},
                       {"Proxy-Authorization", "h"}, {"Idempotency-Key", "k"}};
    request.secret_headers = {{"X-Api-Key", "hush"}};
    return request;
  }
};

TEST_F(RedirectTest, FollowsRecordsAndResolvesLocations) {
  const std::pair<std::string, std::string> cases[] = {
      {"/end", "/end"},
      {"../up", "/up"},
      {"//127.0.0.1:PORT/z?x=1", "/z?x=1"},
      {"/with space", "/with%20space"},
      {"/end#part", "/end"},
  };
  for (const auto& [location, path] : cases) {
    first_.location = location;
    if (const std::size_t at = first_.location.find("PORT"); at != std::string::npos) {
      first_.location.replace(at, 4, std::to_string(first_.server.port()));
    }
    const Outcome outcome = finish(client_, get(first_.server.at("/302/a")));
    ASSERT_TRUE(outcome.ok()) << location << ": " << outcome.error().message;
    EXPECT_EQ(outcome->url, first_.server.at(path));
    ASSERT_EQ(outcome->redirects.size(), 1U);
    EXPECT_EQ(outcome->redirects[0].status, 302);
    EXPECT_EQ(outcome->redirects[0].url, first_.server.at("/302/a"));
    EXPECT_EQ(outcome->body.find("body"), std::string::npos);
  }
}

TEST_F(RedirectTest, KeepsOrDropsMethodAndBodyByStatus) {
  struct Case {
    int status;
    std::string method;
    bool becomes_get;
  };
  for (const auto& [status, method, becomes_get] : std::vector<Case>{{301, "POST", true},
                                                                     {302, "POST", true},
                                                                     {303, "POST", true},
                                                                     {307, "POST", false},
                                                                     {308, "POST", false},
                                                                     {301, "PUT", false},
                                                                     {302, "PATCH", false},
                                                                     {303, "DELETE", true},
                                                                     {307, "DELETE", false}}) {
    OutboundRequest request = secret_post(status);
    request.method = method;
    const Outcome outcome = finish(client_, std::move(request));
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_TRUE(outcome->body.starts_with((becomes_get ? "GET" : method) + " /end "))
        << status << outcome->body;
    EXPECT_EQ(has(outcome->body, "payload"), !becomes_get);
    EXPECT_EQ(has(outcome->body, "Content-Type"), !becomes_get);
    // The same origin: it may know everything.
    EXPECT_TRUE(has(outcome->body, "X-Api-Key: hush"));
    EXPECT_TRUE(has(outcome->body, "Authorization: hush"));
  }
}

TEST_F(RedirectTest, LeavesSecretsBehindAtAnotherOrigin) {
  first_.location = other_.server.at("/end");
  for (const int status : {301, 302, 303, 307, 308}) {
    const Outcome outcome = finish(client_, secret_post(status));
    ASSERT_TRUE(outcome.ok());
    EXPECT_FALSE(has(outcome->body, "hush")) << outcome->body;
    EXPECT_FALSE(has(outcome->body, "Authorization"));
    EXPECT_TRUE(has(outcome->body, "X-Kept: yes"));
    EXPECT_TRUE(has(outcome->body, "Idempotency-Key: k"));
    EXPECT_TRUE(has(outcome->body, "Host: 127.0.0.1:" + std::to_string(other_.server.port())));
  }
}

TEST_F(RedirectTest, DoesNotTakeSecretsUpAgainOnTheWayBack) {
  first_.location = other_.server.at("/307/back");
  other_.location = first_.server.at("/end");
  const Outcome outcome = finish(client_, secret_post(307));
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->redirects.size(), 2U);
  EXPECT_FALSE(has(outcome->body, "hush"));
}

TEST_F(RedirectTest, RefusesToCarryASecretBodyToAnotherOrigin) {
  for (const auto& [status, allowed] :
       {std::pair{301, true}, {302, true}, {303, true}, {307, false}, {308, false}}) {
    first_.location = other_.server.at("/end");
    OutboundRequest request = secret_post(status);
    request.secret_in_body = true;
    Outcome outcome = finish(client_, request);
    ASSERT_EQ(outcome.ok(), allowed) << status;
    if (allowed) {
      EXPECT_FALSE(has(outcome->body, "payload"));
    } else {
      EXPECT_EQ(outcome.error().kind, Kind::redirect_refused);
      EXPECT_TRUE(outcome.error().may_have_arrived);
      EXPECT_FALSE(has(outcome.error().message, "hush"));
    }
    // The same origin keeps it; a Location that repeats the query does not get away with it.
    first_.location = "/end";
    EXPECT_TRUE(finish(client_, request).ok());
    first_.location = other_.server.at("/end?a=b&key=hush");
    EXPECT_EQ(fails(request).kind, Kind::redirect_refused);
  }
  first_.location = other_.server.at("/end");
  OutboundRequest query = get(first_.server.at("/302?key=hush"));
  query.secret_in_body = true;
  EXPECT_EQ(fails(query).kind, Kind::redirect_refused);
}

TEST_F(RedirectTest, EndsLoopsAtTheLimit) {
  first_.location = "/302/again";
  OutboundRequest request = get(first_.server.at("/302/a"));
  request.limits.redirects_max = 3;
  const OutboundError error = fails(request);
  EXPECT_EQ(error.kind, Kind::too_many_redirects);
  request.limits.redirects_max = 0;
  EXPECT_EQ(fails(request).kind, Kind::too_many_redirects);
}

TEST_F(RedirectTest, FollowsExactlyAsManyAsAllowed) {
  std::atomic<int> left = 3;
  RawServer server(answering(
      [&](const std::string&) { return left-- > 0 ? redirect(307, "next") : ok("there"); }));
  OutboundRequest request = get(server.at("/x/y"));
  request.limits.redirects_max = 3;
  const Outcome outcome = finish(client_, request);
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->url, server.at("/x/next"));
  EXPECT_EQ(outcome->redirects.size(), 3U);
}

TEST_F(RedirectTest, RefusesPrivateAddressesBehindARedirect) {
  for (const char* location :
       {"http://10.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/",
        "http://0x7f.0.0.2/", "http://2130706434/", "//192.168.0.1/", "http://[::ffff:10.0.0.1]/",
        "https://172.16.0.1/"}) {
    first_.location = location;
    const OutboundError error = fails(post(first_.server.at("/307"), "x"));
    EXPECT_EQ(error.kind, Kind::refused) << location << ": " << error.message;
    EXPECT_TRUE(error.may_have_arrived) << "the first hop had it";
  }
}

TEST_F(RedirectTest, RefusesLocationsThatAreNoHttpUrls) {
  for (const char* location :
       {"ftp://127.0.0.1/", "file:///etc/passwd", "javascript:alert(1)", "gopher://x/",
        "http://u:p@127.0.0.1/", "http://127.0.0.1\\@x/", "http://", "data:text/plain,x",
        "dict://127.0.0.1/", "//u@127.0.0.1/", "http:///x"}) {
    first_.location = location;
    const OutboundError error = fails(get(first_.server.at("/302")));
    EXPECT_EQ(error.kind, Kind::redirect_refused) << location << ": " << error.message;
  }
}

TEST_F(RedirectTest, GivesAnswersWithoutALocationAsTheyAre) {
  RawServer server(answering([](const std::string&) {
    return std::string("HTTP/1.1 302 Found\r\nContent-Length: 4\r\n\r\nbody");
  }));
  const Outcome outcome = finish(client_, get(server.at("/")));
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->status, 302);
  EXPECT_EQ(outcome->body, "body");
}

}  // namespace
}  // namespace tartan::http
