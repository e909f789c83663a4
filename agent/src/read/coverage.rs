//! How much of a question some turns, or some values, answer between them: of one that needs two,
//! some words find what they are about in the one, and others in the other.

use serde::{Deserialize, Serialize};

/// What each token of a question finds in each of several things: turns, by their numbers, or
/// values in their clauses, by their places.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Coverage {
    /// By thing, `[token]`.
    found: Vec<(u32, Vec<f32>)>,
}

impl Coverage {
    /// By the attention that each thing gets from each token.
    pub(crate) fn new(attention: impl Iterator<Item = (u32, Vec<f32>)>) -> Self {
        // Attention is steep.
        let root = |attention: f32| attention.max(0.0).sqrt();
        let found = attention.map(|(thing, of)| (thing, of.into_iter().map(root).collect()));
        let mut coverage = Self {
            found: found.collect(),
        };
        let all = coverage.sum(|_| true).max(f32::MIN_POSITIVE);
        let found = coverage.found.iter_mut().flat_map(|(_, found)| found);
        found.for_each(|found| *found /= all);
        coverage
    }

    /// What the tokens find in these things, each in the one where it finds most; all together
    /// are 1.
    pub(crate) fn of(&self, things: &[u32]) -> f32 {
        self.sum(|thing| things.contains(&thing))
    }

    fn sum(&self, has: impl Fn(u32) -> bool) -> f32 {
        let own: Vec<&Vec<f32>> = self
            .found
            .iter()
            .filter(|(thing, _)| has(*thing))
            .map(|(_, found)| found)
            .collect();
        let tokens = own.iter().map(|found| found.len()).max().unwrap_or(0);
        let most = |token: usize| {
            let found = own.iter().filter_map(|found| found.get(token));
            found.copied().fold(0.0, f32::max)
        };
        (0..tokens).map(most).sum()
    }

    /// What these things cover; what the one of them adds that adds least; and what the one of the
    /// others would add that adds most.
    pub(crate) fn gains(&self, things: &[u32], others: &[u32]) -> [f32; 3] {
        let all = self.of(things);
        let without = |thing: &u32| {
            let rest = things.iter().copied().filter(|other| other != thing);
            all - self.of(&rest.collect::<Vec<u32>>())
        };
        let with = |thing: &u32| self.of(&[things, &[*thing]].concat()) - all;
        [
            all,
            things.iter().map(without).fold(1.0, f32::min),
            others.iter().map(with).fold(0.0, f32::max),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_that_answer_other_words_add_more() {
        let attention = [
            (1, vec![0.16, 0.0, 0.0]),
            (2, vec![0.09, 0.01, 0.0]),
            (3, vec![-0.5, 0.25, 0.01]),
        ];
        let coverage = Coverage::new(attention.into_iter());
        assert!((coverage.of(&[1, 2, 3]) - 1.0).abs() < 1e-6);
        assert!((coverage.of(&[1]) - 0.4).abs() < 1e-6);
        let [all, least, most] = coverage.gains(&[1, 2], &[3]);
        // The second adds a tenth, and the third would add four of its tokens' five tenths.
        assert!((all - 0.5).abs() < 1e-6 && (least - 0.1).abs() < 1e-6);
        assert!((most - 0.5).abs() < 1e-6);
        assert_eq!(Coverage::default().of(&[1]), 0.0);
    }
}
