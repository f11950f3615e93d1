//! From rows of leads and outcomes to the leads with a fair outcome.

use super::clusters::cluster_rows;
use super::copies::exact_copies;
use super::groups::{compared_rows, group_rows, spellings_note};
use super::hand_offs::{HandOffs, KnownOutcome};
use super::join::{Conversions, LeadIndex, NO_ROW};
use super::meeting::{IdColumnNames, ids_do_not_meet};
use super::outcome_columns::{Conversion, OutcomeColumns, SalesColumns, read_times};
use super::periods::{History, longest_horizon};
use super::weights::RowWeights;
use super::{KeyColumns, KeyedLeads, LabelCounts, LabelledLeads, LeadIds, NO_CONVERSION, OtherLeads};
use crate::data::DataError;
use crate::data::columns::{IdColumn, NO_TIME, Times, UserTable, show_day, show_time};
use crate::data::table::Table;
use crate::notes::{Note, count, counted, in_one_line};
use crate::settings::{FoldBasis, FoldRules, Maturity, Settings, US_PER_DAY};

/// Labels the leads: converted within the horizon or not, and who has no fair outcome.
///
/// `outcomes` is the table of `outcome.path`; without it the outcome columns are those of the lead table.
///
/// A lead whose horizon ends after `observed_until` is left out whether or not it has converted: keeping only those that have
/// would make the latest leads look as if all of them did.
///
/// # Errors
/// A [`DataError`] that names key, column and row, or says how many conversions there are and how many would do.
pub fn label_leads(
    leads: &Table,
    outcomes: Option<&Table>,
    settings: &Settings,
) -> Result<(LabelledLeads, Vec<Note>), DataError> {
    let (labelled, _, notes) = read_labels(leads, outcomes, settings, LabelScope::Training)?;
    Ok((labelled, notes))
}

/// The labelled leads, and beside them every hand-off with what sales did with it. Here it does not matter whether the labels
/// would do for a card.
///
/// # Errors
/// As [`label_leads`], but not for too few outcomes of a kind.
pub fn label_hand_offs(
    leads: &Table,
    outcomes: Option<&Table>,
    settings: &Settings,
) -> Result<(LabelledLeads, HandOffs, Vec<Note>), DataError> {
    let (labelled, hand_offs, notes) = read_labels(leads, outcomes, settings, LabelScope::AllHandOffs)?;
    Ok((labelled, hand_offs.unwrap_or_default(), notes))
}

/// Every hand-off with what is known of it by now, to hold a finished card against. Nobody is left out for want of a fair
/// outcome, so no note says so; without an outcome column nothing is known of anyone.
///
/// # Errors
/// As [`label_hand_offs`], but not for want of an outcome column.
pub fn follow_hand_offs(
    leads: &Table,
    outcomes: Option<&Table>,
    settings: &Settings,
) -> Result<(HandOffs, Vec<Note>), DataError> {
    let (_, hand_offs, notes) = read_labels(leads, outcomes, settings, LabelScope::Monitoring)?;
    Ok((hand_offs.unwrap_or_default(), notes))
}

/// What is asked of the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LabelScope {
    /// Labels that a card can be made from.
    Training,
    /// What sales did, as well, whatever the labels are good for.
    AllHandOffs,
    /// What is known of every hand-off, if anything.
    Monitoring,
}

