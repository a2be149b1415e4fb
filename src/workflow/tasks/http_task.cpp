#include "workflow/tasks/http_task.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/utf8.h"
#include "crypto/base64.h"
#include "workflow/percent.h"

namespace tartan::workflow {
namespace {

std::string_view view(const json::Value& text) {
  return {text.get_string().data(), text.get_string().size()};
}

Error bad_value(const script::Placeholder& placeholder, std::string_view where,
                std::string_view what) {
  return {Fault::invalid, "the placeholder " + placeholder.source + " in the " +
                              std::string(where) + " " + std::string(what)};
}

// A value that must be one text: what stands in a URL or a header.
Result<std::string> scalar(const script::Placeholder& placeholder, const script::Scope& scope,
                           std::string_view where) {
  auto resolved = script::resolve(placeholder, scope);
  if (!resolved) {
    return std::move(resolved).error();
  }
  if (resolved->missing || resolved->value.is_null()) {
    return bad_value(placeholder, where, "has no value");
  }
  if (resolved->value.is_structured()) {
    return bad_value(placeholder, where, "is an object or array; expected a text or number");
  }
  return script::text_of(resolved->value);
}

// Writes the URL piece by piece, knowing where in it each value lands.
class UrlWriter {
 public:
  void text(std::string_view piece) {
    begun_ = true;
    url_ += piece;
  }

  Result<Done> value(const script::Placeholder& placeholder, const std::string& piece) {
    if (!begun_) {
      begun_ = true;
      url_ = piece;  // the base address: as it is
      return Done{};
    }
    const auto scheme = url_.find("://");
    if (scheme == std::string::npos) {
      return bad_value(placeholder, "url", "stands where the scheme is expected");
    }
    if (url_.find_first_of("/?#", scheme + 3) == std::string::npos) {
      return host_piece(placeholder, piece);
    }
    if (url_.find_first_of("?#") == std::string::npos) {
      values_.push_back({url_.size(), &placeholder});
    }
    url_ += percent_encode(piece);
    return Done{};
  }

  // Errors: invalid when values make a step of the path that climbs or stays, alone or together
  // with what stands beside them.
  Result<std::string> take() {
    const std::size_t end = std::min(url_.find_first_of("?#"), url_.size());
    for (const auto& [at, placeholder] : values_) {
      const std::size_t begin = url_.rfind('/', at - 1) + 1;
      const std::size_t close = std::min(url_.find('/', at), end);
      const std::string step = url_.substr(begin, close - begin);
      if (is_dots(step)) {
        return bad_value(*placeholder, "url",
                         "makes the step '" + step + "', which would change the path");
      }
    }
    return std::move(url_);
  }

 private:
  static bool is_dots(std::string step) {
    for (auto dot = step.find('%'); dot != std::string::npos; dot = step.find('%', dot + 1)) {
      if (http::equal_ignoring_case(std::string_view(step).substr(dot, 3), "%2e")) {
        step.replace(dot, 3, ".");
      }
    }
    return step == "." || step == "..";
  }

  Result<Done> host_piece(const script::Placeholder& placeholder, const std::string& piece) {
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.:[]";
    if (piece.find_first_not_of(allowed) != std::string::npos) {
      return bad_value(placeholder, "url", "holds characters that a host's name can't have");
    }
    url_ += piece;
    return Done{};
  }

