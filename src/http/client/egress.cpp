#include "http/client/egress.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "http/client/special_address.h"

namespace tartan::http {
namespace {

constexpr std::size_t kHostNameMax = 253;

// One spelling for a host name: lower case, without the dot that ends a complete name.
std::string plain_name(std::string_view name) {
  if (name.ends_with('.')) {
    name.remove_suffix(1);
  }
  std::string plain(name);
  for (char& c : plain) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  }
  return plain;
}

std::optional<AddressBytes> parse_address(const std::string& text) {
  AddressBytes bytes(16);
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) {
    return bytes;
  }
  bytes.resize(4);
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
    return bytes;
  }
  return std::nullopt;
}

std::string text_of(const AddressBytes& address) {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(address.size() == 4 ? AF_INET : AF_INET6, address.data(), text, sizeof text);
  return text;
}

template <typename Number>
std::optional<Number> parse_number(std::string_view text, Number max) {
  Number value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size() || value > max) {
    return std::nullopt;
  }
  return value;
}

bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > kHostNameMax || name.front() == '.' || name.front() == '-') {
    return false;
  }
  const bool allowed = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  });
  // A last label that is a number is a misspelt address ("10.0.1"), which must not pass for a name.
  const std::string_view last = name.substr(name.rfind('.') + 1);
  return allowed && last.find_first_not_of("0123456789") != std::string_view::npos &&
         !last.starts_with("0x");
}

struct Parts {
  std::string_view host;
  std::optional<std::string_view> port;
};

// "[v6]:port", "[v6]", "v6" with its many colons, or "host:port".
std::optional<Parts> split_port(std::string_view rule) {
  if (rule.starts_with('[')) {
    const std::size_t close = rule.find(']');
    if (close == std::string_view::npos) {
      return std::nullopt;
    }
    const std::string_view rest = rule.substr(close + 1);
    if (!rest.empty() && rest.front() != ':') {
      return std::nullopt;
    }
    return Parts{rule.substr(1, close - 1),
                 rest.empty() ? std::nullopt : std::optional(rest.substr(1))};
  }
  const std::size_t colon = rule.find(':');
  if (colon == std::string_view::npos || rule.find(':', colon + 1) != std::string_view::npos) {
    return Parts{rule, std::nullopt};
  }
  return Parts{rule.substr(0, colon), rule.substr(colon + 1)};
}

Error bad_rule(std::string_view rule, std::string_view why) {
  return {Fault::invalid,
          "\"" + std::string(rule) + "\" opens no destination: " + std::string(why) +
              "; expected an address or range (10.1.0.0/16, fd00::/8) or a host name "
              "(build.internal), each with an optional port (127.0.0.1:9000, [::1]:9000)"};
}

// Bits set beyond the prefix are a slip of the pen that opens more or less than was meant.
bool only_prefix_bits(const AddressBytes& network, int prefix_bits) {
  for (int bit = prefix_bits; bit < static_cast<int>(network.size()) * 8; ++bit) {
    if ((network[static_cast<std::size_t>(bit / 8)] >> (7 - bit % 8) & 1) != 0) {
      return false;
    }
  }
  return true;
}

Result<EgressPolicy::Rule> parse_rule(std::string_view text) {
  const auto parts = split_port(text);
  if (!parts) {
    return bad_rule(text, "its brackets do not match");
  }
  EgressPolicy::Rule rule;
  if (parts->port) {
    rule.port = parse_number<std::uint16_t>(*parts->port, 65535);
    if (!rule.port || *rule.port == 0) {
      return bad_rule(text, "its port is no number from 1 to 65535");
    }
  }
  const std::size_t slash = parts->host.find('/');
  const auto address = parse_address(std::string(parts->host.substr(0, slash)));
  if (address) {
    const int bits = static_cast<int>(address->size()) * 8;
    rule.network = *address;
    rule.prefix_bits = bits;
    if (slash != std::string_view::npos) {
      const auto given = parse_number<int>(parts->host.substr(slash + 1), bits);
      if (!given || *given < 0) {
        return bad_rule(text, "its prefix length is no number from 0 to " + std::to_string(bits));
      }
      rule.prefix_bits = *given;
    }
    if (!only_prefix_bits(rule.network, rule.prefix_bits)) {
      return bad_rule(text, "the address has bits beyond its prefix");
    }
    return rule;
  }
  rule.host = plain_name(parts->host);
  if (!is_host_name(rule.host)) {
    return bad_rule(text, "it is neither an address nor a host name");
  }
  return rule;
}

