// ASCII letters without regard to the locale.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace tartan {

inline std::string to_lower(std::string_view text) {
  std::string made(text);
  std::transform(made.begin(), made.end(), made.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  return made;
}

}  // namespace tartan
