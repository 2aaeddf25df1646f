#!/bin/bash
# Builds the committed sources twice, in folders of different names, and compares the programs byte for byte: `make reproducible`.
set -euo pipefail
cd "$(dirname "$0")/.."

commit=$(git rev-parse HEAD)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Never the same folder, nor the same moment.
for folder in "$work/first" "$work/another folder, the second"; do
    mkdir -p "$folder/sources"
    git archive "$commit" | tar --extract --touch --directory "$folder/sources"
    "$folder/sources/packaging/build.sh" "$folder/target"
    mv "$folder/target/release/sohoa" "$folder/sohoa"
    rm -rf "$folder/target"
done
sha256sum "$work"/*/sohoa
cmp "$work/first/sohoa" "$work/another folder, the second/sohoa"
echo "twice the same: $commit"
