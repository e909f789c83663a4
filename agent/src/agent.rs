//! The dialogue engine: one matter, one encoder, one language model.

use std::path::{Path, PathBuf};
use std::slice;
use std::sync::Arc;
use std::time::Instant;

use estoppel_memory::index::Embeddings;
use estoppel_memory::matter::{EvidenceError, MarkError, RebuildError};
use estoppel_memory::retrieve::gat::Network;
use estoppel_memory::{Embedder, Evidence, Mark, Matter, NewTurn, Ranking, Role, TurnId};
use estoppel_model::{
    Attention, Encoder, GenerateError, GenerateOptions, Generation, Generator, LocalModel,
    ModelKind, ModelSpec, OpenOptions, Pointer, Prompt, Step, kv::Distrust,
};
use jiff::civil::DateTime;

use crate::answering::{Answering, Found, MatterAccess};
use crate::data::DataDir;
use crate::encoder::TextEncoder;
use crate::error::{AskError, ForgetError, OpenError};
use crate::prompt::{self, PromptBudget, RecallScope};
use crate::read::pointing::{pointers, writers};
use crate::read::{
    self, Desk, Gaze, ReadError, Reading, Senses, SentenceVectors, ValueTold, Weighed,
};
use crate::stated::Stated;
use crate::stored;

/// Bytes a question may have; longer text belongs in a turn of its own.
pub const MAX_QUESTION_BYTES: usize = 32 * 1024;

/// Turns that retrieval ranks for a question.
pub(crate) const RANKED: usize = 20;

/// Turns that the model is shown where the reader tells which are likely to answer.
const LIKELY: usize = 5;

/// An agent that remembers one matter and answers questions about it.
///
/// ```no_run
/// use estoppel::{Agent, Event};
///
/// let mut agent = Agent::builder().matter("hale-v-bakery").open()?;
/// for event in agent.ask("How much is still owed?")? {
///     match event? {
///         Event::Token { text } => print!("{text}"),
///         Event::Done(answer) => println!(" {:?}", answer.citations),
///         _ => {}
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Agent {
    matter: Matter,
    encoder: Option<Box<dyn Embedder>>,
    generator: Box<dyn Generator>,
    settings: Settings,
    /// What ranks instead of the weights that come with the program.
    network: Option<Arc<Network>>,
    /// What points instead of the pointers that come with the program.
    pointer: Option<Box<Pointer>>,
    distrust: Option<Distrust>,
    sentences: SentenceVectors,
}

/// How an agent retrieves and answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Which ranking finds the evidence.
    pub ranking: Ranking,
    /// How much retrieval may choose.
    pub budget: PromptBudget,
    /// Which turns the model attends to.
    pub recall: RecallScope,
    /// How tokens are chosen.
    pub generate: GenerateOptions,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ranking: Ranking::default(),
            budget: PromptBudget::default(),
            recall: RecallScope::default(),
            generate: GenerateOptions {
                max_tokens: 160,
                ..GenerateOptions::default()
            },
        }
    }
}

impl Agent {
    /// Starts to configure an agent.
    pub fn builder() -> AgentBuilder {
        AgentBuilder::default()
    }

    /// An agent over parts that were opened elsewhere. Without an encoder it
    /// retrieves by words alone. What the model has read of the matter before is
    /// taken up from the matter's folder.
    pub fn from_parts(
        matter: Matter,
        encoder: Option<Box<dyn Embedder>>,
        generator: Box<dyn Generator>,
        settings: Settings,
    ) -> Result<Self, OpenError> {
        let mut agent = Self {
            matter,
            encoder,
            generator,
            settings,
            network: None,
            pointer: None,
            distrust: None,
            sentences: SentenceVectors::default(),
        };
        agent.take_up()?;
        Ok(agent)
    }

    /// Ranks this matter's turns, and those of the matters it turns to later, by other
    /// weights than those that come with the program.
    pub fn rank_by(&mut self, network: Arc<Network>) {
        self.matter.set_network(network.clone());
        self.network = Some(network);
    }

    /// Points at what answers by another pointer than those that come with the program; the
    /// reader's weights were learnt beside the first of those.
    pub fn point_by(&mut self, pointer: Pointer) {
        self.pointer = Some(Box::new(pointer));
    }

    /// Keeps what the model reads of a matter in this file from now on, and takes up what it
    /// holds.
    pub(crate) fn keep_read_in(&mut self, file: &Path) -> Result<(), GenerateError> {
        self.distrust = self.generator.keep(Some(file))?;
        Ok(())
    }

