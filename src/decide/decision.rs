//! Decision: from held-out leads to what can be chosen between: frontier, policies, next quarter, and how earlier promises held.

use std::collections::BTreeMap;

use crate::card::{Band, CurveEntry, SumOfAnswers};
use crate::cross_fit::final_card::FinalCard;
use crate::cross_fit::{Fitted, HeldOut, OutOfFold, Setup};
use crate::data::dataset::Dataset;
use crate::data::labels::{Grouping, LabelledLeads};
use crate::data::read::DrawnRows;
use crate::decide::ask_first::AskFirst;
use crate::decide::forecast::record::{Forecast, Recommendation};
use crate::decide::forecast::{ForecastParams, KnownLine, Leading, forecast as forecast_of};
use crate::decide::frontier::{
    self, DecidedLines, Evidence, Frontier, FrontierError, HandedOff, Histogram, Known, Outcomes, Outlook, Policy,
    Resolved, Rule, Span,
};
use crate::decide::grades::{GradeHistory, Graded, GradesRecord};
use crate::decide::history::record::{BackTestRow, BandMetrics, BandMonth, FunnelRow, PastPromises};
use crate::decide::history::{self, PastCurve};
use crate::decide::row_order::row_order_note;
use crate::measures::mean;
use crate::notes::Note;
use crate::progress::Progress;
use crate::settings::{DecisionConfig, PolicyConfig, SalesConfig, Settings};

/// Policies of the config, and what a lead costs and a win is worth.
#[derive(Debug, Clone)]
pub struct Rules {
    policies: Vec<Policy>,
    sales: SalesConfig,
    /// What people chose; `None` where the engine recommends.
    chosen: Option<ChosenPolicy>,
}

/// A policy that people chose.
#[derive(Debug, Clone)]
struct ChosenPolicy {
    policy: Policy,
    /// Who chose it, when and why.
    reason: String,
}

impl ChosenPolicy {
    /// What the config says was chosen, if anything.
    fn of(decision: &DecisionConfig, policies: &[Policy]) -> Option<Self> {
        let name = decision.policy.as_deref().map(str::trim);
        let by_name = || policies.iter().find(|policy| Some(policy.name.as_str()) == name).cloned();
        let by_line = |line| Policy { name: format!("from {line} points"), rule: Rule::PointsAtLeast(line), by: None };
        let policy = decision.line.map(by_line).or_else(by_name)?;
        let by = decision.by.as_ref().map_or_else(String::new, |by| format!(" by {}", by.trim()));
        let on = decision.on.as_ref().map_or_else(String::new, |on| format!(" on {}", on.trim()));
        let why = decision
            .reason
            .as_ref()
            .map_or_else(String::new, |reason| format!(": {}", reason.trim().trim_end_matches('.')));
        let reason = format!("`{}` was chosen{by}{on}{why}", policy.name);
        Some(Self { policy, reason })
    }

    fn leading(&self) -> Leading {
        Leading::chosen(&self.policy, self.reason.clone())
    }
}

impl Rules {
    /// The policies, in the order of the config.
    pub fn policies(&self) -> &[Policy] {
        &self.policies
    }

    /// What a lead costs and a win is worth.
    pub fn sales(&self) -> &SalesConfig {
        &self.sales
    }

    /// Checked before the first fit, so that a mistyped policy costs a second and not the run.
    ///
    /// # Errors
    /// A policy that cannot be.
    pub fn check(data: &Dataset, settings: &Settings) -> Result<Self, FrontierError> {
        let sales = sales_figures(&settings.sales, &data.leads);
        let policies = frontier::check_policies(&settings.policies, &sales, data.leads.as_of.is_some())?;
        let chosen = ChosenPolicy::of(&settings.decision, &policies);
        Ok(Self { policies, sales, chosen })
    }
}

