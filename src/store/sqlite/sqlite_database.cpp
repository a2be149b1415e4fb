#include "store/sqlite/sqlite_database.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "base/burst.h"
#include "base/check.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/schema.h"

namespace tartan::store {
namespace {

using std::chrono::steady_clock;

// Writes in one commit. More would not make the sync cheaper per write, and would let the first
// wait for the last.
constexpr std::size_t kBatchMax = 512;
// A WAL of this many pages (4 KiB each) is copied into the database file. The last step of that
// holds up the writes that wait just then: rare enough to concern less than one in a hundred.
constexpr int kCheckpointPages = 24 * 1024;
// What a commit deletes must be gone from the WAL within 60 s; this leaves room for a truncation
// that has to be tried again because a reader stands in its way.
constexpr std::chrono::seconds kPurgeAfter{20};

constexpr Statement kBegin{"BEGIN IMMEDIATE"};
constexpr Statement kBeginRead{"BEGIN"};
constexpr Statement kCommit{"COMMIT"};
constexpr Statement kRollback{"ROLLBACK"};
constexpr Statement kSavepoint{"SAVEPOINT one_write"};
constexpr Statement kRollbackTo{"ROLLBACK TO one_write"};
constexpr Statement kRelease{"RELEASE one_write"};

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(std::filesystem::path file, const SqliteOptions& options,
                 std::unique_ptr<Connection> writer, std::unique_ptr<Connection> checkpointer)
      : file_(std::move(file)),
        options_(options),
        writer_(std::move(writer)),
        checkpointer_(std::move(checkpointer)) {
    sqlite3_wal_hook(
        writer_->handle(),
        [](void* self, sqlite3*, const char*, int pages) {
          static_cast<SqliteDatabase*>(self)->wal_pages_ = pages;
          return SQLITE_OK;
        },
        this);
    writer_thread_ = std::thread([this] { write_loop(); });
    checkpoint_thread_ = std::thread([this] { checkpoint_loop(); });
  }

  ~SqliteDatabase() override { stop(); }

  void write_async(WriteBody body, WriteDone done) override {
    {
      const std::lock_guard lock(queue_mutex_);
      if (!stopping_) {
        queue_.push_back({std::move(body), std::move(done), std::nullopt});
        queue_depth_.store(queue_.size(), std::memory_order_relaxed);
        if (queue_.size() == 1) {
          queue_filled_.notify_one();
        }
        return;
      }
    }
    done(Error{Fault::unavailable, "the store is shutting down"});
  }

  std::optional<Error> read(UniqueFunction<void(Transaction&)> body) override {
    auto reader = take_reader();
    if (!reader) {
      return std::move(reader).error();
    }
    Connection& connection = *reader->connection;
    connection.clear_error();
    refresh_snapshot(*reader);
    if (!connection.error()) {
      body(connection);
    }
    std::optional<Error> error = connection.error();
    if (error) {
      end_snapshot(*reader);
    }
    const std::lock_guard lock(readers_mutex_);
    if (release_snapshots_) {
      end_snapshot(*reader);
    }
    readers_.push_back(*std::move(reader));
    return error;
  }

  void stop() override {
    {
      const std::lock_guard lock(queue_mutex_);
      if (stopping_) {
        return;
      }
      stopping_ = true;
      queue_filled_.notify_one();
    }
    writer_thread_.join();
    {
      const std::lock_guard lock(checkpoint_mutex_);
      checkpoint_stop_ = true;
      checkpoint_wanted_.notify_one();
    }
    checkpoint_thread_.join();
    {
      const std::lock_guard lock(readers_mutex_);
      readers_.clear();
    }
    purge_now();
  }

  void purge_now() override {
    const std::lock_guard lock(checkpointer_mutex_);
    release_snapshots(true);
    checkpoint(*checkpointer_, SQLITE_CHECKPOINT_TRUNCATE);
    release_snapshots(false);
  }

