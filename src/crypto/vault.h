// Sealing and token hashing under one master key, which lives in the data directory's key file.
//
// Format of a sealed value: 1 byte version (1), 24 bytes nonce, ciphertext, 16 bytes tag
// (XChaCha20-Poly1305, RFC draft-irtf-cfrg-xchacha). The context (which row it belongs to) is
// authenticated, so that a sealed value moved to another row does not open.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"

namespace tartan::crypto {

using Bytes = std::string;  // arbitrary bytes

constexpr std::size_t kKeyBytes = 32;
using Key = std::array<unsigned char, kKeyBytes>;

// Hash of a token or secret as stored: keyed BLAKE2b, 16 bytes. Tokens carry at least 122 random
// bits, so neither guessing nor a slow password hash is of concern.
constexpr std::size_t kHashBytes = 16;
using Hash = std::array<unsigned char, kHashBytes>;

inline std::string_view view(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

// Compares in constant time.
bool equal(std::string_view a, std::string_view b);

// A key made for one User or Item, and that key wrapped by the master key, as it is stored.
struct ObjectKey {
  Key key;
  Bytes wrapped;
};

class Vault {
 public:
  // Reads the key file, or makes one (mode 0600) when it is missing and `create_missing`.
  // Errors: damaged when its content is not a key, not_found, internal from the file system.
  enum class IfMissing { create, fail };
  static Result<Vault> open(const std::filesystem::path& key_file, Random& random,
                            IfMissing if_missing);
  // A vault around a given key, for tests.
  explicit Vault(const Key& master);

  // `purpose` separates kinds ("access-token", "secret"): equal texts of two kinds hash apart.
  Hash hash(std::string_view purpose, std::string_view text) const;

  ObjectKey make_object_key(Random& random, std::string_view owner) const;
  Result<Key> unwrap(std::string_view wrapped, std::string_view owner) const;

 private:
  Key hash_key_{};
  Key wrap_key_{};
};

Bytes seal(const Key& key, Random& random, std::string_view context, std::string_view plain);
// Errors: damaged when it was altered, or sealed with another key or context.
Result<Bytes> open_sealed(const Key& key, std::string_view context, std::string_view sealed);

}  // namespace tartan::crypto
