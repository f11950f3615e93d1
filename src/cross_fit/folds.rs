//! Folds: who is fitted, who is judged, and which folds a curve may learn from. Nobody is judged by a card that saw them.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::data::labels::{History, LabelledLeads, MIN_FIT_CONVERSIONS, NO_CONVERSION, longest_horizon, show_day};
use crate::model::censoring::CensoredLead;
use crate::model::curve::CurvePrior;
use crate::notes::counted;
use crate::settings::{FoldBasis, FoldRules, US_PER_DAY};
use crate::sort::sort_led;

/// The folds, in judging order.
#[derive(Debug, Clone, PartialEq)]
pub struct FoldPlan {
    /// How they were made, in a sentence for report and metrics.
    pub sentence: String,
    /// Folds are periods in a row, each judged as it would have been at the time.
    pub is_by_time: bool,
    /// At least two.
    pub folds: Vec<Fold>,
}

/// Leads of a fold from which on one is fitted after the other: several at once would take gigabytes, and one keeps all cores busy.
const MANY_LEADS: usize = 2_000_000;

impl FoldPlan {
    /// Makes something of every fold, by its position, in their order.
    ///
    /// # Errors
    /// That of the first fold that has one.
    pub fn try_map<T: Send, E: Send>(&self, make: impl Fn(usize, &Fold) -> Result<T, E> + Sync) -> Result<Vec<T>, E> {
        let most = self.folds.iter().map(|fold| fold.fit.len()).max().unwrap_or_default();
        if most > MANY_LEADS {
            return self.folds.iter().enumerate().map(|(at, fold)| make(at, fold)).collect();
        }
        self.folds.par_iter().enumerate().map(|(at, fold)| make(at, fold)).collect()
    }

    /// Whether the curve that prices the scores of one fold may learn from the leads that another one judged: by time from
    /// earlier folds only, otherwise from all others.
    pub fn may_learn_from(&self, fold: usize, other: usize) -> bool {
        if self.is_by_time { other < fold } else { other != fold }
    }

    /// How far a fold's curve may lie from the card's own log-odds: further where it is for a later period.
    pub fn curve_prior(&self) -> CurvePrior {
        if self.is_by_time { CurvePrior::LATER_PERIOD } else { CurvePrior::SAME_PERIOD }
    }

    /// The period that a fold stands for; `None` unless folds are periods.
    pub fn period(&self, fold: usize) -> Option<usize> {
        self.is_by_time.then_some(fold)
    }
}

impl FoldPlan {
    /// Refuses a fold whose card would have too few leads of one outcome to learn from.
    ///
    /// # Errors
    /// [`FoldError::ThinFold`].
    pub fn check(&self, leads: &LabelledLeads) -> Result<(), FoldError> {
        let thin = self.folds.iter().find(|fold| !can_fit(&fold.fit, leads));
        thin.map_or(Ok(()), |thin| {
            let n_converted = n_converted(&thin.fit, leads);
            Err(FoldError::ThinFold { fold: thin.name.clone(), n_fit: thin.fit.len(), n_converted })
        })
    }

    /// Keeps leads of one account or contact on one side of every fold: those that share one with a judged lead are not learnt from.
    ///
    /// - `cluster`: one entry per position.
    pub fn part_clusters(&mut self, cluster: &[u64]) {
        for fold in &mut self.folds {
            let judged: BTreeSet<u64> = fold.judge.iter().map(|&lead| cluster[lead as usize]).collect();
            let is_apart = |lead: u32| !judged.contains(&cluster[lead as usize]);
            fold.fit.retain(|&lead| is_apart(lead));
            fold.censored.retain(|censored| is_apart(censored.lead));
        }
    }
}

/// One fold. Positions: labelled leads first, behind them the unlabelled ones whose criteria are known.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fold {
    /// Its number, or its period ("2026-01-01 to 2026-03-31").
    pub name: String,
    /// Leads its card is fitted on, ascending.
    pub fit: Vec<u32>,
    /// Leads it judges, ascending; disjoint from `fit` and from every other fold's.
    pub judge: Vec<u32>,
    /// When the period began, microseconds since 1970 UTC; `None` unless folds are periods.
    pub begins_us: Option<i64>,
    /// Unlabelled leads that its card scores, ascending; none of them among those it learns from.
    pub unlabelled: Vec<u32>,
    /// Right-censored leads that its card may learn from, as seen when its period began.
    pub censored: Vec<CensoredLead>,
}

