// `tartan doctor`: looks at a data directory without changing it.
#pragma once

#include <string>
#include <vector>

#include "server/data_directory.h"

namespace tartan::cli {

struct Finding {
  enum class Level { ok, warning, problem };
  Level level;
  std::string subject;  // "integrity", "disk space", …
  std::string found;
  std::string advice;  // what to do about it; empty when all is well
};

std::vector<Finding> examine(const server::DataFiles& files);

}  // namespace tartan::cli
