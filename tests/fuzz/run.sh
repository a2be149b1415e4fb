#!/usr/bin/env bash
# Builds the fuzzer and runs it on each target for FUZZ_SECONDS (60), beginning with its corpus. What
# it finds to be new is kept in build/fuzz/found/TARGET between runs; an input that crashes, hangs or
# takes too much memory is written to build/fuzz/crashes. Fix what it shows, then move it to
# tests/fuzz/corpus/TARGET under a name that says what it is: `make test` replays that folder.
# Usage: run.sh [TARGET...]
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${FUZZ_SECONDS:-60}
targets=("$@")
[ "${#targets[@]}" != 0 ] || targets=(json path placeholders definition http_task curl api_document)

cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --parallel "$(nproc)" --target tartan_fuzzer

mkdir -p build/fuzz/crashes
failed=0
for target in "${targets[@]}"; do
  found=build/fuzz/found/$target
  mkdir -p "$found"
  echo "== $target, $seconds s"
  # Inputs of more than 16 KiB make a fuzzer slow and find what smaller ones find. Its log ends with
  # a page of words that it came to like.
  TARTAN_FUZZ_TARGET=$target build/fuzz/tests/fuzz/tartan_fuzzer \
    -max_total_time="$seconds" -max_len=16384 -timeout=10 -rss_limit_mb=2048 \
    -dict=tests/fuzz/words.dict -print_final_stats=1 \
    -artifact_prefix="build/fuzz/crashes/$target-" "$found" "tests/fuzz/corpus/$target" \
    >"build/fuzz/$target.log" 2>&1 || failed=1
  grep -E '^(stat::|SUMMARY|tartan: )' "build/fuzz/$target.log" || true
done
[ "$failed" = 0 ] || echo "Something was found: see build/fuzz/crashes and build/fuzz/*.log" >&2
exit "$failed"
