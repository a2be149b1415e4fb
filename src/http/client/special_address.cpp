#include "http/client/special_address.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace tartan::http {
namespace {

struct Range {
  std::array<std::uint8_t, 16> network;
  int prefix_bits;
  std::string_view kind;
};

// IANA's IPv4 special-purpose registry, less what it calls globally reachable; the multicast and
// reserved space; and the metadata services that stand on addresses of their own. The first match
// gives the words, so the narrower stands before the wider.
constexpr Range kSpecial4[] = {
    {{0, 0, 0, 0}, 32, "the unspecified address"},
    {{0}, 8, "an address of this network (0.0.0.0/8)"},
    {{10}, 8, "a private address"},
    {{100, 100, 100, 200}, 32, "a cloud metadata address"},
    {{100, 64}, 10, "a shared address (100.64.0.0/10)"},
    {{127}, 8, "a loopback address"},
    {{168, 63, 129, 16}, 32, "a cloud metadata address"},
    {{169, 254, 169, 254}, 32, "a cloud metadata address"},
    {{169, 254}, 16, "a link-local address"},
    {{172, 16}, 12, "a private address"},
    {{192, 0, 0, 192}, 32, "a cloud metadata address"},
    {{192, 0, 0}, 24, "an address for protocol assignments"},
    {{192, 0, 2}, 24, "a documentation address"},
    {{192, 88, 99}, 24, "a 6to4 relay address"},
    {{192, 168}, 16, "a private address"},
    {{198, 18}, 15, "a benchmarking address"},
    {{198, 51, 100}, 24, "a documentation address"},
    {{203, 0, 113}, 24, "a documentation address"},
    {{224}, 4, "a multicast address"},
    {{255, 255, 255, 255}, 32, "the broadcast address"},
    {{240}, 4, "a reserved address"},
};

// The same for IPv6. What lies outside 2000::/3 is no global unicast space whatever it is called.
constexpr Range kSpecial6[] = {
    {{0}, 128, "the unspecified address"},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, "a loopback address"},
    {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48, "a local NAT64 address"},
    {{0x01, 0x00}, 64, "a discard-only address"},
    {{0x20, 0x01}, 23, "an address for protocol assignments"},
    {{0x20, 0x01, 0x0d, 0xb8}, 32, "a documentation address"},
    {{0x3f, 0xff}, 20, "a documentation address"},
    {{0x5f, 0x00}, 16, "a segment routing address"},
    {{0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54},
     128,
     "a cloud metadata address"},
    {{0xfd, 0x20, 0x00, 0xce, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54},
     128,
     "a cloud metadata address"},
    {{0xfc}, 7, "a unique local (private) address"},
    {{0xfe, 0x80}, 10, "a link-local address"},
    {{0xfe, 0xc0}, 10, "a site-local address"},
    {{0xff}, 8, "a multicast address"},
};

constexpr std::array<std::uint8_t, 16> kGlobalUnicast = {0x20};
constexpr std::array<std::uint8_t, 16> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::array<std::uint8_t, 16> kTranslated = {0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::array<std::uint8_t, 16> kNat64 = {0x00, 0x64, 0xff, 0x9b};
constexpr std::array<std::uint8_t, 16> k6To4 = {0x20, 0x02};
constexpr std::array<std::uint8_t, 16> kTeredo = {0x20, 0x01, 0x00, 0x00};
constexpr std::array<std::uint8_t, 16> kCompatible = {};

bool has_prefix(std::span<const std::uint8_t> address, std::span<const std::uint8_t> network,
                int prefix_bits) {
  const auto whole = static_cast<std::size_t>(prefix_bits / 8);
  if (!std::equal(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole),
                  network.begin())) {
    return false;
  }
  const int rest = prefix_bits % 8;
  return rest == 0 || (address[whole] >> (8 - rest)) == (network[whole] >> (8 - rest));
}

AddressBytes four_at(const AddressBytes& address, std::size_t at) {
  const auto begin = address.begin() + static_cast<std::ptrdiff_t>(at);
  return {begin, begin + 4};
}

bool is_isatap(const AddressBytes& address) {
  return (address[8] & ~0x02) == 0 && address[9] == 0 && address[10] == 0x5e && address[11] == 0xfe;
}

}  // namespace

bool is_in(const AddressBytes& address, const AddressBytes& network, int prefix_bits) {
  return address.size() == network.size() && has_prefix(address, network, prefix_bits);
}

std::vector<AddressBytes> carried_by(const AddressBytes& address) {
  if (address.size() != 16) {
    return {};
  }
  if (has_prefix(address, kTeredo, 32)) {
    AddressBytes client = four_at(address, 12);
    for (std::uint8_t& byte : client) {
      byte = static_cast<std::uint8_t>(~byte);
    }
    return {client, four_at(address, 4)};
  }
  if (has_prefix(address, k6To4, 16)) {
    return {four_at(address, 2)};
  }
  if (has_prefix(address, kMapped, 96) || has_prefix(address, kTranslated, 96) ||
      has_prefix(address, kNat64, 96)) {
    return {four_at(address, 12)};
  }
  // :: and ::1 are addresses of their own, not compatible forms.
  if (has_prefix(address, kCompatible, 96) && !special_kind(address)) {
    return {four_at(address, 12)};
  }
  if (is_isatap(address)) {
    return {four_at(address, 12)};
  }
  return {};
}

std::optional<std::string_view> special_kind(const AddressBytes& address) {
  if (address.size() == 4) {
    for (const Range& range : kSpecial4) {
      if (has_prefix(address, std::span(range.network).first(4), range.prefix_bits)) {
        return range.kind;
      }
    }
    return std::nullopt;
  }
  // Forms that are judged by the IPv4 address they carry have no kind of their own.
  for (const auto& [form, bits] :
       {std::pair{kTeredo, 32}, {kMapped, 96}, {kTranslated, 96}, {kNat64, 96}}) {
    if (has_prefix(address, form, bits)) {
      return std::nullopt;
    }
  }
  for (const Range& range : kSpecial6) {
    if (has_prefix(address, range.network, range.prefix_bits)) {
      return range.kind;
    }
  }
  if (!has_prefix(address, kGlobalUnicast, 3) && !has_prefix(address, kCompatible, 96)) {
    return "an address outside the public space";
  }
  return std::nullopt;
}

}  // namespace tartan::http
