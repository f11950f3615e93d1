//! Many looks, and luck kept off the list.

/// Positions of the p-values that stand when at most `rate` of those listed may be luck on average.
///
/// # Source
/// Benjamini and Hochberg (1995), *JRSS B* 57, 289-300.
pub fn discoveries(p_values: &[f64], rate: f64) -> Vec<usize> {
    let mut ranked: Vec<usize> = (0..p_values.len()).filter(|&at| p_values[at].is_finite()).collect();
    ranked.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]).then(a.cmp(&b)));
    let n = ranked.len() as f64;
    let stands = |rank: usize| p_values[ranked[rank]] <= rate * (rank as f64 + 1.0) / n;
    let n_found = (0..ranked.len()).rev().find(|&rank| stands(rank)).map_or(0, |rank| rank + 1);
    ranked.truncate(n_found);
    ranked.sort_unstable();
    ranked
}

/// Chance that a standard normal value lies above `z`.
///
/// # Source
/// Press et al., *Numerical Recipes*, section 6.2: a Chebyshev fit of erfc with a relative error below 1.2e-7.
pub fn above(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.5 * x);
    const COEFFICIENTS: [f64; 10] = [
        -1.265_512_23,
        1.000_023_68,
        0.374_091_96,
        0.096_784_18,
        -0.186_288_06,
        0.278_868_07,
        -1.135_203_98,
        1.488_515_87,
        -0.822_152_23,
        0.170_872_77,
    ];
    let series = COEFFICIENTS.iter().rev().fold(0.0, |sum, c| sum * t + c);
    let tail = 0.5 * t * (-x * x + series).exp();
    if z >= 0.0 { tail } else { 1.0 - tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_ends_where_luck_would_fill_it() {
        // Ranked 0.001, 0.02, 0.06, 0.5 against 0.025, 0.05, 0.075, 0.1: three stand.
        assert_eq!(discoveries(&[0.06, 0.001, 0.5, 0.02], 0.1), [0, 1, 3]);
        assert_eq!(discoveries(&[0.2, f64::NAN], 0.1), [0; 0]);
        assert_eq!(discoveries(&[], 0.1), [0; 0]);
    }

    #[test]
    fn tails_are_those_of_the_table() {
        for (z, expected) in [(0.0, 0.5), (1.644_853_627, 0.05), (-1.281_551_566, 0.9), (4.0, 3.167_124e-5)] {
            assert!((above(z) / expected - 1.0).abs() < 2e-6, "{z}: {}", above(z));
        }
    }
}
