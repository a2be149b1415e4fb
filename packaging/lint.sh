#!/usr/bin/env bash
# clang-format on every file; Prettier and ESLint on web/; clang-tidy on the files changed since
# main's last landing, or on all.
# Usage: lint.sh changed|all
set -euo pipefail
cd "$(dirname "$0")/.."
mapfile -t files < <(git ls-files '*.cpp' '*.h')
clang-format --dry-run --Werror "${files[@]}"
echo "clang-format: ${#files[@]} files hold"

packaging/lint-web.sh

cmake --preset release -DTARTAN_TESTS=ON >/dev/null
cmake --build --preset release --target tartan_items tartan_script_engine >/dev/null  # the generated headers
if [ "${1:-changed}" = all ]; then
  mapfile -t sources < <(git ls-files 'src/*.cpp' 'tests/*.cpp')
else
  base=$(git merge-base HEAD origin/main 2>/dev/null || git rev-parse HEAD)
  # On main itself: what the last commit changed.
  [ "$base" != "$(git rev-parse HEAD)" ] || base=$(git rev-parse -q --verify HEAD~1 || echo "$base")
  mapfile -t sources < <(git diff --name-only --diff-filter=d "$base" -- 'src/*.cpp' 'tests/*.cpp')
fi
if [ "${#sources[@]}" = 0 ]; then
  echo "clang-tidy: nothing changed"
  exit 0
fi
printf '%s\0' "${sources[@]}" | xargs -0 -n 1 -P "$(nproc)" clang-tidy -p build/release --quiet
echo "clang-tidy: ${#sources[@]} files hold"
