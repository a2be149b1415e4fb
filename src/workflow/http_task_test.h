// Test request: the request of one Http task sent once, by the very code of a run.
#pragma once

#include <functional>

#include "workflow/engine.h"

namespace tartan::workflow {

enum class ShowSecrets { no, yes };

// {"request", "response", "error", "warnings"} as api/workbench.yaml describes. `task` has been
// parsed from `document`; `input` gives the values of its input parameters. `done` is called once,
// on any thread.
void test_http_task(Engine& engine, Task task, const json::Object& document,
                    const json::Object& input, ShowSecrets secrets,
                    std::function<void(json::Object)> done);

}  // namespace tartan::workflow
