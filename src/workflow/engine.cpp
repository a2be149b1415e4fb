#include "workflow/engine.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "workflow/tasks/http_attempt.h"

namespace tartan::workflow {
namespace {

// Due runs that are taken up at once; the next ones when these are done.
constexpr std::size_t kWakeBatch = 256;
// How long after a failed commit the same is tried again.
constexpr std::int64_t kRetryCommitMs = 1000;
constexpr std::size_t kTimeDigits = 8;
constexpr std::size_t kCountDigits = 3;
constexpr std::size_t kRandomDigits = 11;

json::Object with_service_keys(json::Object input, const std::string& run_id,
                               const CompiledDefinition& definition, std::int64_t sequence) {
  input["swf:workflowId"] = run_id;
  input["swf:sequenceNumber"] = sequence;
  input["swf:workflowDefinitionId"] = definition.definition_id;
  input["swf:workflowDefinitionVersion"] = definition.version;
  return input;
}

std::string hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += {digits[byte >> 4], digits[byte & 15]};
  }
  return text;
}

std::string trace_of(const EngineParts& parts, const std::string& run_id) {
  return hex(crypto::view(parts.vault.hash("trace", run_id)));
}

// W3C trace context: one trace for a run, a span of its own for each attempt.
std::string traceparent_of(const EngineParts& parts, const std::string& run_id) {
  std::array<char, 8> span{};
  parts.random.fill(std::as_writable_bytes(std::span(span)));
  return "00-" + trace_of(parts, run_id) + "-" + hex({span.data(), span.size()}) + "-01";
}

bool ends_badly(std::span<const Transition> transitions) {
  return !transitions.empty() && (transitions.back().type == TransitionType::workflow_failed ||
                                  transitions.back().type == TransitionType::workflow_timed_out);
}

enum class Share { none, scheduled, running };
Share share_of(RunStatus status) {
  if (status == RunStatus::scheduled) {
    return Share::scheduled;
  }
  return is_final(status) ? Share::none : Share::running;
}

}  // namespace

struct Engine::Job {
  enum class Kind { event, start, remove } kind = Kind::event;
  Event event;
  std::string task_id;
  CommandDone done;
  // Of a start
  StartDone start_done;
  CompiledPointer definition;
  std::string start_key;
  EndWaitId wait = 0;
  // Of a removal
  UniqueFunction<void(Result<Done>)> remove_done;
  // An event of the engine's own must not be lost when its commit fails.
  bool is_own = false;
  bool counts_as_waking = false;
  bool holds_place = false;  // a release: its place is counted already
};

// A run in memory. While `busy`, one thread at a time works on everything but the inbox.
struct Engine::Actor {
  std::string run_id;
  std::deque<Job> inbox;
  bool busy = false;
  bool loaded = false;
  CompiledPointer definition;
  RunState state;
  crypto::Key key{};
  std::string wrapped_key;
  std::string start_key;
  bool is_new = false;
  Share share = Share::none;  // how it is counted in `load_`
};

// What one pass over a run's inbox came to.
struct Engine::Step {
  std::vector<Transition> transitions;
  std::int64_t number = 0;  // of the first
  std::vector<Job> jobs;    // whose events are among the transitions
  // A failure workflow that starts in the same commit.
  ActorPointer failure;
  std::vector<Transition> failure_transitions;
  // An earlier run that has the start's key.
  std::optional<std::string> existing;
};

Engine::Engine(EngineParts parts, const CoreLimits& limits)
    : parts_(parts),
      limits_(limits),
      definitions_(parts.database, parts.clock, parts.random, parts.scripts),
      credentials_(parts.database, parts.vault, parts.clock, parts.random, parts.sender) {}

Engine::~Engine() = default;

std::size_t Engine::active() const {
  const std::lock_guard lock(mutex_);
  return actors_.size();
}

// Coming in

