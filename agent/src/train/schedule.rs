//! How often lessons are gone through, how fast they are learnt, and which are left out.

use std::f64::consts::PI;
use std::fmt::Display;
use std::ops::ControlFlow;

use serde::Serialize;

use crate::eval::random::SplitMix;

/// How often lessons are gone through, and how fast they are learnt.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    /// Passes over all consultations.
    pub passes: usize,
    /// The rate that training begins with; it falls to nothing along a cosine.
    pub rate: f64,
    /// One consultation in so many is left out, and measured; none for 0.
    pub held_out: usize,
    /// Of the order of consultations.
    pub seed: u64,
}

/// How training went, with what was learnt measured as `F`.
#[derive(Clone, Debug, Serialize)]
pub struct TeachingReport<F> {
    /// Consultations learnt from.
    pub consultations: usize,
    /// Questions learnt from.
    pub questions: usize,
    /// The mean loss of each pass, before each step; of a pass that was stopped, as far as it went.
    pub losses: Vec<f64>,
    /// Whether it was stopped before it had gone through all passes.
    pub stopped: bool,
    /// What it is worth on the consultations left out.
    pub left_out: Option<F>,
}

impl<F: Display> TeachingReport<F> {
    /// For people.
    pub fn summary(&self) -> String {
        let losses = self.losses.iter().map(|loss| format!("{loss:.3}"));
        let losses: Vec<String> = losses.collect();
        let learnt = format!(
            "{} consultations, {} questions; loss by pass: {}\n",
            self.consultations,
            self.questions,
            losses.join(", ")
        );
        match &self.left_out {
            Some(fit) => format!("{learnt}{fit}\n"),
            None => learnt,
        }
    }
}

/// How far training got.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// The mean loss of each pass; of one that was stopped, as far as it went.
    pub(super) losses: Vec<f64>,
    pub(super) stopped: bool,
}

impl Progress {
    /// Of so many consultations and questions; nothing is measured yet.
    pub(super) fn report<F>(self, consultations: usize, questions: usize) -> TeachingReport<F> {
        TeachingReport {
            consultations,
            questions,
            losses: self.losses,
            stopped: self.stopped,
            left_out: None,
        }
    }
}

impl Schedule {
    /// The consultations that are learnt from, and those that are left out.
    pub(super) fn split<'t, T>(&self, talks: &'t [T]) -> (Vec<&'t T>, Vec<&'t T>) {
        let is_left_out = |at: usize| self.held_out > 0 && at.is_multiple_of(self.held_out);
        let split = |left_out: bool| {
            let talks = talks.iter().enumerate();
            let talks = talks.filter(|(at, _)| is_left_out(*at) == left_out);
            talks.map(|(_, talk)| talk).collect()
        };
        (split(false), split(true))
    }

    /// Goes through consultations in any order; `learn` takes the steps of one at a rate, with its
    /// own questions in any order, and returns their losses. `progress` is told how many
    /// consultations are done, of how many in all passes, and may stop.
    pub(super) fn go_through<T, E>(
        &self,
        talks: &[&T],
        mut learn: impl FnMut(&T, f64, &mut SplitMix) -> Result<Vec<f64>, E>,
        progress: &mut dyn FnMut(usize, usize) -> ControlFlow<()>,
    ) -> Result<Progress, E> {
        let steps = self.passes * talks.len();
        let mut random = SplitMix::new(self.seed);
        let mut gone = Progress::default();
        let mut done = 0;
        while done < steps && !gone.stopped {
            let mut losses = Vec::new();
            let mut in_order = talks.to_vec();
            random.shuffle(&mut in_order);
            for talk in in_order {
                let along = done as f64 / steps as f64;
                let rate = self.rate * 0.5 * (1.0 + (PI * along).cos());
                losses.extend(learn(talk, rate, &mut random)?);
                done += 1;
                if progress(done, steps).is_break() {
                    gone.stopped = done < steps;
                    break;
                }
            }
            let mean = losses.iter().sum::<f64>() / losses.len().max(1) as f64;
            gone.losses.push(mean);
        }
        Ok(gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consultations_are_gone_through_until_somebody_stops() {
        let schedule = Schedule {
            passes: 2,
            rate: 1.0,
            held_out: 3,
            seed: 1,
        };
        let talks = [0, 1, 2, 3, 4];
        let (learnt, left_out) = schedule.split(&talks);
        assert_eq!((&learnt, left_out), (&vec![&1, &2, &4], vec![&0, &3]));
        let mut rates = Vec::new();
        let mut go = |last: usize| {
            rates.clear();
            let mut learn = |talk: &u32, rate, _: &mut SplitMix| {
                rates.push(rate);
                Ok::<_, ()>(vec![f64::from(*talk)])
            };
            let mut progress = |done, all| match (done == last, all) {
                (true, 6) => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            };
            let gone = schedule.go_through(&learnt, &mut learn, &mut progress);
            gone.expect("nothing fails")
        };
        let whole = go(7);
        assert_eq!((whole.losses.len(), whole.stopped), (2, false));
        assert!((whole.losses[0] - 7.0 / 3.0).abs() < 1e-9);
        assert_eq!((go(6).stopped, go(4).stopped), (false, true));
        assert_eq!(rates.len(), 4);
        assert!(rates[0] == 1.0 && rates.is_sorted_by(|a, b| a > b));
    }
}
