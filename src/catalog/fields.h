// The tables of a reference page: what a body, a parameter or an answer may hold, field by field.
#pragma once

#include "openapi/schema.h"

namespace tartan::catalog {

enum class Direction { request, response };

// Before the pointer of a marker that was met in a request.
inline constexpr std::string_view kRequestMarker = "request:";

struct FieldLimits {
  int references = 4;        // nested in each other before one is left to be opened
  std::size_t fields = 300;  // in all
};

// An object with these members, each only where it says something: type, format, description,
// default, enum, constraints, example, nullable, readOnly, writeOnly, deprecated, items, fields,
// alternatives, more. Fields have a name and required besides; an array of objects shows the
// fields of its elements, and its name ends in []. What `more` names was left to be opened: a
// schema that contains itself, or lies deep.
json::Object describe_schema(openapi::Library& library, const json::Value* schema,
                             Direction direction, const FieldLimits& limits = {});

}  // namespace tartan::catalog
