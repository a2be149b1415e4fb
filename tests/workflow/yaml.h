// YAML as the cases use it: read into JSON values, and values printed so that a person reads them
// easily.
#pragma once

#include <string>
#include <string_view>

#include "json/json.h"

namespace tartan::cases {

// Plain scalars become null, true, false or numbers where they read so, quoted ones are texts.
// Errors: what YAML itself refuses, and a key that stands twice in one mapping.
Result<json::Value> read_yaml(const std::string& file);

// `value` as YAML-like text, each line indented by `indent` blanks.
std::string to_yaml(const json::Value& value, std::size_t indent = 0);

}  // namespace tartan::cases
