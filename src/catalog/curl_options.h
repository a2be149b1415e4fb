// What a curl command asks for, option by option, before anything is made of it.
#pragma once

#include <optional>

#include "catalog/shell_words.h"

namespace tartan::catalog {

// One -d, --data-urlencode, --json, -F or the like.
struct CurlData {
  enum class Kind { data, raw, binary, urlencode, json, form, form_string };
  Kind kind = Kind::data;
  Text text;
};

struct CurlOptions {
  std::vector<Text> urls;
  std::string method;  // -X, or empty
  std::vector<Text> headers;
  std::vector<CurlData> data;
  std::vector<Text> query;  // --url-query
  std::optional<Text> user;
  std::optional<Text> bearer;
  std::optional<Text> cookie;
  std::string upload;  // -T
  bool get = false;    // -G
  bool head = false;   // -I
  bool globs = true;   // without -g
  std::optional<double> seconds_max;
  std::optional<double> connect_seconds;
  std::optional<double> retries;
  std::optional<double> retry_delay;
  std::vector<std::string> warnings;
};

// `words` are those behind "curl"; `source` is what they were read from, for places. Errors:
// invalid.
Result<CurlOptions> read_curl_options(const std::vector<ShellWord>& words, std::string_view source);

}  // namespace tartan::catalog
