#include "workflow/definition_case.h"

#include <algorithm>
#include <stdexcept>

#include "workflow/definition.h"
#include "workflow/match.h"

namespace tartan::cases {
namespace {

using workflow::Problem;

std::string text_of(const json::Object& object, std::string_view name) {
  const json::Value* value = json::find(object, name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::string shown(const Problem& problem) {
  return "\n  - at: " + json::print(json::Value(problem.pointer)) +
         "\n    message: " + json::print(json::Value(problem.message)) +
         "\n    hint: " + json::print(json::Value(problem.hint));
}

workflow::DefinitionLimits read_limits(const json::Object& file) {
  workflow::DefinitionLimits limits;
  const json::Value* given = json::find(file, "limits");
  if (given == nullptr) {
    return limits;
  }
  const auto read = [&](const char* name, std::size_t& limit) {
    if (const json::Value* value = json::find(given->as_object(), name)) {
      limit = static_cast<std::size_t>(value->as_int64());
    }
  };
  check_keys(given->as_object(), {"tasks", "nesting", "branches", "choices", "expressionBytes"},
             "limits");
  read("tasks", limits.tasks);
  read("nesting", limits.nesting);
  read("branches", limits.branches);
  read("choices", limits.choices);
  read("expressionBytes", limits.expression_bytes);
  return limits;
}

// The definition: YAML under `definition`, which needs no name, or JSON text under `json` where the
// spelling matters.
json::Value read_document(const json::Object& file) {
  if (const json::Value* document = json::find(file, "definition")) {
    json::Value made = *document;
    if (made.is_object()) {
      made.get_object().emplace("name", "Case");
    }
    return made;
  }
  auto parsed = json::parse(text_of(file, "json"));
  if (!parsed) {
    throw std::runtime_error("json: " + parsed.error().message);
  }
  return *std::move(parsed);
}

bool meets(const json::Object& expected, const Problem& problem) {
  check_keys(expected, {"at", "message", "hint"}, "problems");
  return text_of(expected, "at") == problem.pointer &&
         problem.message.find(text_of(expected, "message")) != std::string::npos &&
         (json::find(expected, "hint") == nullptr ||
          problem.hint.find(text_of(expected, "hint")) != std::string::npos);
}

std::vector<std::string> compare(const json::Array& expected, std::vector<Problem> came) {
  std::vector<std::string> failures;
  for (const json::Value& one : expected) {
    const auto found = std::find_if(came.begin(), came.end(), [&](const Problem& problem) {
      return meets(one.as_object(), problem);
    });
    if (found == came.end()) {
      failures.push_back("this problem is not reported: " + json::print(one));
    } else {
      came.erase(found);
    }
  }
  for (const Problem& problem : came) {
    failures.push_back("reported, but not expected:" + shown(problem));
  }
  return failures;
}

}  // namespace

std::vector<std::string> run_definition_case(const json::Value& file,
                                             script::ScriptEngine& scripts) {
  try {
    const json::Object& object = file.as_object();
    check_keys(object, {"name", "proves", "definition", "json", "limits", "problems"}, "the case");
    const json::Value* problems = json::find(object, "problems");
    if (text_of(object, "name").empty() || problems == nullptr) {
      throw std::runtime_error("a case has a name and problems");
    }
    auto parsed = workflow::parse_definition(read_document(object), &scripts, read_limits(object));
    return compare(problems->as_array(),
                   parsed ? std::vector<Problem>{} : std::move(parsed).error());
  } catch (const std::exception& wrong) {
    return {wrong.what()};
  }
}

}  // namespace tartan::cases
