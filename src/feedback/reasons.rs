//! Why sales turns leads down, counted per source, in sales' own words.
//!
//! Texts that differ in case, white space and closing punctuation are one reason. Where nearly every text is a sentence of its
//! own, words and phrases of up to three words are counted instead: once per lead, none that begins or ends with one of
//! [`STOP_WORDS`], "no" and "not" never alone, and a part of a longer phrase only where it stands without it as well. Nothing is
//! interpreted: a reason is a text that stands in the data.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shrink::{Common, GroupShare};
use crate::data::labels::{Disposition, HandOffs, NO_GROUP};
use crate::nearest::nearest;
use crate::notes::{Note, counted};

/// Words that carry no reason by themselves.
pub(super) const STOP_WORDS: [&str; 24] = [
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "from", "has", "have", "in", "is", "it", "of", "on",
    "or", "the", "they", "to", "was", "with",
];
/// Words that turn the next one round, and say nothing alone.
const NEGATIONS: [&str; 2] = ["no", "not"];

/// More different texts than this, and texts are read word by word ...
const MOST_TEXTS: usize = 40;
/// ... unless the commonest so many of them cover this share of the leads.
const COMMONEST: usize = 20;
const COVERED: f64 = 0.8;
/// Reasons that are shown.
const SHOWN: usize = 15;
/// Fewest leads that a word or phrase is counted for.
const MIN_LEADS: u64 = 3;
/// A part of a phrase is dropped where the phrase has at least this share of its leads.
const SWALLOWED: f64 = 0.8;
/// A text this much rarer than a look-alike is asked about.
const SLIP: u64 = 10;
/// Most words of a phrase.
const LONGEST: usize = 3;

/// Why leads are turned down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reasons {
    /// Leads rejected or recycled.
    pub n_turned_down: u64,
    /// Of those, how many have a reason.
    pub n_with_reason: u64,
    /// Whether words and phrases were counted, because nearly every text is its own.
    pub is_free_text: bool,
    /// How they were counted, in a sentence.
    pub method: String,
    /// All sources together, commonest first.
    pub all: Vec<ReasonRow>,
    /// Each source, most reasons first; empty without sources.
    pub sources: Vec<SourceReasons>,
}

/// The reasons of one source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SourceReasons {
    /// The source.
    pub source: String,
    /// Its leads that were turned down with a reason.
    pub n_with_reason: u64,
    /// The same reasons as of all sources, the commonest of this source first.
    pub rows: Vec<ReasonRow>,
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReasonRow {
    /// The reason as it is written most often; a word or phrase of free text in small letters.
    pub reason: String,
    /// Of the leads with a reason, those with this one. A source's share is pulled towards the other sources.
    pub share: GroupShare,
    /// `more` or `less` where the whole 90 % interval of the source lies above or below the share of all sources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub than_all: Option<Than>,
}

/// On which side of all sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Than {
    /// More often.
    More,
    /// Less often.
    Less,
}

/// Counts the reasons of leads that were rejected or recycled; `None` where not one has a reason.
pub fn reasons(hand_offs: &HandOffs, notes: &mut Vec<Note>) -> Option<Reasons> {
    let told = hand_offs.reason.as_ref()?;
    let is_turned_down =
        |lead: usize| matches!(hand_offs.disposition_of(lead), Some(Disposition::Rejected | Disposition::Recycled));
    let turned_down: Vec<usize> = (0..hand_offs.n_leads()).filter(|&lead| is_turned_down(lead)).collect();
    let text_of = |lead: usize| told.positions[lead].map(|at| told.texts[at as usize].as_str());
    let n_others = (0..hand_offs.n_leads()).filter(|&lead| !is_turned_down(lead) && text_of(lead).is_some()).count();
    if n_others > 0 {
        let leads = counted(n_others as u64, "lead");
        notes.push(Note::new("reasons", format!("{leads} have a reason but were not turned down: not counted")));
    }
    let with_reason: Vec<(usize, &str)> = turned_down.iter().filter_map(|&lead| Some((lead, text_of(lead)?))).collect();
    if with_reason.is_empty() {
        return None;
    }
    let texts: Vec<&str> = with_reason.iter().map(|(_, text)| *text).collect();
    let is_free_text = is_free(&texts);
    let (names, of_lead) = if is_free_text { phrases(&texts) } else { whole_texts(&texts, notes) };
    let leads: Vec<usize> = with_reason.iter().map(|(lead, _)| *lead).collect();
    Some(Reasons {
        n_turned_down: turned_down.len() as u64,
        n_with_reason: with_reason.len() as u64,
        is_free_text,
        method: if is_free_text { FREE_TEXT_METHOD } else { WHOLE_METHOD }.to_owned(),
        all: all_rows(&names, &of_lead),
        sources: source_rows(&names, &of_lead, &leads, hand_offs),
    })
}

