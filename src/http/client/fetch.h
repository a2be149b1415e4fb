// One outbound HTTP request, for the command line's calls to a running server.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tartan::http {

struct Fetch {
  std::string method = "GET";
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
  std::string body;
  long timeout_ms = 30'000;  // 0: none
  // Takes the answer's body as it comes, instead of `Fetched::body`; false ends it.
  std::function<bool(std::string_view)> on_data;
};

struct Fetched {
  int status = 0;
  std::string body;
};

// Errors: unavailable when no answer came.
Result<Fetched> fetch(const Fetch& request);

}  // namespace tartan::http
