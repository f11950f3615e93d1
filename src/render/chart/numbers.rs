//! Numbers as labels of a picture say them: as many digits as the eye can use, and no line break before a per cent sign.

use crate::render::words::amount;

/// A share in per cent: 26 %, 9.4 %, 0.25 %.
pub(crate) fn share(value: f64) -> String {
    let per_cent = value * 100.0;
    let n_decimals = match per_cent {
        p if (9.95..99.0).contains(&p) => 0,
        p if p >= 0.995 => 1,
        _ => 2,
    };
    format!("{}\u{a0}%", without_zeros(format!("{per_cent:.n_decimals$}")))
}

/// An interval of a share: 23 to 29 %, 0.5 to 2.1 %.
pub(crate) fn share_range(low: f64, high: f64) -> String {
    let n_decimals = match high * 100.0 {
        p if p >= 9.95 => 0,
        p if p >= 0.995 => 1,
        _ => 2,
    };
    let say = |value: f64| without_zeros(format!("{:.n_decimals$}", value * 100.0));
    format!("{} to {}\u{a0}%", say(low), say(high))
}

/// A share on an axis, in per cent; `n_decimals` are those of the share.
pub(crate) fn share_tick(value: f64, n_decimals: usize) -> String {
    let n_decimals = if value == 0.0 { 0 } else { n_decimals.saturating_sub(2) };
    format!("{:.n_decimals$}\u{a0}%", value * 100.0)
}

/// A number on an axis: 1,500, 20, 0.5, -10.
pub(crate) fn number_tick(value: f64, n_decimals: usize) -> String {
    let sign = if value < 0.0 { "−" } else { "" };
    let size = value.abs();
    let words = if n_decimals == 0 || value == 0.0 {
        crate::notes::count(size.round() as u64)
    } else {
        format!("{size:.n_decimals$}")
    };
    format!("{sign}{words}")
}

/// An expected number: whole from ten on.
pub(crate) fn about(value: f64) -> String {
    let sign = if value < 0.0 { "−" } else { "" };
    let size = value.abs();
    format!("{sign}{}", amount(if size >= 9.95 { size.round() } else { size }))
}

/// Expected wins with their word: 23 wins, 1 win.
pub(crate) fn in_wins(value: f64) -> String {
    let words = about(value);
    let noun = if words == "1" { "win" } else { "wins" };
    format!("{words} {noun}")
}

/// A difference with its sign: +24, −3.5, 0.
pub(crate) fn signed(value: f64) -> String {
    let words = about(value);
    match words.as_str() {
        "0" | "−0" => "0".to_owned(),
        _ if value > 0.0 => format!("+{words}"),
        _ => words,
    }
}

fn without_zeros(text: String) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_have_as_many_digits_as_the_eye_can_use() {
        assert_eq!(
            [0.0, 0.002_53, 0.0941, 0.09, 0.257, 0.993, 1.0].map(share),
            ["0\u{a0}%", "0.25\u{a0}%", "9.4\u{a0}%", "9\u{a0}%", "26\u{a0}%", "99.3\u{a0}%", "100\u{a0}%"]
        );
        assert_eq!(share_range(0.229, 0.291), "23 to 29\u{a0}%");
        assert_eq!(share_range(0.0, 0.021), "0 to 2.1\u{a0}%");
    }

    #[test]
    fn ticks_keep_the_decimals_of_their_step() {
        assert_eq!(share_tick(0.005, 3), "0.5\u{a0}%");
        assert_eq!([number_tick(1_500.0, 0), number_tick(-20.0, 0), number_tick(0.5, 1)], ["1,500", "−20", "0.5"]);
    }

    #[test]
    fn differences_carry_their_sign() {
        assert_eq!([24.4, -3.52, 0.01, -0.01].map(signed), ["+24", "−3.5", "0", "0"]);
        assert_eq!([0.97, 1.0, 23.4].map(in_wins), ["1 win", "1 win", "23 wins"]);
    }
}