/// Folds that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// By time without times.
    #[error(
        "`folds.by` = \"time\" needs to know when leads were handed off\nhint: set `leads.as_of`, or `folds.by = \"random\"`"
    )]
    NoAsOf,
    /// By column without one.
    #[error("`folds.by` = \"column\" needs `folds.column`, the column with your own fold numbers")]
    NoColumn,
    /// One number only.
    #[error("column `{column}` (folds.column) has only {n_folds} fold number; at least two are needed")]
    OneFold {
        /// The column.
        column: String,
        /// Distinct numbers.
        n_folds: usize,
    },
    /// Too little history.
    #[error(
        "the history is too short for folds by time: it makes {n_periods} of the 2 periods that are needed, with \
         {n_converted} conversions known on {until}, when the last one begins, and {MIN_FIT_CONVERSIONS} needed to fit a card\n\
         hint: use {supported}, fewer folds, or `folds.by = \"random\"` (--folds random:5)"
    )]
    ShortHistory {
        /// Start of the last period.
        until: String,
        /// Periods that could be judged.
        n_periods: usize,
        /// Conversions known before the last period.
        n_converted: usize,
        /// What would do, in words: the longest horizon that this history supports.
        supported: String,
    },
    /// A fold whose training part has one outcome.
    #[error(
        "fold {fold} leaves {n_converted} conversions among {n_fit} leads to fit on; at least {MIN_FIT_CONVERSIONS} of each kind are needed"
    )]
    ThinFold {
        /// Its name.
        fold: String,
        /// Leads to fit on.
        n_fit: usize,
        /// Of those, how many converted.
        n_converted: usize,
    },
}

/// Makes the folds: by time where the leads have an as-of, at random otherwise, unless the config says.
///
/// - `keys`: a seeded number per labelled lead, which deals out random folds whatever the order of the rows.
///
/// # Errors
/// A [`FoldError`] that says what helps.
pub fn make_folds(leads: &LabelledLeads, rules: &FoldRules, keys: &[u64]) -> Result<FoldPlan, FoldError> {
    let by_default = if leads.as_of.is_some() { FoldBasis::Time } else { FoldBasis::Random };
    match rules.by.as_ref().unwrap_or(&by_default) {
        FoldBasis::Time => by_time(leads, rules.count),
        FoldBasis::Random => {
            let sentence = format!(
                "{} random parts with equal shares of conversions: each was judged by a card fitted on all others.",
                rules.count
            );
            let dealt = match &leads.cluster {
                Some(cluster) => deal_out_clusters(&leads.converted, cluster, rules.count),
                None => deal_out(&leads.converted, keys, rules.count),
            };
            judge_each_by_the_rest(&dealt, leads, sentence)
        }
        FoldBasis::Column(column) => {
            let numbers = leads.own_fold.as_ref().ok_or(FoldError::NoColumn)?;
            let sentence = format!("The parts of column `{column}`: each was judged by a card fitted on all others.");
            let n_folds = numbers.iter().collect::<BTreeSet<_>>().len();
            if n_folds < 2 {
                return Err(FoldError::OneFold { column: column.clone(), n_folds });
            }
            judge_each_by_the_rest(numbers, leads, sentence)
        }
    }
}

/// Deals the leads of each outcome out in turn, in the order of their keys.
fn deal_out(converted: &[bool], keys: &[u64], count: usize) -> Vec<i64> {
    let mut fold_of = vec![0; converted.len()];
    for outcome in [true, false] {
        let leads = (0_u32..).zip(converted).filter(|(_, converted)| **converted == outcome);
        let mut leads: Vec<(u64, u32)> = leads.map(|(lead, _)| (keys[lead as usize], lead)).collect();
        sort_led(&mut leads, |(key, _)| key);
        for (turn, (_, lead)) in leads.into_iter().enumerate() {
            fold_of[lead as usize] = (turn % count) as i64;
        }
    }
    fold_of
}