const WHOLE_METHOD: &str =
    "each text is one reason; case, white space and closing punctuation do not matter, and spelling is not corrected";
const FREE_TEXT_METHOD: &str = "reasons are free text, so words and phrases of up to three words are counted, once per lead, in small letters; common \
     little words (a, and, the, ...) neither begin nor end one, and nothing is interpreted";

/// Texts made alike: small letters, single blanks, no closing punctuation.
fn plain(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split_whitespace().collect::<Vec<_>>().join(" ");
    words.trim_end_matches(['.', '!', ';', ',', ':']).trim_end().to_owned()
}

fn is_free(texts: &[&str]) -> bool {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    texts.iter().for_each(|text| *counts.entry(plain(text)).or_default() += 1);
    let mut counts: Vec<usize> = counts.into_values().collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let n_covered: usize = counts.iter().take(COMMONEST).sum();
    counts.len() > MOST_TEXTS && (n_covered as f64) < COVERED * texts.len() as f64
}

/// Names of the reasons, and the reasons of each text by position.
type Named = (Vec<String>, Vec<Vec<usize>>);

fn whole_texts(texts: &[&str], notes: &mut Vec<Note>) -> Named {
    let mut written: BTreeMap<String, BTreeMap<&str, u64>> = BTreeMap::new();
    texts.iter().for_each(|text| *written.entry(plain(text)).or_default().entry(*text).or_default() += 1);
    let names: Vec<String> = written
        .values()
        .map(|ways| {
            let commonest = ways.iter().max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)));
            commonest.map_or_else(String::new, |(text, _)| (*text).to_owned())
        })
        .collect();
    let totals: Vec<(&str, u64)> = written.iter().map(|(plain, ways)| (plain.as_str(), ways.values().sum())).collect();
    note_slips(&totals, notes);
    let of_lead = texts
        .iter()
        .map(|text| totals.binary_search_by(|(known, _)| (*known).cmp(plain(text).as_str())).into_iter().collect())
        .collect();
    (names, of_lead)
}

/// Rare texts that look like a common one: asked about, not joined.
fn note_slips(totals: &[(&str, u64)], notes: &mut Vec<Note>) {
    let slips: Vec<String> = totals
        .iter()
        .filter_map(|(text, n)| {
            let commoner = totals.iter().filter(|(_, of)| *of >= SLIP * n).map(|(other, _)| *other);
            let slips = |other: &&str| strsim::damerau_levenshtein(text, other) <= (text.chars().count() / 5).max(1);
            let near = nearest(text, commoner).into_iter().find(slips)?;
            Some(format!("{text:?} ({}) may be {near:?}", counted(*n, "lead")))
        })
        .take(5)
        .collect();
    if !slips.is_empty() {
        notes.push(Note::new("reasons", format!("reasons are counted as they are written: {}", slips.join(", "))));
    }
}

fn phrases(texts: &[&str]) -> Named {
    let of_text: Vec<BTreeSet<String>> = texts.iter().map(|text| phrases_of(text)).collect();
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    of_text.iter().flatten().for_each(|phrase| *counts.entry(phrase).or_default() += 1);
    counts.retain(|_, n| *n >= MIN_LEADS);
    let mut swallowed: BTreeSet<String> = BTreeSet::new();
    for (whole, of_whole) in &counts {
        let words: Vec<&str> = whole.split(' ').collect();
        for part in (1..words.len()).flat_map(|length| words.windows(length)).map(|part| part.join(" ")) {
            if counts.get(part.as_str()).is_some_and(|n| *of_whole as f64 >= SWALLOWED * *n as f64) {
                swallowed.insert(part);
            }
        }
    }
    let kept: Vec<String> =
        counts.keys().filter(|phrase| !swallowed.contains(**phrase)).map(|phrase| (*phrase).to_owned()).collect();
    let position = |phrase: &String| kept.binary_search(phrase).ok();
    let of_lead = of_text.iter().map(|own| own.iter().filter_map(position).collect()).collect();
    (kept, of_lead)
}

