#include "base/deflate.h"

#include <zlib.h>

#include <algorithm>

#include "base/check.h"

namespace tartan {

std::string deflate(std::string_view text) {
  uLongf size = compressBound(text.size());
  std::string packed(size, '\0');
  const int code = compress2(reinterpret_cast<Bytef*>(packed.data()), &size,
                             reinterpret_cast<const Bytef*>(text.data()), text.size(), 1);
  check(code == Z_OK, "zlib compresses");
  packed.resize(size);
  return packed;
}

Result<std::string> inflate(std::string_view packed, std::size_t bytes_max) {
  // What compresses well is some ten times larger; the buffer grows from there.
  std::string text(std::min(bytes_max, packed.size() * 12 + 64), '\0');
  for (;;) {
    uLongf size = text.size();
    const int code = uncompress(reinterpret_cast<Bytef*>(text.data()), &size,
                                reinterpret_cast<const Bytef*>(packed.data()), packed.size());
    if (code == Z_OK) {
      text.resize(size);
      return text;
    }
    if (code != Z_BUF_ERROR || text.size() >= bytes_max) {
      return Error{Fault::damaged, "stored text does not unpack"};
    }
    text.resize(std::min(bytes_max, text.size() * 4));
  }
}

}  // namespace tartan