void Engine::start(StartRequest request, StartDone done, Ended ended) {
  for (const auto& member : request.input) {
    if (std::string_view(member.key()).starts_with("swf:")) {
      done(Error{Fault::invalid, "input: names that begin with 'swf:' are reserved, such as '" +
                                     std::string(member.key()) + "'"});
      return;
    }
  }
  auto ready = definitions_.prepare_start(request.definition_id, request.version);
  if (!ready) {
    done(std::move(ready).error());
    return;
  }
  std::string run_id = make_run_id();
  Job job;
  job.kind = Job::Kind::start;
  job.definition = ready->definition;
  job.start_done = std::move(done);
  job.event.type = Event::Type::start;
  job.event.data = {{"workflowDefinitionId", ready->definition->definition_id},
                    {"workflowDefinitionVersion", ready->definition->version},
                    {"sequenceNumber", ready->sequence_number},
                    {"startedBy", request.started_by},
                    {"input", with_service_keys(std::move(request.input), run_id,
                                                *ready->definition, ready->sequence_number)}};
  if (!request.idempotency_key.empty()) {
    job.start_key = crypto::view(parts_.vault.hash(
        "start-key",
        request.started_by + "\n" + request.definition_id + "\n" + request.idempotency_key));
  }
  if (ended) {
    job.wait = on_end(run_id, std::move(ended));
  }
  post(run_id, std::move(job));
}

// Ids in the order of starts, also within one millisecond and when the clock is set back.
std::string Engine::make_run_id() {
  const UnixMs now = parts_.clock.now();
  std::uint64_t count = 0;
  UnixMs time = 0;
  {
    const std::lock_guard lock(mutex_);
    ids_in_ms_ = now > last_id_ms_ ? 0 : ids_in_ms_ + 1;
    last_id_ms_ = std::max(last_id_ms_, now);
    count = ids_in_ms_;
    time = last_id_ms_;
  }
  return ordered_base62(static_cast<std::uint64_t>(time), kTimeDigits) +
         ordered_base62(count, kCountDigits) + random_base62(parts_.random, kRandomDigits);
}

void Engine::command(Command command, CommandDone done) {
  Job job;
  job.event = std::move(command.event);
  job.task_id = std::move(command.task_id);
  job.done = std::move(done);
  post(command.run_id, std::move(job));
}

void Engine::remove(std::string run_id, UniqueFunction<void(Result<Done>)> done) {
  Job job;
  job.kind = Job::Kind::remove;
  job.remove_done = std::move(done);
  post(run_id, std::move(job));
}

Engine::EndWaitId Engine::on_end(const std::string& run_id, Ended ended) {
  const std::lock_guard lock(mutex_);
  waits_[run_id].emplace_back(++last_wait_, std::move(ended));
  return last_wait_;
}

void Engine::cancel(const std::string& run_id, EndWaitId id) {
  const std::lock_guard lock(mutex_);
  const auto found = waits_.find(run_id);
  if (found == waits_.end()) {
    return;
  }
  std::erase_if(found->second, [&](const auto& wait) { return wait.first == id; });
  if (found->second.empty()) {
    waits_.erase(found);
  }
}

void Engine::post(const std::string& run_id, Job job) {
  ActorPointer actor;
  {
    const std::lock_guard lock(mutex_);
    ActorPointer& held = actors_[run_id];
    if (!held) {
      held = std::make_shared<Actor>();
      held->run_id = run_id;
    }
    actor = held;
    actor->inbox.push_back(std::move(job));
    if (actor->busy) {
      return;
    }
    actor->busy = true;
  }
  parts_.executor.run([this, actor] { step(actor); });
}

