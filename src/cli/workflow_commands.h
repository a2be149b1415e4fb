#pragma once

#include <CLI/CLI.hpp>

namespace tartan::cli {

// definition, workflow, task, credentials, request.
void add_workflow_commands(CLI::App& app, int& exit_code);

}  // namespace tartan::cli
