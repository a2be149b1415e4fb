// YAML documents as JSON trees, by the rules of YAML 1.2's core schema: `no` and `2026-01-01` are
// texts, `012` is a number.
#pragma once

#include "json/json.h"

namespace tartan::openapi {

// Bounds as for JSON text: aliases count with what they stand for, so that a few lines that name
// each other can't fill the memory. Of members with the same name the last counts. Errors: what is
// wrong with its line and column, as words.
Result<json::Lenient, json::SyntaxError> parse_yaml(std::string_view text, json::Storage storage,
                                                    const json::Limits& limits);

}  // namespace tartan::openapi
