#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace tartan {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "tartan: must hold: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace tartan
