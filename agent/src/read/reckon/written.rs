//! What is likely by itself, and as the model would write it.

use super::Reckoning;
use crate::read::ReadError;
use crate::read::desk::Desk;

/// So many reckonings, none so many nats behind the likeliest, are looked at by how likely the model
/// writes them, and what that counts: chosen on consultations that neither was learnt from.
const WRITTEN: usize = 8;
const BEHIND: f32 = 2.0;
const AS_WRITTEN: f32 = 0.35;

impl Desk<'_> {
    /// The likeliest first; where the model can write, the first few of them, each with how likely it
    /// writes it as the working.
    pub(in crate::read) fn as_written(
        &mut self,
        question: &str,
        mut judged: Vec<(f32, Reckoning)>,
    ) -> Result<Vec<(f32, Reckoning)>, ReadError> {
        let likeliest_first =
            |judged: &mut Vec<(f32, Reckoning)>| judged.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        likeliest_first(&mut judged);
        let best = judged.first().map_or(0.0, |(logit, _)| *logit);
        let likely = judged.iter().take(WRITTEN);
        let likely = likely.take_while(|(logit, _)| *logit >= best - BEHIND);
        let workings = likely.map(|(_, reckoning)| reckoning.working.clone().unwrap_or_default());
        let workings: Vec<String> = workings.collect();
        if let Some(likely) = self.likelihoods(question, &workings)? {
            judged.truncate(likely.len());
            for ((logit, _), likely) in judged.iter_mut().zip(likely) {
                *logit += AS_WRITTEN * likely;
            }
            likeliest_first(&mut judged);
        }
        Ok(judged)
    }
}
