// The address of a curl command.
#pragma once

#include <optional>

#include "catalog/template_text.h"

namespace tartan::catalog {

struct CurlUrl {
  Text url;                  // begins with https://, http:// or a variable
  std::optional<Text> user;  // "user:password", from before the host
};

// `globs`: curl would read [1-3] and {a,b} as several addresses. Errors: invalid.
Result<CurlUrl> read_curl_url(const Text& url, bool globs, std::vector<std::string>& warnings);

// Appends "?more" or "&more".
void add_query(Text& url, const Text& more);

}  // namespace tartan::catalog
