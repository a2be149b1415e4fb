// Where outbound requests may go. Judged on the address of each socket at the moment it is opened,
// so that neither names, redirects nor answers of a name server that change (rebinding) lead to an
// address that the operator has not opened.
//
// Refused unless allowed: loopback, private, link-local, shared (100.64/10), multicast, broadcast,
// documentation, benchmarking, unspecified and otherwise special addresses (IANA's special-purpose
// registries), the metadata addresses of cloud hosts, and every IPv6 form that carries such an IPv4
// address (mapped, compatible, 6to4, Teredo, NAT64).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/server/server.h"

struct sockaddr;

namespace tartan::http {

class EgressPolicy {
 public:
  // Rules that open more: an address or CIDR range ("10.1.0.0/16", "fd00::/8", "127.0.0.1"), or a
  // host name ("build.internal"), each with an optional port ("127.0.0.1:9000", "[::1]:9000",
  // "build.internal:8443"). A name's rule holds for requests to exactly that name, whatever address
  // it has. Errors: invalid, naming the rule and what was expected.
  static Result<EgressPolicy> make(std::span<const std::string> rules);

  // Opens one address at exactly its port: for the server's own items listeners.
  void allow_listener(const Address& address);

  // Why a socket to `address` may not be opened for a request to `host` (as in its URL), or
  // nothing. The text names what kind of address it is and the setting that opens it.
  std::optional<std::string> refuse(const sockaddr& address, std::string_view host) const;

  struct Rule {
    std::vector<std::uint8_t> network;  // 4 or 16 bytes; empty for a rule on a name
    int prefix_bits = 0;
    std::string host;
    std::optional<std::uint16_t> port;
  };

 private:
  std::vector<Rule> rules_;
};

}  // namespace tartan::http
