// The body of a curl command as the body of an Http task.
#pragma once

#include <optional>
#include <set>

#include "catalog/template_text.h"
#include "json/json.h"

namespace tartan::catalog {

// "a=1&b=x&b=y" as {"a": "1", "b": ["x", "y"]}, if a task with this body sends just these bytes.
std::optional<json::Object> form_of(const Text& text);
// JSON text in which the placeholders of strings are pieces. Errors: invalid, a template that can't
// be read.
Result<Text> json_text(const json::Value& value);
// What stands for a value in a form.
Result<Text> field_text(const json::Value& value);
// What a task sends for a form of `fields`.
Result<Text> form_text(const json::Object& fields);

// JSON text with placeholders within its strings, or in the place of whole values: their names go
// into `bare`. Nothing when it is no JSON. A member's name can't hold a placeholder: that is said
// in `warnings`.
std::optional<json::Value> json_of(const Text& text, std::set<std::string>& bare,
                                   std::vector<std::string>& warnings);

}  // namespace tartan::catalog
