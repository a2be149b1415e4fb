// The rules of a run, without I/O and without a clock of their own: what happens next, given what
// has happened. An event comes in, the transitions that follow from it come out; a run goes as far
// as it can in one step (a task ends, decisions are taken, the next attempt is recorded).
//
// Whoever calls stores the transitions in one transaction and only then does what they ask for
// (sends the attempts, arms the timers). docs/decisions/008 says how each gap of the public format
// is filled.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "base/random.h"
#include "http/client/client.h"
#include "workflow/run.h"

namespace tartan::workflow {

struct CoreLimits {
  std::int64_t steps = 10'000;  // visits of tasks in one run: ends circles that no condition ends
  std::size_t history_bytes = 64UL * 1024 * 1024;  // of one run: it is read whole
  // An attempt whose outcome is unknown is repeated this often when the task names no retry and
  // repeating is harmless.
  int unknown_repeats = 5;
};

struct Context {
  script::ScriptEngine& scripts;
  Random& random;
  const CoreLimits& limits;
};

struct Event {
  enum class Type {
    start,          // data as of workflow_started, without status; "held": true waits for a place
    release,        // a scheduled run gets its place, and begins or goes on
    time,           // look at what is due
    attempt_ended,  // place, attempt
    node_lost,      // whoever had attempts under way died: their outcome is unknown
    lease,          // place; data: workerId, until, lease
    heartbeat,      // place; data: lease, until
    complete,       // place; data: output, lease?, by
    give_back,      // place; data: lease: the worker that has it never heard of it
    fail,           // place; data: reason, lease?, by
    pause,          // data: by
    resume,         // data: by
    terminate,      // data: reason, by
    retry,          // data: by; "held": true waits for a place first
    rerun,          // place; data: by; "held" likewise
    attach,         // place; data: attachment
    detach,         // place; data: attachmentId
    no_handler,     // the failure workflow can't be started; data as of failure_workflow_skipped
  };
  struct Attempt {
    int number = 0;
    // Secrets are masked already.
    std::variant<http::OutboundReply, http::OutboundError> outcome;
    std::string note;  // recorded with the attempt
  };

  Type type = Type::time;
  UnixMs now = 0;
  int place = kNoPlace;
  json::Object data;
  std::optional<Attempt> attempt;
};

// Adds to `state` what follows from `event`, and answers it. Errors leave `state` as it was:
// conflict when the run or task is not in a state for it (the message says in which it is),
// invalid.
Result<std::vector<Transition>> advance(const Definition& definition, RunState& state,
                                        const Event& event, const Context& context);

// What placeholders of an Http request see: the task's input, and the "swf:" values.
json::Value request_scope(const RunState& state, const Definition& definition, const TaskRun& task);

}  // namespace tartan::workflow
