//! Words for outcomes as CRM systems and languages have them: yes and no, won and lost, nothing known.
//!
//! In: a text of an outcome column, or the name of a column. Out: what it plainly means, or nothing.
//!
//! Always true: capitals, accents, signs and numbers around a word do not matter; a word that could mean two things means
//! nothing here; a text that denies a win (`Closed - Not Converted`) is no win.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::data::columns::words;

/// What became of a deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::data) enum DealState {
    /// Converted.
    Won,
    /// Decided, and not converted.
    Lost,
    /// Not decided yet.
    Open,
}

/// Words of a win, alone or within a text.
const WON: &str = "won closedwon gewonnen gagne gagnee gagnes ganado ganada ganados ganho ganha vinto vinta converted \
                   konvertiert converti convertie convertido convertida convertito geconverteerd wygrana wygrany wygrane \
                   vunnen vunnet vundet voitettu vyhrano megnyert castigat successful successfully erfolgreich выиграна \
                   выиграно выигран 赢单 成交 受注";

/// Whole texts that most likely say yes where no [`WON`] word is in the column.
const WON_TEXTS: &str = "payment done, payment received, paid, paid in full, fully paid, bezahlt, paye, pagado, pagato, pago, \
    betaald, sold, sale, sale made, verkauft, verkauf, vendu, vendido, vendida, venduto, verkocht, purchased, \
    purchase, bought, gekauft, achete, comprado, acquistato, gekocht, customer, new customer, kunde, neukunde, \
    client, cliente, klant, signed, contract signed, unterschrieben, vertrag unterschrieben, contrat signe, \
    signe, firmado, contrato firmado, contratto firmato, contrato assinado, getekend, order received, \
    order placed, auftrag erhalten, enrolled, subscribed, success";

/// Words of a loss, alone or within a text.
const LOST: &str = "lost closedlost verloren perdu perdue perdus perdido perdida perso persa przegrana przegrany przegrane \
                    stracona forlorad forlorat tabt tapt havitty prohrano ztraceno pierdut elveszett проиграна проиграно \
                    потеряна 失单 丢单 失注 disqualified unqualified disqualifiziert unqualifiziert disqualifie descalificado \
                    descalificada desqualificado desqualificada squalificato gediskwalificeerd unsuccessful erfolglos \
                    unconverted churned";

/// Texts that mean a loss where nothing else stands there.
const LOST_TEXTS: &str = "rejected, declined, refused, denied, dead, junk, spam, cancelled, canceled, abandoned, withdrawn, \
    uninterested, not interested, no interest, no longer interested, not qualified, non qualified, no sale, \
    no deal, not sold, out sold, abgelehnt, abgesagt, storniert, abgebrochen, kein interesse, \
    nicht interessiert, nicht qualifiziert, rejete, rejetee, refuse, refusee, annule, annulee, abandonne, \
    pas interesse, non qualifie, rechazado, rechazada, cancelado, cancelada, no interesado, no calificado, \
    rifiutato, annullato, non interessato, rejeitado, recusado, sem interesse, afgewezen, geannuleerd, \
    geen interesse, churn, avvisad";

/// Words beside a loss that add nothing: `Dead Lead`, `Closed - Rejected`.
const BESIDE: &str = "closed deal lead opportunity geschlossen abgeschlossen ferme fermee cerrado cerrada chiuso chiusa fechado \
                      fechada gesloten flag is was";

/// Words that deny the one after them.
const NOT: &str = "not no non nicht kein keine nie nao ne pas niet geen never ikke inte ej";

/// Words that leave it open: `likely won`, `not yet converted`.
const PERHAPS: &str = "yet likely probably possibly expected almost nearly pending potential soon may noch encore todavia aun \
                       ancora ainda nog wahrscheinlich if";

/// Words between two things of which either may be.
const OR: &str = "or oder ou o of vs";

/// Words that say yes or no in a text of their own.
const YES: &str = "true yes y t 1 ja oui si sim tak da ano igen evet kylla wahr vrai verdadero vero verdadeiro waar prawda да \
                   はい 是";
const NO: &str =
    "false no n f 0 nein non nao nie ne nee nej nei nem hayir ei falsch faux falso onwaar falsz нет いいえ 否";

/// Letters that say yes or no only beside each other: ja and nein, oui and non, sí and no, vrai and faux.
const YES_NO_LETTERS: &[(&str, &str)] = &[("j", "n"), ("o", "n"), ("s", "n"), ("v", "f")];

