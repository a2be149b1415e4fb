// Runs, tasks and definitions as the API shows them (api/workbench.yaml).
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "workflow/engine.h"

namespace tartan::workflow {

struct Viewer {
  std::string organization_id;
  // The name of who has an id: a token's name. May be empty.
  std::function<std::string(std::string_view id)> name_of_user;
};

json::Object view_run(const RunRow& row, const Viewer& viewer);
json::Object view_run(const RunState& state, const Viewer& viewer);
json::Object view_task_row(const RunState& state, const Definition& definition, int place,
                           const Viewer& viewer);
json::Object view_task(const RunState& state, const Definition& definition, int place,
                       const Viewer& viewer);
// One transition as the history and event streams show it. `number` counts from 0.
json::Object view_transition(const RunState& state, const Definition& definition,
                             const Transition& transition, std::int64_t number);
// A stored definition with every field that is not set as null.
json::Value view_definition(const DefinitionStore::Document& stored, const Viewer& viewer);

}  // namespace tartan::workflow
