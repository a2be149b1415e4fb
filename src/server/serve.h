// `tartan serve`: builds the parts, listens, announces itself, and drains at SIGTERM or SIGINT.
#pragma once

#include "server/config.h"

namespace tartan::server {

// Runs until it is told to stop. Errors: why it could not start.
Result<Done> serve(const Config& config);

}  // namespace tartan::server
