// The rules of a run, alone: random events against random definitions keep the tables of moves,
// give the same again for the same seed, and change nothing when they are refused; and, one by one,
// what retry, rerun, resume and unknown outcomes mean.
#include "workflow/core.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "workflow/history_check.h"
#include "workflow/random_workflow.h"

namespace tartan::workflow {
namespace {

using simulation::Choices;
using simulation::LookupScripts;

Definition parse(const json::Value& document) {
  auto parsed = parse_definition(document, nullptr);
  EXPECT_TRUE(parsed.ok()) << (parsed ? "" : parsed.error().front().message);
  return *std::move(parsed);
}

Definition parse_text(std::string_view text) { return parse(*json::parse(text)); }

http::OutboundReply reply(int status) {
  http::OutboundReply made;
  made.status = status;
  return made;
}

http::OutboundError broken(bool may_have_arrived) {
  http::OutboundError error;
  error.kind = http::OutboundError::Kind::broken;
  error.message = "broken";
  error.may_have_arrived = may_have_arrived;
  return error;
}

// One run, driven by hand.
class DrivenRun {
 public:
  explicit DrivenRun(Definition definition, std::uint64_t seed = 1)
      : definition_(std::move(definition)), random_(seed) {
    state.id = "run";
  }

  Result<std::vector<Transition>> happen(Event::Type type, int place = kNoPlace,
                                         json::Object data = {}) {
    Event event;
    event.type = type;
    event.place = place;
    event.data = std::move(data);
    return happen(std::move(event));
  }

  Result<std::vector<Transition>> happen(Event event) {
    event.now = now;
    return advance(definition_, state, event, {scripts, random_, limits});
  }

  void start() { ASSERT_TRUE(happen(Event::Type::start, kNoPlace, {{"input", input()}}).ok()); }
  static json::Object input() { return {{"x", 7}}; }

  bool end_attempt(int place, std::variant<http::OutboundReply, http::OutboundError> outcome) {
    Event event;
    event.type = Event::Type::attempt_ended;
    event.place = place;
    event.attempt = Event::Attempt{state.at(place).attempts, std::move(outcome), ""};
    return happen(std::move(event)).ok();
  }

  // The place of the last visit of the task; kNoPlace when it was never visited.
  int last(std::string_view name) const {
    int found = kNoPlace;
    for (std::size_t i = 0; i < state.tasks.size(); ++i) {
      if (definition_.task(state.tasks[i].task).name == name) {
        found = static_cast<int>(i);
      }
    }
    return found;
  }
  TaskStatus status(std::string_view name) const { return state.at(last(name)).status; }
  int visits(std::string_view name) const {
    return static_cast<int>(
        std::count_if(state.tasks.begin(), state.tasks.end(),
                      [&](const TaskRun& one) { return definition_.task(one.task).name == name; }));
  }
  const Definition& definition() const { return definition_; }

  RunState state;
  UnixMs now = 1'000'000;
  LookupScripts scripts;
  CoreLimits limits;

