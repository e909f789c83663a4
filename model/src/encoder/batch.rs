//! Which texts go through the network together.

/// Tokens in a batch, padding included. More of them don't make the products
/// faster, and what a layer works on falls out of the cache.
const TOKENS: usize = 1024;

/// Groups texts of like length, so that little is padded. Returns indices into
/// `inputs`, each once; the longest of a batch comes first.
pub(super) fn batches(inputs: &[Vec<u32>]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..inputs.len()).collect();
    order.sort_by_key(|&text| std::cmp::Reverse(inputs[text].len()));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for text in order {
        match batches.last_mut() {
            Some(batch) if (batch.len() + 1) * inputs[batch[0]].len() <= TOKENS => batch.push(text),
            _ => batches.push(vec![text]),
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_text_is_in_one_batch_and_batches_fit(
            lengths in proptest::collection::vec(1usize..513, 0..300),
        ) {
            let inputs: Vec<_> = lengths.iter().map(|&n| vec![0; n]).collect();
            let batches = batches(&inputs);
            let mut texts = batches.concat();
            texts.sort();
            prop_assert_eq!(texts, (0..inputs.len()).collect::<Vec<_>>());
            for batch in batches {
                let longest = batch.iter().map(|&text| lengths[text]).max().unwrap();
                prop_assert_eq!(longest, lengths[batch[0]]);
                prop_assert!(batch.len() * longest <= TOKENS);
            }
        }
    }
}
