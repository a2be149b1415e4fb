#pragma once

#include <string>

#include "cli/output.h"

namespace tartan::cli {

// Follows a workflow in the terminal until it ends: a line for each step. Exit code 0 when it
// completed, 1 otherwise.
int watch(const Common& common, const std::string& workflow_id);

}  // namespace tartan::cli