    fn take_up(&mut self) -> Result<(), GenerateError> {
        if let Some(network) = &self.network {
            self.matter.set_network(network.clone());
        }
        self.sentences = SentenceVectors::default();
        let folder = self.matter.folder();
        let file = folder.map(|folder| stored::file(folder, self.generator.name()));
        self.distrust = self.generator.keep(file.as_deref())?;
        Ok(())
    }

    /// What the model had read of the matter and cannot take up; it is read again.
    pub fn distrust(&self) -> Option<Distrust> {
        self.distrust
    }

    /// The matter it works on.
    pub fn matter(&self) -> &Matter {
        &self.matter
    }

    /// Turns to another matter with the same weights; returns the one before.
    pub fn switch(&mut self, matter: Matter) -> Result<Matter, OpenError> {
        let before = std::mem::replace(&mut self.matter, matter);
        self.take_up()?;
        Ok(before)
    }

    /// Says whether a turn that was cited is right for its question, or takes that
    /// back; retrieval follows at once, see [`Matter::mark`]. Returns whether anything
    /// changed.
    pub fn mark(&mut self, mark: Mark) -> Result<bool, MarkError> {
        self.matter.mark(mark)
    }

    /// Forgets a turn for good: what the memory derived from it, and what the model has
    /// read of it and of all that was said after it.
    pub fn forget(&mut self, turn: TurnId) -> Result<(), ForgetError> {
        // The model lets go of the file before it is cut.
        self.generator.keep(None)?;
        let cut = match self.matter.folder() {
            Some(folder) => stored::forget_stored(folder, turn),
            None => Ok(()),
        };
        let forgotten = cut
            .map_err(ForgetError::from)
            .and_then(|()| Ok(self.matter.forget(turn)?));
        self.take_up()?;
        forgotten
    }

    /// How much of the record the next answers may show the model.
    pub fn set_budget(&mut self, budget: PromptBudget) {
        self.settings.budget = budget;
    }

    /// The model that answers.
    pub fn model(&self) -> &str {
        self.generator.name()
    }

    /// Writes a turn that needs no answer. It is durable when this returns.
    pub fn remember(&mut self, turn: NewTurn) -> Result<TurnId, AskError> {
        Ok(self
            .matter
            .remember(turn, self.encoder.as_deref_mut().map(|e| e as _))?)
    }

    /// Gives every turn a vector of this agent's encoder; `progress` is told how
    /// many turns have one, of how many that lacked it.
    pub fn embed_missing(
        &mut self,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<usize, RebuildError> {
        match &mut self.encoder {
            Some(encoder) => self.matter.embed_missing(encoder.as_mut(), progress),
            None => Ok(0),
        }
    }

    /// Lets the model read the turns that it has not read yet, so that the next
    /// answer need not wait for it. `progress` is told how many tokens were read, of
    /// how many, and stops it by answering false; what was read is kept.
    pub fn read_ahead(
        &mut self,
        progress: &mut dyn FnMut(usize, usize) -> bool,
    ) -> Result<(), AskError> {
        let prompt = Prompt {
            history: prompt::history(self.matter.turns()),
            ..Prompt::default()
        };
        let mut reading = self.generator.start(&prompt, &self.settings.generate)?;
        while let Some(step) = reading.next_step()? {
            if let Step::Prefill { done, total } = step
                && !progress(done, total)
            {
                return Ok(());
            }
        }
        drop(reading);
        if let Some(encoder) = &mut self.encoder {
            for turn in self.matter.turns() {
                let added = self.sentences.add(turn, encoder.as_mut());
                added.map_err(EvidenceError::from)?;
            }
        }
        Ok(())
    }

    /// What the memory holds about a question; leaves no trace.
    pub fn evidence(&mut self, question: &str) -> Result<Evidence, AskError> {
        check(question)?;
        self.find(question)
    }

    fn find(&mut self, question: &str) -> Result<Evidence, AskError> {
        let encoder = self.encoder.as_deref_mut().map(|e| e as _);
        Ok(self
            .matter
            .evidence(question, encoder, self.settings.ranking, RANKED)?)
    }

    /// Answers the client's message. The message is durable before the first
    /// event, the answer before [`Event::Done`](crate::Event::Done).
    pub fn ask(&mut self, question: &str) -> Result<Answering<'_>, AskError> {
        self.answer(question, now(), true)
    }

