//! Each rule of labelling on tables small enough to check by eye, and the laws.

use proptest::prelude::*;

use super::*;
use crate::data::table::{Column, table};
use crate::settings::{Config, FoldsBy, FoldsConfig, LeadsConfig, OutcomeConfig};

const DAY0: i64 = 20_454; // 2026-01-01, days since 1970

/// Days from 2026-01-01 as a column of times in UTC.
fn days(name: &str, days: &[Option<f64>]) -> Column {
    Column::moments(name, days.iter().map(|day| day.map(|day| DAY0 * US_PER_DAY + (day * US_PER_DAY as f64) as i64)))
}

/// 60 leads, ids 1 to 60, one a day from 2026-01-01 at noon; the first 30 convert after ten days.
fn sixty() -> Table {
    sixty_and(&[])
}

/// [`sixty`], and behind them hand-offs that do not convert: id and day.
fn sixty_and(more: &[(i64, f64)]) -> Table {
    let (more_ids, more_days) = (more.iter().map(|(id, _)| *id), more.iter().map(|(_, day)| Some(*day)));
    let as_of: Vec<Option<f64>> = (0..60).map(|lead| Some(f64::from(lead) + 0.5)).chain(more_days).collect();
    let is_won = |lead: usize| lead < 30;
    let won_at: Vec<Option<f64>> = (0..as_of.len()).map(|lead| is_won(lead).then_some(lead as f64 + 10.5)).collect();
    let columns = vec![
        Column::new("id", (1..=60).chain(more_ids)),
        days("as_of", &as_of),
        days("won_at", &won_at),
        Column::new("won", (0..as_of.len()).map(is_won)),
    ];
    Table::new(columns).expect("a table")
}

fn with_id_and_as_of() -> Config {
    Config {
        leads: LeadsConfig { id: Some("id".to_owned()), as_of: Some("as_of".to_owned()), ..LeadsConfig::default() },
        ..Config::default()
    }
}

fn flagged() -> Config {
    Config {
        outcome: OutcomeConfig { converted: Some("won".to_owned()), ..OutcomeConfig::default() },
        ..with_id_and_as_of()
    }
}

/// Conversions count within 30 days, and are known until 2026-03-31: the last of [`sixty`] is just mature.
fn timed() -> Config {
    let outcome = OutcomeConfig {
        converted_at: Some("won_at".to_owned()),
        horizon: Some("30d".to_owned()),
        observed_until: Some("2026-03-31".to_owned()),
        ..OutcomeConfig::default()
    };
    Config { outcome, ..with_id_and_as_of() }
}

#[track_caller]
fn label(leads: &Table, config: &Config) -> (LabelledLeads, Vec<String>) {
    let (labelled, notes) = label_leads(leads, None, &config.unchecked()).expect("labels");
    (labelled, notes.into_iter().map(|note| note.text).collect())
}

#[track_caller]
fn label_with(leads: &Table, outcomes: &Table, config: &Config) -> (LabelledLeads, Vec<String>) {
    let (labelled, notes) = label_leads(leads, Some(outcomes), &config.unchecked()).expect("labels");
    (labelled, notes.into_iter().map(|note| note.text).collect())
}

#[track_caller]
fn refused(leads: &Table, config: &Config) -> String {
    label_leads(leads, None, &config.unchecked()).expect_err("refused").to_string()
}

#[track_caller]
fn assert_notes(notes: &[String], expected: &[&str]) {
    assert_eq!(notes, expected, "{notes:#?}");
}

// --- who converted ---

#[test]
fn a_flag_is_true_or_false_or_zero_or_one() {
    let leads = sixty();
    let expected: Vec<bool> = (0..60).map(|lead| lead < 30).collect();
    for flag in [
        Column::new("won", expected.clone()),
        Column::new("won", expected.iter().map(|&won| i32::from(won)).collect::<Vec<_>>()),
        Column::new("won", expected.iter().map(|&won| f64::from(u8::from(won))).collect::<Vec<_>>()),
        Column::new("won", expected.iter().map(|&won| if won { "Yes" } else { " no" }).collect::<Vec<_>>()),
    ] {
        assert_eq!(label(&leads.with(flag), &flagged()).0.converted, expected);
    }
}

#[test]
fn a_flag_without_a_horizon_says_that_young_leads_count_as_lost() {
    let (labelled, notes) = label(&sixty(), &flagged());
    assert_eq!((labelled.n_leads(), labelled.n_converted()), (60, 30));
    assert_eq!(labelled.ids, LeadIds::Whole { column: "id".to_owned(), values: (1..=60).collect() });
    assert_notes(
        &notes,
        &[
            "there is no `outcome.horizon`: a conversion counts whenever it came, and young leads that may still convert count as \
           lost",
        ],
    );
}

