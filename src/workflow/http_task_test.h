// Test request: the request of one Http task sent once, by the very code of a run.
#pragma once

#include <functional>

#include "workflow/engine.h"

namespace tartan::workflow {

enum class ShowSecrets { no, yes };

// What a request and its answer have against the reference of the task's operation, as findings;
// the part that knows references gives it. May be empty.
using CheckReference = std::function<json::Array(
    const json::Object& task, const json::Object& request, const json::Value& response)>;

// {"request", "response", "error", "warnings", "reference"} as api/workbench.yaml describes. `task`
// has been parsed from `document`; `input` gives the values of its input parameters. `done` is
// called once, on any thread.
void test_http_task(Engine& engine, Task task, const json::Object& document,
                    const json::Object& input, ShowSecrets secrets, CheckReference check,
                    std::function<void(json::Object)> done);

}  // namespace tartan::workflow
