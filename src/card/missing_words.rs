//! Words that stand where no answer was given: `N/A`, `Select`, `--None--`, `#REF!`.
//!
//! In: a text as it stands in a file. Out: whether it says that nothing is known.
//!
//! Always true: capitals, white space at the ends and the brackets or dashes around a word decide nothing, except that dashes
//! around `none` (the first entry of a form's list) make it one. Words that are an honest answer in many tables (`none`, `unknown`,
//! `other`, `TBD`) are not among them.

/// Whether `text` says that there is no value. An empty text is one for every reader anyway and is none of these words.
pub fn is_missing_word(text: &str) -> bool {
    // No word has a digit but errors of spreadsheets; ids, of which there may be millions, are done here.
    if text.len() > LONGEST || (!text.trim_start().starts_with('#') && text.bytes().any(|byte| byte.is_ascii_digit())) {
        return false;
    }
    let lower = text.trim().to_lowercase();
    if lower.is_empty() {
        return false;
    }
    // `-`, `--`, `?`, `...`: nothing but signs that stand for a gap.
    if lower.chars().all(|sign| DASHES.contains(&sign) || matches!(sign, '?' | '.' | '…' | '/' | '\\' | '*')) {
        return true;
    }
    if EXCEL_ERRORS.contains(&lower.as_str()) || lower == "\\n" {
        return true;
    }
    // A word that stands between dashes is the first entry of a form's list, whatever else it may mean.
    let is_dashed = lower.starts_with(DASHES) && lower.ends_with(DASHES);
    let core = core_of(&lower);
    WORDS.contains(&core.as_str()) || is_dashed && matches!(core.as_str(), "none" | "empty" | "keine" | "aucun")
}

/// Whether `text` is `None` as programs write a value that is not there. In many tables `none` is an honest answer, so this alone
/// decides nothing: see who asks.
pub fn is_none_of_a_program(text: &str) -> bool {
    text.trim() == "None"
}

/// Bytes of the longest word with what may decorate it.
const LONGEST: usize = 64;

/// What forms of dash there are on keyboards and in typeset text.
const DASHES: [char; 6] = ['-', '‐', '–', '—', '−', '_'];

const EXCEL_ERRORS: [&str; 11] =
    ["#ref!", "#value!", "#n/a", "#na", "#n/v", "#div/0!", "#name?", "#null!", "#num!", "#error!", "#spill!"];

/// The word without what decorates it: `--Select--`, `(not set)`, `<NA>`, `Bitte wählen...`; white space inside is one blank.
fn core_of(lower: &str) -> String {
    let is_around = |sign: char| DASHES.contains(&sign) || "()[]{}<>.…*: ".contains(sign) || sign.is_whitespace();
    let core = lower.trim_matches(is_around);
    core.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// In small letters, without brackets, dashes or dots at the ends.
const WORDS: [&str; 99] = [
    // Programs and spreadsheets.
    "na",
    "n/a",
    "n.a",
    "n. a",
    "n/c",
    "n.c",
    "n/r",
    "n/d",
    "n.d",
    "s/d",
    "nan",
    "nat",
    "null",
    "nul",
    "undefined",
    "blank",
    "empty",
    "missing",
    "missing value",
    "no value",
    "no data",
    "no answer",
    "no response",
    "not set",
    "not available",
    "not provided",
    "not specified",
    "not given",
    "not entered",
    "not answered",
    "not filled",
    "not known",
    "unspecified",
    // First entries of a form's list.
    "select",
    "select one",
    "select an option",
    "select option",
    "select a value",
    "select value",
    "select from list",
    "please select",
    "please select one",
    "please choose",
    "please choose one",
    "choose",
    "choose one",
    "choose an option",
    "pick one",
    "please pick",
    // German.
    "k.a",
    "k. a",
    "k/a",
    "keine angabe",
    "keine angaben",
    "ohne angabe",
    "nicht angegeben",
    "nicht verfügbar",
    "nicht vorhanden",
    "nicht gesetzt",
    "nicht ausgefüllt",
    "nicht bekannt",
    "bitte wählen",
    "bitte auswählen",
    "bitte wählen sie",
    "auswählen",
    "leer",
    // French.
    "non renseigné",
    "non renseignée",
    "non spécifié",
    "non précisé",
    "non disponible",
    "non défini",
    "sélectionner",
    "sélectionnez",
    "veuillez sélectionner",
    "veuillez choisir",
    "choisir",
    "choisissez",
    // Spanish and Portuguese.
    "seleccione",
    "seleccionar",
    "sin especificar",
    "sin datos",
    "no especificado",
    "no disponible",
    "no informado",
    "elegir",
    "selecione",
    "selecionar",
    "não informado",
    "não especificado",
    "não disponível",
    // Italian and Dutch.
    "seleziona",
    "selezionare",
    "non specificato",
    "non indicato",
    "selecteer",
    "maak een keuze",
    "niet opgegeven",
    "niet ingevuld",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_nothing_known_are_found_however_they_are_decorated() {
        for text in [
            "NA",
            "N/A",
            "n/a",
            " na ",
            "<NA>",
            "NaN",
            "NULL",
            "(null)",
            "\\N",
            "-",
            "--",
            "—",
            "?",
            "...",
            ".",
            "#REF!",
            "#VALUE!",
            "#N/A",
            "#DIV/0!",
            "Select",
            "Select...",
            "--Select--",
            "- Select -",
            "Please select",
            "PLEASE  SELECT",
            "--None--",
            "-None-",
            "(not set)",
            "[not set]",
            "(blank)",
            "undefined",
            "keine Angabe",
            "k.A.",
            "Bitte wählen",
            "Bitte wählen…",
            "Choose one:",
            "Non renseigné",
        ] {
            assert!(is_missing_word(text), "{text:?}");
        }
    }

    #[test]
    fn honest_answers_stay() {
        for text in [
            "none",
            "None",
            "(none)",
            "unknown",
            "Other",
            "TBD",
            "no",
            "0",
            "Selected",
            "Select Plus",
            "-1",
            "1-10",
            "nah",
            "Namibia",
            "N",
            "A",
            "#1",
            "",
            "  ",
            "null and void",
            "not interested",
            "pending",
        ] {
            assert!(!is_missing_word(text), "{text:?}");
        }
        assert!(is_none_of_a_program(" None") && !is_none_of_a_program("none") && !is_none_of_a_program("NONE"));
    }
}
