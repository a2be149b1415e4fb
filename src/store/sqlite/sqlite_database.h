// store::Database on one SQLite file: a writer thread with group commit, reads on the calling
// thread against WAL snapshots, and a checkpoint thread, so that no commit waits for a checkpoint.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "store/database.h"

namespace tartan::store {

struct SqliteOptions {
  const char* vfs = nullptr;
  bool synchronous = true;
  int writer_cache_kib = 16 * 1024;
  int reader_cache_kib = 6 * 1024;
  // Of the file, which readers see through a mapping; SQLite's own limit in Debian is 2 GiB. Mapped
  // pages count as the process's memory while the kernel keeps them.
  std::int64_t reader_mapped_bytes_max = 2LL << 30;
};

// Opens or creates `file` and brings its schema up to the last of `migrations`.
// Errors: conflict when the file's schema is newer than `migrations`; damaged; full; internal.
Result<std::unique_ptr<Database>> open_sqlite(const std::filesystem::path& file,
                                              std::span<const Migration> migrations,
                                              const SqliteOptions& options = {});

// What `tartan doctor` asks of a file that nobody need have open.
struct FileReport {
  int schema_version = 0;
  std::string integrity;  // "ok", or the first problems that SQLite found
};
Result<FileReport> inspect_sqlite(const std::filesystem::path& file);

// Writes a consistent copy of `file` to `copy`, which must not exist; writers go on meanwhile.
std::optional<Error> copy_sqlite(const std::filesystem::path& file,
                                 const std::filesystem::path& copy);

}  // namespace tartan::store
