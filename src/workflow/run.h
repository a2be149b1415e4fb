// The state of one run of a workflow, and the transitions that make it. A run's state is nothing
// but the sum of its transitions: `apply` adds one. The store keeps transitions, never state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "json/json.h"
#include "workflow/definition.h"

namespace tartan::workflow {

enum class RunStatus {
  scheduled,  // waits for a place among the definition's maxConcurrentWorkflows
  running,
  paused,  // starts nothing new; what is under way ends and is recorded
  completed,
  failed,
  timed_out,   // ran longer than the definition's timeoutSeconds
  terminated,  // ended by a person
};

enum class TaskStatus {
  scheduled,    // recorded, not begun
  in_progress,  // under way, or waiting for someone or for a time
  completed,
  failed,
  timed_out,  // the workflow's time was up
  cancelled,  // the workflow ended without it
};

std::string_view name_of(RunStatus status);   // "Running"
std::string_view name_of(TaskStatus status);  // "InProgress"
std::optional<RunStatus> run_status_of(std::string_view name);

bool is_final(RunStatus status);
bool is_final(TaskStatus status);

// The tables of allowed moves.
bool may_move(RunStatus from, RunStatus to);
bool may_move(TaskStatus from, TaskStatus to);

// What can happen to a run. Each is stored and shown under its name, with `data` as said here.
enum class TransitionType {
  workflow_started,     // input, workflowDefinitionId, workflowDefinitionVersion, sequenceNumber,
                        // startedBy, status (Scheduled or Running)
  workflow_released,    // a scheduled run gets its place
  task_scheduled,       // id, taskName, visit, after?, parent?, branch?, input, status
  attempt_started,      // number, request? (first attempt), idempotencyKey, because? (repeats)
  attempt_ended,        // number, outcome, status?, error?, response?, retryAt?, repeatBecause?
  wait_started,         // until
  lease_granted,        // workerId, until, lease (a hash of the token)
  lease_extended,       // until
  lease_expired,        // because?
  branch_ended,         // branch, from: the task whose output is the branch's
  task_completed,       // output, next? (Decision: the task chosen), choice? (its place, from 0)
  task_failed,          // cause, reason
  task_timed_out,       // reason
  task_cancelled,       // reason
  attachment_added,     // attachment: id, fileName, contentType, sizeInBytes, createdOn
  attachment_removed,   // attachmentId
  workflow_completed,   // output
  workflow_failed,      // cause, reason, taskId?, output?
  workflow_timed_out,   // reason, taskId?
  workflow_terminated,  // reason, by
  workflow_paused,      // by
  workflow_resumed,     // by
  workflow_retried,     // by, again: places of the tasks begun anew, reopened: of Parallel tasks,
                        // status? (Scheduled: they begin when the run has its place)
  workflow_rerun,       // by, from: place of the task from which it runs anew, status? likewise
  failure_workflow_skipped,  // workflowDefinitionId, workflowDefinitionVersion?, reason
};
std::string_view name_of(TransitionType type);  // "TaskScheduled"
std::optional<TransitionType> transition_type_of(std::string_view name);

constexpr int kNoPlace = -1;

struct Transition {
  TransitionType type = TransitionType::workflow_started;
  UnixMs at = 0;
  int place = kNoPlace;  // of the task concerned, among the run's tasks
  json::Object data;
};

// One visit of a task.
struct TaskRun {
  std::string id;
  int task = kNoTask;  // in the definition
  int visit = 1;
  int after = kNoPlace;   // the task that led here
  int parent = kNoPlace;  // the Parallel task around it
  int branch = 0;
  TaskStatus status = TaskStatus::scheduled;
  UnixMs created_at = 0;
  UnixMs modified_at = 0;
  json::Value input;
  json::Value output;
  std::string reason;       // why it failed
  std::string cause;        // the same as a code
  bool routed = false;      // what follows it has begun
  bool superseded = false;  // a retry or rerun has taken its place
  int chosen = kNoTask;     // Decision: where it leads
  // Http
  int attempts = 0;
  bool in_flight = false;
  json::Value request;         // as recorded with the first attempt; the same for all
  std::string repeat_because;  // why the next attempt repeats the last
  // Http: when the next attempt is due; Wait: when it ends.
  std::optional<UnixMs> due_at;
  json::Array attachments;  // what placeholders see of them
  // Simple: who has it, until when.
  std::string worker_id;
  std::string lease;
  std::optional<UnixMs> leased_until;
  // Parallel
  std::vector<std::optional<int>> branch_ends;  // by branch: the place of the task that ended it
};

struct RunState {
  std::string id;
  std::string definition_id;
  std::int64_t definition_version = 0;
  std::int64_t sequence_number = 0;
  RunStatus status = RunStatus::scheduled;
  UnixMs created_at = 0;
  std::optional<UnixMs> started_at;
  std::optional<UnixMs> ended_at;
  // A retried or rerun workflow gets its timeout anew.
  std::optional<UnixMs> deadline;
  std::string started_by;
  json::Value input;
  json::Value output = json::Object{};
  std::string failed_reason;
  std::string failed_cause;
  std::string failed_task_id;
  bool handles_failure = false;  // it is some run's failure workflow
  std::vector<TaskRun> tasks;
  std::vector<int> visits;  // by task of the definition
  // Of a retried or rerun workflow that waits for its place: the tasks it takes up anew then.
  std::vector<int> to_begin_anew;
  std::int64_t steps = 0;
  std::int64_t transitions = 0;   // how many made this state
  std::size_t history_bytes = 0;  // as stored; kept by the store

  // What placeholders see: "workflow", every task by name, "variables", and the "swf:" values.
  json::Value scope = json::Object{};

  TaskRun& at(int place) { return tasks[static_cast<std::size_t>(place)]; }
  const TaskRun& at(int place) const { return tasks[static_cast<std::size_t>(place)]; }
  int find_task(std::string_view task_id) const;

  // When the run must be looked at again without anything happening from outside; nothing when
  // only an outside event can move it.
  std::optional<UnixMs> next_wake() const;
  bool has_attempt_in_flight() const;
};

// `definition` is the version that the run was started with.
void apply(RunState& state, const Definition& definition, const Transition& transition);

// As stored and shown: {"type", "at", "place"?, …data}.
json::Object to_json(const Transition& transition);
Result<Transition> transition_from_json(const json::Value& value);

}  // namespace tartan::workflow