#[test]
fn a_number_that_is_no_flag_is_shown_with_its_row() {
    let mut flags = vec![1_i64; 60];
    flags[4] = 2;
    assert_eq!(
        refused(&sixty().with(Column::new("won", flags)), &flagged()),
        "column \"won\" should say who converted, and row 5 of the lead table is 2\n\
         hint: give a column of yes and no, or one of stages; if these numbers are codes, say which of them mean yes with \
         --converted-value (`outcome.converted_values` in a config)"
    );
}

#[test]
fn text_needs_the_values_that_mean_yes() {
    let texts: Vec<&str> = (0..60).map(|lead| ["Won", "Lost", "Open"][lead % 3]).collect();
    let leads = sixty().with(Column::new("won", texts));
    assert_eq!(
        refused(&leads, &flagged()),
        "column \"won\" should say who converted, and it holds text: \"Lost\" (20), \"Open\" (20), \"Won\" (20)\n\
         hint: did you mean --converted-value Won? In a config: `converted_values = [\"Won\"]`"
    );
    let mut config = flagged();
    config.outcome.converted_values = vec!["Won".to_owned(), "Signed".to_owned()];
    let (labelled, notes) = label(&leads, &config);
    assert_eq!((labelled.n_leads(), labelled.n_converted(), labelled.counts.n_open), (40, 20, 20));
    assert_eq!(labelled.volume_only.n_leads(), 20, "they were handed off all the same");
    assert_notes(
        &notes,
        &[
            "\"Signed\" of `outcome.converted_values` is nowhere in column \"won\"",
            "column \"won\": not converted are \"Lost\" (20); neither won nor lost, so still open: \"Open\" (20). To change that, \
             name the lost ones in `outcome.lost_values` (or --lost-value), those won in `outcome.converted_values`",
            "there is no `outcome.horizon`: a conversion counts whenever it came, and of young leads only those that are decided \
             already",
            "20 leads left out because they are still open; with `outcome.horizon` and `outcome.converted_at` they would count by \
             their age",
        ],
    );
}

#[test]
fn a_misspelt_value_is_answered_with_the_nearest() {
    let texts: Vec<&str> = (0..60).map(|lead| if lead < 30 { "Won" } else { "Lost" }).collect();
    let leads = sixty().with(Column::new("won", texts));
    let mut config = flagged();
    config.outcome.converted_values = vec!["Wonn".to_owned()];
    assert_eq!(
        refused(&leads, &config),
        "none of `outcome.converted_values` (\"Wonn\") is in column \"won\", which holds \"Lost\" (30), \"Won\" (30)\n\
         hint: did you mean \"Won\"?"
    );
}

#[test]
fn the_same_word_in_other_capitals_is_read_alike_and_said() {
    let texts: Vec<&str> = (0..60).map(|lead| ["Won", "won", "Lost"][lead % 3]).collect();
    let mut config = flagged();
    config.outcome.converted_values = vec!["Won".to_owned()];
    let (labelled, notes) = label(&sixty().with(Column::new("won", texts)), &config);
    assert_eq!(labelled.n_converted(), 40);
    assert_eq!(notes[0], "column \"won\" is read without regard to capitals and spaces: \"won\" (20 rows) as \"Won\"");
}

#[test]
fn true_in_any_capitals_and_numbers_with_a_point_are_found() {
    let flags: Vec<bool> = (0..60).map(|lead| lead < 20).collect();
    let numbers: Vec<f64> = flags.iter().map(|&won| f64::from(u8::from(won))).collect();
    let mut config = flagged();
    for (column, typed) in [
        (Column::new("won", flags.clone()), "TRUE"),
        (Column::new("won", flags), "yes"),
        (Column::new("won", numbers), "1"),
    ] {
        config.outcome.converted_values = vec![typed.to_owned()];
        assert_eq!(label(&sixty().with(column), &config).0.n_converted(), 20, "{typed}");
    }
}

/// [`sixty`] with a stage: 20 are won, 20 lost, 10 "Proposal" and 10 "NA".
fn staged() -> Table {
    let stages: Vec<&str> = (0..60).map(|lead| ["Won", "Lost", "Won", "Lost", "Proposal", "NA"][lead % 6]).collect();
    sixty().with(Column::new("won", stages))
}

#[test]
fn the_rest_beside_lost_values_is_open_and_not_known_is_no_outcome() {
    let mut config = flagged();
    config.outcome.converted_values = vec!["won".to_owned()];
    config.outcome.lost_values = vec!["proposal".to_owned(), "NA".to_owned()];
    let (labelled, notes) = label(&staged(), &config);
    assert_eq!((labelled.n_leads(), labelled.n_converted(), labelled.counts.n_open), (40, 20, 20), "as it was said");
    assert_eq!(notes[0], "column \"won\": neither won nor lost, so still open: \"Lost\" (20)");
    config.outcome.lost_values.clear();
    let (labelled, notes) = label(&staged(), &config);
    let LabelCounts { n_open, n_without_outcome, .. } = labelled.counts;
    assert_eq!((labelled.n_leads(), n_open, n_without_outcome), (40, 10, 10));
    assert!(notes[0].starts_with("column \"won\": \"NA\" (10) says that the outcome is not known"), "{notes:#?}");
}

