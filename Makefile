# make setup      what is missing: Debian packages, libpdfium.so (idempotent)
# make run        setup, build, convert the bundled scan to out/ and print its rubric
# make serve      the review page on http://127.0.0.1:8080, with two demo persons
# make test       everything that must hold before a change lands
# make hostile    broken and odd PDFs through the door; writes docs/hostile.md
# make motion     keys and cells from open to submit on one bad scan, in the browser; writes docs/motion.md
# make pictures   the pictures of docs/guide, taken from the real pages
# make accuracy   reads the bundled scans and writes docs/accuracy.md; ALL=1: the shared scans, docs/accuracy-shared.md
# make verdicts   judges text layers of every kind and decodes old encodings; writes docs/verdicts.md
# make deb        a Debian package in target/deb/, of a release build
# make deb-check  installs that package on a fresh Debian in a folder of its own and runs it; as root
# make bench      speed against Tesseract alone; writes docs/bench.md

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := run
.PHONY: setup setup-test setup-peers setup-sbom build fixture run serve test hostile torture motion pictures accuracy verdicts bench scale load deb sbom reproducible deb-check clean

export PATH := $(HOME)/.cargo/bin:$(PATH)
export CARGO_TERM_COLOR ?= auto

PACKAGES := tesseract-ocr tesseract-ocr-vie tesseract-ocr-script-viet tesseract-ocr-osd libtesseract-dev \
	libleptonica-dev pkg-config g++ python3 python3-pip
TEST_PACKAGES := python3-venv chromium chromium-driver poppler-utils libxml2-utils qpdf libreoffice-calc-nogui \
	libreoffice-writer-nogui libjs-pdf nodejs postgresql
PEER_PACKAGES := poppler-utils python3-venv

SOHOA := target/debug/sohoa
SCAN := fixtures/scans/an_giang_bang_3--serif--office200.pdf

setup:
	@setup/rust.sh
	@setup/packages.sh $(PACKAGES)
	@setup/parts.sh parts

setup-test: setup
	@setup/packages.sh $(TEST_PACKAGES)
	@setup/parts.sh tools
	@setup/client.sh
	@setup/provider.sh
	@cargo fmt --version >/dev/null 2>&1 || rustup component add rustfmt
	@cargo clippy --version >/dev/null 2>&1 || rustup component add clippy

# Together with the tests: cargo gives the libraries that both use one set of features then, and
# compiles them once instead of twice.
build: setup
	cargo build --locked --bin sohoa --test it

fixture: build
	$(SOHOA) convert $(SCAN) -o out
	$(SOHOA) show out/$(basename $(notdir $(SCAN))).json

run: fixture
	@printf '\n%s\n%s\n' \
		'Kết quả: thư mục out/. Mở trang soát: make serve, rồi vào http://127.0.0.1:8080' \
		'Results: out/. To open the review page: make serve, then visit http://127.0.0.1:8080'

serve: build
	$(SOHOA) serve --demo

test: setup-test
	cargo fmt --check
	PATH=$(CURDIR)/.runtime/bin:$$PATH cargo deny --locked check licenses bans sources
	cargo clippy --locked --all-targets -- -D warnings
	$(MAKE) --no-print-directory fixture
	cargo test --locked --tests

hostile: build
	cargo test --locked --test it -- --ignored --nocapture hostile::every_shared_file

torture: build
	cargo test --locked --test it -- --ignored --nocapture torture::

motion: setup-test build
	cargo test --locked --test browser -- --ignored --nocapture motion::

pictures: setup-test build
	cargo test --locked --test browser -- --ignored --nocapture pictures::

setup-peers: setup
	@setup/packages.sh $(PEER_PACKAGES)

setup-sbom: setup
	@setup/packages.sh binutils python3-venv
	@setup/sbom.sh

accuracy: build setup-peers
	@setup/peers.sh
	cargo bench --locked --bench accuracy

verdicts: build
	cargo bench --locked --bench verdicts

bench: build setup-peers
	@setup/peers.sh
	cargo bench --locked --bench speed

load: build
	cargo bench --locked --bench load

scale: build setup-test
	cargo bench --locked --bench scale

deb: setup setup-sbom
	packaging/build.sh target/shipped
	packaging/deb.sh target/shipped/release/sohoa

sbom: setup setup-sbom
	packaging/build.sh target/shipped
	packaging/sbom.sh target/shipped/release/sohoa target/shipped/sohoa.cdx.json

reproducible: setup
	packaging/reproducible.sh

deb-check: deb
	@setup/packages.sh mmdebstrap openssl
	packaging/check.sh target/deb/sohoa_*.deb

clean:
	cargo clean
	rm -rf out
