// From a pasted curl command to an Http task.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/json.h"

namespace tartan::catalog {

inline constexpr std::size_t kCurlCommandMax = 64UL * 1024;

struct CurlTask {
  std::string name;         // a suggestion
  json::Object task;        // as in a definition (docs/workflows.md)
  json::Array credentials;  // as in PreparedTask (api/workbench.yaml), with what was in the command
  std::vector<std::string> warnings;
};

// The request that curl would send, as bash or Windows' cmd would call it. Shell variables become
// placeholders with inputs; what proves who asks becomes a credential; what a task can't do is
// named in a warning. Nothing is run, and no file is read. Errors: invalid, naming what was not
// understood and where.
Result<CurlTask> parse_curl(std::string_view command);

}  // namespace tartan::catalog
