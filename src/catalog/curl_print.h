// An Http task as a curl command for bash.
#pragma once

#include "base/result.h"
#include "json/json.h"

namespace tartan::catalog {

// The command sends what the task sends. Placeholders are shell variables: those whose value the
// task has are assigned before the command, the others are named in a comment, as are those that
// hold secrets. `credentials` as in PreparedTask; may be empty. parse_curl (curl_command.h) makes
// the same request of it again. Errors: invalid.
Result<std::string> print_curl(const json::Object& task, const json::Array& credentials);

// `text` as one word of bash, whatever it holds but NUL.
std::string quote_for_bash(std::string_view text);

}  // namespace tartan::catalog
