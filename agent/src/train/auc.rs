//! How well what has an answer is told from what has none.

/// The chance that a question with an answer is found more answerable than one
/// without (Mann and Whitney, 1947); `None` unless there are both.
pub(super) fn auc(judged: &[(f64, bool)]) -> Option<f64> {
    let of = |is| {
        let chosen = judged
            .iter()
            .filter(move |(_, answerable)| *answerable == is);
        chosen.map(|(judged, _)| *judged).collect::<Vec<f64>>()
    };
    let (mut with, mut without) = (of(true), of(false));
    if with.is_empty() || without.is_empty() {
        return None;
    }
    with.sort_by(f64::total_cmp);
    without.sort_by(f64::total_cmp);
    let wins: f64 = with
        .iter()
        .map(|x| {
            let below = without.partition_point(|other| other < x);
            let same = without.partition_point(|other| other <= x) - below;
            below as f64 + same as f64 / 2.0
        })
        .sum();
    Some(wins / (with.len() * without.len()) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_is_the_chance_to_tell_apart() {
        assert_eq!(auc(&[(0.9, true), (0.1, false)]), Some(1.0));
        assert_eq!(auc(&[(0.1, true), (0.9, false)]), Some(0.0));
        assert_eq!(auc(&[(0.5, true), (0.5, false)]), Some(0.5));
        assert_eq!(auc(&[(0.5, true)]), None);
    }
}
