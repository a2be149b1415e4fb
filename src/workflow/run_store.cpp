#include "workflow/run_store.h"

#include "base/deflate.h"

namespace tartan::workflow {
namespace {

using store::Blob;
using store::Cursor;
using store::Parameter;
using store::Statement;

// Histories larger than this are compressed before they are sealed.
constexpr std::size_t kCompressAbove = 4 * 1024;
constexpr std::size_t kBatchBytesMax = 256UL * 1024 * 1024;
constexpr json::Limits kHistoryLimits{512, 20'000'000};

constexpr Statement kInsert{
    "INSERT INTO runs (run_id, definition_id, definition_version, sequence_number, status,"
    " created_at, started_at, ended_at, wake_at, in_flight, start_key, wrapped_key)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"};
constexpr Statement kSequence{
    "UPDATE definitions SET last_sequence = ?2 WHERE definition_id = ?1 AND last_sequence < ?2"};
constexpr Statement kUpdate{
    "UPDATE runs SET status = ?2, started_at = ?3, ended_at = ?4, wake_at = ?5, in_flight = ?6"
    " WHERE run_id = ?1"};
constexpr Statement kAppend{"INSERT INTO run_events (run_id, number, sealed) VALUES (?1, ?2, ?3)"};
constexpr Statement kHistory{
    "SELECT number, sealed FROM run_events WHERE run_id = ?1 ORDER BY number"};
constexpr Statement kFind{
    "SELECT run_id, definition_id, definition_version, sequence_number, status, created_at,"
    " started_at, ended_at, wrapped_key FROM runs WHERE run_id = ?1"};
constexpr Statement kFindStart{"SELECT run_id FROM runs WHERE start_key = ?1"};
// Filters that are NULL let everything through.
constexpr Statement kList{
    "SELECT run_id, definition_id, definition_version, sequence_number, status, created_at,"
    " started_at, ended_at, wrapped_key FROM runs"
    " WHERE run_id < ?1 AND (?2 IS NULL OR definition_version = ?2)"
    " AND (?3 IS NULL OR sequence_number = ?3) AND created_at >= ?4 AND created_at < ?5"
    " ORDER BY run_id DESC LIMIT ?6"};
constexpr Statement kListOfStatus{
    "SELECT run_id, definition_id, definition_version, sequence_number, status, created_at,"
    " started_at, ended_at, wrapped_key FROM runs"
    " WHERE status = ?7 AND run_id < ?1 AND (?2 IS NULL OR definition_version = ?2)"
    " AND (?3 IS NULL OR sequence_number = ?3) AND created_at >= ?4 AND created_at < ?5"
    " ORDER BY run_id DESC LIMIT ?6"};
constexpr Statement kListOfDefinition{
    "SELECT run_id, definition_id, definition_version, sequence_number, status, created_at,"
    " started_at, ended_at, wrapped_key FROM runs"
    " WHERE definition_id = ?7 AND run_id < ?1 AND (?2 IS NULL OR definition_version = ?2)"
    " AND (?3 IS NULL OR sequence_number = ?3) AND created_at >= ?4 AND created_at < ?5"
    " AND (?8 IS NULL OR status = ?8) ORDER BY run_id DESC LIMIT ?6"};
constexpr Statement kCount{"SELECT status, count(*) FROM runs GROUP BY status"};
constexpr Statement kCountOfDefinition{
    "SELECT status, count(*) FROM runs WHERE definition_id = ?1 GROUP BY status"};
constexpr Statement kActive{
    "SELECT definition_id, status, count(*) FROM runs WHERE status < 3"
    " GROUP BY definition_id, status"};
constexpr Statement kOldestScheduled{
    "SELECT run_id FROM runs WHERE status = 0 AND definition_id = ?1 ORDER BY run_id LIMIT 1"};
constexpr Statement kInFlight{"SELECT run_id FROM runs WHERE in_flight <> 0"};
constexpr Statement kDue{
    "SELECT run_id FROM runs WHERE wake_at IS NOT NULL AND wake_at <= ?1 ORDER BY wake_at LIMIT "
    "?2"};
constexpr Statement kNextWake{
    "SELECT min(wake_at) FROM runs WHERE wake_at IS NOT NULL AND wake_at > ?1"};
constexpr Statement kEndedBefore{
    "SELECT run_id FROM runs WHERE status >= 3 AND ended_at < ?1 LIMIT ?2"};
constexpr Statement kBeyond{
    "SELECT run_id FROM runs WHERE status >= 3 ORDER BY run_id DESC LIMIT ?2 OFFSET ?1"};
constexpr Statement kDeleteRun{"DELETE FROM runs WHERE run_id = ?1"};
constexpr Statement kDeleteEvents{"DELETE FROM run_events WHERE run_id = ?1"};
constexpr Statement kDeleteTasks{"DELETE FROM open_tasks WHERE run_id = ?1"};
constexpr Statement kDeleteAttachments{"DELETE FROM attachments WHERE run_id = ?1"};

constexpr Statement kOpen{
    "INSERT INTO open_tasks (run_id, place, task_id, definition_id, task_name, created_at,"
    " leased_until, worker_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
    " ON CONFLICT (run_id, place) DO UPDATE SET leased_until = ?7, worker_id = ?8"};
constexpr Statement kClose{"DELETE FROM open_tasks WHERE run_id = ?1 AND place = ?2"};
constexpr Statement kOpenTasks{
    "SELECT run_id, place, task_id, definition_id, task_name, created_at, leased_until, worker_id"
    " FROM open_tasks WHERE (run_id > ?1 OR (run_id = ?1 AND place > ?5))"
    " AND (?2 IS NULL OR definition_id = ?2) AND (?3 IS NULL OR task_name = ?3)"
    " ORDER BY run_id, place LIMIT ?4"};
constexpr Statement kFreeTasks{
    "SELECT t.run_id, place, task_id, t.definition_id, task_name, t.created_at, leased_until,"
    " worker_id FROM open_tasks t JOIN runs r ON r.run_id = t.run_id"
    " WHERE t.definition_id = ?1 AND task_name = ?2 AND r.status = 1"
    " AND (leased_until IS NULL OR leased_until <= ?3) ORDER BY t.run_id LIMIT ?4"};

Parameter time_or_null(const std::optional<UnixMs>& time) {
  return time ? Parameter(*time) : Parameter(nullptr);
}

std::optional<UnixMs> time_at(const Cursor& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional<UnixMs>(row.integer(column));
}

RunRow read_row(const Cursor& row) {
  RunRow run;
  run.run_id = row.text(0);
  run.definition_id = row.text(1);
  run.definition_version = row.integer(2);
  run.sequence_number = row.integer(3);
  run.status = static_cast<RunStatus>(row.integer(4));
  run.created_at = row.integer(5);
  run.started_at = time_at(row, 6);
  run.ended_at = time_at(row, 7);
  run.wrapped_key = row.blob(8);
  return run;
}

std::vector<std::string> read_ids(Cursor rows) {
  std::vector<std::string> ids;
  while (rows.next()) {
    ids.emplace_back(rows.text(0));
  }
  return ids;
}

std::vector<OpenTask> read_tasks(Cursor rows) {
  std::vector<OpenTask> tasks;
  while (rows.next()) {
    OpenTask& task = tasks.emplace_back();
    task.run_id = rows.text(0);
    task.place = static_cast<int>(rows.integer(1));
    task.task_id = rows.text(2);
    task.definition_id = rows.text(3);
    task.task_name = rows.text(4);
    task.created_at = rows.integer(5);
    task.leased_until = time_at(rows, 6);
    task.worker_id = rows.text_or_nothing(7).value_or("");
  }
  return tasks;
}

std::string context_of(std::string_view run_id, std::int64_t number) {
  return "run " + std::string(run_id) + " " + std::to_string(number);
}

}  // namespace

RunKey make_run_key(const crypto::Vault& vault, Random& random, std::string_view run_id) {
  crypto::ObjectKey made = vault.make_object_key(random, run_id);
  return {made.key, std::move(made.wrapped)};
}

Result<crypto::Key> open_run_key(const crypto::Vault& vault, std::string_view run_id,
                                 std::string_view wrapped) {
  return vault.unwrap(wrapped, run_id);
}

std::string seal_events(const crypto::Key& key, Random& random, std::string_view run_id,
                        std::int64_t number, std::span<const Transition> transitions) {
  json::Array array;
  array.reserve(transitions.size());
  for (const Transition& transition : transitions) {
    array.push_back(to_json(transition));
  }
  // The first byte says whether the rest is compressed.
  std::string plain = "=" + json::print(json::Value(std::move(array)));
  if (plain.size() > kCompressAbove) {
    plain = "z" + deflate(std::string_view(plain).substr(1));
  }
  return crypto::seal(key, random, context_of(run_id, number), plain);
}

namespace {

Result<EventBatch> open_batch(const crypto::Key& key, std::string_view run_id, std::int64_t number,
                              std::string_view sealed) {
  auto plain = crypto::open_sealed(key, context_of(run_id, number), sealed);
  if (!plain) {
    return std::move(plain).error();
  }
  std::string_view text = *plain;
  const bool compressed = text.starts_with('z');
  text.remove_prefix(1);
  std::string unpacked;
  if (compressed) {
    auto inflated = inflate(text, kBatchBytesMax);
    if (!inflated) {
      return std::move(inflated).error();
    }
    unpacked = *std::move(inflated);
    text = unpacked;
  }
  auto parsed = json::parse(text, {}, kHistoryLimits);
  if (!parsed || !parsed->is_array()) {
    return Error{Fault::damaged,
                 "the history of the workflow " + std::string(run_id) + " can't be read"};
  }
  EventBatch batch;
  batch.number = number;
  batch.bytes = sealed.size();
  for (const json::Value& one : parsed->get_array()) {
    auto transition = transition_from_json(one);
    if (!transition) {
      return std::move(transition).error();
    }
    batch.transitions.push_back(*std::move(transition));
  }
  return batch;
}

}  // namespace

Result<std::vector<EventBatch>> read_history(store::Transaction& tx, const crypto::Key& key,
                                             std::string_view run_id) {
  std::vector<EventBatch> history;
  Cursor rows = tx.query(kHistory, {run_id});
  while (rows.next()) {
    auto batch = open_batch(key, run_id, rows.integer(0), rows.blob(1));
    if (!batch) {
      return std::move(batch).error();
    }
    history.push_back(*std::move(batch));
  }
  return history;
}

void write_run(store::Transaction& tx, const RunWrite& write) {
  const std::string_view id = write.run_id;
  const auto status = static_cast<std::int64_t>(write.status);
  const std::int64_t in_flight = write.in_flight ? 1 : 0;
  if (write.is_new) {
    tx.execute(kInsert,
               {id, std::string_view(write.definition_id), write.definition_version,
                write.sequence_number, status, write.created_at, time_or_null(write.started_at),
                time_or_null(write.ended_at), time_or_null(write.wake_at), in_flight,
                write.start_key.empty() ? Parameter(nullptr) : Parameter(Blob{write.start_key}),
                Blob{write.wrapped_key}});
    tx.execute(kSequence, {std::string_view(write.definition_id), write.sequence_number});
  } else {
    tx.execute(kUpdate, {id, status, time_or_null(write.started_at), time_or_null(write.ended_at),
                         time_or_null(write.wake_at), in_flight});
  }
  tx.execute(kAppend, {id, write.number, Blob{write.sealed}});
  for (const OpenTask& task : write.opened) {
    tx.execute(kOpen, {id, std::int64_t{task.place}, std::string_view(task.task_id),
                       std::string_view(task.definition_id), std::string_view(task.task_name),
                       task.created_at, time_or_null(task.leased_until),
                       task.worker_id.empty() ? Parameter(nullptr)
                                              : Parameter(std::string_view(task.worker_id))});
  }
  for (const int place : write.closed) {
    tx.execute(kClose, {id, std::int64_t{place}});
  }
}

std::optional<RunRow> find_run(store::Transaction& tx, std::string_view run_id) {
  Cursor row = tx.query(kFind, {run_id});
  return row.next() ? std::optional(read_row(row)) : std::nullopt;
}

std::optional<std::string> find_run_by_start_key(store::Transaction& tx, std::string_view key) {
  Cursor row = tx.query(kFindStart, {Blob{key}});
  return row.next() ? std::optional(std::string(row.text(0))) : std::nullopt;
}

std::vector<RunRow> list_runs(store::Transaction& tx, const RunFilter& filter) {
  const std::string_view before =
      filter.before_run.empty() ? std::string_view("~") : std::string_view(filter.before_run);
  const Parameter version = filter.version ? Parameter(*filter.version) : Parameter(nullptr);
  const Parameter sequence =
      filter.sequence_number ? Parameter(*filter.sequence_number) : Parameter(nullptr);
  const std::int64_t from = filter.started_from.value_or(0);
  const std::int64_t until = filter.started_before.value_or(INT64_MAX);
  const auto size = static_cast<std::int64_t>(filter.size);
  const Parameter status =
      filter.status ? Parameter(static_cast<std::int64_t>(*filter.status)) : Parameter(nullptr);
  std::vector<RunRow> runs;
  const auto take = [&](Cursor rows) {
    while (rows.next()) {
      runs.push_back(read_row(rows));
    }
  };
  if (!filter.definition_id.empty()) {
    take(tx.query(kListOfDefinition, {before, version, sequence, from, until, size,
                                      std::string_view(filter.definition_id), status}));
  } else if (filter.status) {
    take(tx.query(kListOfStatus, {before, version, sequence, from, until, size, status}));
  } else {
    take(tx.query(kList, {before, version, sequence, from, until, size}));
  }
  return runs;
}

std::vector<std::pair<RunStatus, std::int64_t>> count_runs(store::Transaction& tx,
                                                           std::string_view definition_id) {
  std::vector<std::pair<RunStatus, std::int64_t>> counts;
  Cursor rows =
      definition_id.empty() ? tx.query(kCount, {}) : tx.query(kCountOfDefinition, {definition_id});
  while (rows.next()) {
    counts.emplace_back(static_cast<RunStatus>(rows.integer(0)), rows.integer(1));
  }
  return counts;
}

std::vector<ActiveCount> count_active(store::Transaction& tx) {
  std::vector<ActiveCount> counts;
  Cursor rows = tx.query(kActive, {});
  while (rows.next()) {
    counts.push_back(
        {std::string(rows.text(0)), static_cast<RunStatus>(rows.integer(1)), rows.integer(2)});
  }
  return counts;
}

std::optional<std::string> oldest_scheduled(store::Transaction& tx,
                                            std::string_view definition_id) {
  Cursor row = tx.query(kOldestScheduled, {definition_id});
  return row.next() ? std::optional(std::string(row.text(0))) : std::nullopt;
}

std::vector<std::string> runs_in_flight(store::Transaction& tx) {
  return read_ids(tx.query(kInFlight, {}));
}

std::vector<std::string> runs_due(store::Transaction& tx, UnixMs now, std::size_t size) {
  return read_ids(tx.query(kDue, {now, static_cast<std::int64_t>(size)}));
}

std::optional<UnixMs> next_wake(store::Transaction& tx, UnixMs after) {
  Cursor row = tx.query(kNextWake, {after});
  return row.next() ? time_at(row, 0) : std::nullopt;
}

std::vector<std::string> runs_ended_before(store::Transaction& tx, UnixMs time, std::size_t size) {
  return read_ids(tx.query(kEndedBefore, {time, static_cast<std::int64_t>(size)}));
}

std::vector<std::string> runs_beyond(store::Transaction& tx, std::int64_t keep, std::size_t size) {
  return read_ids(tx.query(kBeyond, {keep, static_cast<std::int64_t>(size)}));
}

void delete_run(store::Transaction& tx, std::string_view run_id) {
  for (const Statement& statement : {kDeleteEvents, kDeleteTasks, kDeleteAttachments, kDeleteRun}) {
    tx.execute(statement, {run_id});
  }
}

std::vector<OpenTask> list_open_tasks(store::Transaction& tx, std::string_view definition_id,
                                      std::string_view task_name, const TaskPlace& after,
                                      std::size_t size) {
  return read_tasks(
      tx.query(kOpenTasks, {std::string_view(after.run_id),
                            definition_id.empty() ? Parameter(nullptr) : Parameter(definition_id),
                            task_name.empty() ? Parameter(nullptr) : Parameter(task_name),
                            static_cast<std::int64_t>(size), std::int64_t{after.place}}));
}

std::vector<OpenTask> free_tasks(store::Transaction& tx, std::string_view definition_id,
                                 std::string_view task_name, UnixMs now, std::size_t size) {
  return read_tasks(
      tx.query(kFreeTasks, {definition_id, task_name, now, static_cast<std::int64_t>(size)}));
}

}  // namespace tartan::workflow
