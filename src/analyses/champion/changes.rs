//! Every answer whose points differ between the cards, and why.
//!
//! Two fits to the same leads on the same bins, under the penalty of the new card: one to what the leads did, one to what the
//! champion promised of them. Where the two differ by more than chance, leads with this answer converted differently from the
//! promise (conversion). Where they do not, and the answer is given more or less often than when the champion learned, like is compared
//! with like: its promises fitted to the leads of then, and to those of now. Where that alone moves the points the same way by half as
//! far or more, other leads explain it (mix). The rest is noise.
//!
//! Pairs are no part of these fits: leads at a level of one convert differently where their outcomes differ from what the champion
//! promised and the two fits make of it, by more than chance.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::Both;
use super::pairs::PairOnCards;
use crate::analyses::champion::record::{ChangeReason, PointChange, SetByHand, Side};
use crate::card::{Criterion, Level, Override};
use crate::math::logistic;
use crate::measures::{above, discoveries};
use crate::model::bins::{BinPlan, CriterionBins, CriterionCells};
use crate::model::fit::loss::{self, Observed};
use crate::model::fit::newton::{Known, NewtonParams, Weights, average_lead, minimise};
use crate::model::fit::penalty::{Chains, Penalty};
use crate::model::fit::{Contrasts, FitError};
use crate::model::overrides::{level_of_cells, points_of_cells};
use crate::quarter::{log_odds, promise};
use crate::units::to_points;

/// The fit behind the new card.
#[derive(Debug, Clone, Copy)]
pub struct Refitted<'a> {
    /// Its bins.
    pub bins: &'a BinPlan,
    /// Which bins belong together.
    pub chains: &'a Chains,
    /// The penalty in force.
    pub penalty: &'a Penalty,
    /// Points per unit of log-odds.
    pub scale: f64,
    /// Values of the champion's criteria that the new card does not look at, where the leads have them.
    pub own: &'a [Option<CriterionCells>],
}

/// Answers compared.
pub(super) struct Changes {
    pub(super) changed: Vec<PointChange>,
    pub(super) n_kept: usize,
    pub(super) n_leads_changed: u64,
}

/// Of the answers said to convert differently, on average at most so many do so by chance.
const FALSE_DISCOVERY: f64 = 0.10;

/// What leads with one value did.
#[derive(Debug, Clone, Copy, Default)]
struct CellCount {
    n: f64,
    n_fresh: f64,
    won: f64,
    promised: f64,
}

/// Level on the card in use, and on the new one; `None` where a card does not have the criterion.
type Levels = (Option<usize>, Option<usize>);

/// Leads, and how many of them fall into each bin of the new fit.
type Counted = (CellCount, Vec<f64>);

/// Leads that have one level on each card.
struct Piece {
    criterion: usize,
    change: PointChange,
    /// Leads per bin of the new fit; empty where it does not know the criterion.
    in_bin: Vec<f64>,
    /// Those that count, of a pair; none of any other criterion.
    of_pair: Vec<u32>,
    /// Whether the champion's level has another share of the leads than it had, beyond chance and by enough to matter.
    has_other_share: bool,
}

/// A criterion of either card, and the leads by a code that says at which level of it they are.
struct ByCode<'a> {
    before: Option<&'a Criterion>,
    now: Option<&'a Criterion>,
    /// Code of each labelled lead.
    codes: Cow<'a, [u16]>,
    n_codes: usize,
    /// Level of each code on the card in use.
    level_before: Option<Vec<usize>>,
    /// Level of each code on the new card.
    level_now: Option<Vec<usize>>,
    /// Bins of the new fit, where it knows the criterion.
    bins: Option<&'a CriterionBins>,
}

/// Both cards on the leads that reasons are looked for in.
struct Comparison<'a> {
    both: &'a Both<'a>,
    refitted: &'a Refitted<'a>,
    /// All labelled leads.
    everyone: &'a [u32],
    /// Those that count: what the champion had not seen, where there are enough.
    counted: &'a [u32],
}

