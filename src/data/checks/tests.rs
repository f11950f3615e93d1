//! Verdicts on small tables made here, one reason at a time.

use super::{classification_notes, classify_columns};
use crate::data::labels::{LabelCounts, LabelledLeads, LeadIds};
use crate::data::read::{Verdict, VerdictKind};
use crate::data::table::{Column, Table, Value, table};
use crate::settings::{Config, CriterionConfig, FoldsBy};

const N: usize = 600;

/// Every fifth lead converts.
fn is_converted(lead: usize) -> bool {
    lead.is_multiple_of(5)
}

fn labels(as_of: Option<Vec<i64>>) -> LabelledLeads {
    LabelledLeads {
        ids: LeadIds::RowNumber,
        rows: (0..N as u32).collect(),
        as_of,
        converted: (0..N).map(is_converted).collect(),
        counts: LabelCounts { n_read: N, ..LabelCounts::default() },
        ..LabelledLeads::default()
    }
}

fn config() -> Config {
    let mut config = Config::default();
    config.outcome.converted = Some("won".to_owned());
    config
}

fn criterion(name: &str) -> CriterionConfig {
    CriterionConfig { name: name.to_owned(), ..CriterionConfig::default() }
}

fn column<V: Value>(name: &str, of: impl Fn(usize) -> V) -> Column {
    Column::new(name, (0..N).map(of))
}

fn days(name: &str, of: impl Fn(usize) -> Option<i32>) -> Column {
    Column::days(name, (0..N).map(of))
}

fn judge(columns: Vec<Column>, config: &Config, as_of: Option<Vec<i64>>) -> Vec<Verdict> {
    classify_columns(&Table::new(columns).expect("equally long"), &config.unchecked(), &labels(as_of))
}

#[track_caller]
fn assert_verdict(column: Column, kind: VerdictKind, reason: &str) {
    let verdict = judge(vec![column], &config(), None).remove(0);
    assert_eq!((verdict.verdict, verdict.reason.as_str()), (kind, reason));
}

/// A number that follows no pattern, below `n`.
fn noise(lead: usize, n: usize) -> usize {
    (lead * 7919 + 13) % 1009 % n
}

#[test]
fn honest_columns_are_criteria_with_their_figures() {
    assert_verdict(
        column("size", |lead| (lead % 7 != 0).then(|| noise(lead, 40) as f64 + 0.123_456_78)),
        VerdictKind::Criterion,
        "numbers from 0.123457 to 39.1235, 14.3 % missing",
    );
    assert_verdict(
        column("industry", |lead| ["chem", "steel", "food"][noise(lead, 3)]),
        VerdictKind::Criterion,
        "text with 3 levels, none missing",
    );
    assert_verdict(column("vip", |lead| noise(lead, 2) == 0), VerdictKind::Criterion, "yes or no, none missing");
}

#[test]
fn a_strong_criterion_is_kept() {
    // Nine of ten converted leads have it, one of ten of the others.
    let strong = column("budget", |lead| if is_converted(lead) == (noise(lead, 10) > 0) { "approved" } else { "none" });
    assert_verdict(strong, VerdictKind::Criterion, "text with 2 levels, none missing");
    let level = column("rfp", |lead| if !is_converted(lead) && noise(lead, 2) == 0 { "declined" } else { "open" });
    assert_verdict(
        level,
        VerdictKind::Criterion,
        "text with 2 levels, none missing; no lead looked at with \"declined\" converted: make sure that it is known at hand-off",
    );
}

#[test]
fn columns_that_tell_nothing_are_named() {
    assert_verdict(column("country", |_| "DE"), VerdictKind::Constant, "\"DE\" for all 600 leads");
    assert_verdict(column("n", |_| 7_i64), VerdictKind::Constant, "7 for all 600 leads");
    assert_verdict(column("gap", |_| None::<f64>), VerdictKind::AllMissing, "no value for any of 600 leads");
    assert_verdict(column("nan", |_| f64::NAN), VerdictKind::AllMissing, "no value for any of 600 leads");
    assert_verdict(column("blank", |_| "  "), VerdictKind::AllMissing, "no value for any of 600 leads");
    // One value and gaps are two levels.
    assert_verdict(
        column("flag", |lead| (noise(lead, 2) == 0).then_some("x")),
        VerdictKind::Criterion,
        "text with 1 level, 50.3 % missing",
    );
}

