//! How rare the record's words are, and how near its sentences are to a question.

use std::collections::{BTreeMap, BTreeSet};

use super::line::terms;

/// How rare the words of the record are.
pub(crate) struct Rarity {
    turns: f32,
    holders: BTreeMap<String, f32>,
}

impl Rarity {
    pub(crate) fn of<'t>(texts: impl Iterator<Item = &'t str>) -> Self {
        let mut rarity = Self {
            turns: 0.0,
            holders: BTreeMap::new(),
        };
        for text in texts {
            rarity.turns += 1.0;
            for term in terms(text) {
                *rarity.holders.entry(term).or_default() += 1.0;
            }
        }
        rarity
    }

    fn weight(&self, term: &str) -> f32 {
        let holders = self.holders.get(term).copied().unwrap_or(0.0);
        (1.0 + (self.turns - holders + 0.5) / (holders + 0.5)).ln()
    }

    /// The share of `wanted` that `held` covers, by weight; words that the record
    /// does not know count half, for nothing could cover them.
    pub(crate) fn coverage(&self, wanted: &BTreeSet<String>, held: &[&BTreeSet<String>]) -> f32 {
        let (mut covered, mut all) = (0.0, 0.0);
        for term in wanted {
            let weight = self.weight(term);
            if held.iter().any(|terms| terms.contains(term)) {
                covered += weight;
            }
            all += if self.holders.contains_key(term) {
                weight
            } else {
                weight / 2.0
            };
        }
        if all > 0.0 { covered / all } else { 0.0 }
    }
}

/// Zero mean, unit deviation; zeros where there is nothing to compare.
pub(crate) fn standardised(values: Vec<f32>) -> Vec<f32> {
    let length = values.len().max(1) as f32;
    let mean = values.iter().sum::<f32>() / length;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / length;
    let deviation = variance.sqrt().max(1e-6);
    values.iter().map(|v| (v - mean) / deviation).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_words_cover_more() {
        let record = [
            "the deposit for the flat",
            "the deposit and the boiler",
            "my flat",
        ];
        let rarity = Rarity::of(record.into_iter());
        let wanted = terms("deposit boiler");
        let (rare, common) = (terms("boiler"), terms("deposit"));
        let cover = |held| rarity.coverage(&wanted, &[held]);
        assert!(cover(&rare) > cover(&common));
        assert_eq!(rarity.coverage(&wanted, &[&rare, &common]), 1.0);
        assert_eq!(rarity.coverage(&BTreeSet::new(), &[&rare]), 0.0);
    }

    #[test]
    fn equal_values_stand_out_nowhere() {
        assert_eq!(standardised(vec![0.5, 0.5]), [0.0, 0.0]);
        assert_eq!(standardised(vec![1.0, 3.0]), [-1.0, 1.0]);
        assert!(standardised(Vec::new()).is_empty());
    }
}
