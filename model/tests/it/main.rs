//! What needs a real model: the small one is pulled once, the others are used
//! where they are installed.

// Tests tell what they skip and what they measure.
#![allow(clippy::print_stderr)]

mod answers;
mod models;
mod parity;
mod tokens;
