#include "workflow/definition.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/clock.h"
#include "workflow/definition_graph.h"
#include "workflow/nearest.h"

namespace tartan::workflow {
namespace {

using script::pointer_token;

constexpr std::pair<std::string_view, TaskType> kTypes[] = {
    {"Simple", TaskType::simple},     {"Http", TaskType::http}, {"Decision", TaskType::decision},
    {"Parallel", TaskType::parallel}, {"Wait", TaskType::wait}, {"Terminate", TaskType::terminate}};

constexpr std::string_view kMethods[] = {"GET",   "HEAD",   "POST",   "PUT",
                                         "PATCH", "DELETE", "OPTIONS"};

constexpr std::string_view kDefinitionFields[] = {
    "name", "description", "startTask", "tasks", "timeoutSeconds", "failureWorkflow", "variables",
    "metadata", "failureWorkflowVersion", "maxConcurrentWorkflows",
    // What the API adds to a definition it returns: taken back, so that GET, edit, PUT works.
    "id", "version", "disabled", "createdOn", "organizationId"};

// Every field of every task type: the public API returns all of them, null where they do not apply.
constexpr std::pair<std::string_view, std::string_view> kTaskFields[] = {
    {"type", "*"},
    {"description", "*"},
    {"inputParameters", "*"},
    {"metadata", "*"},
    {"retry", "Http"},
    {"nextTask", "Simple Http Parallel Wait"},
    {"end", "Simple Http Wait"},
    {"credentials", "Http"},
    {"httpRequest", "Http"},
    {"connectionTimeoutSeconds", "Http"},
    {"readTimeoutSeconds", "Http"},
    {"successStatuses", "Http"},
    {"idempotent", "Http"},
    {"choices", "Decision"},
    {"defaultTask", "Decision"},
    {"branches", "Parallel"},
    {"seconds", "Wait"},
    {"secondsExpression", "Wait"},
    {"timestamp", "Wait"},
    {"timestampExpression", "Wait"},
    {"terminationStatus", "Terminate"},
    {"workflowOutput", "Terminate"},
};

std::string_view view(const json::Value& text) {
  return {text.get_string().data(), text.get_string().size()};
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

class Parser {
 public:
  Parser(const DefinitionLimits& limits, script::ScriptEngine* engine)
      : limits_(limits), engine_(engine) {}

  Definition definition;
  std::vector<Problem> problems;

  void parse(const json::Value& document) {
    if (!document.is_object()) {
      problem("", "a definition must be a JSON object");
      return;
    }
    const json::Object& object = document.get_object();
    for (const auto& member : object) {
      check_known(member.key(), kDefinitionFields, "");
    }
    definition.name = text(object, "name", "", Need::required);
    if (characters(definition.name) > 200) {
      problem("/name", "the name is longer than 200 characters");
    }
    text(object, "description", "", Need::optional);
    definition.timeout_seconds = integer(object, "timeoutSeconds", "", 0, limits_.seconds, 0);
    definition.failure_workflow = text(object, "failureWorkflow", "", Need::optional);
    definition.failure_workflow_version =
        integer(object, "failureWorkflowVersion", "", 0, 1'000'000'000, 0);
    definition.max_concurrent = integer(object, "maxConcurrentWorkflows", "", 0, 1'000'000'000, 0);
    if (const json::Value* variables = member(object, "variables")) {
      if (variables->is_object()) {
        definition.variables = *variables;
      } else {
        problem("/variables", "variables must be an object of names and values");
      }
    }
    const std::string start = route(object, "startTask", "");
    const json::Value* tasks = member(object, "tasks");
    if (tasks == nullptr || !tasks->is_object() || tasks->get_object().empty()) {
      problem("/tasks", "tasks must be an object with at least one task",
              R"(for example "tasks": {"First": {"type": "Simple", "end": true}})");
      return;
    }
    collect(tasks->get_object(), "/tasks", kNoTask, 0, 0);
    if (definition.tasks.size() > limits_.tasks) {
      problem("/tasks", "there are more than " + std::to_string(limits_.tasks) + " tasks");
      return;
    }
    for (std::size_t i = 0; i < definition.tasks.size(); ++i) {
      parse_task(static_cast<int>(i));
    }
    if (!start.empty()) {
      definition.start = target(start, "/startTask", kNoTask, 0);
    }
    check_graph(definition, routes_are_whole_ && definition.start != kNoTask, problems);
  }

  Task parse_alone(const json::Value& value) {
    if (!value.is_object()) {
      problem("", "a task must be a JSON object");
      return {};
    }
    definition.tasks.emplace_back();
    sources_.push_back(&value.get_object());
    alone_ = true;
    parse_task(0);
    if (definition.tasks[0].type != TaskType::http) {
      problem("/type", "the task must be of the type Http");
    }
    return std::move(definition.tasks[0]);
  }

 private:
  enum class Need { required, optional };

  void problem(std::string pointer, std::string message, std::string hint = "") {
    constexpr std::size_t problems_max = 200;
    if (problems.size() < problems_max) {
      problems.push_back({std::move(pointer), std::move(message), std::move(hint)});
    }
  }

  void route_problem(std::string pointer, std::string message, std::string hint = "") {
    routes_are_whole_ = false;
    problem(std::move(pointer), std::move(message), std::move(hint));
  }

  template <typename Known>
  void check_known(std::string_view name, const Known& known, const std::string& pointer) {
    if (std::find(std::begin(known), std::end(known), name) == std::end(known)) {
      problem(pointer + "/" + pointer_token(name), "unknown field '" + std::string(name) + "'",
              nearest(name, {std::begin(known), std::end(known)}));
    }
  }

  // The member, unless it is absent or null.
  static const json::Value* member(const json::Object& object, std::string_view name) {
    const json::Value* value = json::find(object, name);
    return value == nullptr || value->is_null() ? nullptr : value;
  }

  std::string text(const json::Object& object, std::string_view name, const std::string& pointer,
                   Need need) {
    const json::Value* value = member(object, name);
    const std::string here = pointer + "/" + std::string(name);
    if (value == nullptr) {
      if (need == Need::required) {
        problem(here, "the field '" + std::string(name) + "' is missing");
      }
      return {};
    }
    if (!value->is_string()) {
      problem(here, std::string(name) + " must be a string");
      return {};
    }
    if (need == Need::required && value->get_string().empty()) {
      problem(here, std::string(name) + " must not be empty");
    }
    return std::string(view(*value));
  }

  // The name of a task that a route leads to.
  std::string route(const json::Object& object, std::string_view name, const std::string& pointer) {
    std::string found = text(object, name, pointer, Need::required);
    routes_are_whole_ = routes_are_whole_ && !found.empty();
    return found;
  }

  std::int64_t integer(const json::Object& object, std::string_view name,
                       const std::string& pointer, std::int64_t low, std::int64_t high,
                       std::int64_t otherwise) {
    return static_cast<std::int64_t>(read_number(
        object, name, pointer, {static_cast<double>(low), static_cast<double>(high), true},
        static_cast<double>(otherwise)));
  }

  double number(const json::Object& object, std::string_view name, const std::string& pointer,
                double low, double high, double otherwise) {
    return read_number(object, name, pointer, {low, high, false}, otherwise);
  }

  struct Range {
    double low;
    double high;
    bool whole;  // 10.0 is whole, too
  };

  double read_number(const json::Object& object, std::string_view name, const std::string& pointer,
                     const Range& range, double otherwise) {
    const json::Value* value = member(object, name);
    if (value == nullptr) {
      return otherwise;
    }
    if (value->is_number()) {
      const auto found = value->to_number<double>();
      if (found >= range.low && found <= range.high &&
          (!range.whole || found == std::floor(found))) {
        return found;
      }
    }
    problem(pointer + "/" + std::string(name),
            std::string(name) + " must be a " + (range.whole ? "whole " : "") + "number from " +
                script::text_of(json::Value(range.low)) + " to " +
                script::text_of(json::Value(range.high)));
    return otherwise;
  }

  bool truth(const json::Object& object, std::string_view name, const std::string& pointer) {
    const json::Value* value = member(object, name);
    if (value != nullptr && !value->is_bool()) {
      problem(pointer + "/" + std::string(name), std::string(name) + " must be true or false");
    }
    return value != nullptr && value->is_bool() && value->get_bool();
  }

  // Gives each task its place, branches included, so that routes can refer to them.
  void collect(const json::Object& tasks, const std::string& pointer, int parent, int branch,
               std::size_t depth) {
    for (const auto& one : tasks) {
      const std::string_view name(one.key().data(), one.key().size());
      const std::string here = pointer + "/" + pointer_token(name);
      check_name(name, here);
      if (!one.value().is_object()) {
        route_problem(here, "a task must be a JSON object");
        continue;
      }
      const int index = static_cast<int>(definition.tasks.size());
      Task task;
      task.name = name;
      task.pointer = here;
      task.parent = parent;
      task.branch = branch;
      if (!definition.by_name.emplace(name, index).second) {
        route_problem(here, "the name '" + std::string(name) + "' is used twice in the definition",
                      "names are unique across all branches, so that ${Name.output} has one "
                      "meaning");
        names_twice_.emplace_back(name);
      }
      definition.tasks.push_back(std::move(task));
      sources_.push_back(&one.value().get_object());
      collect_branches(one.value().get_object(), here, index, depth);
    }
  }

  void collect_branches(const json::Object& task, const std::string& pointer, int index,
                        std::size_t depth) {
    const json::Value* branches = member(task, "branches");
    const json::Value* type = member(task, "type");
    const bool is_parallel =
        type != nullptr && type->is_string() && type->get_string() == name_of(TaskType::parallel);
    if (!is_parallel || branches == nullptr || !branches->is_array()) {
      return;
    }
    if (depth >= limits_.nesting) {
      route_problem(pointer + "/branches", "Parallel tasks are nested deeper than " +
                                               std::to_string(limits_.nesting) + " levels");
      too_deep_.push_back(index);
      return;
    }
    const json::Array& array = branches->get_array();
    for (std::size_t i = 0; i < array.size(); ++i) {
      if (!array[i].is_object()) {
        continue;
      }
      const json::Value* tasks = member(array[i].get_object(), "tasks");
      if (tasks != nullptr && tasks->is_object()) {
        collect(tasks->get_object(), pointer + "/branches/" + std::to_string(i) + "/tasks", index,
                static_cast<int>(i), depth + 1);
      }
    }
  }

  void check_name(std::string_view name, const std::string& pointer) {
    if (name.empty() || characters(name) > limits_.name_characters) {
      problem(pointer, "a task's name must have 1 to " + std::to_string(limits_.name_characters) +
                           " characters");
    }
    if (name == "workflow" || name == "variables" || name.starts_with("swf:")) {
      problem(pointer, "the name '" + std::string(name) + "' is reserved",
              "${" + std::string(name) + "} means something else in placeholders; rename the task");
    }
  }

  // The task `name` as a target from a task of (parent, branch); says why it can't be one.
  int target(std::string_view name, const std::string& pointer, int parent, int branch) {
    const int index = find_near(name, parent, branch);
    if (index == kNoTask) {
      std::vector<std::string_view> names;
      for (const Task& task : definition.tasks) {
        names.push_back(task.name);
      }
      route_problem(pointer, "there is no task '" + std::string(name) + "'", nearest(name, names));
      return kNoTask;
    }
    const Task& to = definition.task(index);
    if (to.parent != parent || to.branch != branch) {
      route_problem(
          pointer,
          is_within(index, parent, branch)
              ? "'" + std::string(name) + "' is inside a branch of '" +
                    definition.task(to.parent).name + "'"
              : "'" + std::string(name) + "' is outside of this branch",
          "routes stay within one branch; the tasks of a Parallel task meet at its nextTask");
      return kNoTask;
    }
    return index;
  }

  // Of a name that stands twice, the task that a route from (parent, branch) can mean.
  int find_near(std::string_view name, int parent, int branch) const {
    if (std::find(names_twice_.begin(), names_twice_.end(), name) != names_twice_.end()) {
      for (std::size_t i = 0; i < definition.tasks.size(); ++i) {
        const Task& task = definition.tasks[i];
        if (task.name == name && task.parent == parent && task.branch == branch) {
          return static_cast<int>(i);
        }
      }
    }
    return definition.find(name);
  }

  // Whether the task stands somewhere below (parent, branch), in a branch of a task there.
  bool is_within(int index, int parent, int branch) const {
    for (int at = definition.task(index).parent; at != kNoTask; at = definition.task(at).parent) {
      if (definition.task(at).parent == parent && definition.task(at).branch == branch) {
        return true;
      }
    }
    return false;
  }

  void parse_task(int index) {
    Task& task = definition.tasks[static_cast<std::size_t>(index)];
    const json::Object& object = *sources_[static_cast<std::size_t>(index)];
    const std::string pointer = task.pointer;
    const std::string type = text(object, "type", pointer, Need::required);
    const auto* found = std::find_if(std::begin(kTypes), std::end(kTypes),
                                     [&](const auto& one) { return one.first == type; });
    if (found == std::end(kTypes)) {
      routes_are_whole_ = false;
      if (!type.empty()) {
        problem(pointer + "/type", "unknown task type '" + type + "'",
                "expected Simple, Http, Decision, Parallel, Wait or Terminate");
      }
      return;
    }
    task.type = found->second;
    check_fields(object, type, pointer);
    text(object, "description", pointer, Need::optional);
    if (const json::Value* input = member(object, "inputParameters")) {
      if (input->is_object()) {
        task.input = tree(*input, pointer + "/inputParameters");
      } else {
        problem(pointer + "/inputParameters", "inputParameters must be an object");
      }
    }
    parse_route(object, task);
    switch (task.type) {
      case TaskType::http:
        parse_http(object, task);
        break;
      case TaskType::decision:
        parse_decision(object, task);
        break;
      case TaskType::parallel:
        parse_parallel(object, task, index);
        break;
      case TaskType::wait:
        parse_wait(object, task);
        break;
      case TaskType::terminate:
        parse_terminate(object, task);
        break;
      case TaskType::simple:
        break;
    }
  }

  void check_fields(const json::Object& object, const std::string& type,
                    const std::string& pointer) {
    for (const auto& one : object) {
      const std::string_view name(one.key().data(), one.key().size());
      const auto* known = std::find_if(std::begin(kTaskFields), std::end(kTaskFields),
                                       [&](const auto& field) { return field.first == name; });
      const std::string here = pointer + "/" + pointer_token(name);
      if (known == std::end(kTaskFields)) {
        std::vector<std::string_view> names;
        for (const auto& field : kTaskFields) {
          names.push_back(field.first);
        }
        // A page of the public documentation calls it so.
        problem(here, "unknown field '" + std::string(name) + "'",
                nearest(name == "decisions" ? "choices" : name, names));
      } else if (!one.value().is_null() && known->second != "*" &&
                 (" " + std::string(known->second) + " ").find(" " + type + " ") ==
                     std::string::npos &&
                 !(name == "end" && one.value() == json::Value(false))) {
        problem(here, "a task of the type " + type + " has no field '" + std::string(name) + "'",
                name == "end" ? "only Simple, Http and Wait tasks end a workflow by 'end'" : "");
      }
    }
  }

  void parse_route(const json::Object& object, Task& task) {
    const bool routed = task.type == TaskType::simple || task.type == TaskType::http ||
                        task.type == TaskType::wait || task.type == TaskType::parallel;
    if (!routed || alone_) {
      return;
    }
    task.end = task.type != TaskType::parallel && truth(object, "end", task.pointer);
    const json::Value* next = member(object, "nextTask");
    const json::Value* end = member(object, "end");
    if (next == nullptr) {
      // An `end` that is neither true nor false is said already.
      routes_are_whole_ = routes_are_whole_ && task.end;
      if (!task.end && (end == nullptr || end->is_bool() || task.type == TaskType::parallel)) {
        problem(task.pointer,
                "the task '" + task.name + "' has no nextTask" +
                    (task.type == TaskType::parallel ? "" : " and is no end"),
                task.type == TaskType::parallel
                    ? "a Parallel task can't be the end: route it to a Terminate task"
                    : R"(name the next task in "nextTask", or write "end": true)");
      }
      return;
    }
    if (task.end) {
      problem(task.pointer + "/nextTask", "a task with end: true has no nextTask");
      return;
    }
    const std::string name = route(object, "nextTask", task.pointer);
    if (!name.empty()) {
      task.next = target(name, task.pointer + "/nextTask", task.parent, task.branch);
    }
  }

  void parse_http(const json::Object& object, Task& task) {
    HttpTask http;
    const std::string& pointer = task.pointer;
    http.credentials = text(object, "credentials", pointer, Need::optional);
    http.connection_timeout_seconds =
        integer(object, "connectionTimeoutSeconds", pointer, 1, 3600, 5);
    http.read_timeout_seconds = integer(object, "readTimeoutSeconds", pointer, 1, 3600, 10);
    http.idempotent = truth(object, "idempotent", pointer);
    parse_success_statuses(object, pointer, http);
    if (const json::Value* retry = member(object, "retry")) {
      parse_retry(*retry, pointer + "/retry", task);
    }
    const json::Value* request = member(object, "httpRequest");
    if (request == nullptr || !request->is_object()) {
      problem(
          pointer + "/httpRequest", "httpRequest must be an object with a url",
          R"(for example "httpRequest": {"method": "GET", "url": "https://api.example.com/v1"})");
      return;
    }
    parse_request(request->get_object(), pointer + "/httpRequest", http);
    task.http = std::move(http);
  }

  void parse_request(const json::Object& request, const std::string& pointer, HttpTask& http) {
    constexpr std::string_view known[] = {"url", "method", "headers", "body"};
    for (const auto& one : request) {
      check_known(one.key(), known, pointer);
    }
    const std::string url = text(request, "url", pointer, Need::required);
    if (!url.empty()) {
      http.url = compile(url, pointer + "/url");
      const auto& parts = http.url.parts();
      if (!parts.empty() && !parts.front().placeholder &&
          !parts.front().text.starts_with("https://") &&
          !parts.front().text.starts_with("http://")) {
        problem(pointer + "/url", "the url must begin with https:// or http://",
                "or with a placeholder for the base address, such as ${api}/v1");
      }
    }
    const std::string method = text(request, "method", pointer, Need::optional);
    if (!method.empty()) {
      http.method = method;
      if (std::find(std::begin(kMethods), std::end(kMethods), method) == std::end(kMethods)) {
        problem(pointer + "/method", "unknown method '" + method + "'",
                "expected GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS");
      }
    }
    if (const json::Value* headers = member(request, "headers")) {
      if (!headers->is_object()) {
        problem(pointer + "/headers", "headers must be an object of names and texts");
        return;
      }
      for (const auto& header : headers->get_object()) {
        parse_header(header, pointer + "/headers", http);
      }
    }
    if (const json::Value* body = member(request, "body")) {
      http.body = tree(*body, pointer + "/body");
    }
  }

  void parse_header(const json::Object::value_type& header, const std::string& pointer,
                    HttpTask& http) {
    const std::string_view name(header.key().data(), header.key().size());
    const std::string here = pointer + "/" + pointer_token(name);
    const bool is_token = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
             std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
    if (!is_token) {
      problem(here, "'" + std::string(name) + "' can't be a header's name");
    }
    const json::Value& value = header.value();
    if (value.is_null()) {
      return;
    }
    if (!value.is_string() && !value.is_number() && !value.is_bool()) {
      problem(here, "a header's value must be a text");
      return;
    }
    script::Template text = compile(script::text_of(value), here);
    for (const script::Template::Part& part : text.parts()) {
      if (part.text.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
        problem(here, "a header's value can't hold a line break");
        break;
      }
    }
    http.headers.emplace_back(name, std::move(text));
  }

  void parse_success_statuses(const json::Object& object, const std::string& pointer,
                              HttpTask& http) {
    const json::Value* statuses = member(object, "successStatuses");
    if (statuses == nullptr) {
      return;
    }
    const std::string here = pointer + "/successStatuses";
    if (!statuses->is_array()) {
      problem(here, "successStatuses must be an array", R"(for example [404, "3xx"])");
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
        problem(here + "/" + std::to_string(i), "expected a status from 100 to 599, or '4xx'");
      }
    }
  }

  void parse_retry(const json::Value& value, const std::string& pointer, Task& task) {
    if (!value.is_object()) {
      problem(pointer, "retry must be an object");
      return;
    }
    constexpr std::string_view known[] = {"intervalSeconds", "maxAttempts", "backoffRate",
                                          "maxIntervalSeconds", "jitter"};
    const json::Object& object = value.get_object();
    for (const auto& one : object) {
      check_known(one.key(), known, pointer);
    }
    Retry retry;
    retry.interval_seconds = number(object, "intervalSeconds", pointer, 0, 86400, 1);
    retry.max_attempts = static_cast<int>(integer(object, "maxAttempts", pointer, 0, 1000, 3));
    retry.backoff_rate = number(object, "backoffRate", pointer, 1, 100, 2);
    retry.max_interval_seconds = number(object, "maxIntervalSeconds", pointer, 0, 86400 * 7, 3600);
    retry.jitter = number(object, "jitter", pointer, 0, 1, 0);
    task.retry = retry;
  }

  void parse_decision(const json::Object& object, Task& task) {
    const std::string& pointer = task.pointer;
    const json::Value* choices = member(object, "choices");
    if (choices == nullptr || !choices->is_array() || choices->get_array().empty()) {
      route_problem(pointer + "/choices", "choices must be an array with at least one choice",
                    R"(for example [{"condition": "$.total > 100", "nextTask": "Ask"}])");
    } else if (choices->get_array().size() > limits_.choices) {
      route_problem(pointer + "/choices",
                    "there are more than " + std::to_string(limits_.choices) + " choices");
    } else {
      for (std::size_t i = 0; i < choices->get_array().size(); ++i) {
        parse_choice(choices->get_array()[i], pointer + "/choices/" + std::to_string(i), task);
      }
    }
    const std::string otherwise = route(object, "defaultTask", pointer);
    if (!otherwise.empty()) {
      task.default_task = target(otherwise, pointer + "/defaultTask", task.parent, task.branch);
    }
  }

  void parse_choice(const json::Value& value, const std::string& pointer, Task& task) {
    if (!value.is_object()) {
      route_problem(pointer, "a choice must be an object with condition and nextTask");
      return;
    }
    constexpr std::string_view known[] = {"condition", "nextTask", "metadata"};
    for (const auto& one : value.get_object()) {
      check_known(one.key(), known, pointer);
    }
    Choice choice;
    choice.condition = text(value.get_object(), "condition", pointer, Need::required);
    check_script(script::Language::javascript, choice.condition, pointer + "/condition");
    const std::string next = route(value.get_object(), "nextTask", pointer);
    if (!next.empty()) {
      choice.next = target(next, pointer + "/nextTask", task.parent, task.branch);
    }
    task.choices.push_back(std::move(choice));
  }

  void parse_parallel(const json::Object& object, Task& task, int index) {
    if (std::find(too_deep_.begin(), too_deep_.end(), index) != too_deep_.end()) {
      return;
    }
    const std::string pointer = task.pointer + "/branches";
    const json::Value* branches = member(object, "branches");
    if (branches == nullptr || !branches->is_array()) {
      route_problem(pointer, "branches must be an array");
      return;
    }
    const json::Array& array = branches->get_array();
    if (array.empty() || array.size() > limits_.branches) {
      route_problem(pointer,
                    "a Parallel task has 1 to " + std::to_string(limits_.branches) + " branches");
      return;
    }
    std::vector<int> starts;
    constexpr std::string_view known[] = {"startTask", "tasks", "metadata"};
    for (std::size_t i = 0; i < array.size(); ++i) {
      const std::string here = pointer + "/" + std::to_string(i);
      if (!array[i].is_object()) {
        route_problem(here, "a branch must be an object with startTask and tasks");
        continue;
      }
      const json::Object& branch = array[i].get_object();
      for (const auto& one : branch) {
        check_known(one.key(), known, here);
      }
      const json::Value* tasks = member(branch, "tasks");
      if (tasks == nullptr || !tasks->is_object() || tasks->get_object().empty()) {
        route_problem(here + "/tasks", "tasks must be an object with at least one task");
      }
      const std::string start = route(branch, "startTask", here);
      starts.push_back(
          start.empty() ? kNoTask : target(start, here + "/startTask", index, static_cast<int>(i)));
    }
    definition.tasks[static_cast<std::size_t>(index)].branch_starts = std::move(starts);
  }

  void parse_wait(const json::Object& object, Task& task) {
    const std::string& pointer = task.pointer;
    WaitTask wait;
    int given = 0;
    if (member(object, "seconds") != nullptr) {
      ++given;
      wait.seconds = integer(object, "seconds", pointer, 0, limits_.seconds, 0);
    }
    if (member(object, "secondsExpression") != nullptr) {
      ++given;
      wait.seconds_expression = compile(text(object, "secondsExpression", pointer, Need::required),
                                        pointer + "/secondsExpression");
    }
    if (member(object, "timestamp") != nullptr) {
      ++given;
      const std::string written = text(object, "timestamp", pointer, Need::required);
      wait.timestamp = parse_date_time(written);
      if (!wait.timestamp) {
        problem(pointer + "/timestamp", "timestamp must be an ISO 8601 date and time with offset",
                "for example 2027-03-01T09:00:00+01:00");
      }
    }
    if (member(object, "timestampExpression") != nullptr) {
      ++given;
      wait.timestamp_expression =
          compile(text(object, "timestampExpression", pointer, Need::required),
                  pointer + "/timestampExpression");
    }
    if (given != 1) {
      problem(pointer,
              "a Wait task has exactly one of seconds, secondsExpression, timestamp and "
              "timestampExpression; this one has " +
                  std::to_string(given));
    }
    task.wait = std::move(wait);
  }

  void parse_terminate(const json::Object& object, Task& task) {
    const std::string status = text(object, "terminationStatus", task.pointer, Need::required);
    if (!status.empty() && status != "Completed" && status != "Failed") {
      problem(task.pointer + "/terminationStatus", "terminationStatus must be Completed or Failed");
    }
    task.terminates_failed = status == "Failed";
    if (const json::Value* output = member(object, "workflowOutput")) {
      if (output->is_object()) {
        task.workflow_output = tree(*output, task.pointer + "/workflowOutput");
      } else {
        problem(task.pointer + "/workflowOutput", "workflowOutput must be an object");
      }
    }
  }

  script::Template compile(const std::string& source, const std::string& pointer) {
    check_length(source, pointer);
    auto compiled = script::Template::compile(source);
    if (!compiled) {
      report(pointer, compiled.error());
      return {};
    }
    for (const script::Template::Part& part : compiled->parts()) {
      if (part.placeholder) {
        check_placeholder(*part.placeholder, pointer);
      }
    }
    return *std::move(compiled);
  }

  script::TemplateTree tree(const json::Value& value, const std::string& pointer) {
    std::vector<script::TemplateTree::Wrong> wrong;
    script::TemplateTree made = script::TemplateTree::compile(value, wrong);
    for (const auto& one : wrong) {
      report(pointer + one.pointer, one.error);
    }
    made.for_each([&](std::string_view below, const script::Placeholder& placeholder) {
      check_placeholder(placeholder, pointer + std::string(below));
    });
    return made;
  }

  void check_placeholder(const script::Placeholder& placeholder, const std::string& pointer) {
    check_length(placeholder.source, pointer);
    if (const auto* script = std::get_if<std::string>(&placeholder.expression)) {
      check_script(script::Language::jsonata, *script, pointer);
    }
  }

  void check_length(std::string_view expression, const std::string& pointer) {
    if (expression.size() > limits_.expression_bytes) {
      problem(pointer, "an expression is longer than " + std::to_string(limits_.expression_bytes) +
                           " bytes");
    }
  }

  void check_script(script::Language language, std::string_view source,
                    const std::string& pointer) {
    if (engine_ == nullptr || source.empty()) {
      return;
    }
    check_length(source, pointer);
    auto checked = engine_->check(language, source);
    if (!checked && checked.error().kind != script::ScriptError::Kind::unavailable) {
      std::string where;
      if (checked.error().position) {
        where = " (at character " + std::to_string(*checked.error().position) + ")";
      }
      problem(pointer, std::string("syntax error in this ") +
                           (language == script::Language::jsonata ? "JSONata" : "JavaScript") +
                           " expression: " + checked.error().message + where);
    }
  }

  void report(const std::string& pointer, const script::ExpressionError& error) {
    problem(pointer,
            "syntax error in a placeholder: " + error.message + " (at byte " +
                std::to_string(error.offset) + ")",
            "a placeholder is ${path} or ${jsonata: expression}; names with spaces are written "
            "${['Name'].output}, and $${...} stands for the text ${...}");
  }

  const DefinitionLimits& limits_;
  script::ScriptEngine* engine_;
  bool alone_ = false;
  // No route is broken: what can be reached and what ends can be said.
  bool routes_are_whole_ = true;
  std::vector<std::string> names_twice_;
  std::vector<int> too_deep_;                 // Parallel tasks whose branches were not read
  std::vector<const json::Object*> sources_;  // by task
};

}  // namespace

std::string_view name_of(TaskType type) {
  for (const auto& [name, one] : kTypes) {
    if (one == type) {
      return name;
    }
  }
  return "";
}

int Definition::find(std::string_view task_name) const {
  const auto found = by_name.find(std::string(task_name));
  return found == by_name.end() ? kNoTask : found->second;
}

Result<Definition, std::vector<Problem>> parse_definition(const json::Value& document,
                                                          script::ScriptEngine* engine,
                                                          const DefinitionLimits& limits) {
  Parser parser(limits, engine);
  parser.parse(document);
  if (!parser.problems.empty()) {
    return std::move(parser.problems);
  }
  return std::move(parser.definition);
}

Result<Task, std::vector<Problem>> parse_http_task(const json::Value& task,
                                                   const DefinitionLimits& limits) {
  Parser parser(limits, nullptr);
  Task parsed = parser.parse_alone(task);
  if (!parser.problems.empty()) {
    return std::move(parser.problems);
  }
  return parsed;
}

}  // namespace tartan::workflow
