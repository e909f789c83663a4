//! What can stand beside the conversation.

use estoppel::memory::{Evidence, Reason, TurnId};
use estoppel::{Citation, Standing};

use crate::room::text::{Anchor, Scroll};

/// A pane with how far it is scrolled.
#[derive(Clone, Debug)]
pub(crate) struct Side {
    pub(crate) pane: Pane,
    pub(crate) scroll: Scroll,
}

impl Side {
    pub(crate) fn of(pane: Pane) -> Self {
        Self {
            pane,
            scroll: Scroll::From(Anchor::default()),
        }
    }
}

/// What a pane shows.
#[derive(Clone, Debug)]
pub(crate) enum Pane {
    /// A citation that was followed.
    Citation(Followed),
}

/// A turn that an answer cites, and what is known of why.
#[derive(Clone, Debug)]
pub(crate) struct Followed {
    pub(crate) turn: TurnId,
    pub(crate) standing: Standing,
    /// The sentence that bears the answer, verbatim.
    pub(crate) quote: String,
    /// Share of the model's attention while it wrote, 0 to 1.
    pub(crate) attention: f32,
    /// Why retrieval found the turn.
    pub(crate) reasons: Vec<Reason>,
}

impl Followed {
    pub(crate) fn new(citation: &Citation, evidence: Option<&Evidence>) -> Self {
        let ranked = evidence.and_then(|evidence| {
            let mut turns = evidence.turns.iter();
            turns.find(|ranked| ranked.turn == citation.turn)
        });
        Self {
            turn: citation.turn,
            standing: citation.standing,
            quote: citation.quote.clone(),
            attention: citation.attention,
            reasons: ranked.map_or(Vec::new(), |ranked| ranked.reasons.clone()),
        }
    }
}
