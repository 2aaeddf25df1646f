#!/usr/bin/env bash
# What makes and checks the bill of materials of a release: cargo-cyclonedx, and the validator of CycloneDX in a Python of its own.
set -euo pipefail

list=setup/sbom.txt
cyclonedx=0.5.9
tools=$PWD/.runtime/tools
stamp=$tools/.sha256

digest=$(sha256sum "$list" "$0" | sha256sum | cut -d' ' -f1)
if [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$digest" ]; then exit 0; fi

echo "setup: building cargo-cyclonedx $cyclonedx, fetching $(tr '\n' ' ' <"$list")"
rm -rf "$tools"
cargo install --quiet --locked --root "$tools" "cargo-cyclonedx@$cyclonedx"
python3 -m venv "$tools/python"
"$tools/python/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: --requirement "$list"
# Last: an interrupted run fetches again.
echo "$digest" >"$stamp"
