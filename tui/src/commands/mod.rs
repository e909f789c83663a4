//! One file a command.

mod ask;
mod bench;
mod bench_memory;
mod bench_needle;
mod bench_room;
mod chat;
mod consult;
mod demo;
mod doctor;
mod eval;
mod graph;
mod kept;
mod memory;
mod model;
mod run;
mod spoken;
mod train;

pub(crate) use ask::ask;
pub(crate) use bench::bench;
pub(crate) use chat::{Slash, chat};
pub(crate) use demo::demo;
pub(crate) use doctor::doctor;
pub(crate) use eval::eval;
pub(crate) use memory::memory;
pub(crate) use model::model;
pub(crate) use run::run;
pub(crate) use train::train;
