// Sample values for schemas, such as a person would type to try a request.
#pragma once

#include "openapi/operation.h"
#include "openapi/schema.h"

namespace tartan::openapi {

// A value for a request: what the schema gives as example, default, constant or choice, else one
// that fits its type, format and bounds. Objects hold their required members first, then the
// optional ones that have an example of their own when nothing is required; what is read-only is
// left out. Recursion and size are bounded.
json::Value example_of(Library& library, const json::Value* schema);

// The body of a request as one content type takes it: the document's own example with what it lacks
// of the required members, or a value made from the schema.
json::Value example_body(Library& library, const MediaType& type);

}  // namespace tartan::openapi
