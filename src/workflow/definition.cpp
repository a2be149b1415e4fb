#include "workflow/definition.h"

#include <algorithm>

#include "base/clock.h"
#include "workflow/definition_graph.h"
#include "workflow/field_reader.h"
#include "workflow/nearest.h"
#include "workflow/tasks/http_task_fields.h"

namespace tartan::workflow {
namespace {

using script::pointer_token;

constexpr std::pair<std::string_view, TaskType> kTypes[] = {
    {"Simple", TaskType::simple},     {"Http", TaskType::http}, {"Decision", TaskType::decision},
    {"Parallel", TaskType::parallel}, {"Wait", TaskType::wait}, {"Terminate", TaskType::terminate}};

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

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

class Parser {
 public:
  Parser(const DefinitionLimits& limits, script::ScriptEngine* engine)
      : limits_(limits), fields_(limits, engine) {}

  Definition definition;
  std::vector<Problem>& problems() { return fields_.problems; }

  void parse(const json::Value& document) {
    if (!document.is_object()) {
      fields_.problem("", "a definition must be a JSON object");
      return;
    }
    const json::Object& object = document.get_object();
    for (const auto& member : object) {
      fields_.check_known(member.key(), kDefinitionFields, "");
    }
    definition.name = fields_.text(object, "name", "", Need::required);
    if (characters(definition.name) > 200) {
      fields_.problem("/name", "the name is longer than 200 characters");
    }
    fields_.text(object, "description", "", Need::optional);
    definition.timeout_seconds =
        fields_.integer(object, "timeoutSeconds", "", 0, limits_.seconds, 0);
    definition.failure_workflow = fields_.text(object, "failureWorkflow", "", Need::optional);
    definition.failure_workflow_version =
        fields_.integer(object, "failureWorkflowVersion", "", 0, 1'000'000'000, 0);
    definition.max_concurrent =
        fields_.integer(object, "maxConcurrentWorkflows", "", 0, 1'000'000'000, 0);
    if (const json::Value* variables = FieldReader::member(object, "variables")) {
      if (variables->is_object()) {
        definition.variables = *variables;
      } else {
        fields_.problem("/variables", "variables must be an object of names and values");
      }
    }
    const std::string start = route(object, "startTask", "");
    const json::Value* tasks = FieldReader::member(object, "tasks");
    if (tasks == nullptr || !tasks->is_object() || tasks->get_object().empty()) {
      fields_.problem("/tasks", "tasks must be an object with at least one task",
                      R"(for example "tasks": {"First": {"type": "Simple", "end": true}})");
      return;
    }
    collect(tasks->get_object(), "/tasks", kNoTask, 0, 0);
    if (definition.tasks.size() > limits_.tasks) {
      fields_.problem("/tasks", "there are more than " + std::to_string(limits_.tasks) + " tasks");
      return;
    }
    for (std::size_t i = 0; i < definition.tasks.size(); ++i) {
      parse_task(static_cast<int>(i));
    }
    if (!start.empty()) {
      definition.start = target(start, "/startTask", kNoTask, 0);
    }
    check_graph(definition, fields_.root_names, routes_are_whole_ && definition.start != kNoTask,
                fields_.problems);
    if (fields_.problems.size() > FieldReader::kProblemsMax) {
      fields_.problems.resize(FieldReader::kProblemsMax);
    }
  }

  Task parse_alone(const json::Value& value) {
    if (!value.is_object()) {
      fields_.problem("", "a task must be a JSON object");
      return {};
    }
    definition.tasks.emplace_back();
    sources_.push_back(&value.get_object());
    alone_ = true;
    parse_task(0);
    if (definition.tasks[0].type != TaskType::http) {
      fields_.problem("/type", "the task must be of the type Http");
    }
    return std::move(definition.tasks[0]);
  }

 private:
  using Need = FieldReader::Need;

  void route_problem(std::string pointer, std::string message, std::string hint = "") {
    routes_are_whole_ = false;
    fields_.problem(std::move(pointer), std::move(message), std::move(hint));
  }

  // The name of a task that a route leads to.
  std::string route(const json::Object& object, std::string_view name, const std::string& pointer) {
    std::string found = fields_.text(object, name, pointer, Need::required);
    routes_are_whole_ = routes_are_whole_ && !found.empty();
    return found;
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
    const json::Value* branches = FieldReader::member(task, "branches");
    const json::Value* type = FieldReader::member(task, "type");
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
      const json::Value* tasks = FieldReader::member(array[i].get_object(), "tasks");
      if (tasks != nullptr && tasks->is_object()) {
        collect(tasks->get_object(), pointer + "/branches/" + std::to_string(i) + "/tasks", index,
                static_cast<int>(i), depth + 1);
      }
    }
  }

  void check_name(std::string_view name, const std::string& pointer) {
    if (name.empty() || characters(name) > limits_.name_characters) {
      fields_.problem(pointer, "a task's name must have 1 to " +
                                   std::to_string(limits_.name_characters) + " characters");
    }
    if (name == "workflow" || name == "variables" || name.starts_with("swf:")) {
      fields_.problem(
          pointer, "the name '" + std::string(name) + "' is reserved",
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
    const std::string type = fields_.text(object, "type", pointer, Need::required);
    const auto* found = std::find_if(std::begin(kTypes), std::end(kTypes),
                                     [&](const auto& one) { return one.first == type; });
    if (found == std::end(kTypes)) {
      routes_are_whole_ = false;
      if (!type.empty()) {
        fields_.problem(pointer + "/type", "unknown task type '" + type + "'",
                        "expected Simple, Http, Decision, Parallel, Wait or Terminate");
      }
      return;
    }
    task.type = found->second;
    check_fields(object, type, pointer);
    fields_.text(object, "description", pointer, Need::optional);
    if (const json::Value* input = FieldReader::member(object, "inputParameters")) {
      if (input->is_object()) {
        task.input = fields_.tree(*input, pointer + "/inputParameters");
      } else {
        fields_.problem(pointer + "/inputParameters", "inputParameters must be an object");
      }
    }
    parse_route(object, task);
    switch (task.type) {
      case TaskType::http:
        read_http_task(fields_, object, task);
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
        fields_.problem(here, "unknown field '" + std::string(name) + "'",
                        nearest(name == "decisions" ? "choices" : name, names));
      } else if (!one.value().is_null() && known->second != "*" &&
                 (" " + std::string(known->second) + " ").find(" " + type + " ") ==
                     std::string::npos &&
                 !(name == "end" && one.value() == json::Value(false))) {
        fields_.problem(
            here, "a task of the type " + type + " has no field '" + std::string(name) + "'",
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
    task.end = task.type != TaskType::parallel && fields_.truth(object, "end", task.pointer);
    const json::Value* next = FieldReader::member(object, "nextTask");
    const json::Value* end = FieldReader::member(object, "end");
    if (next == nullptr) {
      // An `end` that is neither true nor false is said already.
      routes_are_whole_ = routes_are_whole_ && task.end;
      if (!task.end && (end == nullptr || end->is_bool() || task.type == TaskType::parallel)) {
        fields_.problem(task.pointer,
                        "the task '" + task.name + "' has no nextTask" +
                            (task.type == TaskType::parallel ? "" : " and is no end"),
                        task.type == TaskType::parallel
                            ? "a Parallel task can't be the end: route it to a Terminate task"
                            : R"(name the next task in "nextTask", or write "end": true)");
      }
      return;
    }
    if (task.end) {
      fields_.problem(task.pointer + "/nextTask", "a task with end: true has no nextTask");
      return;
    }
    const std::string name = route(object, "nextTask", task.pointer);
    if (!name.empty()) {
      task.next = target(name, task.pointer + "/nextTask", task.parent, task.branch);
    }
  }

  void parse_decision(const json::Object& object, Task& task) {
    const std::string& pointer = task.pointer;
    const json::Value* choices = FieldReader::member(object, "choices");
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
      fields_.check_known(one.key(), known, pointer);
    }
    Choice choice;
    choice.condition = fields_.text(value.get_object(), "condition", pointer, Need::required);
    fields_.check_script(script::Language::javascript, choice.condition, pointer + "/condition");
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
    const json::Value* branches = FieldReader::member(object, "branches");
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
        fields_.check_known(one.key(), known, here);
      }
      const json::Value* tasks = FieldReader::member(branch, "tasks");
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
    if (FieldReader::member(object, "seconds") != nullptr) {
      ++given;
      wait.seconds = fields_.integer(object, "seconds", pointer, 0, limits_.seconds, 0);
    }
    if (FieldReader::member(object, "secondsExpression") != nullptr) {
      ++given;
      wait.seconds_expression =
          fields_.compile(fields_.text(object, "secondsExpression", pointer, Need::required),
                          pointer + "/secondsExpression");
    }
    if (FieldReader::member(object, "timestamp") != nullptr) {
      ++given;
      const std::string written = fields_.text(object, "timestamp", pointer, Need::required);
      wait.timestamp = parse_date_time(written);
      if (!wait.timestamp) {
        fields_.problem(pointer + "/timestamp",
                        "timestamp must be an ISO 8601 date and time with offset",
                        "for example 2027-03-01T09:00:00+01:00");
      }
    }
    if (FieldReader::member(object, "timestampExpression") != nullptr) {
      ++given;
      wait.timestamp_expression =
          fields_.compile(fields_.text(object, "timestampExpression", pointer, Need::required),
                          pointer + "/timestampExpression");
    }
    if (given != 1) {
      fields_.problem(pointer,
                      "a Wait task has exactly one of seconds, secondsExpression, timestamp and "
                      "timestampExpression; this one has " +
                          std::to_string(given));
    }
    task.wait = std::move(wait);
  }

  void parse_terminate(const json::Object& object, Task& task) {
    const std::string status =
        fields_.text(object, "terminationStatus", task.pointer, Need::required);
    if (!status.empty() && status != "Completed" && status != "Failed") {
      fields_.problem(task.pointer + "/terminationStatus",
                      "terminationStatus must be Completed or Failed");
    }
    task.terminates_failed = status == "Failed";
    if (const json::Value* output = FieldReader::member(object, "workflowOutput")) {
      if (output->is_object()) {
        task.workflow_output = fields_.tree(*output, task.pointer + "/workflowOutput");
      } else {
        fields_.problem(task.pointer + "/workflowOutput", "workflowOutput must be an object");
      }
    }
  }

  const DefinitionLimits& limits_;
  FieldReader fields_;
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
  if (!parser.problems().empty()) {
    return std::move(parser.problems());
  }
  return std::move(parser.definition);
}

Result<Task, std::vector<Problem>> parse_http_task(const json::Value& task,
                                                   const DefinitionLimits& limits) {
  Parser parser(limits, nullptr);
  Task parsed = parser.parse_alone(task);
  if (!parser.problems().empty()) {
    return std::move(parser.problems());
  }
  return parsed;
}

}  // namespace tartan::workflow
