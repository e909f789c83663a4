//! Which sentences of a turn tell an answer.

use super::pointing::in_nats;

/// How well sentences tell an answer.
pub(super) struct Telling {
    /// Nats behind the likeliest to answer, and how much of the answer's words is in it.
    scores: Vec<f32>,
    /// The share of the answer's words that is pointed at in each, if the model looks.
    words: Option<Vec<f32>>,
}

impl Telling {
    /// By how likely each sentence is to answer, and by what is pointed at in it.
    pub(super) fn new(scores: &[f32], words: Option<Vec<f32>>) -> Self {
        /// Nats for all that is pointed at; from one half to four times as many tell as well.
        const POINTED: f32 = 3.0;
        let pointed = |at: usize| words.as_ref().map_or(0.0, |words| in_nats(words[at]));
        let scores = scores.iter().enumerate();
        let scores = scores.map(|(at, score)| score + POINTED * pointed(at));
        Self {
            scores: scores.collect(),
            words,
        }
    }

    /// The places of these sentences, that which tells most first.
    pub(super) fn ranked(&self, of: impl Iterator<Item = usize>) -> Vec<usize> {
        let mut ranked: Vec<usize> = of.collect();
        ranked.sort_by(|a, b| self.scores[*b].total_cmp(&self.scores[*a]));
        ranked
    }

    /// How many nats one tells more than another.
    pub(super) fn ahead(&self, one: usize, other: usize) -> f32 {
        self.scores[one] - self.scores[other]
    }

    /// Of these sentences of one turn, those that tell the answer, in order: the best, and others
    /// until most of what is pointed at in any of them is told; or one that is about as good.
    pub(super) fn sentences(&self, of: impl Iterator<Item = usize>) -> Vec<usize> {
        /// Of the words pointed at.
        const MOST: f32 = 0.93;
        const LARGEST: usize = 3;
        /// Nats behind the best.
        const BESIDE: f32 = 1.6;
        let ranked = self.ranked(of);
        let Some(first) = ranked.first().copied() else {
            return ranked;
        };
        let mut told = vec![first];
        match &self.words {
            Some(words) => {
                let all: f32 = ranked.iter().map(|at| words[*at]).sum();
                let mut rest = ranked[1..].to_vec();
                rest.sort_by(|a, b| words[*b].total_cmp(&words[*a]));
                for at in rest {
                    let so_far: f32 = told.iter().map(|at| words[*at]).sum();
                    if so_far >= MOST * all || told.len() == LARGEST {
                        break;
                    }
                    told.push(at);
                }
            }
            None => {
                let second = ranked.get(1).copied();
                told.extend(second.filter(|second| self.ahead(first, *second) <= BESIDE));
            }
        }
        told.sort_unstable();
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_sentences_are_told_as_the_words_are_in() {
        let scores = [-1.0, 0.0, -3.0, -4.0];
        let told = |words: [f32; 4]| Telling::new(&scores, Some(words.to_vec())).sentences(0..4);
        assert_eq!(told([0.0, 0.95, 0.05, 0.0]), [1]);
        assert_eq!(told([0.0, 0.5, 0.0, 0.4]), [1, 3]);
        assert_eq!(told([0.3, 0.3, 0.2, 0.2]), [0, 1, 2]);
        assert_eq!(Telling::new(&scores, None).sentences(0..4), [0, 1]);
        assert!(Telling::new(&scores, None).sentences(0..0).is_empty());
    }
}
