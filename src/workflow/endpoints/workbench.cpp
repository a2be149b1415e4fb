#include "workflow/api.h"
#include "workflow/http_task_test.h"

namespace tartan::workflow {
namespace {

using contract::ApiError;
using contract::ApiResult;
using contract::Call;
using contract::Scope;

json::Object error_of(const std::string& message, const std::string& code,
                      std::optional<std::size_t> position) {
  json::Object error{{"message", message}};
  if (!code.empty()) {
    error["code"] = code;
  }
  error["position"] = position ? json::Value(*position) : json::Value(nullptr);
  return json::Object{{"error", std::move(error)}};
}

ApiResult evaluate_path(const std::string& expression, const json::Value& data) {
  auto path = script::Path::compile(expression);
  if (!path) {
    return json_reply(error_of(path.error().message, "", path.error().offset));
  }
  if (path->is_singular()) {
    const json::Value* found = path->find(data);
    return json_reply(json::Object{{"result", found != nullptr ? *found : json::Value(nullptr)}});
  }
  json::Array all;
  for (const json::Value* one : path->find_all(data)) {
    all.push_back(*one);
  }
  return json_reply(json::Object{{"result", std::move(all)}});
}

ApiResult evaluate(const Api& api, Call& call) {
  const std::string language = text_member(call.object(), "language");
  const std::string expression = text_member(call.object(), "expression");
  const json::Value* given = json::find(call.object(), "data");
  const json::Value data = given != nullptr ? *given : json::Value(nullptr);
  if (language == "path") {
    return evaluate_path(expression, data);
  }
  const EngineParts& parts = api.engine.parts();
  script::ScriptRequest request;
  request.language =
      language == "jsonata" ? script::Language::jsonata : script::Language::javascript;
  request.expression = expression;
  const std::string text = json::print(data);
  request.data_json = text;
  request.now = parts.clock.now();
  parts.random.fill(std::as_writable_bytes(std::span(&request.seed, 1)));
  auto result = parts.scripts.evaluate(request);
  if (!result) {
    if (result.error().kind == script::ScriptError::Kind::unavailable) {
      return ApiError(Fault::unavailable, result.error().message);
    }
    return json_reply(
        error_of(result.error().message, result.error().code, result.error().position));
  }
  auto parsed = json::parse(result->json, {}, {512, 5'000'000});
  if (!parsed) {
    return json_reply(
        error_of("the result can't be held as JSON: " + parsed.error().message, "", std::nullopt));
  }
  return json_reply(json::Object{{"result", *std::move(parsed)}});
}

ApiError problems_of_task(const std::vector<Problem>& problems) {
  ApiError error(Fault::invalid, "the task: " + problems.front().message + " (at /task" +
                                     problems.front().pointer + ")");
  for (const Problem& problem : problems) {
    error.problems.push_back(json::Object{{"pointer", "/task" + problem.pointer},
                                          {"message", problem.message},
                                          {"hint", problem.hint}});
  }
  return error;
}

void test_request(const Api& api, Call call) {
  const bool show = call.query_flag("secrets");
  if (show && call.caller.scope < Scope::admin) {
    call.answer(ApiError(Fault::forbidden, "secrets=true takes a token with the scope admin"));
    return;
  }
  const json::Object& document = json::find(call.object(), "task")->get_object();
  auto task = parse_http_task(json::Value(document));
  if (!task) {
    call.answer(problems_of_task(task.error()));
    return;
  }
  const json::Value* given = json::find(call.object(), "input");
  const json::Object input =
      given != nullptr && given->is_object() ? given->get_object() : json::Object{};
  auto held = std::make_shared<Call>(std::move(call));
  test_http_task(api.engine, *std::move(task), json::find(held->object(), "task")->get_object(),
                 input, show ? ShowSecrets::yes : ShowSecrets::no, api.check_reference,
                 [held](json::Object answer) { held->answer(json_reply(std::move(answer))); });
}

}  // namespace

void Api::bind_workbench(contract::Router& router) {
  router.bind("evaluateExpression", [this](Call& call) { return evaluate(*this, call); });
  router.bind_async("testHttpTask", [this](Call call) {
    auto held = std::make_shared<Call>(std::move(call));
    engine.parts().executor.run([this, held] { test_request(*this, std::move(*held)); });
  });
}

}  // namespace tartan::workflow