#[test]
fn an_open_lead_counts_by_its_age_and_has_not_converted_when_the_horizon_is_over() {
    let mut config = timed();
    config.outcome.converted = Some("won".to_owned());
    config.outcome.converted_values = vec!["Won".to_owned()];
    // The 30 days of the last six, three of them open, end after the 25th of March.
    config.outcome.observed_until = Some("2026-03-25".to_owned());
    let stage = |lead: usize| if lead < 30 { "Won" } else { ["Lost", "Proposal"][lead % 2] };
    let (labelled, notes) = label(&sixty().with(Column::new("won", (0..60).map(stage))), &config);
    assert_eq!((labelled.n_leads(), labelled.n_converted(), labelled.counts.n_open), (54, 30, 0));
    assert_eq!(labelled.open.n_leads(), 6);
    assert!(notes.contains(&"12 leads still open when their 30 days ended: not converted".to_owned()), "{notes:#?}");
}

#[test]
fn an_expected_day_of_an_open_deal_is_no_conversion() {
    let mut config = timed();
    config.outcome.converted = Some("won".to_owned());
    config.outcome.converted_values = vec!["Won".to_owned()];
    config.outcome.horizon = Some("15d".to_owned());
    config.outcome.observed_until = None;
    let stage = |lead: usize| if lead < 20 { "Won" } else { ["Lost", "Proposal"][lead % 2] };
    let mut won_at: Vec<Option<f64>> = (0..60).map(|lead| (lead < 20).then_some(f64::from(lead) + 10.5)).collect();
    won_at[41] = Some(900.0);
    let leads = sixty().with(Column::new("won", (0..60).map(stage))).with(days("won_at", &won_at));
    let (labelled, _) = label(&leads, &config);
    assert!(labelled.observed_until_us < Some((DAY0 + 100) * US_PER_DAY), "{:?}", labelled.observed_until_us);
}

#[test]
fn a_column_of_closed_deals_leaves_the_others_open() {
    let mut config = flagged();
    config.outcome.closed = Some("closed".to_owned());
    // 30 won, one of them said not to be closed; 20 lost, 10 open.
    let closed: Vec<&str> = (0..60).map(|lead| if lead == 3 || lead >= 50 { "No" } else { "Yes" }).collect();
    let (labelled, notes) = label(&sixty().with(Column::new("closed", closed)), &config);
    assert_eq!((labelled.n_leads(), labelled.n_converted(), labelled.counts.n_open), (50, 30, 10));
    assert_notes(
        &notes[..2],
        &[
            "column \"closed\" says which deals are closed: 10 rows not closed are open, not lost",
            "1 outcome converted although column \"closed\" says that they are not closed: taken as converted",
        ],
    );
}

#[test]
fn a_flag_named_after_the_lost_is_read_the_other_way_round() {
    let mut config = flagged();
    config.outcome.converted = Some("Lost".to_owned());
    let lost: Vec<&str> = (0..60).map(|lead| if lead < 20 { "No" } else { "Yes" }).collect();
    let leads = sixty().with(Column::new("Lost", lost));
    let (labelled, notes) = label(&leads, &config);
    assert_eq!(labelled.n_converted(), 20);
    assert!(notes[1].contains("read the other way round: yes (40 rows) means not converted"), "{notes:#?}");
    config.outcome.converted_values = vec!["Yes".to_owned()];
    let (labelled, notes) = label(&leads, &config);
    assert_eq!(labelled.n_converted(), 40, "as it was said");
    assert!(notes[0].contains("look whether it is the other way round"), "{notes:#?}");
}

#[test]
fn a_column_of_dates_or_amounts_is_asked_about() {
    let mut config = flagged();
    config.outcome.converted = Some("won_at".to_owned());
    assert_eq!(
        refused(&sixty(), &config),
        "column \"won_at\" holds dates, in 30 of 60 rows: a date says when, not whether\n\
         hint: where only leads that converted have a date, give it with --converted-at won_at (`outcome.converted_at` in a \
         config); where others have one too, name the column with the stage as well"
    );
    let said = refused(&sixty().with(Column::new("won_at", vec!["03.05.2026"; 60])), &config);
    assert!(said.contains("holds dates, in 60 of 60 rows"), "{said}");
    let amounts: Vec<f64> = (0..60).map(|lead| f64::from(lead) * 10.5 + 3.0).collect();
    let said = refused(&sixty().with(Column::new("won_at", amounts)), &config);
    assert!(
        said.contains("is 3; it holds 60 different numbers from 3 to 622.5\nhint: give a column of yes and no"),
        "{said}"
    );
}

