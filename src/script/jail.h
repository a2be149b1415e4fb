// Takes from this process what running expressions does not need. Nothing gives it back.
#pragma once

#include "base/result.h"

namespace tartan::script {

// No new privileges, no core files, no further descriptors, at most 256 MB of data, and only the
// system calls that reading requests, computing and answering take; any other ends the process.
// Applies to every thread. Errors: unavailable, naming what the kernel refused.
Result<Done> enter_jail();

}  // namespace tartan::script
