// The engine over many runs: places among maxConcurrentWorkflows, what is due, what an earlier
// process left.
#include <algorithm>

#include "workflow/engine_state.h"

namespace tartan::workflow {
namespace {

// Due runs that are taken up at once; the next ones when these are done.
constexpr std::size_t kWakeBatch = 256;
}  // namespace

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
