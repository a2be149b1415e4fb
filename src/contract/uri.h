// URLs as requests may give them.
#pragma once

#include <string_view>

namespace tartan::contract {

// Whether `text` is an absolute http or https URL with a host and without white space, control
// characters or credentials' delimiters in the host (RFC 3986, the part that callers rely on).
bool is_http_url(std::string_view text);

}  // namespace tartan::contract
