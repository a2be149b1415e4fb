#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace tartan {

void check_failed(const char* condition, std::source_location where) {
  std::fprintf(stderr, "tartan: must hold: %s (%s:%u)\n", condition, where.file_name(),
               where.line());
  std::abort();
}

}  // namespace tartan
