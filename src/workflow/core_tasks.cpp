// What each type of task does: Decision, Parallel, Wait, Terminate and Simple.
#include <cmath>

#include "workflow/core_advance.h"

namespace tartan::workflow {
namespace {

std::string text(const json::Object& data, std::string_view name) {
  const json::Value* value = json::find(data, name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

}  // namespace

void Advance::decide(int place) {
  const Task& defined = task_at(place);
  const std::string data =
      json::print(previous_output(state_.at(place).after, state_.at(place).parent));
  for (std::size_t i = 0; i < defined.choices.size(); ++i) {
    const std::string bindings = bindings_of(defined.choices[i].condition, place);
    script::ScriptRequest request;
    request.language = script::Language::javascript;
    request.expression = defined.choices[i].condition;
    request.data_json = data;
    request.bindings_json = bindings;
    const script::Scope values = scope(state_.scope);
    request.now = values.now;
    request.seed = values.seed;
    auto result = context_.scripts.evaluate(request);
    if (!result) {
      fail_task(place, "expression",
                "condition " + std::to_string(i) + " (" + defined.choices[i].condition +
                    ") failed: " + result.error().message);
      return;
    }
    if (result->truthy) {
      return choose(place, defined.choices[i].next, json::Value(i));
    }
  }
  choose(place, defined.default_task, nullptr);
}

void Advance::choose(int place, int next, const json::Value& choice) {
  const std::string& name = definition_.task(next).name;
  complete(place,
           {{"output", json::Object{{"choice", choice}, {"nextTask", name}}}, {"next", name}});
}

// The further names that a condition mentions: what is not named need not be sent.
std::string Advance::bindings_of(const std::string& condition, int place) const {
  json::Object bindings;
  const auto mentions = [&](std::string_view name) {
    return condition.find(name) != std::string::npos;
  };
  if (mentions("input")) {
    bindings["input"] = state_.at(place).input;
  }
  if (mentions("workflow")) {
    bindings["workflow"] = *json::find(state_.scope.as_object(), "workflow");
  }
  if (mentions("variables")) {
    bindings["variables"] = definition_.variables;
  }
  if (mentions("tasks")) {
    bindings["tasks"] = state_.scope;
  }
  return json::print(json::Value(std::move(bindings)));
}

void Advance::start_branches(int place) {
  const std::vector<int>& starts = task_at(place).branch_starts;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    // A branch that fails at once has cancelled the rest.
    if (is_final(state_.status)) {
      return;
    }
    schedule(starts[i], kNoPlace, place, static_cast<int>(i));
  }
}

void Advance::end_branch(int place) {
  const int parent = state_.at(place).parent;
  emit(TransitionType::branch_ended, parent,
       {{"branch", state_.at(place).branch}, {"from", place}});
  json::Array outputs;
  for (const std::optional<int>& end : state_.at(parent).branch_ends) {
    if (!end) {
      return;
    }
    outputs.push_back(state_.at(*end).output);
  }
  complete(parent, {{"output", std::move(outputs)}});
}

void Advance::start_wait(int place) {
  auto until = wait_end(place);
  if (!until) {
    fail_task(place, "expression", until.error().message);
    return;
  }
  if (*until <= event_.now) {
    complete(place, {{"output", state_.at(place).input}});
    return;
  }
  emit(TransitionType::wait_started, place, {{"until", *until}});
}

Result<UnixMs> Advance::wait_end(int place) {
  const WaitTask& wait = *task_at(place).wait;
  if (wait.seconds) {
    return event_.now + *wait.seconds * 1000;
  }
  if (wait.timestamp) {
    return *wait.timestamp;
  }
  // The names of its own input can be used bare.
  json::Object names;
  if (const json::Object* input = state_.at(place).input.if_object()) {
    names = *input;
  }
  for (const auto& member : state_.scope.get_object()) {
    names[member.key()] = member.value();
  }
  const json::Value data(std::move(names));
  const auto& expression =
      wait.seconds_expression ? wait.seconds_expression : wait.timestamp_expression;
  auto value = expression->render(scope(data));
  if (!value) {
    return std::move(value).error();
  }
  return wait.seconds_expression ? seconds_from(*value) : timestamp_from(*value);
}

Result<UnixMs> Advance::seconds_from(const json::Value& value) const {
  double seconds = -1;
  if (value.is_number()) {
    seconds = value.to_number<double>();
  } else if (value.is_string()) {
    const auto parsed = json::parse({value.get_string().data(), value.get_string().size()});
    seconds = parsed && parsed->is_number() ? parsed->to_number<double>() : -1;
  }
  constexpr double century = 100.0 * 365 * 24 * 3600;
  if (seconds < 0 || seconds > century) {
    return Error{Fault::invalid, "secondsExpression gave " + json::print(value) +
                                     "; expected a number of seconds, 0 or more"};
  }
  return event_.now + static_cast<std::int64_t>(std::ceil(seconds * 1000));
}

Result<UnixMs> Advance::timestamp_from(const json::Value& value) {
  if (value.is_string()) {
    if (const auto at = parse_date_time({value.get_string().data(), value.get_string().size()})) {
      return *at;
    }
  }
  return Error{Fault::invalid, "timestampExpression gave " + json::print(value) +
                                   "; expected an ISO 8601 date and time with offset"};
}

void Advance::end_at(int place) {
  const Task& defined = task_at(place);
  // In a branch it hands its input on; at the end of a workflow there is an output or there is
  // none.
  json::Value output = json::Object{};
  if (defined.workflow_output) {
    auto rendered = defined.workflow_output->render(scope(state_.scope));
    if (!rendered) {
      fail_task(place, "expression", rendered.error().message);
      return;
    }
    output = *std::move(rendered);
  } else if (state_.at(place).parent != kNoPlace || defined.input) {
    output = state_.at(place).input;
  }
  complete(place, {{"output", std::move(output)}});
}

void Advance::end_run_at(int place) {
  const json::Value& output = state_.at(place).output;
  if (!task_at(place).terminates_failed) {
    emit(TransitionType::workflow_completed, kNoPlace, {{"output", output}});
    return;
  }
  fail_run("terminateTask", "the task '" + task_at(place).name + "' ends the workflow as Failed",
           place, output);
}

Result<Done> Advance::check_open_simple() const {
  const int place = event_.place;
  if (place < 0 || static_cast<std::size_t>(place) >= state_.tasks.size()) {
    return Error{Fault::not_found, "there is no such task in this workflow"};
  }
  const TaskRun& one = state_.at(place);
  if (task_at(place).type != TaskType::simple) {
    return Error{Fault::conflict, "the task '" + task_at(place).name +
                                      "' is run by the server; only Simple tasks are ended from "
                                      "outside"};
  }
  if (is_final(one.status)) {
    return Error{Fault::conflict, "the task '" + task_at(place).name + "' is " +
                                      std::string(name_of(one.status)) + " already"};
  }
  return Done{};
}

Result<Done> Advance::check_lease(const TaskRun& one, const std::string& lease) const {
  const bool leased = one.leased_until && *one.leased_until > event_.now;
  if (lease.empty() && leased) {
    return Error{Fault::conflict, "the task is leased to the worker '" + one.worker_id +
                                      "' until " + format_utc_ms(*one.leased_until) +
                                      "; its leaseToken is needed"};
  }
  if (!lease.empty() && lease != one.lease) {
    return Error{Fault::conflict,
                 "this lease is not the task's any more: it expired, and the "
                 "task may be with another worker"};
  }
  return Done{};
}

Result<Done> Advance::lease() {
  if (auto open = check_open_simple(); !open) {
    return open;
  }
  const TaskRun& one = state_.at(event_.place);
  if (event_.type == Event::Type::heartbeat) {
    const std::string lease = text(event_.data, "lease");
    if (lease.empty()) {
      return Error{Fault::invalid, "leaseToken is missing"};
    }
    if (auto held = check_lease(one, lease); !held) {
      return held;
    }
    emit(TransitionType::lease_extended, event_.place,
         {{"until", *json::find(event_.data, "until")}});
    return Done{};
  }
  if (state_.status != RunStatus::running) {
    return not_now("worked on");
  }
  if (one.leased_until && *one.leased_until > event_.now) {
    return Error{Fault::conflict, "the task is leased already"};
  }
  if (one.leased_until) {
    emit(TransitionType::lease_expired, event_.place, {});
  }
  emit(TransitionType::lease_granted, event_.place, event_.data);
  return Done{};
}

Result<Done> Advance::give_back() {
  if (auto open = check_open_simple(); !open) {
    return open;
  }
  const std::string lease = text(event_.data, "lease");
  const TaskRun& one = state_.at(event_.place);
  if (lease.empty() || lease != one.lease) {
    return Error{Fault::conflict, "this lease is not the task's any more"};
  }
  emit(TransitionType::lease_expired, event_.place,
       {{"because", "the worker had gone before it was told of the task"}});
  return Done{};
}

Result<Done> Advance::end_simple() {
  if (auto open = check_open_simple(); !open) {
    return open;
  }
  json::Object data = event_.data;
  if (auto held = check_lease(state_.at(event_.place), text(data, "lease")); !held) {
    return held;
  }
  data.erase("lease");
  if (event_.type == Event::Type::complete) {
    complete(event_.place, std::move(data));
    settle();
    return Done{};
  }
  fail_task(event_.place, "failedByWorker", text(data, "reason"));
  return Done{};
}

}  // namespace tartan::workflow
