#!/bin/bash
# Makes target/deb/sohoa_VERSION_ARCH.deb of a program that is built already.
#
#   packaging/deb.sh PROGRAM        such as target/shipped/release/sohoa; `make deb` builds that first
#
# Everything in the package comes from this checkout, from .runtime/ (what `make setup` fetched) and from the program itself
# (manual pages, completions). Line reader, language model and phrases are inside the program.
set -euo pipefail
cd "$(dirname "$0")/.."

program=${1:?which program?}
runtime=${SOHOA_RUNTIME:-.runtime}
[ -x "$program" ] || { echo "no program at $program: make deb" >&2; exit 1; }
[ -f "$runtime/libpdfium.so" ] || { echo "no $runtime/libpdfium.so: make setup" >&2; exit 1; }

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
arch=$(dpkg --print-architecture)
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

file() { install -D -m "$1" "$2" "$stage/$3"; }

file 755 "$program" usr/bin/sohoa
file 644 "$runtime/libpdfium.so" usr/lib/sohoa/libpdfium.so
file 644 packaging/sohoa.service usr/lib/systemd/system/sohoa.service
file 644 packaging/sohoa.sysusers usr/lib/sysusers.d/sohoa.conf
file 644 packaging/sohoa.toml etc/sohoa/sohoa.toml
file 644 packaging/proxy/Caddyfile usr/share/doc/sohoa/examples/Caddyfile
file 644 packaging/proxy/nginx.conf usr/share/doc/sohoa/examples/nginx.conf
file 644 docs/operations.md usr/share/doc/sohoa/operations.md
file 644 docs/records.md usr/share/doc/sohoa/records.md
file 644 CHANGELOG.md usr/share/doc/sohoa/CHANGELOG.md
file 644 models/manifest.json usr/share/doc/sohoa/models.json
for licence in LICENSE LICENSE-APACHE LICENSE-MIT; do file 644 "$licence" "usr/share/doc/sohoa/$licence"; done
(cd "$runtime/licences" && find . -type f) | while read -r licence; do
    file 644 "$runtime/licences/$licence" "usr/share/doc/sohoa/licences/${licence#./}"
done
{
    cat packaging/debian/copyright
    # What is linked into the program, by its licence.
    cargo tree --locked -e normal --prefix none --format '{p}: {l}' | sed 's/ (proc-macro)//; s/ (\*)$//; s| (/[^)]*)||' | sort -u
} > "$stage/usr/share/doc/sohoa/copyright"
packaging/sbom.sh "$stage/usr/bin/sohoa" "$stage/usr/share/doc/sohoa/sohoa.cdx.json"

"$stage/usr/bin/sohoa" man "$stage/usr/share/man/man1"
gzip -9n "$stage"/usr/share/man/man1/*
completions() { mkdir -p "$stage/$(dirname "$2")"; "$stage/usr/bin/sohoa" completions "$1" > "$stage/$2"; }
completions bash usr/share/bash-completion/completions/sohoa
completions zsh usr/share/zsh/vendor-completions/_sohoa
completions fish usr/share/fish/vendor_completions.d/sohoa.fish

# The packages of the libraries that the program is linked with, as its bill of materials has them.
libraries=$(python3 - "$stage/usr/share/doc/sohoa/sohoa.cdx.json" <<'NAMES'
import json
import sys

parts = json.load(open(sys.argv[1], encoding="utf-8"))["components"]
print(", ".join(sorted(part["name"] for part in parts if part.get("purl", "").startswith("pkg:deb/"))))
NAMES
)

mkdir -p "$stage/DEBIAN"
sed -e "s/@VERSION@/$version/; s/@ARCH@/$arch/; s/@LIBRARIES@/$libraries/" \
    -e "s/@SIZE@/$(du -sk --exclude=DEBIAN "$stage" | cut -f1)/" packaging/debian/control > "$stage/DEBIAN/control"
echo /etc/sohoa/sohoa.toml > "$stage/DEBIAN/conffiles"
for script in postinst prerm postrm; do file 755 "packaging/debian/$script" "DEBIAN/$script"; done
(cd "$stage" && find usr etc -type f -print0 | sort -z | xargs -0 md5sum) > "$stage/DEBIAN/md5sums"

find "$stage" -type d -exec chmod 755 {} +
mkdir -p target/deb
dpkg-deb ${DEB_COMPRESSION:--Zxz} --root-owner-group --build "$stage" "target/deb/sohoa_${version}_$arch.deb"
