#include "workflow/http_task_test.h"

#include <algorithm>

#include "base/utf8.h"
#include "crypto/base64.h"
#include "workflow/tasks/http_attempt.h"

namespace tartan::workflow {
namespace {

using http::OutboundError;
using http::OutboundReply;
using http::OutboundRequest;

json::Object answer_of(json::Value request, json::Value response, json::Value error,
                       json::Array warnings) {
  return {{"request", std::move(request)},
          {"response", std::move(response)},
          {"error", std::move(error)},
          {"warnings", std::move(warnings)},
          {"reference", json::Array{}}};
}

json::Object error_of(std::string_view code, const std::string& message, std::string_view hint) {
  return {{"code", code}, {"message", message}, {"hint", hint}};
}

// The value of an input parameter that holds no placeholder, with its escapes read.
std::optional<json::Value> fixed_value(const json::Value& parameter, const script::Scope& scope) {
  std::vector<script::TemplateTree::Wrong> wrong;
  const auto tree = script::TemplateTree::compile(parameter, wrong);
  bool is_fixed = wrong.empty();
  tree.for_each([&](std::string_view, const script::Placeholder&) { is_fixed = false; });
  if (!is_fixed) {
    return std::nullopt;
  }
  auto value = tree.render(scope);
  return value ? std::optional(*std::move(value)) : std::nullopt;
}

// The values that the request's placeholders see: what the caller gives, and what the definition
// fixes.
json::Value names_of(const Task& task, const json::Object& document, const json::Object& input,
                     const script::Scope& scope) {
  json::Object names = input;
  names["swf:taskName"] = task.name.empty() ? "Test" : task.name;
  const json::Value* parameters = json::find(document, "inputParameters");
  if (parameters != nullptr && parameters->is_object()) {
    for (const auto& parameter : parameters->get_object()) {
      if (names.contains(parameter.key())) {
        continue;
      }
      if (auto fixed = fixed_value(parameter.value(), scope)) {
        names[parameter.key()] = *std::move(fixed);
      }
    }
  }
  return json::Value(std::move(names));
}

json::Object sent_request(const OutboundRequest& sent, const Masks& masks, ShowSecrets show) {
  const auto shown = [&](const std::string& text) {
    return show == ShowSecrets::yes ? text : masks.hide(text);
  };
  json::Object headers;
  for (const http::HeaderList* list : {&sent.headers, &sent.secret_headers}) {
    for (const auto& [name, value] : *list) {
      headers[name] = shown(value);
    }
  }
  for (const auto& [name, value] : http::default_headers()) {
    const bool given =
        std::any_of(headers.begin(), headers.end(), [&wanted = name](const auto& header) {
          return http::equal_ignoring_case(std::string_view(header.key()), wanted);
        });
    if (!given) {
      headers[name] = value;
    }
  }
  json::Value body = nullptr;
  if (sent.has_body) {
    const std::string text = shown(sent.body);
    auto parsed = json::parse(text, {}, {200, 1'000'000});
    body = parsed          ? *std::move(parsed)
           : is_utf8(text) ? json::Value(text)
                           : json::Value(json::Object{{"base64", crypto::base64_encode(text)}});
  }
  return {{"method", sent.method},
          {"url", shown(sent.url)},
          {"headers", std::move(headers)},
          {"body", std::move(body)}};
}

void warn_of_request(const OutboundRequest& sent, json::Array& warnings) {
  const bool has_secret = !sent.secret_headers.empty() || sent.secret_in_body;
  const bool is_local = sent.url.starts_with("http://127.") ||
                        sent.url.starts_with("http://localhost") ||
                        sent.url.starts_with("http://[::1]");
  if (has_secret && sent.url.starts_with("http://") && !is_local) {
    warnings.emplace_back("the credential travels unencrypted: the url begins with http://");
  }
  if (sent.has_body && (sent.method == "GET" || sent.method == "HEAD")) {
    warnings.emplace_back("a body with " + sent.method + " is ignored by many services");
  }
}

void warn_of_reply(const OutboundReply& reply, const Task& task, json::Array& warnings) {
  if (!is_success(*task.http, reply.status)) {
    const bool again = task.retry && is_retryable(reply.status);
    warnings.emplace_back("in a run the status " + std::to_string(reply.status) +
                          (again ? " would be retried" : " would fail the task"));
  }
  for (const auto& [name, value] : reply.headers) {
    if (http::equal_ignoring_case(name, "content-type") &&
        value.find("json") != std::string::npos && !reply.body.empty() &&
        !json::parse(reply.body, {}, {200, 1'000'000})) {
      warnings.emplace_back(
          "the answer says that it is JSON, but it can't be parsed as such; its "
          "body is kept as text");
    }
  }
}

json::Array check_against(const CheckReference& check, const json::Object& document,
                          const json::Value& request, const json::Value& response) {
  return check && request.is_object() ? check(document, request.get_object(), response)
                                      : json::Array{};
}

}  // namespace

void test_http_task(Engine& engine, Task task, const json::Object& document,
                    const json::Object& input, ShowSecrets secrets, CheckReference check,
                    std::function<void(json::Object)> done) {
  const EngineParts& parts = engine.parts();
  std::uint64_t seed = 0;
  parts.random.fill(std::as_writable_bytes(std::span(&seed, 1)));
  const json::Value nothing = json::Object{};
  const json::Value names =
      names_of(task, document, input, {nothing, parts.scripts, parts.clock.now(), seed});
  auto request = render_request(*task.http, {names, parts.scripts, parts.clock.now(), seed});
  if (!request) {
    done(answer_of(nullptr, nullptr,
                   error_of("invalidRequest", request.error().message,
                            "give the value in \"input\", or change the placeholder"),
                   {}));
    return;
  }
  if (!task.http->credentials.empty()) {
    (*request)["credentials"] = task.http->credentials;
  }
  auto shared = std::make_shared<Task>(std::move(task));
  AttemptRequest attempt;
  attempt.request = *std::move(request);
  attempt.task = std::shared_ptr<const HttpTask>(shared, &*shared->http);
  attempt.idempotency_key = random_base62(parts.random, 22);
  attempt.keep_sent = true;
  json::Object unsent = attempt.request;
  send_attempt(engine.credentials(), parts.sender, std::move(attempt),
               [shared, secrets, unsent, document, check = std::move(check),
                done = std::move(done)](AttemptOutcome outcome) {
                 json::Array warnings;
                 json::Value shown = unsent;
                 if (outcome.sent) {
                   shown = sent_request(*outcome.sent, outcome.masks, secrets);
                   warn_of_request(*outcome.sent, warnings);
                 }
                 if (!outcome.note.empty()) {
                   warnings.emplace_back(outcome.note);
                 }
                 if (const auto* error = std::get_if<OutboundError>(&outcome.result)) {
                   json::Array reference = check_against(check, document, shown, nullptr);
                   json::Object answer =
                       answer_of(std::move(shown), nullptr,
                                 error_of(name_of(error->kind), error->message, error->hint),
                                 std::move(warnings));
                   answer["reference"] = std::move(reference);
                   done(std::move(answer));
                   return;
                 }
                 const auto& reply = std::get<OutboundReply>(outcome.result);
                 warn_of_reply(reply, *shared, warnings);
                 json::Object response = output_of(reply);
                 response["sizeInBytes"] = reply.body.size();
                 json::Array reference = check_against(check, document, shown, response);
                 json::Object answer =
                     answer_of(std::move(shown), std::move(response), nullptr, std::move(warnings));
                 answer["reference"] = std::move(reference);
                 done(std::move(answer));
               });
}

}  // namespace tartan::workflow
