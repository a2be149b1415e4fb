#include "store/sqlite/connection.h"

#include "base/check.h"

namespace tartan::store {
namespace {

// A statement waits this long for a lock that another process holds (a backup, the command line).
constexpr int kBusyTimeoutMs = 5000;

Error sqlite_error(sqlite3* handle, int code, const char* doing) {
  Fault fault = Fault::internal;
  switch (code & 0xff) {
    case SQLITE_FULL:
      fault = Fault::full;
      break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      fault = Fault::unavailable;
      break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      fault = Fault::damaged;
      break;
    default:
      break;
  }
  // Without the statement's values: they may be personal.
  return {fault, std::string(doing) + ": " + sqlite3_errmsg(handle)};
}

void bind(sqlite3_stmt* statement, int index, const Parameter& parameter,
          sqlite3_destructor_type lifetime) {
  if (const auto* number = std::get_if<std::int64_t>(&parameter)) {
    sqlite3_bind_int64(statement, index, *number);
  } else if (const auto* text = std::get_if<std::string_view>(&parameter)) {
    sqlite3_bind_text64(statement, index, text->data() == nullptr ? "" : text->data(), text->size(),
                        lifetime, SQLITE_UTF8);
  } else if (const auto* blob = std::get_if<Blob>(&parameter)) {
    // A null pointer would bind NULL, not an empty blob.
    sqlite3_bind_blob64(statement, index, blob->bytes.empty() ? "" : blob->bytes.data(),
                        blob->bytes.size(), lifetime);
  } else {
    sqlite3_bind_null(statement, index);
  }
}

std::string_view bytes(const void* data, int size) {
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

}  // namespace

class Connection::Prepared final : public Cursor::Rows {
 public:
  Prepared(Connection& connection, sqlite3_stmt* statement)
      : connection_(connection), statement_(statement) {}
  ~Prepared() override { sqlite3_finalize(statement_); }
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;

  // Binds anew. Values of a query are copied: its cursor may outlive the caller's expression.
  void start(std::span<const Parameter> parameters, sqlite3_destructor_type lifetime) {
    check(!open_, "a statement is not run again while its cursor is open");
    open_ = true;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      bind(statement_, static_cast<int>(i) + 1, parameters[i], lifetime);
    }
  }

  bool next() override {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) {
      return true;
    }
    if (code != SQLITE_DONE) {
      connection_.fail("a statement failed");
    }
    return false;
  }
  bool is_null(int column) const override {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
  }
  std::int64_t integer(int column) const override {
    return sqlite3_column_int64(statement_, column);
  }
  std::string_view text(int column) const override {
    const auto* data = sqlite3_column_text(statement_, column);
    return bytes(data, sqlite3_column_bytes(statement_, column));
  }
  std::string_view blob(int column) const override {
    const void* data = sqlite3_column_blob(statement_, column);
    return bytes(data, sqlite3_column_bytes(statement_, column));
  }
  void close() override {
    sqlite3_reset(statement_);
    open_ = false;
  }
  // Runs to the end and forgets the values, which the caller owns.
  void run_through() {
    while (next()) {
    }
    close();
    sqlite3_clear_bindings(statement_);
  }

 private:
  Connection& connection_;
  sqlite3_stmt* statement_;
  bool open_ = false;
};

Result<std::unique_ptr<Connection>> Connection::open(const std::filesystem::path& file,
                                                     const ConnectionOptions& options) {
  const bool read_only = options.access == ConnectionOptions::Access::read_only;
  const int flags = SQLITE_OPEN_NOMUTEX |
                    (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &handle, flags, options.vfs);
  std::unique_ptr<Connection> connection(new Connection(handle));
  if (code != SQLITE_OK) {
    return sqlite_error(handle, code, ("can't open " + file.string()).c_str());
  }
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  const std::string cache = "PRAGMA cache_size = -" + std::to_string(options.cache_kib);
  const std::string mapped = "PRAGMA mmap_size = " + std::to_string(options.mapped_bytes_max);
  const char* sync = options.synchronous ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = OFF";
  for (const char* pragma :
       {cache.c_str(), mapped.c_str(), sync, "PRAGMA foreign_keys = ON",
        "PRAGMA secure_delete = ON", "PRAGMA temp_store = MEMORY", "PRAGMA trusted_schema = OFF"}) {
    if (auto error = connection->run(pragma)) {
      return *std::move(error);
    }
  }
  return connection;
}

Connection::Connection(sqlite3* handle) : handle_(handle) {}

Connection::~Connection() {
  prepared_.clear();
  sqlite3_close_v2(handle_);
}

std::optional<Error> Connection::run(const char* sql) {
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) {
    return sqlite_error(handle_, code, "the database refused");
  }
  return std::nullopt;
}

void Connection::fail(const char* doing) {
  if (!error_) {
    error_ = sqlite_error(handle_, sqlite3_extended_errcode(handle_), doing);
  }
}

Connection::Prepared* Connection::prepare(const Statement& statement) {
  if (error_) {
    return nullptr;
  }
  if (const auto found = prepared_.find(&statement); found != prepared_.end()) {
    return found->second.get();
  }
  sqlite3_stmt* made = nullptr;
  if (sqlite3_prepare_v3(handle_, statement.sql, -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr) !=
      SQLITE_OK) {
    fail("a statement can't be prepared");
    return nullptr;
  }
  auto prepared = std::make_unique<Prepared>(*this, made);
  return prepared_.emplace(&statement, std::move(prepared)).first->second.get();
}

Cursor Connection::query(const Statement& statement, std::span<const Parameter> parameters) {
  Prepared* prepared = prepare(statement);
  if (prepared != nullptr) {
    prepared->start(parameters, SQLITE_TRANSIENT);
  }
  return Cursor(prepared);
}

std::int64_t Connection::execute(const Statement& statement,
                                 std::span<const Parameter> parameters) {
  Prepared* prepared = prepare(statement);
  if (prepared == nullptr) {
    return 0;
  }
  prepared->start(parameters, SQLITE_STATIC);
  prepared->run_through();
  return error_ ? 0 : sqlite3_changes64(handle_);
}

}  // namespace tartan::store
