// Compression of what is stored in large pieces (RFC 8878).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tartan {

// Keeps its working memory from one text to the next. One thread's.
class Packer {
 public:
  Packer();
  ~Packer();
  std::string pack(std::string_view text);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class Unpacker {
 public:
  Unpacker();
  ~Unpacker();
  // Errors: damaged when `packed` is no such text, or would be larger than `bytes_max`.
  Result<std::string> unpack(std::string_view packed, std::size_t bytes_max);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tartan
