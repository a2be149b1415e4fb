// Programs that send the request of an Http task.
#pragma once

#include "base/result.h"
#include "json/json.h"

namespace tartan::catalog {

// {"curl", "javascript", "python", "go"}: each a whole program (curl: a command for bash). What
// varies stands in variables at the top; secrets come from environment variables that are named
// after the scheme. `credentials` as in PreparedTask; may be empty. Errors: invalid.
Result<json::Object> snippets_of(const json::Object& task, const json::Array& credentials);

}  // namespace tartan::catalog
