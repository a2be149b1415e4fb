// Runs workflows: takes events, lets the core say what follows, commits that, and only then does
// what it asks for: sends attempts, arms timers, answers who waits.
//
// One run handles one event at a time; different runs go on side by side, and their commits are
// shared. A run that only waits is rows and nothing in memory.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/executor.h"
#include "base/timers.h"
#include "crypto/vault.h"
#include "http/client/client.h"
#include "workflow/core.h"
#include "workflow/credentials.h"
#include "workflow/definition_store.h"
#include "workflow/run_store.h"

namespace tartan::workflow {

struct EngineParts {
  store::Database& database;
  const crypto::Vault& vault;
  const Clock& clock;
  Random& random;
  script::ScriptEngine& scripts;
  http::Sender& sender;
  Executor& executor;
  Timers& timers;
};

// A run as it stands, for as long as the call lasts.
struct RunView {
  const RunState& state;
  const CompiledDefinition& definition;
  std::string_view trace_id;  // of its outbound requests; empty where nobody asks
};

// Told of every commit of a run, after it; on a thread of the executor, quick.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  virtual void on_transitions(const RunView& run, std::span<const Transition> transitions) = 0;
};

struct StartRequest {
  std::string definition_id;
  std::optional<std::int64_t> version;  // else the latest
  json::Object input;
  std::string started_by;
  std::string idempotency_key;  // the same key starts one run only
};

struct Started {
  std::string run_id;
  bool existed = false;    // an earlier start with the same key made it
  std::uint64_t wait = 0;  // names `ended` for Engine::cancel
};

// Something done to a run from outside.
struct Command {
  std::string run_id;
  Event event;          // without time
  std::string task_id;  // names the event's place; empty when it concerns no task
};

class Engine {
 public:
  using StartDone = UniqueFunction<void(Result<Started>)>;
  using CommandDone = UniqueFunction<void(Result<RunView>)>;
  using Ended = UniqueFunction<void(const RunView&)>;
  using EndWaitId = std::uint64_t;

  Engine(EngineParts parts, const CoreLimits& limits = {});
  ~Engine();

  // Takes up what an earlier process left: attempts under way then, waits, runs in the queue.
  std::optional<Error> recover();
  // From here on attempts that are cut off stay recorded as under way: the next start tells. Then
  // sender, timers and executor can be stopped.
  void stop();

  // `done` is called when the start is on disk, `ended` (if given) when the run has ended; both on
  // the executor. Errors: not_found, conflict (disabled; the key belongs to another start),
  // invalid.
  void start(StartRequest request, StartDone done, Ended ended = {});
  // Errors: not_found; what the core says.
  void command(Command command, CommandDone done);
  // Deletes a finished run and all that belongs to it. Errors: not_found, conflict while it runs.
  void remove(const std::string& run_id, UniqueFunction<void(Result<Done>)> done);

  // Calls `ended` when the run ends; not when it has ended before.
  EndWaitId on_end(const std::string& run_id, Ended ended);
  void cancel(const std::string& run_id, EndWaitId id);

  // A run's state, from its history.
  struct Loaded {
    RunState state;
    CompiledPointer definition;
    crypto::Key key{};
    std::string wrapped_key;
    std::vector<Transition> transitions;  // all of them, when asked for
  };
  enum class History { drop, keep };
  Result<Loaded> load(const std::string& run_id, History history);

  void observe(RunObserver& observer) { observers_.push_back(&observer); }
  DefinitionStore& definitions() { return definitions_; }
  Credentials& credentials() { return credentials_; }
  const EngineParts& parts() const { return parts_; }

  // Runs that are held in memory now, for metrics and tests.
  std::size_t active() const;

 private:
  struct Job;
  struct Actor;
  struct Step;
  using ActorPointer = std::shared_ptr<Actor>;

  std::string make_run_id();
  bool is_same_start(const Actor& actor, const std::string& existing);
  void post(const std::string& run_id, Job job);
  void step(const ActorPointer& actor);
  bool prepare(Actor& actor, std::deque<Job>& jobs);
  void handle(Actor& actor, Job& job, Step& step);
  Result<std::vector<Transition>> advance_safely(Actor& actor, const Event& event);
  void begin(Actor& actor, Job& job, Step& step);
  void remove_now(const ActorPointer& actor, Job job);
  void commit(const ActorPointer& actor, const std::shared_ptr<Step>& step);
  void after_commit(const ActorPointer& actor, Step& step);
  void answer(const RunView& run, Step& step);
  void after_failure(const ActorPointer& actor, Step& step, const Error& error);
  void forget_start(Actor& actor);
  void forget_handler(const ActorPointer& handler);
  void go_on(const ActorPointer& actor);
  RunWrite write_of(const Actor& actor, std::span<const Transition> transitions) const;
  void note_status(Actor& actor);
  void start_failure_workflow(Actor& actor, Step& step);
  void skip_failure_workflow(Actor& actor, Step& step, const std::string& reason);
  void release_next(const CompiledPointer& definition);
  void release_later(const CompiledPointer& definition, std::int64_t delay_ms);
  void send_attempts(const ActorPointer& actor, std::span<const Transition> transitions);
  void send(const Actor& actor, int place);
  void arm(UnixMs at);
  void wake_due();
  void finish_waking();
  bool take_place(const CompiledDefinition& definition);
  void take_place_again(const Actor& actor, Job& job);
  void give_place_back(Job& job);

  EngineParts parts_;
  const CoreLimits limits_;
  std::atomic<bool> stopping_ = false;
  DefinitionStore definitions_;
  Credentials credentials_;
  std::vector<RunObserver*> observers_;

  mutable std::mutex mutex_;
  std::unordered_map<std::string, ActorPointer> actors_;
  std::unordered_map<std::string, std::vector<std::pair<EndWaitId, Ended>>> waits_;
  EndWaitId last_wait_ = 0;
  UnixMs last_id_ms_ = 0;
  std::uint64_t ids_in_ms_ = 0;
  // Per definition: runs that are running or paused, and runs that wait for a place.
  struct Load {
    std::int64_t running = 0;
    std::int64_t scheduled = 0;
  };
  std::unordered_map<std::string, Load> load_;

  std::mutex wake_mutex_;
  std::optional<UnixMs> armed_;
  std::optional<Timers::Id> alarm_;
  std::size_t waking_ = 0;  // time events posted and not handled yet
  bool more_due_ = false;
};

}  // namespace tartan::workflow
