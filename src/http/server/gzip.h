// Compression of replies (RFC 9110, section 8.4.1.3).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tartan::http {

// Whether an Accept-Encoding header's value allows gzip.
bool accepts_gzip(std::string_view accept_encoding);

std::string gzip(std::string_view text);

// Of one whole gzip member that `gzip` or a tool of the build made. Errors: damaged.
Result<std::string> gunzip(std::string_view packed);

}  // namespace tartan::http
