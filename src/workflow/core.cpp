#include "workflow/core.h"

#include <algorithm>
#include <cmath>
#include <deque>

#include "workflow/tasks/http_task.h"

namespace tartan::workflow {
namespace {

using OutboundError = http::OutboundError;

// What a failed attempt keeps of an answer's body.
constexpr std::size_t kKeptBodyBytes = 64 * 1024;

std::string text(const json::Object& data, std::string_view name) {
  const json::Value* value = json::find(data, name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

// The task's output as kept with an attempt that is no success: a large body is left out.
json::Object kept_response(json::Object output) {
  const json::Value& body = output["body"];
  if (body.is_string() ? body.get_string().size() > kKeptBodyBytes
                       : json::print(body).size() > kKeptBodyBytes) {
    output["body"] = "(left out: larger than 64 KiB)";
  }
  return output;
}

class Advance {
 public:
  Advance(const Definition& definition, RunState& state, const Event& event, const Context& context)
      : definition_(definition), state_(state), event_(event), context_(context) {}

  std::vector<Transition> transitions;

  Result<Done> run() {
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

 private:
  void emit(TransitionType type, int place, json::Object data) {
    transitions.push_back({type, event_.now, place, std::move(data)});
    apply(state_, definition_, transitions.back());
  }

  const Task& task_at(int place) const { return definition_.task(state_.at(place).task); }

  Error not_now(const std::string& what) const {
    return {Fault::conflict,
            "the workflow can't be " + what + ": it is " + std::string(name_of(state_.status))};
  }

  // Starting

  // Whether the run has to wait for its place; takes the word out of `data`.
  static bool take_held(json::Object& data) {
    const json::Value* held = json::find(data, "held");
    const bool waits = held != nullptr && held->is_bool() && held->get_bool();
    data.erase("held");
    return waits;
  }

  Result<Done> start() {
    json::Object data = event_.data;
    const bool waits = take_held(data);
    data["status"] = name_of(waits ? RunStatus::scheduled : RunStatus::running);
    emit(TransitionType::workflow_started, kNoPlace, std::move(data));
    if (!waits) {
      begin();
    }
    return Done{};
  }

  Result<Done> release() {
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

  void begin() {
    schedule(definition_.start, kNoPlace, kNoPlace, 0);
    settle();
  }

  // Follows the routes of what has completed, as far as they go.
  void settle() {
    while (!ready_.empty() && state_.status == RunStatus::running) {
      const int place = ready_.front();
      ready_.pop_front();
      route(place);
    }
  }

  // What has completed while nothing new was to begin. All of it: what this step has made ready is
  // among it, and must not be followed twice.
  void find_ready() {
    ready_.clear();
    for (std::size_t i = 0; i < state_.tasks.size(); ++i) {
      const TaskRun& one = state_.tasks[i];
      if (one.status == TaskStatus::completed && !one.routed && !one.superseded) {
        ready_.push_back(static_cast<int>(i));
      }
    }
  }

  // Tasks

  // What the task before `after` hands on; a Decision hands on what it was given.
  const json::Value& previous_output(int after, int parent) const {
    while (after != kNoPlace && task_at(after).type == TaskType::decision) {
      parent = state_.at(after).parent;
      after = state_.at(after).after;
    }
    if (after != kNoPlace) {
      return state_.at(after).output;
    }
    return parent != kNoPlace ? state_.at(parent).input : state_.input;
  }

  script::Scope scope(const json::Value& data) {
    if (!seed_) {
      std::uint64_t seed = 0;
      context_.random.fill(std::as_writable_bytes(std::span(&seed, 1)));
      seed_ = seed;
    }
    return {data, context_.scripts, event_.now, *seed_};
  }

  void schedule(int task, int after, int parent, int branch) {
    const Task& defined = definition_.task(task);
    if (state_.steps >= context_.limits.steps) {
      fail_run("stepLimit",
               "the run has made " + std::to_string(state_.steps) + " steps, its limit", kNoPlace);
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

  void start_task(int place) {
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

  void complete(int place, json::Object data) {
    emit(TransitionType::task_completed, place, std::move(data));
    ready_.push_back(place);
  }

  void route(int place) {
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

  // Decision

  void decide(int place) {
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

  void choose(int place, int next, const json::Value& choice) {
    const std::string& name = definition_.task(next).name;
    complete(place,
             {{"output", json::Object{{"choice", choice}, {"nextTask", name}}}, {"next", name}});
  }

  // The further names that a condition mentions: what is not named need not be sent.
  std::string bindings_of(const std::string& condition, int place) const {
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

  // Parallel

  void start_branches(int place) {
    const std::vector<int>& starts = task_at(place).branch_starts;
    for (std::size_t i = 0; i < starts.size(); ++i) {
      // A branch that fails at once has cancelled the rest.
      if (is_final(state_.status)) {
        return;
      }
      schedule(starts[i], kNoPlace, place, static_cast<int>(i));
    }
  }

  void end_branch(int place) {
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

  // Wait

  void start_wait(int place) {
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

  Result<UnixMs> wait_end(int place) {
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

  Result<UnixMs> seconds_from(const json::Value& value) const {
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

  static Result<UnixMs> timestamp_from(const json::Value& value) {
    if (value.is_string()) {
      if (const auto at = parse_date_time({value.get_string().data(), value.get_string().size()})) {
        return *at;
      }
    }
    return Error{Fault::invalid, "timestampExpression gave " + json::print(value) +
                                     "; expected an ISO 8601 date and time with offset"};
  }

  // Terminate

  void end_at(int place) {
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

  void end_run_at(int place) {
    const json::Value& output = state_.at(place).output;
    if (!task_at(place).terminates_failed) {
      emit(TransitionType::workflow_completed, kNoPlace, {{"output", output}});
      return;
    }
    fail_run("terminateTask", "the task '" + task_at(place).name + "' ends the workflow as Failed",
             place, output);
  }

  // Http

  void start_attempt(int place) {
    const TaskRun& one = state_.at(place);
    const int number = one.attempts + 1;
    json::Object data{{"number", number}, {"idempotencyKey", one.id}};
    if (number == 1) {
      const HttpTask& http = *task_at(place).http;
      const json::Value names = request_scope(state_, definition_, one);
      auto request = render_request(http, scope(names));
      if (!request) {
        fail_task(place, "invalidRequest", request.error().message);
        return;
      }
      if (!http.credentials.empty()) {
        (*request)["credentials"] = http.credentials;
      }
      data["request"] = *std::move(request);
    } else {
      data["because"] = one.repeat_because;
    }
    emit(TransitionType::attempt_started, place, std::move(data));
  }

  Result<Done> end_attempt() {
    const int place = event_.place;
    if (place < 0 || static_cast<std::size_t>(place) >= state_.tasks.size() ||
        !state_.at(place).in_flight || state_.at(place).attempts != event_.attempt->number) {
      return Error{Fault::conflict, "this attempt is not under way any more"};
    }
    if (const auto* reply = std::get_if<http::OutboundReply>(&event_.attempt->outcome)) {
      take_reply(place, *reply);
    } else {
      take_failure(place, std::get<OutboundError>(event_.attempt->outcome), "failed");
    }
    settle();
    return Done{};
  }

  void take_reply(int place, const http::OutboundReply& reply) {
    json::Object output = output_of(reply);
    json::Object data{
        {"number", state_.at(place).attempts}, {"outcome", "replied"}, {"status", reply.status}};
    if (event_.attempt && !event_.attempt->note.empty()) {
      data["note"] = event_.attempt->note;
    }
    if (is_success(*task_at(place).http, reply.status)) {
      emit(TransitionType::attempt_ended, place, std::move(data));
      complete(place, {{"output", std::move(output)}});
      return;
    }
    data["response"] = kept_response(std::move(output));
    const std::string_view phrase = http::reason_phrase(reply.status);
    const std::string what = "the service answered " + std::to_string(reply.status) +
                             (phrase == "Status" ? "" : " " + std::string(phrase));
    const auto& retry = task_at(place).retry;
    if (retry && is_retryable(reply.status) && state_.at(place).attempts <= retry->max_attempts) {
      repeat_later(place, std::move(data), *retry, retry_after_ms(reply.headers, event_.now), what);
      return;
    }
    emit(TransitionType::attempt_ended, place, std::move(data));
    fail_task(place, "httpStatus", what);
  }

  void take_failure(int place, const OutboundError& error, const char* outcome) {
    const HttpTask& http = *task_at(place).http;
    const bool harmless = is_safe(http.method) || http.idempotent;
    const int attempts = state_.at(place).attempts;
    json::Object data{{"number", attempts},
                      {"outcome", outcome},
                      {"error", json::Object{{"code", name_of(error.kind)},
                                             {"message", error.message},
                                             {"hint", error.hint},
                                             {"mayHaveArrived", error.may_have_arrived}}},
                      {"timings", to_json(error.timings)}};
    if (is_retryable(error.kind)) {
      const auto& retry = task_at(place).retry;
      if (retry && attempts <= retry->max_attempts) {
        repeat_later(place, std::move(data), *retry, std::nullopt, error.message);
        return;
      }
      if (!retry && error.may_have_arrived && harmless &&
          attempts <= context_.limits.unknown_repeats) {
        repeat_later(place, std::move(data), {}, std::nullopt,
                     error.message + "; repeating it is harmless (" +
                         (is_safe(http.method) ? "the method is safe)" : "idempotent: true)"));
        return;
      }
    }
    emit(TransitionType::attempt_ended, place, std::move(data));
    const bool unknown = error.may_have_arrived && !harmless && is_retryable(error.kind);
    fail_task(place, unknown ? "outcomeUnknown" : std::string(name_of(error.kind)),
              unknown ? error.message +
                            "; whether the service acted on it is unknown, and it is "
                            "not repeated: retry allows no more, the method is not "
                            "safe, and the task is not marked idempotent"
                      : error.message);
  }

  void repeat_later(int place, json::Object data, const Retry& retry,
                    std::optional<std::int64_t> asked_ms, const std::string& because) {
    const int number = state_.at(place).attempts;
    double seconds = std::min(retry.interval_seconds * std::pow(retry.backoff_rate, number - 1),
                              retry.max_interval_seconds);
    if (retry.jitter > 0) {
      std::uint32_t bits = 0;
      context_.random.fill(std::as_writable_bytes(std::span(&bits, 1)));
      seconds *= 1 - retry.jitter * (static_cast<double>(bits) / 4294967296.0);
    }
    const auto delay_ms = std::max(static_cast<std::int64_t>(seconds * 1000), asked_ms.value_or(0));
    data["retryAt"] = event_.now + delay_ms;
    data["repeatBecause"] = because;
    emit(TransitionType::attempt_ended, place, std::move(data));
    if (delay_ms == 0 && state_.status == RunStatus::running) {
      start_attempt(place);
    }
  }

  void lose_attempts() {
    OutboundError error;
    error.kind = OutboundError::Kind::cancelled;
    error.message = "the server stopped while the attempt was under way";
    error.may_have_arrived = true;
    for (std::size_t i = 0; i < state_.tasks.size() && !is_final(state_.status); ++i) {
      if (state_.tasks[i].in_flight) {
        take_failure(static_cast<int>(i), error, "lost");
      }
    }
    settle();
  }

  // Time

  void pass_time() {
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

  void pass_time_of(int place) {
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

  void time_out() {
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

  template <typename Each>
  void each_open(Each&& each) {
    for (std::size_t i = 0; i < state_.tasks.size(); ++i) {
      if (!is_final(state_.tasks[i].status)) {
        each(static_cast<int>(i));
      }
    }
  }

  // Failing

  void abandon_attempt(int place) {
    if (state_.at(place).in_flight) {
      emit(TransitionType::attempt_ended, place,
           {{"number", state_.at(place).attempts}, {"outcome", "abandoned"}});
    }
  }

  void fail_task(int place, std::string_view cause, const std::string& reason) {
    emit(TransitionType::task_failed, place, {{"cause", cause}, {"reason", reason}});
    fail_run(std::string(cause), "task '" + task_at(place).name + "': " + reason, place);
  }

  // One failed branch takes everything with it: the Parallel tasks around it fail, the rest is
  // cancelled.
  void fail_run(const std::string& cause, const std::string& reason, int place,
                const json::Value& output = json::Object{}) {
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

  // Simple tasks

  Result<Done> check_open_simple() const {
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

  Result<Done> check_lease(const TaskRun& one, const std::string& lease) const {
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

  Result<Done> lease() {
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

  Result<Done> give_back() {
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

  Result<Done> end_simple() {
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

  // In every state of the run: a file may be needed after its end.
  Result<Done> change_attachments() {
    if (event_.place < 0 || static_cast<std::size_t>(event_.place) >= state_.tasks.size()) {
      return Error{Fault::not_found, "there is no such task in this workflow"};
    }
    emit(event_.type == Event::Type::attach ? TransitionType::attachment_added
                                            : TransitionType::attachment_removed,
         event_.place, event_.data);
    return Done{};
  }

  // Control

  Result<Done> change(RunStatus from, TransitionType type, const std::string& what) {
    if (state_.status != from) {
      return not_now(what);
    }
    emit(type, kNoPlace, event_.data);
    return Done{};
  }

  Result<Done> resume() {
    if (auto resumed = change(RunStatus::paused, TransitionType::workflow_resumed, "resumed");
        !resumed) {
      return resumed;
    }
    go_on();
    return Done{};
  }

  void go_on() {
    find_ready();
    settle();
    pass_time();
  }

  Result<Done> terminate() {
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
  Result<Done> retry() {
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

  void resume_with(TransitionType type, json::Object data, const std::vector<int>& places) {
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
  void begin_anew(const std::vector<int>& places) {
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
  bool is_left_behind(int place) const {
    const TaskRun& one = state_.at(place);
    const auto is_gone = [&](int other) {
      return other != kNoPlace && state_.at(other).superseded;
    };
    const auto repeats = [&](const TaskRun& later) {
      return later.task == one.task && later.after == one.after && later.parent == one.parent &&
             later.branch == one.branch;
    };
    return !is_gone(one.after) && !is_gone(one.parent) &&
           std::none_of(state_.tasks.begin() + place + 1, state_.tasks.end(), repeats);
  }

  // A branch that failed at once kept those behind it from beginning.
  void start_missing_branches() {
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

  bool has_begun(int parallel, int branch) const {
    return std::any_of(state_.tasks.begin(), state_.tasks.end(), [&](const TaskRun& one) {
      return one.parent == parallel && one.branch == branch;
    });
  }

  Result<Done> rerun() {
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

  const Definition& definition_;
  RunState& state_;
  const Event& event_;
  const Context& context_;
  std::deque<int> ready_;
  std::optional<std::uint64_t> seed_;
};

}  // namespace

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
