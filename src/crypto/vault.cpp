#include "crypto/vault.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/check.h"

namespace tartan::crypto {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(kKeyBytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::span<std::byte> writable(void* data, std::size_t size) {
  return {static_cast<std::byte*>(data), size};
}

Error system_error(const std::string& doing, const std::filesystem::path& path) {
  const Fault fault = errno == ENOSPC ? Fault::full : Fault::internal;
  return {fault, doing + " " + path.string() + ": " + std::strerror(errno)};
}

// Writes the key so that a crash leaves either no key file or a whole one: the data sealed with a
// key must never be there without it.
Result<Done> write_key_file(const std::filesystem::path& path, const Key& key) {
  char hex[kKeyBytes * 2 + 1];
  sodium_bin2hex(hex, sizeof hex, key.data(), key.size());
  const std::string text = std::string(hex) + "\n";
  const std::filesystem::path draft = path.string() + ".new";
  const int file = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) {
    return system_error("can't create", draft);
  }
  const bool written =
      ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      ::fsync(file) == 0;
  ::close(file);
  if (!written || ::rename(draft.c_str(), path.c_str()) != 0) {
    return system_error("can't write", path);
  }
  const int folder = ::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    ::fsync(folder);
    ::close(folder);
  }
  return Done{};
}

Result<Key> read_key_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string text;
  std::getline(file, text);
  Key key{};
  std::size_t length = 0;
  if (sodium_hex2bin(key.data(), key.size(), text.data(), text.size(), nullptr, &length, nullptr) !=
          0 ||
      length != key.size() || text.size() != kKeyBytes * 2) {
    return Error{Fault::damaged, "the key file " + path.string() +
                                     " does not hold a key (64 hexadecimal digits); without the "
                                     "right key the data can't be read: put the original back"};
  }
  return key;
}

}  // namespace

bool equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

Vault::Vault(const Key& master) {
  check(sodium_init() >= 0, "libsodium starts");
  crypto_kdf_derive_from_key(hash_key_.data(), hash_key_.size(), 1, "tartanht", master.data());
  crypto_kdf_derive_from_key(wrap_key_.data(), wrap_key_.size(), 2, "tartanwr", master.data());
}

Result<Vault> Vault::open(const std::filesystem::path& key_file, Random& random,
                          IfMissing if_missing) {
  std::error_code ignored;
  if (!std::filesystem::exists(key_file, ignored)) {
    if (if_missing == IfMissing::fail) {
      return Error{Fault::not_found, "the key file " + key_file.string() + " is missing"};
    }
    Key fresh;
    random.fill(writable(fresh.data(), fresh.size()));
    if (auto written = write_key_file(key_file, fresh); !written) {
      return std::move(written).error();
    }
  }
  auto key = read_key_file(key_file);
  if (!key) {
    return std::move(key).error();
  }
  return Vault(*key);
}

Hash Vault::hash(std::string_view purpose, std::string_view text) const {
  // The purpose is the personalisation parameter of BLAKE2b: 16 bytes, no extra input to hash.
  unsigned char person[crypto_generichash_blake2b_PERSONALBYTES] = {};
  check(purpose.size() <= sizeof person, "a hash purpose has at most 16 characters");
  std::memcpy(person, purpose.data(), purpose.size());
  Hash out;
  crypto_generichash_blake2b_salt_personal(out.data(), out.size(), bytes_of(text), text.size(),
                                           hash_key_.data(), hash_key_.size(), nullptr, person);
  return out;
}

ObjectKey Vault::make_object_key(Random& random, std::string_view owner) const {
  ObjectKey made;
  random.fill(writable(made.key.data(), made.key.size()));
  made.wrapped = seal(wrap_key_, random, owner,
                      {reinterpret_cast<const char*>(made.key.data()), made.key.size()});
  return made;
}

Result<Key> Vault::unwrap(std::string_view wrapped, std::string_view owner) const {
  auto plain = open_sealed(wrap_key_, owner, wrapped);
  if (!plain) {
    return std::move(plain).error();
  }
  if (plain->size() != kKeyBytes) {
    return Error{Fault::damaged, "a wrapped key has the wrong length"};
  }
  Key key;
  std::memcpy(key.data(), plain->data(), key.size());
  return key;
}

Bytes seal(const Key& key, Random& random, std::string_view context, std::string_view plain) {
  Bytes out(1 + kNonceBytes + plain.size() + kTagBytes, kVersion);
  random.fill(writable(out.data() + 1, kNonceBytes));
  auto* base = reinterpret_cast<unsigned char*>(out.data());
  crypto_aead_xchacha20poly1305_ietf_encrypt(base + 1 + kNonceBytes, nullptr, bytes_of(plain),
                                             plain.size(), bytes_of(context), context.size(),
                                             nullptr, base + 1, key.data());
  return out;
}

Result<Bytes> open_sealed(const Key& key, std::string_view context, std::string_view sealed) {
  constexpr std::size_t overhead = 1 + kNonceBytes + kTagBytes;
  if (sealed.size() < overhead || sealed.front() != kVersion) {
    return Error{Fault::damaged, "a sealed value is cut short or of an unknown version"};
  }
  Bytes plain(sealed.size() - overhead, '\0');
  const unsigned char* base = bytes_of(sealed);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(reinterpret_cast<unsigned char*>(plain.data()),
                                                 nullptr, nullptr, base + 1 + kNonceBytes,
                                                 sealed.size() - 1 - kNonceBytes, bytes_of(context),
                                                 context.size(), base + 1, key.data()) != 0) {
    return Error{Fault::damaged, "a sealed value does not open: altered, or under another key"};
  }
  return plain;
}

}  // namespace tartan::crypto
