#include "cli/workflow_commands.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "catalog/curl_command.h"
#include "cli/output.h"
#include "cli/percent.h"
#include "cli/watch.h"
#include "script/script_host.h"
#include "workflow/definition.h"

namespace tartan::cli {
namespace {

constexpr json::Limits kFileLimits{256, 1'000'000};

Result<json::Value> read_json(const std::string& file) {
  std::string text;
  if (file == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    std::ifstream input(file, std::ios::binary);
    if (!input) {
      return Error{Fault::not_found, "can't read " + file};
    }
    text.assign(std::istreambuf_iterator<char>(input), {});
  }
  auto parsed = json::parse(text, {}, kFileLimits);
  if (!parsed) {
    const auto line = 1 + std::count(text.begin(),
                                     text.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                        parsed.error().offset, text.size())),
                                     '\n');
    return Error{Fault::invalid,
                 file + ", line " + std::to_string(line) + ": " + parsed.error().message};
  }
  return *std::move(parsed);
}

// A JSON object given as text, or as @FILE.
Result<json::Object> read_object(const std::string& given, const char* what) {
  if (given.empty()) {
    return json::Object{};
  }
  Result<json::Value> value = Error{};
  if (given.starts_with('@')) {
    value = read_json(given.substr(1));
  } else {
    auto parsed = json::parse(given, {}, kFileLimits);
    if (!parsed) {
      return Error{Fault::invalid, std::string(what) + ": " + parsed.error().message};
    }
    value = *std::move(parsed);
  }
  if (!value) {
    return std::move(value).error();
  }
  if (!value->is_object()) {
    return Error{Fault::invalid, std::string(what) + " must be a JSON object"};
  }
  return std::move(value->get_object());
}

void show_text(const json::Value& answer) { std::printf("%s\n", text_of(answer).c_str()); }
void show_pretty(const json::Value& answer) {
  print_pretty(answer);
  std::printf("\n");
}
void show_done(const json::Value&) { std::printf("done\n"); }

AdminCall call_to(std::string method, std::string path, std::string query = {},
                  json::Object body = {}) {
  return {std::move(method), std::move(path), std::move(query), std::move(body), {}, true};
}

struct Options {
  Common common;
  std::string id;
  std::string task_id;
  std::string file;
  std::string name;
  std::string input;
  std::string reason;
  std::string key;
  std::string status;
  std::string definition;
  std::int64_t version = 0;
  std::int64_t wait_seconds = 0;
  bool show_secrets = false;
};
Options& options() {
  static Options held;
  return held;
}

CLI::App* add(CLI::App& group, const char* name, const char* help, int& exit_code,
              std::function<int()> run) {
  return add_command(group, name, help, options().common, exit_code, std::move(run));
}

int call(const AdminCall& made, const Show& show) {
  return call_and_show(options().common, made, show);
}

// A change of a workflow or task; the answer is the changed one, of which people want the status.
int change_and_show_status(std::string path, json::Object body) {
  return call(call_to("POST", std::move(path), "", std::move(body)), [](const json::Value& answer) {
    std::printf("%s\n", text_of(answer.at("status")).c_str());
  });
}

int put_definition() {
  const Options& o = options();
  auto document = read_json(o.file);
  if (document && !document->is_object()) {
    document = Error{Fault::invalid, "a definition must be a JSON object"};
  }
  if (!document) {
    return complain(document.error(), o.common.json);
  }
  AdminCall made = o.id.empty()
                       ? call_to("POST", "/api/workflow-definitions", "", document->get_object())
                       : call_to("PUT", "/api/workflow-definitions/" + percent_encode(o.id), "",
                                 document->get_object());
  if (o.version > 0) {
    made.headers.push_back("If-Match: \"" + std::to_string(o.version) + "\"");
  }
  return call(made, o.id.empty() ? Show(show_text) : Show(show_done));
}

