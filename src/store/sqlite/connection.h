// One connection to one SQLite file, with its prepared statements. Used by one thread at a time.
#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "store/database.h"

namespace tartan::store {

struct ConnectionOptions {
  enum class Access { read_write, read_only };
  Access access = Access::read_write;
  int cache_kib = 8 * 1024;
  std::int64_t mapped_bytes_max = 0;  // of the file, read through a mapping instead of copies
  const char* vfs = nullptr;          // a registered SQLite VFS; tests inject faults with it
  bool synchronous = true;            // off only for tests that need no durability
};

class Connection final : public Transaction {
 public:
  static Result<std::unique_ptr<Connection>> open(const std::filesystem::path& file,
                                                  const ConnectionOptions& options);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  using Transaction::execute;
  using Transaction::query;
  Cursor query(const Statement& statement, std::span<const Parameter> parameters) override;
  std::int64_t execute(const Statement& statement, std::span<const Parameter> parameters) override;

  // Runs SQL text that stands nowhere else: pragmas, migrations. Does not look at `error`.
  std::optional<Error> run(const char* sql);

  // The first error since `clear_error`.
  const std::optional<Error>& error() const { return error_; }
  void clear_error() { error_.reset(); }
  bool in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }
  sqlite3* handle() { return handle_; }

 private:
  class Prepared;

  explicit Connection(sqlite3* handle);
  Prepared* prepare(const Statement& statement);
  void fail(const char* doing);

  sqlite3* handle_;
  std::unordered_map<const Statement*, std::unique_ptr<Prepared>> prepared_;
  std::optional<Error> error_;
};

}  // namespace tartan::store
