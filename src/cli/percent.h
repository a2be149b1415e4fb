#pragma once

#include <string>

namespace tartan::cli {

// `text` as one part of a URL's path or query.
std::string percent_encode(const std::string& text);

}  // namespace tartan::cli
