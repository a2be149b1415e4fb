#pragma once

#include <CLI/CLI.hpp>

namespace tartan::cli {

// catalog import, list, search, show, prepare, remove, imports.
void add_catalog_commands(CLI::App& app, int& exit_code);

}  // namespace tartan::cli
