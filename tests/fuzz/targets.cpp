#include "fuzz/targets.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/utf8.h"
#include "catalog/curl_command.h"
#include "catalog/curl_print.h"
#include "catalog/document_parts.h"
#include "catalog/intake.h"
#include "catalog/prepare.h"
#include "script/path.h"
#include "script/template.h"
#include "workflow/definition.h"

namespace tartan::fuzz {
namespace {

// Every kind of value, names that need quotes, and enough nesting for descendants.
constexpr std::string_view kDocument = R"({
  "workflow": {"input": {"id": "u-1", "tags": ["a", "b", "c", "d", "e"]}, "variables": {}},
  "Step A": {"output": {"n": 1, "it's": true, "a.b": "dotted", "\"q\"": "quoted", "": null}},
  "swf:sequenceNumber": 7,
  "größe": 3,
  "items": [
    {"name": "pen", "price": 2, "tags": ["x"], "stock": null},
    {"name": "ink", "price": 15.5, "tags": []},
    {"name": "pad", "price": 15, "old": false, "tags": ["x", "y"]}
  ],
  "limit": 15.0,
  "large": [18446744073709551615, -9223372036854775808, 1e300],
  "pair": [1, {"k": 1.0}],
  "deep": {"price": 1, "in": {"price": 2, "list": [{"price": 3}, [[[[]]]]]}}
})";

const json::Value& document() {
  static const json::Value value = *json::parse(kDocument);
  return value;
}

void check_error(const script::ExpressionError& error, std::string_view text) {
  check(error.offset <= text.size(), "an error stands within the text");
  check(!error.message.empty(), "an error says what is wrong");
}

void check_path(const script::Path& path) {
  const std::vector<const json::Value*> all = path.find_all(document());
  check(all.size() <= script::Path::kMatchesMax, "the limit of matches holds");
  for (const json::Value* one : all) {
    check(one != nullptr, "a match is a value");
  }
  if (!path.is_singular()) {
    return;
  }
  const json::Value* one = path.find(document());
  check(all.size() == (one != nullptr ? 1U : 0U), "a singular path names one value at most");
  check(all.empty() || all.front() == one, "find and find_all agree");
}

// A JSON pointer is empty or begins with a slash, and "~" stands before 0 or 1 only.
bool is_pointer(std::string_view text) {
  if (!text.empty() && text.front() != '/') {
    return false;
  }
  for (std::size_t i = text.find('~'); i != std::string_view::npos; i = text.find('~', i + 1)) {
    if (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1')) {
      return false;
    }
  }
  return true;
}

void check_problems(const std::vector<workflow::Problem>& problems) {
  check(!problems.empty(), "a refusal has a reason");
  for (const workflow::Problem& problem : problems) {
    check(is_pointer(problem.pointer), "a problem's place is a JSON pointer");
    check(!problem.message.empty(), "a problem says what is wrong");
  }
}

void check_place(const workflow::Definition& definition, int place) {
  const auto count = static_cast<int>(definition.tasks.size());
  check(place >= workflow::kNoTask && place < count, "a route leads to a task");
}

void check_routes(const workflow::Definition& definition) {
  check(definition.start != workflow::kNoTask, "a definition has a first task");
  check_place(definition, definition.start);
  for (const workflow::Task& task : definition.tasks) {
    check_place(definition, task.next);
    check_place(definition, task.parent);
    check_place(definition, task.default_task);
    for (const workflow::Choice& choice : task.choices) {
      check_place(definition, choice.next);
    }
    for (const int start : task.branch_starts) {
      check_place(definition, start);
    }
    check(&definition.task(definition.find(task.name)) == &task, "a task is found by its name");
  }
}

// The target that the fuzzer is to run.
const Target& wanted() {
  const char* name = std::getenv("TARTAN_FUZZ_TARGET");
  const auto& all = kTargets;
  const auto* found = std::find_if(all.begin(), all.end(), [&](const Target& target) {
    return name != nullptr && target.name == name;
  });
  if (found == all.end()) {
    std::fputs("TARTAN_FUZZ_TARGET names no target; see targets.h\n", stderr);
    std::exit(2);
  }
  return *found;
}

}  // namespace

