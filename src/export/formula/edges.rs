//! Edges of the card as decimals that a formula can hold.

/// The numbers that a field of a system can hold: decimals of so many places, between two bounds.
#[derive(Debug, Clone, Copy)]
pub(in crate::export) struct Numbers {
    /// Places after the point.
    pub(in crate::export) places: usize,
    /// Every number lies strictly below it, and strictly above its negative.
    pub(in crate::export) bound: f64,
}

/// Most digits that a decimal keeps on its way through a double and back.
const DIGITS_OF_A_DOUBLE: usize = 15;

/// Which of the numbers of a system lie below an edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Edge {
    /// All of them.
    All,
    /// None.
    None,
    /// Those below this decimal.
    Below(String),
}

impl Numbers {
    /// Which numbers lie below `edge`. The engine reads a number as a double; for decimals of up to 15 digits, which no two are
    /// the same double of, comparing with the shortest decimal of the edge is the same.
    pub(super) fn below(&self, edge: f64) -> Edge {
        if edge >= self.bound {
            return Edge::All;
        }
        if edge <= -self.bound {
            return Edge::None;
        }
        // Display writes the shortest decimal without an exponent; adding zero takes the sign off -0.
        let text = (edge + 0.0).to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        if fraction.len() <= self.places {
            return Edge::Below(text);
        }
        // No number lies between two neighbours of so many places, so the edge moves to the next of them up.
        let kept = &fraction[..self.places];
        let cut = if self.places == 0 { whole.to_owned() } else { format!("{whole}.{kept}") };
        Edge::Below(plain(if edge > 0.0 { one_up(&cut) } else { cut }))
    }

    /// Whether a field holds `number` exactly and the engine reads it as what it is.
    pub(super) fn holds(&self, number: f64) -> bool {
        let text = number.to_string();
        let (_, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let n_digits = digits.trim_start_matches('0').trim_end_matches('0').len();
        number.abs() < self.bound && fraction.len() <= self.places && n_digits <= DIGITS_OF_A_DOUBLE
    }
}

/// A positive decimal with one more in its last place.
fn one_up(decimal: &str) -> String {
    let mut digits: Vec<char> = decimal.chars().collect();
    for digit in digits.iter_mut().rev() {
        match *digit {
            '.' => {}
            '9' => *digit = '0',
            other => {
                *digit = char::from_digit(other.to_digit(10).unwrap_or(0) + 1, 10).unwrap_or(other);
                return digits.into_iter().collect();
            }
        }
    }
    std::iter::once('1').chain(digits).collect()
}

/// A decimal without zeros at its end, and zero without a sign.
fn plain(decimal: String) -> String {
    let short = if decimal.contains('.') { decimal.trim_end_matches('0').trim_end_matches('.') } else { &decimal };
    if short == "-0" { "0".to_owned() } else { short.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO_PLACES: Numbers = Numbers { places: 2, bound: 1_000.0 };

    #[test]
    fn an_edge_moves_up_to_the_next_number_that_can_be_held() {
        let cases = [
            (1.0, "1"),
            (-0.0, "0"),
            (0.25, "0.25"),
            (0.251, "0.26"),
            (9.999, "10"),
            (-0.251, "-0.25"),
            (-9.999, "-9.99"),
            (5e-324, "0.01"),
            (-5e-324, "0"),
        ];
        for (edge, below) in cases {
            assert_eq!(TWO_PLACES.below(edge), Edge::Below(below.to_owned()), "{edge}");
        }
        assert_eq!(TWO_PLACES.below(1_000.0), Edge::All);
        assert_eq!(TWO_PLACES.below(1e300), Edge::All);
        assert_eq!(TWO_PLACES.below(-1_000.0), Edge::None);
    }

    #[test]
    fn every_number_of_the_grid_lies_on_the_same_side_as_before() {
        for edge in [0.251, 0.25, -0.251, 0.3, 0.1 + 0.2, -7.005, 5e-324, 3.999_999] {
            let Edge::Below(decimal) = TWO_PLACES.below(edge) else { panic!("within bounds") };
            let decimal: f64 = decimal.parse().expect("a number");
            for hundredths in -1_000..1_000 {
                let number = f64::from(hundredths) / 100.0;
                assert_eq!(number < edge, number < decimal, "{number} against {edge}");
            }
        }
    }

    #[test]
    fn a_field_holds_short_decimals_within_its_bounds() {
        for held in [0.0, -0.0, 0.25, -999.99, 12.5] {
            assert!(TWO_PLACES.holds(held), "{held}");
        }
        for not_held in [0.001, 1_000.0, -1e300, 0.1 + 0.2, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(!TWO_PLACES.holds(not_held), "{not_held}");
        }
        let wide = Numbers { places: 18, bound: 1e18 };
        assert!(wide.holds(123_456_789_012_345.0) && wide.holds(1e17) && !wide.holds(1_234_567_890_123_456.0));
    }
}