  bool begun_ = false;  // an empty base address does not make the next value one
  std::string url_;
  std::vector<std::pair<std::size_t, const script::Placeholder*>>
      values_;  // in the path, and where
};

Result<std::string> render_url(const script::Template& url, const script::Scope& scope) {
  UrlWriter writer;
  for (const script::Template::Part& part : url.parts()) {
    if (!part.placeholder) {
      writer.text(part.text);
      continue;
    }
    auto piece = scalar(*part.placeholder, scope, "url");
    if (!piece) {
      return std::move(piece).error();
    }
    if (auto written = writer.value(*part.placeholder, *piece); !written) {
      return std::move(written).error();
    }
  }
  auto made = writer.take();
  if (made && !made->starts_with("http://") && !made->starts_with("https://")) {
    return Error{Fault::invalid, "the url must begin with https:// or http://"};
  }
  return made;
}

Result<std::string> render_header(const std::string& name, const script::Template& value,
                                  const script::Scope& scope) {
  std::string text;
  for (const script::Template::Part& part : value.parts()) {
    if (!part.placeholder) {
      text += part.text;
      continue;
    }
    auto piece = scalar(*part.placeholder, scope, "header " + name);
    if (!piece) {
      return std::move(piece).error();
    }
    if (piece->find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return bad_value(*part.placeholder, "header " + name, "holds a line break");
    }
    text += *piece;
  }
  return text;
}

std::string_view media_type(const http::HeaderList& headers) {
  for (const auto& [name, value] : headers) {
    if (http::equal_ignoring_case(name, "content-type")) {
      std::string_view type = value;
      type = type.substr(0, type.find(';'));
      while (!type.empty() && type.back() == ' ') {
        type.remove_suffix(1);
      }
      return type;
    }
  }
  return {};
}

bool is_json_type(std::string_view type) {
  return http::equal_ignoring_case(type, "application/json") ||
         (type.size() > 5 && http::equal_ignoring_case(type.substr(type.size() - 5), "+json"));
}

bool is_text_type(std::string_view type) {
  constexpr std::array<std::string_view, 5> others = {"application/xml", "application/javascript",
                                                      "application/x-www-form-urlencoded",
                                                      "application/yaml", "application/graphql"};
  return type.empty() ||
         (type.size() > 5 && http::equal_ignoring_case(type.substr(0, 5), "text/")) ||
         (type.size() > 4 && http::equal_ignoring_case(type.substr(type.size() - 4), "+xml")) ||
         std::any_of(others.begin(), others.end(),
                     [&](auto other) { return http::equal_ignoring_case(type, other); });
}

// {"a": 1, "b": ["x", "y"]} as a=1&b=x&b=y.
std::string form_body(const json::Object& fields) {
  std::string body;
  const auto add = [&](std::string_view name, const json::Value& value) {
    body += (body.empty() ? "" : "&") + percent_encode(name) + "=" +
            percent_encode(script::text_of(value));
  };
  for (const auto& field : fields) {
    if (field.value().is_array()) {
      for (const json::Value& one : field.value().get_array()) {
        add(field.key(), one);
      }
    } else {
      add(field.key(), field.value());
    }
  }
  return body;
}

constexpr std::string_view kBoundary = "tartan-part-7f3a9c52e1d84b06";

Result<std::string> multipart_body(const json::Object& fields) {
  std::string body;
  for (const auto& field : fields) {
    const std::string name(field.key());
    const std::string text = script::text_of(field.value());
    if (name.find_first_of("\r\n\"") != std::string::npos ||
        text.find(kBoundary) != std::string::npos) {
      return Error{Fault::invalid, "the body's field '" + name + "' can't be sent as a form part"};
    }
    body += "--" + std::string(kBoundary) + "\r\nContent-Disposition: form-data; name=\"" + name +
            "\"\r\n\r\n" + text + "\r\n";
  }
  return body + "--" + std::string(kBoundary) + "--\r\n";
}

Result<Done> write_body(const json::Value& body, http::OutboundRequest& to) {
  to.has_body = true;
  const std::string type(media_type(to.headers));
  if (body.is_object() && http::equal_ignoring_case(type, "application/x-www-form-urlencoded")) {
    to.body = form_body(body.get_object());
    return Done{};
  }
  if (body.is_object() && http::equal_ignoring_case(type, "multipart/form-data")) {
    auto written = multipart_body(body.get_object());
    if (!written) {
      return std::move(written).error();
    }
    to.body = *std::move(written);
    for (auto& [name, value] : to.headers) {
      if (http::equal_ignoring_case(name, "content-type")) {
        value = "multipart/form-data; boundary=" + std::string(kBoundary);
      }
    }
    return Done{};
  }
  if (body.is_string() && !is_json_type(type)) {
    to.body = view(body);
    if (type.empty()) {
      to.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
    }
    return Done{};
  }
  to.body = json::print(body);
  if (type.empty()) {
    to.headers.emplace_back("Content-Type", "application/json");
  }
  return Done{};
}

std::string with_query(std::string_view url, const http::HeaderList& fields) {
  std::string made(url);
  const auto fragment = made.find('#');
  const std::string rest = fragment == std::string::npos ? "" : made.substr(fragment);
  made.resize(made.size() - rest.size());
  for (const auto& [name, value] : fields) {
    made += (made.find('?') == std::string::npos ? "?" : "&") + percent_encode(name) + "=" +
            percent_encode(value);
  }
  return made + rest;
}

bool is_utf8_text(std::string_view text) {
  return is_utf8(text) && text.find('\0') == std::string_view::npos;
}

json::Value body_of(const http::OutboundReply& reply) {
  const std::string_view type = media_type(reply.headers);
  if (reply.body.empty()) {
    return nullptr;
  }
  if (is_json_type(type) || type.empty()) {
    // Some services put a byte order mark before their JSON, which RFC 8259 lets readers ignore.
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    std::string_view text = reply.body;
    text.remove_prefix(text.starts_with(mark) ? mark.size() : 0);
    if (auto parsed = json::parse(text, {}, {200, 1'000'000})) {
      return *std::move(parsed);
    }
  }
  if ((is_text_type(type) || is_json_type(type)) && is_utf8_text(reply.body)) {
    return json::Value(reply.body);
  }
  return json::Object{{"contentType", type}, {"base64", crypto::base64_encode(reply.body)}};
}

json::Object headers_of(const http::HeaderList& headers) {
  json::Object object;
  for (const auto& [name, value] : headers) {
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    });
    const std::string text = is_utf8(value) ? value : percent_encode(value);
    json::Value& held = object[lower];
    if (lower == "set-cookie") {
      if (!held.is_array()) {
        held = json::Array{};
      }
      held.get_array().emplace_back(text);
    } else if (held.is_string()) {
      held = std::string(view(held)) + ", " + text;
    } else {
      held = text;
    }
  }
  return object;
}

}  // namespace

