//! What a column's name says: that it names leads, that it is the moment of hand-off, that it is the outcome.

use crate::data::columns::words;

/// How surely a name is that of an id; lower is surer, `None` is not at all.
pub fn id_rank(name: &str) -> Option<u8> {
    let words = words(name);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["lead", "id"] | ["leadid"] => Some(0),
        ["id"] | ["uuid"] | ["guid"] => Some(1),
        ["row", "id"] | ["rowid"] | ["record", "id"] | ["case", "id"] => Some(2),
        [.., "id" | "uuid" | "guid"] => Some(3),
        [.., "key" | "number" | "nr" | "no" | "index"] => Some(4),
        _ => None,
    }
}

/// How surely a name is that of the moment of hand-off; lower is surer, `None` is not at all.
pub fn as_of_rank(name: &str) -> Option<u8> {
    let words = words(name);
    let has = |wanted: &str| words.iter().any(|word| wanted.split(' ').any(|wanted| wanted == word));
    // Moments that come after hand-off, or long before it.
    const OTHER: &str = "won lost closed close converted conversion outcome updated update modified last end ended birth \
                         birthday dob expected touch touched activated approved paid expires due next geschlossen \
                         abschluss gewonnen geburtsdatum änderung geändert clôture fermeture modification naissance cierre \
                         modificación nacimiento chiusura modifica nascita fechamento modificação nascimento sluiting wijziging";
    const CREATED: &str = "created create creation received contact registered entered opened first start started inquiry enquiry \
                           submitted erstellt erstellung erstellungsdatum anlagedatum angelegt eingang eingangsdatum anfragedatum \
                           création créé créée réception inscription creación creado creada alta registro recepción creazione creato \
                           creata ricezione criação criado criada cadastro recebimento aanmaakdatum aangemaakt ontvangen utworzono";
    if has(OTHER) {
        return None;
    }
    let joined = words.join("_");
    if joined.contains("as_of") || has("asof snapshot cutoff") {
        Some(0)
    } else if has("handed handoff handover") || joined.contains("hand_off") || joined.contains("hand_over") {
        Some(1)
    } else if has(CREATED)
        || matches!(
            joined.as_str(),
            "date" | "day" | "time" | "timestamp" | "ts" | "datetime" | "lead_date" | "datum" | "fecha" | "data"
        )
    {
        Some(2)
    } else {
        None
    }
}

/// How surely a name is that of the outcome; lower is surer, `None` is not at all.
pub fn outcome_rank(name: &str) -> Option<u8> {
    let joined = words(name).join("_");
    match joined.as_str() {
        "converted" | "is_converted" | "has_converted" | "isconverted" => Some(0),
        "won" | "is_won" | "iswon" | "closed_won" | "is_closed_won" | "deal_won" | "gewonnen" | "konvertiert"
        | "ganado" | "ganada" | "ganho" | "converti" | "convertido" | "convertito" | "vinto" | "vinta" => Some(1),
        "success" | "outcome" | "target" | "label" | "y" | "is_customer" | "conversion" | "purchased" | "sold"
        | "closed_won_flag" | "won_flag" | "bought" => Some(2),
        _ if joined.starts_with("converted_") || joined.ends_with("_converted") => Some(1),
        _ => None,
    }
}

/// Whether a name is that of a case weight.
pub(super) fn is_called_weight(name: &str) -> bool {
    const WEIGHTS: &str = "weight weights wgt gewicht gewichtung poids peso pesos gewichten";
    const WHOSE: &str = "case lead leads row sample sampling frequency freq survey obs observation record";
    let words = words(name);
    let is_one_of = |word: &String, known: &str| known.split(' ').any(|known| known == word);
    words
        .split_last()
        .is_some_and(|(last, whose)| is_one_of(last, WEIGHTS) && whose.iter().all(|word| is_one_of(word, WHOSE)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_by_their_last_word() {
        assert_eq!(id_rank("Lead ID"), Some(0));
        assert_eq!(id_rank("mql_id"), Some(3));
        assert_eq!(id_rank("row_id"), Some(2));
        assert_eq!(id_rank("paid"), None);
        assert_eq!(id_rank("valid"), None);
    }

    #[test]
    fn moments_after_hand_off_are_not_taken_for_it() {
        assert_eq!(as_of_rank("as_of"), Some(0));
        assert_eq!(as_of_rank("handed_off_at"), Some(1));
        assert_eq!(as_of_rank("first_contact_date"), Some(2));
        assert_eq!(as_of_rank("created_at"), Some(2));
        for name in ["won_at", "last_ts", "closed_date", "first_touch_at", "updated_at", "birth_date", "amount"] {
            assert_eq!(as_of_rank(name), None, "{name}");
        }
    }

    #[test]
    fn a_weight_is_one_of_cases() {
        assert!(["weight", "Sample Weight", "leadWeights", "Gewicht"].into_iter().all(is_called_weight));
        assert!(!["weight_kg", "shipping_weight", "w", "n"].into_iter().any(is_called_weight));
    }

    #[test]
    fn outcomes_have_a_few_names() {
        assert_eq!(outcome_rank("Converted"), Some(0));
        assert_eq!(outcome_rank("converted_within_90_days"), Some(1));
        assert_eq!(outcome_rank("closedWon"), Some(1));
        assert_eq!(outcome_rank("y"), Some(2));
        assert_eq!(outcome_rank("year"), None);
    }
}