    /// Answers a question that leaves no trace in the matter, asked at the
    /// time of its last turn.
    pub fn probe(&mut self, question: &str) -> Result<Answering<'_>, AskError> {
        let at = self.matter.turns().last().map_or_else(now, |turn| turn.at);
        self.answer(question, at, false)
    }

    fn answer(
        &mut self,
        question: &str,
        at: DateTime,
        keep: bool,
    ) -> Result<Answering<'_>, AskError> {
        check(question)?;
        let asked = Instant::now();
        // Retrieved first, so that the question is no evidence for itself; if
        // retrieval fails, the question is kept all the same.
        let evidence = self.find(question);
        let retrieve = asked.elapsed();
        let shown_before = self.matter.turns().len();
        let question_turn = keep
            .then(|| self.remember(self.next(question, at)))
            .transpose()?;
        let evidence = evidence?;
        let reading = read::read(&mut self.desk(&evidence, shown_before)?, question)?;
        let (reply, likely) = match reading {
            Reading::Answer(reply) => (Some(reply), Vec::new()),
            Reading::Open(likely) => (None, likely),
        };
        let generator = &mut self.generator;
        let turns = &self.matter.turns()[..shown_before];
        // What the reader holds likely tells the model more than what retrieval ranked.
        let ranked: Vec<TurnId> = match likely.is_empty() {
            true => evidence.turns.iter().map(|ranked| ranked.turn).collect(),
            false => likely,
        };
        let most = if reply.is_none() { LIKELY } else { usize::MAX };
        let count = |text: &str| generator.count_tokens(text);
        let budget = self.settings.budget;
        let likeliest = ranked.iter().copied().take(most);
        let mut shown = prompt::choose(likeliest, turns, budget, count);
        if let Some(reply) = &reply {
            let rests_on = reply.turns.iter().chain(&reply.history);
            shown.extend(rests_on.filter_map(|id| prompt::find(turns, *id)));
            shown.sort_by_key(|turn| turn.id);
            shown.dedup_by_key(|turn| turn.id);
        }
        let prompt = prompt::prompt(
            question,
            turns,
            &shown,
            &evidence.facts,
            self.settings.recall,
        );
        let shown: Vec<_> = shown.into_iter().cloned().collect();
        let facts = evidence.facts.clone();
        let generation: Box<dyn Generation> = match &reply {
            Some(reply) => Box::new(Stated::new(&reply.text)),
            None => generator.start(&prompt, &self.settings.generate)?,
        };
        let found = Found {
            asked,
            at,
            question: question_turn,
            evidence,
            shown,
            ranked,
            facts,
            reply,
            retrieve,
        };
        let access = keep.then_some(MatterAccess {
            matter: &mut self.matter,
            encoder: self.encoder.as_mut(),
        });
        Ok(Answering::new(generation, access, question, found))
    }

    /// What the reader knows of the sentences that retrieval found for a question and of the
    /// values that they tell, and those values.
    pub(crate) fn weigh(&mut self, question: &str) -> Result<(Weighed, Vec<ValueTold>), AskError> {
        let evidence = self.find(question)?;
        let mut desk = self.desk(&evidence, self.matter.turns().len())?;
        Ok(read::weigh(&mut desk, question)?)
    }

    /// The turns that retrieval found, among the first `before` of the record, laid before
    /// the reader.
    fn desk(&mut self, evidence: &Evidence, before: usize) -> Result<Desk<'_>, ReadError> {
        let turns = &self.matter.turns()[..before];
        if let Some(encoder) = &mut self.encoder {
            for ranked in &evidence.turns {
                if let Some(turn) = prompt::find(turns, ranked.turn) {
                    self.sentences.add(turn, encoder.as_mut())?;
                }
            }
        }
        let graph = self.matter.graph();
        let senses = Senses {
            encoder: self.encoder.as_deref_mut(),
            late: self.matter.embeddings().map(Embeddings::late),
            gaze: Some(Gaze::new(
                self.generator.as_mut(),
                self.pointer.as_deref().map_or(pointers(), slice::from_ref),
                writers(),
                turns,
                evidence,
            )),
        };
        Ok(Desk::new(turns, graph, evidence, &self.sentences, senses))
    }

    fn next(&self, question: &str, at: DateTime) -> NewTurn {
        let session = self.matter.turns().last().map_or(1, |turn| turn.session);
        NewTurn {
            session,
            ..NewTurn::new(Role::Client, at, question)
        }
    }
}

fn now() -> DateTime {
    jiff::ZonedDateTime::now().datetime()
}

fn check(question: &str) -> Result<(), AskError> {
    if question.trim().is_empty() {
        return Err(AskError::EmptyQuestion);
    }
    if question.len() > MAX_QUESTION_BYTES {
        return Err(AskError::QuestionTooLong {
            bytes: question.len(),
            limit: MAX_QUESTION_BYTES,
        });
    }
    Ok(())
}

