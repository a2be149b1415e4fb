// What an outbound request may say in its headers, and how curl is told to say it.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/client/client.h"

namespace tartan::http {

inline constexpr const char* kUserAgent = "tartan/0.1";
// What curl decodes; offered unless the request says itself what it takes.
inline constexpr const char* kDecodable = "gzip, deflate, br";

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using CurlList = std::unique_ptr<curl_slist, FreeList>;

// What is wrong with the method or a header, in words without any value; nothing if all can go out.
std::optional<std::string> trouble_with_headers(const OutboundRequest& request);

bool has_header(const HeaderList& headers, std::string_view name);

// Safe methods ask and change nothing, so that sending one again does no harm (RFC 9110, 9.2.1).
bool is_safe(std::string_view method);

// Headers that stay behind when a redirect leads to another origin.
void drop_credentials(HeaderList& headers);
// Headers that describe a body, when a redirect drops it.
void drop_body_headers(HeaderList& headers);

// For CURLOPT_HTTPHEADER; both lists were found good by `trouble_with_headers`.
CurlList to_curl(const HeaderList& headers, const HeaderList& secret_headers);

}  // namespace tartan::http
