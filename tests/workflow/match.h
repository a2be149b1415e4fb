// How the cases compare: what is expected against what came.
//
// Objects match by the members that are named, arrays element by element and in length, an empty
// object only an empty object, numbers by value. Instead of a value may stand '!any' (whatever is
// there and not null), '!absent', '!regex ...', '!contains ...' and '!length N'.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.h"

namespace tartan::cases {

// The first difference in words, with its place; nothing when it matches. `actual` is nullptr where
// nothing is there.
std::optional<std::string> difference(const json::Value& expected, const json::Value* actual,
                                      const std::string& place = "");

// Throws std::runtime_error when `object` has a member that is not among `known`.
void check_keys(const json::Object& object, const std::vector<std::string_view>& known,
                const std::string& where);

}  // namespace tartan::cases
