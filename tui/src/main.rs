//! Estoppel on the command line.
fn main() {}