fn read_labels(
    leads: &Table,
    outcomes: Option<&Table>,
    settings: &Settings,
    scope: LabelScope,
) -> Result<(LabelledLeads, Option<HandOffs>, Vec<Note>), DataError> {
    let table = UserTable::leads(leads);
    let n_read = leads.n_rows;
    if n_read == 0 {
        return Err(DataError::new("the lead table has no rows"));
    }
    if n_read >= NO_ROW as usize {
        let (n_rows, most) = (count(n_read as u64), count(u64::from(NO_ROW) - 1));
        return Err(DataError::new(format!("the lead table has {n_rows} rows; this engine takes up to {most}")));
    }
    let mut notes = Vec::new();
    let mut rules = Horizon::of(settings);
    let weights = read_weights(table, settings, scope, &mut notes)?;
    let weight = weights.as_ref().map(|weights| weights.of_row.as_slice());
    let counts_for_none = |row: usize| weight.is_some_and(|weight| weight[row] == 0);
    let as_of = table.optional("leads.as_of", settings.leads.as_of.as_deref())?;
    let mut as_of = as_of.map(|column| read_times(column, &mut notes)).transpose()?;
    if rules.horizon_us.is_some() && as_of.is_none() {
        return Err(DataError::new(
            "`outcome.horizon` counts days from the hand-off, and no column says when that was\n\
             hint: name it in `leads.as_of`, or leave the horizon out",
        ));
    }
    let outcome_table = outcomes.map_or(table, UserTable::outcomes);
    let mut told = match scope {
        LabelScope::Monitoring if !settings.outcome.says_who_converted() => OutcomeColumns::nothing(n_read),
        _ => OutcomeColumns::read(outcome_table, &settings.outcome, weights.as_ref(), &mut notes)?,
    };
    // A row that counts for none is as if it were not there, also for the latest moment that is known.
    let times_of_leads = as_of.iter_mut().chain(told.converted_at.iter_mut().filter(|_| outcomes.is_none()));
    for times in times_of_leads {
        let none = (0..n_read).filter(|&row| counts_for_none(row));
        none.for_each(|row| times.micros[row] = NO_TIME);
    }
    rules.complete(as_of.as_ref(), &told, &mut notes);

    let ids = table.optional("leads.id", settings.leads.id.as_deref())?.map(|column| column.to_ids()).transpose()?;
    let (ids, outcome_ids) = with_outcome_ids(ids, outcomes, settings, &mut notes)?;
    let as_of_us = as_of.as_ref().map(|times| times.micros.as_slice());
    // Without outcomes to be assigned only ids that repeat are of interest.
    let may_matter = ids.as_ref().filter(|_| outcome_ids.is_none()).map(IdColumn::are_repeated);
    let is_indexed = |row: usize| !counts_for_none(row) && may_matter.as_ref().is_none_or(|repeated| repeated[row]);
    let index = ids.as_ref().map(|ids| LeadIndex::new(ids, as_of_us, is_indexed));
    let conversions = told.converted_at.as_ref().map(|times| Conversions {
        at: &times.micros,
        are_days: times.are_days && as_of.as_ref().is_some_and(|as_of| !as_of.are_days),
    });
    let outcome_of = match (&index, &outcome_ids) {
        (Some(index), Some(outcome_ids)) => {
            let is_conversion = |row| matches!(told.conversion(row), Conversion::Yes { .. });
            let assigned = index.assign(outcome_ids, conversions, is_conversion);
            note_or_refuse_strangers(&assigned, [ids.as_ref(), Some(outcome_ids)], settings, scope, &mut notes)?;
            note_join(&assigned, &mut notes);
            Some(assigned.outcome_of)
        }
        _ => None,
    };

    let judge = Labeller {
        ids: ids.as_ref(),
        as_of: as_of_us,
        told: &told,
        conversions,
        outcome_of: outcome_of.as_deref(),
        rules,
    };
    let mut fates: Vec<Fate> = (0..n_read).map(|row| judge.fate(row)).collect();
    for row in index.as_ref().map(LeadIndex::duplicates).unwrap_or_default() {
        fates[row as usize] = Fate::Duplicate;
    }
    let copies = exact_copies(leads);
    for &row in &copies {
        fates[row as usize] = Fate::Duplicate;
    }
    (0..n_read).filter(|&row| counts_for_none(row)).for_each(|row| fates[row] = Fate::CountsForNone);
    let tally = Tally { fates: &fates, weight, n_converted: told.n_converted.as_deref() };
    let counts = tally.counts();
    if scope == LabelScope::Training {
        check_counts(&counts, tally.n_converted(), &told).map_err(|error| {
            match judge.supported(&fates, &settings.folds) {
                Some(hint) => DataError::new(format!("{error}\n{hint}")),
                None => error,
            }
        })?;
    }
    if scope != LabelScope::Monitoring {
        let may_count = settings.outcome.maturity != Some(Maturity::Exclude);
        let copied = "of the lead table are exact copies of earlier ones and are counted once";
        let n_copies = copies.iter().filter(|&&row| !counts_for_none(row as usize)).count();
        notes.extend(Note::of_some("labels", n_copies, "row", copied));
        let n_copied_leads = copies.iter().map(|&row| tally.weight_of(row as usize)).sum::<usize>();
        let counts = LabelCounts { n_duplicate: counts.n_duplicate - n_copied_leads, ..counts.clone() };
        judge.note(tally, &counts, may_count, &settings.folds, &mut notes);
        let roles = &settings.leads;
        for (key, name) in
            [("leads.source", &roles.source), ("leads.segment", &roles.segment), ("leads.team", &roles.team)]
        {
            notes.extend(table.optional(key, name.as_deref())?.and_then(spellings_note));
        }
    }

    let picker = Picker { table, settings, judge: &judge, fates: &fates, counts: &counts };
    let hand_offs = match scope {
        LabelScope::Training => None,
        LabelScope::AllHandOffs | LabelScope::Monitoring => {
            let sales = SalesColumns::read(outcome_table, &settings.outcome, &mut notes)?;
            let everyone = picker.labelled(picker.rows_with(|_, fate| fate.known().is_some()))?;
            let known = everyone.rows.iter().filter_map(|&row| fates[row as usize].known()).collect();
            let outcome_rows: Vec<Option<usize>> =
                everyone.rows.iter().map(|&row| judge.outcome_row(row as usize)).collect();
            Some(HandOffs::new(everyone, known, &outcome_rows, &told, &sales, &mut notes))
        }
    };
    let mut labelled = picker.labelled(picker.rows_with(|_, fate| fate.is_labelled()))?;
    labelled.own_fold = own_fold(table, settings.folds.column(), &labelled.rows)?;
    if judge.knows_delays() {
        labelled.delay_us = Some(labelled.rows.iter().map(|&row| judge.delay_us(row as usize)).collect());
        labelled.open = picker.others(|row, fate| match fate {
            Fate::Immature => true,
            Fate::ImmatureConverted => judge.knows_moment(row),
            _ => false,
        });
    }
    labelled.untouched = picker.others(|row, fate| fate == Fate::Untouched && !judge.is_young(row));
    if judge.as_of.is_some() {
        labelled.volume_only = picker.others(|row, fate| match fate {
            Fate::Untouched => judge.is_young(row),
            Fate::Immature => !judge.knows_delays(),
            Fate::ImmatureConverted => !judge.knows_delays() || !judge.knows_moment(row),
            Fate::WithoutOutcome | Fate::StillOpen => true,
            _ => false,
        });
    }
    if let Some(weights) = &weights {
        weights.apply(&mut labelled, told.n_converted.as_deref());
    }
    Ok((labelled, hand_offs, notes))
}

