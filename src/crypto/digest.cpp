#include "crypto/digest.h"

#include <sodium.h>

namespace tartan::crypto {

struct Digest::State {
  crypto_generichash_state state;
};

Digest::Digest() : state_(std::make_unique<State>()) {
  crypto_generichash_init(&state_->state, nullptr, 0, kHashBytes);
}
Digest::~Digest() = default;

void Digest::add(std::string_view bytes) {
  crypto_generichash_update(&state_->state, reinterpret_cast<const unsigned char*>(bytes.data()),
                            bytes.size());
}

Hash Digest::take() {
  Hash hash{};
  crypto_generichash_final(&state_->state, hash.data(), hash.size());
  return hash;
}

Hash digest(std::string_view bytes) {
  Hash hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                     bytes.size(), nullptr, 0);
  return hash;
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    hex.push_back(digits[static_cast<unsigned char>(c) >> 4U]);
    hex.push_back(digits[static_cast<unsigned char>(c) & 15U]);
  }
  return hex;
}

}  // namespace tartan::crypto