/// Words and phrases of a text.
fn phrases_of(text: &str) -> BTreeSet<String> {
    let lower = text.to_lowercase();
    let mut found = BTreeSet::new();
    // A phrase does not run across a full stop or a comma.
    for part in lower.split(['.', ',', ';', ':', '!', '?', '(', ')', '/', '\n']) {
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '\'' | '’' | '-');
        let words: Vec<&str> = part
            .split(|c: char| !is_word(c))
            .map(|word| word.trim_matches(['\'', '’', '-']))
            .filter(|word| !word.is_empty())
            .collect();
        for length in 1..=LONGEST {
            for phrase in words.windows(length) {
                let (first, last) = (phrase[0], phrase[length - 1]);
                if !STOP_WORDS.contains(&first) && !STOP_WORDS.contains(&last) && !NEGATIONS.contains(&last) {
                    found.insert(phrase.join(" "));
                }
            }
        }
    }
    found
}

fn all_rows(names: &[String], of_lead: &[Vec<usize>]) -> Vec<ReasonRow> {
    let n = of_lead.len() as u64;
    let mut hits = vec![0_u64; names.len()];
    of_lead.iter().flatten().for_each(|&reason| hits[reason] += 1);
    let mut rows: Vec<ReasonRow> = (names.iter().zip(hits))
        .map(|(name, hits)| ReasonRow { reason: name.clone(), share: GroupShare::alone(n, hits), than_all: None })
        .collect();
    commonest_first(&mut rows);
    rows
}

fn commonest_first(rows: &mut Vec<ReasonRow>) {
    rows.sort_by(|a, b| b.share.hits.cmp(&a.share.hits).then_with(|| a.reason.cmp(&b.reason)));
    rows.truncate(SHOWN);
}