 private:
  Definition definition_;
  SeededRandom random_;
};

// Any event at any place, as a seed has it; many are refused.
Event any_event(Choices& choices, const RunState& state) {
  Event event;
  event.type = static_cast<Event::Type>(1 + choices.below(13));
  event.place = static_cast<int>(choices.below(state.tasks.size() + 2)) - 1;
  event.data = {{"by", "test"}};
  const bool known = event.place >= 0 && static_cast<std::size_t>(event.place) < state.tasks.size();
  switch (event.type) {
    case Event::Type::lease:
    case Event::Type::heartbeat:
      event.data = {{"workerId", "w"},
                    {"until", 1'000'000 + choices.between(0, 100'000)},
                    {"lease", choices.percent(50) ? "a" : "b"}};
      break;
    case Event::Type::complete:
      event.data["output"] = json::Object{{"body", json::Object{{"value", 1}}}};
      break;
    case Event::Type::fail:
      event.data["reason"] = "no";
      break;
    case Event::Type::attempt_ended: {
      constexpr int statuses[] = {200, 404, 503};
      const int number = known ? state.at(event.place).attempts : 1;
      event.attempt = Event::Attempt{number, broken(choices.percent(50)), ""};
      if (choices.percent(60)) {
        event.attempt->outcome = reply(choices.any(statuses));
      }
      break;
    }
    default:
      break;
  }
  return event;
}

TEST(WorkflowCore, AnyEventsKeepTheRules) {
  const bool holds = rc::check("any events keep the rules", [](std::uint64_t seed) {
    Choices choices(seed);
    const auto plan = random_plan(choices, simulation::Temper::any);
    DrivenRun run(parse(plan.document()), seed);
    DrivenRun twin(parse(plan.document()), seed);
    run.start();
    twin.start();
    for (int i = 0; i < 40; ++i) {
      run.scripts.available = twin.scripts.available = !choices.percent(10);
      run.now += choices.between(-100, 8'000);
      twin.now = run.now;
      const Event event = any_event(choices, run.state);
      const std::string before = simulation::text_of(run.state);
      // `apply` stops the process when a move is none of the table's.
      const auto advanced = run.happen(event);
      const auto same = twin.happen(event);
      RC_ASSERT(advanced.ok() == same.ok());
      RC_ASSERT(simulation::text_of(run.state) == simulation::text_of(twin.state));
      if (!advanced) {
        RC_ASSERT(simulation::text_of(run.state) == before);
      }
      RC_ASSERT(is_final(run.state.status) == run.state.ended_at.has_value());
      if (is_final(run.state.status)) {
        RC_ASSERT(!run.state.next_wake() && !run.state.has_attempt_in_flight());
        for (const TaskRun& task : run.state.tasks) {
          RC_ASSERT(is_final(task.status));
        }
      }
    }
  });
  EXPECT_TRUE(holds);
}

constexpr std::string_view kTwoBranches = R"({"name": "n", "startTask": "P", "tasks": {
  "P": {"type": "Parallel", "nextTask": "E", "branches": [
    {"startTask": "D", "tasks": {
      "D": {"type": "Decision", "choices": [{"condition": "input.v is even", "nextTask": "A"}],
            "defaultTask": "A"},
      "A": {"type": "Simple", "end": true}}},
    {"startTask": "B", "tasks": {"B": {"type": "Simple", "end": true}}}]},
  "E": {"type": "Terminate", "terminationStatus": "Completed"}}})";

TEST(WorkflowCore, ARetryBeginsBranchesThatAFailureKeptFromBeginning) {
  DrivenRun run(parse_text(kTwoBranches));
  run.scripts.available = false;
  run.start();
  ASSERT_EQ(run.state.status, RunStatus::failed);
  ASSERT_EQ(run.last("B"), kNoPlace);
  run.scripts.available = true;
  ASSERT_TRUE(run.happen(Event::Type::retry).ok());
  ASSERT_TRUE(run.happen(Event::Type::complete, run.last("A"), {{"output", 1}}).ok());
  ASSERT_NE(run.last("B"), kNoPlace);
  ASSERT_TRUE(run.happen(Event::Type::complete, run.last("B"), {{"output", 2}}).ok());
  EXPECT_EQ(run.state.status, RunStatus::completed);
}

TEST(WorkflowCore, ARetryFollowsATaskThatCompletesAtOnceOnlyOnce) {
  DrivenRun run(parse_text(kTwoBranches));
  run.scripts.available = false;
  run.start();
  run.scripts.available = true;
  ASSERT_TRUE(run.happen(Event::Type::retry).ok());
  EXPECT_EQ(run.visits("D"), 2);
  EXPECT_EQ(run.visits("A"), 1);
}

TEST(WorkflowCore, ARetryThatFailsHalfwayLosesNoTask) {
  DrivenRun run(parse_text(R"({"name": "n", "startTask": "P", "tasks": {
    "P": {"type": "Parallel", "nextTask": "E", "branches": [
      {"startTask": "A", "tasks": {
        "A": {"type": "Simple", "inputParameters": {"a": "${jsonata: next A}"}, "end": true}}},
      {"startTask": "B", "tasks": {"B": {"type": "Simple", "end": true}}}]},
    "E": {"type": "Terminate", "terminationStatus": "Completed"}}})"));
  run.start();
  ASSERT_TRUE(run.happen(Event::Type::fail, run.last("A"), {{"reason", "no"}}).ok());
  run.scripts.available = false;
  ASSERT_TRUE(run.happen(Event::Type::retry).ok());
  ASSERT_EQ(run.state.status, RunStatus::failed);
  run.scripts.available = true;
  ASSERT_TRUE(run.happen(Event::Type::retry).ok());
  ASSERT_EQ(run.status("A"), TaskStatus::in_progress);
  ASSERT_EQ(run.status("B"), TaskStatus::in_progress);
}

TEST(WorkflowCore, ARunEndedWhileItWaitedForItsPlaceStartsWhenRetried) {
  DrivenRun run(parse_text(kTwoBranches));
  ASSERT_TRUE(
      run.happen(Event::Type::start, kNoPlace, {{"input", DrivenRun::input()}, {"held", true}})
          .ok());
  ASSERT_TRUE(run.happen(Event::Type::terminate).ok());
  ASSERT_FALSE(run.state.started_at.has_value());
  ASSERT_TRUE(run.happen(Event::Type::retry).ok());
  EXPECT_EQ(run.state.started_at, run.now);
  EXPECT_EQ(run.status("A"), TaskStatus::in_progress);
}

Definition http_task(std::string_view extra) {
  return parse_text(R"({"name": "n", "startTask": "H", "tasks": {"H": {"type": "Http", "end": true,
    "httpRequest": {"url": "http://target.test/", "method": "POST"})" +
                    std::string(extra) + "}}}");
}

