// Runs one case of a definition's checks. tests/cases/README.md describes the format.
#pragma once

#include <string>
#include <vector>

#include "json/json.h"
#include "script/engine.h"

namespace tartan::cases {

// Every expectation that was not met, as text for people; empty when all were.
std::vector<std::string> run_definition_case(const json::Value& file,
                                             script::ScriptEngine& scripts);

}  // namespace tartan::cases
