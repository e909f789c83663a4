//! BM25 over postings lists (Robertson and Zaragoza, 2009).

use std::collections::HashMap;

use super::{TermCounts, analyse, top};
use crate::turn::TurnId;

/// How fast a repeated term stops adding weight. Turns are short: this and
/// [`B`] find more than the usual 1.2 and 0.75 on LoCoMo, and as much on
/// MemDaily and consultations.
const K1: f32 = 0.9;
/// How much a long turn is discounted.
const B: f32 = 0.4;

/// Terms to the turns that hold them, with the counts.
#[derive(Clone, Debug, Default)]
pub struct Lexical {
    terms: HashMap<String, u32>,
    names: Vec<String>,
    /// By term: (document, count), ascending by document.
    postings: Vec<Vec<(u32, u32)>>,
    documents: Vec<Document>,
    length: u64,
}

#[derive(Clone, Debug)]
struct Document {
    turn: TurnId,
    length: u32,
    terms: Vec<u32>,
}

impl Lexical {
    /// An empty index.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of indexed turns.
    pub fn len(&self) -> usize {
        self.documents.len()
    }

    /// Whether no turn is indexed.
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// Adds a turn.
    ///
    /// # Panics
    ///
    /// If `turn` is not later than every turn indexed so far.
    pub fn insert(&mut self, turn: TurnId, counts: &TermCounts) {
        assert!(
            self.documents.last().is_none_or(|last| last.turn < turn),
            "turns are indexed in ascending order"
        );
        let document = self.documents.len() as u32;
        let mut terms = Vec::new();
        for (term, count) in counts.iter() {
            let term = self.intern(term);
            self.postings[term as usize].push((document, count));
            terms.push(term);
        }
        let length = counts.total();
        self.length += u64::from(length);
        self.documents.push(Document {
            turn,
            length,
            terms,
        });
    }

    fn intern(&mut self, term: &str) -> u32 {
        if let Some(&id) = self.terms.get(term) {
            return id;
        }
        let id = self.names.len() as u32;
        self.terms.insert(term.to_owned(), id);
        self.names.push(term.to_owned());
        self.postings.push(Vec::new());
        id
    }

    /// The `k` best turns for a question, best first; only turns that share a
    /// term with it.
    pub fn search(&self, query: &str, k: usize) -> Vec<(TurnId, f32)> {
        top(self.scores(&analyse(query)), k)
    }

    /// BM25 of every turn that shares a term with the query, ascending by turn.
    /// Only the postings of the query's terms are read.
    pub fn scores(&self, query: &TermCounts) -> Vec<(TurnId, f32)> {
        let mean = self.length as f32 / self.documents.len().max(1) as f32;
        let mut scores = vec![0.0; self.documents.len()];
        for (term, _) in query.iter() {
            let Some(&id) = self.terms.get(term) else {
                continue;
            };
            let postings = &self.postings[id as usize];
            let idf = self.idf_of(postings.len());
            for &(document, count) in postings {
                let length = self.documents[document as usize].length as f32;
                let count = count as f32;
                let norm = K1 * (1.0 - B + B * length / mean);
                scores[document as usize] += idf * count * (K1 + 1.0) / (count + norm);
            }
        }
        self.documents
            .iter()
            .zip(scores)
            .filter(|&(_, score)| score > 0.0)
            .map(|(document, score)| (document.turn, score))
            .collect()
    }

    /// Inverse document frequency of a term, positive; highest for a term that
    /// no turn holds.
    pub fn idf(&self, term: &str) -> f32 {
        let holders = self
            .terms
            .get(term)
            .map_or(0, |&id| self.postings[id as usize].len());
        self.idf_of(holders)
    }

    fn idf_of(&self, holders: usize) -> f32 {
        let all = self.documents.len() as f32;
        let holders = holders as f32;
        (1.0 + (all - holders + 0.5) / (holders + 0.5)).ln()
    }

    /// The query's terms that `turn` holds, the rarest first.
    pub fn matched(&self, query: &TermCounts, turn: TurnId) -> Vec<String> {
        let mut shared: Vec<(f32, &str)> = query
            .iter()
            .filter(|(term, _)| self.holds(turn, term))
            .map(|(term, _)| (self.idf(term), term))
            .collect();
        shared.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        shared
            .into_iter()
            .map(|(_, term)| term.to_owned())
            .collect()
    }

