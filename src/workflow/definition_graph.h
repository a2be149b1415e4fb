// What can be said of a definition's routes as a whole: tasks that nothing leads to, tasks from
// which no end can be reached, and placeholders that speak of tasks which can't have run yet.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "workflow/definition.h"

namespace tartan::workflow {

// The names that a definition's JSONata expressions read at the root of what they see, by the text
// of the expression.
using RootNames = std::map<std::string, std::vector<script::RootName>, std::less<>>;

// With `routes_are_whole` false some route is broken, which is reported already: what can be
// reached and what ends is not looked at then.
void check_graph(const Definition& definition, const RootNames& names, bool routes_are_whole,
                 std::vector<Problem>& problems);

}  // namespace tartan::workflow
