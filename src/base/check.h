// Conditions that must hold, checked in release builds too where a breach would lose data: a stop
// is better than a wrong row.
#pragma once

#include <source_location>

namespace tartan {

[[noreturn]] void check_failed(const char* condition, std::source_location where);

inline void check(bool holds, const char* condition,
                  std::source_location where = std::source_location::current()) {
  if (!holds) [[unlikely]] {
    check_failed(condition, where);
  }
}

}  // namespace tartan
