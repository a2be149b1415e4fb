// Paths with parameters: "/users/{user_id}/items".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tartan::openapi {

struct PathPart {
  std::string text;  // literal, or the parameter's name
  bool is_parameter = false;
};

// A brace without its partner is literal text.
std::vector<PathPart> split_path(std::string_view path);

std::vector<std::string> names_in_path(std::string_view path);

}  // namespace tartan::openapi
