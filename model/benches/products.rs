//! Products with packed weights, in the shapes of the three models: how fast one
//! token reads them, and how fast 128 tokens are multiplied, as the median of many short
//! measurements, with the best of them.
//!
//!     cargo bench -p estoppel-model --bench products -- [--threads N] [--only WORD] [INSTRUCTIONS…]

// A bench prints what it measured.
#![allow(clippy::print_stdout)]

use std::num::NonZero;

use estoppel_model::ProductBench;

const TOKENS: usize = 128;

/// Format, rows and columns.
const SHAPES: [(&str, &str, (usize, usize)); 16] = [
    ("135M", "Q4_1", (1536, 576)),
    ("135M", "Q4_1", (576, 1536)),
    ("135M", "Q8_0", (49152, 576)),
    ("0.5B", "Q5_0", (896, 896)),
    ("0.5B", "Q5_0", (4864, 896)),
    ("0.5B", "Q8_0", (896, 4864)),
    ("0.5B", "Q6_K", (896, 4864)),
    ("0.5B", "Q4_K", (896, 4864)),
    ("0.5B", "Q8_0", (151936, 896)),
    ("1.5B", "Q4_K", (1536, 1536)),
    ("1.5B", "Q4_K", (8960, 1536)),
    ("1.5B", "Q4_K", (1536, 8960)),
    ("1.5B", "Q6_K", (1536, 8960)),
    ("1.5B", "Q6_K", (151936, 1536)),
    ("other", "Q4_0", (8960, 1536)),
    ("other", "Q5_K", (8960, 1536)),
];

fn main() {
    let mut threads = NonZero::new(2).unwrap();
    let (mut only, mut instructions) = (None, Vec::new());
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--threads" => threads = args.next().and_then(|n| n.parse().ok()).expect("a number"),
            "--only" => only = args.next(),
            _ => instructions.push(arg),
        }
    }
    if instructions.is_empty() {
        instructions = ProductBench::instructions();
    }
    println!("{threads} threads; one token in GB/s, {TOKENS} tokens in GMAC/s");
    for (model, format, shape) in SHAPES {
        let name = format!("{model:5} {format} {:6} × {:4}", shape.0, shape.1);
        if only
            .as_ref()
            .is_some_and(|only| !name.contains(only.as_str()))
        {
            continue;
        }
        let bench = ProductBench::new(format, shape, threads).expect("a packed form");
        let bytes = bench.bytes() as f64 / 1e9;
        let packing = bytes / bench.packing().as_secs_f64();
        let mut regions = bench.regions();
        regions.sort();
        let region = regions[regions.len() / 2].as_nanos();
        println!("{name}  packed   {packing:6.1} GB/s; a region without work {region} ns");
        for isa in &instructions {
            let products = (TOKENS * shape.0 * shape.1) as f64 / 1e9;
            let [median, best] = rates(&bench, isa, 1).map(|rate| rate * bytes);
            print!("{name}  {isa:8} {median:6.1} ({best:5.1}) GB/s");
            let [median, best] = rates(&bench, isa, TOKENS).map(|rate| rate * products);
            println!(" {median:6.1} ({best:5.1}) GMAC/s");
        }
    }
}

/// Products a second: the median of many short measurements, and the best.
fn rates(bench: &ProductBench, instructions: &str, tokens: usize) -> [f64; 2] {
    let mut times = bench
        .times(instructions, tokens)
        .expect("these instructions");
    times.sort();
    [times[times.len() / 2], times[0]].map(|time| 1.0 / time.as_secs_f64())
}
