#include "contract/router.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "base/utf8.h"

namespace tartan::contract {
namespace {

// Definitions nest Parallel tasks in branches in Parallel tasks.
constexpr json::Limits kBodyLimits{128, 200'000};

std::vector<std::string_view> split_path(std::string_view path) {
  std::vector<std::string_view> segments;
  path.remove_prefix(path.starts_with('/') ? 1 : 0);
  for (;;) {
    const auto slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) {
      return segments;
    }
    path.remove_prefix(slash + 1);
  }
}

bool is_parameter(std::string_view segment) { return segment.starts_with('{'); }

std::string_view parameter_name(std::string_view segment) {
  return segment.substr(1, segment.size() - 2);
}

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? std::optional(lower - 'a' + 10) : std::nullopt;
}

std::string_view name_of(http::Method method) {
  constexpr std::array<std::string_view, 8> names = {"GET",   "HEAD",   "POST",    "PUT",
                                                     "PATCH", "DELETE", "OPTIONS", ""};
  return names[static_cast<std::size_t>(method)];
}

std::string_view name_of(Scope scope) {
  constexpr std::array<std::string_view, 5> names = {"open", "read", "run", "edit", "admin"};
  return names[static_cast<std::size_t>(scope)];
}

// A query parameter's text as the JSON value that its schema speaks of.
std::optional<json::Value> typed(const QueryParameter& parameter, const std::string& text) {
  switch (parameter.kind) {
    case QueryParameter::Kind::text:
      return json::Value(text);
    case QueryParameter::Kind::integer: {
      std::int64_t number = 0;
      const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
      return failure == std::errc{} && end == text.data() + text.size()
                 ? std::optional(json::Value(number))
                 : std::nullopt;
    }
    case QueryParameter::Kind::boolean:
      if (text == "true" || text == "false") {
        return json::Value(text == "true");
      }
  }
  return std::nullopt;
}

bool is_json_type(std::string_view type) {
  type = type.substr(0, type.find(';'));
  while (!type.empty() && type.back() == ' ') {
    type.remove_suffix(1);
  }
  return http::equal_ignoring_case(type, "application/json");
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const bool whole = i + 2 < text.size();
      const auto high = whole ? hex_digit(text[i + 1]) : std::nullopt;
      const auto low = whole ? hex_digit(text[i + 2]) : std::nullopt;
      if (!high || !low) {
        return std::nullopt;
      }
      decoded += static_cast<char>(*high * 16 + *low);
      i += 2;
    } else {
      decoded += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  if (!is_utf8(decoded) || decoded.find('\0') != std::string::npos) {
    return std::nullopt;
  }
  return decoded;
}

int status_of(Fault fault) {
  switch (fault) {
    case Fault::invalid:
      return 400;
    case Fault::no_access:
      return 401;
    case Fault::forbidden:
      return 403;
    case Fault::not_found:
      return 404;
    case Fault::wrong_method:
      return 405;
    case Fault::conflict:
      return 409;
    case Fault::stale:
      return 412;
    case Fault::too_large:
      return 413;
    case Fault::unavailable:
      return 503;
    case Fault::full:
    case Fault::damaged:
    case Fault::internal:
      break;
  }
  return 500;
}

http::Reply render(const ApiError& error, std::string_view request_id) {
  http::Reply reply;
  reply.status = status_of(error.error.fault);
  json::Writer out(reply.body);
  out.begin_object();
  out.key("status").integer(reply.status);
  out.key("error").string(http::reason_phrase(reply.status));
  out.key("message").string(error.error.message);
  if (!request_id.empty()) {
    out.key("requestId").string(request_id);
  }
  if (!error.problems.empty()) {
    out.key("problems").value(json::Value(error.problems));
  }
  out.end_object();
  if (error.error.fault == Fault::no_access) {
    reply.headers.emplace_back("WWW-Authenticate", "Bearer");
  }
  if (!error.allowed_methods.empty()) {
    reply.headers.emplace_back("Allow", error.allowed_methods);
  }
  return reply;
}

const std::string& Call::path(std::string_view name) const {
  const auto found =
      std::find_if(path_.begin(), path_.end(), [&](const auto& one) { return one.first == name; });
  tartan::check(found != path_.end(), "a handler asks for a parameter of its path");
  return found->second;
}

std::optional<std::string> Call::query(std::string_view name) const {
  for (const auto& [known, value] : query_) {
    if (known == name) {
      return value;
    }
  }
  return std::nullopt;
}

std::optional<std::int64_t> Call::query_integer(std::string_view name) const {
  const auto text = query(name);
  if (!text) {
    return std::nullopt;
  }
  std::int64_t number = 0;
  std::from_chars(text->data(), text->data() + text->size(), number);
  return number;
}

bool Call::query_flag(std::string_view name) const { return query(name) == "true"; }

std::string Call::header(std::string_view name) const {
  const std::string_view* value = request->header(name);
  return value != nullptr ? std::string(*value) : "";
}

void Call::answer(ApiResult result) {
  if (!responder_) {
    return;
  }
  http::Reply reply;
  if (result) {
    reply.status = result->status;
    reply.body = std::move(result->body);
    reply.content_type = result->content_type;
    reply.headers = std::move(result->headers);
  } else {
    reply = render(result.error(), request->request_id);
  }
  if (on_answered_ != nullptr && *on_answered_) {
    const auto spent = std::chrono::steady_clock::now() - began_;
    (*on_answered_)({route != nullptr ? route->id : std::string_view{}, caller.id,
                     request->request_id, reply.status,
                     static_cast<std::uint64_t>(
                         std::chrono::duration_cast<std::chrono::microseconds>(spent).count())});
  }
  take_responder()(std::move(reply));
}

Router::Router(std::span<const Route> routes, Executor& executor, Authenticate authenticate)
    : executor_(executor), authenticate_(std::move(authenticate)) {
  for (const Route& route : routes) {
    entries_.push_back({&route, split_path(route.pattern), {}});
  }
  // Fixed names before parameters: /workflows/counts is no workflow.
  std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    const auto parameters = [](const Entry& entry) {
      return std::count_if(entry.segments.begin(), entry.segments.end(), is_parameter);
    };
    return parameters(a) < parameters(b);
  });
}