    /// Whether `turn` holds `term`.
    pub fn holds(&self, turn: TurnId, term: &str) -> bool {
        let (Some(document), Some(&id)) = (self.document(turn), self.terms.get(term)) else {
            return false;
        };
        self.postings[id as usize]
            .binary_search_by_key(&document, |&(holder, _)| holder)
            .is_ok()
    }

    /// Earlier turns that hold a term of `turn`, with the number of turns that
    /// hold it up to and with `turn`; only terms of at most `at_most` holders.
    pub(super) fn earlier_holders(
        &self,
        turn: TurnId,
        at_most: usize,
    ) -> impl Iterator<Item = (TurnId, usize)> {
        let document = self.document(turn);
        document
            .into_iter()
            .flat_map(|document| &self.documents[document as usize].terms)
            .filter_map(move |&term| {
                let postings = &self.postings[term as usize];
                let earlier = postings.partition_point(|&(holder, _)| Some(holder) < document);
                (earlier < at_most).then_some((&postings[..earlier], earlier + 1))
            })
            .flat_map(move |(earlier, holders)| {
                earlier
                    .iter()
                    .map(move |&(other, _)| (self.documents[other as usize].turn, holders))
            })
    }

    fn document(&self, turn: TurnId) -> Option<u32> {
        self.documents
            .binary_search_by_key(&turn, |document| document.turn)
            .ok()
            .map(|at| at as u32)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn index(texts: &[&str]) -> Lexical {
        let mut lexical = Lexical::new();
        for (id, text) in (1..).zip(texts) {
            lexical.insert(TurnId(id), &analyse(text));
        }
        lexical
    }

    #[test]
    fn the_turn_with_the_rarer_term_wins() {
        let lexical = index(&[
            "the landlord kept the deposit",
            "the landlord came by",
            "the landlord called",
        ]);
        let found = lexical.search("which deposit did the landlord keep?", 10);
        assert_eq!(found[0].0, TurnId(1));
        assert_eq!(found.len(), 3);
        assert!(lexical.search("weather", 10).is_empty());
        assert!(lexical.search("deposit", 0).is_empty());
    }

    #[test]
    fn scores_follow_the_formula() {
        let lexical = index(&["rent rent", "deposit"]);
        let idf = (1.0f32 + 1.5 / 1.5).ln();
        let norm = K1 * (1.0 - B + B * 2.0 / 1.5);
        let expected = idf * 2.0 * (K1 + 1.0) / (2.0 + norm);
        let scores = lexical.scores(&analyse("rent"));
        assert_eq!(scores.len(), 1);
        assert!((scores[0].1 - expected).abs() < 1e-6);
    }

    #[test]
    fn matched_terms_come_rarest_first() {
        let lexical = index(&["rent and deposit", "rent"]);
        let query = analyse("rent, deposit, boiler");
        assert_eq!(lexical.matched(&query, TurnId(1)), ["deposit", "rent"]);
        assert_eq!(lexical.matched(&query, TurnId(2)), ["rent"]);
        assert!(lexical.matched(&query, TurnId(9)).is_empty());
    }

    #[test]
    #[should_panic(expected = "ascending")]
    fn turns_enter_in_order() {
        let mut lexical = index(&["one", "two"]);
        lexical.insert(TurnId(2), &analyse("again"));
    }

    proptest! {
        #[test]
        fn search_finds_exactly_the_turns_that_share_a_term(
            texts in prop::collection::vec("[abc]{1,2}( [abc]{1,2}){0,4}", 1..20),
            query in "[abc]{1,2}( [abc]{1,2}){0,2}",
        ) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let lexical = index(&texts);
            let asked = analyse(&query);
            let mut found: Vec<u32> =
                lexical.search(&query, usize::MAX).iter().map(|hit| hit.0.0).collect();
            found.sort_unstable();
            let expected: Vec<u32> = (1..)
                .zip(&texts)
                .filter(|(_, text)| {
                    let held = analyse(text);
                    asked.iter().any(|(term, _)| held.count(term) > 0)
                })
                .map(|(id, _)| id)
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
