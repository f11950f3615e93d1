//! The words that a column is called by.

/// The words of a name in lower case: `firstContactDate`, `first-contact date` and `FIRST_CONTACT_DATE` are the same three.
pub fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for character in name.chars() {
        let begins_word = !character.is_alphanumeric() || (was_lower && character.is_uppercase());
        if begins_word {
            words.push(String::new());
        }
        if character.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(character.to_lowercase());
        }
        was_lower = character.is_lowercase() || character.is_numeric();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_the_same_words_however_it_is_written() {
        for name in ["first_contact_date", "firstContactDate", "First-Contact Date", " FIRST_CONTACT_DATE "] {
            assert_eq!(words(name), ["first", "contact", "date"], "{name}");
        }
        assert_eq!(words("Größe"), ["größe"]);
        assert!(words("---").is_empty());
    }
}
