#pragma once

#include <string>

#include "cli/output.h"

namespace tartan::cli {

// Imports `source` with a progress bar in a terminal: through the server that runs, or, when none
// does, into the data directory itself. Exit code 0 when every document was taken.
int import_catalog(const Common& common, const std::string& source);

}  // namespace tartan::cli
