//! Edges between turns that are alike: nearest by meaning, or sharing a rare term.

use std::collections::BTreeMap;

use super::{Dense, Lexical, top};
use crate::graph::EdgeKind;
use crate::turn::TurnId;

/// Nearest earlier turns that a turn is linked to.
const NEAREST: usize = 5;
/// Earlier turns that a turn is linked to over rare terms.
const SHARING: usize = 5;
/// A term held by more turns than this is not rare.
const RARE: usize = 8;

/// Links from `turn` to earlier turns, in order of kind, strongest first:
/// [`EdgeKind::Similar`] weighted by cosine, [`EdgeKind::SharesTerm`] by the
/// rarity of the rarest shared term. `turn` must be indexed already; indexing
/// later turns does not change its links, so each turn is linked once.
pub fn links(
    lexical: &Lexical,
    dense: Option<&Dense>,
    turn: TurnId,
) -> Vec<(TurnId, EdgeKind, f32)> {
    let similar = dense
        .map(|dense| dense.nearest_before(turn, NEAREST))
        .unwrap_or_default()
        .into_iter()
        .filter(|&(_, cosine)| cosine > 0.0)
        .map(|(other, cosine)| (other, EdgeKind::Similar, cosine.min(1.0)));
    let sharing = top(sharing(lexical, turn), SHARING)
        .into_iter()
        .map(|(other, weight)| (other, EdgeKind::SharesTerm, weight));
    similar.chain(sharing).collect()
}

/// Earlier turns that share a rare term with `turn`. A term's weight falls from
/// 1, when only the two turns hold it, with the logarithm of its holders.
fn sharing(lexical: &Lexical, turn: TurnId) -> Vec<(TurnId, f32)> {
    let mut heaviest = BTreeMap::new();
    for (other, holders) in lexical.earlier_holders(turn, RARE) {
        let weight = 1.0 / (holders as f32).log2();
        let best = heaviest.entry(other).or_insert(weight);
        *best = weight.max(*best);
    }
    heaviest.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::analyse;

    fn lexical(texts: &[&str]) -> Lexical {
        let mut lexical = Lexical::new();
        for (id, text) in (1..).zip(texts) {
            lexical.insert(TurnId(id), &analyse(text));
        }
        lexical
    }

    #[test]
    fn rare_terms_link_and_common_ones_do_not() {
        let mut texts = vec!["the boiler broke"];
        texts.extend(["the rent"; RARE]);
        texts.push("the rent for a boiler");
        let last = TurnId(texts.len() as u32);
        let linked = links(&lexical(&texts), None, last);
        assert_eq!(linked, [(TurnId(1), EdgeKind::SharesTerm, 1.0)]);
    }

    #[test]
    fn later_turns_do_not_change_links() {
        let texts = ["boiler", "rent", "boiler and rent", "boiler", "boiler"];
        let before = links(&lexical(&texts[..3]), None, TurnId(3));
        let after = links(&lexical(&texts), None, TurnId(3));
        assert_eq!(before.len(), 2);
        assert_eq!(before, after);
    }

    #[test]
    fn similar_turns_are_linked_backwards_only() {
        let mut dense = Dense::new(2);
        dense.insert(TurnId(1), &[1.0, 0.0]);
        dense.insert(TurnId(2), &[0.8, 0.6]);
        dense.insert(TurnId(3), &[-1.0, 0.0]);
        let lexical = Lexical::new();
        let linked = links(&lexical, Some(&dense), TurnId(2));
        assert_eq!(linked, [(TurnId(1), EdgeKind::Similar, 0.8)]);
        assert!(links(&lexical, Some(&dense), TurnId(3)).is_empty());
    }
}
