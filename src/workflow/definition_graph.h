// What can be said of a definition's routes as a whole: tasks that nothing leads to, tasks from
// which no end can be reached, and placeholders that speak of tasks which can't have run yet.
#pragma once

#include "workflow/definition.h"

namespace tartan::workflow {

void check_graph(const Definition& definition, std::vector<Problem>& problems);

}  // namespace tartan::workflow