/// What can be chosen between.
#[derive(Debug)]
pub struct Decision {
    /// What each score is worth.
    pub curve_table: Vec<CurveEntry>,
    /// Hot, nurture, reject.
    pub bands: Vec<Band>,
    /// Leads of which too little is known for a band by score.
    pub ask_first: AskFirst,
    /// A grid over two groups of criteria, where somebody asked for one.
    pub grades: Option<GradesRecord>,
    /// Counts of the held-out leads.
    pub histogram: Histogram,
    /// How many leads come, and how well they convert.
    pub outlook: Outlook,
    /// Volume against conversion.
    pub frontier: Frontier,
    /// The policies, as the config has them; two of our own where it has none.
    pub policies: Vec<PolicyConfig>,
    /// Those that the history can meet, with their thresholds.
    pub resolved: Vec<Resolved>,
    /// Next quarter under each.
    pub forecast: Forecast,
    /// Promises of the past.
    pub back_test: Vec<BackTestRow>,
    /// How many of them held.
    pub past_promises: PastPromises,
    /// Bands overall.
    pub band_metrics: Vec<BandMetrics>,
    /// Bands by month.
    pub bands_by_month: Vec<BandMonth>,
    /// Sources, segments and teams.
    pub funnels: Vec<FunnelRow>,
    /// Segment of each held-out lead.
    pub segment: Option<Grouping>,
    /// Team of each held-out lead.
    pub team: Option<Grouping>,
    /// What a careful person would mention.
    pub notes: Vec<Note>,
}

impl Decision {
    /// Fewest points of a lead that is handed over by the chosen or recommended line; `None` where no line holds for all.
    pub fn line(&self) -> Option<i32> {
        self.forecast.recommended.as_ref()?.whole_line()
    }
}

