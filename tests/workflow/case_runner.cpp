#include "workflow/case_runner.h"

#include <cmath>
#include <stdexcept>

#include "workflow/case_view.h"
#include "workflow/core.h"
#include "workflow/match.h"
#include "workflow/scripted_target.h"
#include "workflow/tasks/http_task.h"
#include "workflow/yaml.h"

namespace tartan::cases {
namespace {

using workflow::Event;

std::string text_of(const json::Object& object, std::string_view name,
                    const std::string& otherwise = "") {
  const json::Value* value = json::find(object, name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : otherwise;
}

json::Object object_of(const json::Object& object, std::string_view name) {
  const json::Value* value = json::find(object, name);
  return value == nullptr ? json::Object{} : value->as_object();
}

std::int64_t milliseconds(const json::Value& seconds) {
  return std::llround(seconds.to_number<double>() * 1000);
}

workflow::Definition read_definition(const json::Object& file, script::ScriptEngine& scripts) {
  const json::Value* source = json::find(file, "definition");
  json::Value document = source == nullptr ? json::Value(json::Object{}) : *source;
  if (document.is_object()) {
    document.get_object().emplace("name", "Case");
  }
  auto parsed = workflow::parse_definition(document, &scripts);
  if (parsed) {
    return *std::move(parsed);
  }
  std::string problems = "the case's definition has problems:";
  for (const workflow::Problem& one : parsed.error()) {
    problems += "\n  " + one.pointer + ": " + one.message + " (" + one.hint + ")";
  }
  throw std::runtime_error(problems);
}

workflow::CoreLimits read_limits(const json::Object& file) {
  const json::Object given = object_of(file, "limits");
  check_keys(given, {"steps", "historyBytes", "unknownRepeats"}, "limits");
  workflow::CoreLimits limits;
  if (const json::Value* steps = json::find(given, "steps")) {
    limits.steps = steps->as_int64();
  }
  if (const json::Value* bytes = json::find(given, "historyBytes")) {
    limits.history_bytes = static_cast<std::size_t>(bytes->as_int64());
  }
  if (const json::Value* repeats = json::find(given, "unknownRepeats")) {
    limits.unknown_repeats = static_cast<int>(repeats->as_int64());
  }
  return limits;
}

UnixMs read_clock(const json::Object& file) {
  const auto start = parse_date_time(text_of(file, "clock", "2026-01-01T00:00:00Z"));
  if (!start) {
    throw std::runtime_error("clock is no date and time");
  }
  return *start;
}

class CaseRun {
 public:
  CaseRun(const json::Object& file, script::ScriptEngine& scripts)
      : file_(file),
        scripts_(scripts),
        definition_(read_definition(file, scripts)),
        limits_(read_limits(file)),
        start_(read_clock(file)),
        now_(start_),
        target_(json::find(file, "target")) {
    state_.id = "run";
  }

  std::vector<std::string> run() {
    begin();
    settle(now_);
    if (const json::Value* steps = json::find(file_, "steps")) {
      for (const json::Value& step : steps->as_array()) {
        take(step);
      }
    }
    settle(std::nullopt);
    check(object_of(file_, "expect"), "expect");
    for (std::string& unused : target_.unused()) {
      failures_.push_back(std::move(unused));
    }
    check_rebuilt();
    return std::move(failures_);
  }

 private:
  struct Pending {
    int place = 0;
    int number = 0;
    UnixMs at = 0;
    ScriptedTarget::Outcome outcome;
  };

  // As the engine starts a run: the input with the service's own keys.
  void begin() {
    json::Object input = object_of(file_, "input");
    const json::Object said = object_of(file_, "start");
    check_keys(said, {"held", "failureOf", "sequenceNumber", "swf"}, "start");
    const json::Value* sequence = json::find(said, "sequenceNumber");
    const std::int64_t number = sequence == nullptr ? 1 : sequence->as_int64();
    input["swf:workflowId"] = state_.id;
    input["swf:sequenceNumber"] = number;
    input["swf:workflowDefinitionId"] = "definition";
    input["swf:workflowDefinitionVersion"] = 1;
    for (const auto& member : object_of(said, "swf")) {
      input["swf:" + std::string(member.key())] = member.value();
    }
    Event event;
    event.type = Event::Type::start;
    event.data = {{"workflowDefinitionId", "definition"},
                  {"workflowDefinitionVersion", 1},
                  {"sequenceNumber", number},
                  {"startedBy", "someone"},
                  {"input", std::move(input)}};
    for (const char* name : {"held", "failureOf"}) {
      if (const json::Value* value = json::find(said, name)) {
        event.data[name] = *value;
      }
    }
    happen(std::move(event), "");
  }

  // `refused`: the error that must come instead, or part of it.
  void happen(Event event, const std::string& refused) {
    event.now = now_;
    const workflow::Context context{scripts_, random_, limits_};
    auto made = workflow::advance(definition_, state_, event, context);
    if (!made) {
      if (refused.empty() || made.error().message.find(refused) == std::string::npos) {
        failures_.push_back("refused: " + made.error().message +
                            (refused.empty() ? "" : "\nexpected: " + refused));
      }
      return;
    }
    if (!refused.empty()) {
      failures_.push_back("went through, but was expected to be refused: " + refused);
    }
    for (workflow::Transition& one : *made) {
      state_.history_bytes += json::print(json::Value(to_json(one))).size();
      history_.push_back(std::move(one));
      if (history_.back().type == workflow::TransitionType::attempt_started) {
        send(history_.back());
      }
    }
  }

  void send(const workflow::Transition& started) {
    const workflow::TaskRun& one = state_.at(started.place);
    const workflow::Task& task = definition_.task(one.task);
    auto made = workflow::make_outbound(one.request.get_object(), *task.http, {});
    if (!made) {
      throw std::runtime_error("the request can't be made: " + made.error().message);
    }
    requests_.push_back(shown_request(task.name, *made, seconds_after(start_, now_)));
    const auto number = static_cast<int>(started.data.at("number").as_int64());
    ScriptedTarget::Answer answer = target_.answer(task.name, *made);
    if (!answer.never) {
      pending_.push_back(
          {started.place, number, now_ + answer.after_ms, std::move(answer.outcome)});
    }
  }

  // Lets happen what happens by itself until `until`; for good without it.
  void settle(std::optional<UnixMs> until) {
    constexpr int turns_max = 100'000;
    for (int turn = 0; turn < turns_max; ++turn) {
      const auto next = soonest();
      const auto wake = state_.next_wake();
      const bool answers = next && (!wake || pending_[*next].at <= *wake);
      if (!answers && !wake) {
        break;
      }
      const UnixMs at = answers ? pending_[*next].at : *wake;
      if (until && at > *until) {
        break;
      }
      now_ = std::max(now_, at);
      if (answers) {
        deliver(*next);
        continue;
      }
      const std::size_t before = history_.size();
      happen({}, "");
      if (history_.size() == before) {
        throw std::runtime_error("the run asks to be woken, but does nothing when it is");
      }
    }
    now_ = std::max(now_, until.value_or(now_));
  }

  std::optional<std::size_t> soonest() const {
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < pending_.size(); ++i) {
      if (!found || pending_[i].at < pending_[*found].at) {
        found = i;
      }
    }
    return found;
  }

  void deliver(std::size_t index) {
    Pending one = std::move(pending_[index]);
    pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(index));
    Event event;
    event.type = Event::Type::attempt_ended;
    event.place = one.place;
    event.attempt = Event::Attempt{one.number, std::move(one.outcome), ""};
    // An answer to an attempt that the run gave up is dropped.
    happen(std::move(event),
           state_.at(one.place).in_flight ? "" : "this attempt is not under way any more");
  }

