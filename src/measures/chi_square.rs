//! Chi-square: the value that chance exceeds with a given probability, and the other way round.

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

/// Upper regularised incomplete gamma function `Q(a, x)`: a series below `a + 1`, a continued fraction above.
///
/// # Source
/// Press, Teukolsky, Vetterling and Flannery (2007), *Numerical Recipes*, section 6.2.
fn upper_gamma(a: f64, x: f64) -> f64 {
    const MAX_TERMS: usize = 10_000;
    if x <= 0.0 {
        return 1.0;
    }
    let front = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        for _ in 0..MAX_TERMS {
            n += 1.0;
            term *= x / n;
            sum += term;
            if term < sum * f64::EPSILON {
                break;
            }
        }
        return 1.0 - front * sum;
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

/// Logarithm of the gamma function at a positive multiple of a half: by the recurrence, from `Γ(1/2) = √π` or `Γ(1) = 1`.
fn ln_gamma(half_steps: f64) -> f64 {
    let (mut at, mut sum) = if half_steps.fract() == 0.0 { (1.0, 0.0) } else { (0.5, 0.5 * std::f64::consts::PI.ln()) };
    while at < half_steps {
        sum += f64::ln(at);
        at += 1.0;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_agree_with_scipy() {
        // scipy 1.17.1: stats.chi2.isf(tail, df)
        let reference = [
            (0.05, 1, 3.841_458_820_694_128_5),
            (0.05, 5, 11.070_497_693_516_351),
            (0.05 / 18.0, 4, 16.187_368_310_243_638),
            (0.05, 9, 16.918_977_604_620_45),
            (1e-9, 3, 44.841_275_330_562_404),
            (0.95, 10, 3.940_299_136_119_061),
            (0.01, 200, 249.445_122_981_441_6),
        ];
        for (tail, df, expected) in reference {
            let found = chi_square_exceeded(tail, df);
            assert!((found / expected - 1.0).abs() < 1e-10, "{tail}, {df}: {found}, scipy {expected}");
            assert!((chi_square_above(expected, df) / tail - 1.0).abs() < 1e-10, "{tail}, {df}");
        }
        assert!((normal_half_width(0.05) - 1.959_963_984_540_054).abs() < 1e-9);
        assert!((normal_half_width(0.1) - crate::math::Z90).abs() < 1e-9);
    }
}