Router::Entry& Router::entry_of(std::string_view operation) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.route->id == operation; });
  tartan::check(found != entries_.end(), "a handler is bound to an operation of the contract");
  return *found;
}

void Router::bind_async(std::string_view operation, AsyncHandler handler) {
  entry_of(operation).handler = std::move(handler);
}

void Router::bind(std::string_view operation, Handler handler) {
  bind_async(operation, [this, handler = std::move(handler)](Call call) {
    run_on_executor(std::move(call), handler);
  });
}

void Router::run_on_executor(Call call, Handler handler) {
  executor_.run([handler = std::move(handler), held = std::move(call)]() mutable {
    try {
      held.answer(handler(held));
    } catch (const std::exception&) {
      // As in `handle`.
    }
  });
}

std::vector<std::string_view> Router::unbound() const {
  std::vector<std::string_view> missing;
  for (const Entry& entry : entries_) {
    if (!entry.handler) {
      missing.push_back(entry.route->id);
    }
  }
  return missing;
}

bool Router::fits(const Entry& entry, const std::vector<std::string_view>& segments) {
  return std::equal(entry.segments.begin(), entry.segments.end(), segments.begin(), segments.end(),
                    [](std::string_view known, std::string_view given) {
                      return is_parameter(known) ? !given.empty() : known == given;
                    });
}

std::string_view Router::operation_at(http::Method method, std::string_view path) const {
  const std::vector<std::string_view> given = split_path(path);
  for (const Entry& entry : entries_) {
    if (entry.route->method == method && fits(entry, given)) {
      return entry.route->id;
    }
  }
  return {};
}

Router::Match Router::find(const http::Request& request, Call& call) const {
  const std::vector<std::string_view> given = split_path(request.path);
  Match match;
  for (const Entry& entry : entries_) {
    if (!fits(entry, given)) {
      continue;
    }
    match.allowed_methods +=
        (match.allowed_methods.empty() ? "" : ", ") + std::string(name_of(entry.route->method));
    const bool head = request.method == http::Method::head;
    if (entry.route->method != (head ? http::Method::get : request.method)) {
      continue;
    }
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (is_parameter(entry.segments[i])) {
        call.path_.emplace_back(parameter_name(entry.segments[i]),
                                percent_decode(given[i], false).value_or(""));
      }
    }
    match.entry = &entry;
    return match;
  }
  return match;
}

