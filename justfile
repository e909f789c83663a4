# Where the public data sets lie; they are not part of the project.
data := env("ESTOPPEL_TEST_DATA", "../shared/data")

# List the recipes.
default:
    @just --list

# Build the optimised binary.
build:
    cargo build --release

# Run every test; the first run fetches the small model and the encoder.
test *ARGS:
    cargo test --workspace {{ ARGS }}

# Formatting, lints and documentation, with warnings as errors.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Play the shipped consultation with a real model.
demo *ARGS:
    cargo run --release -- demo {{ ARGS }}

# Answer the probes of consultation files and print the figures.
run +FILES="tests/consultations/*.json":
    cargo run --release -- run {{ FILES }} --json

# Score retrieval on consultation files.
eval +FILES="tests/consultations/*.json":
    cargo run --release -- eval --format consultation {{ FILES }} --task retrieval --systems bm25,dense,hybrid,gat

# Score retrieval on LoCoMo.
eval-locomo FILE=(data / "locomo/locomo-dev.json"):
    cargo run --release -- eval --format locomo {{ FILE }} --task retrieval --systems bm25,dense,hybrid,gat

# Measure the generator beside llama.cpp in the same run; the first time builds it.
bench-peer *ARGS: _cmake
    cd model/benches/peer && cargo run --release -- {{ ARGS }}

# The same, with llama.cpp as it is built for other machines (AVX2) taking part as well.
bench-peer-both *ARGS: _cmake
    cd model/benches/peer && CMAKE_C_FLAGS=-mtune=generic CMAKE_CXX_FLAGS=-mtune=generic \
        cargo build --release --target-dir ../../../target/bench-peer-avx2
    cd model/benches/peer && cargo run --release -- \
        --also ../../../target/bench-peer-avx2/release/estoppel-bench-peer {{ ARGS }}

_cmake:
    #!/usr/bin/env bash
    if ! command -v cmake >/dev/null; then
        echo "llama.cpp is built with CMake and libclang: apt-get install cmake libclang-dev" >&2
        exit 1
    fi

# What has to pass before a change lands.
ci:
    .ci/run