  void take(const json::Value& step) {
    json::Object said;
    if (step.is_string()) {
      said.emplace(step.get_string(), nullptr);
    } else {
      said = step.as_object();
    }
    if (said.empty()) {
      throw std::runtime_error("an empty step");
    }
    const std::string what(said.begin()->key());
    const json::Value argument = said.begin()->value();
    if (what == "wait" || what == "at") {
      check_keys(said, {what}, what);
      settle((what == "wait" ? now_ : start_) + milliseconds(argument));
    } else if (what == "expect") {
      check_keys(said, {what}, what);
      check(argument.as_object(), "expect, after " + std::to_string((now_ - start_) / 1000) + " s");
    } else if (what == "run") {
      settle(std::nullopt);
    } else {
      happen(event_of(what, argument, said), text_of(said, "refused"));
      if (what == "node_lost") {
        pending_.clear();
      }
      settle(now_);
    }
  }

  Event event_of(const std::string& what, const json::Value& argument, const json::Object& said) {
    Event event;
    const auto of_task = [&](Event::Type type, const std::vector<std::string_view>& known) {
      std::vector<std::string_view> keys = known;
      keys.insert(keys.end(), {what, "refused"});
      check_keys(said, keys, what);
      event.type = type;
      event.place = place_named(definition_, state_, std::string(argument.as_string()));
    };
    const auto of_run = [&](Event::Type type) {
      check_keys(said, {what, "refused", "by", "held"}, what);
      event.type = type;
      event.data["by"] = text_of(said, "by", "someone");
      copy_held(said, event);
    };
    const json::Value* seconds = json::find(said, "seconds");
    const UnixMs until = now_ + (seconds == nullptr ? 0 : milliseconds(*seconds));
    if (what == "complete") {
      of_task(Event::Type::complete, {"output", "lease", "by"});
      event.data = {{"output", object_of(said, "output")}, {"by", text_of(said, "by", "someone")}};
      copy_lease(said, event);
    } else if (what == "fail") {
      of_task(Event::Type::fail, {"reason", "lease", "by"});
      event.data = {{"reason", text_of(said, "reason")}, {"by", text_of(said, "by", "someone")}};
      copy_lease(said, event);
    } else if (what == "lease") {
      of_task(Event::Type::lease, {"worker", "seconds", "token"});
      event.data = {{"workerId", text_of(said, "worker", "worker")},
                    {"until", until},
                    {"lease", text_of(said, "token", "token")}};
    } else if (what == "give_back") {
      of_task(Event::Type::give_back, {"lease"});
      copy_lease(said, event);
    } else if (what == "heartbeat") {
      of_task(Event::Type::heartbeat, {"seconds", "lease"});
      event.data = {{"until", until}};
      copy_lease(said, event);
    } else if (what == "rerun") {
      of_task(Event::Type::rerun, {"by", "held"});
      event.data["by"] = text_of(said, "by", "someone");
      copy_held(said, event);
    } else if (what == "terminate") {
      of_run(Event::Type::terminate);
      event.data["reason"] = argument;
    } else {
      of_run(plain_event(what));
      if (event.type == Event::Type::node_lost || event.type == Event::Type::release) {
        event.data.clear();
      }
    }
    return event;
  }

