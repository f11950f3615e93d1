//! Words for a card that is too good to be true.

use super::record::{Suspect, TooGood};

/// What is wrong, as the beginning of an error.
pub fn too_good_headline(found: &TooGood) -> String {
    format!("this {}", what_is_wrong(found))
}

fn what_is_wrong(found: &TooGood) -> String {
    format!(
        "card is too good to be true: it puts {:.1} of 100 pairs of leads right (AUC {:.3}) on leads it had not seen. Something on it \
         may be known only after the hand-off",
        100.0 * found.auc,
        found.auc
    )
}

/// What is wrong, who is suspected, and what helps.
pub fn too_good_sentences(found: &TooGood) -> Vec<String> {
    let suspects: Vec<String> = found.suspects.iter().map(suspect).collect();
    if found.is_confirmed {
        return vec![format!(
            "This card is very good (AUC {:.3} on leads it had not seen), most of all by what the config calls known at hand-off: {}.",
            found.auc,
            suspects.join("; ")
        )];
    }
    vec![
        format!("This {}.", what_is_wrong(found)),
        format!(
            "Suspects, the one it would miss most first: {}. If all of them are known at hand-off, say so: `{}`; leave out what is not.",
            suspects.join("; "),
            known_at_hand_off_line(found)
        ),
    ]
}

fn suspect(suspect: &Suspect) -> String {
    format!(
        "{} (without it the card has AUC {:.2}; alone it has {:.2})",
        crate::notes::harmless(&suspect.criterion),
        suspect.auc_without,
        suspect.auc_alone
    )
}

/// The line of the config that says so.
pub fn known_at_hand_off_line(found: &TooGood) -> String {
    let names: Vec<String> = found.suspects.iter().map(|suspect| format!("{:?}", suspect.criterion)).collect();
    format!("leads.known_at_hand_off = [{}]", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suspects_stand_in_order_with_what_the_card_would_be_without_them() {
        let accepted = Suspect {
            criterion: "accepted_by_sales".to_owned(),
            auc_without: 0.794,
            auc_alone: 0.962,
            takes: 0.18,
            is_known: false,
        };
        let mut found = TooGood { auc: 0.974, is_confirmed: false, suspects: vec![accepted] };
        assert_eq!(
            too_good_sentences(&found),
            [
                "This card is too good to be true: it puts 97.4 of 100 pairs of leads right (AUC 0.974) on leads it had not seen. Something on it may be known only after the hand-off.",
                "Suspects, the one it would miss most first: accepted_by_sales (without it the card has AUC 0.79; alone it has 0.96). If all of them are known at hand-off, say so: `leads.known_at_hand_off = [\"accepted_by_sales\"]`; leave out what is not.",
            ]
        );
        found.is_confirmed = true;
        assert_eq!(
            too_good_sentences(&found),
            [
                "This card is very good (AUC 0.974 on leads it had not seen), most of all by what the config calls known at hand-off: accepted_by_sales (without it the card has AUC 0.79; alone it has 0.96)."
            ]
        );
    }
}
