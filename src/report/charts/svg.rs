//! Pieces of SVG: numbers, text, lines, marks.
//!
//! Always true: no number is infinite or NaN, and none has more than one decimal.

use maud::Render;

/// A position or length in a drawing; written with at most one decimal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Px(pub(super) f64);

impl Render for Px {
    fn render_to(&self, buffer: &mut String) {
        let tenths = if self.0.is_finite() { (self.0 * 10.0).round() } else { 0.0 };
        // Adding zero turns -0 into 0.
        buffer.push_str(&(tenths / 10.0 + 0.0).to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_decimal_at_most_and_are_never_nan() {
        let written = [1.0, 1.25, -0.04, 1.0 / 3.0, f64::NAN, f64::INFINITY].map(|value| Px(value).render().0);
        assert_eq!(written, ["1", "1.3", "0", "0.3", "0", "0"]);
    }
}