/// Deals clusters out whole: the ones with the most conversions first, each to the part with the fewest conversions so far, and of
/// those the one with the fewest leads; then those without a conversion, each to the part with the fewest leads.
fn deal_out_clusters(converted: &[bool], cluster: &[u64], count: usize) -> Vec<i64> {
    let mut sizes = BTreeMap::<u64, (usize, usize)>::new();
    for (&cluster, &won) in cluster.iter().zip(converted) {
        let (n_won, n_leads) = sizes.entry(cluster).or_default();
        *n_won += usize::from(won);
        *n_leads += 1;
    }
    let mut largest_first: Vec<(u64, (usize, usize))> = sizes.into_iter().collect();
    // The number of a cluster is as good as drawn, so it settles ties.
    largest_first.sort_by_key(|&(cluster, size)| (std::cmp::Reverse(size), cluster));
    let mut parts = vec![(0, 0); count];
    let mut fold_of = BTreeMap::new();
    for (cluster, (n_won, n_leads)) in largest_first {
        // A cluster without a conversion leaves the conversions as they are: by those alone one part would take all that follow.
        let n_before = |&fold: &usize| if n_won > 0 { parts[fold] } else { (parts[fold].1, 0) };
        let fold = (0..count).min_by_key(n_before).unwrap_or_default();
        parts[fold] = (parts[fold].0 + n_won, parts[fold].1 + n_leads);
        fold_of.insert(cluster, fold as i64);
    }
    cluster.iter().map(|cluster| fold_of[cluster]).collect()
}

fn judge_each_by_the_rest(fold_of: &[i64], leads: &LabelledLeads, sentence: String) -> Result<FoldPlan, FoldError> {
    let of_some = fold_of.par_chunks(LEADS_AT_ONCE).map(|some| some.iter().copied().collect::<BTreeSet<i64>>());
    let numbers: Vec<i64> = of_some.reduce(BTreeSet::new, |all, some| &all | &some).into_iter().collect();
    let fold = |&number: &i64| {
        let n_judged = fold_of.iter().filter(|&&fold| fold == number).count();
        let (mut judge, mut fit) = (Vec::with_capacity(n_judged), Vec::with_capacity(fold_of.len() - n_judged));
        for (lead, &fold) in (0_u32..).zip(fold_of) {
            if fold == number { judge.push(lead) } else { fit.push(lead) }
        }
        Fold { name: number.to_string(), fit, judge, ..Fold::default() }
    };
    let folds = numbers.par_iter().map(fold).collect();
    let plan = FoldPlan { sentence, is_by_time: false, folds };
    plan.check(leads)?;
    Ok(plan)
}

/// Leads whose fold numbers are put in order by one core at a time.
const LEADS_AT_ONCE: usize = 65_536;

fn n_converted(part: &[u32], leads: &LabelledLeads) -> usize {
    part.iter().filter(|&&lead| leads.converted[lead as usize]).count()
}

fn can_fit(part: &[u32], leads: &LabelledLeads) -> bool {
    let n_converted = n_converted(part, leads);
    n_converted >= MIN_FIT_CONVERSIONS && part.len() - n_converted >= MIN_FIT_CONVERSIONS
}

