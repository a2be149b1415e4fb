// Compression of replies (RFC 9110, section 8.4.1.3).
#pragma once

#include <string>
#include <string_view>

namespace tartan::http {

// Whether an Accept-Encoding header's value allows gzip.
bool accepts_gzip(std::string_view accept_encoding);

std::string gzip(std::string_view text);

}  // namespace tartan::http