#[test]
fn an_empty_cell_means_no_where_it_is_said() {
    let marks: Vec<Option<&str>> = (0..60).map(|lead| (lead < 25).then_some("x")).collect();
    let leads = sixty().with(Column::new("won", marks));
    let mut config = flagged();
    assert!(refused(&leads, &config).ends_with("did not: --converted-value x --lost-value \"\""));
    config.outcome.converted_values = vec!["x".to_owned()];
    assert!(refused(&leads, &config).ends_with("--converted-value Yes --lost-value \"\""));
    config.outcome.lost_values = vec![String::new()];
    let (labelled, _) = label(&leads, &config);
    assert_eq!((labelled.n_leads(), labelled.n_converted()), (60, 25));
}

#[test]
fn codes_can_mean_yes() {
    let codes: Vec<i32> = (0..60).map(|lead| [10, 20, 30][lead % 3]).collect();
    let mut config = flagged();
    config.outcome.converted_values = vec!["30".to_owned()];
    assert_eq!(label(&sixty().with(Column::new("won", codes)), &config).0.n_converted(), 20);
}

#[test]
fn a_lead_without_a_flag_has_no_outcome() {
    let flags: Vec<Option<bool>> = (0..60).map(|lead| (lead % 10 != 0).then_some(lead % 2 == 1)).collect();
    let (labelled, notes) = label(&sixty().with(Column::new("won", flags)), &flagged());
    assert_eq!((labelled.n_leads(), labelled.counts.n_without_outcome), (54, 6));
    assert_eq!(notes[1], "6 leads left out because their outcome is not known");
}

// --- horizon and maturity ---

#[test]
fn a_conversion_counts_up_to_the_last_moment_of_the_horizon() {
    let mut won_at: Vec<Option<f64>> = (0..60).map(|lead| (lead < 30).then_some(f64::from(lead) + 10.5)).collect();
    won_at[0] = Some(0.5 + 30.0);
    won_at[1] = Some(1.5 + 30.0 + 1e-6);
    won_at[2] = Some(2.5);
    let (labelled, notes) = label(&sixty().with(days("won_at", &won_at)), &timed());
    assert_eq!(labelled.converted[..4], [true, false, true, true]);
    assert_eq!(labelled.horizon_days, Some(30.0));
    assert_notes(&notes, &["1 lead converted only after 30 days: that counts as not converted"]);
}

#[test]
fn leads_whose_horizon_is_open_are_left_out_converted_or_not() {
    let mut config = timed();
    // The lead of day 40 (10 February) has its thirty days over on 12 March at noon, and that whole day has been observed.
    config.outcome.observed_until = Some("2026-03-12".to_owned());
    let mut won_at: Vec<Option<f64>> = (0..60).map(|lead| (lead < 20).then_some(f64::from(lead) + 10.5)).collect();
    won_at[55] = Some(56.0);
    let leads = sixty().with(days("won_at", &won_at));
    let (labelled, notes) = label(&leads, &config);
    assert_eq!(labelled.rows, (0..=40).collect::<Vec<u32>>());
    assert_eq!((labelled.counts.n_immature, labelled.counts.n_immature_converted), (19, 1));
    assert_notes(
        &notes,
        &["19 leads too young for an outcome: their 30 days end after 2026-03-12; 1 of them converted already"],
    );
    // They are kept aside, with what is known of them.
    let half_a_day = US_PER_DAY / 2;
    assert_eq!(labelled.open.rows, (41..60).collect::<Vec<u32>>());
    let known: Vec<usize> = (0..19).filter(|&at| labelled.open.delay_us[at] != NO_CONVERSION).collect();
    assert_eq!((known, labelled.open.delay_us[14]), (vec![14], half_a_day));
    let delays = labelled.delay_us.as_ref().expect("moments");
    assert_eq!((delays[19], delays[20]), (10 * US_PER_DAY, NO_CONVERSION));

    config.outcome.maturity = Some(Maturity::Exclude);
    let (excluded, notes) = label(&leads, &config);
    assert_eq!(excluded, labelled);
    assert_notes(
        &notes,
        &[
            "19 leads left out as too young: their 30 days end after 2026-03-12; 1 of them converted already, and keeping only \
           those would make the latest leads look better than they are",
        ],
    );
}

#[test]
fn without_observed_until_the_latest_time_seen_is_the_end() {
    let mut config = timed();
    config.outcome.observed_until = None;
    let mut won_at: Vec<Option<f64>> = (0..60).map(|lead| (lead < 30).then_some(f64::from(lead) + 10.5)).collect();
    won_at[59] = Some(59.5 + 30.0);
    let (labelled, notes) = label(&sixty().with(days("won_at", &won_at)), &config);
    // The last lead converted in the last moment of its horizon, and with that all leads are mature.
    assert_eq!((labelled.n_leads(), labelled.n_converted()), (60, 31));
    assert_notes(
        &notes,
        &[
            "outcomes are taken as known until 2026-03-31T12:00:00Z, the latest time in the data; `outcome.observed_until` would \
           say so",
        ],
    );
}