/// Texts by which exports say that nothing is known. "None" is not among them: it may be an answer.
const NOTHING: &str = "na, n/a, #n/a, n.a., n.a, nan, null, nil, #null!, #value!, #ref!, #name?, #div/0!, #num!, <na>, (null), \
    (blank), (missing), missing, not set, (not set), unknown, k.a., unbekannt, inconnu, desconocido, \
    desconhecido, sconosciuto, onbekend, not available";

/// What a text of a stage or status plainly means; never [`DealState::Open`].
pub(in crate::data) fn state_in_words(text: &str) -> Option<DealState> {
    let words = folded_words(text);
    let is_one_of = |list: &str, word: &String| list.split_whitespace().any(|known| known == word);
    let has = |list: &str| words.iter().any(|word| is_one_of(list, word));
    if has(PERHAPS) || (has(OR) && has(WON) && has(LOST)) {
        return None;
    }
    let denied = |list: &str| words.windows(2).any(|pair| is_one_of(NOT, &pair[0]) && is_one_of(list, &pair[1]));
    let core: Vec<&str> = words.iter().filter(|word| !is_one_of(BESIDE, word)).map(String::as_str).collect();
    if denied(LOST) {
        None
    } else if has(LOST) || denied(WON) || is_among(LOST_TEXTS, &core.join(" ")) {
        Some(DealState::Lost)
    } else {
        (has(WON) && !has(NOT)).then_some(DealState::Won)
    }
}

/// The texts that sound like a conversion: those with a word for it, or else those that in other columns mean nothing else.
pub(in crate::data) fn sounding_like_won<'a>(texts: &[&'a str]) -> Vec<&'a str> {
    let with_word: Vec<&str> =
        texts.iter().copied().filter(|text| state_in_words(text) == Some(DealState::Won)).collect();
    if !with_word.is_empty() {
        return with_word;
    }
    let is_likely = |text: &&str| is_among(WON_TEXTS, &folded_words(text).join(" "));
    texts.iter().copied().filter(is_likely).collect()
}

/// Whether a text says that nothing is known.
pub(in crate::data) fn says_nothing(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    !lower.chars().any(|c| c.is_alphanumeric()) && !lower.contains(['+', '<', '>', '✓', '✔', '✗', '✘'])
        || is_among(NOTHING, &lower)
}

/// Yes or no by a word of its own.
pub(in crate::data) fn yes_or_no(text: &str) -> Option<bool> {
    let word = folded(text.trim());
    let is_in = |list: &str| list.split_whitespace().any(|known| known == word);
    if is_in(YES) { Some(true) } else { is_in(NO).then_some(false) }
}

/// Yes or no for each of the texts of a column; `None` for one that says neither. Single letters of other languages are read
/// where both of a pair stand there and nothing else.
pub(in crate::data) fn yes_or_no_of(texts: &[&str]) -> Vec<Option<bool>> {
    let plain: Vec<String> = texts.iter().map(|text| folded(text.trim())).collect();
    let is_pair = |&(yes, no): &(&str, &str)| {
        [yes, no].iter().all(|letter| plain.iter().any(|text| text == letter))
            && plain.iter().zip(texts).all(|(text, whole)| text == yes || text == no || says_nothing(whole))
    };
    match YES_NO_LETTERS.iter().find(|pair| is_pair(pair)) {
        Some(&(yes, no)) => {
            plain.iter().map(|text| if text == yes { Some(true) } else { (text == no).then_some(false) }).collect()
        }
        None => texts.iter().map(|text| yes_or_no(text)).collect(),
    }
}

/// Whether a column of this name says which leads were lost: `Lost`, `is_churned`, `Unqualified`.
pub(in crate::data) fn names_the_lost(name: &str) -> bool {
    // `Lost Reason`, `lost_at` and `won_or_lost` say something else.
    const OTHER: &str = "reason date at on time day count number rate won grund motif motivo datum fecha data";
    let words = folded_words(name);
    let has = |list: &str| words.iter().any(|word| list.split_whitespace().any(|known| known == word));
    !has(OTHER) && state_in_words(name) == Some(DealState::Lost)
}

/// Whether a text is one of those in a list with commas.
fn is_among(list: &str, text: &str) -> bool {
    list.split(", ").any(|known| known == text)
}

