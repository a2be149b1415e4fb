// One step of a run: what follows from one event. Private to the core's files: core.cpp has the way
// from task to task, core_tasks.cpp what each type of task does, core_attempts.cpp the attempts of
// Http tasks, core_control.cpp what people do to a run.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "workflow/core.h"

namespace tartan::workflow {

class Advance {
 public:
  Advance(const Definition& definition, RunState& state, const Event& event, const Context& context)
      : definition_(definition), state_(state), event_(event), context_(context) {}

  std::vector<Transition> transitions;

  Result<Done> run();

 private:
  // The way from task to task
  void emit(TransitionType type, int place, json::Object data);
  Error not_now(const std::string& what) const;
  static bool take_held(json::Object& data);
  Result<Done> start();
  Result<Done> release();
  void begin();
  void settle();
  void find_ready();
  const json::Value& previous_output(int after, int parent) const;
  script::Scope scope(const json::Value& data);
  void schedule(int task, int after, int parent, int branch);
  void start_task(int place);
  void complete(int place, json::Object data);
  void route(int place);
  void pass_time();
  void pass_time_of(int place);
  void time_out();
  void abandon_attempt(int place);
  void fail_task(int place, std::string_view cause, const std::string& reason);
  void fail_run(const std::string& cause, const std::string& reason, int place,
                const json::Value& output = json::Object{});
  Result<Done> change_attachments();
  const Task& task_at(int place) const { return definition_.task(state_.at(place).task); }
  template <typename Each>
  void each_open(Each&& each) {
    for (std::size_t i = 0; i < state_.tasks.size(); ++i) {
      if (!is_final(state_.tasks[i].status)) {
        each(static_cast<int>(i));
      }
    }
  }

  // What each type does
  void decide(int place);
  void choose(int place, int next, const json::Value& choice);
  std::string bindings_of(const std::string& condition, int place) const;
  void start_branches(int place);
  void end_branch(int place);
  void start_wait(int place);
  Result<UnixMs> wait_end(int place);
  Result<UnixMs> seconds_from(const json::Value& value) const;
  static Result<UnixMs> timestamp_from(const json::Value& value);
  void end_at(int place);
  void end_run_at(int place);
  Result<Done> check_open_simple() const;
  Result<Done> check_lease(const TaskRun& one, const std::string& lease) const;
  Result<Done> lease();
  Result<Done> give_back();
  Result<Done> end_simple();

  // Attempts
  void start_attempt(int place);
  Result<Done> end_attempt();
  void take_reply(int place, const http::OutboundReply& reply);
  void take_failure(int place, const http::OutboundError& error, const char* outcome);
  void repeat_later(int place, json::Object data, const Retry& retry,
                    std::optional<std::int64_t> asked_ms, const std::string& because);
  void lose_attempts();

  // Control
  Result<Done> change(RunStatus from, TransitionType type, const std::string& what);
  Result<Done> resume();
  void go_on();
  Result<Done> terminate();
  Result<Done> retry();
  void resume_with(TransitionType type, json::Object data, const std::vector<int>& places);
  void begin_anew(const std::vector<int>& places);
  bool is_left_behind(int place) const;
  void start_missing_branches();
  bool has_begun(int parallel, int branch) const;
  Result<Done> rerun();

  const Definition& definition_;
  RunState& state_;
  const Event& event_;
  const Context& context_;
  std::deque<int> ready_;
  std::optional<std::uint64_t> seed_;
};

}  // namespace tartan::workflow