#[test]
fn an_end_of_observation_far_ahead_of_the_data_is_doubted() {
    let mut config = timed();
    config.outcome.observed_until = Some("2027-06-30".to_owned());
    let (_, notes) = label(&sixty(), &config);
    assert_eq!(
        notes[0],
        "`outcome.observed_until` is 2027-06-30, but nothing in the data is later than 2026-03-01: if outcomes end there, young \
         leads are taken for lost"
    );
}

#[test]
fn a_flag_with_a_time_says_whether_and_the_time_says_when() {
    let mut config = timed();
    config.outcome.converted = Some("won".to_owned());
    let mut won_at: Vec<Option<f64>> = (0..60).map(|lead| (lead < 30).then_some(f64::from(lead) + 10.5)).collect();
    won_at[0] = Some(0.5 + 31.0); // late
    won_at[1] = None; // flagged, but when?
    won_at[40] = Some(45.0); // a time, but the flag says no
    let (labelled, notes) = label(&sixty().with(days("won_at", &won_at)), &config);
    assert_eq!(labelled.n_converted(), 28);
    assert_eq!(labelled.counts.n_without_outcome, 1);
    assert!(!labelled.rows.contains(&1));
    assert_notes(
        &notes,
        &[
            "1 outcome with a time of conversion although the flag says no: the flag decides",
            "1 lead left out because their outcome is not known",
            "1 lead converted only after 30 days: that counts as not converted",
        ],
    );
}

#[test]
fn a_flag_with_a_horizon_but_no_time_says_what_it_cannot_see() {
    let mut config = flagged();
    config.outcome.horizon = Some("30d".to_owned());
    config.outcome.observed_until = Some("2026-04-30".to_owned());
    let (labelled, notes) = label(&sixty(), &config);
    assert_eq!(labelled.n_leads(), 60);
    assert_notes(
        &notes[1..],
        &["no column says when leads converted, so a conversion counts even when it came after 30 days"],
    );
}

// --- times ---

#[test]
fn times_without_a_zone_are_utc_and_noted() {
    let as_of: Vec<String> =
        (0..60).map(|lead| format!("2026-{:02}-{:02} 12:00:00", 1 + lead / 28, 1 + lead % 28)).collect();
    let (labelled, notes) = label(&sixty().with(Column::new("as_of", as_of)), &flagged());
    assert_eq!(labelled.as_of.expect("times")[0], DAY0 * US_PER_DAY + US_PER_DAY / 2);
    assert_eq!(notes[0], "times in column \"as_of\" have no zone and are read as UTC");
}

#[test]
fn a_conversion_dated_on_the_day_of_the_hand_off_came_after_it() {
    // Hand-offs at noon; conversions as plain days, some on the very day.
    let won_at = Column::days("won_at", (0..60).map(|lead| (lead < 30).then_some(DAY0 as i32 + lead)));
    let (labelled, _) = label(&sixty().with(won_at), &timed());
    assert_eq!((labelled.n_converted(), labelled.counts.n_as_of_after_conversion), (30, 0));
}

#[test]
fn leads_handed_off_after_they_converted_are_left_out() {
    let mut won_at: Vec<Option<f64>> = (0..60).map(|lead| (lead < 30).then_some(f64::from(lead) + 10.5)).collect();
    won_at[7] = Some(7.4);
    let (labelled, notes) = label(&sixty().with(days("won_at", &won_at)), &timed());
    assert_eq!(labelled.counts.n_as_of_after_conversion, 1);
    assert_notes(&notes, &["1 lead left out because they were handed off after they had converted"]);
}

#[test]
fn leads_without_a_hand_off_time_are_left_out() {
    let as_of: Vec<Option<f64>> = (0..60).map(|lead| (lead != 3).then_some(f64::from(lead) + 0.5)).collect();
    let (labelled, notes) = label(&sixty().with(days("as_of", &as_of)), &timed());
    assert_eq!((labelled.n_leads(), labelled.counts.n_without_as_of), (59, 1));
    assert_notes(&notes, &["1 lead left out because the time of hand-off is missing"]);
}

// --- ids, duplicates, dispositions ---

#[test]
fn a_table_appended_to_itself_counts_once() {
    let table = sixty();
    let twice = table!(
        "id" => (1..=60).chain(1..=60).collect::<Vec<i64>>(),
        "won" => (0..120).map(|row| row % 60 < 30).collect::<Vec<bool>>(),
    );
    let mut config = flagged();
    (config.leads.as_of, config.leads.id) = (None, None);
    let (labelled, notes) = label(&twice, &config);
    assert_eq!((labelled.n_leads(), labelled.counts.n_duplicate), (table.n_rows, 60));
    assert_notes(&notes, &["60 rows of the lead table are exact copies of earlier ones and are counted once"]);
}

