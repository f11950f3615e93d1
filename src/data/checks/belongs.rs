//! Rows that belong together: a column that names the account or the contact of a lead, by its name and by how it repeats.
//!
//! Always true: a column is taken only where its name says whom it names and its values come back as accounts and contacts do;
//! whatever else repeats like that is at most proposed.

use super::names::as_of_rank;
use super::roles::{free_columns, holds_moments};
use crate::data::columns::NO_TEXT;
use crate::data::columns::words;
use crate::data::table::{Column, Content, Table};
use crate::notes::Note;
use crate::settings::Settings;

/// Takes the columns that clearly name the account and the contact of a lead, where nobody has named one, and says so; proposes
/// others.
pub(super) fn complete_belongs(table: &Table, settings: &mut Settings) -> Vec<Note> {
    if settings.leads.account.is_some() || settings.leads.contact.is_some() {
        return Vec::new();
    }
    let mut notes = Vec::new();
    for whom in [Whom::Account, Whom::Contact] {
        let Some((column, repeats)) = best(table, settings, whom) else { continue };
        let (key, name) = (whom.key(), &column.name);
        let share = format!("{:.0} % of the leads share one with another lead", 100.0 * repeats.share);
        // Where the config lists the criteria, folds are what its figures rest on: it is asked.
        let is_taken = settings.criteria.is_empty() && repeats.share >= MIN_SHARE_TAKEN && repeats.is_clear;
        let text = if is_taken {
            format!(
                "column {name:?} was taken for the {} of the lead: {share}. Folds keep such leads on one side, so that none judges \
                 another, and the column is no criterion. To change that, set `{key}`, or put the column into `leads.ignore`",
                whom.word()
            )
        } else {
            format!(
                "column {name:?} may name the {} of the lead: {share}, and may judge each other. If so, set `{key} = {name:?}`; folds \
                 then keep them on one side",
                whom.word()
            )
        };
        notes.push(Note::new("leads", text));
        if is_taken {
            let role = match whom {
                Whom::Account => &mut settings.leads.account,
                Whom::Contact => &mut settings.leads.contact,
            };
            *role = Some(name.clone());
        }
    }
    notes
}

/// Share of the leads that share an account or contact from which the column is taken.
const MIN_SHARE_TAKEN: f64 = 0.05;

/// Share from which it is worth a word.
const MIN_SHARE: f64 = 0.02;

/// Most leads that one account or contact has.
const MAX_TOGETHER: usize = 50;

/// Whom a column names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whom {
    Account,
    Contact,
}

impl Whom {
    fn key(self) -> &'static str {
        match self {
            Self::Account => "leads.account",
            Self::Contact => "leads.contact",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Contact => "contact",
        }
    }

    fn is_named_by(self, word: &str) -> bool {
        let of_account = "account company organisation organization org firm customer client konto firma kunde kunden unternehmen \
                          compte entreprise societe société cliente empresa azienda";
        let of_contact = "contact email mail person member user kontakt phone mobile telephone telefon";
        let words = match self {
            Self::Account => of_account,
            Self::Contact => of_contact,
        };
        words.split_whitespace().any(|known| known == word)
    }

    /// Whether a column is called by such a word, or by it and a word for a name or number of it.
    fn is_name(self, name: &str) -> bool {
        const OF_IT: &str = "id ids uuid guid key no nr number nummer name code address domain hash";
        let words = words(name);
        let Some(last) = words.last() else { return false };
        words.iter().any(|word| self.is_named_by(word))
            && (self.is_named_by(last) || OF_IT.split_whitespace().any(|of_it| of_it == last))
    }
}

/// How the values of a column come back.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Repeats {
    /// Share of all rows whose value another row has, at most [`MAX_TOGETHER`] of them.
    share: f64,
    /// Whether hardly any value is that of more rows, or of a mailbox that anybody may have.
    is_clear: bool,
}

/// The column that is most often shared, of those that are called so and repeat so; one with `id` in its name goes first.
fn best<'a>(table: &'a Table, settings: &Settings, whom: Whom) -> Option<(&'a Column, Repeats)> {
    let has_id = |column: &Column| words(&column.name).iter().any(|word| word == "id");
    let fitting = free_columns(table, settings).into_iter().filter(|column| whom.is_name(&column.name));
    let fitting = fitting.filter(|column| as_of_rank(&column.name).is_none() && !holds_moments(column));
    let repeating = fitting.filter_map(|column| Some((column, repeats(column)?)));
    repeating.max_by(|a, b| has_id(a.0).cmp(&has_id(b.0)).then(a.1.share.total_cmp(&b.1.share)))
}