/// Every answer on either card.
///
/// # Errors
/// Those of the fit.
pub(super) fn changes(both: &Both<'_>, refitted: &Refitted<'_>, fresh: Option<&[u32]>) -> Result<Changes, FitError> {
    let everyone: Vec<u32> = (0..both.leads.n_leads() as u32).collect();
    let comparison = Comparison { both, refitted, everyone: &everyone, counted: fresh.unwrap_or(&everyone) };
    let mut pieces = Vec::new();
    let champion = &both.champion.card;
    for (at, cells) in both.cells.iter().enumerate() {
        let before = both.places.iter().position(|place| *place == Some(at)).map(|place| &champion.criteria[place]);
        let now = both.criteria.iter().find(|criterion| criterion.name == both.names[at]);
        pieces.extend(comparison.pieces_of(at, before, now, cells));
    }
    for ((criterion, place), cells) in champion.criteria.iter().zip(both.places).zip(refitted.own) {
        if let (None, Some(cells)) = (place, cells) {
            pieces.extend(comparison.pieces_of(usize::MAX, Some(criterion), None, cells));
        }
    }
    for pair in both.pairs {
        pieces.extend(comparison.pieces_of_pair(pair));
    }
    let n_kept = pieces.iter().filter(|piece| !piece.has_changed()).count();
    let references = references(&pieces);
    pieces.retain(Piece::has_changed);
    let n_leads_changed = n_leads_changed(both);
    comparison.explain(&mut pieces, &references)?;
    let mut changed: Vec<PointChange> = pieces.into_iter().map(|piece| piece.change).collect();
    changed.sort_by(|a, b| {
        let weight =
            |change: &PointChange| change.n_leads * u64::from(change.points_now.abs_diff(change.points_before));
        weight(b).cmp(&weight(a)).then_with(|| a.criterion.cmp(&b.criterion))
    });
    Ok(Changes { changed, n_kept, n_leads_changed })
}

/// What a changed answer of a criterion is held against: the answers whose points stayed, or all where those are few.
#[derive(Debug, Clone, Default)]
struct Reference {
    /// Leads per bin.
    in_bin: Vec<f64>,
    /// The champion's points of them on average.
    points_before: f64,
    /// The new card's.
    points_now: f64,
}

/// Share of the leads that answers with the same points need, to be what others are held against.
const ENOUGH_KEPT: f64 = 0.2;

/// By criterion.
fn references(pieces: &[Piece]) -> BTreeMap<usize, Reference> {
    let mut references = BTreeMap::new();
    for criterion in pieces.iter().map(|piece| piece.criterion).collect::<BTreeSet<usize>>() {
        let own: Vec<&Piece> = pieces.iter().filter(|piece| piece.criterion == criterion).collect();
        let n_of = |pieces: &[&Piece]| pieces.iter().map(|piece| piece.change.n_leads).sum::<u64>() as f64;
        let kept: Vec<&Piece> = own.iter().copied().filter(|piece| !piece.has_changed()).collect();
        let held = if n_of(&kept) >= ENOUGH_KEPT * n_of(&own) { kept } else { own };
        let mut reference = Reference { in_bin: vec![0.0; held[0].in_bin.len()], ..Reference::default() };
        let n = n_of(&held).max(1.0);
        for piece in &held {
            reference.points_before += f64::from(piece.change.points_before) * piece.change.n_leads as f64 / n;
            reference.points_now += f64::from(piece.change.points_now) * piece.change.n_leads as f64 / n;
            reference.in_bin.iter_mut().zip(&piece.in_bin).for_each(|(sum, n)| *sum += n);
        }
        references.insert(criterion, reference);
    }
    references
}

impl Piece {
    fn has_changed(&self) -> bool {
        self.change.points_before != self.change.points_now
    }
}