Result<Engine::Loaded> Engine::load(const std::string& run_id, History history) {
  Loaded loaded;
  Result<Done> result = Error{Fault::not_found, "there is no workflow '" + run_id + "'"};
  std::optional<RunRow> row;
  std::vector<EventBatch> batches;
  auto error = parts_.database.read([&](store::Transaction& tx) {
    row = find_run(tx, run_id);
    if (!row) {
      return;
    }
    auto key = open_run_key(parts_.vault, run_id, row->wrapped_key);
    if (!key) {
      result = std::move(key).error();
      return;
    }
    loaded.key = *key;
    auto read = read_history(tx, *key, run_id);
    if (!read) {
      result = std::move(read).error();
      return;
    }
    batches = *std::move(read);
    result = Done{};
  });
  if (error) {
    return *std::move(error);
  }
  if (!result) {
    return std::move(result).error();
  }
  auto definition = definitions_.compiled(row->definition_id, row->definition_version);
  if (!definition) {
    return std::move(definition).error();
  }
  loaded.definition = *std::move(definition);
  loaded.wrapped_key = std::move(row->wrapped_key);
  loaded.state.id = run_id;
  for (EventBatch& batch : batches) {
    loaded.state.history_bytes += batch.bytes;
    for (Transition& transition : batch.transitions) {
      apply(loaded.state, loaded.definition->definition, transition);
      if (history == History::keep) {
        loaded.transitions.push_back(std::move(transition));
      }
    }
  }
  return loaded;
}

// One pass

void Engine::step(const ActorPointer& actor) {
  std::deque<Job> jobs;
  {
    const std::lock_guard lock(mutex_);
    jobs.swap(actor->inbox);
  }
  if (!prepare(*actor, jobs)) {
    go_on(actor);
    return;
  }
  auto step = std::make_shared<Step>();
  step->number = actor->state.transitions;
  // A step starts one failure workflow at most: after one, the rest waits for the next step.
  while (!jobs.empty() && !step->failure) {
    if (jobs.front().kind == Job::Kind::remove) {
      break;
    }
    handle(*actor, jobs.front(), *step);
    jobs.pop_front();
    if (!actor->loaded) {
      // The state is void: nothing of this pass may be written.
      after_failure(actor, *step, {Fault::internal, "a step of the workflow failed"});
      for (Job& job : jobs) {
        post(actor->run_id, std::move(job));
      }
      go_on(actor);
      return;
    }
  }
  if (!step->transitions.empty()) {
    // What is left waits for this commit.
    const std::lock_guard lock(mutex_);
    for (; !jobs.empty(); jobs.pop_back()) {
      actor->inbox.push_front(std::move(jobs.back()));
    }
  }
  if (!step->transitions.empty()) {
    commit(actor, std::move(step));
    return;
  }
  const std::string trace = trace_of(parts_, actor->run_id);
  answer({actor->state, *actor->definition, trace}, *step);
  if (!jobs.empty()) {
    Job removal = std::move(jobs.front());
    jobs.pop_front();
    {
      const std::lock_guard lock(mutex_);
      for (; !jobs.empty(); jobs.pop_back()) {
        actor->inbox.push_front(std::move(jobs.back()));
      }
    }
    remove_now(actor, std::move(removal));
  } else {
    go_on(actor);
  }
}

// Sees to it that the actor has its state. False when the jobs are answered already.
bool Engine::prepare(Actor& actor, std::deque<Job>& jobs) {
  if (actor.loaded || (!jobs.empty() && jobs.front().kind == Job::Kind::start)) {
    return true;
  }
  auto loaded = load(actor.run_id, History::drop);
  if (loaded) {
    actor.state = std::move(loaded->state);
    actor.definition = std::move(loaded->definition);
    actor.key = loaded->key;
    actor.wrapped_key = std::move(loaded->wrapped_key);
    actor.share = share_of(actor.state.status);
    actor.loaded = true;
    return true;
  }
  Step failed;
  for (Job& job : jobs) {
    if (job.kind == Job::Kind::remove) {
      job.remove_done(loaded.error());
    } else {
      failed.jobs.push_back(std::move(job));
    }
  }
  auto self = std::make_shared<Actor>();
  self->run_id = actor.run_id;
  after_failure(self, failed, loaded.error());
  return false;
}