// Works without a server: scripts are checked by a helper of its own.
int validate_definition() {
  const Options& o = options();
  auto document = read_json(o.file);
  if (!document) {
    return complain(document.error(), o.common.json);
  }
  script::ScriptHost scripts(1);
  auto parsed = workflow::parse_definition(*document, &scripts);
  if (o.common.json) {
    json::Array problems;
    if (!parsed) {
      for (const workflow::Problem& one : parsed.error()) {
        problems.push_back(
            json::Object{{"pointer", one.pointer}, {"message", one.message}, {"hint", one.hint}});
      }
    }
    std::printf("%s\n",
                json::print(json::Object{{"valid", parsed.ok()}, {"problems", std::move(problems)}})
                    .c_str());
  } else if (parsed) {
    std::printf("%s holds: %zu tasks\n", o.file.c_str(), parsed->tasks.size());
  } else {
    for (const workflow::Problem& one : parsed.error()) {
      std::printf("%s: %s\n", one.pointer.empty() ? "/" : one.pointer.c_str(), one.message.c_str());
      if (!one.hint.empty()) {
        std::printf("    %s\n", one.hint.c_str());
      }
    }
  }
  return parsed ? 0 : kFailed;
}

void add_definition_commands(CLI::App& app, int& exit_code) {
  CLI::App* group = app.add_subcommand("definition", "workflow definitions");
  group->require_subcommand(1);
  Options& o = options();
  CLI::App* put = add(*group, "put", "make a definition, or the next version of one", exit_code,
                      put_definition);
  put->add_option("file", o.file, "its JSON (- reads standard input)")->required();
  put->add_option("--id", o.id, "of the definition to replace; without it a new one is made");
  put->add_option("--if-version", o.version, "only when this is the latest version");
  CLI::App* get = add(*group, "get", "print a definition", exit_code, [&o] {
    const std::string query = o.version > 0 ? "version=" + std::to_string(o.version) : "";
    return call(call_to("GET", "/api/workflow-definitions/" + percent_encode(o.id), query),
                show_pretty);
  });
  get->add_option("id", o.id, "the definition")->required();
  get->add_option("--version", o.version, "a version; the latest without it");
  add(*group, "list", "list the definitions", exit_code, [] {
    return call(call_to("GET", "/api/workflow-definitions", "size=1000"),
                show_list("content", {"id", "version", "name", "disabled", "createdOn"}));
  });
  CLI::App* validate = add(*group, "validate", "check a definition, without a server", exit_code,
                           validate_definition);
  validate->add_option("file", o.file, "its JSON (- reads standard input)")->required();
}

int start_workflow() {
  const Options& o = options();
  auto input = read_object(o.input, "--input");
  if (!input) {
    return complain(input.error(), o.common.json);
  }
  json::Object body{{"workflowDefinitionId", o.id}, {"input", *std::move(input)}};
  if (o.version > 0) {
    body["workflowDefinitionVersion"] = o.version;
  }
  AdminCall made =
      call_to("POST", "/api/workflows",
              o.wait_seconds > 0 ? "wait=" + std::to_string(o.wait_seconds) : "", std::move(body));
  if (!o.key.empty()) {
    made.headers.push_back("Idempotency-Key: " + o.key);
  }
  return call(made, o.wait_seconds > 0 ? Show(show_pretty) : Show(show_text));
}

int list_workflows() {
  const Options& o = options();
  std::string query = "size=100";
  if (!o.definition.empty()) {
    query += "&workflowDefinitionId=" + percent_encode(o.definition);
  }
  if (!o.status.empty()) {
    query += "&status=" + percent_encode(o.status);
  }
  return call(call_to("GET", "/api/workflows", query),
              show_list("content", {"id", "workflowDefinitionId", "workflowDefinitionVersion",
                                    "sequenceNumber", "status", "startedTime", "endedTime"}));
}

int get_workflow() {
  const Options& o = options();
  const std::string path = "/api/workflows/" + percent_encode(o.id);
  if (const int code = call(call_to("GET", path), show_pretty); code != 0 || o.common.json) {
    return code;
  }
  std::printf("\n");
  return call(
      call_to("GET", path + "/tasks", "size=1000"),
      show_list("content", {"id", "taskName", "taskType", "status", "createdOn", "modifiedOn"}));
}

// pause, resume, terminate, retry
int control_workflow(const std::string& verb) {
  const Options& o = options();
  json::Object body;
  if (verb == "terminate" && !o.reason.empty()) {
    body["reason"] = o.reason;
  }
  return change_and_show_status("/api/workflows/" + percent_encode(o.id) + "/" + verb,
                                std::move(body));
}

