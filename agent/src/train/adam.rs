//! Adam (Kingma and Ba, 2015), for networks of a few thousand numbers.

/// The state of a descent.
pub(super) struct Adam {
    rate: f32,
    steps: i32,
    /// Moving means of the slopes and of their squares.
    moments: Vec<(f32, f32)>,
}

impl Adam {
    const FIRST: f32 = 0.9;
    const SECOND: f32 = 0.99;

    pub(super) fn new(numbers: usize, rate: f32) -> Self {
        Self {
            rate,
            steps: 0,
            moments: vec![(0.0, 0.0); numbers],
        }
    }

    /// Moves numbers down a slope.
    pub(super) fn step(&mut self, numbers: &mut [f32], slope: &[f32]) {
        self.steps += 1;
        let [first_seen, second_seen] =
            [Self::FIRST, Self::SECOND].map(|decay| 1.0 - decay.powi(self.steps));
        for ((number, slope), (first, second)) in
            numbers.iter_mut().zip(slope).zip(&mut self.moments)
        {
            *first = Self::FIRST * *first + (1.0 - Self::FIRST) * slope;
            *second = Self::SECOND * *second + (1.0 - Self::SECOND) * slope * slope;
            let scale = (*second / second_seen).sqrt() + 1e-8;
            *number -= self.rate * (*first / first_seen) / scale;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_finds_the_lowest_place() {
        let mut at = [4.0, -3.0];
        let mut adam = Adam::new(2, 0.1);
        for _ in 0..300 {
            let slope = [2.0 * (at[0] - 1.0), 2.0 * at[1]];
            adam.step(&mut at, &slope);
        }
        assert!((at[0] - 1.0).abs() < 0.01 && at[1].abs() < 0.01, "{at:?}");
    }
}