#[test]
fn of_equal_rows_the_first_is_kept() {
    let twice = sixty_and(&[(6, 5.5), (7, 6.5)]);
    let (labelled, notes) = label(&twice, &timed());
    assert_eq!((labelled.n_leads(), labelled.counts.n_duplicate), (60, 2));
    assert_notes(&notes, &["2 leads left out because an earlier row has the same id and hand-off time"]);

    let mut config = flagged();
    config.leads.as_of = None;
    let (labelled, notes) = label(&twice, &config);
    assert_eq!((labelled.n_leads(), labelled.counts.n_duplicate), (60, 2));
    assert_notes(&notes, &["2 leads left out because an earlier row has the same id"]);
}

#[test]
fn rows_without_an_id_are_left_out() {
    let ids: Vec<Option<f64>> = (1..=60).map(|id| (id != 9).then_some(f64::from(id))).collect();
    let (labelled, notes) = label(&sixty().with(Column::new("id", ids)), &timed());
    assert_eq!(labelled.counts.n_without_id, 1);
    assert!(matches!(&labelled.ids, LeadIds::Whole { values, .. } if values.len() == 59 && values[8] == 10));
    assert_notes(&notes, &["1 lead left out because the id is missing"]);
}

#[test]
fn untouched_leads_are_left_out_and_strange_dispositions_said() {
    let dispositions: Vec<Option<&str>> =
        (0..60).map(|lead| [Some("Accepted"), Some("UNTOUCHED"), None, Some("called")][lead % 4]).collect();
    let mut config = timed();
    config.outcome.disposition = Some("disposition".to_owned());
    let (labelled, notes) = label(&sixty().with(Column::new("disposition", dispositions)), &config);
    assert_eq!((labelled.n_leads(), labelled.counts.n_untouched), (45, 15));
    assert_notes(
        &notes,
        &[
            "column \"disposition\" holds \"called\" (15 rows); only accepted, rejected, recycled and untouched mean \
             something, and only untouched leads are left out. Say what these words mean with `outcome.disposition_values = { \
             accepted = [], rejected = [], recycled = [], untouched = [] }` in the config",
            "15 leads left out because sales never touched them",
        ],
    );
}

#[test]
fn source_segment_team_value_and_own_folds_come_along() {
    let mut config = timed();
    config.leads.team = Some("team".to_owned());
    config.outcome.value = Some("value".to_owned());
    config.folds = FoldsConfig { by: Some(FoldsBy::Column), column: Some("part".to_owned()), ..FoldsConfig::default() };
    let leads = sixty().with(Column::new("team", ["North", "East"].repeat(30)));
    let values: Vec<Option<f64>> = (0..60).map(|lead| (lead < 30).then_some(1000.0)).collect();
    let leads = leads.with(Column::new("value", values));
    let leads = leads.with(Column::new("part", (0..60_i64).map(|lead| lead % 3).collect::<Vec<_>>()));
    let (labelled, _) = label(&leads, &config);
    let team = labelled.team.expect("teams");
    assert_eq!((team.names, &team.positions[..3]), (vec!["East".to_owned(), "North".to_owned()], &[1, 0, 1][..]));
    let value = labelled.value.expect("values");
    assert!(value[29] == 1000.0 && value[30].is_nan());
    assert_eq!(labelled.own_fold.expect("folds")[..4], [0, 1, 2, 0]);
}

#[test]
fn a_lead_without_its_fold_is_shown() {
    let mut config = timed();
    config.folds = FoldsConfig { by: Some(FoldsBy::Column), column: Some("part".to_owned()), ..FoldsConfig::default() };
    let parts: Vec<Option<i64>> = (0..60).map(|lead| (lead != 11).then_some(lead % 3)).collect();
    assert_eq!(
        refused(&sixty().with(Column::new("part", parts)), &config),
        "row 12 of the lead table has no number in the fold column \"part\"\n\
         hint: give every lead a fold, or use `folds.by` = \"random\""
    );
}

// --- the outcome table ---

fn outcomes(ids: &[i64], won_at: &[Option<f64>]) -> Table {
    Table::new(vec![Column::new("id", ids.iter().copied()), days("won_at", won_at)]).expect("a table")
}

/// Outcomes of the first 30 of sixty leads: won after ten days.
fn thirty_won() -> (Vec<i64>, Vec<Option<f64>>) {
    ((1..=30).collect(), (0..30).map(|lead| Some(f64::from(lead) + 10.5)).collect())
}

#[test]
fn with_conversion_times_a_lead_without_an_outcome_has_not_converted() {
    let (mut ids, mut won_at) = thirty_won();
    ids.extend([999, 30]);
    won_at.extend([Some(3.0), Some(45.0)]);
    let (labelled, notes) = label_with(&sixty(), &outcomes(&ids, &won_at), &timed());
    assert_eq!((labelled.n_leads(), labelled.n_converted()), (60, 30));
    assert_notes(
        &notes,
        &[
            "1 outcome of ids that no lead has; not used",
            "1 outcome left aside because the hand-off has another: a conversion wins over none, an earlier one over a later",
            "30 leads without a row in the outcome table: not converted",
        ],
    );
}

