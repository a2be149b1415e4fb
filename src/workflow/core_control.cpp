// What people do to a run: pause, resume, end it, retry it, run it anew.
#include <algorithm>

#include "workflow/core_advance.h"

namespace tartan::workflow {

Result<Done> Advance::change(RunStatus from, TransitionType type, const std::string& what) {
  if (state_.status != from) {
    return not_now(what);
  }
  emit(type, kNoPlace, event_.data);
  return Done{};
}

Result<Done> Advance::resume() {
  if (auto resumed = change(RunStatus::paused, TransitionType::workflow_resumed, "resumed");
      !resumed) {
    return resumed;
  }
  go_on();
  return Done{};
}

void Advance::go_on() {
  find_ready();
  settle();
  pass_time();
}

Result<Done> Advance::terminate() {
  if (is_final(state_.status)) {
    return not_now("terminated");
  }
  each_open([&](int place) {
    abandon_attempt(place);
    emit(TransitionType::task_cancelled, place, {{"reason", "the workflow was terminated"}});
  });
  emit(TransitionType::workflow_terminated, kNoPlace, event_.data);
  return Done{};
}

// What failed, was cancelled or timed out runs anew; Parallel tasks around it go on.
Result<Done> Advance::retry() {
  if (state_.status != RunStatus::failed && state_.status != RunStatus::timed_out &&
      state_.status != RunStatus::terminated) {
    return not_now("retried");
  }
  json::Array again;
  json::Array reopened;
  std::vector<int> places;
  for (std::size_t i = 0; i < state_.tasks.size(); ++i) {
    const TaskRun& one = state_.tasks[i];
    const bool ended_badly = is_final(one.status) && one.status != TaskStatus::completed;
    const bool failed_the_run = !one.id.empty() && one.id == state_.failed_task_id;
    if (one.superseded ? !is_left_behind(static_cast<int>(i)) : !ended_badly && !failed_the_run) {
      continue;
    }
    const bool has_branches = !one.branch_ends.empty() && one.cause != "expression";
    (has_branches ? reopened : again).push_back(static_cast<std::int64_t>(i));
    if (!has_branches) {
      places.push_back(static_cast<int>(i));
    }
  }
  json::Object data = event_.data;
  data["again"] = std::move(again);
  data["reopened"] = std::move(reopened);
  resume_with(TransitionType::workflow_retried, std::move(data), places);
  return Done{};
}

void Advance::resume_with(TransitionType type, json::Object data, const std::vector<int>& places) {
  const bool waits = take_held(data);
  if (waits) {
    data["status"] = name_of(RunStatus::scheduled);
  }
  emit(type, kNoPlace, std::move(data));
  if (waits) {
    return;
  }
  if (state_.tasks.empty()) {
    begin();
  } else {
    begin_anew(places);
  }
}

// Takes up anew what was taken back, and goes on with the rest.
void Advance::begin_anew(const std::vector<int>& places) {
  for (const int place : places) {
    if (state_.status == RunStatus::running) {
      const TaskRun one = state_.at(place);
      schedule(one.task, one.after, one.parent, one.branch);
    }
  }
  start_missing_branches();
  go_on();
}

// Whether an earlier retry or rerun took this task back and failed before it began it anew.
bool Advance::is_left_behind(int place) const {
  const TaskRun& one = state_.at(place);
  const auto is_gone = [&](int other) { return other != kNoPlace && state_.at(other).superseded; };
  const auto repeats = [&](const TaskRun& later) {
    return later.task == one.task && later.after == one.after && later.parent == one.parent &&
           later.branch == one.branch;
  };
  return !is_gone(one.after) && !is_gone(one.parent) &&
         std::none_of(state_.tasks.begin() + place + 1, state_.tasks.end(), repeats);
}

// A branch that failed at once kept those behind it from beginning.
void Advance::start_missing_branches() {
  for (std::size_t i = 0; i < state_.tasks.size(); ++i) {
    if (state_.tasks[i].superseded || is_final(state_.tasks[i].status)) {
      continue;
    }
    const int place = static_cast<int>(i);
    const std::vector<int>& starts = task_at(place).branch_starts;
    for (std::size_t b = 0; b < starts.size() && state_.status == RunStatus::running; ++b) {
      if (!has_begun(place, static_cast<int>(b))) {
        schedule(starts[b], kNoPlace, place, static_cast<int>(b));
      }
    }
  }
}

bool Advance::has_begun(int parallel, int branch) const {
  return std::any_of(state_.tasks.begin(), state_.tasks.end(), [&](const TaskRun& one) {
    return one.parent == parallel && one.branch == branch;
  });
}

Result<Done> Advance::rerun() {
  if (!is_final(state_.status)) {
    return not_now("run anew");
  }
  const int place = event_.place;
  if (place < 0 || static_cast<std::size_t>(place) >= state_.tasks.size()) {
    return Error{Fault::not_found, "there is no such task in this workflow"};
  }
  const TaskRun one = state_.at(place);
  if (one.superseded || one.status != TaskStatus::completed) {
    return Error{Fault::conflict, "a workflow runs anew from a task that has completed; '" +
                                      task_at(place).name + "' is " +
                                      (one.superseded ? "superseded by a later run of it"
                                                      : std::string(name_of(one.status)))};
  }
  if (one.parent != kNoPlace) {
    return Error{Fault::invalid, "'" + task_at(place).name +
                                     "' is inside a branch; run the workflow anew from its "
                                     "Parallel task"};
  }
  json::Object data = event_.data;
  data["from"] = place;
  resume_with(TransitionType::workflow_rerun, std::move(data), {place});
  return Done{};
}

}  // namespace tartan::workflow