/// The words of a text or name without capitals and accents; numbers are no words.
fn folded_words(text: &str) -> Vec<String> {
    let mut words = words(&without_accents(text));
    words.retain(|word| !word.chars().all(char::is_numeric));
    words
}

fn folded(text: &str) -> String {
    without_accents(text).to_lowercase()
}

fn without_accents(text: &str) -> String {
    let plain = text.nfd().filter(|&c| !is_combining_mark(c));
    plain
        .map(|c| match c {
            'ø' => 'o',
            'Ø' => 'O',
            'ł' => 'l',
            'Ł' => 'L',
            'ı' => 'i',
            other => other,
        })
        .nfc()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wins_and_losses_are_told_in_several_languages() {
        for text in [
            "Closed Won",
            "closedwon",
            "6. Closed-Won (100%)",
            "Gewonnen",
            "Abgeschlossen gewonnen",
            "Gagné",
            "Ganada",
            "Closed - Converted",
            "Fechado ganho",
            "Chiuso vinto",
            "ClosedWon",
            "Выиграна",
        ] {
            assert_eq!(state_in_words(text), Some(DealState::Won), "{text}");
        }
        for text in [
            "Closed Lost",
            "closedlost",
            "Lost - price",
            "verloren",
            "Perdu",
            "perdido",
            "Closed - Not Converted",
            "Disqualified",
            "Unqualified",
            "Not interested",
            "Dead Lead",
            "Closed - Rejected",
            "Nicht gewonnen",
            "No Sale",
            "Not Qualified",
            "Przegrana",
            "Lost Customer",
            "Closed Lost to Competition",
        ] {
            assert_eq!(state_in_words(text), Some(DealState::Lost), "{text}");
        }
        for text in [
            "Proposal",
            "Negotiation",
            "Qualified",
            "New",
            "Closed",
            "Not yet converted",
            "Likely won",
            "Not lost",
            "Waiting For Payment",
            "Open - Not Contacted",
            "won or lost",
            "Credit check failed",
            "",
        ] {
            assert_eq!(state_in_words(text), None, "{text}");
        }
    }

    #[test]
    fn the_surest_word_for_a_win_is_proposed_and_never_a_loss() {
        let proposed = |texts: &[&'static str]| sounding_like_won(texts);
        assert_eq!(proposed(&["Closed Lost", "Closed Won", "Customer"]), ["Closed Won"]);
        assert_eq!(proposed(&["lead", "opportunity", "customer"]), ["customer"]);
        assert_eq!(proposed(&["Lost", "Waiting For Payment", "Payment Done"]), ["Payment Done"]);
        assert_eq!(proposed(&["Lost customer", "bad", "good", "0%"]), [""; 0]);
    }

    #[test]
    fn yes_and_no_have_many_names() {
        for (yes, no) in
            [("Ja", "NEIN"), ("oui", "Non"), ("Sí", "no"), ("Sim", "Não"), ("TAK", "nie"), ("TRUE", "False")]
        {
            assert_eq!((yes_or_no(yes), yes_or_no(no)), (Some(true), Some(false)), "{yes} {no}");
        }
        assert_eq!(yes_or_no("maybe"), None);
        assert_eq!(yes_or_no_of(&["J", "N", "NA"]), [Some(true), Some(false), None]);
        assert_eq!(yes_or_no_of(&["J", "N", "K"]), [None, Some(false), None], "a letter alone is a code");
    }

    #[test]
    fn nothing_known_has_many_names() {
        for text in ["NA", "n/a", "#N/A", "NULL", "-", "--", "?", "unknown", "(not set)", "nan"] {
            assert!(says_nothing(text), "{text}");
        }
        for text in ["No", "none", "+", "0", "New"] {
            assert!(!says_nothing(text), "{text}");
        }
    }

    #[test]
    fn columns_named_after_the_lost_are_known() {
        for name in [
            "lost",
            "Is Lost",
            "churned",
            "Unqualified",
            "isDisqualified",
            "rejected",
            "dead",
            "not_converted",
            "Verloren",
        ] {
            assert!(names_the_lost(name), "{name}");
        }
        for name in ["Lost Reason", "lost_at", "won", "won_lost", "converted", "deadline", "not_lost"] {
            assert!(!names_the_lost(name), "{name}");
        }
    }
}