void Engine::handle(Actor& actor, Job& job, Step& step) {
  if (job.kind == Job::Kind::start) {
    begin(actor, job, step);
  }
  job.event.now = parts_.clock.now();
  if (!job.task_id.empty()) {
    job.event.place = actor.state.find_task(job.task_id);
  }
  auto advanced = advance_safely(actor, job.event);
  if (!advanced) {
    Step failed;
    failed.jobs.push_back(std::move(job));
    auto self = std::make_shared<Actor>();
    self->run_id = actor.run_id;
    self->definition = actor.definition;
    // The engine's own events may come too late; there is nothing to repeat.
    failed.jobs.back().is_own = false;
    after_failure(self, failed, advanced.error());
    return;
  }
  if (job.holds_place) {
    actor.share = Share::running;  // counted by whoever released it
  }
  // A retry that fails again at once was Failed before, too: only the transitions tell.
  const bool bad_end = ends_badly(*advanced);
  std::move(advanced->begin(), advanced->end(), std::back_inserter(step.transitions));
  step.jobs.push_back(std::move(job));
  if (bad_end) {
    start_failure_workflow(actor, step);
  }
}

// A library that throws where it was not expected to must not take the other runs with it.
Result<std::vector<Transition>> Engine::advance_safely(Actor& actor, const Event& event) {
  try {
    return advance(actor.definition->definition, actor.state, event,
                   {parts_.scripts, parts_.random, limits_});
  } catch (const std::exception& problem) {
    actor.loaded = false;
    return Error{Fault::internal, std::string("the step failed: ") + problem.what()};
  }
}

void Engine::begin(Actor& actor, Job& job, Step& step) {
  actor.is_new = true;
  actor.loaded = true;
  actor.definition = job.definition;
  actor.state.id = actor.run_id;
  actor.start_key = job.start_key;
  RunKey key = make_run_key(parts_.vault, parts_.random, actor.run_id);
  actor.key = key.key;
  actor.wrapped_key = std::move(key.wrapped);
  step.number = 0;
  const bool runs = take_place(*job.definition);
  actor.share = runs ? Share::running : Share::scheduled;
  if (!runs) {
    job.event.data["held"] = true;
  }
}

// Counts a new run. False when it has to wait for a place.
bool Engine::take_place(const CompiledDefinition& definition) {
  const std::lock_guard lock(mutex_);
  Load& load = load_[definition.definition_id];
  const std::int64_t most = definition.definition.max_concurrent;
  if (most > 0 && (load.running >= most || load.scheduled > 0)) {
    ++load.scheduled;
    return false;
  }
  ++load.running;
  return true;
}

void Engine::start_failure_workflow(Actor& actor, Step& step) {
  const Definition& definition = actor.definition->definition;
  const RunState& state = actor.state;
  if (definition.failure_workflow.empty() || state.handles_failure) {
    return;
  }
  const auto version = definition.failure_workflow_version;
  auto ready = definitions_.prepare_start(definition.failure_workflow,
                                          version > 0 ? std::optional(version) : std::nullopt);
  if (!ready) {
    return;  // its definition is gone or disabled; the run's own end must not hang on it
  }
  const UnixMs now = parts_.clock.now();
  auto handler = std::make_shared<Actor>();
  handler->run_id = make_run_id();
  json::Object input = state.input.is_object() ? state.input.get_object() : json::Object{};
  const int place = state.find_task(state.failed_task_id);
  input["swf:failureWorkflow"] = definition.failure_workflow;
  input["swf:workflowStatus"] = name_of(state.status);
  input["swf:taskId"] = nullptr;
  input["swf:taskStatus"] = nullptr;
  if (place != kNoPlace) {
    input["swf:taskId"] = state.failed_task_id;
    input["swf:taskStatus"] = name_of(state.at(place).status);
  }
  input["swf:cause"] = state.failed_reason;
  // The workflow, definition and version that failed: these three names keep their meaning of the
  // run that is spoken of.
  input["swf:workflowId"] = state.id;
  input["swf:workflowDefinitionId"] = state.definition_id;
  input["swf:workflowDefinitionVersion"] = state.definition_version;
  input["swf:sequenceNumber"] = ready->sequence_number;
  Job job;
  job.kind = Job::Kind::start;
  job.definition = ready->definition;
  job.event.type = Event::Type::start;
  job.event.now = now;
  job.event.data = {{"workflowDefinitionId", ready->definition->definition_id},
                    {"workflowDefinitionVersion", ready->definition->version},
                    {"sequenceNumber", ready->sequence_number},
                    {"startedBy", state.started_by},
                    {"failureOf", state.id},
                    {"input", std::move(input)}};
  Step begun;
  begin(*handler, job, begun);
  auto advanced = advance(handler->definition->definition, handler->state, job.event,
                          {parts_.scripts, parts_.random, limits_});
  if (!advanced) {
    return;
  }
  handler->busy = true;
  {
    const std::lock_guard lock(mutex_);
    actors_[handler->run_id] = handler;
  }
  step.failure = std::move(handler);
  step.failure_transitions = *std::move(advanced);
}

