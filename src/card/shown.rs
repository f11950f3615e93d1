//! Names and texts as a message can bear them: on one line, no longer than a person reads, nothing that a terminal obeys.

/// Longest name in a message, in characters.
const MAX_CHARS: usize = 60;

/// `text` on one line and no longer than a message can bear.
pub(crate) fn in_short(text: &str) -> String {
    shortened(text, MAX_CHARS)
}

/// `text` on one line, at most `max_chars` of it.
pub(crate) fn shortened(text: &str, max_chars: usize) -> String {
    let mut short: String = text.chars().take(max_chars).flat_map(char::escape_debug).collect();
    if text.chars().nth(max_chars).is_some() {
        short.push('…');
    }
    // escape_debug also escapes quotes, which are harmless here and common in company words.
    short.replace("\\'", "'").replace("\\\"", "\"")
}

/// The first `max` of `all` in words and how many more there are, separated by `separator`.
pub(crate) fn first_few<T>(
    all: impl Iterator<Item = T>,
    max: usize,
    separator: &str,
    in_words: impl FnMut(T) -> String,
) -> String {
    let mut all = all.fuse();
    let mut words: Vec<String> = all.by_ref().take(max).map(in_words).collect();
    match all.count() {
        0 => {}
        n_more => words.push(format!("and {n_more} more")),
    }
    words.join(separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_on_one_line_and_gives_no_orders() {
        assert_eq!(in_short("it's \"big\"\n\u{1b}[2J\u{202e}\0"), "it's \"big\"\\n\\u{1b}[2J\\u{202e}\\0");
        assert_eq!(in_short(&"ü".repeat(61)), format!("{}…", "ü".repeat(60)));
        assert_eq!(in_short(&"ü".repeat(60)), "ü".repeat(60));
    }

    #[test]
    fn a_long_list_says_how_long_it_is() {
        let few = |n: usize| first_few(0..n, 3, ", ", |idx| idx.to_string());
        assert_eq!([few(0), few(3), few(5)], ["", "0, 1, 2", "0, 1, 2, and 2 more"]);
    }
}