std::optional<ApiError> Router::check_query(Call& call) const {
  std::string_view rest = call.request->query;
  while (!rest.empty()) {
    const auto end = rest.find('&');
    const std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (pair.empty()) {
      continue;
    }
    const auto equals = pair.find('=');
    const auto name = percent_decode(pair.substr(0, equals), true);
    const auto value = percent_decode(
        equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1), true);
    if (!name || !value) {
      return ApiError(Fault::invalid, "the query is not well-formed percent-encoded UTF-8");
    }
    const auto known = std::find_if(call.route->query.begin(), call.route->query.end(),
                                    [&](const auto& one) { return one.name == *name; });
    if (known == call.route->query.end()) {
      return ApiError(Fault::invalid, "unknown query parameter '" + *name + "'");
    }
    const auto as_json = typed(*known, *value);
    if (!as_json) {
      return ApiError(
          Fault::invalid,
          "the query parameter " + *name + " must be " +
              (known->kind == QueryParameter::Kind::integer ? "a whole number" : "true or false"));
    }
    if (auto violation =
            contract::check(*known->schema, *as_json, "the query parameter " + *name)) {
      return ApiError(Fault::invalid, violation->message);
    }
    call.query_.emplace_back(known->name, *value);
  }
  for (const QueryParameter& parameter : call.route->query) {
    if (parameter.required && !call.query(parameter.name)) {
      return ApiError(Fault::invalid,
                      "the query parameter " + std::string(parameter.name) + " is missing");
    }
  }
  return std::nullopt;
}

std::optional<ApiError> Router::check_body(Call& call) const {
  const Route& route = *call.route;
  const http::Request& request = *call.request;
  if (route.body == Route::Body::raw) {
    return std::nullopt;
  }
  if (route.body == Route::Body::none ||
      (route.body == Route::Body::json_if_any && request.body.empty())) {
    call.body = json::Object{};
    return std::nullopt;
  }
  const std::string_view* type = request.header("content-type");
  if (type != nullptr && !is_json_type(*type)) {
    return ApiError(Fault::invalid, "the Content-Type must be application/json");
  }
  auto parsed = json::parse(request.body, {}, kBodyLimits);
  if (!parsed) {
    return ApiError(Fault::invalid, "the body is not valid JSON: " + parsed.error().message +
                                        " (at byte " + std::to_string(parsed.error().offset) + ")");
  }
  if (auto violation = contract::check(*route.schema, *parsed)) {
    return ApiError(Fault::invalid, violation->message);
  }
  call.body = *std::move(parsed);
  return std::nullopt;
}

std::optional<ApiError> Router::verify(Call& call) const {
  if (call.caller.scope < call.route->scope) {
    return ApiError(Fault::forbidden,
                    "this takes a token with the scope " + std::string(name_of(call.route->scope)) +
                        "; this one has " + std::string(name_of(call.caller.scope)));
  }
  if (auto wrong = check_query(call)) {
    return wrong;
  }
  return check_body(call);
}

void Router::handle(const http::Request& request, http::Responder respond) {
  Call call;
  call.request = &request;
  call.on_answered_ = &on_answered_;
  call.responder_ = std::make_unique<http::Responder>(std::move(respond));
  const Match match = find(request, call);
  auto caller = authenticate_(request);
  if (caller) {
    call.caller = *std::move(caller);
  } else if (match.entry == nullptr || match.entry->route->scope != Scope::open) {
    call.answer(ApiError(std::move(caller).error()));
    return;
  }
  if (match.entry == nullptr) {
    ApiError error(Fault::not_found, "there is nothing at this path");
    if (!match.allowed_methods.empty()) {
      error = ApiError(Fault::wrong_method, "this path takes " + match.allowed_methods);
      error.allowed_methods = match.allowed_methods;
    }
    call.answer(std::move(error));
    return;
  }
  call.route = match.entry->route;
  if (auto wrong = verify(call)) {
    call.answer(*std::move(wrong));
    return;
  }
  try {
    match.entry->handler(std::move(call));
  } catch (const std::exception&) {
    // A library threw where it was not expected to. The responder, dropped, answers 500.
  }
}

}  // namespace tartan::contract