/// The weights of the rows, where a card is made of them. Who only looks at hand-offs sees each row once, and is told so.
fn read_weights(
    table: UserTable<'_>,
    settings: &Settings,
    scope: LabelScope,
    notes: &mut Vec<Note>,
) -> Result<Option<RowWeights>, DataError> {
    if scope == LabelScope::Training {
        let weights = RowWeights::read(table, settings.leads.weight.as_deref())?;
        notes.extend(weights.iter().flat_map(RowWeights::notes));
        return Ok(weights);
    }
    if settings.outcome.shares {
        return Err(DataError::new(
            "`outcome.shares` says how many leads of a row converted, and here every row is one hand-off with one outcome\n\
             hint: give a table with one row per lead, and leave `outcome.shares` out",
        ));
    }
    if let Some(column) = &settings.leads.weight {
        let text = format!("column {column:?} (`leads.weight`) is not used here: every row is one hand-off");
        notes.push(Note::new("weights", text));
    }
    Ok(None)
}

/// Picks leads by what became of them, with everything the tables say of them.
struct Picker<'a> {
    table: UserTable<'a>,
    settings: &'a Settings,
    judge: &'a Labeller<'a>,
    fates: &'a [Fate],
    counts: &'a LabelCounts,
}

impl Picker<'_> {
    fn rows_with(&self, is_wanted: impl Fn(usize, Fate) -> bool) -> Vec<u32> {
        (0_u32..).zip(self.fates).filter(|(row, fate)| is_wanted(*row as usize, **fate)).map(|(row, _)| row).collect()
    }

    fn labelled(&self, rows: Vec<u32>) -> Result<LabelledLeads, DataError> {
        let Self { table, settings, judge, .. } = *self;
        let group = |key: &'static str, name: &Option<String>| -> Result<_, DataError> {
            table.optional(key, name.as_deref())?.map(|column| group_rows(column, &rows)).transpose()
        };
        Ok(LabelledLeads {
            ids: pick_ids(judge.ids, settings.leads.id.as_deref(), &rows),
            as_of: judge.as_of.map(|as_of| rows.iter().map(|&row| as_of[row as usize]).collect()),
            converted: rows.iter().map(|&row| self.fates[row as usize].has_converted()).collect(),
            value: judge.told.value.as_ref().map(|value| rows.iter().map(|&row| judge.value(value, row)).collect()),
            segment: group("leads.segment", &settings.leads.segment)?,
            source: group("leads.source", &settings.leads.source)?,
            team: group("leads.team", &settings.leads.team)?,
            cluster: cluster_rows(table, &settings.leads, &rows)?,
            fairness: (settings.segments.fairness.iter())
                .map(|name| compared_rows(table.column("segments.fairness", name)?, &rows))
                .collect::<Result<_, _>>()?,
            horizon_days: judge.rules.horizon_us.map(|horizon| horizon as f64 / US_PER_DAY as f64),
            observed_until_us: judge.rules.horizon_us.and(judge.rules.observed_until_us),
            counts: self.counts.clone(),
            rows,
            ..LabelledLeads::default()
        })
    }

    fn others(&self, is_wanted: impl Fn(usize, Fate) -> bool) -> OtherLeads {
        let Self { table, settings, judge, .. } = *self;
        let rows = self.rows_with(is_wanted);
        // A column that is no text has been an error for the labelled leads.
        let group = |name: &Option<String>| group_rows(table.optional("", name.as_deref()).ok()??, &rows).ok();
        OtherLeads {
            segment: group(&settings.leads.segment),
            team: group(&settings.leads.team),
            cluster: cluster_rows(table, &settings.leads, &rows).ok().flatten(),
            ids: pick_ids(judge.ids, settings.leads.id.as_deref(), &rows),
            as_of: judge.as_of.map(|as_of| rows.iter().map(|&row| as_of[row as usize]).collect()).unwrap_or_default(),
            delay_us: rows.iter().map(|&row| judge.delay_us(row as usize)).collect(),
            // Whose fold is missing is judged by none.
            own_fold: own_fold(table, settings.folds.column(), &rows).unwrap_or_default(),
            rows,
            weight: None,
        }
    }
}

/// Horizon and end of observation.
#[derive(Debug, Clone, Copy)]
struct Horizon {
    horizon_us: Option<i64>,
    /// Outcomes are known up to and with this microsecond.
    observed_until_us: Option<i64>,
}

