// The JavaScript that the engine loads before its image is taken; bytes made by prepare.py.
#pragma once

#include <string_view>

namespace tartan::script {

extern const std::string_view kJsonataSource;  // the jsonata package, without async
extern const std::string_view kHostSource;     // host.js

}  // namespace tartan::script
