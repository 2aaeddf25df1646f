#!/usr/bin/env bash
# The program that writes a Python client from /openapi.json, for a test, in a Python of its own under .runtime/client.
set -euo pipefail

list=setup/client.txt
client=.runtime/client
stamp=$client/.sha256

digest=$(sha256sum "$list" "$0" | sha256sum | cut -d' ' -f1)
if [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$digest" ]; then exit 0; fi

echo "setup: fetching openapi-python-client"
rm -rf "$client"
python3 -m venv "$client"
"$client/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: --require-hashes --requirement "$list"
# Last: an interrupted run fetches again.
echo "$digest" >"$stamp"