impl Comparison<'_> {
    /// The leads of one criterion by their level on either card.
    fn pieces_of(
        &self,
        at: usize,
        before: Option<&Criterion>,
        now: Option<&Criterion>,
        cells: &CriterionCells,
    ) -> Vec<Piece> {
        let by_code = ByCode {
            before,
            now,
            codes: Cow::Borrowed(&cells.column.cells[..self.both.leads.n_leads()]),
            n_codes: cells.column.meaning.n_codes(),
            level_before: before.map(|criterion| level_of_cells(criterion, cells)),
            level_now: now.map(|criterion| level_of_cells(criterion, cells)),
            bins: self.refitted.bins.criteria.iter().find(|bins| bins.criterion == at),
        };
        self.pieces_by_code(at, &by_code)
    }

    /// The leads of a pair by their level on either card.
    fn pieces_of_pair(&self, pair: &PairOnCards<'_>) -> Vec<Piece> {
        let mut codes_of_levels = BTreeMap::new();
        let codes: Vec<u16> = (0..self.both.leads.n_leads())
            .map(|lead| {
                let n_codes = codes_of_levels.len() as u16;
                *codes_of_levels.entry(pair.levels_of(lead)).or_insert(n_codes)
            })
            .collect();
        let mut levels: Vec<([Option<usize>; 2], u16)> = codes_of_levels.into_iter().collect();
        levels.sort_by_key(|&(_, code)| code);
        let on = |card: usize| levels.iter().map(|(levels, _)| levels[card]).collect();
        let by_code = ByCode {
            before: pair.before.as_ref().map(|pair| pair.criterion),
            now: pair.now.as_ref().map(|pair| pair.criterion),
            codes: Cow::Borrowed(&codes),
            n_codes: levels.len(),
            level_before: on(0),
            level_now: on(1),
            bins: None,
        };
        self.pieces_by_code(usize::MAX, &by_code)
    }

    fn pieces_by_code(&self, at: usize, by_code: &ByCode<'_>) -> Vec<Piece> {
        let Self { both, counted, .. } = *self;
        let ByCode { before, now, level_before, level_now, bins, .. } = by_code;
        let (before, now) = (*before, *now);
        let counts = count_codes(both, by_code, counted);
        let levels_of = |code: usize| -> Levels {
            (level_before.as_ref().map(|levels| levels[code]), level_now.as_ref().map(|levels| levels[code]))
        };
        let mut pieces: BTreeMap<Levels, Counted> = BTreeMap::new();
        for (code, count) in counts.iter().enumerate().filter(|(_, count)| count.n > 0.0) {
            let (sum, in_bin) = pieces
                .entry(levels_of(code))
                .or_insert_with(|| (CellCount::default(), vec![0.0; bins.map_or(0, |bins| bins.n_bins())]));
            sum.add(*count);
            if let Some(bins) = bins {
                in_bin[bins.bin_of_cell(code)] += count.n;
            }
        }
        let of_all = counts.iter().fold(CellCount::default(), |mut sum, count| {
            sum.add(*count);
            sum
        });
        let then =
            before.map_or(0.0, |criterion| criterion.levels.iter().map(|level| level.n_leads).sum::<u64>() as f64);
        let mut now_in_level = vec![0.0; before.map_or(0, |criterion| criterion.levels.len())];
        for ((old, _), (count, _)) in &pieces {
            old.iter().for_each(|&level| now_in_level[level] += count.n_fresh);
        }
        let champion = &both.champion.card;
        let is_pair = before.or(now).is_some_and(Criterion::is_pair);
        let counted_at = |levels: Levels| -> Vec<u32> {
            let is_at = |&&lead: &&u32| levels_of(usize::from(by_code.codes[lead as usize])) == levels;
            counted.iter().filter(is_at).copied().collect()
        };
        let piece = |((old, new), (count, in_bin)): (Levels, Counted)| {
            let of_pair = if is_pair { counted_at((old, new)) } else { Vec::new() };
            let n_now = old.map_or(count.n_fresh, |level| now_in_level[level]);
            let old = before.zip(old).map(|(criterion, level)| &criterion.levels[level]);
            let new = now.zip(new).map(|(criterion, level)| &criterion.levels[level]);
            let name = before.or(now).map(|criterion| criterion.name.clone()).unwrap_or_default();
            let of = |overrides: &[Override], level: Option<&Level>, side: Side| {
                let is_it = |one: &&Override| one.criterion == name && Some(&one.level) == level.map(|of| &of.label);
                let one = overrides.iter().find(is_it)?;
                Some(SetByHand { on: side, author: one.author.clone(), fitted_points: one.fitted_points })
            };
            let by_hand = of(&champion.overrides, old, Side::InUse).or_else(|| of(both.by_hand, new, Side::New));
            let n_then = old.map_or(0.0, |level| level.n_leads as f64);
            Piece {
                criterion: at,
                in_bin,
                of_pair,
                has_other_share: old.is_some()
                    && has_other_share(&Share { n: n_then, of: then }, &Share { n: n_now, of: of_all.n_fresh }),
                change: PointChange {
                    champion_level: old.map(|level| level.label.clone()),
                    challenger_level: new.map(|level| level.label.clone()),
                    points_before: old.map_or(0, |level| level.points),
                    points_now: new.map_or(0, |level| level.points),
                    reason: match (before, now) {
                        (None, _) => ChangeReason::NewCriterion,
                        (_, None) => ChangeReason::LeftOut,
                        _ => ChangeReason::Noise,
                    },
                    n_leads: count.n as u64,
                    share_before: n_then / then.max(1.0),
                    share_now: n_now / of_all.n_fresh.max(1.0),
                    n_fresh: count.n_fresh as u64,
                    n_converted: count.won as u64,
                    n_promised: count.promised,
                    by_hand,
                    criterion: name,
                },
            }
        };
        pieces.into_iter().map(piece).collect()
    }

    /// Gives every changed piece its reason.
    fn explain(&self, pieces: &mut [Piece], references: &BTreeMap<usize, Reference>) -> Result<(), FitError> {
        let Self { both, refitted, .. } = *self;
        let ratio = refitted.scale / both.champion.card.provenance.points_per_log_odds;
        let is_other_scale = (ratio - 1.0).abs() > SAME_SCALE;
        for piece in pieces.iter_mut() {
            let change = &mut piece.change;
            if change.reason != ChangeReason::Noise {
                continue;
            }
            if change.by_hand.is_some() {
                change.reason = ChangeReason::ByHand;
            } else if is_other_scale && change.points_now == to_points(f64::from(change.points_before) * ratio) {
                change.reason = ChangeReason::Scale;
            }
        }
        let is_open = |piece: &&mut Piece| {
            piece.change.reason == ChangeReason::Noise && !(piece.in_bin.is_empty() && piece.of_pair.is_empty())
        };
        if !pieces.iter_mut().any(|piece| is_open(&piece)) {
            return Ok(());
        }
        let fits = Fits::new(self)?;
        let evidence = fits.evidence(self);
        let mut open: Vec<(&mut Piece, Parts)> = Vec::new();
        let contrasts = Contrasts::new(&fits.hessian)?;
        let expected = fits.expected(self, pieces.iter().any(|piece| !piece.of_pair.is_empty()));
        for piece in pieces.iter_mut().filter(is_open) {
            let error_of = |whole: &[f64]| contrasts.error(whole, &evidence);
            let parts = match piece.of_pair.as_slice() {
                [] => fits.parts(self, piece, &references[&piece.criterion], error_of),
                leads => Parts { mix: 0.0, moved: 0.0, p_value: self.p_value(leads, &expected) },
            };
            open.push((piece, parts));
        }
        let p_values: Vec<f64> = open.iter().map(|(_, parts)| parts.p_value).collect();
        let real = discoveries(&p_values, FALSE_DISCOVERY);
        for (at, (piece, parts)) in open.iter_mut().enumerate() {
            piece.change.reason = if real.binary_search(&at).is_ok() {
                ChangeReason::Conversion
            } else if piece.has_other_share && explains(parts.mix, parts.moved) {
                ChangeReason::Mix
            } else {
                ChangeReason::Noise
            };
        }
        Ok(())
    }
}