#[test]
fn with_a_flag_a_lead_without_an_outcome_has_none() {
    let outcomes = table!("id" => 1..=50, "won" => (1..=50).map(|id| id <= 25));
    let (labelled, notes) = label_with(&sixty(), &outcomes, &flagged());
    assert_eq!((labelled.n_leads(), labelled.counts.n_without_outcome), (50, 10));
    assert_eq!(notes[1], "10 leads left out because their outcome is not known");
}

#[test]
fn an_outcome_belongs_to_the_latest_hand_off_before_the_conversion() {
    // Lead 1 comes back on day 20 and on day 90, and was won on day 25; lead 31 comes back and was never won.
    let leads = sixty_and(&[(1, 20.0), (1, 90.0), (31, 70.0)]);
    let (ids, mut won_at) = thirty_won();
    won_at[0] = Some(25.0);
    let mut config = timed();
    config.outcome.observed_until = Some("2026-06-30".to_owned());
    let (labelled, _) = label_with(&leads, &outcomes(&ids, &won_at), &config);
    let converted = |row: u32| labelled.converted[labelled.rows.iter().position(|&r| r == row).expect("labelled")];
    assert_eq!((converted(0), converted(60), converted(61)), (false, true, false));
    assert_eq!((converted(30), converted(62)), (false, false));
}

#[test]
fn each_of_two_conversions_goes_to_its_own_hand_off() {
    let leads = sixty_and(&[(1, 80.0)]);
    let (mut ids, mut won_at) = thirty_won();
    ids.push(1);
    won_at.push(Some(95.0));
    let mut config = timed();
    config.outcome.observed_until = Some("2026-06-30".to_owned());
    let (labelled, _) = label_with(&leads, &outcomes(&ids, &won_at), &config);
    assert!(labelled.converted[0] && labelled.converted[60]);
}

#[test]
fn ids_may_be_numbers_here_and_text_there() {
    let (ids, won_at) = thirty_won();
    let table = outcomes(&ids, &won_at);
    let texts: Vec<String> = ids.iter().map(i64::to_string).collect();
    let (labelled, notes) = label_with(&sixty(), &table.with(Column::new("id", texts)), &timed());
    assert_eq!(labelled.n_converted(), 30);
    assert!(notes[0].starts_with("ids are whole numbers in one"), "{notes:?}");
}

#[test]
fn outcomes_without_an_id_to_join_by_are_refused() {
    let (ids, won_at) = thirty_won();
    let mut config = timed();
    config.leads.id = None;
    let error =
        label_leads(&sixty(), Some(&outcomes(&ids, &won_at)), &config.unchecked()).expect_err("refused").to_string();
    assert_eq!(
        error,
        "the outcome table is joined by lead id, and no column is named as the id\nhint: name it in `leads.id`"
    );
}

// --- refusals ---

#[test]
fn an_empty_table_is_refused() {
    assert_eq!(refused(&Table::default(), &flagged()), "the lead table has no rows");
}

#[test]
fn without_an_outcome_column_nothing_can_be_learnt() {
    let error = refused(&sixty(), &with_id_and_as_of());
    assert!(
        error.starts_with("nothing says which leads converted\nhint: name the column in `outcome.converted`"),
        "{error}"
    );
}

#[test]
fn a_horizon_without_hand_off_times_is_refused() {
    let mut config = timed();
    config.leads.as_of = None;
    let error = refused(&sixty(), &config);
    assert!(error.starts_with("`outcome.horizon` counts days from the hand-off, and no column says when"), "{error}");
}

#[test]
fn all_or_none_converted_is_refused() {
    let all = sixty().with(Column::new("won", vec![true; 60]));
    assert_eq!(
        refused(&all, &flagged()),
        "every one of the 60 leads with a fair outcome converted; a card needs both kinds"
    );
    let none = sixty().with(Column::new("won", vec![false; 60]));
    assert_eq!(
        refused(&none, &flagged()),
        "none of the 60 leads with a fair outcome converted; a card needs both kinds"
    );
}

#[test]
fn too_few_conversions_say_how_many_would_do() {
    let few: Vec<bool> = (0..60).map(|lead| lead < 12).collect();
    assert_eq!(
        refused(&sixty().with(Column::new("won", few)), &flagged()),
        "only 12 leads converted and 48 did not; a card needs at least 20 of each\n\
         hint: at this rate about 100 leads with a fair outcome would do"
    );
    let many: Vec<bool> = (0..60).map(|lead| lead >= 12).collect();
    assert!(
        refused(&sixty().with(Column::new("won", many)), &flagged())
            .starts_with("only 12 leads did not convert and 48 did; a card needs")
    );
}

#[test]
fn when_nobody_is_left_the_reasons_are_counted() {
    let mut config = timed();
    config.outcome.observed_until = Some("2026-01-20".to_owned());
    assert_eq!(
        refused(&sixty(), &config),
        "no lead has a fair outcome: of 60 leads, 60 too young\n\
         hint: no horizon leaves enough leads of this history with an outcome: use a longer one"
    );
}

