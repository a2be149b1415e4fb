// Every known way to write a URL that leads inside without seeming to, through the real client with
// nothing opened, towards servers on IPv4 and IPv6 loopback that count their connections: none may
// be reached. Names that would need a name server have their address from the case.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "http/client/client.h"
#include "http/raw_server.h"
#include "json/json.h"

namespace tartan::http {
namespace {

struct Case {
  std::string url;
  std::string name;  // that a name server would answer
  std::string address;
};

std::string replaced(std::string text, std::string_view what, const std::string& with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), with);
  }
  return text;
}

std::vector<Case> load(std::uint16_t port) {
  const std::ifstream file(TARTAN_TESTS_DIR "/http/egress_bypasses.json");
  std::stringstream text;
  text << file.rdbuf();
  const auto document = json::parse(text.str());
  EXPECT_TRUE(document.ok());
  std::vector<Case> cases;
  for (const json::Value& each : document->as_array()) {
    const auto member = [&](const char* name) {
      const json::Value* value = json::find(each.as_object(), name);
      return value == nullptr ? std::string() : std::string(value->as_string());
    };
    cases.push_back({replaced(member("url"), "{port}", std::to_string(port)), member("name"),
                     member("address")});
  }
  return cases;
}

// Some machines know no "localhost.", which is as good as refusing it.
bool is_localhost(std::string_view url) { return url.starts_with("http://localhost.:"); }

TEST(EgressBypasses, AreAllRefusedAndReachNothing) {
  RawServer four(answering([](const std::string&) { return ok("reached"); }));
  const std::vector<Case> cases = load(four.port());
  ASSERT_GE(cases.size(), 100U);
  ClientOptions options;
  for (const Case& each : cases) {
    if (!each.name.empty()) {
      options.resolve.push_back(each.name + ":" + std::to_string(four.port()) + ":" + each.address);
    }
  }
  const EgressPolicy nothing;
  Client client(nothing, options);
  std::vector<std::future<Outcome>> outcomes;
  for (const Case& each : cases) {
    OutboundRequest request = post(each.url, "x");
    request.connection_timeout_ms = 2'000;
    outcomes.push_back(begin(client, std::move(request)));
  }
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Outcome outcome = outcomes[i].get();
    ASSERT_FALSE(outcome.ok()) << cases[i].url;
    EXPECT_FALSE(outcome.error().may_have_arrived) << cases[i].url;
    using Kind = OutboundError::Kind;
    const Kind kind = outcome.error().kind;
    EXPECT_TRUE(kind == Kind::refused || kind == Kind::bad_url ||
                (kind == Kind::name_not_found && is_localhost(cases[i].url)))
        << cases[i].url << " ended as " << name_of(kind) << ": " << outcome.error().message;
  }
  EXPECT_EQ(four.connections(), 0);
}

}  // namespace
}  // namespace tartan::http
