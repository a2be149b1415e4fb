#!/usr/bin/env bash
# Shows that the README's two commands work on a bare Debian 12: a debootstrap minbase with
# ca-certificates, make and git in a temporary folder, entered by chroot, with this machine's package
# sources and npm settings copied in and nothing else.
#
# Usage: prove-bare-machine.sh [run|test|both]     (root; some 4 GB of disk; 10 minutes and more)
set -euo pipefail
what=${1:-both}
project=$(cd "$(dirname "$0")/.." && pwd)
[ "$(id -u)" = 0 ] || { echo "prove-bare-machine.sh needs root for chroot" >&2; exit 1; }
command -v debootstrap >/dev/null || apt-get install -y -qq debootstrap >/dev/null

root=$(mktemp -d)
cleanup() {
  [ -n "${server:-}" ] && kill "$server" 2>/dev/null || true
  umount -R "$root/dev" "$root/proc" 2>/dev/null || true
  rm -rf --one-file-system "$root"
}
trap cleanup EXIT

# The mirror that this machine uses, as it is configured here.
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources \
  2>/dev/null | grep -v '^#' | grep -oE 'https?://[^ ]+/debian/?($| )' | head -n 1 || true)
[ -n "$mirror" ] || { echo "no Debian source found in /etc/apt" >&2; exit 1; }
echo "== debootstrap"
debootstrap --variant=minbase --include=ca-certificates,make,git bookworm "$root" "$mirror" \
  >"$root.log" 2>&1 || { tail -20 "$root.log"; exit 1; }
rm -f "$root.log"

rm -rf "$root/etc/apt/sources.list" "$root/etc/apt/sources.list.d"
cp -a /etc/apt/sources.list.d "$root/etc/apt/" 2>/dev/null || true
[ -f /etc/apt/sources.list ] && cp /etc/apt/sources.list "$root/etc/apt/"
# Only Debian's own sources; nothing that this machine may have besides.
find "$root/etc/apt/sources.list.d" -type f ! -name 'debian*' -delete 2>/dev/null || true
cp -a /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
cp /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || true
cp /etc/hosts "$root/etc/hosts" 2>/dev/null || true
cp -a /etc/ssl/certs/. "$root/etc/ssl/certs/"
cp -a /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates/" 2>/dev/null || true
for settings in /root/.npmrc /usr/etc/npmrc /etc/npmrc; do
  [ -f "$settings" ] && mkdir -p "$root$(dirname "$settings")" && cp "$settings" "$root$settings"
done
mount --bind /dev "$root/dev"
mount -t proc proc "$root/proc"

git clone -q "$project" "$root/root/tartan"
enter() {
  chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    ${NODE_EXTRA_CA_CERTS:+NODE_EXTRA_CA_CERTS="$NODE_EXTRA_CA_CERTS"} \
    ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} "$@"
}

if [ "$what" != test ]; then
  echo "== make run"
  out=$root/root/run.log
  started=$SECONDS
  enter sh -c 'cd /root/tartan && exec make run' >"$out" 2>&1 &
  server=$!
  until grep -q '^curl ' "$out"; do
    kill -0 "$server" 2>/dev/null || { tail -40 "$out"; echo "make run ended"; exit 1; }
    sleep 1
  done
  echo "ready after $((SECONDS - started)) s; the curl line as pasted:"
  line=$(grep '^curl ' "$out" | head -n 1)
  command -v curl >/dev/null || apt-get install -y -qq curl >/dev/null
  answer=$(bash -c "$line")
  echo "$answer"
  case "$answer" in '{"request_id":"'*) ;; *) echo "the removal failed"; exit 1 ;; esac
  pkill -TERM -f -- "build/release/tartan serve" -P "$server" 2>/dev/null || kill "$server"
  wait "$server" || true
  server=
fi
if [ "$what" != run ]; then
  echo "== make test"
  started=$SECONDS
  enter sh -c 'cd /root/tartan && make test' >"$root/root/test.log" 2>&1 ||
    { tail -60 "$root/root/test.log"; exit 1; }
  tail -n 6 "$root/root/test.log"
  echo "make test took $((SECONDS - started)) s"
fi
echo "== both commands work on a bare Debian 12"