impl Horizon {
    fn of(settings: &Settings) -> Self {
        let last_moment = |day: jiff::civil::Date| {
            let midnight = day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_microsecond();
            // The whole day has been observed.
            Some(midnight + US_PER_DAY - 1)
        };
        Self { horizon_us: settings.horizon_us, observed_until_us: settings.observed_until.and_then(last_moment) }
    }

    /// Where the config does not say how far outcomes are known: as far as anything in the data reaches.
    fn complete(&mut self, as_of: Option<&Times>, told: &OutcomeColumns, notes: &mut Vec<Note>) {
        let mut say = |text: String| notes.push(Note::new("labels", text));
        let latest = [as_of, told.converted_at.as_ref()].into_iter().flatten().filter_map(Times::latest).max();
        match (self.horizon_us, self.observed_until_us, latest) {
            (None, Some(_), _) => say("`outcome.observed_until` has no effect without `outcome.horizon`".to_owned()),
            (None, None, _) if as_of.is_some() && told.knows_open() => say(
                "there is no `outcome.horizon`: a conversion counts whenever it came, and of young leads only those that are \
                 decided already"
                    .to_owned(),
            ),
            (None, None, _) if as_of.is_some() => say(
                "there is no `outcome.horizon`: a conversion counts whenever it came, and young leads that may still convert \
                 count as lost"
                    .to_owned(),
            ),
            (Some(_), None, Some(latest)) => {
                self.observed_until_us = Some(latest);
                say(format!(
                    "outcomes are taken as known until {}, the latest time in the data; `outcome.observed_until` would say so",
                    show_time(latest)
                ));
            }
            (Some(_), Some(until), Some(latest)) if until - latest > FAR_AHEAD_US => say(format!(
                "`outcome.observed_until` is {}, but nothing in the data is later than {}: if outcomes end there, young leads \
                 are taken for lost",
                show_day(until),
                show_day(latest)
            )),
            _ => {}
        }
    }
}

/// A month without a single hand-off or conversion says that the data end before `observed_until`.
const FAR_AHEAD_US: i64 = 31 * US_PER_DAY;

/// What becomes of a row of the lead table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Converted,
    NotConverted,
    /// Converted after the horizon: not converted as far as the card is concerned.
    ConvertedLate,
    Immature,
    ImmatureConverted,
    Untouched,
    /// Neither won nor lost, and no horizon says when that is a loss.
    StillOpen,
    /// Still open at the end of the horizon: not converted.
    OpenBeyondHorizon,
    WithoutOutcome,
    AsOfAfterConversion,
    Duplicate,
    WithoutAsOf,
    WithoutId,
    /// Its weight is 0.
    CountsForNone,
}

impl Fate {
    fn is_labelled(self) -> bool {
        matches!(self, Self::Converted | Self::NotConverted | Self::ConvertedLate | Self::OpenBeyondHorizon)
    }

    /// Converted within the horizon, as far as is known.
    fn has_converted(self) -> bool {
        matches!(self, Self::Converted | Self::ImmatureConverted)
    }

    /// What is known of a hand-off; `None` for rows that are no hand-off, or one after the conversion.
    fn known(self) -> Option<KnownOutcome> {
        match self {
            Self::Converted => Some(KnownOutcome::Converted),
            Self::NotConverted | Self::ConvertedLate | Self::OpenBeyondHorizon => Some(KnownOutcome::NotConverted),
            Self::Immature | Self::ImmatureConverted | Self::StillOpen => Some(KnownOutcome::TooYoung),
            Self::Untouched => Some(KnownOutcome::Untouched),
            Self::WithoutOutcome => Some(KnownOutcome::Nothing),
            Self::AsOfAfterConversion | Self::Duplicate | Self::WithoutAsOf | Self::WithoutId | Self::CountsForNone => {
                None
            }
        }
    }
}

struct Labeller<'a> {
    ids: Option<&'a IdColumn>,
    as_of: Option<&'a [i64]>,
    told: &'a OutcomeColumns,
    conversions: Option<Conversions<'a>>,
    /// Row in the outcome table per lead; without such a table a lead's outcome is in its own row.
    outcome_of: Option<&'a [u32]>,
    rules: Horizon,
}