TEST(WorkflowCore, AnUnknownOutcomeOfAnUnsafeRequestIsNotRepeated) {
  DrivenRun run(http_task(""));
  run.start();
  ASSERT_TRUE(run.happen(Event::Type::node_lost).ok());
  EXPECT_EQ(run.state.status, RunStatus::failed);
  EXPECT_EQ(run.state.failed_cause, "outcomeUnknown");
  EXPECT_EQ(run.state.at(0).attempts, 1);
}

TEST(WorkflowCore, AnUnknownOutcomeIsRepeatedWhereTheTaskAllowsIt) {
  for (const char* allows : {R"(, "idempotent": true)", R"(, "retry": {"maxAttempts": 1})"}) {
    DrivenRun run(http_task(allows));
    run.start();
    ASSERT_TRUE(run.end_attempt(0, broken(true)));
    ASSERT_TRUE(run.state.next_wake().has_value()) << allows;
    EXPECT_FALSE(run.state.at(0).repeat_because.empty());
    run.now = *run.state.next_wake();
    ASSERT_TRUE(run.happen(Event::Type::time).ok());
    EXPECT_EQ(run.state.at(0).attempts, 2);
    ASSERT_TRUE(run.end_attempt(0, reply(200)));
    EXPECT_EQ(run.state.status, RunStatus::completed);
  }
}

TEST(WorkflowCore, AnAnswerToAnEarlierAttemptIsRefused) {
  DrivenRun run(http_task(R"(, "retry": {"maxAttempts": 1, "intervalSeconds": 0})"));
  run.start();
  ASSERT_TRUE(run.end_attempt(0, reply(503)));
  ASSERT_EQ(run.state.at(0).attempts, 2);
  Event late;
  late.type = Event::Type::attempt_ended;
  late.place = 0;
  late.attempt = Event::Attempt{1, reply(200), ""};
  const auto refused = run.happen(late);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().fault, Fault::conflict);
}

TEST(WorkflowCore, APausedRunRecordsWhatEndsAndGoesOnWhenResumed) {
  DrivenRun run(http_task(R"(, "retry": {"maxAttempts": 1, "intervalSeconds": 0})"));
  run.start();
  ASSERT_TRUE(run.happen(Event::Type::pause).ok());
  ASSERT_TRUE(run.end_attempt(0, reply(503)));
  ASSERT_TRUE(run.happen(Event::Type::time).ok());
  EXPECT_EQ(run.state.at(0).attempts, 1);
  EXPECT_FALSE(run.state.next_wake().has_value());
  ASSERT_TRUE(run.happen(Event::Type::resume).ok());
  EXPECT_EQ(run.state.at(0).attempts, 2);
}

TEST(WorkflowCore, ARerunTakesBackWhatCameAfter) {
  DrivenRun run(parse_text(R"({"name": "n", "startTask": "A", "tasks": {
    "A": {"type": "Simple", "nextTask": "B"}, "B": {"type": "Simple", "end": true}}})"));
  run.start();
  ASSERT_TRUE(run.happen(Event::Type::complete, 0, {{"output", 1}}).ok());
  ASSERT_FALSE(run.happen(Event::Type::rerun, 0).ok()) << "it is still running";
  ASSERT_TRUE(run.happen(Event::Type::complete, 1, {{"output", 2}}).ok());
  ASSERT_TRUE(run.happen(Event::Type::rerun, 0).ok());
  EXPECT_TRUE(run.state.at(0).superseded && run.state.at(1).superseded);
  EXPECT_EQ(run.status("A"), TaskStatus::in_progress);
  ASSERT_FALSE(run.happen(Event::Type::complete, 1, {{"output", 2}}).ok());
}

}  // namespace
}  // namespace tartan::workflow