// Committing

RunWrite Engine::write_of(const Actor& actor, std::span<const Transition> transitions) const {
  const RunState& state = actor.state;
  RunWrite write;
  write.run_id = actor.run_id;
  write.number = state.transitions - static_cast<std::int64_t>(transitions.size());
  write.sealed = seal_events(actor.key, parts_.random, actor.run_id, write.number, transitions);
  write.status = state.status;
  write.started_at = state.started_at;
  write.ended_at = state.ended_at;
  write.wake_at = state.next_wake();
  write.in_flight = !is_final(state.status) && state.has_attempt_in_flight();
  write.is_new = actor.is_new;
  if (actor.is_new) {
    write.definition_id = state.definition_id;
    write.definition_version = state.definition_version;
    write.sequence_number = state.sequence_number;
    write.created_at = state.created_at;
    write.wrapped_key = actor.wrapped_key;
    write.start_key = actor.start_key;
  }
  for (const Transition& transition : transitions) {
    if (transition.place == kNoPlace) {
      continue;
    }
    const TaskRun& task = state.at(transition.place);
    const Task& defined = actor.definition->definition.task(task.task);
    if (defined.type != TaskType::simple) {
      continue;
    }
    if (is_final(task.status)) {
      write.closed.push_back(transition.place);
    } else {
      write.opened.push_back({actor.run_id, transition.place, task.id, state.definition_id,
                              defined.name, task.created_at, task.leased_until, task.worker_id});
    }
  }
  return write;
}

void Engine::commit(const ActorPointer& actor, std::shared_ptr<Step> step) {
  auto write = std::make_shared<RunWrite>(write_of(*actor, step->transitions));
  actor->state.history_bytes += write->sealed.size();
  std::shared_ptr<RunWrite> failure;
  if (step->failure) {
    failure = std::make_shared<RunWrite>(write_of(*step->failure, step->failure_transitions));
    step->failure->state.history_bytes += failure->sealed.size();
  }
  parts_.database.write_async(
      [step, write, failure](store::Transaction& tx) {
        step->existing.reset();
        if (!write->start_key.empty()) {
          step->existing = find_run_by_start_key(tx, write->start_key);
          if (step->existing) {
            return store::Outcome::undo;
          }
        }
        write_run(tx, *write);
        if (failure) {
          write_run(tx, *failure);
        }
        return store::Outcome::keep;
      },
      [this, actor, step](const std::optional<Error>& error) {
        parts_.executor.run([this, actor, step, error] {
          if (error) {
            after_failure(actor, *step, *error);
            go_on(actor);
          } else {
            after_commit(actor, *step);
          }
        });
      });
}

void Engine::after_commit(const ActorPointer& actor, Step& step) {
  if (step.existing) {
    forget_start(*actor);
    actor->loaded = false;
    if (step.failure) {
      forget_handler(step.failure);
    }
    const bool same = is_same_start(*actor, *step.existing);
    for (Job& job : step.jobs) {
      if (job.start_done && same) {
        job.start_done(Started{*step.existing, true, 0});
      } else if (job.start_done) {
        job.start_done(Error{Fault::conflict, "this Idempotency-Key has started the workflow " +
                                                  *step.existing + " with another input"});
      }
    }
    go_on(actor);
    return;
  }
  actor->is_new = false;
  send_attempts(actor, step.transitions);
  if (step.failure) {
    step.failure->is_new = false;
    send_attempts(step.failure, step.failure_transitions);
  }
  const std::string trace = trace_of(parts_, actor->run_id);
  const RunView view{actor->state, *actor->definition, trace};
  answer(view, step);
  for (RunObserver* observer : observers_) {
    observer->on_transitions(view, step.transitions);
    if (step.failure) {
      observer->on_transitions({step.failure->state, *step.failure->definition, {}},
                               step.failure_transitions);
    }
  }
  note_status(*actor);
  if (const auto wake = actor->state.next_wake()) {
    arm(*wake);
  }
  if (step.failure) {
    note_status(*step.failure);
    if (const auto wake = step.failure->state.next_wake()) {
      arm(*wake);
    }
    go_on(step.failure);
  }
  go_on(actor);
}