/// Works out what can be chosen between.
///
/// # Errors
/// Hand-offs off the calendar.
pub fn decide(
    rules: &Rules,
    setup: &Setup<'_>,
    fitted: &Fitted,
    held_out: &HeldOut,
    progress: &mut Progress,
) -> Result<Decision, FrontierError> {
    let (settings, leads, out_of_fold) = (setup.settings, &setup.leads, &held_out.out_of_fold);
    let Rules { policies, sales, .. } = rules;
    let group = |group: Option<&Grouping>| group.map(|group| group.select(&out_of_fold.leads));
    let hand_offs = &setup.hand_offs;
    let (source, segment, team) =
        (group(leads.source.as_ref()), group(hand_offs.segment.as_ref()), group(hand_offs.team.as_ref()));
    let ask_first = AskFirst::of(setup, fitted, held_out);
    let everyone = HandedOff {
        is_ask_first: Some(&ask_first.is_ask_first),
        score: &held_out.shipped,
        as_of: hand_offs.as_of.as_deref(),
        segment: hand_offs.segment.as_ref(),
        team: hand_offs.team.as_ref(),
    };
    let worth = held_out.worth_by(&held_out.curves.all);
    let outcomes = Outcomes { converted: &out_of_fold.converted, worth: &worth };
    let histogram = Histogram::count_all(out_of_fold, outcomes, everyone, Span::ALL)?;
    let tables = CurveTables { card: &fitted.card, judged: out_of_fold };
    let known = Known {
        design_effect: held_out.design_effect,
        leads_next: settings.forecast.leads_next,
        leads_behind: setup.inputs.drawn.map_or(1.0, DrawnRows::rows_behind),
    };
    let outlook = Outlook::new(&histogram, known);
    let curve_table = tables.entries(|score| held_out.curves.all.log_odds(score), outlook.variance_of_months());
    let frontier = Frontier::trace(&histogram, &outlook);
    let mut notes = frontier.notes.clone();
    notes.extend(ask_first.note());
    notes.extend(outlook.notes());
    notes.extend(row_order_note(out_of_fold));
    let mut graded = Graded::of(setup, fitted, held_out);
    notes.append(&mut graded.notes);
    let base_rate = leads.n_converted() as f64 / leads.n_leads() as f64;
    // What a policy by band means goes before the decision; the bands that ship follow it.
    let (bands, _) = frontier::derive_bands(&curve_table, base_rate, &settings.bands, DecidedLines::default());

    let (policy_configs, policies) = if policies.is_empty() {
        let own = frontier::default_policies(&frontier);
        let checked = frontier::check_policies(&own, sales, out_of_fold.as_of.is_some())?;
        (own, checked)
    } else {
        (settings.policies.clone(), policies.clone())
    };
    let evidence =
        Evidence { histogram: &histogram, frontier: &frontier, outlook: &outlook, curve: &curve_table, bands: &bands };
    let (resolved, policy_notes) = frontier::resolve_policies(&policies, &evidence);
    notes.extend(policy_notes);
    let outcomes_then = held_out.outcomes_at_origins(setup, fitted);
    let past: Vec<PastCurve<'_>> = (setup.plan.folds.iter().zip(&held_out.curves.of_fold).enumerate())
        .filter(|_| setup.plan.is_by_time)
        .map(|(at, (fold, curve))| {
            let worth = held_out.worth_by(&curve.curve);
            let curve = tables.entries(|score| curve.log_odds(score), 0.0);
            let (bands, _) = frontier::derive_bands(&curve, base_rate, &settings.bands, DecidedLines::default());
            let outcomes = outcomes_then.get(at).map(Vec::as_slice);
            PastCurve {
                period: fold.name.clone(),
                begins_us: fold.begins_us.unwrap_or(i64::MIN),
                curve,
                bands,
                worth,
                outcomes,
            }
        })
        .collect();
    let back_test = progress.stage("back-test", || {
        history::back_test(out_of_fold, everyone, held_out.design_effect, &past, &policies, settings.seed)
    })?;
    let past_promises = history::past_promises(&back_test);
    let params = ForecastParams::quarter(settings.seed, past_promises.widening());
    let of_grades = GradeHistory {
        judged: out_of_fold,
        everyone,
        known,
        variance_of_transfer: variance_of_transfer(&out_of_fold.probability),
        params,
    };
    notes.extend(graded.play_policies(&settings.grade_policies, &of_grades)?);
    let leading = rules.chosen.as_ref().map_or_else(|| Leading::recommended(sales), ChosenPolicy::leading);
    let mut play = |evidence: &Evidence<'_>| {
        progress.stage("forecast", || forecast_of(&policies, &leading, evidence, sales, &params))
    };
    let (line, played) = match leading.line(&evidence, sales) {
        KnownLine::Now(line) => (line, None),
        KnownLine::OncePlayed => {
            let played = play(&evidence);
            (played.0.recommended.as_ref().and_then(Recommendation::whole_line), Some(played))
        }
    };
    let bands_before = evidence.bands;
    let lines = decided_lines(&policies, line, sales, &resolved, &curve_table);
    let (bands, band_notes) = frontier::derive_bands(&curve_table, base_rate, &settings.bands, lines);
    // Who is kept warm and who is turned down goes by the bands that ship; nothing else of the forecast does.
    let evidence = Evidence { bands: &bands, ..evidence };
    let is_as_before = frontier::nurture_from(&bands) == frontier::nurture_from(bands_before);
    let (forecast, forecast_notes) = played.filter(|_| is_as_before).unwrap_or_else(|| play(&evidence));
    notes.extend(forecast_notes);
    notes.extend(band_notes);
    let funnels = [("source", &source), ("segment", &segment), ("team", &team)]
        .into_iter()
        .filter_map(|(by, group)| Some((by, group.as_ref()?)))
        .flat_map(|(by, group)| history::funnel(by, group, out_of_fold, &bands, held_out.design_effect))
        .collect();
    Ok(Decision {
        band_metrics: history::band_metrics(&histogram, &bands, held_out.design_effect),
        bands_by_month: history::bands_by_month(&histogram, &bands, held_out.design_effect),
        curve_table,
        bands,
        ask_first,
        grades: graded.record,
        histogram,
        outlook,
        frontier,
        policies: policy_configs,
        resolved,
        forecast,
        back_test,
        past_promises,
        funnels,
        segment,
        team,
        notes,
    })
}