/// Rolling origins. The first card is fitted on about one part in `count + 1` of the leads; the leads handed off once the
/// outcomes of those were known are cut into `count` periods of about equal size (leads handed off at the same moment stay
/// together), and each period is judged by a card fitted on the leads whose outcome was known when it began.
///
/// Periods that begin before enough outcomes were known are left out; a period in which all leads have the same outcome is
/// judged together with the next.
fn by_time(leads: &LabelledLeads, count: usize) -> Result<FoldPlan, FoldError> {
    let as_of = leads.as_of.as_ref().ok_or(FoldError::NoAsOf)?;
    let horizon = leads.horizon_days.map_or(0, |days| (days * US_PER_DAY as f64) as i64);
    let history = History::new(as_of, &leads.converted, horizon);
    let wished = history.period_starts(count);
    let starts = history.periods(count);
    if starts.len() < 2 {
        let until = wished.last().copied().unwrap_or(history.last());
        let n_converted = history.known_at(until).0;
        let supported = supported_horizon(leads, as_of, horizon, count);
        return Err(FoldError::ShortHistory {
            until: show_day(until),
            n_periods: starts.len(),
            n_converted,
            supported,
        });
    }
    let in_order = |keep: &dyn Fn(i64) -> bool| -> Vec<u32> {
        (0..as_of.len() as u32).filter(|&lead| keep(as_of[lead as usize])).collect()
    };
    let folds: Vec<Fold> = (starts.iter().enumerate())
        .map(|(period, &start)| {
            let end = starts.get(period + 1).copied();
            let judge = in_order(&|moment| moment >= start && end.is_none_or(|end| moment < end));
            let last = judge.iter().map(|&lead| as_of[lead as usize]).max().unwrap_or(start);
            let fit = in_order(&|moment| history.is_known(moment, start));
            let name = format!("{} to {}", show_day(start), show_day(last));
            Fold { name, fit, judge, begins_us: Some(start), ..Fold::default() }
        })
        .collect();
    let wait = leads.horizon_days.map_or(String::new(), |days| format!(" whose {days} days were over by then"));
    let fewer =
        if folds.len() == count { String::new() } else { format!("; the history does not hold {count} such periods") };
    let sentence = format!(
        "{} in a row: each was judged by a card fitted on earlier leads{wait}, as it would have been at the time{fewer}.",
        counted(folds.len() as u64, "period")
    );
    Ok(FoldPlan { sentence, is_by_time: true, folds })
}