void json(std::string_view bytes) {
  const auto first = json::parse(bytes);
  if (!first) {
    check(first.error().offset <= bytes.size(), "an error stands within the text");
    check(!first.error().message.empty(), "an error says what is wrong");
    return;
  }
  const std::string printed = json::print(*first);
  const auto second = json::parse(printed);
  check(second.ok(), "what was printed can be read");
  check(json::print(*second) == printed, "and is the same");
}

void path(std::string_view bytes) {
  const auto compiled = script::Path::compile(bytes);
  compiled ? check_path(*compiled) : check_error(compiled.error(), bytes);
}

void placeholders(std::string_view bytes) {
  const auto compiled = script::Template::compile(bytes);
  if (!compiled) {
    check_error(compiled.error(), bytes);
    return;
  }
  for (const script::Template::Part& part : compiled->parts()) {
    if (!part.placeholder) {
      continue;
    }
    check(bytes.find(part.placeholder->source) != std::string_view::npos,
          "a placeholder stands in the text as it says");
    if (const auto* found = std::get_if<script::Path>(&part.placeholder->expression)) {
      check_path(*found);
    }
  }
}

void definition(std::string_view bytes) {
  const auto parsed = json::parse(bytes);
  if (!parsed) {
    return;
  }
  const auto result = workflow::parse_definition(*parsed, nullptr);
  result ? check_routes(*result) : check_problems(result.error());
}

void http_task(std::string_view bytes) {
  const auto parsed = json::parse(bytes);
  if (!parsed) {
    return;
  }
  const auto result = workflow::parse_http_task(*parsed);
  if (!result) {
    check_problems(result.error());
    return;
  }
  check(result->http.has_value(), "an Http task has a request");
}

void curl(std::string_view bytes) {
  const auto first = catalog::parse_curl(bytes);
  if (!first) {
    check(!first.error().message.empty(), "an error says what is wrong");
    return;
  }
  check(workflow::parse_http_task(first->task).ok(), "what is made of a command is a task");
  const auto printed = catalog::print_curl(first->task, first->credentials);
  check(printed.ok(), "a task can be printed");
  const auto second = catalog::parse_curl(*printed);
  // The printed command may be longer than one may be.
  check(second.ok() || printed->size() > catalog::kCurlCommandMax, "what was printed can be read");
  check(!second || second->task.at("httpRequest") == first->task.at("httpRequest"),
        "and is the same request");
}

// What a user imports, all the way to a prepared task.
void api_document(std::string_view bytes) {
  const auto document = openapi::read_document(bytes, nullptr);
  if (!document) {
    check(!document.error().message.empty(), "an error says what is wrong");
    return;
  }
  catalog::PreparedDocument taken = catalog::take_in(*document, {"fuzz", "", "fuzz"}, bytes);
  taken.row.key = taken.row.api;
  catalog::give_ids(taken);
  testing::DocumentParts parts(*document);
  constexpr std::size_t operations_max = 20;
  for (std::size_t i = 0; i < std::min(taken.operations.size(), operations_max); ++i) {
    const catalog::OperationRow& row = taken.operations[i];
    openapi::Library library(parts);
    const auto operation = openapi::read_operation(library, row.path, row.method);
    check(operation.ok(), "an operation that was taken in can be read");
    const catalog::FoundOperation found{row, taken.row};
    const std::string page = json::print(catalog::reference_of(library, *operation, found));
    check(is_utf8(page), "a page is UTF-8");
    const auto prepared = catalog::prepare(library, *operation, found, {}, {});
    check(prepared.ok(), "an operation can be prepared");
    check(workflow::parse_http_task(prepared->at("task")).ok(), "a prepared task is valid");
  }
}

}  // namespace tartan::fuzz

// Where libFuzzer comes in, by its name for it. Nobody calls it in the tests.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const tartan::fuzz::Target& target = tartan::fuzz::wanted();
  // An empty input may come without an address.
  target.run(size == 0 ? std::string_view()
                       : std::string_view(reinterpret_cast<const char*>(bytes), size));
  return 0;
}