impl Labeller<'_> {
    fn outcome_row(&self, row: usize) -> Option<usize> {
        match self.outcome_of {
            None => Some(row),
            Some(outcome_of) => (outcome_of[row] != NO_ROW).then_some(outcome_of[row] as usize),
        }
    }

    fn value(&self, value: &[f64], row: u32) -> f64 {
        self.outcome_row(row as usize).map_or(f64::NAN, |outcome| value[outcome])
    }

    /// Whether the horizon of the lead ends after what has been observed.
    fn is_young(&self, row: usize) -> bool {
        let end = self.as_of.zip(self.rules.horizon_us).map(|(as_of, horizon)| as_of[row].saturating_add(horizon));
        end.zip(self.rules.observed_until_us).is_some_and(|(end, until)| end > until)
    }

    /// The longest horizon that this history supports; `None` where the horizon is not what is in the way.
    fn supported(&self, fates: &[Fate], folds: &FoldRules) -> Option<String> {
        let (as_of, horizon, until) = (self.as_of?, self.rules.horizon_us?, self.rules.observed_until_us?);
        let has_outcome = |fate: &Fate| {
            matches!(
                fate,
                Fate::Immature | Fate::ImmatureConverted | Fate::Converted | Fate::ConvertedLate | Fate::NotConverted
            )
        };
        let delay = |row: usize| match fates[row] {
            _ if self.knows_delays() => self.delay_us(row),
            fate if fate.has_converted() || fate == Fate::ImmatureConverted => 0,
            _ => NO_CONVERSION,
        };
        if !fates.iter().any(|fate| matches!(fate, Fate::Immature | Fate::ImmatureConverted)) {
            return None;
        }
        let rows = fates.iter().enumerate().filter(|(_, fate)| has_outcome(fate));
        let hand_offs: Vec<(i64, i64)> = rows.map(|(row, _)| (as_of[row], delay(row))).collect();
        let longest = longest_horizon(&hand_offs, until, horizon, |history| is_enough(history, folds));
        Some(match longest {
            Some(days) => format!(
                "hint: a horizon of {} is longer than this history supports; {} is the longest that leaves enough leads with an \
                 outcome: `outcome.horizon = \"{days}d\"`",
                days_in_words(horizon),
                counted(days, "day")
            ),
            None => "hint: no horizon leaves enough leads of this history with an outcome: use a longer one".to_owned(),
        })
    }

    /// Where there is no horizon, one that would do, in days: nineteen in twenty of the conversions came within it, or as many as
    /// this history supports. `None` where nobody says when leads convert.
    fn horizon_that_would_do(&self, fates: &[Fate], folds: &FoldRules) -> Option<u64> {
        let (as_of, conversions, None) = (self.as_of?, self.conversions?, self.rules.horizon_us) else { return None };
        let delay = |row: usize| {
            let outcome = self.outcome_row(row).filter(|_| fates[row] == Fate::Converted && self.knows_moment(row));
            outcome.map_or(NO_CONVERSION, |outcome| conversions.moment(outcome, as_of[row]) - as_of[row])
        };
        let hand_offs: Vec<(i64, i64)> = fates
            .iter()
            .enumerate()
            .filter(|(_, fate)| matches!(fate, Fate::Converted | Fate::NotConverted | Fate::StillOpen))
            .map(|(row, _)| (as_of[row], delay(row)))
            .collect();
        let mut delays: Vec<i64> =
            hand_offs.iter().map(|(_, delay)| *delay).filter(|&delay| delay != NO_CONVERSION).collect();
        if delays.len() < MIN_PER_OUTCOME {
            return None;
        }
        delays.sort_unstable();
        let most = delays[delays.len() * 19 / 20].max(1);
        let whole_days = (most + US_PER_DAY - 1) / US_PER_DAY * US_PER_DAY;
        let until = hand_offs.iter().map(|&(at, delay)| if delay == NO_CONVERSION { at } else { at + delay }).max()?;
        longest_horizon(&hand_offs, until, whole_days + US_PER_DAY, |history| is_enough(history, folds))
    }

    /// Whether it is known how long conversions take.
    fn knows_delays(&self) -> bool {
        self.as_of.is_some() && self.conversions.is_some() && self.rules.horizon_us.is_some()
    }

    /// Whether the moment of a lead's conversion is known.
    fn knows_moment(&self, row: usize) -> bool {
        let conversion = self.outcome_row(row).map(|outcome| self.told.conversion(outcome));
        matches!(conversion, Some(Conversion::Yes { at }) if at != NO_TIME)
    }

    /// Time from the hand-off to a conversion that came within the horizon and was observed.
    fn delay_us(&self, row: usize) -> i64 {
        let (Some(as_of), Some(conversions), Some(horizon)) = (self.as_of, self.conversions, self.rules.horizon_us)
        else {
            return NO_CONVERSION;
        };
        let as_of = as_of[row];
        let at = match self.outcome_row(row).map(|outcome| (self.told.conversion(outcome), outcome)) {
            Some((Conversion::Yes { at }, outcome)) if at != NO_TIME => conversions.moment(outcome, as_of),
            _ => return NO_CONVERSION,
        };
        let is_observed = self.rules.observed_until_us.is_none_or(|until| at <= until);
        if at >= as_of && at - as_of <= horizon && is_observed { at - as_of } else { NO_CONVERSION }
    }

    fn fate(&self, row: usize) -> Fate {
        if self.ids.is_some_and(|ids| !ids.has(row)) {
            return Fate::WithoutId;
        }
        let as_of = self.as_of.map_or(NO_TIME, |as_of| as_of[row]);
        if self.as_of.is_some() && as_of == NO_TIME {
            return Fate::WithoutAsOf;
        }
        let outcome = self.outcome_row(row);
        let conversion = outcome.map_or_else(|| self.told.conversion_without_row(), |row| self.told.conversion(row));
        // The moment as it compares with this hand-off; without one, `NO_TIME`.
        let converted_at = match (conversion, outcome, self.conversions) {
            (Conversion::Yes { at }, Some(outcome), Some(conversions)) if at != NO_TIME => {
                conversions.moment(outcome, as_of)
            }
            _ => NO_TIME,
        };
        if converted_at != NO_TIME && converted_at < as_of {
            return Fate::AsOfAfterConversion;
        }
        if outcome.is_some_and(|outcome| self.told.is_untouched(outcome)) {
            return Fate::Untouched;
        }
        if conversion == Conversion::Unknown {
            return Fate::WithoutOutcome;
        }
        let has_converted = matches!(conversion, Conversion::Yes { .. });
        let is_open = conversion == Conversion::Open;
        let Some(horizon) = self.rules.horizon_us else {
            return match (has_converted, is_open) {
                (true, _) => Fate::Converted,
                (false, true) => Fate::StillOpen,
                (false, false) => Fate::NotConverted,
            };
        };
        let end = as_of + horizon;
        if self.rules.observed_until_us.is_some_and(|until| end > until) {
            return if has_converted { Fate::ImmatureConverted } else { Fate::Immature };
        }
        match (has_converted, converted_at) {
            (false, _) if is_open => Fate::OpenBeyondHorizon,
            (false, _) => Fate::NotConverted,
            // A flag alone does not say when; a column of moments that is empty for this lead leaves it open.
            (true, NO_TIME) if self.conversions.is_none() => Fate::Converted,
            (true, NO_TIME) => Fate::WithoutOutcome,
            (true, at) if at <= end => Fate::Converted,
            (true, _) => Fate::ConvertedLate,
        }
    }
}

