#include "workflow/core_advance.h"

#include <algorithm>

namespace tartan::workflow {

Result<Done> Advance::run() {
  switch (event_.type) {
    case Event::Type::start:
      return start();
    case Event::Type::release:
      return release();
    case Event::Type::time:
      pass_time();
      return Done{};
    case Event::Type::attempt_ended:
      return end_attempt();
    case Event::Type::node_lost:
      lose_attempts();
      return Done{};
    case Event::Type::lease:
    case Event::Type::heartbeat:
      return lease();
    case Event::Type::give_back:
      return give_back();
    case Event::Type::complete:
    case Event::Type::fail:
      return end_simple();
    case Event::Type::pause:
      return change(RunStatus::running, TransitionType::workflow_paused, "paused");
    case Event::Type::resume:
      return resume();
    case Event::Type::terminate:
      return terminate();
    case Event::Type::retry:
      return retry();
    case Event::Type::rerun:
      return rerun();
    case Event::Type::attach:
    case Event::Type::detach:
      return change_attachments();
    case Event::Type::no_handler:
      emit(TransitionType::failure_workflow_skipped, kNoPlace, event_.data);
      return Done{};
  }
  return Done{};
}

void Advance::emit(TransitionType type, int place, json::Object data) {
  transitions.push_back({type, event_.now, place, std::move(data)});
  apply(state_, definition_, transitions.back());
}

Error Advance::not_now(const std::string& what) const {
  return {Fault::conflict,
          "the workflow can't be " + what + ": it is " + std::string(name_of(state_.status))};
}

// Whether the run has to wait for its place; takes the word out of `data`.
bool Advance::take_held(json::Object& data) {
  const json::Value* held = json::find(data, "held");
  const bool waits = held != nullptr && held->is_bool() && held->get_bool();
  data.erase("held");
  return waits;
}

Result<Done> Advance::start() {
  json::Object data = event_.data;
  const bool waits = take_held(data);
  data["status"] = name_of(waits ? RunStatus::scheduled : RunStatus::running);
  emit(TransitionType::workflow_started, kNoPlace, std::move(data));
  if (!waits) {
    begin();
  }
  return Done{};
}

Result<Done> Advance::release() {
  if (state_.status != RunStatus::scheduled) {
    return not_now("released");
  }
  const std::vector<int> places = state_.to_begin_anew;
  emit(TransitionType::workflow_released, kNoPlace, {});
  if (state_.tasks.empty()) {
    begin();
  } else {
    begin_anew(places);
  }
  return Done{};
}

void Advance::begin() {
  schedule(definition_.start, kNoPlace, kNoPlace, 0);
  settle();
}

// Follows the routes of what has completed, as far as they go.
void Advance::settle() {
  while (!ready_.empty() && state_.status == RunStatus::running) {
    const int place = ready_.front();
    ready_.pop_front();
    route(place);
  }
}

// What has completed while nothing new was to begin. All of it: what this step has made ready is
// among it, and must not be followed twice.
void Advance::find_ready() {
  ready_.clear();
  for (std::size_t i = 0; i < state_.tasks.size(); ++i) {
    const TaskRun& one = state_.tasks[i];
    if (one.status == TaskStatus::completed && !one.routed && !one.superseded) {
      ready_.push_back(static_cast<int>(i));
    }
  }
}

// What the task before `after` hands on; a Decision hands on what it was given.
const json::Value& Advance::previous_output(int after, int parent) const {
  while (after != kNoPlace && task_at(after).type == TaskType::decision) {
    parent = state_.at(after).parent;
    after = state_.at(after).after;
  }
  if (after != kNoPlace) {
    return state_.at(after).output;
  }
  return parent != kNoPlace ? state_.at(parent).input : state_.input;
}

script::Scope Advance::scope(const json::Value& data) {
  if (!seed_) {
    std::uint64_t seed = 0;
    context_.random.fill(std::as_writable_bytes(std::span(&seed, 1)));
    seed_ = seed;
  }
  return {data, context_.scripts, event_.now, *seed_};
}

void Advance::schedule(int task, int after, int parent, int branch) {
  const Task& defined = definition_.task(task);
  if (state_.steps >= context_.limits.steps) {
    fail_run("stepLimit", "the run has made " + std::to_string(state_.steps) + " steps, its limit",
             kNoPlace);
    return;
  }
  if (state_.history_bytes > context_.limits.history_bytes) {
    fail_run("sizeLimit", "the run's history is larger than its limit", kNoPlace);
    return;
  }
  std::optional<Error> wrong;
  json::Value input = json::Object{};
  if (defined.input) {
    auto rendered = defined.input->render(scope(state_.scope));
    if (rendered) {
      input = *std::move(rendered);
    } else {
      wrong = std::move(rendered).error();
    }
  } else if (defined.type == TaskType::wait || defined.type == TaskType::parallel ||
             defined.type == TaskType::terminate) {
    input = previous_output(after, parent);
  }
  const auto place = static_cast<int>(state_.tasks.size());
  const auto visits = static_cast<std::size_t>(task) < state_.visits.size()
                          ? state_.visits[static_cast<std::size_t>(task)]
                          : 0;
  json::Object data{{"id", random_base62(context_.random, 22)},
                    {"taskName", defined.name},
                    {"visit", visits + 1},
                    {"input", std::move(input)}};
  if (after != kNoPlace) {
    data["after"] = after;
  }
  if (parent != kNoPlace) {
    data["parent"] = parent;
    data["branch"] = branch;
  }
  emit(TransitionType::task_scheduled, place, std::move(data));
  if (wrong) {
    fail_task(place, "expression", wrong->message);
    return;
  }
  start_task(place);
}

void Advance::start_task(int place) {
  switch (task_at(place).type) {
    case TaskType::simple:
      return;
    case TaskType::http:
      return start_attempt(place);
    case TaskType::decision:
      return decide(place);
    case TaskType::parallel:
      return start_branches(place);
    case TaskType::wait:
      return start_wait(place);
    case TaskType::terminate:
      return end_at(place);
  }
}

void Advance::complete(int place, json::Object data) {
  emit(TransitionType::task_completed, place, std::move(data));
  ready_.push_back(place);
}

void Advance::route(int place) {
  const TaskRun& one = state_.at(place);
  const Task& defined = task_at(place);
  if (defined.type == TaskType::terminate &&
      (one.parent == kNoPlace || defined.terminates_failed)) {
    return end_run_at(place);
  }
  if (defined.end || defined.type == TaskType::terminate) {
    if (one.parent != kNoPlace) {
      return end_branch(place);
    }
    emit(TransitionType::workflow_completed, kNoPlace, {{"output", one.output}});
    return;
  }
  const int next = defined.type == TaskType::decision ? one.chosen : defined.next;
  schedule(next, place, one.parent, one.branch);
}

void Advance::pass_time() {
  if (is_final(state_.status)) {
    return;
  }
  if (state_.deadline && *state_.deadline <= event_.now) {
    time_out();
    return;
  }
  if (state_.status != RunStatus::running) {
    return;
  }
  for (std::size_t i = 0; i < state_.tasks.size() && state_.status == RunStatus::running; ++i) {
    pass_time_of(static_cast<int>(i));
  }
  settle();
}

void Advance::pass_time_of(int place) {
  const TaskRun& one = state_.at(place);
  if (is_final(one.status)) {
    return;
  }
  if (one.leased_until && *one.leased_until <= event_.now) {
    emit(TransitionType::lease_expired, place, {});
  } else if (one.due_at && *one.due_at <= event_.now) {
    if (task_at(place).type == TaskType::wait) {
      complete(place, {{"output", one.input}});
    } else {
      start_attempt(place);
    }
  }
}

void Advance::time_out() {
  std::string task_id;
  const std::string reason = "the workflow ran longer than its timeoutSeconds (" +
                             std::to_string(definition_.timeout_seconds) + ")";
  each_open([&](int place) {
    abandon_attempt(place);
    task_id = state_.at(place).id;  // the innermost is scheduled last
    emit(TransitionType::task_timed_out, place, {{"reason", reason}});
  });
  json::Object data{{"reason", reason}, {"cause", "timeout"}};
  if (!task_id.empty()) {
    data["taskId"] = task_id;
  }
  emit(TransitionType::workflow_timed_out, kNoPlace, std::move(data));
}

void Advance::abandon_attempt(int place) {
  if (state_.at(place).in_flight) {
    emit(TransitionType::attempt_ended, place,
         {{"number", state_.at(place).attempts}, {"outcome", "abandoned"}});
  }
}

void Advance::fail_task(int place, std::string_view cause, const std::string& reason) {
  emit(TransitionType::task_failed, place, {{"cause", cause}, {"reason", reason}});
  fail_run(std::string(cause), "task '" + task_at(place).name + "': " + reason, place);
}

// One failed branch takes everything with it: the Parallel tasks around it fail, the rest is
// cancelled.
void Advance::fail_run(const std::string& cause, const std::string& reason, int place,
                       const json::Value& output) {
  std::vector<int> around;
  for (int at = place == kNoPlace ? kNoPlace : state_.at(place).parent; at != kNoPlace;
       at = state_.at(at).parent) {
    around.push_back(at);
  }
  each_open([&](int one) {
    abandon_attempt(one);
    if (std::find(around.begin(), around.end(), one) != around.end()) {
      emit(TransitionType::task_failed, one, {{"cause", "branchFailed"}, {"reason", reason}});
    } else {
      emit(TransitionType::task_cancelled, one, {{"reason", "the workflow failed"}});
    }
  });
  json::Object data{{"cause", cause}, {"reason", reason}, {"output", output}};
  if (place != kNoPlace) {
    data["taskId"] = state_.at(place).id;
  }
  emit(TransitionType::workflow_failed, kNoPlace, std::move(data));
}

// In every state of the run: a file may be needed after its end.
Result<Done> Advance::change_attachments() {
  if (event_.place < 0 || static_cast<std::size_t>(event_.place) >= state_.tasks.size()) {
    return Error{Fault::not_found, "there is no such task in this workflow"};
  }
  emit(event_.type == Event::Type::attach ? TransitionType::attachment_added
                                          : TransitionType::attachment_removed,
       event_.place, event_.data);
  return Done{};
}

Result<std::vector<Transition>> advance(const Definition& definition, RunState& state,
                                        const Event& event, const Context& context) {
  Advance step(definition, state, event, context);
  if (auto done = step.run(); !done) {
    return std::move(done).error();
  }
  return std::move(step.transitions);
}

json::Value request_scope(const RunState& state, const Definition& definition,
                          const TaskRun& task) {
  json::Object names;
  for (const auto& member : state.scope.get_object()) {
    if (std::string_view(member.key()).starts_with("swf:")) {
      names[member.key()] = member.value();
    }
  }
  names["swf:taskName"] = definition.task(task.task).name;
  names["swf:taskId"] = task.id;
  if (const json::Object* input = task.input.if_object()) {
    for (const auto& member : *input) {
      names[member.key()] = member.value();
    }
  }
  return json::Value(std::move(names));
}

}  // namespace tartan::workflow
