// One fuzzer: libFuzzer calls this with what it makes up. TARTAN_FUZZ_TARGET says which target.
#include <cstddef>
#include <cstdint>

#include "fuzz/targets.h"

// The name is libFuzzer's.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  // An empty input may come without an address.
  tartan::fuzz::TARTAN_FUZZ_TARGET(
      size == 0 ? std::string_view()
                : std::string_view(reinterpret_cast<const char*>(bytes), size));
  return 0;
}