/// Whether a card can be made from a history, and judged.
fn is_enough(history: &History, folds: &FoldRules) -> bool {
    let (n_converted, n_leads) = (history.n_converted(), history.n_leads());
    let by_time = matches!(folds.by, None | Some(FoldBasis::Time));
    n_converted.min(n_leads - n_converted) >= MIN_PER_OUTCOME && (!by_time || history.periods(folds.count).len() >= 2)
}

/// Fewest conversions, and fewest non-conversions, a card is made from. With 20 of the rarer outcome the log-odds of all
/// leads has a standard error of about 1 / sqrt(20) = 0.22; with fewer, hardly any level can be told from another.
pub const MIN_PER_OUTCOME: usize = 20;

/// Leads by what became of them.
#[derive(Debug, Clone, Copy)]
struct Tally<'a> {
    fates: &'a [Fate],
    /// Leads that each row stands for; one each when absent.
    weight: Option<&'a [u32]>,
    /// How many of them converted, where outcomes are shares.
    n_converted: Option<&'a [u32]>,
}

impl Tally<'_> {
    fn weight_of(&self, row: usize) -> usize {
        self.weight.map_or(1, |weight| weight[row] as usize)
    }

    fn rows_with(&self, wanted: Fate) -> impl Iterator<Item = usize> {
        self.fates.iter().enumerate().filter(move |(_, fate)| **fate == wanted).map(|(row, _)| row)
    }

    fn n_with(&self, wanted: Fate) -> usize {
        self.rows_with(wanted).map(|row| self.weight_of(row)).sum()
    }

    fn n_converted(&self) -> usize {
        match self.n_converted {
            None => self.n_with(Fate::Converted),
            Some(n_converted) => self.rows_with(Fate::Converted).map(|row| n_converted[row] as usize).sum(),
        }
    }

    fn counts(&self) -> LabelCounts {
        let n = |wanted| self.n_with(wanted);
        LabelCounts {
            n_read: (0..self.fates.len()).map(|row| self.weight_of(row)).sum(),
            n_immature: n(Fate::Immature) + n(Fate::ImmatureConverted),
            n_immature_converted: n(Fate::ImmatureConverted),
            n_untouched: n(Fate::Untouched),
            n_open: n(Fate::StillOpen),
            n_without_outcome: n(Fate::WithoutOutcome),
            n_duplicate: n(Fate::Duplicate),
            n_as_of_after_conversion: n(Fate::AsOfAfterConversion),
            n_without_as_of: n(Fate::WithoutAsOf),
            n_without_id: n(Fate::WithoutId),
        }
    }
}

/// That a card can be made from so many leads.
fn check_counts(counts: &LabelCounts, n_converted: usize, told: &OutcomeColumns) -> Result<(), DataError> {
    let n_leads = counts.n_labelled();
    let n_other = n_leads - n_converted;
    let left_out = left_out_in_words(counts);
    if n_leads == 0 {
        let read = counted(counts.n_read as u64, "lead");
        return Err(DataError::new(format!("no lead has a fair outcome: of {read}, {left_out}")));
    }
    let left_out = if left_out.is_empty() { left_out } else { format!("\nleft out: {left_out}") };
    if n_converted == 0 || n_other == 0 {
        let (who, leads) = (if n_other == 0 { "every one" } else { "none" }, counted(n_leads as u64, "lead"));
        let hint = match (n_other, told.says_whether(), counts.n_without_outcome) {
            (0, false, _) => {
                "\nhint: a date that every lead has is not that of a conversion; name the column that says who converted as well, \
                 with --converted (`outcome.converted`)"
            }
            (0, true, 1..) => {
                "\nhint: where an empty cell means not converted, say which text means yes and that empty means no: \
                 --converted-value Yes --lost-value \"\""
            }
            _ => "",
        };
        let words =
            format!("{who} of the {leads} with a fair outcome converted; a card needs both kinds{left_out}{hint}");
        return Err(DataError::new(words));
    }
    let n_rare = n_converted.min(n_other);
    if n_rare < MIN_PER_OUTCOME {
        let (rare, other) = if n_converted <= n_other { ("converted", "did not") } else { ("did not convert", "did") };
        // At the rate seen so far; rounded up to tens, since it is a guess.
        let n_wanted = (n_leads * MIN_PER_OUTCOME).div_ceil(n_rare.max(1)).div_ceil(10) * 10;
        return Err(DataError::new(format!(
            "only {} {rare} and {} {other}; a card needs at least {MIN_PER_OUTCOME} of each\n\
             hint: at this rate about {} with a fair outcome would do{left_out}",
            counted(n_rare as u64, "lead"),
            count((n_leads - n_rare) as u64),
            counted(n_wanted as u64, "lead")
        )));
    }
    Ok(())
}

