#include "workflow/run.h"

#include <algorithm>

#include "base/check.h"

namespace tartan::workflow {
namespace {

constexpr std::pair<std::string_view, RunStatus> kRunStatuses[] = {
    {"Scheduled", RunStatus::scheduled},  {"Running", RunStatus::running},
    {"Paused", RunStatus::paused},        {"Completed", RunStatus::completed},
    {"Failed", RunStatus::failed},        {"TimedOut", RunStatus::timed_out},
    {"Terminated", RunStatus::terminated}};

constexpr std::pair<std::string_view, TaskStatus> kTaskStatuses[] = {
    {"Scheduled", TaskStatus::scheduled}, {"InProgress", TaskStatus::in_progress},
    {"Completed", TaskStatus::completed}, {"Failed", TaskStatus::failed},
    {"TimedOut", TaskStatus::timed_out},  {"Cancelled", TaskStatus::cancelled}};

constexpr std::pair<std::string_view, TransitionType> kTransitions[] = {
    {"WorkflowStarted", TransitionType::workflow_started},
    {"WorkflowReleased", TransitionType::workflow_released},
    {"TaskScheduled", TransitionType::task_scheduled},
    {"AttemptStarted", TransitionType::attempt_started},
    {"AttemptEnded", TransitionType::attempt_ended},
    {"WaitStarted", TransitionType::wait_started},
    {"LeaseGranted", TransitionType::lease_granted},
    {"LeaseExtended", TransitionType::lease_extended},
    {"LeaseExpired", TransitionType::lease_expired},
    {"BranchEnded", TransitionType::branch_ended},
    {"TaskCompleted", TransitionType::task_completed},
    {"TaskFailed", TransitionType::task_failed},
    {"TaskTimedOut", TransitionType::task_timed_out},
    {"TaskCancelled", TransitionType::task_cancelled},
    {"AttachmentAdded", TransitionType::attachment_added},
    {"AttachmentRemoved", TransitionType::attachment_removed},
    {"WorkflowCompleted", TransitionType::workflow_completed},
    {"WorkflowFailed", TransitionType::workflow_failed},
    {"WorkflowTimedOut", TransitionType::workflow_timed_out},
    {"WorkflowTerminated", TransitionType::workflow_terminated},
    {"WorkflowPaused", TransitionType::workflow_paused},
    {"WorkflowResumed", TransitionType::workflow_resumed},
    {"WorkflowRetried", TransitionType::workflow_retried},
    {"WorkflowRerun", TransitionType::workflow_rerun},
    {"FailureWorkflowSkipped", TransitionType::failure_workflow_skipped}};

template <typename Table, typename Value>
std::string_view name_in(const Table& table, Value value) {
  for (const auto& [name, one] : table) {
    if (one == value) {
      return name;
    }
  }
  return "";
}

template <typename Value, std::size_t N>
std::optional<Value> value_in(const std::pair<std::string_view, Value> (&table)[N],
                              std::string_view name) {
  for (const auto& [known, value] : table) {
    if (known == name) {
      return value;
    }
  }
  return std::nullopt;
}

std::string text(const json::Object& data, std::string_view name) {
  const json::Value* value = json::find(data, name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::int64_t integer(const json::Object& data, std::string_view name, std::int64_t otherwise) {
  const json::Value* value = json::find(data, name);
  return value != nullptr && value->is_int64() ? value->get_int64() : otherwise;
}

json::Value value_or_null(const json::Object& data, std::string_view name) {
  const json::Value* value = json::find(data, name);
  return value != nullptr ? *value : json::Value(nullptr);
}

std::optional<UnixMs> time(const json::Object& data, std::string_view name) {
  const json::Value* value = json::find(data, name);
  return value != nullptr && value->is_int64() ? std::optional(value->get_int64()) : std::nullopt;
}

// Applies one transition; the state's invariants are checked as it goes: a history that breaks them
// would be a defect of the engine, and going on from it could repeat what must happen once.
class Applier {
 public:
  Applier(RunState& state, const Definition& definition, const Transition& transition)
      : state_(state),
        definition_(definition),
        now_(transition.at),
        data_(transition.data),
        place_(transition.place) {}

  void apply(TransitionType type) {
    ++state_.transitions;
    switch (type) {
      case TransitionType::workflow_started:
        return start();
      case TransitionType::workflow_released:
        return release();
      case TransitionType::task_scheduled:
        return schedule_task();
      case TransitionType::attempt_started:
        return start_attempt();
      case TransitionType::attempt_ended:
        task().in_flight = false;
        task().due_at = time(data_, "retryAt");
        task().repeat_because = text(data_, "repeatBecause");
        return touch();
      case TransitionType::wait_started:
        task().due_at = time(data_, "until");
        return touch();
      case TransitionType::lease_granted:
        task().worker_id = text(data_, "workerId");
        task().lease = text(data_, "lease");
        task().leased_until = time(data_, "until");
        return touch();
      case TransitionType::lease_extended:
        task().leased_until = time(data_, "until");
        return touch();
      case TransitionType::lease_expired:
        return drop_lease();
      case TransitionType::branch_ended:
        return end_branch();
      case TransitionType::task_completed:
        return complete_task();
      case TransitionType::task_failed:
        return end_task(TaskStatus::failed);
      case TransitionType::task_timed_out:
        return end_task(TaskStatus::timed_out);
      case TransitionType::task_cancelled:
        return end_task(TaskStatus::cancelled);
      case TransitionType::attachment_added:
        task().attachments.push_back(value_or_null(data_, "attachment"));
        return show_attachments();
      case TransitionType::attachment_removed:
        remove_attachment(text(data_, "attachmentId"));
        return show_attachments();
      case TransitionType::workflow_completed:
        return end_workflow(RunStatus::completed);
      case TransitionType::workflow_failed:
        return end_workflow(RunStatus::failed);
      case TransitionType::workflow_timed_out:
        return end_workflow(RunStatus::timed_out);
      case TransitionType::workflow_terminated:
        return end_workflow(RunStatus::terminated);
      case TransitionType::workflow_paused:
        return move(RunStatus::paused);
      case TransitionType::workflow_resumed:
        return move(RunStatus::running);
      case TransitionType::workflow_retried:
        return reopen();
      case TransitionType::workflow_rerun:
        return rewind();
      case TransitionType::failure_workflow_skipped:
        return;  // something to be told, no more
    }
  }

 private:
  TaskRun& task() {
    check(place_ >= 0 && static_cast<std::size_t>(place_) < state_.tasks.size(),
          "a transition names a task of its run");
    return state_.at(place_);
  }

  void touch() { task().modified_at = now_; }

  void move(RunStatus to) {
    check(may_move(state_.status, to), "a run moves as the table of moves allows");
    state_.status = to;
  }

  void move_task(TaskRun& task, TaskStatus to) {
    check(may_move(task.status, to), "a task moves as the table of moves allows");
    task.status = to;
    task.modified_at = now_;
    if (!task.superseded) {
      if (json::Object* entry = scope_entry(task)) {
        (*entry)["status"] = name_of(to);
      }
    }
  }

  json::Object* scope_entry(const TaskRun& task) {
    json::Value& entry = state_.scope.as_object()[definition_.task(task.task).name];
    return entry.is_object() ? &entry.get_object() : nullptr;
  }

  void set_deadline() {
    if (definition_.timeout_seconds > 0) {
      state_.deadline = now_ + definition_.timeout_seconds * 1000;
    }
  }

  void start() {
    state_.created_at = now_;
    state_.definition_id = text(data_, "workflowDefinitionId");
    state_.definition_version = integer(data_, "workflowDefinitionVersion", 0);
    state_.sequence_number = integer(data_, "sequenceNumber", 0);
    state_.started_by = text(data_, "startedBy");
    state_.handles_failure = json::find(data_, "failureOf") != nullptr;
    state_.input = value_or_null(data_, "input");
    if (text(data_, "status") == name_of(RunStatus::running)) {
      state_.status = RunStatus::running;
      state_.started_at = now_;
      set_deadline();
    }
    json::Object workflow{{"id", state_.id},
                          {"input", state_.input},
                          {"workflowDefinitionId", state_.definition_id},
                          {"workflowDefinitionVersion", state_.definition_version},
                          {"sequenceNumber", state_.sequence_number}};
    json::Object& scope = state_.scope.as_object();
    if (state_.input.is_object()) {
      for (const auto& member : state_.input.get_object()) {
        if (std::string_view(member.key()).starts_with("swf:")) {
          scope[member.key()] = member.value();
        }
      }
    }
    scope["workflow"] = std::move(workflow);
    scope["variables"] = definition_.variables;
  }

  void release() {
    move(RunStatus::running);
    state_.to_begin_anew.clear();
    if (!state_.started_at) {
      state_.started_at = now_;
    }
    set_deadline();
  }

  void schedule_task() {
    TaskRun fresh;
    fresh.id = text(data_, "id");
    fresh.task = definition_.find(text(data_, "taskName"));
    check(fresh.task != kNoTask, "a scheduled task is one of its definition");
    fresh.visit = static_cast<int>(integer(data_, "visit", 1));
    fresh.after = static_cast<int>(integer(data_, "after", kNoPlace));
    fresh.parent = static_cast<int>(integer(data_, "parent", kNoPlace));
    fresh.branch = static_cast<int>(integer(data_, "branch", 0));
    fresh.created_at = fresh.modified_at = now_;
    fresh.input = value_or_null(data_, "input");
    const Task& defined = definition_.task(fresh.task);
    fresh.status = defined.type == TaskType::http ? TaskStatus::scheduled : TaskStatus::in_progress;
    fresh.branch_ends.resize(defined.branch_starts.size());
    if (fresh.after != kNoPlace) {
      state_.at(fresh.after).routed = true;
    }
    ++state_.steps;
    state_.visits.resize(definition_.tasks.size());
    state_.visits[static_cast<std::size_t>(fresh.task)] = fresh.visit;
    state_.scope.as_object()[defined.name] =
        json::Object{{"input", fresh.input}, {"status", name_of(fresh.status)}};
    check(place_ == static_cast<int>(state_.tasks.size()), "tasks take their places in order");
    state_.tasks.push_back(std::move(fresh));
  }

  void start_attempt() {
    TaskRun& one = task();
    check(!one.in_flight, "one attempt of a task is under way at a time");
    if (one.status == TaskStatus::scheduled) {
      move_task(one, TaskStatus::in_progress);
    }
    one.in_flight = true;
    one.due_at.reset();
    one.repeat_because.clear();
    if (const json::Value* request = json::find(data_, "request")) {
      one.request = *request;
    }
    ++one.attempts;
    check(one.attempts == integer(data_, "number", 0), "attempts are numbered in order");
    touch();
  }

  void complete_task() {
    TaskRun& one = task();
    one.output = value_or_null(data_, "output");
    one.chosen = definition_.find(text(data_, "next"));
    end_task(TaskStatus::completed);
    if (json::Object* entry = scope_entry(one)) {
      (*entry)["output"] = one.output;
    }
  }

  void remove_attachment(const std::string& id) {
    json::Array kept;
    for (const json::Value& one : task().attachments) {
      if (one.at("id") != json::Value(id)) {
        kept.push_back(one);
      }
    }
    task().attachments = std::move(kept);
  }

  // A later visit of the task has taken its name.
  void show_attachments() {
    const TaskRun& one = task();
    const bool latest = state_.visits[static_cast<std::size_t>(one.task)] == one.visit;
    json::Object* entry = one.superseded || !latest ? nullptr : scope_entry(one);
    if (entry != nullptr) {
      (*entry)["attachments"] = one.attachments;
    }
    touch();
  }

  void drop_lease() {
    task().worker_id.clear();
    task().lease.clear();
    task().leased_until.reset();
    touch();
  }

  void end_branch() {
    TaskRun& parallel = task();
    const auto branch = static_cast<std::size_t>(integer(data_, "branch", 0));
    check(branch < parallel.branch_ends.size() && !parallel.branch_ends[branch],
          "a branch ends once");
    const int from = static_cast<int>(integer(data_, "from", kNoPlace));
    parallel.branch_ends[branch] = from;
    state_.at(from).routed = true;
    touch();
  }

  void end_task(TaskStatus how) {
    TaskRun& one = task();
    one.cause = text(data_, "cause");
    one.reason = text(data_, "reason");
    one.in_flight = false;
    one.due_at.reset();
    one.leased_until.reset();
    move_task(one, how);
  }

  void end_workflow(RunStatus how) {
    move(how);
    state_.ended_at = now_;
    state_.deadline.reset();
    state_.to_begin_anew.clear();
    if (const json::Value* output = json::find(data_, "output")) {
      state_.output = *output;
    }
    state_.failed_reason = text(data_, "reason");
    state_.failed_cause = text(data_, "cause");
    state_.failed_task_id = text(data_, "taskId");
  }

  void reopen_run() {
    const bool waits = text(data_, "status") == name_of(RunStatus::scheduled);
    move(waits ? RunStatus::scheduled : RunStatus::running);
    if (!waits && !state_.started_at) {
      state_.started_at = now_;  // it was ended while it waited for its place
    }
    state_.ended_at.reset();
    state_.output = json::Object{};
    state_.failed_reason.clear();
    state_.failed_cause.clear();
    state_.failed_task_id.clear();
    if (!waits) {
      set_deadline();
    }
  }

  bool waits() const { return state_.status == RunStatus::scheduled; }

  template <typename Each>
  void each_place(std::string_view name, Each&& each) {
    const json::Value* places = json::find(data_, name);
    if (places != nullptr && places->is_array()) {
      for (const json::Value& one : places->get_array()) {
        each(state_.at(static_cast<int>(one.as_int64())));
      }
    }
  }

  void reopen() {
    reopen_run();
    each_place("again", [&](TaskRun& one) {
      one.superseded = true;
      if (waits()) {
        state_.to_begin_anew.push_back(static_cast<int>(&one - state_.tasks.data()));
      }
    });
    each_place("reopened", [&](TaskRun& one) {
      one.cause.clear();
      one.reason.clear();
      move_task(one, TaskStatus::in_progress);
    });
  }

  // What ran from the given task on no longer counts: placeholders see what was before.
  void rewind() {
    reopen_run();
    const int from = static_cast<int>(integer(data_, "from", 0));
    if (waits()) {
      state_.to_begin_anew.push_back(from);
    }
    for (std::size_t i = static_cast<std::size_t>(from); i < state_.tasks.size(); ++i) {
      state_.tasks[i].superseded = true;
      state_.scope.as_object().erase(definition_.task(state_.tasks[i].task).name);
    }
    for (int i = 0; i < from; ++i) {
      const TaskRun& one = state_.at(i);
      if (one.superseded) {
        continue;
      }
      json::Object entry{{"input", one.input}, {"status", name_of(one.status)}};
      if (one.status == TaskStatus::completed) {
        entry["output"] = one.output;
      }
      if (!one.attachments.empty()) {
        entry["attachments"] = one.attachments;
      }
      state_.scope.as_object()[definition_.task(one.task).name] = std::move(entry);
    }
  }

  RunState& state_;
  const Definition& definition_;
  const UnixMs now_;
  const json::Object& data_;
  const int place_;
};

}  // namespace

std::string_view name_of(RunStatus status) { return name_in(kRunStatuses, status); }
std::string_view name_of(TaskStatus status) { return name_in(kTaskStatuses, status); }
std::string_view name_of(TransitionType type) { return name_in(kTransitions, type); }

std::optional<RunStatus> run_status_of(std::string_view name) {
  return value_in(kRunStatuses, name);
}
std::optional<TransitionType> transition_type_of(std::string_view name) {
  return value_in(kTransitions, name);
}

bool is_final(RunStatus status) {
  return status != RunStatus::scheduled && status != RunStatus::running &&
         status != RunStatus::paused;
}

bool is_final(TaskStatus status) {
  return status != TaskStatus::scheduled && status != TaskStatus::in_progress;
}

bool may_move(RunStatus from, RunStatus to) {
  switch (from) {
    case RunStatus::scheduled:
      return to == RunStatus::running || to == RunStatus::terminated;
    case RunStatus::running:
      return to == RunStatus::paused || is_final(to);
    case RunStatus::paused:
      return to == RunStatus::running || is_final(to);
    case RunStatus::completed:
    case RunStatus::failed:
    case RunStatus::timed_out:
    case RunStatus::terminated:
      return to == RunStatus::running || to == RunStatus::scheduled;  // retried or run anew
  }
  return false;
}

bool may_move(TaskStatus from, TaskStatus to) {
  switch (from) {
    case TaskStatus::scheduled:
      return to == TaskStatus::in_progress || to == TaskStatus::failed ||
             to == TaskStatus::timed_out || to == TaskStatus::cancelled;
    case TaskStatus::in_progress:
      return is_final(to);
    case TaskStatus::failed:
    case TaskStatus::timed_out:
    case TaskStatus::cancelled:
      return to == TaskStatus::in_progress;  // a Parallel task whose branches are tried again
    case TaskStatus::completed:
      return false;
  }
  return false;
}

int RunState::find_task(std::string_view task_id) const {
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (tasks[i].id == task_id) {
      return static_cast<int>(i);
    }
  }
  return kNoPlace;
}

std::optional<UnixMs> RunState::next_wake() const {
  std::optional<UnixMs> soonest;
  const auto consider = [&](const std::optional<UnixMs>& time) {
    if (time && (!soonest || *time < *soonest)) {
      soonest = time;
    }
  };
  if (is_final(status)) {
    return soonest;
  }
  consider(deadline);
  if (status == RunStatus::running) {
    for (const TaskRun& task : tasks) {
      if (!is_final(task.status)) {
        consider(task.due_at);
        consider(task.leased_until);
      }
    }
  }
  return soonest;
}

bool RunState::has_attempt_in_flight() const {
  return std::any_of(tasks.begin(), tasks.end(),
                     [](const TaskRun& task) { return task.in_flight; });
}

void apply(RunState& state, const Definition& definition, const Transition& transition) {
  Applier(state, definition, transition).apply(transition.type);
}

json::Object to_json(const Transition& transition) {
  json::Object object{{"type", name_of(transition.type)}, {"at", transition.at}};
  if (transition.place != kNoPlace) {
    object["place"] = transition.place;
  }
  for (const auto& member : transition.data) {
    object[member.key()] = member.value();
  }
  return object;
}

Result<Transition> transition_from_json(const json::Value& value) {
  if (!value.is_object()) {
    return Error{Fault::damaged, "a stored transition is no object"};
  }
  Transition transition;
  transition.data = value.get_object();
  const auto type = transition_type_of(text(transition.data, "type"));
  if (!type) {
    return Error{Fault::damaged, "a stored transition has an unknown type"};
  }
  transition.type = *type;
  transition.at = integer(transition.data, "at", 0);
  transition.place = static_cast<int>(integer(transition.data, "place", kNoPlace));
  for (const char* name : {"type", "at", "place"}) {
    transition.data.erase(name);
  }
  return transition;
}

}  // namespace tartan::workflow
