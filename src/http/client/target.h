// Where a request goes: a URL that was read strictly, in one spelling.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace tartan::http {

struct Target {
  std::string url;     // complete, without a fragment
  std::string scheme;  // "http" or "https"
  std::string host;    // an IPv6 address in brackets
  std::uint16_t port = 0;
  std::string path;
  std::string query;

  // What may stand in messages and logs: no query.
  std::string shown() const;
  std::string origin() const;
};

// Errors say what is wrong with the URL without repeating it: invalid.
Result<Target> parse_target(const std::string& url);

// Where the Location header of an answer from `from` leads.
Result<Target> resolve_location(const Target& from, const std::string& location);

}  // namespace tartan::http
