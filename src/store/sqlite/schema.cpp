#include "store/sqlite/schema.h"

#include <array>

#include "store/sqlite/sqlite_database.h"

namespace tartan::store {
namespace {

constexpr Statement kVersion{"SELECT max(version) FROM tartan_schema"};
constexpr Statement kHasTable{
    "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'tartan_schema'"};
constexpr Statement kCheck{"PRAGMA integrity_check(3)"};
constexpr Statement kCopy{"VACUUM INTO ?1"};
constexpr Statement kRecord{"INSERT INTO tartan_schema (version) VALUES (?1)"};

// The dialect markers of a migration, as SQLite spells them.
std::string in_sqlite(std::string_view sql) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> markers = {{
      {"{{clustered}}", "WITHOUT ROWID"},
      {"{{blob}}", "BLOB"},
      {"{{counter}}", "INTEGER PRIMARY KEY"},
  }};
  std::string text(sql);
  for (const auto& [marker, spelling] : markers) {
    for (std::size_t at = text.find(marker); at != std::string::npos; at = text.find(marker, at)) {
      text.replace(at, marker.size(), spelling);
    }
  }
  return text;
}

int schema_version(Connection& connection) {
  bool exists = false;
  {
    Cursor cursor = connection.query(kHasTable, {});
    exists = cursor.next() && cursor.integer(0) > 0;
  }
  if (!exists) {
    return 0;
  }
  Cursor cursor = connection.query(kVersion, {});
  return cursor.next() ? static_cast<int>(cursor.integer(0)) : 0;
}

std::optional<Error> apply(Connection& connection, std::span<const Migration> migrations,
                           const std::filesystem::path& file) {
  const int present = schema_version(connection);
  if (connection.error()) {
    return connection.error();
  }
  const int known = migrations.empty() ? 0 : migrations.back().number;
  if (present > known) {
    return Error{Fault::conflict, file.string() + " has schema version " + std::to_string(present) +
                                      ", newer than the " + std::to_string(known) +
                                      " that this tartan knows: use a newer tartan, or restore a "
                                      "backup made with this one"};
  }
  if (present == 0) {
    if (auto error = connection.run("CREATE TABLE tartan_schema (version INTEGER NOT NULL)")) {
      return error;
    }
  }
  for (const Migration& migration : migrations) {
    if (migration.number <= present) {
      continue;
    }
    if (auto error = connection.run(in_sqlite(migration.sql).c_str())) {
      return error;
    }
    connection.execute(kRecord, {std::int64_t{migration.number}});
  }
  return connection.error();
}

}  // namespace

std::optional<Error> migrate(Connection& connection, std::span<const Migration> migrations,
                             const std::filesystem::path& file) {
  if (auto error = connection.run("BEGIN IMMEDIATE")) {
    return error;
  }
  std::optional<Error> error = apply(connection, migrations, file);
  connection.clear_error();
  if (!error) {
    error = connection.run("COMMIT");
  }
  if (error && connection.in_transaction()) {
    connection.run("ROLLBACK");
  }
  return error;
}

Result<FileReport> inspect_sqlite(const std::filesystem::path& file) {
  ConnectionOptions options;
  options.access = ConnectionOptions::Access::read_only;
  auto connection = Connection::open(file, options);
  if (!connection) {
    return std::move(connection).error();
  }
  FileReport report;
  report.schema_version = schema_version(**connection);
  {
    Cursor cursor = (*connection)->query(kCheck, {});
    while (cursor.next()) {
      report.integrity += (report.integrity.empty() ? "" : "; ") + std::string(cursor.text(0));
    }
  }
  if ((*connection)->error()) {
    return *(*connection)->error();
  }
  return report;
}

std::optional<Error> copy_sqlite(const std::filesystem::path& file,
                                 const std::filesystem::path& copy) {
  ConnectionOptions options;
  options.access = ConnectionOptions::Access::read_only;
  auto connection = Connection::open(file, options);
  if (!connection) {
    return std::move(connection).error();
  }
  const std::string target = copy.string();
  (*connection)->execute(kCopy, {std::string_view(target)});
  return (*connection)->error();
}

}  // namespace tartan::store
