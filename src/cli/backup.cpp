#include "cli/backup.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <memory>
#include <vector>

#include "store/sqlite/sqlite_database.h"

namespace tartan::cli {
namespace {

struct FreeWriter {
  void operator()(archive* a) const { archive_write_free(a); }
};
struct FreeReader {
  void operator()(archive* a) const { archive_read_free(a); }
};
struct FreeEntry {
  void operator()(archive_entry* e) const { archive_entry_free(e); }
};

constexpr std::size_t kBlockBytes = 1024 * 1024;

std::array<std::filesystem::path, 5> databases(const server::DataFiles& files) {
  return {files.access(), files.sandbox(), files.production(), files.workflow(), files.catalog()};
}

bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

Error archive_failure(archive* a, const std::filesystem::path& path) {
  const char* text = archive_error_string(a);
  return {Fault::internal, path.string() + ": " + (text != nullptr ? text : "can't be processed")};
}

std::optional<Error> add_file(archive* writer, const std::filesystem::path& file,
                              const std::filesystem::path& target) {
  const std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), file.filename().c_str());
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(std::filesystem::file_size(file)));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0600);
  if (archive_write_header(writer, entry.get()) != ARCHIVE_OK) {
    return archive_failure(writer, target);
  }
  std::ifstream input(file, std::ios::binary);
  std::vector<char> block(kBlockBytes);
  while (input) {
    input.read(block.data(), static_cast<std::streamsize>(block.size()));
    const auto got = input.gcount();
    if (got > 0 && archive_write_data(writer, block.data(), static_cast<std::size_t>(got)) != got) {
      return archive_failure(writer, target);
    }
  }
  return std::nullopt;
}

std::optional<Error> write_archive(const std::vector<std::filesystem::path>& copies,
                                   const std::filesystem::path& target) {
  const int descriptor = ::open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return Error{Fault::internal, "can't create " + target.string()};
  }
  const std::unique_ptr<archive, FreeWriter> writer(archive_write_new());
  archive_write_set_format_pax_restricted(writer.get());
  std::optional<Error> error;
  if (archive_write_open_fd(writer.get(), descriptor) != ARCHIVE_OK) {
    error = archive_failure(writer.get(), target);
  }
  for (std::size_t i = 0; i < copies.size() && !error; ++i) {
    error = add_file(writer.get(), copies[i], target);
  }
  if (!error && archive_write_close(writer.get()) != ARCHIVE_OK) {
    error = archive_failure(writer.get(), target);
  }
  if (!error && ::fsync(descriptor) != 0) {
    error = Error{Fault::internal, "can't sync " + target.string()};
  }
  ::close(descriptor);
  if (error) {
    ::unlink(target.c_str());
  }
  return error;
}

std::optional<Error> extract_entry(archive* reader, const std::filesystem::path& target) {
  const int descriptor = ::open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return Error{Fault::internal, "can't create " + target.string()};
  }
  std::optional<Error> error;
  if (archive_read_data_into_fd(reader, descriptor) != ARCHIVE_OK || ::fsync(descriptor) != 0) {
    error = archive_failure(reader, target);
  }
  ::close(descriptor);
  return error;
}

// Extracts the databases into `folder`; answers how many there were.
Result<int> extract(const std::filesystem::path& source, const server::DataFiles& into) {
  const std::unique_ptr<archive, FreeReader> reader(archive_read_new());
  archive_read_support_format_tar(reader.get());
  if (archive_read_open_filename(reader.get(), source.c_str(), kBlockBytes) != ARCHIVE_OK) {
    return Error{Fault::damaged, source.string() + " can't be read as a backup"};
  }
  int found = 0;
  archive_entry* entry = nullptr;
  int code = ARCHIVE_OK;
  while ((code = archive_read_next_header(reader.get(), &entry)) == ARCHIVE_OK) {
    for (const auto& file : databases(into)) {
      const char* name = archive_entry_pathname(entry);
      if (name == nullptr || file.filename() != name) {
        continue;
      }
      if (auto error = extract_entry(reader.get(), file)) {
        return *std::move(error);
      }
      ++found;
    }
  }
  if (code != ARCHIVE_EOF) {
    return Error{Fault::damaged, source.string() + " is damaged or cut short"};
  }
  return found;
}