#[test]
fn columns_that_name_leads_are_named() {
    assert_verdict(
        column("voucher", |lead| format!("v{lead}")),
        VerdictKind::Id,
        "a different text in each of 600 leads: it names a lead, it does not describe it",
    );
    assert_verdict(
        column("k", |lead| format!("a{lead}@b.de")),
        VerdictKind::PersonalData,
        "e-mail addresses: 600 of 600 filled leads have one",
    );
    assert_verdict(
        column("contact_id", |lead| format!("cnt_{:06}", lead / 2)),
        VerdictKind::ForeignKey,
        "300 different keys in 600 leads, under the name of an id: it says who, not what",
    );
    assert_verdict(
        column("deal_id", |lead| (lead * 17 + 1_000_000) as i64),
        VerdictKind::Id,
        "600 different whole numbers in 600 leads, under the name of an id",
    );
    assert_verdict(column("n", |lead| lead as i64 + 1), VerdictKind::Id, "counts the leads from 1 to 600");
    // Different, but a measure: revenue in cents.
    assert_verdict(
        column("revenue", |lead| (lead * lead * 17) as i64),
        VerdictKind::Criterion,
        "numbers from 0 to 6099617, none missing",
    );
    assert_verdict(
        column("remark", |lead| format!("called on day {lead} and left a message")),
        VerdictKind::FreeText,
        "600 different texts in 600 leads, 8.0 words each",
    );
    assert_verdict(
        column("brand", |lead| format!("brand {}", if lead < 20 { 0 } else { lead })),
        VerdictKind::TooManyLevels,
        "581 levels in 600 leads, 580 of them seen once; levels of at least 15 leads cover 3.3 %",
    );
    assert_verdict(
        column("city", |lead| format!("city {}", noise(lead, 200).min(60))),
        VerdictKind::Criterion,
        "text with 61 levels, none missing",
    );
}

#[test]
fn columns_that_know_the_outcome_are_named() {
    assert_verdict(
        column("deal_value", |lead| if is_converted(lead) { 1000.0 + lead as f64 } else { 0.0 }),
        VerdictKind::GivesTheOutcomeAway,
        "tells converted leads from others almost surely (AUC 1.000 on leads held back), so it is known only once the outcome is",
    );
    assert_verdict(
        column("contract", |lead| is_converted(lead).then(|| ["yearly", "monthly"][noise(lead, 2)])),
        VerdictKind::GivesTheOutcomeAway,
        "filled for 120 of the 120 converted leads and for none of the 480 others",
    );
    assert_verdict(
        column("reason", |lead| {
            (!is_converted(lead) && noise(lead, 4) > 0).then(|| ["price", "timing"][noise(lead, 2)])
        }),
        VerdictKind::GivesTheOutcomeAway,
        "filled for 363 of the 480 leads that did not convert and for none of the 120 that did",
    );
}

#[test]
fn columns_known_only_afterwards_are_named_and_their_honest_twins_kept() {
    let text = |lead: usize| ["a", "b", "c"][noise(lead, 3)];
    assert_verdict(
        column("Lost Reason", text),
        VerdictKind::KnownAfterwards,
        "the reason of a loss or a win, by its name",
    );
    assert_verdict(column("Lead Source", text), VerdictKind::Criterion, "text with 3 levels, none missing");
    assert_verdict(
        column("SDR", text),
        VerdictKind::Routing,
        "says by its name who works the lead, 3 of them: that is decided by routing, and may be decided otherwise next month",
    );
    // Filled for nine in ten converted leads and for one in ten others; its twin for nine and for five in ten.
    let filled = |of_others: usize| {
        move |lead: usize| (noise(lead, 10) < if is_converted(lead) { 9 } else { of_others }).then(|| text(lead))
    };
    assert_eq!(judge(vec![column("Product", filled(1))], &config(), None)[0].verdict, VerdictKind::GivesTheOutcomeAway);
    assert_eq!(judge(vec![column("Product", filled(5))], &config(), None)[0].verdict, VerdictKind::Criterion);
}

#[test]
fn a_name_that_is_a_hint_is_left_out_where_it_carries_the_card() {
    let strength = |percent: usize| {
        move |lead: usize| {
            noise(lead, 50) as i64 + if is_converted(lead) == (noise(lead + 7, 100) < percent) { 50 } else { 0 }
        }
    };
    let columns = || vec![column("duration", strength(80)), column("size", |lead| noise(lead * 3, 50) as i64)];
    let verdicts = judge(columns(), &config(), None);
    assert_eq!(verdicts[0].verdict, VerdictKind::KnownAfterwards, "{}", verdicts[0].reason);
    assert_eq!(verdicts[1].verdict, VerdictKind::Criterion);
    let honest = judge(vec![column("seconds_on_site", strength(80)), columns().remove(1)], &config(), None);
    assert_eq!(honest[0].verdict, VerdictKind::Criterion, "a strong column under an honest name stays");
    let mut config = config();
    config.leads.known_at_hand_off = vec!["duration".to_owned()];
    let known = judge(columns(), &config, None);
    assert_eq!(
        (known[0].verdict, known[0].reason.as_str()),
        (VerdictKind::Criterion, "numbers from 0 to 99, none missing; known at hand-off (`leads.known_at_hand_off`)")
    );
}

