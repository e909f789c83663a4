//! What only the whole program can show, run as its users run it.
//!
//! Each test has a data directory of its own; the weights are fetched once for
//! all of them, into the usual place.

mod bad_input;
mod consultations;
mod crash;
mod extraction;
#[cfg(unix)]
mod interrupt;
mod marks;
mod pipelines;
mod resuming;
mod retrieval;
#[cfg(unix)]
mod room;
mod running;
mod stored;
mod support;
#[cfg(unix)]
mod terminal;
mod training;