void add_workflow_group(CLI::App& app, int& exit_code) {
  CLI::App* group = app.add_subcommand("workflow", "workflows: runs of definitions");
  group->require_subcommand(1);
  Options& o = options();
  CLI::App* start =
      add(*group, "start", "start a workflow; prints its id", exit_code, start_workflow);
  start->add_option("definition", o.id, "the definition's id")->required();
  start->add_option("--input", o.input, "JSON object, or @FILE");
  start->add_option("--version", o.version, "of the definition; the latest without it");
  start->add_option("--wait", o.wait_seconds, "wait so many seconds for its end (at most 60)");
  start->add_option("--key", o.key, "starting again with the same key answers the same workflow");
  CLI::App* list = add(*group, "list", "list workflows, newest first", exit_code, list_workflows);
  list->add_option("--definition", o.definition, "of this definition only");
  list->add_option("--status", o.status, "Scheduled, Running, Paused, Completed, Failed, …");
  const auto with_id = [&](CLI::App* command) {
    command->add_option("id", o.id, "the workflow")->required();
    return command;
  };
  with_id(add(*group, "get", "print a workflow and its tasks", exit_code, get_workflow));
  with_id(add(*group, "watch", "follow a workflow until it ends", exit_code,
              [&o] { return watch(o.common, percent_encode(o.id)); }));
  with_id(add(*group, "history", "print every step of a workflow", exit_code, [&o] {
    return call(call_to("GET", "/api/workflows/" + percent_encode(o.id) + "/history"), show_pretty);
  }));
  with_id(add(*group, "terminate", "end a workflow", exit_code, [] {
    return control_workflow("terminate");
  }))->add_option("--reason", o.reason, "why");
  with_id(add(*group, "retry", "go on from what failed", exit_code,
              [] { return control_workflow("retry"); }));
  with_id(add(*group, "pause", "begin nothing new", exit_code,
              [] { return control_workflow("pause"); }));
  with_id(add(*group, "resume", "go on after a pause", exit_code,
              [] { return control_workflow("resume"); }));
}

int end_task(const std::string& verb) {
  const Options& o = options();
  json::Object body;
  if (verb == "complete") {
    auto output = read_object(o.input, "--output");
    if (!output) {
      return complain(output.error(), o.common.json);
    }
    body["output"] = *std::move(output);
  } else if (!o.reason.empty()) {
    body["reason"] = o.reason;
  }
  if (!o.key.empty()) {
    body["leaseToken"] = o.key;
  }
  return change_and_show_status(
      "/api/workflows/" + percent_encode(o.id) + "/tasks/" + percent_encode(o.task_id) + "/" + verb,
      std::move(body));
}

void add_task_commands(CLI::App& app, int& exit_code) {
  CLI::App* group = app.add_subcommand("task", "Simple tasks that wait for someone");
  group->require_subcommand(1);
  Options& o = options();
  add(*group, "list", "list the tasks that wait, oldest first", exit_code, [] {
    return call(call_to("GET", "/api/tasks", "size=1000"),
                show_list("content", {"id", "workflowId", "taskName", "createdOn", "workerId",
                                      "leasedUntil"}));
  });
  const auto with_ids = [&](CLI::App* command) {
    command->add_option("workflow", o.id, "the workflow's id")->required();
    command->add_option("task", o.task_id, "the task's id")->required();
    command->add_option("--lease-token", o.key, "of the worker that holds it");
    return command;
  };
  with_ids(add(*group, "complete", "complete a task", exit_code, [] {
    return end_task("complete");
  }))->add_option("--output", o.input, "JSON object, or @FILE");
  with_ids(add(*group, "fail", "fail a task", exit_code, [] {
    return end_task("fail");
  }))->add_option("--reason", o.reason, "why");
}

int put_credential() {
  const Options& o = options();
  auto body = read_json(o.file);
  if (body && !body->is_object()) {
    body = Error{Fault::invalid, "a credential must be a JSON object"};
  }
  if (!body) {
    return complain(body.error(), o.common.json);
  }
  if (o.id.empty()) {
    return call(call_to("POST", "/api/credentials", "", body->get_object()), show_text);
  }
  return call(call_to("PUT", "/api/credentials/" + percent_encode(o.id), "", body->get_object()),
              show_done);
}

void add_credential_commands(CLI::App& app, int& exit_code) {
  CLI::App* group = app.add_subcommand("credentials", "saved credentials of Http tasks");
  group->require_subcommand(1);
  Options& o = options();
  CLI::App* put = add(*group, "put", "save a credential; prints its id", exit_code, put_credential);
  put->add_option("file", o.file, "its JSON (- reads standard input)")->required();
  put->add_option("--id", o.id, "of the credential to replace");
  add(*group, "list", "list credentials, without their secrets", exit_code, [] {
    return call(call_to("GET", "/api/credentials"), [](const json::Value& answer) {
      print_table(answer.as_array(), {"id", "name", "type", "hosts", "createdOn"});
    });
  });
  CLI::App* remove = add(*group, "remove", "delete a credential", exit_code, [&o] {
    return call(call_to("DELETE", "/api/credentials/" + percent_encode(o.id)), show_done);
  });
  remove->add_option("id", o.id, "the credential")->required();
}