impl Labeller<'_> {
    /// One sentence per reason why leads were left out.
    ///
    /// - `may_count`: leads that are too young may count by their age; a later stage says what became of them.
    /// - `folds`: how leads are judged, which bounds the horizon that would do.
    fn note(&self, tally: Tally<'_>, counts: &LabelCounts, may_count: bool, folds: &FoldRules, notes: &mut Vec<Note>) {
        let horizon = self.rules.horizon_us.map_or(String::new(), days_in_words);
        let until = self.rules.observed_until_us.map_or(String::new(), show_day);
        let counts_by_age = may_count && self.knows_delays();
        let converted = match counts.n_immature_converted {
            0 => String::new(),
            n if counts_by_age => format!("; {} of them converted already", count(n as u64)),
            n => format!(
                "; {} of them converted already, and keeping only those would make the latest leads look better than they are",
                count(n as u64)
            ),
        };
        let young = if counts_by_age { "too young for an outcome" } else { "left out as too young" };
        let young = format!("{young}: their {horizon} end after {until}{converted}");
        let late = format!("converted only after {horizon}: that counts as not converted");
        let beyond = format!("still open when their {horizon} ended: not converted");
        let still_open = match (self.as_of, self.horizon_that_would_do(tally.fates, folds)) {
            (Some(_), Some(days)) => format!(
                "left out because they are still open; with `outcome.horizon = \"{days}d\"` they would count by their age, and a \
                 conversion within {}",
                counted(days, "day")
            ),
            (Some(_), None) => {
                "left out because they are still open; with `outcome.horizon` and `outcome.converted_at` they would \
                 count by their age"
                    .to_owned()
            }
            (None, _) => "left out because they are still open".to_owned(),
        };
        let twice = match self.as_of {
            Some(_) => "left out because an earlier row has the same id and hand-off time",
            None => "left out because an earlier row has the same id",
        };
        let said = [
            (counts.n_immature, young.as_str()),
            (counts.n_untouched, "left out because sales never touched them"),
            (counts.n_open, still_open.as_str()),
            (counts.n_without_outcome, "left out because their outcome is not known"),
            (counts.n_duplicate, twice),
            (counts.n_as_of_after_conversion, "left out because they were handed off after they had converted"),
            (counts.n_without_as_of, "left out because the time of hand-off is missing"),
            (counts.n_without_id, "left out because the id is missing"),
            (tally.n_with(Fate::ConvertedLate), late.as_str()),
            (tally.n_with(Fate::OpenBeyondHorizon), beyond.as_str()),
        ];
        notes.extend(said.into_iter().filter_map(|(n, what)| Note::of_some("labels", n, "lead", what)));
        if self.rules.horizon_us.is_some() && self.conversions.is_none() {
            let text = format!(
                "no column says when leads converted, so a conversion counts even when it came after {horizon}"
            );
            notes.push(Note::new("labels", text));
        }
        if self.told.conversion_without_row() == Conversion::No {
            let n_without = self.outcome_of.unwrap_or_default().iter().filter(|&&row| row == NO_ROW).count();
            let what = "without a row in the outcome table: not converted";
            notes.extend(Note::of_some("labels", n_without, "lead", what));
        }
    }
}

fn left_out_in_words(counts: &LabelCounts) -> String {
    let reasons = [
        (counts.n_immature, "too young"),
        (counts.n_untouched, "never touched by sales"),
        (counts.n_open, "still open"),
        (counts.n_without_outcome, "without an outcome"),
        (counts.n_duplicate, "listed twice"),
        (counts.n_as_of_after_conversion, "handed off after they had converted"),
        (counts.n_without_as_of, "without a time of hand-off"),
        (counts.n_without_id, "without an id"),
    ];
    let said: Vec<String> =
        reasons.iter().filter(|(n, _)| *n > 0).map(|(n, why)| format!("{} {why}", count(*n as u64))).collect();
    said.join(", ")
}

/// `90 days`, `1 day`, or `1.5 days`.
fn days_in_words(span_us: i64) -> String {
    match (span_us % US_PER_DAY, span_us / US_PER_DAY) {
        (0, days) => counted(days.unsigned_abs(), "day"),
        _ => format!("{:.1} days", span_us as f64 / US_PER_DAY as f64),
    }
}