  void observe_commits(CommitObserver observer) override {
    const std::lock_guard lock(queue_mutex_);
    observer_ = std::move(observer);
  }

  std::size_t queue_depth() const override { return queue_depth_.load(std::memory_order_relaxed); }

 private:
  enum class WalReset { none, restart, truncate };

  struct Job {
    WriteBody body;
    WriteDone done;
    std::optional<Error> error;
  };

  // A connection with the snapshot that it read last. While nothing is committed that snapshot is
  // the newest, and keeping it saves each read the file locks of a transaction.
  struct Reader {
    std::unique_ptr<Connection> connection;
    std::uint64_t commits = 0;  // at least these are in the snapshot
  };

  Result<Reader> take_reader() {
    {
      const std::lock_guard lock(readers_mutex_);
      if (!readers_.empty()) {
        Reader reader = std::move(readers_.back());
        readers_.pop_back();
        return reader;
      }
    }
    ConnectionOptions options;
    options.cache_kib = options_.reader_cache_kib;
    // With a million Items each read misses the page cache, and copying the pages took longer than
    // all else (docs/decisions/005). The writer maps nothing: its reads and writes report errors as
    // values.
    options.mapped_bytes_max = options_.reader_mapped_bytes_max;
    options.vfs = options_.vfs;
    auto connection = Connection::open(file_, options);
    if (!connection) {
      return std::move(connection).error();
    }
    return Reader{*std::move(connection)};
  }

  void refresh_snapshot(Reader& reader) {
    const std::uint64_t commits = commits_.load(std::memory_order_acquire);
    if (reader.connection->in_transaction()) {
      if (reader.commits == commits) {
        return;
      }
      end_snapshot(reader);
    }
    reader.commits = commits;
    reader.connection->execute(kBeginRead, {});
  }

  static void end_snapshot(Reader& reader) {
    reader.connection->clear_error();
    if (reader.connection->in_transaction()) {
      reader.connection->execute(kCommit, {});
      reader.connection->clear_error();
    }
  }

  // While the WAL begins anew no reader may hold on to what it holds now.
  void release_snapshots(bool release) {
    const std::lock_guard lock(readers_mutex_);
    release_snapshots_ = release;
    if (release) {
      for (Reader& reader : readers_) {
        end_snapshot(reader);
      }
    }
  }

  void write_loop() {
    std::vector<Job> batch;
    for (;;) {
      WalReset reset = WalReset::none;
      {
        std::unique_lock lock(queue_mutex_);
        queue_filled_.wait(
            lock, [this] { return stopping_ || !queue_.empty() || wal_reset_ != WalReset::none; });
        reset = std::exchange(wal_reset_, WalReset::none);
        if (queue_.empty() && stopping_) {
          return;
        }
        while (!queue_.empty() && batch.size() < kBatchMax) {
          batch.push_back(std::move(queue_.front()));
          queue_.pop_front();
        }
        queue_depth_.store(queue_.size(), std::memory_order_relaxed);
      }
      if (reset != WalReset::none) {
        reset_wal(reset);
      }
      if (batch.empty()) {
        continue;
      }
      commit_batch(batch);
      {
        const Burst burst;
        for (Job& job : batch) {
          job.done(job.error);
        }
      }
      batch.clear();
    }
  }

  void commit_batch(std::vector<Job>& batch) {
    // Most batches hold no write that must be undone: they run without savepoints, which would copy
    // every page before its first change. Else the batch runs again with them; and when one failure
    // has taken the others with it (a full disk rolls everything back), each write gets a
    // transaction of its own, so that what can be written is.
    if (!run_together(batch, Isolation::none) && !run_together(batch, Isolation::savepoints)) {
      for (Job& job : batch) {
        run_alone(job);
      }
    }
    want_checkpoint();
  }

  enum class Isolation { none, savepoints };

