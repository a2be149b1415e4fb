// Randomness comes in through this interface: the operating system's in production, a seeded stream
// in tests and simulations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>

namespace tartan {

class Random {
 public:
  virtual ~Random() = default;
  // Fills `bytes`. Any thread may call it.
  virtual void fill(std::span<std::byte> bytes) = 0;
};

// The kernel's generator. Fit for keys and tokens.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::byte> bytes) override;
};

// The same stream for the same seed (SplitMix64). For tests and for data that the sandbox makes up;
// never for secrets.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::byte> bytes) override;
  std::uint64_t next();

 private:
  std::mutex mutex_;
  std::uint64_t state_;
};

// `length` characters of 0-9A-Za-z, each equally likely.
std::string random_base62(Random& random, std::size_t length);

// A version 4 UUID, lower case hexadecimal, 8-4-4-4-12.
std::string random_uuid(Random& random);

// `value` as `length` digits of 0-9A-Za-z (ASCII order, so that text order is number order); higher
// digits are cut off.
std::string ordered_base62(std::uint64_t value, std::size_t length);

}  // namespace tartan
