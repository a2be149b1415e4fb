// A schema as a reader wants it: references followed, `allOf` merged, types of both generations in
// one form. Only one level is read; what is below stays as it stands.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "openapi/library.h"

namespace tartan::openapi {

struct Schema {
  // The pointers of the references that led here, the outermost first; empty for one in place.
  std::vector<std::string> references;
  // Those of its allOf parts: what it is made of.
  std::vector<std::string> inner_references;
  // "object", "array", "string", "integer", "number", "boolean"; empty when anything goes.
  std::string type;
  std::vector<std::string> types;  // all that are allowed, without null
  bool nullable = false;
  std::vector<std::pair<std::string, const json::Value*>> properties;  // in the document's order
  std::set<std::string, std::less<>> required;
  const json::Value* items = nullptr;
  std::vector<const json::Value*> alternatives;  // of oneOf or anyOf
  // The schema itself and what it is made of, the outermost first.
  std::vector<const json::Object*> layers;

  // The keyword from the first layer that has it, or nullptr.
  const json::Value* keyword(std::string_view name) const;
  // Its example: `example`, or the first of `examples`.
  const json::Value* example() const;
  std::string_view text(std::string_view name) const;
  bool flag(std::string_view name) const;
};

// Of nullptr, or of what leads nowhere: a schema that allows anything.
Schema read_schema(Library& library, const json::Value* schema);

// What a value must be beyond its type, as one line for people: "1 to 100 characters, matches ^a".
std::string constraints_of(const Schema& schema);

}  // namespace tartan::openapi
