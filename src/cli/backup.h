// `tartan backup` and `tartan restore`: the databases of a data directory in one tar file. The key
// file is not in it: a stolen backup stays unreadable.
#pragma once

#include <filesystem>
#include <optional>

#include "base/result.h"
#include "server/data_directory.h"

namespace tartan::cli {

// Copies each database as of one instant, while a server may go on writing. Errors: conflict when
// `target` exists.
std::optional<Error> backup(const server::DataFiles& files, const std::filesystem::path& target);

// Puts a backup's databases into a data directory without databases. Errors: conflict when there
// are some, or a server runs; damaged when the file is no backup.
std::optional<Error> restore(const server::DataFiles& files, const std::filesystem::path& source);

}  // namespace tartan::cli