// Tells who asked for the step, also when nothing came of it: what was due may have been done by
// another event meanwhile.
void Engine::answer(const RunView& run, Step& step) {
  for (Job& job : step.jobs) {
    if (job.start_done) {
      job.start_done(Started{run.state.id, false, job.wait});
    } else if (job.done) {
      job.done(run);
    }
    if (job.counts_as_waking) {
      finish_waking();
    }
  }
}

// Whether the run that has the start's key began with the same input.
bool Engine::is_same_start(const Actor& actor, const std::string& existing) {
  const auto first = load(existing, History::drop);
  if (!first) {
    return true;  // deleted meanwhile: nothing to compare with
  }
  const auto own_input = [](const json::Value& input) {
    json::Object own;
    for (const auto& member : input.as_object()) {
      if (!std::string_view(member.key()).starts_with("swf:")) {
        own[member.key()] = member.value();
      }
    }
    return own;
  };
  return own_input(first->state.input) == own_input(actor.state.input);
}

// Nothing of the step is on disk: the state in memory is void.
void Engine::after_failure(const ActorPointer& actor, Step& step, const Error& error) {
  actor->loaded = false;
  bool retry = false;
  for (Job& job : step.jobs) {
    if (job.holds_place) {
      const std::lock_guard lock(mutex_);
      Load& load = load_[job.definition->definition_id];
      --load.running;
      ++load.scheduled;
    }
    if (job.start_done) {
      forget_start(*actor);
      job.start_done(error);
    } else if (job.done) {
      job.done(error);
    }
    if (job.counts_as_waking) {
      finish_waking();
      retry = retry || error.fault != Fault::not_found;
    } else if (job.is_own && error.fault != Fault::not_found) {
      const UnixMs again = parts_.clock.now() + kRetryCommitMs;
      auto held = std::make_shared<Job>(std::move(job));
      parts_.timers.at(again, [this, id = actor->run_id, held] { post(id, std::move(*held)); });
    }
  }
  if (step.failure) {
    forget_handler(step.failure);
  }
  if (retry) {
    arm(parts_.clock.now() + kRetryCommitMs);
  }
}

// A run that was to begin never was. Its place is for others; one that was scheduled behind it must
// not wait for a run's end that never comes.
void Engine::forget_start(Actor& actor) {
  {
    const std::lock_guard lock(mutex_);
    waits_.erase(actor.run_id);
    if (actor.share == Share::none) {
      return;
    }
    Load& load = load_[actor.definition->definition_id];
    --(actor.share == Share::running ? load.running : load.scheduled);
    actor.share = Share::none;
  }
  release_next(actor.definition);
}

// The same of a failure workflow; nobody has heard of it yet.
void Engine::forget_handler(const ActorPointer& handler) {
  forget_start(*handler);
  const std::lock_guard lock(mutex_);
  actors_.erase(handler->run_id);
}

// Goes on with what came in meanwhile, or lets the run rest.
void Engine::go_on(const ActorPointer& actor) {
  {
    const std::lock_guard lock(mutex_);
    if (actor->inbox.empty()) {
      actor->busy = false;
      const bool active =
          actor->loaded && !is_final(actor->state.status) && actor->state.has_attempt_in_flight();
      if (!active) {
        actors_.erase(actor->run_id);
      }
      return;
    }
  }
  parts_.executor.run([this, actor] { step(actor); });
}

