// What can be said of a definition's routes as a whole: tasks that nothing leads to, tasks from
// which no end can be reached, and placeholders that speak of tasks which can't have run yet.
#pragma once

#include "workflow/definition.h"

namespace tartan::workflow {

// With `routes_are_whole` false some route is broken, which is reported already: what can be
// reached and what ends is not looked at then.
void check_graph(const Definition& definition, bool routes_are_whole,
                 std::vector<Problem>& problems);

}  // namespace tartan::workflow
