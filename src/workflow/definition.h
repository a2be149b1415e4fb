// A workflow definition in the SimWorkflow format: parsed, checked and compiled. Where the public
// format is silent, docs/decisions/008 says what Tartan does.
//
// A definition names tasks; a task names the next. A Parallel task has branches, each with tasks of
// its own; names are unique in the whole definition. All tasks stand in one vector here, and refer
// to each other by their place in it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "script/template.h"

namespace tartan::workflow {

enum class TaskType { simple, http, decision, parallel, wait, terminate };
std::string_view name_of(TaskType type);  // "Simple", "Http", …

// What a definition may hold, each bound with its reason.
struct DefinitionLimits {
  std::size_t document_bytes = 1024 * 1024;  // one row, read whole with each run that is loaded
  std::size_t tasks = 1000;
  std::size_t name_characters = 80;  // the public format's own
  std::size_t nesting = 8;           // Parallel in Parallel
  std::size_t branches = 100;
  std::size_t choices = 200;
  std::size_t expression_bytes = 32 * 1024;
  std::int64_t seconds = 100LL * 365 * 24 * 3600;  // of waits and timeouts
};

// One thing that is wrong, where, and what to do about it.
struct Problem {
  std::string pointer;  // JSON pointer into the definition
  std::string message;
  std::string hint;
};

constexpr int kNoTask = -1;

struct Retry {
  double interval_seconds = 1;
  int max_attempts = 3;  // further attempts after the first
  double backoff_rate = 2;
  double max_interval_seconds = 3600;
  double jitter = 0;  // share of the interval that is random, 0 to 1
};

struct HttpTask {
  std::string method = "GET";
  script::Template url;
  std::vector<std::pair<std::string, script::Template>> headers;
  std::optional<script::TemplateTree> body;
  std::string credentials;  // id, or empty
  std::int64_t connection_timeout_seconds = 5;
  std::int64_t read_timeout_seconds = 10;
  std::vector<std::pair<int, int>> success_statuses;  // ranges, beyond 200 to 299
  bool idempotent = false;
};

struct Choice {
  std::string condition;  // JavaScript; `$` is the previous task's output
  int next = kNoTask;
};

struct WaitTask {
  std::optional<std::int64_t> seconds;
  std::optional<std::int64_t> timestamp;  // milliseconds since 1970
  std::optional<script::Template> seconds_expression;
  std::optional<script::Template> timestamp_expression;
};

struct Task {
  std::string name;
  TaskType type = TaskType::simple;
  std::string pointer;  // where it stands in the document
  std::optional<script::TemplateTree> input;
  std::optional<Retry> retry;
  int next = kNoTask;
  bool end = false;
  // Where it belongs: the Parallel task around it and which of its branches.
  int parent = kNoTask;
  int branch = 0;
  std::optional<HttpTask> http;
  std::vector<Choice> choices;
  int default_task = kNoTask;
  std::vector<int> branch_starts;  // of a Parallel task
  std::optional<WaitTask> wait;
  bool terminates_failed = false;
  std::optional<script::TemplateTree> workflow_output;
};

struct Definition {
  std::string name;
  int start = kNoTask;
  std::vector<Task> tasks;
  std::unordered_map<std::string, int> by_name;
  std::int64_t timeout_seconds = 0;           // 0: none
  std::string failure_workflow;               // definition id, or empty
  std::int64_t failure_workflow_version = 0;  // 0: latest
  std::int64_t max_concurrent = 0;            // 0: no limit
  json::Value variables = json::Object{};

  const Task& task(int index) const { return tasks[static_cast<std::size_t>(index)]; }
  int find(std::string_view task_name) const;
};

// Every problem at once. `engine` checks the syntax of scripts; without one they are not checked.
Result<Definition, std::vector<Problem>> parse_definition(const json::Value& document,
                                                          script::ScriptEngine* engine,
                                                          const DefinitionLimits& limits = {});

// One Http task alone, as Test request takes it: routes are not needed.
Result<Task, std::vector<Problem>> parse_http_task(const json::Value& task,
                                                   const DefinitionLimits& limits = {});

}  // namespace tartan::workflow
