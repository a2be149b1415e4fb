// Conditions that must hold, checked in release builds too where a breach would lose data: a stop
// is better than a wrong row.
#pragma once

namespace tartan {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

// The place of the call is taken by the compiler's builtins: clang 14 has no std::source_location.
inline void check(bool holds, const char* condition, const char* file = __builtin_FILE(),
                  int line = __builtin_LINE()) {
  if (!holds) [[unlikely]] {
    check_failed(condition, file, line);
  }
}

}  // namespace tartan
