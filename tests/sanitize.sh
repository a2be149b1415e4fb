#!/usr/bin/env bash
# The C++ tests under the address and undefined-behaviour sanitizers, then under the thread
# sanitizer. What takes long and looks the same every time is cut: fewer seeds of the simulation, and
# not the reference suite of JSONata, whose engine runs in a process of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
for preset in ${1:-asan-ubsan tsan}; do
  cmake --preset "$preset" >/dev/null
  cmake --build --preset "$preset" --parallel "$(nproc)" --target tartan_tests
  echo "== $preset"
  TARTAN_SEEDS=100 TSAN_OPTIONS="halt_on_error=1" ASAN_OPTIONS="detect_leaks=1" \
    "build/$preset/tests/tartan_tests" --gtest_brief=1 --gtest_filter='-Jsonata*'
done
