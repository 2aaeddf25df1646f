#!/bin/bash
# Builds the program as it is shipped, the same from the same sources wherever they lie:
#
#   packaging/build.sh TARGET       leaves TARGET/release/sohoa, stripped
#
# Paths of this machine are named alike in it, and nothing depends on when a file was written.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${1:?which target folder?}
cargo=${CARGO_HOME:-$HOME/.cargo}
# Parted by the unit separator, since a path may hold spaces.
export CARGO_ENCODED_RUSTFLAGS="--remap-path-prefix=$PWD=/sohoa"$'\x1f'"--remap-path-prefix=$cargo=/cargo"
export CARGO_INCREMENTAL=0
cargo build --locked --release --bin sohoa --target-dir "$target"
strip --strip-unneeded "$target/release/sohoa"
