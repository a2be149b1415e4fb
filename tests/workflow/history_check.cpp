#include "workflow/history_check.h"

#include <set>
#include <tuple>

namespace tartan::workflow::simulation {
namespace {

using store::Cursor;
using store::Statement;

constexpr Statement kRow{"SELECT status, wake_at, in_flight FROM runs WHERE run_id = ?1"};
constexpr Statement kOpen{
    "SELECT place, task_id, leased_until FROM open_tasks WHERE run_id = ?1 ORDER BY place"};

std::string text(const json::Object& data, std::string_view name) {
  const json::Value* value = json::find(data, name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

json::Value or_null(const std::optional<UnixMs>& time) {
  return time ? json::Value(*time) : json::Value(nullptr);
}

json::Object to_object(const TaskRun& task) {
  json::Array ends;
  for (const auto& end : task.branch_ends) {
    ends.push_back(end ? json::Value(*end) : json::Value(nullptr));
  }
  return {{"id", task.id},
          {"task", task.task},
          {"visit", task.visit},
          {"after", task.after},
          {"parent", task.parent},
          {"branch", task.branch},
          {"status", name_of(task.status)},
          {"created", task.created_at},
          {"modified", task.modified_at},
          {"input", task.input},
          {"output", task.output},
          {"reason", task.reason},
          {"cause", task.cause},
          {"routed", task.routed},
          {"superseded", task.superseded},
          {"chosen", task.chosen},
          {"attempts", task.attempts},
          {"in_flight", task.in_flight},
          {"request", task.request},
          {"because", task.repeat_because},
          {"due", or_null(task.due_at)},
          {"worker", task.worker_id},
          {"lease", task.lease},
          {"leased", or_null(task.leased_until)},
          {"ends", std::move(ends)}};
}

// Follows one run's transitions.
class Follower {
 public:
  explicit Follower(const Engine::Loaded& run) : run_(run) { state_.id = run.state.id; }

  void follow() {
    const Definition& definition = run_.definition->definition;
    for (const Transition& transition : run_.transitions) {
      if (transition.place != kNoPlace && transition.type != TransitionType::task_scheduled) {
        must(static_cast<std::size_t>(transition.place) < state_.tasks.size(),
             "a transition names a task of its run");
        check_task(transition, state_.at(transition.place));
      }
      apply(state_, definition, transition);
    }
    state_.history_bytes = run_.state.history_bytes;
    must(text_of(state_) == text_of(run_.state), "the history makes the state");
    check_routes();
  }

 private:
  struct Repeats {
    bool unknown = false;  // an attempt may have arrived, and nobody knows what came of it
    bool ended = true;
  };

  void check_task(const Transition& transition, const TaskRun& task) {
    const std::string where = " (" + std::string(name_of(transition.type)) + " of place " +
                              std::to_string(transition.place) + " in " + run_.state.id + ")";
    must(!is_final(task.status), "nothing happens to a task that has ended" + where);
    must(!task.superseded, "nothing happens to a task that was taken back" + where);
    Repeats& repeats = repeats_[task.id];
    const Task& defined = run_.definition->definition.task(task.task);
    if (transition.type == TransitionType::attempt_started) {
      must(repeats.ended, "one attempt at a time" + where);
      must(task.attempts == 0 || !text(transition.data, "because").empty(),
           "an attempt is repeated for a reason" + where);
      const bool harmless = is_safe(defined.http->method) || defined.http->idempotent;
      must(!repeats.unknown || harmless || defined.retry,
           "what may have been done is not done again" + where);
      must(text(transition.data, "idempotencyKey") == task.id, "the key is the task's id" + where);
      repeats.ended = false;
    } else if (transition.type == TransitionType::attempt_ended) {
      must(!repeats.ended, "an attempt ends once" + where);
      repeats.ended = true;
      const json::Value* error = json::find(transition.data, "error");
      if (error != nullptr && error->at("mayHaveArrived").as_bool()) {
        repeats.unknown = true;
      }
    } else if (transition.type == TransitionType::task_failed && repeats.unknown &&
               text(transition.data, "cause") == "outcomeUnknown") {
      must(!is_safe(defined.http->method), "of a safe method no outcome matters" + where);
    }
  }

  void check_routes() {
    std::set<std::tuple<int, int, int>> begun;
    for (const TaskRun& task : state_.tasks) {
      if (!task.superseded) {
        must(begun.emplace(task.after, task.parent, task.branch).second,
             "each task is followed once, and each branch begun once, in " + run_.state.id);
      }
    }
  }

  const Engine::Loaded& run_;
  RunState state_;
  std::map<std::string, Repeats> repeats_;
};

void check_rows(World& world, const Engine::Loaded& run) {
  const RunState& state = run.state;
  const std::string& id = state.id;
  const auto error = world.disk.read([&](store::Transaction& tx) {
    {
      Cursor row = tx.query(kRow, {std::string_view(id)});
      must(row.next(), "the run has a row: " + id);
      must(row.integer(0) == static_cast<std::int64_t>(state.status), "the row's status: " + id);
      const auto wake = row.is_null(1) ? std::nullopt : std::optional(row.integer(1));
      must(wake == state.next_wake(), "the row's time to wake: " + id);
      must((row.integer(2) != 0) == (!is_final(state.status) && state.has_attempt_in_flight()),
           "the row's attempts under way: " + id);
    }
    std::map<std::int64_t, std::pair<std::string, std::optional<UnixMs>>> rows;
    Cursor open = tx.query(kOpen, {std::string_view(id)});
    while (open.next()) {
      rows[open.integer(0)] = {
          std::string(open.text(1)),
          open.is_null(2) ? std::nullopt : std::optional<UnixMs>(open.integer(2))};
    }
    std::map<std::int64_t, std::pair<std::string, std::optional<UnixMs>>> tasks;
    for (std::size_t i = 0; i < state.tasks.size(); ++i) {
      const TaskRun& task = state.tasks[i];
      if (run.definition->definition.task(task.task).type == TaskType::simple &&
          !is_final(task.status)) {
        tasks[static_cast<std::int64_t>(i)] = {task.id, task.leased_until};
      }
    }
    must(rows == tasks, "the open Simple tasks have their rows: " + id);
  });
  must(!error, "the rows can be read");
}

void check_numbers(World& world, const Engine::Loaded& run) {
  const auto error = world.disk.read([&](store::Transaction& tx) {
    auto batches = read_history(tx, run.key, run.state.id);
    must(batches.ok(), "the history can be read: " + run.state.id);
    std::int64_t expected = 0;
    for (const EventBatch& batch : *batches) {
      must(batch.number == expected, "the history has no gaps: " + run.state.id);
      expected += static_cast<std::int64_t>(batch.transitions.size());
    }
    must(expected == run.state.transitions, "every transition counts: " + run.state.id);
  });
  must(!error, "the history can be read");
}

}  // namespace

std::string text_of(const RunState& state) {
  json::Array tasks;
  for (const TaskRun& task : state.tasks) {
    tasks.push_back(to_object(task));
  }
  return json::print(
      json::Object{{"status", name_of(state.status)},
                   {"created", state.created_at},
                   {"started", or_null(state.started_at)},
                   {"ended", or_null(state.ended_at)},
                   {"deadline", or_null(state.deadline)},
                   {"input", state.input},
                   {"output", state.output},
                   {"reason", state.failed_reason},
                   {"cause", state.failed_cause},
                   {"task", state.failed_task_id},
                   {"handles", state.handles_failure},
                   {"tasks", std::move(tasks)},
                   {"anew", json::Array(state.to_begin_anew.begin(), state.to_begin_anew.end())},
                   {"steps", state.steps},
                   {"transitions", state.transitions},
                   {"bytes", state.history_bytes},
                   {"scope", state.scope}});
}

Engine::Loaded check_run(World& world, const std::string& run_id) {
  auto run = world.engine->load(run_id, Engine::History::keep);
  must(run.ok(), "an acknowledged run is there: " + run_id);
  Follower(*run).follow();
  check_numbers(world, *run);
  check_rows(world, *run);
  return *std::move(run);
}

void check_sent(const Engine::Loaded& run, const std::map<std::string, int>& sent_by_task) {
  for (const TaskRun& task : run.state.tasks) {
    const auto sent = sent_by_task.find(task.id);
    must(sent == sent_by_task.end() || sent->second <= task.attempts,
         "every request was recorded before it was sent: task " + task.id);
  }
}

}  // namespace tartan::workflow::simulation
