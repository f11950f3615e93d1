//! Chi-square: the value that chance exceeds with a given probability, and the other way round.

use super::beta::ln_gamma;

/// Most terms of a series or fraction.
const MAX_TERMS: usize = 10_000;

/// The value that a chi-square variable with `df` degrees of freedom exceeds with probability `tail`.
///
/// - `tail`: above 0 and below 1, such as 0.05; small tails keep all their digits.
/// - `df`: at least 1; need not be whole.
pub fn chi_square_exceeded(tail: f64, df: impl Into<f64>) -> f64 {
    let a = df.into().max(1.0) / 2.0;
    // The mean is `df`; doubling passes any quantile that a number can ask for.
    let (mut low, mut high) = (0.0, 2.0 * a);
    while upper_gamma(a, high / 2.0) > tail && high < 1e9 {
        low = high;
        high *= 2.0;
    }
    // Halving 200 times leaves nothing to halve.
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if upper_gamma(a, middle / 2.0) > tail {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// Chance that a chi-square variable with `df` degrees of freedom lies above `value`.
///
/// - `df`: at least 1.
pub fn chi_square_above(value: f64, df: u32) -> f64 {
    upper_gamma(f64::from(df.max(1)) / 2.0, value / 2.0)
}

/// Half-width, in standard errors, of a two-sided normal interval that misses with probability `tail`.
pub fn normal_half_width(tail: f64) -> f64 {
    chi_square_exceeded(tail, 1.0).sqrt()
}

/// Log of the lower incomplete gamma function, the integral of `t^(a - 1) e^(-t)` from 0 to `x`; of any size.
///
/// - `a`, `x`: above 0.
pub(crate) fn ln_lower_gamma(a: f64, x: f64) -> f64 {
    if x < a + 1.0 {
        return a * x.ln() - x + lower_series(a, x).ln();
    }
    ln_gamma(a) + (-upper_gamma(a, x)).ln_1p()
}

/// The series of the lower incomplete gamma function, without `x^a e^(-x)` before it.
fn lower_series(a: f64, x: f64) -> f64 {
    let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
    for _ in 0..MAX_TERMS {
        n += 1.0;
        term *= x / n;
        sum += term;
        if term < sum * f64::EPSILON {
            break;
        }
    }
    sum
}

/// Upper regularised incomplete gamma function `Q(a, x)`: a series below `a + 1`, a continued fraction above.
///
/// # Source
/// Press, Teukolsky, Vetterling and Flannery (2007), *Numerical Recipes*, section 6.2.
fn upper_gamma(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    let front = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        return 1.0 - front * lower_series(a, x);
    }
    // Lentz's method.
    let tiny = f64::MIN_POSITIVE / f64::EPSILON;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / tiny;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for i in 1..MAX_TERMS {
        let i = i as f64;
        let an = -i * (i - a);
        b += 2.0;
        d = an * d + b;
        d = if d.abs() < tiny { tiny } else { d }.recip();
        c = b + an / c;
        c = if c.abs() < tiny { tiny } else { c };
        let change = d * c;
        fraction *= change;
        if (change - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    front * fraction
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// Cases of `tests/reference/chi_square.json`, made by `chi_square.py` beside it: tail, degrees, what is exceeded.
    fn reference() -> Vec<[f64; 3]> {
        let reference: Value =
            serde_json::from_str(include_str!("../../tests/reference/chi_square.json")).expect("the reference is JSON");
        let cases = reference["cases"].as_array().expect("cases");
        cases.iter().map(|case| ["tail", "df", "exceeded"].map(|key| case[key].as_f64().expect(key))).collect()
    }

    #[test]
    fn quantiles_agree_with_scipy_for_any_degrees_of_freedom() {
        let cases = reference();
        assert!(cases.iter().any(|[_, df, _]| df.fract() != 0.0));
        for [tail, df, expected] in cases {
            let found = chi_square_exceeded(tail, df);
            assert!((found / expected - 1.0).abs() < 1e-10, "{tail}, {df}: {found}, scipy {expected}");
        }
        // 7.3 degrees, 5 %: 14.50.
        assert!((chi_square_exceeded(0.05, 7.3) - 14.502_546_139_547_1).abs() < 1e-9);
    }

    #[test]
    fn tails_agree_with_scipy() {
        for [tail, df, exceeded] in reference().into_iter().filter(|[_, df, _]| df.fract() == 0.0) {
            let found = chi_square_above(exceeded, df as u32);
            assert!((found / tail - 1.0).abs() < 1e-10, "{tail}, {df}: {found}");
        }
        assert!((normal_half_width(0.05) - 1.959_963_984_540_054).abs() < 1e-9);
        assert!((normal_half_width(0.1) - crate::math::Z90).abs() < 1e-9);
    }
}
