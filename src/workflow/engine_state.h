// What the engine keeps of a run in memory, and of a step on its way. Private to the engine's
// files.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "workflow/engine.h"

namespace tartan::workflow {

// How long after a failed commit the same is tried again.
inline constexpr std::int64_t kRetryCommitMs = 1000;

// How a run counts against its definition's maxConcurrentWorkflows.
enum class Share { none, scheduled, running };
Share share_of(RunStatus status);

// The trace of a run's outbound requests (W3C trace context), the same for all of them.
std::string trace_of(const EngineParts& parts, const std::string& run_id);

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
  Share took = Share::none;  // a retry or rerun: how the run was counted for it
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

}  // namespace tartan::workflow