/// The rows of a lead table with an id and a hand-off, to which events can be given. What became of them is not looked at.
///
/// # Errors
/// [`DataError`] where one of the columns is not there or cannot be read.
pub fn keyed_leads(leads: &Table, keys: &KeyColumns, notes: &mut Vec<Note>) -> Result<KeyedLeads, DataError> {
    let table = UserTable::leads(leads);
    let times = read_times(table.column("leads.as_of", &keys.as_of)?, notes)?;
    let ids = table.column("leads.id", &keys.id)?.to_ids()?;
    let is_keyed = |row: &u32| ids.has(*row as usize) && times.micros[*row as usize] != NO_TIME;
    let (rows, without): (Vec<u32>, Vec<u32>) = (0..leads.n_rows as u32).partition(is_keyed);
    Ok(KeyedLeads {
        ids: pick_ids(Some(&ids), Some(&keys.id), &rows),
        as_of: rows.iter().map(|&row| times.micros[row as usize]).collect(),
        rows,
        first_without: without.first().copied(),
    })
}

/// The ids of the leads and of the outcome table, alike.
fn with_outcome_ids(
    ids: Option<IdColumn>,
    outcomes: Option<&Table>,
    settings: &Settings,
    notes: &mut Vec<Note>,
) -> Result<(Option<IdColumn>, Option<IdColumn>), DataError> {
    let Some(outcomes) = outcomes else { return Ok((ids, None)) };
    let (Some(ids), Some(lead_id)) = (ids, settings.leads.id.as_deref()) else {
        let words =
            "the outcome table is joined by lead id, and no column is named as the id\nhint: name it in `leads.id`";
        return Err(DataError::new(words));
    };
    let (key, name) = match settings.outcome.id.as_deref() {
        Some(name) => ("outcome.id", name),
        None => ("leads.id", lead_id),
    };
    let outcome_ids = UserTable::outcomes(outcomes).column(key, name)?.to_ids()?;
    if matches!((&ids, &outcome_ids), (IdColumn::Whole(_), IdColumn::Text(_)) | (IdColumn::Text(_), IdColumn::Whole(_)))
    {
        let text =
            "ids are whole numbers in one of lead and outcome table and text in the other; they are compared as text";
        notes.push(Note::new("labels", text));
    }
    let (ids, outcome_ids) = ids.alike(outcome_ids);
    Ok((Some(ids), Some(outcome_ids)))
}

/// Where no outcome is of any lead, there is nothing to learn from; who only looks on may be early.
fn note_or_refuse_strangers(
    assigned: &super::join::Assigned,
    ids: [Option<&IdColumn>; 2],
    settings: &Settings,
    scope: LabelScope,
    notes: &mut Vec<Note>,
) -> Result<(), DataError> {
    let [Some(of_leads), Some(of_outcomes)] = ids else { return Ok(()) };
    let (Some(leads), false) = (settings.leads.id.as_deref(), of_outcomes.is_empty()) else { return Ok(()) };
    if assigned.n_without_lead < of_outcomes.len() {
        return Ok(());
    }
    let names = IdColumnNames { leads, outcomes: settings.outcome.id.as_deref().unwrap_or(leads) };
    let error = ids_do_not_meet(of_leads, of_outcomes, names);
    if scope == LabelScope::Training {
        return Err(error);
    }
    notes.push(Note::new("labels", in_one_line(&error.to_string())));
    Ok(())
}

fn note_join(assigned: &super::join::Assigned, notes: &mut Vec<Note>) {
    let of_nobody = "of ids that no lead has; not used";
    let superseded =
        "left aside because the hand-off has another: a conversion wins over none, an earlier one over a later";
    notes.extend(Note::of_some("labels", assigned.n_without_lead, "outcome", of_nobody));
    notes.extend(Note::of_some("labels", assigned.n_superseded, "outcome", superseded));
}

fn pick_ids(ids: Option<&IdColumn>, column: Option<&str>, rows: &[u32]) -> LeadIds {
    let (Some(ids), Some(column)) = (ids, column) else { return LeadIds::RowNumber };
    let column = column.to_owned();
    match ids {
        IdColumn::Whole(ids) => {
            LeadIds::Whole { column, values: rows.iter().filter_map(|&row| ids[row as usize]).collect() }
        }
        IdColumn::Text(ids) => LeadIds::Text { column, values: ids.pick(rows) },
    }
}

fn own_fold(table: UserTable<'_>, column: Option<&str>, rows: &[u32]) -> Result<Option<Vec<i64>>, DataError> {
    let Some(column) = table.optional("folds.column", column)? else { return Ok(None) };
    let folds = column.to_whole_numbers("a fold is a whole number")?;
    let fold_of = |&row: &u32| {
        folds[row as usize].ok_or_else(|| {
            let (row, column) = (row as usize + 1, column.name());
            let words = format!("row {row} of the lead table has no number in the fold column {column:?}");
            DataError::new(format!("{words}\nhint: give every lead a fold, or use `folds.by` = \"random\""))
        })
    };
    Ok(Some(rows.iter().map(fold_of).collect::<Result<_, _>>()?))
}

#[cfg(test)]
mod tests;