void Engine::remove_now(const ActorPointer& actor, Job job) {
  if (!is_final(actor->state.status)) {
    job.remove_done(Error{
        Fault::conflict,
        "the workflow is " + std::string(name_of(actor->state.status)) + "; terminate it first"});
    go_on(actor);
    return;
  }
  auto held = std::make_shared<Job>(std::move(job));
  parts_.database.write_async(
      [id = actor->run_id](store::Transaction& tx) {
        delete_run(tx, id);
        return store::Outcome::keep;
      },
      [this, actor, held](const std::optional<Error>& error) {
        parts_.executor.run([this, actor, held, error] {
          actor->loaded = false;
          held->remove_done(error ? Result<Done>(*error) : Result<Done>(Done{}));
          go_on(actor);
        });
      });
}

// Counts a change of status, and tells who waits for the run's end.
void Engine::note_status(Actor& actor) {
  const Share share = share_of(actor.state.status);
  std::vector<std::pair<EndWaitId, Ended>> ended;
  bool freed = false;
  {
    const std::lock_guard lock(mutex_);
    Load& load = load_[actor.state.definition_id];
    if (share != actor.share) {
      load.running += (share == Share::running ? 1 : 0) - (actor.share == Share::running ? 1 : 0);
      load.scheduled +=
          (share == Share::scheduled ? 1 : 0) - (actor.share == Share::scheduled ? 1 : 0);
      actor.share = share;
    }
    // Also when it has just been scheduled: a place that came free before this commit found nobody
    // on disk to give it to.
    freed = share != Share::running && load.scheduled > 0;
    if (is_final(actor.state.status)) {
      const auto found = waits_.find(actor.run_id);
      if (found != waits_.end()) {
        ended = std::move(found->second);
        waits_.erase(found);
      }
    }
  }
  for (auto& wait : ended) {
    wait.second({actor.state, *actor.definition, {}});
  }
  if (freed) {
    release_next(actor.definition);
  }
}

// Lets the oldest scheduled runs of a definition begin, as many as have a place.
void Engine::release_next(const CompiledPointer& definition) {
  const std::string& id = definition->definition_id;
  {
    const std::lock_guard lock(mutex_);
    Load& load = load_[id];
    const std::int64_t most = definition->definition.max_concurrent;
    if (load.scheduled <= 0 || (most > 0 && load.running >= most)) {
      return;
    }
    ++load.running;
    --load.scheduled;
  }
  std::optional<std::string> oldest;
  const auto error =
      parts_.database.read([&](store::Transaction& tx) { oldest = oldest_scheduled(tx, id); });
  if (error || !oldest) {
    {
      const std::lock_guard lock(mutex_);
      Load& load = load_[id];
      --load.running;
      ++load.scheduled;
    }
    if (error) {
      release_later(definition, kRetryCommitMs);
    }
    return;
  }
  Job job;
  job.event.type = Event::Type::release;
  job.definition = definition;
  job.holds_place = true;
  job.done = [this, definition](Result<RunView> released) {
    if (released) {
      release_next(definition);  // there may be places for more
      return;
    }
    // Someone else was faster, or it went away: the place is for the next. A disk that fails gets
    // time.
    const Fault fault = released.error().fault;
    const bool at_once = fault == Fault::conflict || fault == Fault::not_found;
    release_later(definition, at_once ? 0 : kRetryCommitMs);
  };
  post(*oldest, std::move(job));
}

void Engine::release_later(const CompiledPointer& definition, std::int64_t delay_ms) {
  parts_.timers.at(parts_.clock.now() + delay_ms, [this, definition] {
    parts_.executor.run([this, definition] { release_next(definition); });
  });
}

// Attempts

void Engine::send_attempts(const ActorPointer& actor, std::span<const Transition> transitions) {
  for (const Transition& transition : transitions) {
    if (transition.type != TransitionType::attempt_started) {
      continue;
    }
    const TaskRun& task = actor->state.at(transition.place);
    if (task.in_flight) {
      send(*actor, transition.place);
    }
  }
}

