// The store: one relational database behind two operations, read and write.
//
// "Committed" means: the transaction is on disk (SQLite: its WAL frames are synced), so that
// neither kill -9 nor power loss undoes it. `write` reports success only then. What a commit
// deleted or overwrote is gone from every file within a minute.
//
// SQL is written once, in the subset that SQLite and PostgreSQL share, as `Statement` constants
// beside the concept they serve; parameters are `?1`, `?2`, ….
//
// Errors inside a transaction stick: after a failing statement every cursor of it is empty, and the
// whole transaction is rolled back and answers that error whatever its body returns. A body
// therefore need not check each call, and can't mistake a failing disk for an absent row.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/result.h"
#include "base/unique_function.h"

namespace tartan::store {

// A named statement: a constant with static storage, prepared once per connection.
struct Statement {
  const char* sql;
};

struct Blob {
  std::string_view bytes;
};

using Parameter = std::variant<std::nullptr_t, std::int64_t, std::string_view, Blob>;

// A parameter that is NULL when there is no text.
inline Parameter text_or_null(const std::optional<std::string_view>& text) {
  return text ? Parameter(*text) : Parameter(nullptr);
}

// The rows of one query, in order. Text and blobs stay valid until the next `next` or the cursor's
// end; columns count from 0.
class Cursor {
 public:
  class Rows {
   public:
    virtual ~Rows() = default;
    virtual bool next() = 0;
    virtual bool is_null(int column) const = 0;
    virtual std::int64_t integer(int column) const = 0;
    virtual std::string_view text(int column) const = 0;
    virtual std::string_view blob(int column) const = 0;
    virtual void close() = 0;
  };

  explicit Cursor(Rows* rows) : rows_(rows) {}
  Cursor(Cursor&& other) noexcept : rows_(std::exchange(other.rows_, nullptr)) {}
  Cursor& operator=(Cursor&&) = delete;
  ~Cursor() {
    if (rows_ != nullptr) {
      rows_->close();
    }
  }

  bool next() { return rows_ != nullptr && rows_->next(); }
  bool is_null(int column) const { return rows_->is_null(column); }
  std::int64_t integer(int column) const { return rows_->integer(column); }
  std::string_view text(int column) const { return rows_->text(column); }
  std::string_view blob(int column) const { return rows_->blob(column); }
  std::optional<std::string> text_or_nothing(int column) const {
    return is_null(column) ? std::nullopt : std::optional<std::string>(text(column));
  }

 private:
  Rows* rows_;
};

class Transaction {
 public:
  virtual ~Transaction() = default;
  virtual Cursor query(const Statement& statement, std::span<const Parameter> parameters) = 0;
  // Runs a statement that returns no rows; answers how many rows it changed.
  virtual std::int64_t execute(const Statement& statement,
                               std::span<const Parameter> parameters) = 0;

  Cursor query(const Statement& statement, std::initializer_list<Parameter> parameters) {
    return query(statement, std::span(parameters.begin(), parameters.size()));
  }
  std::int64_t execute(const Statement& statement, std::initializer_list<Parameter> parameters) {
    return execute(statement, std::span(parameters.begin(), parameters.size()));
  }
};

// What a write's body wants done with its changes.
enum class Outcome { keep, undo };

// Called after each commit with the number of writes in it and how long COMMIT took.
using CommitObserver = UniqueFunction<void(std::size_t writes, std::uint64_t micros)>;

// One numbered step of a schema. Dialect markers that `store/` substitutes: {{clustered}} (a table
// that is stored in the order of its primary key), {{blob}} (the type of bytes), {{counter}} (an
// integer primary key that counts up by itself).
struct Migration {
  int number;  // 1, 2, 3, … without gaps
  std::string_view sql;
};

class Database {
 public:
  using WriteBody = UniqueFunction<Outcome(Transaction&)>;
  // Nothing on success; runs on the writer's thread and must be quick.
  using WriteDone = UniqueFunction<void(const std::optional<Error>&)>;

  virtual ~Database() = default;

  // Queues a write. `body` runs on the writer's thread in a transaction (or savepoint) of its own;
  // it may run more than once when a commit has to be tried again, so it must compute its results
  // anew each time. `done` is called once, after the commit is on disk or has failed.
  virtual void write_async(WriteBody body, WriteDone done) = 0;

  // Runs `body` on the calling thread against a snapshot. Safe from any thread; each thread uses a
  // connection of its own.
  virtual std::optional<Error> read(UniqueFunction<void(Transaction&)> body) = 0;

  // Writes what is queued and stops the writer. Writes queued later fail as unavailable.
  virtual void stop() = 0;

  // Waits until what was deleted is gone from every file.
  virtual void purge_now() = 0;

  virtual void observe_commits(CommitObserver observer) = 0;
  virtual std::size_t queue_depth() const = 0;

  // Waits for a queued write. Never call it from the writer's thread.
  std::optional<Error> write(WriteBody body);
};

}  // namespace tartan::store