#[test]
fn a_column_that_fills_with_age_is_named_and_a_new_field_of_the_form_is_kept() {
    let as_of = || Some((0..N as i64).map(|lead| (20_000 + lead) * 86_400_000_000).collect::<Vec<i64>>());
    let with_chance = |chance: &dyn Fn(usize) -> usize| {
        let of_lead = |lead: usize| (noise(lead, 100) < chance(N - lead)).then(|| noise(lead, 7) as f64);
        judge(vec![Column::new("Interest", (0..N).map(of_lead))], &config(), as_of()).remove(0)
    };
    let late = with_chance(&|age| 95 * age / (age + 60));
    assert_eq!(late.verdict, VerdictKind::KnownAfterwards, "{}", late.reason);
    assert!(
        late.reason.starts_with("filled in later: of 600 leads the youngest (up to 29 days old)"),
        "{}",
        late.reason
    );
    assert_eq!(with_chance(&|age| if age < 200 { 90 } else { 0 }).verdict, VerdictKind::Criterion);
    assert_eq!(with_chance(&|age| if age < 200 { 5 } else { 90 }).verdict, VerdictKind::Criterion);
}

#[test]
fn few_leads_are_no_proof() {
    let leads = table!("deal_value" => (0..20).map(|lead| f64::from(u8::from(lead % 2 == 0))));
    let mut labels = labels(None);
    labels.rows.truncate(20);
    labels.converted = (0..20).map(|lead| lead % 2 == 0).collect();
    assert_eq!(classify_columns(&leads, &config().unchecked(), &labels)[0].verdict, VerdictKind::Criterion);
}

#[test]
fn times_are_judged_against_as_of() {
    let as_of: Vec<i64> = (0..N as i64).map(|lead| (20_000 + lead) * 86_400_000_000).collect();
    let before = || days("created", |lead| Some(19_990 + lead as i32 - noise(lead, 50) as i32));
    let after = || days("closed", |lead| (noise(lead, 3) > 0).then_some(20_000 + lead as i32 + noise(lead, 9) as i32));
    let verdicts = judge(vec![before(), after()], &config(), Some(as_of));
    assert_eq!(
        (verdicts[0].verdict, verdicts[0].reason.as_str()),
        (VerdictKind::Criterion, "days before as-of, none missing")
    );
    assert_eq!(verdicts[1].verdict, VerdictKind::LaterThanAsOf);
    assert!(verdicts[1].reason == "later than as-of for 402 of 402 leads, by up to 8.0 days", "{}", verdicts[1].reason);
    assert_verdict(
        before(),
        VerdictKind::Ignored,
        "dates, and no moment of hand-off to count days from: name it in `leads.as_of`",
    );
    assert_verdict(
        column("created", |lead| format!("2026-01-{:02}", 1 + lead % 28)),
        VerdictKind::Ignored,
        "dates written as text; export them as dates, and they count as days before as-of",
    );
}

#[test]
fn a_copy_of_an_earlier_criterion_is_named() {
    let verdicts = judge(
        vec![
            column("size", |lead| noise(lead, 50) as i64),
            column("size_copy", |lead| noise(lead, 50) as f64),
            column("size_text", |lead| noise(lead, 50).to_string()),
            column("almost", |lead| noise(lead, 50) as i64 + i64::from(lead == 77)),
        ],
        &config(),
        None,
    );
    let kinds: Vec<VerdictKind> = verdicts.iter().map(|verdict| verdict.verdict).collect();
    use VerdictKind::{Criterion, Duplicate};
    assert_eq!(kinds, [Criterion, Duplicate, Criterion, Criterion]);
    assert_eq!(verdicts[1].reason, "the same values as \"size\"");
}

