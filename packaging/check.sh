#!/bin/bash
# Installs the package on a fresh Debian in a folder of its own, and runs what it brings: `make deb-check`, as root.
#
#   packaging/check.sh PACKAGE.deb [SUITE]
#
# The program reads a scan, keeps an account, serves and answers; systemd and the proxies read their files.
set -euo pipefail
cd "$(dirname "$0")/.."

package=$(realpath "${1:?which package?}")
suite=${2:-bookworm}
scan=fixtures/scans/an_giang_bang_3--serif--office200.pdf
root=$(mktemp -d)
served=
gone() {
    [ -z "$served" ] || { kill "$served" 2>/dev/null && wait "$served" 2>/dev/null; } || true
    for mounted in proc dev/pts dev; do umount -q "$root/$mounted" 2>/dev/null || true; done
    rm -rf --one-file-system "$root"
}
trap gone EXIT

inside() { chroot "$root" "$@"; }
step() { printf '\n== %s\n' "$*"; }

step "a fresh Debian ($suite) with the package and all it needs"
mmdebstrap --quiet --variant=apt --include=adduser,caddy,curl,ca-certificates,nginx-light,systemd \
    --skip=cleanup/apt "$suite" "$root" >/dev/null
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount --bind /dev/pts "$root/dev/pts"
cp "$package" "$root/root/sohoa.deb"
inside apt-get install -y -qq --no-install-recommends /root/sohoa.deb >/dev/null
inside sohoa --version

step "doctor"
inside sohoa doctor

step "a scan"
cp "$scan" "$root/root/scan.pdf"
inside sohoa convert /root/scan.pdf -o /root/out
inside sohoa show /root/out/scan.json | head -5

step "the manual and the completions"
test -s "$root/usr/share/man/man1/sohoa-convert.1.gz"
inside bash -n /usr/share/bash-completion/completions/sohoa

step "the unit, as systemd reads it"
inside systemd-analyze --man=no verify /usr/lib/systemd/system/sohoa.service

step "nginx reads its example"
install -d "$root/etc/ssl"
openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=sohoa.example.vn \
    -keyout "$root/etc/ssl/sohoa.key" -out "$root/etc/ssl/sohoa.pem" 2>/dev/null
cp "$root/usr/share/doc/sohoa/examples/nginx.conf" "$root/etc/nginx/sites-enabled/sohoa"
inside nginx -t

step "Caddy reads its example"
inside env HOME=/root caddy validate --adapter caddyfile --config /usr/share/doc/sohoa/examples/Caddyfile 2>&1 | tail -1

step "the service, as its user and with the packaged settings"
password='mật khẩu dài của quản trị'
inside runuser -u sohoa -- bash -c \
    "echo '$password' | sohoa user add sep --role admin --password-stdin --data /var/lib/sohoa"
# No function and no shell between: what is stopped is the service itself.
chroot "$root" setpriv --reuid sohoa --regid sohoa --init-groups \
    sohoa serve --config /etc/sohoa/sohoa.toml --listen 127.0.0.1:18080 &
served=$!
curl --silent --show-error --fail --retry 20 --retry-connrefused --retry-delay 1 http://127.0.0.1:18080/readyz
echo

step "gone again, its data left"
kill "$served"; wait "$served" || true
served=
inside apt-get remove -y -qq sohoa >/dev/null
test ! -e "$root/usr/bin/sohoa"
test -e "$root/var/lib/sohoa"
echo "all of it holds on $suite"