std::optional<Error> check_extracted(const server::DataFiles& extracted, int found,
                                     const std::filesystem::path& source) {
  int there = 0;
  for (const auto& file : databases(extracted)) {
    // Older backups have none.
    const bool is_optional = file == extracted.workflow() || file == extracted.catalog();
    there += is_there(file) ? 1 : 0;
    if (is_there(file) || is_optional) {
      continue;
    }
    return Error{Fault::damaged, source.string() + " is not a backup made by tartan backup"};
  }
  if (found != there) {
    return Error{Fault::damaged, source.string() + " is not a backup made by tartan backup"};
  }
  for (const auto& file : databases(extracted)) {
    if (!is_there(file)) {
      continue;
    }
    const auto report = store::inspect_sqlite(file);
    if (!report || report->integrity != "ok") {
      return Error{Fault::damaged, source.string() + ": its " + file.filename().string() +
                                       " does not pass the integrity check"};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Error> backup(const server::DataFiles& files, const std::filesystem::path& target) {
  if (is_there(target)) {
    return Error{Fault::conflict, target.string() + " exists: name another file"};
  }
  if (!is_there(files.access())) {
    return Error{Fault::not_found, "there is no Tartan data in " + files.folder.string()};
  }
  const std::filesystem::path draft_folder = target.string() + ".part";
  std::error_code problem;
  std::filesystem::remove_all(draft_folder, problem);
  std::filesystem::create_directory(draft_folder, problem);
  if (problem) {
    return Error{Fault::internal,
                 "can't create " + draft_folder.string() + ": " + problem.message()};
  }
  std::filesystem::permissions(draft_folder, std::filesystem::perms::owner_all, problem);
  std::optional<Error> error;
  std::vector<std::filesystem::path> copies;
  for (const auto& file : databases(files)) {
    if (!is_there(file)) {
      continue;  // data of an older version: its next start makes it
    }
    copies.push_back(draft_folder / file.filename());
    if (!error) {
      error = store::copy_sqlite(file, copies.back());
    }
  }
  if (!error) {
    error = write_archive(copies, target);
  }
  std::filesystem::remove_all(draft_folder, problem);
  return error;
}

std::optional<Error> restore(const server::DataFiles& files, const std::filesystem::path& source) {
  auto lock = server::DataLock::take(files);
  if (!lock) {
    return std::move(lock).error();
  }
  for (const auto& file : databases(files)) {
    if (is_there(file)) {
      return Error{Fault::conflict, files.folder.string() +
                                        " holds data already: restore into an empty folder (its "
                                        "key file may be there)"};
    }
  }
  const server::DataFiles draft(files.folder / "restore.part");
  std::error_code problem;
  std::filesystem::remove_all(draft.folder, problem);
  std::filesystem::create_directory(draft.folder, problem);
  auto found = extract(source, draft);
  std::optional<Error> error =
      found ? check_extracted(draft, *found, source) : std::optional<Error>(found.error());
  // access.db last: it marks a whole directory.
  for (const auto& name :
       {files.sandbox(), files.production(), files.workflow(), files.catalog(), files.access()}) {
    if (!error && is_there(draft.folder / name.filename())) {
      std::filesystem::rename(draft.folder / name.filename(), name, problem);
      if (problem) {
        error = Error{Fault::internal,
                      "can't move " + name.filename().string() + ": " + problem.message()};
      }
    }
  }
  std::filesystem::remove_all(draft.folder, problem);
  return error;
}

}  // namespace tartan::cli