struct Peer {
  AddressBytes address;
  std::uint16_t port = 0;
};

// Copied out because a sockaddr need not be aligned for the type it stands for.
std::optional<Peer> peer_of(const sockaddr& address) {
  Peer peer;
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&v4.sin_addr);
    peer = {AddressBytes(bytes, bytes + 4), ntohs(v4.sin_port)};
    return peer;
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    const auto* bytes = v6.sin6_addr.s6_addr;
    peer = {AddressBytes(bytes, bytes + 16), ntohs(v6.sin6_port)};
    return peer;
  }
  return std::nullopt;
}

std::string with_port(const AddressBytes& address, std::uint16_t port) {
  const std::string text = text_of(address);
  return (address.size() == 4 ? text : "[" + text + "]") + ":" + std::to_string(port);
}

std::string refusal(const Peer& peer, const AddressBytes& judged, std::string_view kind,
                    std::string_view host) {
  const std::string where = text_of(peer.address);
  const std::string name = plain_name(host);
  std::string text;
  if (!name.empty() && name != where && name != "[" + where + "]") {
    text = name + " leads to ";
  }
  text += where;
  if (judged != peer.address) {
    text += ", which carries " + text_of(judged);
  }
  return text + ", " + std::string(kind) +
         ": requests do not go there unless the operator opens it with --egress-allow " +
         with_port(judged, peer.port) + ", or egress_allow in the config file";
}

}  // namespace

Result<EgressPolicy> EgressPolicy::make(std::span<const std::string> rules) {
  EgressPolicy policy;
  for (const std::string& text : rules) {
    Result<Rule> rule = parse_rule(text);
    if (!rule) {
      return std::move(rule).error();
    }
    policy.rules_.push_back(*std::move(rule));
  }
  return policy;
}

void EgressPolicy::allow_listener(const Address& address) {
  const auto open = [&](const AddressBytes& bytes) {
    rules_.push_back({bytes, static_cast<int>(bytes.size()) * 8, {}, address.port});
  };
  const auto bytes = parse_address(address.host);
  if (!bytes) {
    return;
  }
  open(*bytes);
  // Who listens everywhere is reached at the loopback addresses.
  if (address.host == "0.0.0.0" || address.host == "::") {
    open({127, 0, 0, 1});
    open({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
  }
}

std::optional<std::string> EgressPolicy::refuse(const sockaddr& address,
                                                std::string_view host) const {
  const auto peer = peer_of(address);
  if (!peer) {
    return "requests go over IPv4 and IPv6 only";
  }
  const std::string name = plain_name(host);
  const auto opened = [&](const AddressBytes& bytes) {
    return std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) {
      if (rule.port && *rule.port != peer->port) {
        return false;
      }
      return rule.network.empty() ? rule.host == name
                                  : is_in(bytes, rule.network, rule.prefix_bits);
    });
  };
  if (opened(peer->address)) {
    return std::nullopt;
  }
  if (const auto kind = special_kind(peer->address)) {
    return refusal(*peer, peer->address, *kind, host);
  }
  for (const AddressBytes& carried : carried_by(peer->address)) {
    const auto kind = special_kind(carried);
    if (kind && !opened(carried)) {
      return refusal(*peer, carried, *kind, host);
    }
  }
  return std::nullopt;
}

}  // namespace tartan::http