/// `None` for a column that is no id, or does not repeat as accounts and contacts do.
fn repeats(column: &Column) -> Option<Repeats> {
    let sizes: Vec<usize> = match &column.content {
        Content::Texts(texts) => {
            let mut sizes = vec![0; texts.n_distinct()];
            texts.codes.iter().filter(|&&code| code != NO_TEXT).for_each(|&code| sizes[code as usize] += 1);
            // White space names nobody.
            sizes
                .iter()
                .zip(texts.distinct())
                .filter(|(_, text)| !text.trim().is_empty())
                .map(|(&size, _)| size)
                .collect()
        }
        // Numbers that say how many are not called an id.
        Content::Whole(numbers) if is_called_id(&column.name) => {
            let mut numbers: Vec<i64> = numbers.iter().flatten().collect();
            numbers.sort_unstable();
            numbers.chunk_by(|a, b| a == b).map(<[i64]>::len).collect()
        }
        _ => return None,
    };
    let n_filled: usize = sizes.iter().sum();
    let n_with = |wanted: fn(usize) -> bool| sizes.iter().copied().filter(|&size| wanted(size)).sum::<usize>();
    let (n_shared, n_beyond) = (n_with(|size| (2..=MAX_TOGETHER).contains(&size)), n_with(|size| size > MAX_TOGETHER));
    let share = n_shared as f64 / column.content.n_rows().max(1) as f64;
    // At most ten leads an account on average: groups of leads are fewer and larger.
    let is_many = sizes.len() >= 20 && 10 * sizes.len() >= n_filled;
    let is_clear = 50 * n_beyond <= n_filled && !words(&column.name).iter().any(|word| word == "domain");
    (is_many && share >= MIN_SHARE).then_some(Repeats { share, is_clear })
}

fn is_called_id(name: &str) -> bool {
    const OF_IDS: &str = "id uuid guid key no nr number nummer code hash";
    words(name).last().is_some_and(|last| OF_IDS.split_whitespace().any(|word| word == last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::table::table;
    use crate::settings::Config;

    fn settings() -> Settings {
        let mut config = Config::default();
        config.outcome.converted = Some("won".to_owned());
        config.unchecked()
    }

    #[test]
    fn an_account_that_a_third_of_the_leads_share_is_taken_and_said() {
        let ids: Vec<i64> = (0..300).map(|row| if row < 100 { row / 2 } else { row }).collect();
        let leads =
            table!("customer_id" => ids, "contact_attempts" => (0..300).map(|row| row / 3).collect::<Vec<i64>>());
        let mut settings = settings();
        let notes = complete_belongs(&leads, &mut settings);
        assert_eq!(settings.leads.account.as_deref(), Some("customer_id"));
        assert_eq!(settings.leads.contact, None);
        assert_eq!(notes.len(), 1);
        assert!(
            notes[0].text.starts_with(
                "column \"customer_id\" was taken for the account of the lead: 33 % of the leads share one with another lead."
            ),
            "{notes:?}"
        );
        assert!(complete_belongs(&leads, &mut settings).is_empty(), "it is named now");
    }

    #[test]
    fn what_does_not_name_anybody_is_left_alone() {
        let text = |n_levels: usize| (0..300).map(|row| format!("x{}", row % n_levels)).collect::<Vec<String>>();
        let leads = table!(
            "company_size" => text(100), "account_type" => text(100), "client" => text(5), "email" => text(300),
            "company_city" => text(100),
        );
        let mut settings = settings();
        assert!(complete_belongs(&leads, &mut settings).is_empty());
        // Everybody has a mailbox there.
        let leads = table!("email_domain" => text(100));
        let notes = complete_belongs(&leads, &mut settings);
        assert!(notes[0].text.contains("may name the contact of the lead"), "{notes:?}");
        assert_eq!(settings.leads.contact, None);
    }

    #[test]
    fn who_lists_the_criteria_is_asked() {
        let mut settings = settings();
        settings.criteria = vec![crate::settings::CriterionRule::of_column("x")];
        let text: Vec<String> = (0..300).map(|row| format!("x{}", row / 2)).collect();
        let notes = complete_belongs(&table!("company" => text), &mut settings);
        assert_eq!(
            notes[0].text,
            "column \"company\" may name the account of the lead: 100 % of the leads share one with another lead, and may judge each \
             other. If so, set `leads.account = \"company\"`; folds then keep them on one side"
        );
        assert_eq!(settings.leads.account, None);
    }
}
