#include "workflow/tasks/http_task_fields.h"

#include <algorithm>
#include <cctype>
#include <cmath>

namespace tartan::workflow {
namespace {

using script::pointer_token;

constexpr std::string_view kMethods[] = {"GET",   "HEAD",   "POST",    "PUT",
                                         "PATCH", "DELETE", "OPTIONS", "TRACE"};

std::string_view view(const json::Value& text) {
  return {text.get_string().data(), text.get_string().size()};
}

void parse_header(FieldReader& fields, const json::Object::value_type& header,
                  const std::string& pointer, HttpTask& http) {
  const std::string_view name(header.key().data(), header.key().size());
  const std::string here = pointer + "/" + pointer_token(name);
  const bool is_token = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
  if (!is_token) {
    fields.problem(here, "'" + std::string(name) + "' can't be a header's name");
  }
  const json::Value& value = header.value();
  if (value.is_null()) {
    return;
  }
  if (!value.is_string() && !value.is_number() && !value.is_bool()) {
    fields.problem(here, "a header's value must be a text");
    return;
  }
  script::Template text = fields.compile(script::text_of(value), here);
  for (const script::Template::Part& part : text.parts()) {
    if (part.text.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      fields.problem(here, "a header's value can't hold a line break");
      break;
    }
  }
  http.headers.emplace_back(name, std::move(text));
}

void parse_request(FieldReader& fields, const json::Object& request, const std::string& pointer,
                   HttpTask& http) {
  constexpr std::string_view known[] = {"url", "method", "headers", "body"};
  for (const auto& one : request) {
    fields.check_known(one.key(), known, pointer);
  }
  const std::string url = fields.text(request, "url", pointer, FieldReader::Need::required);
  if (!url.empty()) {
    http.url = fields.compile(url, pointer + "/url");
    const auto& parts = http.url.parts();
    if (!parts.empty() && !parts.front().placeholder &&
        !parts.front().text.starts_with("https://") && !parts.front().text.starts_with("http://")) {
      fields.problem(pointer + "/url", "the url must begin with https:// or http://",
                     "or with a placeholder for the base address, such as ${api}/v1");
    }
  }
  const std::string method = fields.text(request, "method", pointer, FieldReader::Need::optional);
  if (!method.empty()) {
    http.method = method;
    if (std::find(std::begin(kMethods), std::end(kMethods), method) == std::end(kMethods)) {
      fields.problem(pointer + "/method", "unknown method '" + method + "'",
                     "expected GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS or TRACE");
    }
  }
  if (const json::Value* headers = FieldReader::member(request, "headers")) {
    if (!headers->is_object()) {
      fields.problem(pointer + "/headers", "headers must be an object of names and texts");
      return;
    }
    for (const auto& header : headers->get_object()) {
      parse_header(fields, header, pointer + "/headers", http);
    }
  }
  if (const json::Value* body = FieldReader::member(request, "body")) {
    http.body = fields.tree(*body, pointer + "/body");
  }
}

void parse_success_statuses(FieldReader& fields, const json::Object& object,
                            const std::string& pointer, HttpTask& http) {
  const json::Value* statuses = FieldReader::member(object, "successStatuses");
  if (statuses == nullptr) {
    return;
  }
  const std::string here = pointer + "/successStatuses";
  if (!statuses->is_array()) {
    fields.problem(here, "successStatuses must be an array", R"(for example [404, "3xx"])");
    return;
  }
  for (std::size_t i = 0; i < statuses->get_array().size(); ++i) {
    const json::Value& one = statuses->get_array()[i];
    const double number = one.is_number() ? one.to_number<double>() : 0;
    if (number >= 100 && number <= 599 && number == std::floor(number)) {
      http.success_statuses.emplace_back(static_cast<int>(number), static_cast<int>(number));
    } else if (one.is_string() && one.get_string().size() == 3 && one.get_string()[0] >= '1' &&
               one.get_string()[0] <= '5' && view(one).substr(1) == "xx") {
      const int first = (one.get_string()[0] - '0') * 100;
      http.success_statuses.emplace_back(first, first + 99);
    } else {
      fields.problem(here + "/" + std::to_string(i), "expected a status from 100 to 599, or '4xx'");
    }
  }
}

void parse_retry(FieldReader& fields, const json::Value& value, const std::string& pointer,
                 Task& task) {
  if (!value.is_object()) {
    fields.problem(pointer, "retry must be an object");
    return;
  }
  constexpr std::string_view known[] = {"intervalSeconds", "maxAttempts", "backoffRate",
                                        "maxIntervalSeconds", "jitter"};
  const json::Object& object = value.get_object();
  for (const auto& one : object) {
    fields.check_known(one.key(), known, pointer);
  }
  Retry retry;
  retry.interval_seconds = fields.number(object, "intervalSeconds", pointer, 0, 86400, 1);
  retry.max_attempts = static_cast<int>(fields.integer(object, "maxAttempts", pointer, 0, 1000, 3));
  retry.backoff_rate = fields.number(object, "backoffRate", pointer, 1, 100, 2);
  retry.max_interval_seconds =
      fields.number(object, "maxIntervalSeconds", pointer, 0, 86400 * 7, 3600);
  retry.jitter = fields.number(object, "jitter", pointer, 0, 1, 0);
  task.retry = retry;
}

}  // namespace

void read_http_task(FieldReader& fields, const json::Object& object, Task& task) {
  HttpTask http;
  const std::string& pointer = task.pointer;
  http.credentials = fields.text(object, "credentials", pointer, FieldReader::Need::optional);
  http.connection_timeout_seconds =
      fields.integer(object, "connectionTimeoutSeconds", pointer, 1, 3600, 5);
  http.read_timeout_seconds = fields.integer(object, "readTimeoutSeconds", pointer, 1, 3600, 10);
  http.idempotent = fields.truth(object, "idempotent", pointer);
  parse_success_statuses(fields, object, pointer, http);
  if (const json::Value* retry = FieldReader::member(object, "retry")) {
    parse_retry(fields, *retry, pointer + "/retry", task);
  }
  const json::Value* request = FieldReader::member(object, "httpRequest");
  if (request == nullptr || !request->is_object()) {
    fields.problem(
        pointer + "/httpRequest", "httpRequest must be an object with a url",
        R"(for example "httpRequest": {"method": "GET", "url": "https://api.example.com/v1"})");
    return;
  }
  parse_request(fields, request->get_object(), pointer + "/httpRequest", http);
  task.http = std::move(http);
}

}  // namespace tartan::workflow
