// Swagger 2.0 in the shape of OpenAPI 3.
#pragma once

#include "openapi/document.h"

namespace tartan::openapi {

// Replaces the tree of `document`. What has no place in OpenAPI 3 is dropped.
void convert_swagger2(Document& document);

// Parameters with `in: body` or `in: formData`, as a request body. `consumes` are the content types
// that the operation takes; one that fits is chosen when it is empty. Null when there are none.
json::Value body_of_parameters(const json::Array& parameters,
                               const std::vector<std::string>& consumes, json::Storage storage);

// `in: body` or `in: formData`, which only Swagger 2.0 has.
bool is_body_parameter(const json::Value& parameter);

}  // namespace tartan::openapi
