// A request and its answer held against the reference of their operation.
#pragma once

#include "openapi/operation.h"

namespace tartan::catalog {

// The id of the operation that a task was prepared from, as its metadata tells; empty if none.
std::string operation_of_task(const json::Object& task);

// {"in": "request"|"response", "pointer", "message"}, pointers like "/body/item_ids/0" and
// "/query/limit". `request` and `response` are as Test request shows them; `response` may be null.
json::Array check_exchange(openapi::Library& library, const openapi::Operation& operation,
                           const json::Object& request, const json::Value& response);

}  // namespace tartan::catalog
