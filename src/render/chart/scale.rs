//! From values to positions, and the round numbers that stand on an axis.

/// A straight line from a range of values to a range of positions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    pub(crate) values: (f64, f64),
    positions: (f64, f64),
}

impl Scale {
    pub(crate) fn new(values: (f64, f64), positions: (f64, f64)) -> Self {
        Self { values, positions }
    }

    /// Position of `value`; values off the scale, and those that are no numbers, stand at its end.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let ((from, to), (start, end)) = (self.values, self.positions);
        let share = (value - from) / (to - from);
        if share.is_nan() { start } else { start + share.clamp(0.0, 1.0) * (end - start) }
    }
}

/// Distance between round numbers: 1, 2 or 5 times a power of ten.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Step {
    factor: i64,
    power: i32,
}

impl Step {
    /// The smallest step that cuts `span` into at most `most` parts; 1 where there is nothing to cut.
    pub(crate) fn cutting(span: f64, most: usize) -> Self {
        if !(span.is_finite() && span > 0.0) {
            return Self { factor: 1, power: 0 };
        }
        let smallest = span / most.max(1) as f64;
        let power = smallest.log10().floor() as i32;
        let candidates =
            [(1, power), (2, power), (5, power), (1, power + 1)].map(|(factor, power)| Self { factor, power });
        // A hair below counts as equal: 0.1 + 0.2 must not jump to the next step.
        let is_wide = |step: &Self| step.times(1) >= smallest * (1.0 - 1e-9);
        candidates.into_iter().find(is_wide).unwrap_or(Self { factor: 2, power: power + 1 })
    }

    /// The same, but never finer than one: for things that come in whole numbers.
    pub(crate) fn cutting_whole(span: f64, most: usize) -> Self {
        let step = Self::cutting(span, most);
        if step.power < 0 { Self { factor: 1, power: 0 } } else { step }
    }

    /// `n` steps, without rounding noise.
    pub(crate) fn times(self, n: i64) -> f64 {
        let value = (n * self.factor) as f64;
        if self.power >= 0 { value * 10_f64.powi(self.power) } else { value / 10_f64.powi(-self.power) }
    }

    /// Every multiple from `from` to `to`.
    pub(crate) fn multiples(self, from: f64, to: f64) -> Vec<f64> {
        let first = (from / self.times(1) - 1e-9).ceil() as i64;
        let last = (to / self.times(1) + 1e-9).floor() as i64;
        // An axis has a handful of them; the bound is for ranges that are no ranges.
        (first..=last.min(first.saturating_add(1_000))).map(|n| self.times(n)).collect()
    }

    /// The first multiple at or above `value`.
    pub(crate) fn at_or_above(self, value: f64) -> f64 {
        self.times((value / self.times(1) - 1e-9).ceil() as i64)
    }

    /// The last multiple at or below `value`.
    pub(crate) fn at_or_below(self, value: f64) -> f64 {
        self.times((value / self.times(1) + 1e-9).floor() as i64)
    }

    /// Decimals that tell neighbouring multiples apart.
    pub(crate) fn n_decimals(self) -> usize {
        usize::try_from(-self.power).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_puts_values_in_proportion_and_never_leaves_its_ends() {
        let scale = Scale::new((0.0, 0.5), (300.0, 100.0));
        assert_eq!(
            [0.0, 0.25, 0.5, 9.0, f64::INFINITY].map(|value| scale.at(value)),
            [300.0, 200.0, 100.0, 100.0, 100.0]
        );
        assert_eq!(scale.at(f64::NAN), 300.0);
        assert_eq!(Scale::new((2.0, 2.0), (10.0, 20.0)).at(2.0), 10.0);
    }

    #[test]
    fn ticks_are_numbers_that_people_say() {
        let ticks = |from, to, most| Step::cutting(to - from, most).multiples(from, to);
        assert_eq!(ticks(0.0, 210.0, 6), [0.0, 50.0, 100.0, 150.0, 200.0]);
        assert_eq!(ticks(0.0, 0.35, 4), [0.0, 0.1, 0.2, 0.3]);
        assert_eq!(ticks(-25.0, 40.0, 4), [-20.0, 0.0, 20.0, 40.0]);
        assert_eq!(ticks(0.0, 0.00031, 4), [0.0, 0.0001, 0.0002, 0.0003]);
        assert_eq!(Step::cutting(0.00031, 4).n_decimals(), 4);
        assert_eq!(Step::cutting(0.0, 4).multiples(0.0, 0.0), [0.0]);
        assert_eq!(Step::cutting_whole(3.0, 10).multiples(0.0, 3.0), [0.0, 1.0, 2.0, 3.0]);
    }

    #[test]
    fn an_axis_may_end_on_the_tick_above() {
        assert_eq!(Step::cutting(0.347, 5).at_or_above(0.347), 0.4);
        assert_eq!(Step::cutting(30.0, 3).at_or_above(30.0), 30.0);
        assert_eq!(Step::cutting(30.0, 3).at_or_below(29.0), 20.0);
    }
}