/// Configures an [`Agent`].
#[derive(Clone, Debug, Default)]
pub struct AgentBuilder {
    data_dir: Option<PathBuf>,
    model: Option<String>,
    encoder: Option<String>,
    retriever: Option<PathBuf>,
    matter: Option<String>,
    options: OpenOptions,
    settings: Settings,
}

impl AgentBuilder {
    /// Where models and matters live; by default the XDG data directory, or
    /// `ESTOPPEL_DATA_DIR`.
    pub fn data_dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.data_dir = Some(dir.as_ref().into());
        self
    }

    /// The language model: a name from the manifest, or the path of a GGUF file.
    pub fn model(mut self, name_or_path: impl Into<String>) -> Self {
        self.model = Some(name_or_path.into());
        self
    }

    /// The text encoder: a name from the manifest.
    pub fn encoder(mut self, name: impl Into<String>) -> Self {
        self.encoder = Some(name.into());
        self
    }

    /// Weights of the graph attention network, as `train retriever` writes them; by
    /// default those that come with the program.
    pub fn retriever(mut self, file: impl AsRef<Path>) -> Self {
        self.retriever = Some(file.as_ref().into());
        self
    }

    /// The matter to open, made if it does not exist. Without one the agent
    /// works on a matter in memory, which is gone when it is dropped.
    pub fn matter(mut self, name: impl Into<String>) -> Self {
        self.matter = Some(name.into());
        self
    }

    /// How the language model is opened: its threads, context and attention.
    pub fn options(mut self, options: OpenOptions) -> Self {
        self.options = options;
        self
    }

    /// How it retrieves and answers.
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Opens the matter and loads the weights. Nothing is downloaded: weights
    /// that are missing are an error that tells how to pull them.
    pub fn open(self) -> Result<Agent, OpenError> {
        let matter = match &self.matter {
            Some(name) => DataDir::new(self.data_dir.clone())?.open_matter(name)?,
            None => Matter::in_memory(),
        };
        let mut agent = self.open_on(matter)?;
        agent.embed_missing(&mut |_, _| {})?;
        Ok(agent)
    }

    /// Loads the weights and works on a matter that was opened elsewhere. For
    /// turns that may lack a vector see [`Agent::embed_missing`].
    pub fn open_on(self, matter: Matter) -> Result<Agent, OpenError> {
        self.open_on_telling(matter, &mut |_, _| {})
    }

    /// The same; `progress` is told how many layers of the language model are loaded, of
    /// how many.
    pub fn open_on_telling(
        self,
        matter: Matter,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Agent, OpenError> {
        let encoder = self.open_encoder()?;
        let generator = self.open_generator(self.options.attention, progress)?;
        let network = self.retriever.as_deref().map(Network::load).transpose()?;
        let mut agent = Agent::from_parts(matter, Some(encoder), generator, self.settings)?;
        if let Some(network) = network {
            agent.rank_by(Arc::new(network));
        }
        Ok(agent)
    }

    /// Loads the text encoder alone, for retrieval without answers.
    pub fn open_encoder(&self) -> Result<Box<dyn Embedder>, OpenError> {
        let models = DataDir::new(self.data_dir.clone())?.models();
        let default = ModelSpec::default_encoder().name;
        let name = self.encoder.as_deref().unwrap_or(default);
        expect_kind(name, ModelKind::Encoder)?;
        Ok(Box::new(TextEncoder(Encoder::open(
            &models.resolve(name)?,
        )?)))
    }

    /// The file of the language model that would be loaded.
    pub fn weights(&self) -> Result<PathBuf, OpenError> {
        let models = DataDir::new(self.data_dir.clone())?.models();
        let default = ModelSpec::default_language().name;
        let name = self.model.as_deref().unwrap_or(default);
        expect_kind(name, ModelKind::Language)?;
        Ok(models.resolve(name)?)
    }

    /// Loads the language model alone, to attend in this way.
    pub(crate) fn open_generator(
        &self,
        attention: Attention,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Box<dyn Generator>, OpenError> {
        let options = OpenOptions {
            attention,
            ..self.options
        };
        Ok(Box::new(LocalModel::open_telling(
            self.weights()?,
            options,
            progress,
        )?))
    }
}

/// Paths are of the kind that their content turns out to be.
fn expect_kind(name: &str, wanted: ModelKind) -> Result<(), OpenError> {
    match ModelSpec::find(name) {
        Some(spec) if spec.kind != wanted => Err(OpenError::WrongKind {
            name: name.into(),
            is: spec.kind.label(),
            wanted: wanted.label(),
        }),
        _ => Ok(()),
    }
}