Result<json::Object> render_request(const HttpTask& task, const script::Scope& scope) {
  json::Object request{{"method", task.method}};
  auto url = render_url(task.url, scope);
  if (!url) {
    return std::move(url).error();
  }
  request["url"] = *url;
  json::Object headers;
  for (const auto& [name, value] : task.headers) {
    auto text = render_header(name, value, scope);
    if (!text) {
      return std::move(text).error();
    }
    headers[name] = *text;
  }
  request["headers"] = std::move(headers);
  if (task.body) {
    auto body = task.body->render(scope);
    if (!body) {
      return std::move(body).error();
    }
    request["body"] = *std::move(body);
  }
  return request;
}

bool is_safe(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE";
}

Result<http::OutboundRequest> make_outbound(const json::Object& request, const HttpTask& task,
                                            const Secrets& secrets) {
  http::OutboundRequest made;
  made.method = task.method;
  made.url = with_query(view(*json::find(request, "url")), secrets.query);
  made.secret_headers = secrets.headers;
  made.secret_in_body = !secrets.query.empty() || !secrets.body.empty();
  for (const auto& header : json::find(request, "headers")->get_object()) {
    made.headers.emplace_back(header.key(), view(header.value()));
  }
  // A credential's header takes the place of one that the task sets.
  std::erase_if(made.headers, [&](const auto& header) {
    return std::any_of(secrets.headers.begin(), secrets.headers.end(), [&](const auto& secret) {
      return http::equal_ignoring_case(header.first, secret.first);
    });
  });
  made.connection_timeout_ms = static_cast<int>(task.connection_timeout_seconds * 1000);
  made.read_timeout_ms = static_cast<int>(task.read_timeout_seconds * 1000);
  const json::Value* given = json::find(request, "body");
  if (given == nullptr && secrets.body.empty()) {
    return made;
  }
  json::Value body = given != nullptr ? *given : json::Value(json::Object{});
  if (!secrets.body.empty()) {
    if (!body.is_object()) {
      return Error{Fault::invalid,
                   "the credential adds fields to the body, which must be a JSON object then"};
    }
    for (const auto& [name, value] : secrets.body) {
      body.get_object()[name] = value;
    }
  }
  if (auto written = write_body(body, made); !written) {
    return std::move(written).error();
  }
  return made;
}

json::Object to_json(const http::Timings& timings) {
  return {{"dns", timings.dns},
          {"connect", timings.connect},
          {"tls", timings.tls},
          {"firstByte", timings.first_byte},
          {"total", timings.total}};
}

json::Object output_of(const http::OutboundReply& reply) {
  json::Array redirects;
  for (const http::Redirect& one : reply.redirects) {
    redirects.push_back(json::Object{{"status", one.status}, {"url", one.url}});
  }
  return {{"status", reply.status},
          {"headers", headers_of(reply.headers)},
          {"body", body_of(reply)},
          {"url", reply.url},
          {"redirects", std::move(redirects)},
          {"timings", to_json(reply.timings)}};
}

bool is_success(const HttpTask& task, int status) {
  return (status >= 200 && status <= 299) ||
         std::any_of(
             task.success_statuses.begin(), task.success_statuses.end(),
             [&](const auto& range) { return status >= range.first && status <= range.second; });
}

bool is_retryable(int status) {
  return status == 408 || status == 425 || status == 429 || status >= 500;
}

bool is_retryable(http::OutboundError::Kind kind) {
  using Kind = http::OutboundError::Kind;
  switch (kind) {
    case Kind::name_not_found:
    case Kind::connect_failed:
    case Kind::connect_timeout:
    case Kind::tls_failed:
    case Kind::read_timeout:
    case Kind::broken:
    case Kind::cancelled:
      return true;
    default:
      return false;
  }
}

std::optional<std::int64_t> retry_after_ms(const http::HeaderList& headers, UnixMs now) {
  constexpr std::int64_t longest_ms = 30LL * 86'400 * 1000;
  for (const auto& [name, value] : headers) {
    if (!http::equal_ignoring_case(name, "retry-after")) {
      continue;
    }
    std::int64_t seconds = 0;
    const char* end = value.data() + value.size();
    const auto parsed = std::from_chars(value.data(), end, seconds);
    if (parsed.ec == std::errc{} && parsed.ptr == end && seconds >= 0) {
      return std::min(seconds, longest_ms / 1000) * 1000;
    }
    if (const auto until = http::parse_date(value)) {
      return std::clamp<std::int64_t>(*until - now, 0, longest_ms);
    }
  }
  return std::nullopt;
}

}  // namespace tartan::workflow
