// Runs on disk: one row that says what a list needs to know, and the sealed history that makes the
// state. Every function works inside the caller's transaction.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/vault.h"
#include "store/database.h"
#include "workflow/run.h"

namespace tartan::workflow {

// What a list shows of a run, and what says where its history opens.
struct RunRow {
  std::string run_id;
  std::string definition_id;
  std::int64_t definition_version = 0;
  std::int64_t sequence_number = 0;
  RunStatus status = RunStatus::scheduled;
  UnixMs created_at = 0;
  std::optional<UnixMs> started_at;
  std::optional<UnixMs> ended_at;
  std::string wrapped_key;
};

struct RunFilter {
  std::string definition_id;  // empty: of all definitions
  std::optional<std::int64_t> version;
  std::optional<RunStatus> status;
  std::optional<std::int64_t> sequence_number;
  std::optional<UnixMs> started_from;
  std::optional<UnixMs> started_before;
  std::string before_run;  // only older ones than this id; for the next page
  std::size_t size = 100;
};

struct OpenTask {
  std::string run_id;
  int place = 0;
  std::string task_id;
  std::string definition_id;
  std::string task_name;
  UnixMs created_at = 0;
  std::optional<UnixMs> leased_until;
  std::string worker_id;
};

// A run's key, made when it starts; everything of the run is sealed with it.
struct RunKey {
  crypto::Key key{};
  std::string wrapped;
};
RunKey make_run_key(const crypto::Vault& vault, Random& random, std::string_view run_id);
Result<crypto::Key> open_run_key(const crypto::Vault& vault, std::string_view run_id,
                                 std::string_view wrapped);

// Transitions as one row of history, sealed. `number` is how many transitions came before.
std::string seal_events(const crypto::Key& key, Random& random, std::string_view run_id,
                        std::int64_t number, std::span<const Transition> transitions);

struct EventBatch {
  std::int64_t number = 0;
  std::vector<Transition> transitions;
  std::size_t bytes = 0;
};
Result<std::vector<EventBatch>> read_history(store::Transaction& tx, const crypto::Key& key,
                                             std::string_view run_id);

// What one step of a run writes.
struct RunWrite {
  std::string run_id;
  std::int64_t number = 0;  // of the first transition
  std::string sealed;
  RunStatus status = RunStatus::scheduled;
  std::optional<UnixMs> started_at;
  std::optional<UnixMs> ended_at;
  std::optional<UnixMs> wake_at;
  bool in_flight = false;
  // Of a run's first step.
  bool is_new = false;
  std::string definition_id;
  std::int64_t definition_version = 0;
  std::int64_t sequence_number = 0;
  UnixMs created_at = 0;
  std::string wrapped_key;
  std::string start_key;         // hash of the Idempotency-Key; empty without one
  std::vector<OpenTask> opened;  // or leased anew
  std::vector<int> closed;       // places
};
void write_run(store::Transaction& tx, const RunWrite& write);

std::optional<RunRow> find_run(store::Transaction& tx, std::string_view run_id);
std::optional<std::string> find_run_by_start_key(store::Transaction& tx, std::string_view key);
std::vector<RunRow> list_runs(store::Transaction& tx, const RunFilter& filter);
// How many runs of a definition (empty: of all) are in each status.
std::vector<std::pair<RunStatus, std::int64_t>> count_runs(store::Transaction& tx,
                                                           std::string_view definition_id);

struct ActiveCount {
  std::string definition_id;
  RunStatus status;
  std::int64_t count;
};
std::vector<ActiveCount> count_active(store::Transaction& tx);
std::optional<std::string> oldest_scheduled(store::Transaction& tx, std::string_view definition_id);
std::vector<std::string> runs_in_flight(store::Transaction& tx);
std::vector<std::string> runs_due(store::Transaction& tx, UnixMs now, std::size_t size);
std::optional<UnixMs> next_wake(store::Transaction& tx, UnixMs after);
// Finished runs that ended before `time`, or beyond the newest `keep` of all finished ones.
std::vector<std::string> runs_ended_before(store::Transaction& tx, UnixMs time, std::size_t size);
std::vector<std::string> runs_beyond(store::Transaction& tx, std::int64_t keep, std::size_t size);
void delete_run(store::Transaction& tx, std::string_view run_id);

// Where a page of open tasks ended.
struct TaskPlace {
  std::string run_id;
  int place = -1;
};
std::vector<OpenTask> list_open_tasks(store::Transaction& tx, std::string_view definition_id,
                                      std::string_view task_name, const TaskPlace& after,
                                      std::size_t size);
// The oldest tasks of that name that no worker holds, of workflows that are Running.
std::vector<OpenTask> free_tasks(store::Transaction& tx, std::string_view definition_id,
                                 std::string_view task_name, UnixMs now, std::size_t size);

}  // namespace tartan::workflow
