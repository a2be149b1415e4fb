#!/usr/bin/env bash
# The C++ tests under the address and undefined-behaviour sanitizers, then under the thread
# sanitizer.
set -euo pipefail
cd "$(dirname "$0")/.."
for preset in asan-ubsan tsan; do
  cmake --preset "$preset" >/dev/null
  cmake --build --preset "$preset" --parallel "$(nproc)" --target tartan_tests
  echo "== $preset"
  TSAN_OPTIONS="halt_on_error=1" \
    ASAN_OPTIONS="detect_leaks=1" \
    "build/$preset/tests/tartan_tests" --gtest_brief=1
done
