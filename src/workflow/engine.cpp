#include "workflow/engine.h"

#include <algorithm>

#include "workflow/engine_state.h"

namespace tartan::workflow {
namespace {

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

bool ends_badly(std::span<const Transition> transitions) {
  return !transitions.empty() && (transitions.back().type == TransitionType::workflow_failed ||
                                  transitions.back().type == TransitionType::workflow_timed_out);
}

}  // namespace

Share share_of(RunStatus status) {
  if (status == RunStatus::scheduled) {
    return Share::scheduled;
  }
  return is_final(status) ? Share::none : Share::running;
}

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

void Engine::remove(const std::string& run_id, UniqueFunction<void(Result<Done>)> done) {
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
    commit(actor, step);
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
  take_place_again(actor, job);
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
  } else if (job.took != Share::none) {
    actor.share = job.took;
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

// A run that has ended and goes on needs a place like a new one.
void Engine::take_place_again(const Actor& actor, Job& job) {
  const bool goes_on = job.event.type == Event::Type::retry || job.event.type == Event::Type::rerun;
  if (!goes_on || !is_final(actor.state.status)) {
    return;
  }
  // One that ended in this very step is counted still.
  Share share = actor.share;
  if (share == Share::none) {
    share = take_place(*actor.definition) ? Share::running : Share::scheduled;
    job.took = share;
    job.definition = actor.definition;
  }
  if (share == Share::scheduled) {
    job.event.data["held"] = true;
  }
}

// Of a retry or rerun that came to nothing.
void Engine::give_place_back(Job& job) {
  {
    const std::lock_guard lock(mutex_);
    Load& load = load_[job.definition->definition_id];
    --(job.took == Share::running ? load.running : load.scheduled);
  }
  job.took = Share::none;
  release_next(job.definition);
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
    // Its definition is gone or disabled; the run's own end must not hang on it.
    skip_failure_workflow(actor, step, ready.error().message);
    return;
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
  auto advanced = advance_safely(*handler, job.event);
  if (!advanced) {
    forget_start(*handler);
    skip_failure_workflow(actor, step, advanced.error().message);
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

// Whoever looks at the run must see that nobody looks after its failure.
void Engine::skip_failure_workflow(Actor& actor, Step& step, const std::string& reason) {
  const Definition& definition = actor.definition->definition;
  Event event;
  event.type = Event::Type::no_handler;
  event.now = parts_.clock.now();
  event.data = {{"workflowDefinitionId", definition.failure_workflow}, {"reason", reason}};
  if (definition.failure_workflow_version > 0) {
    event.data["workflowDefinitionVersion"] = definition.failure_workflow_version;
  }
  if (auto advanced = advance_safely(actor, event)) {
    std::move(advanced->begin(), advanced->end(), std::back_inserter(step.transitions));
  }
}

}  // namespace tartan::workflow