  // Runs every job in one transaction. False when nothing of it is committed.
  bool run_together(std::vector<Job>& batch, Isolation isolation) {
    Connection& connection = *writer_;
    connection.clear_error();
    connection.execute(kBegin, {});
    if (connection.error()) {
      roll_back();
      return false;
    }
    for (Job& job : batch) {
      if (!(isolation == Isolation::none ? run_bare(job) : run_savepoint(job))) {
        roll_back();
        return false;
      }
    }
    if (!commit(batch.size())) {
      roll_back();
      return false;
    }
    return true;
  }

  // False when the job changed something that must not stay.
  bool run_bare(Job& job) {
    Connection& connection = *writer_;
    const std::int64_t changes_before = sqlite3_total_changes64(connection.handle());
    const Outcome outcome = job.body(connection);
    job.error = connection.error();
    connection.clear_error();
    const bool unchanged = sqlite3_total_changes64(connection.handle()) == changes_before;
    return connection.in_transaction() && ((!job.error && outcome == Outcome::keep) || unchanged);
  }

  // False when the surrounding transaction is lost.
  bool run_savepoint(Job& job) {
    Connection& connection = *writer_;
    connection.execute(kSavepoint, {});
    const Outcome outcome = job.body(connection);
    job.error = connection.error();
    connection.clear_error();
    if (!connection.in_transaction()) {
      return false;
    }
    if (job.error || outcome == Outcome::undo) {
      connection.execute(kRollbackTo, {});
    }
    connection.execute(kRelease, {});
    return !connection.error() && !(job.error && job.error->fault == Fault::full);
  }

  void run_alone(Job& job) {
    Connection& connection = *writer_;
    connection.clear_error();
    connection.execute(kBegin, {});
    if (!connection.error()) {
      const Outcome outcome = job.body(connection);
      if (!connection.error() && outcome == Outcome::keep) {
        commit(1);
      }
    }
    job.error = connection.error();
    roll_back();
  }

  // On failure the reason stays with the connection, and the transaction may still be open.
  bool commit(std::size_t writes) {
    const auto start = steady_clock::now();
    writer_->execute(kCommit, {});
    if (writer_->error()) {
      return false;
    }
    commits_.fetch_add(1, std::memory_order_release);
    if (observer_) {
      const auto spent = steady_clock::now() - start;
      observer_(writes, static_cast<std::uint64_t>(
                            std::chrono::duration_cast<std::chrono::microseconds>(spent).count()));
    }
    return true;
  }

  void roll_back() {
    writer_->clear_error();
    if (writer_->in_transaction()) {
      writer_->execute(kRollback, {});
      writer_->clear_error();
    }
  }

  void want_checkpoint() {
    const std::lock_guard lock(checkpoint_mutex_);
    const bool first = !purge_due_;
    if (first) {
      purge_due_ = steady_clock::now() + kPurgeAfter;
    }
    if (first || wal_pages_ >= kCheckpointPages) {
      checkpoint_wanted_.notify_one();
    }
  }

  void checkpoint_loop() {
    std::unique_lock lock(checkpoint_mutex_);
    while (!checkpoint_stop_) {
      const auto due = purge_due_;
      const auto wanted = [&] {
        return checkpoint_stop_ || purge_due_ != due || wal_pages_ >= kCheckpointPages;
      };
      if (due) {
        checkpoint_wanted_.wait_until(lock, *due, wanted);
      } else {
        checkpoint_wanted_.wait(lock, wanted);
      }
      if (checkpoint_stop_) {
        return;
      }
      const bool purge = purge_due_ && steady_clock::now() >= *purge_due_;
      if (purge) {
        purge_due_.reset();
      }
      if (!purge && wal_pages_ < kCheckpointPages) {
        continue;
      }
      lock.unlock();
      checkpoint_once(purge);
      lock.lock();
    }
  }

