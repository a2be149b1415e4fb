// The engine after a step: what is written, and what follows once it is on disk.
#include <algorithm>
#include <array>

#include "workflow/engine_state.h"
#include "workflow/tasks/http_attempt.h"

namespace tartan::workflow {
namespace {

std::string hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += {digits[byte >> 4], digits[byte & 15]};
  }
  return text;
}

// W3C trace context: one trace for a run, a span of its own for each attempt.
std::string traceparent_of(const EngineParts& parts, const std::string& run_id) {
  std::array<char, 8> span{};
  parts.random.fill(std::as_writable_bytes(std::span(span)));
  return "00-" + trace_of(parts, run_id) + "-" + hex({span.data(), span.size()}) + "-01";
}

}  // namespace

std::string trace_of(const EngineParts& parts, const std::string& run_id) {
  return hex(crypto::view(parts.vault.hash("trace", run_id)));
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

void Engine::commit(const ActorPointer& actor, const std::shared_ptr<Step>& step) {
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
  }
  if (step.failure) {
    const std::string its_trace = trace_of(parts_, step.failure->run_id);
    for (RunObserver* observer : observers_) {
      observer->on_transitions({step.failure->state, *step.failure->definition, its_trace},
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
    } else if (job.took != Share::none) {
      give_place_back(job);
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

}  // namespace tartan::workflow
