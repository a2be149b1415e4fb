#include "http/client/target.h"

#include <arpa/inet.h>
#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <string_view>

namespace tartan::http {
namespace {

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using UrlHandle = std::unique_ptr<CURLU, FreeUrl>;

Error bad_url(std::string why) { return {Fault::invalid, std::move(why)}; }

std::string part(CURLU* url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK) {
    return {};
  }
  std::string value = text;
  curl_free(text);
  return value;
}

bool has_control_or_space(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) == 0x7f;
  });
}

// Parsers differ in what they make of these, and that difference is how a URL comes to mean one
// host to who checks it and another to who connects.
std::string_view trouble_with_authority(std::string_view url) {
  const std::size_t begin = url.find("://");
  if (begin == std::string_view::npos) {
    return "it is not absolute (http://host/path)";
  }
  const std::size_t end = url.find_first_of("/?#", begin + 3);
  const std::string_view authority = url.substr(begin + 3, end - begin - 3);
  if (authority.empty()) {
    return "it has no host";
  }
  if (authority.find('@') != std::string_view::npos) {
    return "it has credentials before its host; they belong in a header or a stored credential";
  }
  if (authority.find('\\') != std::string_view::npos) {
    return "it has a backslash in its host";
  }
  if (authority.front() != '[' && authority.find('%') != std::string_view::npos) {
    return "it has an encoded character in its host";
  }
  return {};
}

// A host whose last label is a number is an IPv4 address or nothing (WHATWG URL, "ends in a
// number"). curl has turned the good ones into four decimal parts; what is left would go to a name
// service, which may read it as an address after all.
bool is_misspelt_address(const std::string& host) {
  std::string_view last = host;
  if (last.ends_with('.')) {
    last.remove_suffix(1);
  }
  last = last.substr(last.rfind('.') + 1);
  const bool number = last.find_first_not_of("0123456789") == std::string_view::npos ||
                      (last.starts_with("0x") &&
                       last.find_first_not_of("0123456789abcdef", 2) == std::string_view::npos);
  in_addr address{};
  return number && inet_pton(AF_INET, host.c_str(), &address) != 1;
}

Result<Target> read(CURLU* url) {
  curl_url_set(url, CURLUPART_FRAGMENT, nullptr, 0);
  if (!part(url, CURLUPART_USER).empty() || !part(url, CURLUPART_PASSWORD).empty()) {
    return bad_url("it has credentials before its host");
  }
  Target target{.url = part(url, CURLUPART_URL),
                .scheme = part(url, CURLUPART_SCHEME),
                .host = part(url, CURLUPART_HOST),
                .port = 0,
                .path = part(url, CURLUPART_PATH),
                .query = part(url, CURLUPART_QUERY)};
  if (target.scheme != "http" && target.scheme != "https") {
    return bad_url("its scheme is neither http nor https");
  }
  for (char& c : target.host) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  }
  const std::string port = part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  std::from_chars(port.data(), port.data() + port.size(), target.port);
  if (target.host.empty() || target.port == 0) {
    return bad_url("it has no host or no port");
  }
  if (is_misspelt_address(target.host)) {
    return bad_url("its host looks like an address but is none");
  }
  return target;
}

}  // namespace

std::string Target::origin() const { return scheme + "://" + host + ":" + std::to_string(port); }

std::string Target::shown() const { return origin() + path; }

Result<Target> parse_target(const std::string& url) {
  if (has_control_or_space(url)) {
    return bad_url("it has white space or control characters in it");
  }
  if (const std::string_view trouble = trouble_with_authority(url); !trouble.empty()) {
    return bad_url(std::string(trouble));
  }
  const UrlHandle handle(curl_url());
  const CURLUcode code =
      curl_url_set(handle.get(), CURLUPART_URL, url.c_str(), CURLU_DISALLOW_USER | CURLU_URLENCODE);
  if (code != CURLUE_OK) {
    return bad_url(curl_url_strerror(code));
  }
  return read(handle.get());
}

Result<Target> resolve_location(const Target& from, const std::string& location) {
  // "//host/path" and "http://..." name an authority of their own.
  const std::size_t colon = location.find("://");
  const bool absolute = colon != std::string::npos && location.find_first_of("/?#") == colon + 1;
  const bool other_authority = absolute || location.starts_with("//");
  if (other_authority) {
    const std::string whole = absolute ? location : from.scheme + ":" + location;
    if (const std::string_view trouble = trouble_with_authority(whole); !trouble.empty()) {
      return bad_url(std::string(trouble));
    }
  }
  const UrlHandle handle(curl_url());
  CURLUcode code = curl_url_set(handle.get(), CURLUPART_URL, from.url.c_str(), 0);
  if (code == CURLUE_OK) {
    code = curl_url_set(handle.get(), CURLUPART_URL, location.c_str(),
                        CURLU_DISALLOW_USER | CURLU_URLENCODE | CURLU_ALLOW_SPACE);
  }
  if (code != CURLUE_OK) {
    return bad_url(curl_url_strerror(code));
  }
  return read(handle.get());
}

}  // namespace tartan::http
