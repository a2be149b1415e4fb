// "Did you mean": the known name that a mistyped one is nearest to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tartan::workflow {

// "did you mean 'startTask'?", or nothing when no name is near. Case does not count.
std::string nearest(std::string_view wanted, const std::vector<std::string_view>& names);

}  // namespace tartan::workflow
