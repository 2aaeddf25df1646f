#!/usr/bin/env bash
# Rust is the one prerequisite: checked, not installed.
set -euo pipefail

wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
if ! command -v cargo >/dev/null; then
    echo "error: cargo is missing. Install Rust $wanted or newer from https://rustup.rs and run again." >&2
    exit 5
fi
found=$(rustc --version | cut -d' ' -f2)
if [ "$(printf '%s\n%s\n' "$wanted" "$found" | sort -V | head -n1)" != "$wanted" ]; then
    echo "error: Rust $found is too old, $wanted or newer is needed: rustup update stable" >&2
    exit 5
fi