  // Copies without holding up anyone, then leaves the rest to the writer's thread: under constant
  // writes this copy never catches up, and another connection never gets the writer's lock.
  void checkpoint_once(bool truncate) {
    release_snapshots(true);
    release_snapshots(false);
    {
      const std::lock_guard lock(checkpointer_mutex_);
      // The second pass copies what was written during the first: less is left for the writer.
      checkpoint(*checkpointer_, SQLITE_CHECKPOINT_PASSIVE);
      checkpoint(*checkpointer_, SQLITE_CHECKPOINT_PASSIVE);
    }
    wal_pages_ = 0;  // until the next commit tells
    const std::lock_guard lock(queue_mutex_);
    wal_reset_ = truncate ? WalReset::truncate : WalReset::restart;
    queue_filled_.notify_one();
  }

  // On the writer's thread, between two commits: the little that is left is copied, and the WAL
  // begins anew or is truncated.
  void reset_wal(WalReset reset) {
    const bool truncate = reset == WalReset::truncate;
    release_snapshots(true);
    const bool done =
        checkpoint(*writer_, truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_RESTART);
    release_snapshots(false);
    if (!truncate || done) {
      return;
    }
    // A reader stood in the way.
    const std::lock_guard lock(checkpoint_mutex_);
    purge_due_ = steady_clock::now() + std::chrono::seconds(1);
    checkpoint_wanted_.notify_one();
  }

  static bool checkpoint(Connection& connection, int mode) {
    return sqlite3_wal_checkpoint_v2(connection.handle(), nullptr, mode, nullptr, nullptr) ==
           SQLITE_OK;
  }

  const std::filesystem::path file_;
  const SqliteOptions options_;

  std::mutex queue_mutex_;
  std::condition_variable queue_filled_;
  std::deque<Job> queue_;
  bool stopping_ = false;
  WalReset wal_reset_ = WalReset::none;
  std::atomic<std::size_t> queue_depth_ = 0;
  CommitObserver observer_;

  // The writer's thread alone uses these.
  std::unique_ptr<Connection> writer_;

  std::atomic<std::uint64_t> commits_ = 0;
  std::mutex readers_mutex_;
  std::vector<Reader> readers_;
  bool release_snapshots_ = false;

  std::atomic<int> wal_pages_ = 0;
  std::mutex checkpoint_mutex_;
  std::condition_variable checkpoint_wanted_;
  std::optional<steady_clock::time_point> purge_due_;
  bool checkpoint_stop_ = false;
  std::mutex checkpointer_mutex_;
  std::unique_ptr<Connection> checkpointer_;

  std::thread writer_thread_;
  std::thread checkpoint_thread_;
};

}  // namespace

Result<std::unique_ptr<Database>> open_sqlite(const std::filesystem::path& file,
                                              std::span<const Migration> migrations,
                                              const SqliteOptions& options) {
  // Memory statistics, which nobody reads, would put every allocation behind one lock.
  static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  check(configured == SQLITE_OK || configured == SQLITE_MISUSE, "SQLite is configured first");
  ConnectionOptions connection;
  connection.vfs = options.vfs;
  connection.synchronous = options.synchronous;
  connection.cache_kib = options.writer_cache_kib;
  auto writer = Connection::open(file, connection);
  if (!writer) {
    return std::move(writer).error();
  }
  if (auto error = (*writer)->run("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0")) {
    return *std::move(error);
  }
  if (auto error = migrate(**writer, migrations, file)) {
    return *std::move(error);
  }
  // What an earlier process left in the WAL when it was killed must not stay for long either.
  if (auto error = (*writer)->run("PRAGMA wal_checkpoint(TRUNCATE)")) {
    return *std::move(error);
  }
  connection.cache_kib = 256;
  auto checkpointer = Connection::open(file, connection);
  if (!checkpointer) {
    return std::move(checkpointer).error();
  }
  return std::unique_ptr<Database>(std::make_unique<SqliteDatabase>(
      file, options, *std::move(writer), *std::move(checkpointer)));
}

}  // namespace tartan::store
