// Which IP addresses are special: not a host on the public internet.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tartan::http {

// 4 bytes (IPv4) or 16 (IPv6), in network order.
using AddressBytes = std::vector<std::uint8_t>;

// What kind of special address it is, as words for a person ("a loopback address"), or nothing for
// an ordinary one. Judges the bytes as they are; see `carried_by` for what they may carry.
std::optional<std::string_view> special_kind(const AddressBytes& address);

// The IPv4 addresses that an IPv6 address carries: one for mapped, compatible, translated, 6to4,
// NAT64 and ISATAP forms, two (server and client) for Teredo, none for others.
std::vector<AddressBytes> carried_by(const AddressBytes& address);

bool is_in(const AddressBytes& address, const AddressBytes& network, int prefix_bits);

}  // namespace tartan::http
