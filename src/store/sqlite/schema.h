// Migrations of one SQLite file.
#pragma once

#include <filesystem>
#include <span>

#include "store/sqlite/connection.h"

namespace tartan::store {

// Applies the migrations that the file does not have yet, all in one transaction.
std::optional<Error> migrate(Connection& connection, std::span<const Migration> migrations,
                             const std::filesystem::path& file);

}  // namespace tartan::store
