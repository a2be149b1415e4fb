#include "base/zstd.h"

#include <zstd.h>

#include "base/check.h"

namespace tartan {
namespace {

constexpr int kLevel = 3;

}  // namespace

struct Packer::State {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ~State() { ZSTD_freeCCtx(context); }
};

Packer::Packer() : state_(std::make_unique<State>()) {
  check(state_->context != nullptr, "a packer has its memory");
}
Packer::~Packer() = default;

std::string Packer::pack(std::string_view text) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  const std::size_t size = ZSTD_compressCCtx(state_->context, packed.data(), packed.size(),
                                             text.data(), text.size(), kLevel);
  check(ZSTD_isError(size) == 0, "a text that fits is packed");
  packed.resize(size);
  packed.shrink_to_fit();
  return packed;
}

struct Unpacker::State {
  ZSTD_DCtx* context = ZSTD_createDCtx();
  ~State() { ZSTD_freeDCtx(context); }
};

Unpacker::Unpacker() : state_(std::make_unique<State>()) {
  check(state_->context != nullptr, "an unpacker has its memory");
}
Unpacker::~Unpacker() = default;

Result<std::string> Unpacker::unpack(std::string_view packed, std::size_t bytes_max) {
  const unsigned long long size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > bytes_max) {
    return Error{Fault::damaged, "packed bytes are damaged"};
  }
  std::string text(static_cast<std::size_t>(size), '\0');
  const std::size_t read =
      ZSTD_decompressDCtx(state_->context, text.data(), text.size(), packed.data(), packed.size());
  if (ZSTD_isError(read) != 0 || read != text.size()) {
    return Error{Fault::damaged, "packed bytes are damaged"};
  }
  return text;
}

}  // namespace tartan