int test_request() {
  const Options& o = options();
  auto task = read_json(o.file);
  auto input = read_object(o.input, "--input");
  if (!task || !input) {
    return complain(task ? input.error() : task.error(), o.common.json);
  }
  json::Object body{{"task", *std::move(task)}, {"input", *std::move(input)}};
  bool failed = false;
  const int code = call(
      call_to("POST", "/api/http-task/test", o.show_secrets ? "secrets=true" : "", std::move(body)),
      [&](const json::Value& answer) {
        failed = !answer.at("error").is_null();
        show_pretty(answer);
      });
  return code != 0 || !failed ? code : kFailed;
}

// Without a server there is no catalogue to link the task with, and that is all that is missing.
Result<json::Object> task_of_curl(const std::string& command) {
  const Options& o = options();
  if (find_server(o.common.data)) {
    auto answer = call_admin(o.common.data, call_to("POST", "/api/http-task/from-curl", "",
                                                    json::Object{{"command", command}}));
    if (!answer) {
      return std::move(answer).error();
    }
    return std::move(answer->as_object());
  }
  auto parsed = catalog::parse_curl(command);
  if (!parsed) {
    return std::move(parsed).error();
  }
  json::Array warnings(parsed->warnings.begin(), parsed->warnings.end());
  return json::Object{{"name", parsed->name},
                      {"task", std::move(parsed->task)},
                      {"credentials", std::move(parsed->credentials)},
                      {"warnings", std::move(warnings)},
                      {"operation", nullptr}};
}

// The task goes to standard output, ready for a file; what there is to know about it does not.
int request_from_curl() {
  const Options& o = options();
  std::string command = o.file;
  if (command == "-") {
    command.assign(std::istreambuf_iterator<char>(std::cin), {});
  }
  auto made = task_of_curl(command);
  if (!made) {
    return complain(made.error(), o.common.json);
  }
  if (!o.name.empty()) {
    (*made)["name"] = o.name;
  }
  if (o.common.json) {
    std::printf("%s\n", json::print(*made).c_str());
    return 0;
  }
  for (const json::Value& warning : made->at("warnings").as_array()) {
    std::fprintf(stderr, "note: %s\n", warning.as_string().c_str());
  }
  for (const json::Value& credential : made->at("credentials").as_array()) {
    std::fprintf(stderr,
                 "note: what proves who asks (%s) is not part of the task: save it as a "
                 "credential; --json shows it\n",
                 text_of(credential.at("type")).c_str());
  }
  if (made->at("operation").is_string()) {
    std::fprintf(stderr, "note: this is %s of the catalogue\n",
                 made->at("operation").as_string().c_str());
  }
  const json::Value task = made->at("task");
  print_pretty(o.name.empty() ? task : json::Value(json::Object{{o.name, task}}));
  std::printf("\n");
  return 0;
}

void add_request_commands(CLI::App& app, int& exit_code) {
  CLI::App* group = app.add_subcommand("request", "the request of an Http task");
  group->require_subcommand(1);
  Options& o = options();
  CLI::App* test =
      add(*group, "test", "send the request of an Http task once", exit_code, test_request);
  test->add_option("file", o.file, "the task's JSON, as in a definition")->required();
  test->add_option("--input", o.input, "values of its input parameters: JSON object, or @FILE");
  test->add_flag("--show-secrets", o.show_secrets, "show the secrets in the request");
  CLI::App* from_curl =
      add(*group, "from-curl", "make an Http task of a curl command", exit_code, request_from_curl);
  from_curl->add_option("command", o.file, "the command, quoted as one (- reads standard input)")
      ->required();
  from_curl->add_option("--name", o.name, "print it under this name, as in a definition's tasks");
}

}  // namespace

void add_workflow_commands(CLI::App& app, int& exit_code) {
  add_definition_commands(app, exit_code);
  add_workflow_group(app, exit_code);
  add_task_commands(app, exit_code);
  add_credential_commands(app, exit_code);
  add_request_commands(app, exit_code);
}

}  // namespace tartan::cli
