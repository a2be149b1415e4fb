// $ref: where they stand in a document and what they name.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/pointer.h"

namespace tartan::openapi {

// The pointer that an internal reference ("#/components/schemas/User") names, percent-decoded;
// nothing when it leads to another file or is malformed.
std::optional<std::string> internal_pointer(std::string_view reference);

// %20 as a blank; what is malformed stays as it is.
std::string percent_decoded(std::string_view text);

// What an object refers to; nothing when it has no `$ref` that is a text.
std::optional<std::string_view> reference_of(const json::Value& value);

// What stands at a pointer below `root`, or nullptr.
const json::Value* at_pointer(const json::Value& root, std::string_view pointer);

// Calls `each` for every object below `value` that is a reference. Examples, defaults and enums are
// data, not part of the description: a `$ref` in them means nothing.
void visit_references(const json::Value& value,
                      const std::function<void(std::string_view reference)>& each);
// The same with the place below `value`, and leave to change the text.
using EditReference =
    std::function<void(const std::string& pointer, boost::json::string& reference)>;
void edit_references(json::Value& value, const std::string& pointer, const EditReference& each);

}  // namespace tartan::openapi
