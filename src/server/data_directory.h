// The data directory: which files it holds, who may open it, and how the command line finds a
// running server through it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"

namespace tartan::server {

struct DataFiles {
  explicit DataFiles(std::filesystem::path folder_) : folder(std::move(folder_)) {}
  std::filesystem::path folder;
  std::filesystem::path key() const { return folder / "key"; }
  std::filesystem::path access() const { return folder / "access.db"; }
  std::filesystem::path sandbox() const { return folder / "items-sandbox.db"; }
  std::filesystem::path production() const { return folder / "items-production.db"; }
  std::filesystem::path workflow() const { return folder / "workflow.db"; }
  std::filesystem::path catalog() const { return folder / "catalog.db"; }
  // Derived from the catalogue's database: made anew when it is gone.
  std::filesystem::path catalog_index() const { return folder / "catalog-index"; }
  std::filesystem::path lock() const { return folder / "lock"; }
  std::filesystem::path server() const { return folder / "server.json"; }
};

// The exclusive right to a data directory, held while a process works on it. Taken by the kernel's
// lock, so that a killed process leaves none behind.
class DataLock {
 public:
  // Makes the directory (mode 0700) when it is missing. Errors: conflict naming the process that
  // holds it; internal.
  static Result<DataLock> take(const DataFiles& files);
  DataLock(DataLock&& other) noexcept;
  DataLock& operator=(DataLock&&) = delete;
  ~DataLock();

 private:
  explicit DataLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

// How to reach the server that runs on a data directory.
struct RunningServer {
  std::string workbench_url;
  std::string local_token;
  int process_id = 0;
};
// Nothing when none runs.
std::optional<RunningServer> find_running(const DataFiles& files);
std::optional<Error> announce_running(const DataFiles& files, const RunningServer& server);

// Writes a whole file or nothing, readable by its owner only, and syncs it.
std::optional<Error> write_private_file(const std::filesystem::path& path, std::string_view text);

// A fresh directory under the system's temporary one, removed with everything in it at the end.
class TemporaryDirectory {
 public:
  static Result<TemporaryDirectory> make();
  TemporaryDirectory(TemporaryDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  ~TemporaryDirectory();
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace tartan::server
