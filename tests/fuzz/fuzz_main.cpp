// The fuzzer: libFuzzer calls this with what it makes up. The environment's TARTAN_FUZZ_TARGET
// names the target.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "fuzz/targets.h"

namespace {

const tartan::fuzz::Target& wanted() {
  const char* name = std::getenv("TARTAN_FUZZ_TARGET");
  const auto& all = tartan::fuzz::kTargets;
  const auto* found = std::find_if(all.begin(), all.end(), [&](const tartan::fuzz::Target& target) {
    return name != nullptr && target.name == name;
  });
  if (found == all.end()) {
    std::fputs("TARTAN_FUZZ_TARGET names no target; see targets.h\n", stderr);
    std::exit(2);
  }
  return *found;
}

}  // namespace

// The name is libFuzzer's.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const tartan::fuzz::Target& target = wanted();
  // An empty input may come without an address.
  target.run(size == 0 ? std::string_view()
                       : std::string_view(reinterpret_cast<const char*>(bytes), size));
  return 0;
}
