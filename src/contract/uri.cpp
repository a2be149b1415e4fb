#include "contract/uri.h"

#include <curl/urlapi.h>

#include <algorithm>
#include <memory>
#include <string>

namespace tartan::contract {
namespace {

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

bool has_part(CURLU* url, CURLUPart part, std::string& value) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) {
    return false;
  }
  value = text;
  curl_free(text);
  return !value.empty();
}

}  // namespace

bool is_http_url(std::string_view text) {
  if (text.empty() || std::any_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
      })) {
    return false;
  }
  const std::unique_ptr<CURLU, FreeUrl> url(curl_url());
  const std::string copy(text);
  std::string scheme;
  std::string host;
  return curl_url_set(url.get(), CURLUPART_URL, copy.c_str(), CURLU_NON_SUPPORT_SCHEME) ==
             CURLUE_OK &&
         has_part(url.get(), CURLUPART_SCHEME, scheme) &&
         has_part(url.get(), CURLUPART_HOST, host) && (scheme == "http" || scheme == "https");
}

}  // namespace tartan::contract