impl Comparison<'_> {
    /// How likely chance is to keep the outcomes of these leads so far from those expected.
    fn p_value(&self, leads: &[u32], expected: &[f64]) -> f64 {
        let (difference, variance) = leads.iter().fold((0.0, 0.0), |(difference, variance), &lead| {
            let (won, chance) = (self.both.leads.converted[lead as usize], expected[lead as usize]);
            (difference + f64::from(u8::from(won)) - chance, variance + chance * (1.0 - chance))
        });
        if variance > 0.0 { 2.0 * above((difference / variance.sqrt()).abs()) } else { 1.0 }
    }
}

/// Leads with an answer, of all.
struct Share {
    n: f64,
    of: f64,
}

/// Two shares that differ by more than chance (1 in 100), and by a fifth.
fn has_other_share(then: &Share, now: &Share) -> bool {
    let (before, after) = (then.n / then.of.max(1.0), now.n / now.of.max(1.0));
    let pooled = (then.n + now.n) / (then.of + now.of).max(1.0);
    let error = (pooled * (1.0 - pooled) * (1.0 / then.of.max(1.0) + 1.0 / now.of.max(1.0))).sqrt();
    let smaller = before.min(after).max(f64::MIN_POSITIVE);
    (after - before).abs() > 2.576 * error && before.max(after) / smaller > 1.2
}

impl CellCount {
    fn add(&mut self, other: Self) {
        self.n += other.n;
        self.n_fresh += other.n_fresh;
        self.won += other.won;
        self.promised += other.promised;
    }
}

