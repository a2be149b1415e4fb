#include "base/random.h"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/check.h"

namespace tartan {
namespace {

constexpr std::string_view kBase62 =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

std::uint64_t split_mix(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15U;
  std::uint64_t mixed = state;
  mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
  return mixed ^ (mixed >> 31U);
}

}  // namespace

void SystemRandom::fill(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
    if (got < 0) {
      check(errno == EINTR, "the kernel gives random bytes");
      continue;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

void SeededRandom::fill(std::span<std::byte> bytes) {
  const std::lock_guard lock(mutex_);
  while (!bytes.empty()) {
    const std::uint64_t word = split_mix(state_);
    const std::size_t count = std::min(bytes.size(), sizeof word);
    std::memcpy(bytes.data(), &word, count);
    bytes = bytes.subspan(count);
  }
}

std::uint64_t SeededRandom::next() {
  const std::lock_guard lock(mutex_);
  return split_mix(state_);
}

std::string random_base62(Random& random, std::size_t length) {
  std::string text;
  text.reserve(length);
  std::array<std::byte, 64> pool;
  while (text.size() < length) {
    random.fill(pool);
    for (const std::byte byte : pool) {
      // 248 is the largest multiple of 62 in a byte: what lies above would favour some digits.
      const auto value = std::to_integer<unsigned>(byte);
      if (value < 248 && text.size() < length) {
        text.push_back(kBase62[value % 62]);
      }
    }
  }
  return text;
}

std::string random_uuid(Random& random) {
  std::array<std::byte, 16> bytes;
  random.fill(bytes);
  bytes[6] = (bytes[6] & std::byte{0x0f}) | std::byte{0x40};
  bytes[8] = (bytes[8] & std::byte{0x3f}) | std::byte{0x80};
  constexpr std::string_view hex = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) {
      text.push_back('-');
    }
    const auto value = std::to_integer<unsigned>(bytes[i]);
    text.push_back(hex[value >> 4U]);
    text.push_back(hex[value & 15U]);
  }
  return text;
}

std::string ordered_base62(std::uint64_t value, std::size_t length) {
  std::string text(length, '0');
  for (std::size_t i = length; i > 0; --i, value /= 62) {
    text[i - 1] = kBase62[value % 62];
  }
  return text;
}

}  // namespace tartan
