// Compression of what is stored (RFC 1950).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tartan {

std::string deflate(std::string_view text);

// Errors: damaged when `packed` is no such text, or would be larger than `bytes_max`.
Result<std::string> inflate(std::string_view packed, std::size_t bytes_max);

}  // namespace tartan
