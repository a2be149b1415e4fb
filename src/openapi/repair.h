// Mends what is wrong in one sensible way, so that what reads a document afterwards need not doubt
// its shape: every path begins with a slash and is an object, every operation is one, parameters
// have a name, a place and, in a path, are declared.
#pragma once

#include "openapi/document.h"

namespace tartan::openapi {

// Counts the operations too. Errors: too_large when there are more than `limits.operations`.
Result<Done> repair(Document& document, const DocumentLimits& limits);

}  // namespace tartan::openapi