// --- laws ---

/// A row of a made-up history: id, day of hand-off, days to conversion, disposition.
type MadeUp = (i64, Option<u16>, Option<u16>, u8);

fn made_up(rows: &[MadeUp]) -> Table {
    let as_of: Vec<Option<f64>> = rows.iter().map(|row| row.1.map(f64::from)).collect();
    let won_at: Vec<Option<f64>> =
        rows.iter().map(|row| row.1.zip(row.2).map(|(day, wait)| f64::from(day) + f64::from(wait))).collect();
    let dispositions: Vec<&str> =
        rows.iter().map(|row| ["accepted", "rejected", "untouched"][usize::from(row.3 % 3)]).collect();
    Table::new(vec![
        Column::new("id", rows.iter().map(|row| row.0).collect::<Vec<_>>()),
        days("as_of", &as_of),
        days("won_at", &won_at),
        Column::new("disposition", dispositions),
    ])
    .expect("a table")
}

fn made_up_rows() -> impl Strategy<Value = Vec<MadeUp>> {
    let row = (proptest::option::weighted(0.9, 0_u16..150), proptest::option::weighted(0.5, 0_u16..60), any::<u8>());
    proptest::collection::vec(row, 150..250).prop_map(|rows| {
        (1_i64..).zip(rows).map(|(id, (as_of, wait, disposition))| (id, as_of, wait, disposition)).collect()
    })
}

proptest! {
    #[test]
    fn the_order_of_the_rows_changes_nothing((rows, shuffled) in made_up_rows().prop_flat_map(|rows| {
        (Just(rows.clone()), Just(rows).prop_shuffle())
    })) {
        let mut config = timed();
        config.outcome.disposition = Some("disposition".to_owned());
        config.outcome.observed_until = Some("2026-05-15".to_owned());
        let by_id = |rows: &[MadeUp]| {
            let labelled = label_leads(&made_up(rows), None, &config.unchecked()).map(|(labelled, _)| labelled);
            labelled.map(|labelled| {
                let LeadIds::Whole { values, .. } = &labelled.ids else { panic!("whole ids") };
                let outcomes: std::collections::BTreeMap<i64, bool> =
                    values.iter().copied().zip(labelled.converted.iter().copied()).collect();
                (outcomes, labelled.counts)
            })
        };
        prop_assert_eq!(by_id(&rows), by_id(&shuffled));
    }

    #[test]
    fn every_lead_is_labelled_or_counted_once(rows in made_up_rows()) {
        let mut config = timed();
        config.outcome.disposition = Some("disposition".to_owned());
        config.outcome.observed_until = Some("2026-05-15".to_owned());
        if let Ok((labelled, _)) = label_leads(&made_up(&rows), None, &config.unchecked()) {
            prop_assert_eq!(labelled.n_leads(), labelled.counts.n_labelled());
            prop_assert_eq!(labelled.counts.n_read, rows.len());
            prop_assert_eq!(labelled.rows.len(), labelled.n_leads());
        }
    }
}

#[test]
fn followed_hand_offs_are_all_there_with_what_is_known_of_them() {
    let mut config = timed();
    // The 30 days of the last ten leads end later.
    config.outcome.observed_until = Some("2026-03-21".to_owned());
    let (HandOffs { leads, known, .. }, notes) =
        follow_hand_offs(&sixty(), None, &config.unchecked()).expect("followed");
    let n = |wanted: KnownOutcome| known.iter().filter(|&&known| known == wanted).count();
    assert_eq!((leads.n_leads(), known.len()), (60, 60));
    assert_eq!((n(KnownOutcome::Converted), n(KnownOutcome::NotConverted), n(KnownOutcome::TooYoung)), (30, 20, 10));
    assert_eq!(leads.rows, (0..60).collect::<Vec<u32>>());
    assert!(!notes.iter().any(|note| note.text.contains("left out")), "{notes:?}");
    assert_eq!(
        [KnownOutcome::Converted, KnownOutcome::NotConverted, KnownOutcome::Untouched].map(KnownOutcome::outcome),
        [Some(true), Some(false), None]
    );
}

#[test]
fn leads_of_one_outcome_or_of_none_can_be_followed() {
    let leads = sixty().with(Column::new("won", vec![false; 60]));
    assert!(label_leads(&leads, None, &flagged().unchecked()).is_err());
    let (one, _) = follow_hand_offs(&leads, None, &flagged().unchecked()).expect("followed");
    assert_eq!(one.known, [KnownOutcome::NotConverted; 60]);
    let (none, _) = follow_hand_offs(&leads, None, &with_id_and_as_of().unchecked()).expect("followed");
    assert_eq!((none.leads.n_leads(), none.known), (60, vec![KnownOutcome::Nothing; 60]));
}