#[test]
fn roles_and_wishes_of_the_config_come_first() {
    let columns = || {
        vec![
            column("won", is_converted),
            column("lead_id", |lead| format!("L{lead}")),
            column("source", |lead| ["web", "fair"][noise(lead, 2)]),
            column("fold", |lead| (lead % 5) as i64),
            column("note", |lead| noise(lead, 9) as i64),
            column("size", |lead| noise(lead, 9) as i64 * 2),
        ]
    };
    let mut config = config();
    config.leads.id = Some("lead_id".to_owned());
    config.leads.source = Some("source".to_owned());
    config.leads.ignore = vec!["note".to_owned()];
    let say = |config: &Config| -> Vec<String> {
        judge(columns(), config, None).iter().map(|v| format!("{}: {}: {}", v.column, v.verdict, v.reason)).collect()
    };
    assert_eq!(
        say(&config),
        [
            "won: role: says who converted (`outcome.converted`)",
            "lead_id: id: names the lead (`leads.id`)",
            "source: role: the lead's source (`leads.source`)",
            "fold: ignored: looks like 5 fold numbers, which say nothing about a lead; to judge by them, set `folds.by` = \"column\" and `folds.column` = \"fold\"",
            "note: ignored: named in `leads.ignore`",
            "size: criterion: numbers from 0 to 16, none missing",
        ]
    );
    config.folds.by = Some(FoldsBy::Column);
    config.folds.column = Some("fold".to_owned());
    config.criterion = vec![criterion("source")];
    let said = say(&config);
    assert_eq!(said[2], "source: criterion: text with 2 levels, none missing");
    assert_eq!(said[3], "fold: role: your own fold numbers (`folds.column`)");
    assert_eq!(said[5], "size: ignored: not among the [[criterion]] entries of the config");
}

#[test]
fn what_the_config_insists_on_is_kept_with_a_loud_note() {
    let columns = || {
        vec![
            column("won", is_converted),
            column("deal_value", |lead| if is_converted(lead) { 1000.0 } else { 0.0 }),
            column("country", |_| "DE"),
            column("email", |lead| format!("a{lead}@b.de")),
        ]
    };
    let mut config = config();
    let without_wishes = judge(columns(), &config, None);
    let notes: Vec<String> =
        classification_notes(&config.unchecked(), &without_wishes).into_iter().map(|note| note.text).collect();
    assert_eq!(
        notes,
        [
            "left out, because they give the outcome away: \"deal_value\" (tells converted leads from others almost surely (AUC 1.000 on leads held back), so it is known only once the outcome is)",
            "left out, because they are personal data: \"email\" (e-mail addresses: 600 of 600 filled leads have one)",
            "of the columns left out, those that sales knows at hand-off come back with `leads.known_at_hand_off = [\"deal_value\", \"email\"]` (or --known-at-hand-off COLUMN)",
        ]
    );
    config.criterion = ["deal_value", "country", "email"].map(criterion).to_vec();
    let verdicts = judge(columns(), &config, None);
    assert_eq!(verdicts[3].verdict, VerdictKind::Criterion);
    let notes: Vec<String> =
        classification_notes(&config.unchecked(), &verdicts).into_iter().map(|note| note.text).collect();
    assert_eq!(
        notes,
        [
            "WARNING: criterion column \"deal_value\" gives the outcome away (tells converted leads from others almost surely (AUC 1.000 on leads held back), so it is known only once the outcome is). It stays because the config lists it; if sales does not know it at hand-off, every figure of this run is too good, and if it does, `leads.known_at_hand_off` says so",
            "criterion column \"country\" was dropped: \"DE\" for all 600 leads",
        ]
    );
}

#[test]
fn only_labelled_leads_are_judged() {
    let leads = Table::new(vec![column("channel", |lead| if lead < 300 { "web" } else { "fair" })]);
    let mut labels = labels(None);
    labels.rows.truncate(300);
    labels.converted.truncate(300);
    let verdict = classify_columns(&leads.expect("equally long"), &config().unchecked(), &labels).remove(0);
    assert_eq!((verdict.verdict, verdict.reason.as_str()), (VerdictKind::Constant, "\"web\" for all 300 leads"));
}

#[test]
fn columns_that_were_not_read_are_ignored_in_their_place() {
    let mut config = config();
    config.criterion = vec![criterion("size")];
    config.leads.ignore = vec!["note".to_owned()];
    let mut leads = Table::new(vec![column("size", |lead| noise(lead, 40) as f64)]).expect("a table");
    leads.names = ["note", "size", "team"].map(str::to_owned).to_vec();
    let verdicts = classify_columns(&leads, &config.unchecked(), &labels(None));
    let said: Vec<(&str, VerdictKind)> = verdicts.iter().map(|one| (one.column.as_str(), one.verdict)).collect();
    let (criterion, ignored) = (VerdictKind::Criterion, VerdictKind::Ignored);
    assert_eq!(said, [("note", ignored), ("size", criterion), ("team", ignored)]);
    assert_eq!(verdicts[0].reason, "named in `leads.ignore`");
    assert_eq!(verdicts[2].reason, "not among the [[criterion]] entries of the config");
}

#[test]
fn two_runs_say_the_same() {
    let columns =
        || vec![column("a", |lead| noise(lead, 50) as f64), column("b", |lead| format!("x{}", noise(lead, 90)))];
    assert_eq!(judge(columns(), &config(), None), judge(columns(), &config(), None));
}
