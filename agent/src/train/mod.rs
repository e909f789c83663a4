//! Training the graph attention network on labelled sets, and measuring what its
//! graph is worth.

mod ablation;
mod adam;
mod auc;
mod choice;
mod classes;
mod committee;
mod curves;
mod interval;
mod lesson;
mod matrix;
mod pointer;
mod questions;
mod reader;
mod retriever;
mod schedule;
mod table;
mod talk;
mod working;
mod writer;

pub use ablation::{Ablation, Contender, Fold, SystemRow, ablate};
pub use choice::Fit;
pub use curves::curves;
pub use interval::{Interval, paired_interval};
pub use lesson::{LessonError, ReaderLesson, reader_lessons};
pub use pointer::{
    PointerFit, PointerTalk, pointer_plan, pointer_talk, shipped_pointer, train_pointer,
};
pub use questions::{Conversation, MeasuredQuestion, Source, conversations};
pub use reader::{ReaderReport, train_reader};
pub use retriever::{HeldOut, Report, train_retriever};
pub use schedule::{Schedule, TeachingReport};
pub use talk::TeachingError;
pub use writer::{WriterFit, WriterTalk, train_writer, writer_plan, writer_talk};
