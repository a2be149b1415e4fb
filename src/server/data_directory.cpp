#include "server/data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "json/json.h"

namespace tartan::server {
namespace {

Error system_error(const std::string& doing, const std::filesystem::path& path) {
  return {errno == ENOSPC ? Fault::full : Fault::internal,
          doing + " " + path.string() + ": " + std::strerror(errno)};
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool is_locked(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return false;
  }
  const bool locked = ::flock(descriptor, LOCK_SH | LOCK_NB) != 0;
  ::close(descriptor);
  return locked;
}

}  // namespace

Result<DataLock> DataLock::take(const DataFiles& files) {
  std::error_code problem;
  std::filesystem::create_directories(files.folder.parent_path(), problem);
  if (::mkdir(files.folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return system_error("can't create the data directory", files.folder);
  }
  const int descriptor = ::open(files.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return system_error("can't open", files.lock());
  }
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    std::string holder = read_file(files.lock());
    while (!holder.empty() && holder.back() == '\n') {
      holder.pop_back();
    }
    ::close(descriptor);
    return Error{Fault::conflict, "the data directory " + files.folder.string() +
                                      " is in use by another tartan (process " + holder +
                                      "): stop it first, or choose another with --data"};
  }
  const std::string self = std::to_string(::getpid()) + "\n";
  if (::ftruncate(descriptor, 0) != 0 ||
      ::pwrite(descriptor, self.data(), self.size(), 0) != static_cast<ssize_t>(self.size())) {
    const Error error = system_error("can't write", files.lock());
    ::close(descriptor);
    return error;
  }
  return DataLock(descriptor);
}

DataLock::DataLock(DataLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

DataLock::~DataLock() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

std::optional<RunningServer> find_running(const DataFiles& files) {
  if (!is_locked(files.lock())) {
    return std::nullopt;
  }
  const auto parsed = json::parse(read_file(files.server()));
  if (!parsed || !parsed->is_object()) {
    return std::nullopt;
  }
  const json::Object& object = parsed->get_object();
  const json::Value* url = json::find(object, "workbench");
  const json::Value* token = json::find(object, "local_token");
  const json::Value* process = json::find(object, "pid");
  if (url == nullptr || token == nullptr || process == nullptr || !url->is_string() ||
      !token->is_string() || !process->is_int64()) {
    return std::nullopt;
  }
  return RunningServer{std::string(url->get_string()), std::string(token->get_string()),
                       static_cast<int>(process->get_int64())};
}

std::optional<Error> announce_running(const DataFiles& files, const RunningServer& server) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("workbench").string(server.workbench_url);
  out.key("local_token").string(server.local_token);
  out.key("pid").integer(server.process_id);
  out.end_object();
  return write_private_file(files.server(), text + "\n");
}

std::optional<Error> write_private_file(const std::filesystem::path& path, std::string_view text) {
  const std::filesystem::path draft = path.string() + ".new";
  const int descriptor = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return system_error("can't create", draft);
  }
  const bool written =
      ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      ::fsync(descriptor) == 0;
  ::close(descriptor);
  if (!written || ::rename(draft.c_str(), path.c_str()) != 0) {
    return system_error("can't write", path);
  }
  return std::nullopt;
}

Result<TemporaryDirectory> TemporaryDirectory::make() {
  std::error_code problem;
  std::string name = (std::filesystem::temp_directory_path(problem) / "tartan-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    return system_error("can't create a temporary directory", name);
  }
  return TemporaryDirectory(name);
}

TemporaryDirectory::~TemporaryDirectory() {
  if (!path_.empty()) {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
}

}  // namespace tartan::server
