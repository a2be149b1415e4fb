// Requests and replies as the rest of Tartan sees them; no library's types.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace tartan::http {

enum class Method { get, head, post, put, patch, delete_, options, other };

struct Header {
  std::string_view name;
  std::string_view value;
};

// A whole request. Everything points into its connection's memory and is valid until the request
// is answered.
struct Request {
  Method method = Method::other;
  std::string_view path;   // as sent, not decoded, without the query
  std::string_view query;  // after '?', not decoded
  std::string_view body;
  std::vector<Header> headers;
  std::string_view request_id;  // made by the server: 15 alphanumerics

  // The value of the first header of that name, in any case; nullptr when absent.
  const std::string_view* header(std::string_view name) const;
};

struct Reply {
  int status = 200;
  std::string_view content_type = "application/json; charset=utf-8";  // static text
  std::string body;
  std::vector<std::pair<std::string_view, std::string>> headers = {};
};

// Whether two ASCII texts are equal but for case.
bool equal_ignoring_case(std::string_view a, std::string_view b);

std::string_view reason_phrase(int status);

// Reads an HTTP date (RFC 9110, section 5.6.7), in milliseconds; nothing when malformed.
std::optional<UnixMs> parse_date(std::string_view text);

}  // namespace tartan::http
