// Texts of JSON values as the standard library's views: they live as long as the value.
#pragma once

#include <string_view>

#include "json/json.h"

namespace tartan::json {

inline std::string_view view(boost::json::string_view text) { return {text.data(), text.size()}; }
inline std::string_view view(const boost::json::string& text) { return {text.data(), text.size()}; }
// Of a value that is known to be a string.
inline std::string_view view(const Value& text) { return view(text.get_string()); }

// The string that a member is; empty when there is none, or it is something else.
inline std::string_view text_at(const Object& object, std::string_view name) {
  const Value* value = find(object, name);
  return value != nullptr && value->is_string() ? view(*value) : std::string_view();
}

}  // namespace tartan::json