/// The longest horizon with which this history makes two periods, in words.
fn supported_horizon(leads: &LabelledLeads, as_of: &[i64], horizon: i64, count: usize) -> String {
    let of_labelled = |at: usize| match &leads.delay_us {
        Some(delay_us) => delay_us[at],
        None if leads.converted[at] => 0,
        None => NO_CONVERSION,
    };
    let labelled = as_of.iter().enumerate().map(|(at, &moment)| (moment, of_labelled(at)));
    let open = leads.open.as_of.iter().copied().zip(leads.open.delay_us.iter().copied());
    let hand_offs: Vec<(i64, i64)> = labelled.chain(open).collect();
    let until = leads.observed_until_us.unwrap_or(i64::MAX);
    match longest_horizon(&hand_offs, until, horizon, |history| history.periods(count).len() >= 2) {
        Some(days) => format!("a longer history, a horizon of {} or less", counted(days, "day")),
        None => "a longer history".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::labels::LeadIds;
    use proptest::prelude::*;

    fn leads(converted: Vec<bool>, as_of_days: Option<Vec<i64>>, horizon_days: Option<f64>) -> LabelledLeads {
        LabelledLeads {
            ids: LeadIds::RowNumber,
            rows: (0..converted.len() as u32).collect(),
            as_of: as_of_days.map(|days| days.into_iter().map(|day| day * US_PER_DAY).collect()),
            horizon_days,
            converted,
            ..LabelledLeads::default()
        }
    }

    fn every_third(n: usize) -> Vec<bool> {
        (0..n).map(|lead| lead % 3 == 0).collect()
    }

    #[test]
    fn by_time_a_card_knows_only_outcomes_that_were_known() {
        let labelled = leads(every_third(600), Some((0..600).collect()), Some(90.0));
        let plan = make_folds(&labelled, &FoldRules::default(), &[]).expect("folds");
        assert!(plan.is_by_time);
        for fold in &plan.folds {
            let start = i64::from(fold.judge[0]);
            assert!(fold.fit.iter().all(|&lead| i64::from(lead) + 90 <= start), "{}", fold.name);
        }
        // The first hundred leads are known on day 99 + 90; the 411 from then on make five periods.
        assert_eq!(plan.folds[0].fit, (0..100).collect::<Vec<u32>>());
        assert_eq!(plan.folds[0].name, "1970-07-09 to 1970-09-28");
        let sizes: Vec<usize> = plan.folds.iter().map(|fold| fold.judge.len()).collect();
        assert_eq!(sizes, [82, 82, 82, 82, 83]);
        assert_eq!(
            plan.sentence,
            "5 periods in a row: each was judged by a card fitted on earlier leads whose 90 days were over by then, as it \
             would have been at the time."
        );
    }

    #[test]
    fn leads_of_one_account_are_on_one_side_of_every_fold() {
        // Accounts of four leads whose days lie far apart.
        let cluster: Vec<u64> = (0..600).map(|lead| lead % 150).collect();
        let apart = |plan: &FoldPlan| {
            plan.folds.iter().all(|fold| {
                let judged: BTreeSet<u64> = fold.judge.iter().map(|&lead| cluster[lead as usize]).collect();
                fold.fit.iter().all(|&lead| !judged.contains(&cluster[lead as usize]))
            })
        };
        let mut labelled = leads((0..600).map(|lead| lead % 7 == 0).collect(), Some((0..600).collect()), None);
        labelled.cluster = Some(cluster.clone());
        let random = FoldRules { by: Some(FoldBasis::Random), ..FoldRules::default() };
        let plan = make_folds(&labelled, &random, &[]).expect("folds");
        assert!(apart(&plan));
        let won: Vec<usize> = plan.folds.iter().map(|fold| n_converted(&fold.judge, &labelled)).collect();
        assert!(won.iter().max().zip(won.iter().min()).is_some_and(|(most, least)| most - least <= 1), "{won:?}");
        let sizes: Vec<usize> = plan.folds.iter().map(|fold| fold.judge.len()).collect();
        assert!(sizes.iter().max().zip(sizes.iter().min()).is_some_and(|(most, least)| most - least <= 4), "{sizes:?}");
        assert_eq!(plan.folds.iter().map(|fold| fold.judge.len()).sum::<usize>(), 600);
        // By time the account's earlier leads would be learnt from, and are left out.
        let mut plan = make_folds(&labelled, &FoldRules::default(), &[]).expect("folds");
        assert!(!apart(&plan));
        plan.part_clusters(&cluster);
        assert!(apart(&plan));
    }

    #[test]
    fn leads_of_one_moment_stay_together() {
        let days: Vec<i64> = (0..300).map(|lead| lead / 100).collect();
        let plan = make_folds(&leads(every_third(300), Some(days), None), &FoldRules::default(), &[]).expect("folds");
        let sizes: Vec<usize> = plan.folds.iter().map(|fold| fold.judge.len()).collect();
        assert_eq!(sizes, [100, 100]);
    }

    #[test]
    fn periods_without_enough_known_conversions_are_not_judged() {
        // One lead a day, no conversion in the first half: the first cards would have nothing to learn from.
        let converted = (0..600).map(|lead| lead >= 300 && lead % 2 == 0).collect();
        let plan =
            make_folds(&leads(converted, Some((0..600).collect()), None), &FoldRules::default(), &[]).expect("folds");
        let sizes: Vec<usize> = plan.folds.iter().map(|fold| fold.judge.len()).collect();
        assert_eq!(sizes, [100, 100]);
        assert!(plan.sentence.starts_with("2 periods in a row"), "{}", plan.sentence);
        assert!(plan.sentence.ends_with("; the history does not hold 5 such periods."), "{}", plan.sentence);
    }

    #[test]
    fn a_period_with_one_outcome_is_judged_with_the_next() {
        // Nobody converts from day 200 to 399, that is in the second and third period of five.
        let converted = (0..600).map(|lead| lead % 2 == 0 && !(200..400).contains(&lead)).collect();
        let plan =
            make_folds(&leads(converted, Some((0..600).collect()), None), &FoldRules::default(), &[]).expect("folds");
        let sizes: Vec<usize> = plan.folds.iter().map(|fold| fold.judge.len()).collect();
        assert_eq!(sizes, [100, 300, 100]);
    }

    #[test]
    fn a_short_history_says_what_helps() {
        let labelled = leads(every_third(60), Some((0..60).collect()), Some(90.0));
        let error = make_folds(&labelled, &FoldRules::default(), &[]).expect_err("too short").to_string();
        assert!(
            error
                .starts_with("the history is too short for folds by time: it makes 0 of the 2 periods that are needed"),
            "{error}"
        );
        assert!(error.contains("--folds random:5"), "{error}");
    }

    #[test]
    fn own_numbers_are_judged_by_all_others() {
        let mut labelled = leads(every_third(90), None, None);
        labelled.own_fold = Some((0..90).map(|lead| 10 + lead % 3).collect());
        let rules = FoldRules { by: Some(FoldBasis::Column("part".to_owned())), ..FoldRules::default() };
        // Every third lead converts, so a part of every third lead holds all conversions or none.
        let error = make_folds(&labelled, &rules, &[]).expect_err("one outcome").to_string();
        assert!(error.starts_with("fold 10 leaves 0 conversions among 60 leads to fit on"), "{error}");
        labelled.own_fold = Some((0..90).map(|lead| 10 + lead % 2).collect());
        let plan = make_folds(&labelled, &rules, &[]).expect("folds");
        assert_eq!(plan.folds.iter().map(|fold| fold.name.as_str()).collect::<Vec<_>>(), ["10", "11"]);
        labelled.own_fold = Some(vec![4; 90]);
        let error = make_folds(&labelled, &rules, &[]).expect_err("one fold").to_string();
        assert_eq!(error, "column `part` (folds.column) has only 1 fold number; at least two are needed");
    }

    #[test]
    fn by_time_without_times_is_refused() {
        let rules = FoldRules { by: Some(FoldBasis::Time), ..FoldRules::default() };
        let error = make_folds(&leads(every_third(90), None, None), &rules, &[]).expect_err("no times");
        assert_eq!(error, FoldError::NoAsOf);
    }

    proptest! {
        #[test]
        fn by_time_nobody_is_judged_twice_or_by_a_card_that_knew(
            days in proptest::collection::vec(0_i64..400, 200..500), horizon in proptest::option::of(1_u32..120), count in 2_usize..8,
        ) {
            let converted = every_third(days.len());
            let labelled = leads(converted, Some(days.clone()), horizon.map(f64::from));
            let Ok(plan) = make_folds(&labelled, &FoldRules { count, ..FoldRules::default() }, &[]) else { return Ok(()) };
            let mut judged = std::collections::HashSet::new();
            for fold in &plan.folds {
                let start = fold.judge.iter().map(|&lead| days[lead as usize]).min().expect("judged");
                for &lead in &fold.fit {
                    prop_assert!(days[lead as usize] < start);
                    prop_assert!(days[lead as usize] + i64::from(horizon.unwrap_or(0)) <= start);
                }
                prop_assert!(fold.judge.iter().all(|&lead| judged.insert(lead)));
                prop_assert!(fold.fit.is_sorted() && fold.judge.is_sorted());
            }
        }

        #[test]
        fn random_folds_partition_the_leads_and_share_conversions(n in 100_usize..400, count in 2_usize..8, seed in any::<u64>()) {
            let labelled = leads(every_third(n), None, None);
            let keys: Vec<u64> = (0..n as u64).map(|lead| (lead + 1).wrapping_mul(seed | 1)).collect();
            let plan = make_folds(&labelled, &FoldRules { count, ..FoldRules::default() }, &keys).expect("folds");
            let mut judged: Vec<u32> = plan.folds.iter().flat_map(|fold| fold.judge.clone()).collect();
            judged.sort_unstable();
            prop_assert_eq!(judged, (0..n as u32).collect::<Vec<_>>());
            let won: Vec<usize> = plan.folds.iter().map(|fold| n_converted(&fold.judge, &labelled)).collect();
            prop_assert!(won.iter().all(|n| n.abs_diff(won[0]) <= 1), "{:?}", won);
            for fold in &plan.folds {
                prop_assert_eq!(fold.fit.len() + fold.judge.len(), n);
            }
        }
    }
}