void Engine::send(const Actor& actor, int place) {
  const TaskRun& task = actor.state.at(place);
  const Task& defined = actor.definition->definition.task(task.task);
  AttemptRequest attempt;
  attempt.request = task.request.as_object();
  attempt.task = std::shared_ptr<const HttpTask>(actor.definition, &*defined.http);
  attempt.idempotency_key = task.id;
  attempt.traceparent = traceparent_of(parts_, actor.run_id);
  workflow::send_attempt(
      credentials_, parts_.sender, std::move(attempt),
      [this, run_id = actor.run_id, place, number = task.attempts](AttemptOutcome outcome) {
        // Cut off by the shutdown: what came of it is told at the next start.
        const auto* error = std::get_if<http::OutboundError>(&outcome.result);
        if (stopping_ && error != nullptr) {
          return;
        }
        Job job;
        job.is_own = true;
        job.event.type = Event::Type::attempt_ended;
        job.event.place = place;
        job.event.attempt = Event::Attempt{number, std::move(outcome.result), outcome.note};
        post(run_id, std::move(job));
      });
}

// Time

void Engine::arm(UnixMs at) {
  const std::lock_guard lock(wake_mutex_);
  if (stopping_ || (armed_ && *armed_ <= at)) {
    return;
  }
  if (alarm_) {
    parts_.timers.cancel(*alarm_);
  }
  armed_ = at;
  alarm_ = parts_.timers.at(at, [this] { parts_.executor.run([this] { wake_due(); }); });
}

void Engine::wake_due() {
  {
    const std::lock_guard lock(wake_mutex_);
    armed_.reset();
    if (waking_ > 0) {
      more_due_ = true;
      return;
    }
    // Counts for itself while it looks: of two that looked at once, each would count the other's
    // runs, and the count would never come to nothing again.
    waking_ = 1;
    more_due_ = false;
  }
  const UnixMs now = parts_.clock.now();
  std::vector<std::string> due;
  std::optional<UnixMs> next;
  const auto error = parts_.database.read([&](store::Transaction& tx) {
    due = runs_due(tx, now, kWakeBatch);
    next = next_wake(tx, now);
  });
  if (error) {
    arm(now + kRetryCommitMs);
    finish_waking();
    return;
  }
  {
    const std::lock_guard lock(wake_mutex_);
    waking_ += due.size();
    more_due_ = more_due_ || due.size() == kWakeBatch;
  }
  for (const std::string& run_id : due) {
    Job job;
    job.event.type = Event::Type::time;
    job.counts_as_waking = true;
    post(run_id, std::move(job));
  }
  if (next) {
    arm(*next);
  }
  finish_waking();
}

void Engine::finish_waking() {
  const std::lock_guard lock(wake_mutex_);
  if (--waking_ == 0 && more_due_) {
    parts_.executor.run([this] { wake_due(); });
  }
}

std::optional<Error> Engine::recover() {
  std::vector<std::string> in_flight;
  std::vector<ActiveCount> counts;
  auto error = parts_.database.read([&](store::Transaction& tx) {
    in_flight = runs_in_flight(tx);
    counts = count_active(tx);
  });
  if (error) {
    return error;
  }
  std::vector<CompiledPointer> waiting;
  for (const ActiveCount& count : counts) {
    Load& load = load_[count.definition_id];
    (count.status == RunStatus::scheduled ? load.scheduled : load.running) += count.count;
    if (count.status == RunStatus::scheduled) {
      auto info = definitions_.info(count.definition_id);
      auto compiled = definitions_.compiled(count.definition_id, info ? info->version : 1);
      if (compiled) {
        waiting.push_back(*std::move(compiled));
      }
    }
  }
  for (const std::string& run_id : in_flight) {
    Job job;
    job.event.type = Event::Type::node_lost;
    job.is_own = true;
    post(run_id, std::move(job));
  }
  for (const CompiledPointer& definition : waiting) {
    release_next(definition);
  }
  arm(parts_.clock.now());
  return std::nullopt;
}

void Engine::stop() {
  stopping_ = true;
  const std::lock_guard lock(wake_mutex_);
  if (alarm_) {
    parts_.timers.cancel(*alarm_);
  }
}

}  // namespace tartan::workflow
