#include "cli/doctor.h"

#include <sys/stat.h>
#include <unistd.h>

#include "access/tokens.h"
#include "base/clock.h"
#include "catalog/schema.h"
#include "crypto/vault.h"
#include "items/schema.h"
#include "store/sqlite/sqlite_database.h"
#include "workflow/schema.h"

namespace tartan::cli {
namespace {

using Level = Finding::Level;

constexpr std::uintmax_t kFreeBytesWanted = 1024ULL * 1024 * 1024;
constexpr std::uintmax_t kFreeBytesNeeded = 64ULL * 1024 * 1024;
// Earlier than this the clock is certainly wrong: 2026-01-01.
constexpr UnixMs kEarliestPlausible = 1'767'225'600'000;

bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

void examine_database(std::vector<Finding>& findings, const std::filesystem::path& file,
                      std::span<const store::Migration> migrations) {
  const std::string name = file.filename().string();
  if (!is_there(file)) {
    findings.push_back({Level::problem, "database " + name, "missing",
                        "restore a backup (tartan restore), or start anew with an empty folder"});
    return;
  }
  auto report = store::inspect_sqlite(file);
  if (!report) {
    findings.push_back({Level::problem, "database " + name, report.error().message,
                        "keep the files as they are and restore a backup into another folder"});
    return;
  }
  const bool whole = report->integrity == "ok";
  findings.push_back({whole ? Level::ok : Level::problem, "integrity of " + name, report->integrity,
                      whole ? "" : "keep a copy of the files, then restore the last backup"});
  const int known = migrations.back().number;
  const std::string versions =
      std::to_string(report->schema_version) + ", this program knows " + std::to_string(known);
  findings.push_back({report->schema_version > known ? Level::problem : Level::ok,
                      "schema of " + name, "version " + versions,
                      report->schema_version > known ? "use a newer tartan" : ""});
}

void examine_permissions(std::vector<Finding>& findings, const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    return;
  }
  const bool open_to_others = (status.st_mode & 077U) != 0;
  const bool foreign = status.st_uid != ::geteuid();
  std::string advice;
  if (open_to_others) {
    advice = "chmod go-rwx " + path.string();
  } else if (foreign) {
    advice = "run tartan as the owner of its files";
  }
  findings.push_back({open_to_others || foreign ? Level::warning : Level::ok,
                      "permissions of " + path.filename().string(),
                      open_to_others ? "others may read or write it"
                                     : (foreign ? "it belongs to another user" : "owner only"),
                      advice});
}

void examine_space(std::vector<Finding>& findings, const std::filesystem::path& folder) {
  std::error_code problem;
  const auto space = std::filesystem::space(folder, problem);
  if (problem) {
    return;
  }
  const Level level = space.available < kFreeBytesNeeded   ? Level::problem
                      : space.available < kFreeBytesWanted ? Level::warning
                                                           : Level::ok;
  findings.push_back({level, "disk space",
                      std::to_string(space.available / (1024 * 1024)) + " MiB free",
                      level == Level::ok ? "" : "free some: a full disk refuses every write"});
}

void examine_clock(std::vector<Finding>& findings) {
  const UnixMs now = SystemClock().now();
  const bool plausible = now > kEarliestPlausible;
  findings.push_back({plausible ? Level::ok : Level::problem, "clock", format_utc(now),
                      plausible ? "" : "set the clock: tokens expire by it"});
}

void examine_key(std::vector<Finding>& findings, const server::DataFiles& files) {
  SystemRandom random;
  const auto vault = crypto::Vault::open(files.key(), random, crypto::Vault::IfMissing::fail);
  findings.push_back({vault ? Level::ok : Level::problem, "key file",
                      vault ? "readable" : vault.error().message,
                      vault ? "" : "put the original key file back: nothing else opens the data"});
}

}  // namespace

std::vector<Finding> examine(const server::DataFiles& files) {
  std::vector<Finding> findings;
  if (!is_there(files.folder)) {
    findings.push_back({Level::problem, "data directory", files.folder.string() + " is missing",
                        "start tartan serve once, or name the right folder with --data"});
    return findings;
  }
  examine_permissions(findings, files.folder);
  examine_permissions(findings, files.key());
  examine_key(findings, files);
  examine_database(findings, files.access(), access::migrations());
  examine_database(findings, files.sandbox(), items::migrations());
  examine_database(findings, files.production(), items::migrations());
  examine_database(findings, files.workflow(), workflow::migrations());
  examine_database(findings, files.catalog(), catalog::migrations());
  for (const auto& file :
       {files.access(), files.sandbox(), files.production(), files.workflow(), files.catalog()}) {
    examine_permissions(findings, file);
  }
  examine_space(findings, files.folder);
  examine_clock(findings);
  const auto running = server::find_running(files);
  findings.push_back(
      {Level::ok, "server",
       running ? "process " + std::to_string(running->process_id) + " at " + running->workbench_url
               : "none runs on this folder",
       ""});
  return findings;
}

}  // namespace tartan::cli
