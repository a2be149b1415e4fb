#include "http/client/fetch.h"

#include <curl/curl.h>

#include <memory>

namespace tartan::http {
namespace {

// The administration API answers lists; more than this is no answer of it.
constexpr std::size_t kBodyBytesMax = 256UL * 1024 * 1024;

struct CloseHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

std::size_t hand_on(char* data, std::size_t size, std::size_t count, void* target) {
  const auto& on_data = *static_cast<const std::function<bool(std::string_view)>*>(target);
  return on_data({data, size * count}) ? size * count : 0;
}

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* target) {
  auto& body = *static_cast<std::string*>(target);
  if (body.size() + size * count > kBodyBytesMax) {
    return 0;
  }
  body.append(data, size * count);
  return size * count;
}

}  // namespace

Result<Fetched> fetch(const Fetch& request) {
  const std::unique_ptr<CURL, CloseHandle> handle(curl_easy_init());
  std::unique_ptr<curl_slist, FreeList> headers;
  for (const std::string& header : request.headers) {
    headers.reset(curl_slist_append(headers.release(), header.c_str()));
  }
  Fetched answer;
  CURL* curl = handle.get();
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, request.timeout_ms);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
  std::function<bool(std::string_view)> on_data = request.on_data;
  if (on_data) {
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &hand_on);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &on_data);
  }
  if (!request.body.empty()) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.c_str());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
  }
  const CURLcode code = curl_easy_perform(curl);
  if (code != CURLE_OK) {
    return Error{Fault::unavailable,
                 "no answer from " + request.url + ": " + curl_easy_strerror(code)};
  }
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  return answer;
}

}  // namespace tartan::http
