#include "openapi/path_template.h"

namespace tartan::openapi {

std::vector<PathPart> split_path(std::string_view path) {
  std::vector<PathPart> parts;
  std::string literal;
  while (!path.empty()) {
    const std::size_t close = path.front() == '{' ? path.find_first_of("{}/", 1) : 0;
    if (path.front() == '{' && close != std::string_view::npos && path[close] == '}' && close > 1) {
      if (!literal.empty()) {
        parts.push_back({std::move(literal), false});
        literal.clear();
      }
      std::string_view name = path.substr(1, close - 1);
      // RFC 6570's operators, which some documents use: {+path}, {path*}.
      if (name.size() > 1 && (name.front() == '+' || name.front() == '#')) {
        name.remove_prefix(1);
      }
      parts.push_back({std::string(name), true});
      path.remove_prefix(close + 1);
    } else {
      literal.push_back(path.front());
      path.remove_prefix(1);
    }
  }
  if (!literal.empty()) {
    parts.push_back({std::move(literal), false});
  }
  return parts;
}

std::vector<std::string> names_in_path(std::string_view path) {
  std::vector<std::string> names;
  for (PathPart& part : split_path(path)) {
    if (part.is_parameter) {
      names.push_back(std::move(part.text));
    }
  }
  return names;
}

}  // namespace tartan::openapi
