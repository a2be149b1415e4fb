// The egress policy by itself: which addresses are special, which rules open what, and what a
// refusal says. The client's side, with sockets, is in egress_bypass_test.cpp and client_test.cpp.
#include "http/client/egress.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>
#include <utility>
#include <vector>

namespace tartan::http {
namespace {

std::optional<std::string> refuse(const EgressPolicy& policy, const std::string& address,
                                  std::uint16_t port = 80, std::string_view host = "") {
  sockaddr_in v4{};
  if (inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    return policy.refuse(reinterpret_cast<const sockaddr&>(v4), host);
  }
  sockaddr_in6 v6{};
  EXPECT_EQ(inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr), 1) << address;
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  v6.sin6_scope_id = address.starts_with("fe80") ? 1 : 0;
  return policy.refuse(reinterpret_cast<const sockaddr&>(v6), host);
}

EgressPolicy with(std::vector<std::string> rules) {
  auto policy = EgressPolicy::make(rules);
  EXPECT_TRUE(policy.ok()) << (policy.ok() ? "" : policy.error().message);
  return *std::move(policy);
}

TEST(EgressPolicy, RefusesTheFirstAndLastAddressOfEverySpecialRange) {
  const std::pair<std::string, std::string> cases[] = {
      {"0.0.0.0", "unspecified"},
      {"0.255.255.255", "this network"},
      {"10.0.0.0", "private"},
      {"10.255.255.255", "private"},
      {"100.64.0.0", "shared"},
      {"100.127.255.255", "shared"},
      {"100.100.100.200", "metadata"},
      {"127.0.0.0", "loopback"},
      {"127.255.255.255", "loopback"},
      {"168.63.129.16", "metadata"},
      {"169.254.0.0", "link-local"},
      {"169.254.255.255", "link-local"},
      {"169.254.169.254", "metadata"},
      {"172.16.0.0", "private"},
      {"172.31.255.255", "private"},
      {"192.0.0.0", "protocol"},
      {"192.0.0.192", "metadata"},
      {"192.0.0.255", "protocol"},
      {"192.0.2.0", "documentation"},
      {"192.0.2.255", "documentation"},
      {"192.88.99.1", "6to4"},
      {"192.168.0.0", "private"},
      {"192.168.255.255", "private"},
      {"198.18.0.0", "benchmarking"},
      {"198.19.255.255", "benchmarking"},
      {"198.51.100.7", "documentation"},
      {"203.0.113.255", "documentation"},
      {"224.0.0.1", "multicast"},
      {"239.255.255.255", "multicast"},
      {"240.0.0.0", "reserved"},
      {"255.255.255.254", "reserved"},
      {"255.255.255.255", "broadcast"},
      {"::", "unspecified"},
      {"::1", "loopback"},
      {"64:ff9b:1::1", "NAT64"},
      {"64:ff9b:1:ffff::7f00:1", "NAT64"},
      {"100::1", "discard"},
      {"2001:2::1", "protocol"},
      {"2001:20::1", "protocol"},
      {"2001:1ff:ffff::1", "protocol"},
      {"2001:db8::1", "documentation"},
      {"3fff:fff::1", "documentation"},
      {"5f00::1", "segment"},
      {"fc00::1", "unique local"},
      {"fdff:ffff::1", "unique local"},
      {"fd00:ec2::254", "metadata"},
      {"fd20:ce::254", "metadata"},
      {"fe80::1", "link-local"},
      {"febf::1", "link-local"},
      {"fec0::1", "site-local"},
      {"ff02::1", "multicast"},
      {"4000::1", "outside"},
      {"200::1", "outside"},
  };
  const EgressPolicy policy;
  for (const auto& [address, kind] : cases) {
    const auto refusal = refuse(policy, address);
    ASSERT_TRUE(refusal) << address;
    EXPECT_NE(refusal->find(kind), std::string::npos) << *refusal;
    EXPECT_NE(refusal->find(address), std::string::npos) << *refusal;
  }
}

TEST(EgressPolicy, LetsOrdinaryAddressesThroughUpToTheEdgesOfTheSpecialOnes) {
  const EgressPolicy policy;
  for (const std::string address :
       {"1.0.0.0",          "9.255.255.255",   "11.0.0.0",
        "100.63.255.255",   "100.128.0.0",     "126.255.255.255",
        "128.0.0.0",        "168.63.129.17",   "169.253.255.255",
        "169.255.0.0",      "172.15.255.255",  "172.32.0.0",
        "192.0.1.0",        "192.0.3.0",       "192.167.255.255",
        "192.169.0.0",      "198.17.255.255",  "198.20.0.0",
        "223.255.255.255",  "2001:200::1",     "2606:4700::1111",
        "2a00::1",          "3ffe::1",         "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8", "2002:808:808::1", "2001:0:808:808::f7f7:f7f7"}) {
    EXPECT_FALSE(refuse(policy, address)) << address << ": " << *refuse(policy, address);
  }
}

TEST(EgressPolicy, JudgesAnIpv6AddressByTheIpv4AddressInIt) {
  const EgressPolicy policy;
  for (const std::string address :
       {"::ffff:127.0.0.1", "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1",
        "2002:7f00:1::", "2002:7f00:1::1", "2001:0:808:808::80ff:fffe",  // Teredo's client
        "2001:0:7f00:1::f7f7:f7f7",                                      // Teredo's server
        "2a00::5efe:127.0.0.1", "2a00::200:5efe:127.0.0.1"}) {
    const auto refusal = refuse(policy, address);
    ASSERT_TRUE(refusal) << address;
    EXPECT_NE(refusal->find("carries 127.0.0.1, a loopback address"), std::string::npos)
        << *refusal;
  }
}

TEST(EgressPolicy, SaysHowAnOperatorOpensIt) {
  const EgressPolicy policy;
  EXPECT_EQ(refuse(policy, "127.0.0.1", 9000).value(),
            "127.0.0.1, a loopback address: requests do not go there unless the operator opens it "
            "with --egress-allow 127.0.0.1:9000, or egress_allow in the config file");
  EXPECT_NE(refuse(policy, "::1", 9000)->find("--egress-allow [::1]:9000"), std::string::npos);
  EXPECT_EQ(refuse(policy, "10.0.0.1", 80, "Build.internal.")->substr(0, 34),
            "build.internal leads to 10.0.0.1, ");
  // What it names does open it.
  EXPECT_FALSE(refuse(with({"127.0.0.1:9000"}), "127.0.0.1", 9000));
  EXPECT_FALSE(refuse(with({"127.0.0.1:9000"}), "::ffff:127.0.0.1", 9000));
}

TEST(EgressPolicy, OpensRangesPortsAndNamesAndNothingBeside) {
  const EgressPolicy policy =
      with({"10.1.0.0/16", "192.168.7.7:8443", "[::1]:9000", "fd00::/8", "Build.Internal:8443"});
  EXPECT_FALSE(refuse(policy, "10.1.255.1"));
  EXPECT_TRUE(refuse(policy, "10.2.0.1"));
  EXPECT_FALSE(refuse(policy, "192.168.7.7", 8443));
  EXPECT_TRUE(refuse(policy, "192.168.7.7", 8444));
  EXPECT_TRUE(refuse(policy, "192.168.7.8", 8443));
  EXPECT_FALSE(refuse(policy, "::1", 9000));
  EXPECT_TRUE(refuse(policy, "::1", 9001));
  EXPECT_FALSE(refuse(policy, "fd12::1"));
  EXPECT_TRUE(refuse(policy, "fc00::1"));
  EXPECT_FALSE(refuse(policy, "172.16.0.1", 8443, "build.internal"));
  EXPECT_FALSE(refuse(policy, "172.16.0.1", 8443, "BUILD.internal."));
  EXPECT_TRUE(refuse(policy, "172.16.0.1", 80, "build.internal"));
  EXPECT_TRUE(refuse(policy, "172.16.0.1", 8443, "a.build.internal"));
  EXPECT_TRUE(refuse(policy, "172.16.0.1", 8443, "build.internal.evil.example"));
  EXPECT_FALSE(refuse(with({"0.0.0.0/0"}), "169.254.169.254"));
  EXPECT_TRUE(refuse(with({"0.0.0.0/0"}), "::1"));
}

TEST(EgressPolicy, OpensAListenerAtItsPort) {
  EgressPolicy policy;
  policy.allow_listener({"127.0.0.1", 8081});
  EXPECT_FALSE(refuse(policy, "127.0.0.1", 8081));
  EXPECT_TRUE(refuse(policy, "127.0.0.1", 8080));
  EXPECT_TRUE(refuse(policy, "127.0.0.2", 8081));
  policy.allow_listener({"0.0.0.0", 8082});
  EXPECT_FALSE(refuse(policy, "127.0.0.1", 8082));
  EXPECT_FALSE(refuse(policy, "::1", 8082));
}

TEST(EgressPolicy, TurnsDownRulesThatDoNotSayWhatTheyOpen) {
  for (const std::string rule : {"",
                                 " ",
                                 "10.0.0.0/33",
                                 "10.0.0.1/8",
                                 "10.0.0/8",
                                 "127.1",
                                 "0x7f.1",
                                 "2130706433",
                                 "fd00::/129",
                                 "fd00::1/8",
                                 "127.0.0.1:0",
                                 "127.0.0.1:65536",
                                 "127.0.0.1:x",
                                 "127.0.0.1:",
                                 "[::1",
                                 "[::1]9000",
                                 "*.internal",
                                 "a b",
                                 "-x.internal",
                                 ".internal",
                                 "http://a.internal",
                                 "a.internal/8",
                                 "a..",
                                 "10.0.0.0/-1",
                                 "10.0.0.0/"}) {
    const auto policy = EgressPolicy::make(std::vector<std::string>{rule});
    ASSERT_FALSE(policy.ok()) << rule;
    EXPECT_EQ(policy.error().fault, Fault::invalid);
    EXPECT_NE(policy.error().message.find("\"" + rule + "\""), std::string::npos);
  }
}

TEST(EgressPolicy, RefusesOtherKindsOfSockets) {
  sockaddr unix_socket{};
  unix_socket.sa_family = AF_UNIX;
  EXPECT_TRUE(EgressPolicy().refuse(unix_socket, "x"));
}

}  // namespace
}  // namespace tartan::http
