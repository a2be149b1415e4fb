#include "http/client/outbound_headers.h"

#include <strings.h>

#include <algorithm>
#include <array>

namespace tartan::http {
namespace {

constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";
constexpr std::array<std::string_view, 8> kMethods = {"GET",   "HEAD",   "POST",    "PUT",
                                                      "PATCH", "DELETE", "OPTIONS", "TRACE"};
// Said by the client itself, which knows better.
constexpr std::array<std::string_view, 5> kOwn = {"Content-Length", "Connection", "Keep-Alive",
                                                  "Proxy-Connection", "Expect"};
// Would change how the other side reads the bytes that follow.
constexpr std::array<std::string_view, 5> kFraming = {"Transfer-Encoding", "TE", "Trailer",
                                                      "Upgrade", "HTTP2-Settings"};
// For one origin only; Host names it.
constexpr std::array<std::string_view, 4> kCredentials = {"Authorization", "Proxy-Authorization",
                                                          "Cookie", "Host"};

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view each) { return same_name(name, each); });
}

bool is_token(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kTokenMarks.find(c) != std::string_view::npos;
  });
}

bool is_value(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  });
}

std::string_view trimmed(std::string_view value) {
  const std::size_t begin = value.find_first_not_of(" \t");
  if (begin == std::string_view::npos) {
    return {};
  }
  return value.substr(begin, value.find_last_not_of(" \t") - begin + 1);
}

std::optional<std::string> trouble_in(const HeaderList& headers) {
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto& [name, value] = headers[i];
    if (!is_token(name)) {
      return "header " + std::to_string(i + 1) +
             ": its name is empty or has characters that header names can't have";
    }
    if (!is_value(value)) {
      return "header " + name + ": its value has a line break or another control character";
    }
    if (is_one_of(name, kFraming)) {
      return "header " + name + ": it concerns the connection, which is not the caller's to set";
    }
  }
  return std::nullopt;
}

void append(CurlList& list, const std::string& line) {
  list.reset(curl_slist_append(list.release(), line.c_str()));
}

void append_all(CurlList& list, const HeaderList& headers) {
  for (const auto& [name, value] : headers) {
    if (is_one_of(name, kOwn)) {
      continue;
    }
    const std::string_view text = trimmed(value);
    // curl takes "Name:" for a wish to leave the header out, and "Name;" for an empty one.
    append(list, text.empty() ? name + ";" : name + ": " + std::string(text));
  }
}

void drop(HeaderList& headers, bool (*unwanted)(std::string_view)) {
  std::erase_if(headers, [&](const auto& header) { return unwanted(header.first); });
}

}  // namespace

bool has_header(const HeaderList& headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const auto& header) { return same_name(header.first, name); });
}

bool is_safe(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE";
}

std::optional<std::string> trouble_with_headers(const OutboundRequest& request) {
  if (std::find(kMethods.begin(), kMethods.end(), request.method) == kMethods.end()) {
    return "the method is none of GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS";
  }
  if (auto trouble = trouble_in(request.headers)) {
    return trouble;
  }
  if (auto trouble = trouble_in(request.secret_headers)) {
    return trouble;
  }
  const auto is_host = [](const auto& header) { return same_name(header.first, "Host"); };
  if (std::count_if(request.headers.begin(), request.headers.end(), is_host) +
          std::count_if(request.secret_headers.begin(), request.secret_headers.end(), is_host) >
      1) {
    return "header Host: it is given more than once";
  }
  return std::nullopt;
}

HeaderList default_headers() {
  return {{"User-Agent", kUserAgent}, {"Accept", "*/*"}, {"Accept-Encoding", kDecodable}};
}

void drop_credentials(HeaderList& headers) {
  drop(headers, [](std::string_view name) { return is_one_of(name, kCredentials); });
}

void drop_body_headers(HeaderList& headers) {
  drop(headers, [](std::string_view name) {
    return name.size() > 8 && same_name(name.substr(0, 8), "Content-");
  });
}

CurlList to_curl(const HeaderList& headers, const HeaderList& secret_headers) {
  CurlList list;
  append_all(list, headers);
  append_all(list, secret_headers);
  // curl would wait for permission to send a body, and would call every body a form.
  append(list, "Expect:");
  if (!has_header(headers, "Content-Type") && !has_header(secret_headers, "Content-Type")) {
    append(list, "Content-Type:");
  }
  return list;
}

}  // namespace tartan::http
