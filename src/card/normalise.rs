//! How text is compared. One rule, written on every card.
//!
//! Always true: normalising twice changes nothing more.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// The one way text is compared: byte by byte after Unicode NFC and trimming of white space at both ends.
///
/// White space is the Unicode property `White_Space`, so a no-break space is trimmed and a byte order mark is not. A text of
/// which nothing is left is missing.
pub const TEXT_RULE: &str = "nfc-trim";

/// `text` under [`TEXT_RULE`]; borrowed unless a character has to change.
pub fn normalise_text(text: &str) -> Cow<'_, str> {
    // No white space takes part in a composition, so trimming before NFC gives what trimming after it would.
    let trimmed = text.trim();
    if trimmed.is_ascii() || is_nfc_quick(trimmed.chars()) == IsNormalized::Yes {
        Cow::Borrowed(trimmed)
    } else {
        Cow::Owned(trimmed.nfc().collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn white_space_goes_at_the_ends_only() {
        assert_eq!(normalise_text("  on  hold \t\r\n"), "on  hold");
        assert_eq!(normalise_text("\u{a0}\u{3000}approved\u{2001}"), "approved");
        assert_eq!(normalise_text("\u{feff}approved"), "\u{feff}approved", "a byte order mark is no white space");
        assert_eq!(normalise_text(" \n "), "");
    }

    #[test]
    fn a_letter_is_the_same_letter_however_it_was_typed() {
        assert_eq!(normalise_text("Gro\u{308}ße"), "Größe");
        assert_eq!(normalise_text("\u{212b}"), "\u{c5}", "the Ångström sign is an A with a ring");
        assert_ne!(normalise_text("а"), "a", "a Cyrillic letter stays Cyrillic");
        assert_ne!(normalise_text("Approved"), "approved");
    }

    #[test]
    fn plain_text_is_not_copied() {
        assert!(matches!(normalise_text(" approved "), Cow::Borrowed("approved")));
        assert!(matches!(normalise_text("Gr\u{f6}ße"), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn once_is_enough(text in "\\PC*|[ \u{308}\u{2000}\u{2001}a\u{a0}é]{0,8}") {
            let once = normalise_text(&text).into_owned();
            prop_assert_eq!(normalise_text(&once), once.as_str());
            let nfc: String = text.nfc().collect();
            prop_assert_eq!(once.as_str(), nfc.trim(), "trimmed before or after");
        }
    }
}