fn source_rows(names: &[String], of_lead: &[Vec<usize>], leads: &[usize], hand_offs: &HandOffs) -> Vec<SourceReasons> {
    let Some(group) = &hand_offs.leads.source else { return Vec::new() };
    let shown: BTreeSet<String> = all_rows(names, of_lead).into_iter().map(|row| row.reason).collect();
    let n_sources = group.names.len();
    let mut n_with_reason = vec![0_u64; n_sources];
    let mut hits = vec![vec![0_u64; n_sources]; names.len()];
    for (&lead, own) in leads.iter().zip(of_lead) {
        let source = group.positions[lead] as usize;
        n_with_reason[source] += 1;
        own.iter().for_each(|&reason| hits[reason][source] += 1);
    }
    let mut sources: Vec<SourceReasons> = (0..n_sources)
        .map(|source| SourceReasons {
            source: group.names[source].clone(),
            n_with_reason: n_with_reason[source],
            rows: Vec::new(),
        })
        .collect();
    for (reason, hits) in hits.iter().enumerate().filter(|(reason, _)| shown.contains(&names[*reason])) {
        let counts: Vec<GroupShare> =
            n_with_reason.iter().zip(hits).map(|(&n, &hits)| GroupShare { n, hits, share: None }).collect();
        let Some(common) = Common::of(&counts) else { continue };
        let of_all = hits.iter().sum::<u64>() as f64 / of_lead.len() as f64;
        for (source, counts) in sources.iter_mut().zip(counts).filter(|(_, counts)| counts.n > 0) {
            let share = common.pulled(counts);
            let than_all = match share.share {
                Some(share) if share.low > of_all => Some(Than::More),
                Some(share) if share.high < of_all => Some(Than::Less),
                _ => None,
            };
            source.rows.push(ReasonRow { reason: names[reason].clone(), share, than_all });
        }
    }
    sources.retain(|source| source.n_with_reason > 0);
    sources.iter_mut().for_each(|source| commonest_first(&mut source.rows));
    sources.sort_by(|a, b| b.n_with_reason.cmp(&a.n_with_reason).then_with(|| a.source.cmp(&b.source)));
    // Leads without a source have nobody to hear of their reasons.
    sources.retain(|source| source.source != NO_GROUP);
    sources
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Lead, hand_offs};
    use super::*;

    fn turned_down<'a>(source: &'a str, reason: &'a str) -> Lead<'a> {
        Lead { did: Some(Disposition::Rejected), source, reason, ..Lead::default() }
    }

    #[test]
    fn case_and_spacing_are_one_reason_and_slips_are_asked_about() {
        let mut leads = vec![turned_down("web", "No budget"); 30];
        leads.extend([turned_down("web", "no  BUDGET."), turned_down("web", "no bugdet"), turned_down("web", "")]);
        leads.push(Lead { reason: "old", ..Lead::default() });
        let mut notes = Vec::new();
        let found = reasons(&hand_offs(&leads), &mut notes).expect("reasons");
        let rows: Vec<(&str, u64)> = found.all.iter().map(|row| (row.reason.as_str(), row.share.hits)).collect();
        assert_eq!(rows, [("No budget", 31), ("no bugdet", 1)]);
        assert_eq!((found.n_turned_down, found.n_with_reason, found.is_free_text), (33, 32, false));
        let texts: Vec<&str> = notes.iter().map(|note| note.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "1 lead have a reason but were not turned down: not counted",
                "reasons are counted as they are written: \"no bugdet\" (1 lead) may be \"no budget\""
            ]
        );
    }

    #[test]
    fn a_source_hears_what_it_is_told_more_often_than_others() {
        let mut leads = vec![turned_down("web", "no budget"); 60];
        leads.extend(vec![turned_down("web", "wrong contact"); 20]);
        leads.extend(vec![turned_down("event", "no budget"); 15]);
        leads.extend(vec![turned_down("event", "wrong contact"); 65]);
        let found = reasons(&hand_offs(&leads), &mut Vec::new()).expect("reasons");
        let event = found.sources.iter().find(|source| source.source == "event").expect("a source");
        let rows: Vec<(&str, u64, Option<Than>)> =
            event.rows.iter().map(|row| (row.reason.as_str(), row.share.hits, row.than_all)).collect();
        assert_eq!(rows, [("wrong contact", 65, Some(Than::More)), ("no budget", 15, Some(Than::Less))]);
    }

    #[test]
    fn free_text_is_counted_by_phrase_and_nothing_is_made_up() {
        let people = ["Ann", "Bob", "Cy", "Dee", "Eve", "Flo", "Gus", "Hal", "Ida", "Jo"];
        let texts: Vec<String> = (0..100)
            .map(|at| match at % 2 {
                0 => format!("Spoke to {} {at}, there is no budget this year.", people[at % 10]),
                _ => format!("{} {at} says the budget is with the parent company", people[at % 10]),
            })
            .collect();
        let leads: Vec<Lead> = texts.iter().map(|text| turned_down("web", text)).collect();
        let found = reasons(&hand_offs(&leads), &mut Vec::new()).expect("reasons");
        assert!(found.is_free_text);
        let rows: Vec<(&str, u64)> = found.all.iter().map(|row| (row.reason.as_str(), row.share.hits)).collect();
        assert_eq!(rows[0], ("budget", 100));
        assert!(rows.contains(&("no budget", 50)) || rows.contains(&("no budget this", 50)), "{rows:?}");
        assert!(rows.contains(&("parent company", 50)), "{rows:?}");
        for (phrase, _) in rows {
            assert!(texts.iter().any(|text| text.to_lowercase().contains(phrase)), "{phrase} is made up");
            assert!(phrase != "no" && !STOP_WORDS.contains(&phrase));
        }
    }

    #[test]
    fn without_a_reason_there_is_nothing_to_tell() {
        assert_eq!(reasons(&hand_offs(&[turned_down("web", "")]), &mut Vec::new()), None);
    }
}
