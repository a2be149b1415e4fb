// Digests of content: who has equal ones has equal content. No secret goes into them.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "crypto/vault.h"

namespace tartan::crypto {

// BLAKE2b, 16 bytes, over pieces given one after the other.
class Digest {
 public:
  Digest();
  ~Digest();
  void add(std::string_view bytes);
  Hash take();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Hash digest(std::string_view bytes);
std::string to_hex(std::string_view bytes);

}  // namespace tartan::crypto