fn count_codes(both: &Both<'_>, by_code: &ByCode<'_>, counted: &[u32]) -> Vec<CellCount> {
    let mut counts = vec![CellCount::default(); by_code.n_codes];
    for &code in &*by_code.codes {
        counts[usize::from(code)].n += 1.0;
    }
    for &lead in counted {
        let count = &mut counts[usize::from(by_code.codes[lead as usize])];
        count.n_fresh += 1.0;
        count.won += f64::from(u8::from(both.leads.converted[lead as usize]));
        count.promised += promise(&both.champion.card, both.champion_scores[lead as usize]);
    }
    counts
}

/// Labelled leads that have other points on the new card for at least one answer.
fn n_leads_changed(both: &Both<'_>) -> u64 {
    let champion = &both.champion.card;
    let mut has_changed = vec![false; both.leads.n_leads()];
    for (at, cells) in both.cells.iter().enumerate() {
        let points = |criterion: Option<&Criterion>| {
            criterion
                .map_or_else(|| vec![0; cells.column.meaning.n_codes()], |criterion| points_of_cells(criterion, cells))
        };
        let before =
            points(both.places.iter().position(|place| *place == Some(at)).map(|place| &champion.criteria[place]));
        let now = points(both.criteria.iter().find(|criterion| criterion.name == both.names[at]));
        for (has_changed, &cell) in has_changed.iter_mut().zip(&cells.column.cells) {
            *has_changed |= before[usize::from(cell)] != now[usize::from(cell)];
        }
    }
    for pair in both.pairs {
        for (lead, has_changed) in has_changed.iter_mut().enumerate() {
            let [before, now] = [&pair.before, &pair.now]
                .map(|pair| pair.as_ref().map_or(0, |pair| pair.criterion.levels[pair.levels[lead]].points));
            *has_changed |= before != now;
        }
    }
    has_changed.into_iter().filter(|has_changed| *has_changed).count() as u64
}

/// Whether a part goes the way of the whole, and at least half of it.
fn explains(part: f64, whole: f64) -> bool {
    part * whole > 0.0 && part.abs() >= 0.5 * whole.abs()
}

/// Scales that differ by less than this share are the same.
const SAME_SCALE: f64 = 1e-6;

/// What moved a piece, log-odds beside the criterion's other leads.
struct Parts {
    /// By the promises alone, from the leads of then to those of now.
    mix: f64,
    /// In all: the points of the new card less those of the champion.
    moved: f64,
    p_value: f64,
}

/// The same leads fitted to what the champion promised, and to what those it had not seen did beside what it promised of the others.
struct Fits {
    seen: Weights,
    promised: Weights,
    /// Fits to the promises alone of the leads that the champion had not seen, and of those before, each as if there were as many as in
    /// all; `None` where either part is empty.
    now_and_then: Option<(Weights, Weights)>,
    /// Curvature of loss and penalty, intercept first.
    hessian: faer::Mat<f64>,
}

impl Fits {
    fn new(comparison: &Comparison<'_>) -> Result<Self, FitError> {
        let Comparison { both, refitted, everyone, counted } = *comparison;
        let codes = refitted.bins.encode(both.cells, everyone);
        let promises: Vec<f64> =
            both.champion_scores.iter().map(|&score| promise(&both.champion.card, score)).collect();
        let mut won = promises.clone();
        counted.iter().for_each(|&lead| won[lead as usize] = f64::from(u8::from(both.leads.converted[lead as usize])));
        let params = NewtonParams::default();
        let fit = |outcome: &[f64]| {
            let observed = Observed { codes: &codes, outcome, weight: None };
            Ok::<_, FitError>(
                minimise(&observed, refitted.penalty, &average_lead(&observed)?, &mut Known::default(), &params)?.0,
            )
        };
        let (seen, promised) = (fit(&won)?, fit(&promises)?);
        let is_counted = {
            let mut is_counted = vec![false; everyone.len()];
            counted.iter().for_each(|&lead| is_counted[lead as usize] = true);
            is_counted
        };
        let of_part = |wanted: bool| {
            let leads: Vec<u32> =
                everyone.iter().copied().filter(|&lead| is_counted[lead as usize] == wanted).collect();
            let codes = refitted.bins.encode(both.cells, &leads);
            let outcome: Vec<f64> = leads.iter().map(|&lead| promises[lead as usize]).collect();
            let weight = vec![everyone.len() as f64 / leads.len().max(1) as f64; leads.len()];
            let observed = Observed { codes: &codes, outcome: &outcome, weight: Some(&weight) };
            Ok::<_, FitError>(
                minimise(&observed, refitted.penalty, &average_lead(&observed)?, &mut Known::default(), &params)?.0,
            )
        };
        let n_counted = counted.len();
        let has_both = n_counted > 0 && n_counted < everyone.len();
        let now_and_then = if has_both { Some((of_part(true)?, of_part(false)?)) } else { None };
        let observed = Observed { codes: &codes, outcome: &won, weight: None };
        let mut hessian = observed.hessian(seen.intercept, &seen.coefficients, params.curvature_leads);
        refitted.penalty.add_hessian(&mut hessian);
        Ok(Self { seen, promised, now_and_then, hessian })
    }