  static Event::Type plain_event(const std::string& what) {
    constexpr std::pair<std::string_view, Event::Type> known[] = {
        {"pause", Event::Type::pause},         {"resume", Event::Type::resume},
        {"retry", Event::Type::retry},         {"release", Event::Type::release},
        {"node_lost", Event::Type::node_lost},
    };
    for (const auto& [name, type] : known) {
      if (name == what) {
        return type;
      }
    }
    throw std::runtime_error("unknown step '" + what + "'");
  }

  static void copy_held(const json::Object& said, Event& event) {
    if (const json::Value* held = json::find(said, "held")) {
      event.data["held"] = *held;
    }
  }

  static void copy_lease(const json::Object& said, Event& event) {
    if (const json::Value* lease = json::find(said, "lease")) {
      event.data["lease"] = *lease;
    }
  }

  void check(const json::Object& expected, const std::string& where) {
    const CaseView view{definition_, state_, history_, start_};
    json::Object came = view.summary();
    came["requests"] = requests_;
    for (std::string& failure : view.compare(expected, came)) {
      failures_.push_back(where + "." + failure);
    }
  }

  // What was stored must be enough to build the state again.
  void check_rebuilt() {
    workflow::RunState rebuilt;
    rebuilt.id = state_.id;
    for (const workflow::Transition& one : history_) {
      auto read = workflow::transition_from_json(json::Value(to_json(one)));
      if (!read) {
        failures_.push_back("a transition can't be read back: " + read.error().message);
        return;
      }
      apply(rebuilt, definition_, *read);
    }
    const CaseView before{definition_, state_, history_, start_};
    const CaseView after{definition_, rebuilt, history_, start_};
    if (before.summary() != after.summary() || state_.scope != rebuilt.scope ||
        state_.next_wake() != rebuilt.next_wake()) {
      failures_.push_back("the state built anew from the history differs:\n" +
                          to_yaml(json::Value(after.summary()), 2));
    }
  }

  const json::Object& file_;
  script::ScriptEngine& scripts_;
  const workflow::Definition definition_;
  const workflow::CoreLimits limits_;
  const UnixMs start_;
  UnixMs now_;
  ScriptedTarget target_;
  SeededRandom random_{1};
  workflow::RunState state_;
  std::vector<workflow::Transition> history_;
  std::vector<Pending> pending_;
  json::Array requests_;
  std::vector<std::string> failures_;
};

}  // namespace

std::vector<std::string> run_workflow_case(const json::Value& file, script::ScriptEngine& scripts) {
  try {
    const json::Object& object = file.as_object();
    check_keys(object,
               {"name", "proves", "clock", "limits", "definition", "input", "start", "target",
                "steps", "expect"},
               "the case");
    for (const char* needed : {"name", "definition", "expect"}) {
      if (json::find(object, needed) == nullptr) {
        throw std::runtime_error(std::string("the key '") + needed + "' is missing");
      }
    }
    return CaseRun(object, scripts).run();
  } catch (const std::exception& wrong) {
    return {wrong.what()};
  }
}

}  // namespace tartan::cases
