#pragma once

#include <string>
#include <string_view>

namespace tartan::workflow {

// Percent-encodes all but RFC 3986's unreserved characters.
std::string percent_encode(std::string_view text);

}  // namespace tartan::workflow
