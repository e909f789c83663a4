//! llama.cpp's generator, as the `llama-cpp-2` crate builds it.

use std::ffi::{CStr, c_char};
use std::hint::black_box;
use std::num::NonZero;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::context::session::{LlamaStateSeqFlags, SeqState};
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_sys_2::{ggml_version, llama_print_system_info};

use crate::contender::{Passes, Setup};

/// The one sequence, and another while its keys and values are copied.
const SEQUENCE: u8 = 0;
const COPY: u8 = 1;
/// Tokens that are read to fill a context. One of twice as many or more gets copies of
/// their keys and values: reading it would take ten minutes, and writing takes as long
/// after it.
const COPIED: usize = 8192;

/// Loads the weights and hands over the engine, which borrows them.
pub fn open<T>(
    setup: &Setup,
    flash: bool,
    then: impl FnOnce(&mut Theirs) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let mut backend = LlamaBackend::init()?;
    backend.void_logs();
    // By default the file is mapped, and what llama.cpp has faster layouts for is
    // repacked.
    let model = LlamaModel::load_from_file(&backend, &setup.weights, &LlamaModelParams::default())
        .with_context(|| format!("llama.cpp cannot open {}", setup.weights.display()))?;
    let threads = i32::try_from(setup.threads.get())?;
    // By default keys and values are f16, and a micro-batch has 512 tokens.
    let params = LlamaContextParams::default()
        .with_n_ctx(NonZero::new(u32::try_from(setup.context)?))
        .with_n_threads(threads)
        .with_n_threads_batch(threads)
        .with_n_seq_max(2)
        .with_kv_unified(true)
        .with_flash_attention_policy(flash.into());
    let context = model.new_context(&backend, params)?;
    let room = usize::try_from(context.n_batch())?;
    then(&mut Theirs {
        context,
        batch: LlamaBatch::new(room, 1),
        room,
        len: 0,
    })
}

/// Its version, and what it was built for, in its own words.
pub fn about() -> String {
    // SAFETY: neither function has a condition.
    let (version, system) = unsafe { (ggml_version(), llama_print_system_info()) };
    let version = text(version);
    format!("llama.cpp, ggml {version}; {}", text(system).trim())
}

fn text(text: *const c_char) -> String {
    // SAFETY: llama.cpp returns NUL-terminated texts that are never freed.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_string_lossy().into_owned()
}

/// A context of llama.cpp with one sequence.
pub struct Theirs<'m> {
    context: LlamaContext<'m>,
    batch: LlamaBatch<'static>,
    /// Tokens that a batch holds.
    room: usize,
    /// Tokens in the cache.
    len: usize,
}

impl Theirs<'_> {
    /// Runs tokens after those in the cache, for the logits after the last.
    fn run(&mut self, tokens: &[u32]) -> anyhow::Result<()> {
        let end = self.len + tokens.len();
        for chunk in tokens.chunks(self.room) {
            self.batch.clear();
            for &token in chunk {
                let token = LlamaToken(i32::try_from(token)?);
                let position = i32::try_from(self.len)?;
                self.len += 1;
                let wanted = self.len == end;
                self.batch
                    .add(token, position, &[SEQUENCE.into()], wanted)?;
            }
            self.context.decode(&mut self.batch)?;
        }
        self.context.synchronize();
        Ok(())
    }

    /// The likeliest token after the last.
    fn choose(&self) -> Option<usize> {
        let logits = self.context.get_logits_ith(-1).iter();
        let best = logits.enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        best.map(|(token, _)| token)
    }

    fn truncate(&mut self, len: usize) -> anyhow::Result<()> {
        let from = Some(u32::try_from(len)?);
        let done = self
            .context
            .clear_kv_cache_seq(Some(SEQUENCE.into()), from, None)?;
        ensure!(done, "llama.cpp did not roll back to {len} tokens");
        self.len = len;
        Ok(())
    }
}

impl Theirs<'_> {
    /// Puts as many of the first tokens' keys and values, which are in `state`, behind
    /// what is there, turned to their new positions.
    fn copy(&mut self, state: &SeqState, most: usize) -> anyhow::Result<()> {
        let (sequence, copy) = (i32::from(SEQUENCE), i32::from(COPY));
        self.context.state_seq_set(state, copy)?;
        let count = COPIED.min(most);
        let end = Some(u32::try_from(count)?);
        let cut = self
            .context
            .clear_kv_cache_seq(Some(COPY.into()), end, None)?;
        ensure!(cut, "llama.cpp did not cut a copy");
        let by = i32::try_from(self.len)?;
        self.context.kv_cache_seq_add(copy, None, None, by)?;
        self.context.copy_kv_cache_seq(copy, sequence, None, None)?;
        let forgot = self
            .context
            .clear_kv_cache_seq(Some(COPY.into()), None, None)?;
        ensure!(forgot, "llama.cpp did not forget a copy");
        self.len += count;
        Ok(())
    }
}

impl Passes for Theirs<'_> {
    fn prefill(&mut self, tokens: &[u32]) -> anyhow::Result<Duration> {
        self.truncate(0)?;
        let started = Instant::now();
        if !tokens.is_empty() {
            self.run(tokens)?;
            black_box(self.choose());
        }
        Ok(started.elapsed())
    }

    fn fill(&mut self, tokens: &[u32]) -> anyhow::Result<Duration> {
        let started = Instant::now();
        let copies = tokens.len() >= 2 * COPIED;
        let own = if copies { &tokens[..COPIED] } else { tokens };
        let there = self.len.min(own.len());
        self.truncate(there)?;
        if there < own.len() {
            self.run(&own[there..])?;
        }
        if copies {
            let state = self
                .context
                .state_seq_get(SEQUENCE.into(), LlamaStateSeqFlags::empty())?;
            while self.len < tokens.len() {
                self.copy(&state, tokens.len() - self.len)?;
            }
            // Keys are turned to their new positions when a token runs.
            self.run(&tokens[..1])?;
            self.truncate(tokens.len())?;
        }
        Ok(started.elapsed())
    }

    fn decode(&mut self, tokens: &[u32]) -> anyhow::Result<Duration> {
        let depth = self.len;
        let started = Instant::now();
        for &token in tokens {
            self.run(&[token])?;
            black_box(self.choose());
        }
        let time = started.elapsed();
        self.truncate(depth)?;
        Ok(time)
    }

    fn save(&mut self, file: &Path) -> anyhow::Result<Duration> {
        let started = Instant::now();
        // It wants the tokens beside their keys and values; only their number matters.
        let tokens = vec![LlamaToken(0); self.len];
        self.context
            .state_save_file(file, &tokens)
            .with_context(|| format!("llama.cpp cannot write {}", file.display()))?;
        Ok(started.elapsed())
    }

    fn load(&mut self, file: &Path, most: usize) -> anyhow::Result<Duration> {
        let started = Instant::now();
        let tokens = self
            .context
            .state_load_file(file, most)
            .with_context(|| format!("llama.cpp cannot take up {}", file.display()))?;
        self.len = tokens.len();
        Ok(started.elapsed())
    }
}