/// The lines that bands follow: that of the leading policy, and below it the one from which a lead pays, or else the lowest line of any
/// policy. A policy by band has said what the bands are already.
///
/// - `leading`: the line of the leading policy; `None` where there is none that holds for all.
fn decided_lines(
    policies: &[Policy],
    leading: Option<i32>,
    sales: &SalesConfig,
    resolved: &[Resolved],
    curve: &[CurveEntry],
) -> DecidedLines {
    if policies.iter().any(|policy| matches!(policy.rule, Rule::Band(_))) {
        return DecidedLines::default();
    }
    let Some(hand_over) = leading else { return DecidedLines::default() };
    let worth = |entry: &&CurveEntry, cost: f64, value: f64| f64::from(entry.probability_bp) / 10_000.0 * value >= cost;
    let money = sales.cost_per_lead.zip(sales.value_per_win);
    let pays = money.and_then(|(cost, value)| curve.iter().find(|entry| worth(entry, cost, value)));
    let lowest = resolved.iter().filter(|policy| policy.groups.is_empty()).map(|policy| policy.threshold).min();
    let keep_warm = pays.map(|entry| entry.score).filter(|&line| line < hand_over).or(lowest);
    DecidedLines { hand_over: Some(hand_over), keep_warm: keep_warm.filter(|&line| line < hand_over) }
}

/// How far the log-odds of a score on the card that ships lie from those on the folds' cards, standard deviation. Chosen so that the
/// intervals of stationary made-up companies hold (`benches/honesty`).
const TRANSFER_SD: f64 = 0.06;

/// How far the log-odds of leads on the card that ships lie from those on the folds' cards, as a variance: [`TRANSFER_SD`], and with few
/// leads, whose cards differ more from each other, no better known than they tell a level.
///
/// - `chances`: of the judged leads.
fn variance_of_transfer(chances: &[f64]) -> f64 {
    let told: f64 = chances.iter().map(|chance| chance * (1.0 - chance)).sum();
    told.recip().max(TRANSFER_SD * TRANSFER_SD)
}

/// Makes the table of a curve: one entry per score the card can give.
#[derive(Debug, Clone, Copy)]
struct CurveTables<'a> {
    /// The card that ships.
    card: &'a FinalCard,
    /// Held-out leads, counted per score.
    judged: &'a OutOfFold,
}

impl CurveTables<'_> {
    /// One entry per score the card can give.
    ///
    /// The interval of a score holds for leads like the history's. To the error of the curve come that of the months and that of the
    /// transfer ([`variance_of_transfer`]): the curve was learnt from the folds' cards.
    ///
    /// - `log_odds`: of a score, with their standard error; `variance_of_months`: of the log-odds.
    fn entries(&self, log_odds: impl Fn(f64) -> (f64, f64), variance_of_months: f64) -> Vec<CurveEntry> {
        let mut n_leads = BTreeMap::<i32, u64>::new();
        self.judged.score.iter().for_each(|&score| *n_leads.entry(score).or_default() += 1);
        let variance_of_transfer = variance_of_transfer(&self.judged.probability);
        let FinalCard { base_points, assembled, .. } = self.card;
        let (lowest, highest) = SumOfAnswers::of(&assembled.criteria).range();
        (base_points + lowest as i32..=base_points + highest as i32)
            .map(|score| {
                let (log_odds, error) = log_odds(f64::from(score));
                let error = (error * error + variance_of_months + variance_of_transfer).sqrt();
                let n_leads = n_leads.get(&score).copied().unwrap_or(0);
                frontier::curve_entry(score, log_odds, error, n_leads)
            })
            .collect()
    }
}

/// What a lead costs and a win is worth: as the config says; the worth of a win, where it says nothing, is the mean value of
/// the leads that were won.
fn sales_figures(config: &SalesConfig, leads: &LabelledLeads) -> SalesConfig {
    let of_won = || {
        let values = leads.value.as_ref()?.iter().zip(&leads.converted);
        let won: Vec<f64> = values.filter(|(value, won)| **won && value.is_finite()).map(|(value, _)| *value).collect();
        Some(mean(&won)).filter(|value| !won.is_empty() && *value > 0.0)
    };
    SalesConfig {
        hours_per_lead: config.hours_per_lead,
        cost_per_lead: config.cost_per_lead,
        value_per_win: config.value_per_win.or_else(of_won),
        reps: config.reps,
        currency: config.currency.clone(),
    }
}
