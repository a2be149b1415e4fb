#!/bin/sh
# Installs the Debian packages that the named purposes need and the machine lacks.
# Usage: install-packages.sh build|test|lint|bench|fuzz ...
set -eu

build="g++ cmake ninja-build ccache mold pkg-config python3 python3-yaml
  libboost1.81-dev libboost-json1.81-dev libsqlite3-dev libsodium-dev libcurl4-openssl-dev
  libssl-dev zlib1g-dev libarchive-dev libcli11-dev libspdlog-dev libtomlplusplus-dev
  prometheus-cpp-dev wabt libseccomp-dev libyaml-cpp-dev libzstd-dev libre2-dev"
test="chromium openssl libgtest-dev librapidcheck-dev"
lint="clang-format clang-tidy"
bench="wrk"
fuzz="clang libclang-rt-14-dev"

wanted=""
for purpose in "$@"; do
  case "$purpose" in
    build) wanted="$wanted $build"; command -v npm >/dev/null 2>&1 || wanted="$wanted npm" ;;
    test) wanted="$wanted $test" ;;
    lint) wanted="$wanted $lint" ;;
    bench) wanted="$wanted $bench" ;;
    fuzz) wanted="$wanted $fuzz" ;;
    *) echo "install-packages.sh: unknown purpose $purpose" >&2; exit 2 ;;
  esac
done

missing=""
for package in $wanted; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null 2>&1 || {
    echo "These packages are missing, and neither root nor sudo is here to install them:" >&2
    echo "  apt-get install$missing" >&2
    exit 1
  }
  as_root=sudo
fi
echo "Installing:$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