    /// What the leads that count tell, as curvature of the loss alone.
    fn evidence(&self, comparison: &Comparison<'_>) -> faer::Mat<f64> {
        let Comparison { both, refitted, counted, .. } = *comparison;
        let codes = refitted.bins.encode(both.cells, counted);
        let won: Vec<f64> =
            counted.iter().map(|&lead| f64::from(u8::from(both.leads.converted[lead as usize]))).collect();
        let observed = Observed { codes: &codes, outcome: &won, weight: None };
        observed.hessian(self.seen.intercept, &self.seen.coefficients, NewtonParams::default().curvature_leads)
    }

    /// Chance of each labelled lead by what the champion promised and what both fits say has changed since; nothing where nobody asks.
    fn expected(&self, comparison: &Comparison<'_>, is_wanted: bool) -> Vec<f64> {
        let Comparison { both, refitted, everyone, .. } = *comparison;
        if !is_wanted {
            return Vec::new();
        }
        let codes = refitted.bins.encode(both.cells, everyone);
        let [seen, promised] =
            [&self.seen, &self.promised].map(|fit| loss::log_odds(&codes, fit.intercept, &fit.coefficients));
        (both.champion_scores.iter().zip(seen.iter().zip(&promised)))
            .map(|(&score, (seen, promised))| logistic(log_odds(&both.champion.card, score) + seen - promised))
            .collect()
    }

    fn parts(
        &self,
        comparison: &Comparison<'_>,
        piece: &Piece,
        reference: &Reference,
        error_of: impl Fn(&[f64]) -> f64,
    ) -> Parts {
        let Comparison { both, refitted, .. } = *comparison;
        let at = refitted.bins.criteria.iter().position(|bins| bins.criterion == piece.criterion).unwrap_or_default();
        let range = refitted.chains.range(at);
        let share = |counts: &[f64]| -> Vec<f64> {
            let total: f64 = counts.iter().sum();
            counts.iter().map(|n| n / total.max(1.0)).collect()
        };
        let (own, others) = (share(&piece.in_bin), share(&reference.in_bin));
        let contrast: Vec<f64> = own.iter().zip(&others).map(|(own, others)| own - others).collect();
        let of = |b: &[f64]| contrast.iter().zip(&b[range.clone()]).map(|(c, b)| c * b).sum::<f64>();
        let (seen, promised) = (of(&self.seen.coefficients), of(&self.promised.coefficients));
        let before = (f64::from(piece.change.points_before) - reference.points_before)
            / both.champion.card.provenance.points_per_log_odds;
        let now = (f64::from(piece.change.points_now) - reference.points_now) / refitted.scale;
        let mut whole = vec![0.0; self.hessian.nrows()];
        whole[1 + range.start..1 + range.end].copy_from_slice(&contrast);
        let error = error_of(&whole);
        let p_value = if error > 0.0 { 2.0 * above(((seen - promised) / error).abs()) } else { 1.0 };
        let mix = self.now_and_then.as_ref().map_or(0.0, |(now, then)| of(&now.coefficients) - of(&then.coefficients));
        Parts { mix, moved: now - before, p_value }
    }
}

#[cfg(test)]
mod tests {
    use super::explains;

    #[test]
    fn half_of_a_move_explains_it_and_the_other_way_does_not() {
        assert!(explains(0.1, 0.2) && explains(-0.3, -0.2));
        assert!(!explains(0.09, 0.2) && !explains(-0.2, 0.2) && !explains(0.0, 0.0));
    }
}
