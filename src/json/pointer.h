// JSON pointers (RFC 6901) as text: "/paths/~1user~1items/get".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.h"

namespace tartan::json {

// A member's name as one step of a pointer: ~ and / escaped.
std::string pointer_token(std::string_view name);

// The steps of a pointer, unescaped; nothing when it is neither empty nor begins with a slash.
std::optional<std::vector<std::string>> split_pointer(std::string_view pointer);

// What stands at a step below `value`: a member, or an element by its place; nullptr if nothing.
const Value* step(const Value& value, std::string_view token);

}  // namespace tartan::json
