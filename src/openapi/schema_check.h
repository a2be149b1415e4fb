// Whether a value is what a schema says, as help for people: findings name the place and what was
// expected. Both generations of OpenAPI's schemas. Not judged are formats other than dates, and
// patterns that look around (pattern.h); what such a schema decides by `not` or `if` isn't either.
#pragma once

#include "openapi/schema.h"

namespace tartan::openapi {

struct SchemaFinding {
  std::string pointer;  // into the value
  std::string message;
};

// What is read-only need not be in a request, and what is write-only not in an answer.
enum class Side { request, response };

struct CheckLimits {
  std::size_t findings = 20;
  std::size_t steps = 10'000;  // schemas looked at, parts and alternatives of them included
  int depth = 64;
};

std::vector<SchemaFinding> check_value(Library& library, const json::Value& value,
                                       const json::Value* schema, Side side,
                                       const CheckLimits& limits = {});

}  // namespace tartan::openapi
