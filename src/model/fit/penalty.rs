//! The penalty of the joint fit: neighbouring bins alike, all bins close to the average lead.

use faer::Mat;

use crate::model::bins::{BinPlan, CriterionBins, PairBins};

/// Which coefficients belong together: one run of bins per column of codes, criteria first and then pairs.
#[derive(Debug, Clone, PartialEq)]
pub struct Chains {
    /// First coefficient of each criterion, and the total at the end: shape `(n_criteria + 1,)`.
    pub offsets: Vec<usize>,
    /// Bins `1..=n_chained[j]` of criterion `j` are neighbours in order; the others stand apart.
    pub n_chained: Vec<usize>,
    /// Ridge of the bins of criterion `j` that borrow from all bins: one over the variance of their weights. Such bins are not
    /// pulled towards neighbours. `None` for other criteria, which share the ridge of the fit.
    pub own_ridge: Vec<Option<f64>>,
    /// The pairs, whose columns come last.
    pub pairs: Vec<PairBins>,
}

/// Ridge that holds the weight of a missing answer in a pair at 0: the criteria themselves say what it is worth.
const NO_ANSWER_RIDGE: f64 = 1e6;

/// Variance of the weights of bins that borrow, before anything is known of it: half a log-odds squared.
pub const USUAL_VARIANCE: f64 = 0.25;

/// Least variance of bins that borrow; a hundredth of a log-odds is no difference, and keeps the ridge finite.
const LEAST_VARIANCE: f64 = 1e-4;

impl Chains {
    /// Of a bin plan.
    pub fn of(plan: &BinPlan) -> Self {
        let mut offsets = vec![0];
        let mut end = 0;
        for bins in &plan.criteria {
            end += bins.n_bins();
            offsets.push(end);
        }
        let own_ridge = |bins: &CriterionBins| bins.is_partially_pooled.then_some(USUAL_VARIANCE.recip());
        let plain = Self {
            offsets,
            n_chained: plan.criteria.iter().map(CriterionBins::n_chained).collect(),
            own_ridge: plan.criteria.iter().map(own_ridge).collect(),
            pairs: Vec::new(),
        };
        plain.with_pairs(&plan.pairs)
    }

    /// The same chains where the weights of criteria whose bins borrow have this variance, log-odds squared.
    #[must_use]
    pub fn with_variance(mut self, variance: Option<f64>) -> Self {
        if let Some(variance) = variance {
            let ridge = variance.max(LEAST_VARIANCE).recip();
            let n_plain = self.n_plain();
            self.own_ridge[..n_plain].iter_mut().flatten().for_each(|own| *own = ridge);
        }
        self
    }

    /// The same chains with pairs behind them.
    #[must_use]
    pub fn with_pairs(&self, pairs: &[PairBins]) -> Self {
        let mut chains = self.clone();
        pairs.iter().for_each(|pair| chains.push_pair(pair));
        chains
    }

    fn push_pair(&mut self, pair: &PairBins) {
        self.offsets.push(self.n_coefficients() + pair.n_bins());
        self.n_chained.push(pair.n_bins() - 1);
        self.own_ridge.push(Some(pair.variance.max(LEAST_VARIANCE).recip()));
        self.pairs.push(pair.clone());
    }

    /// Coefficients of all criteria together.
    pub fn n_coefficients(&self) -> usize {
        self.offsets[self.offsets.len() - 1]
    }

    /// Number of criteria.
    pub fn n_criteria(&self) -> usize {
        self.n_chained.len()
    }

    /// Columns before this one are criteria, those from it on are pairs.
    pub fn n_plain(&self) -> usize {
        self.n_criteria() - self.pairs.len()
    }

    /// The pair of column `j`, where it is one, by the positions that its criteria have among some columns.
    fn pair_among(&self, j: usize, columns: &[usize]) -> Option<PairBins> {
        let pair = self.pairs.get(j.checked_sub(self.n_plain())?)?;
        let place = |criterion: usize| columns.iter().position(|&column| column == criterion).unwrap_or(criterion);
        Some(PairBins { of: pair.of.map(place), ..pair.clone() })
    }

    /// Coefficients of criterion `j`.
    pub fn range(&self, j: usize) -> std::ops::Range<usize> {
        self.offsets[j]..self.offsets[j + 1]
    }

    /// Coefficients `k` of criterion `j` that are pulled towards their neighbour `k + 1`.
    pub fn links(&self, j: usize) -> std::ops::Range<usize> {
        let first = self.offsets[j] + 1;
        let n_links = if self.own_ridge[j].is_some() { 0 } else { self.n_chained[j].saturating_sub(1) };
        first..first + n_links
    }

    /// The chains of some criteria only.
    pub fn select(&self, criteria: &[usize]) -> Self {
        let mut offsets = vec![0];
        let mut end = 0;
        for &j in criteria {
            end += self.range(j).len();
            offsets.push(end);
        }
        Self {
            offsets,
            n_chained: criteria.iter().map(|&j| self.n_chained[j]).collect(),
            own_ridge: criteria.iter().map(|&j| self.own_ridge[j]).collect(),
            pairs: criteria.iter().filter_map(|&j| self.pair_among(j, criteria)).collect(),
        }
    }
}

/// `(1/2) sum_k ridge[k] b[k]^2 + (1/2) sum_k link[k] (b[k+1] - b[k])^2 + (1/2) sum_m purity (mean of b over margin m)^2`.
#[derive(Debug, Clone, PartialEq)]
pub struct Penalty {
    /// Pull towards 0 of each coefficient.
    pub ridge: Vec<f64>,
    /// Pull of coefficient `k` and `k + 1` towards each other; 0 where they are no neighbours.
    pub link: Vec<f64>,
    /// Rows and columns of pairs.
    margins: Vec<Margin>,
}

/// A row or a column of a pair: its coefficients, each with its share of what the leads there tell.
///
/// Its mean is held at 0: what a criterion says on its own stays with the criterion.
type Margin = Vec<(usize, f64)>;

/// Pull of the mean of a margin towards 0. So strong that no card could show what it lets through.
const PURITY: f64 = 1e6;

/// Margins of the pairs of some chains that leads tell something of.
fn margins_of(chains: &Chains) -> Vec<Margin> {
    let of_pair = |(j, pair): (usize, &PairBins)| -> Vec<Margin> {
        let of_line = |codes: Vec<u8>| {
            let curvature = |code: u8| pair.curvature_of_code[usize::from(code)];
            let all: f64 = codes.iter().map(|&code| curvature(code)).sum();
            let share = |code: u8| (chains.offsets[j] + usize::from(code), curvature(code) / all);
            (all > 0.0).then(|| codes.into_iter().map(share).collect())
        };
        pair.lines().into_iter().filter_map(of_line).collect()
    };
    (chains.n_plain()..).zip(&chains.pairs).flat_map(of_pair).collect()
}

/// Added to a difference before its weight is taken (see [`Penalty::reweighted`]): differences well below a tenth of a
/// log-odds are smoothed like equal ones.
const SMALL_DIFFERENCE: f64 = 0.1;

impl Penalty {
    /// The same smoothness on every difference, the same ridge on every bin that does not borrow.
    pub fn flat(chains: &Chains, smoothness: f64, ridge: f64) -> Self {
        let n = chains.n_coefficients();
        let (mut ridges, mut link) = (vec![ridge; n], vec![0.0; n]);
        for j in 0..chains.n_criteria() {
            link[chains.links(j)].fill(smoothness);
            if let Some(own) = chains.own_ridge[j] {
                ridges[chains.range(j)].fill(own);
            }
            if j >= chains.n_plain() {
                ridges[chains.offsets[j]] = NO_ANSWER_RIDGE;
            }
        }
        Self { ridge: ridges, link, margins: margins_of(chains) }
    }

    /// Smoothness divided by `|b[k+1] - b[k]| + 0.1` of an earlier fit `b`: a jump, once seen, is hardly smoothed any more.
    ///
    /// # Source
    /// Iteratively re-weighted quadratic approximation of the fused lasso (Tibshirani et al. 2005; Candès, Wakin, Boyd 2008).
    pub fn reweighted(chains: &Chains, smoothness: f64, ridge: f64, b: &[f64]) -> Self {
        let mut penalty = Self::flat(chains, smoothness, ridge);
        for j in 0..chains.n_criteria() {
            for k in chains.links(j) {
                penalty.link[k] = smoothness / ((b[k + 1] - b[k]).abs() + SMALL_DIFFERENCE);
            }
        }
        penalty
    }

    /// Whether rows and columns of pairs are held at 0.
    pub fn has_margins(&self) -> bool {
        !self.margins.is_empty()
    }

    /// The same penalty with that of further chains behind it.
    ///
    /// - `chains`: those of this penalty, and pairs behind them.
    pub fn extended(&self, chains: &Chains) -> Self {
        let mut all = Self::flat(chains, 0.0, 0.0);
        all.ridge[..self.ridge.len()].copy_from_slice(&self.ridge);
        all.link[..self.link.len()].copy_from_slice(&self.link);
        all
    }

    /// The penalty of some criteria only; no link leads from one criterion to the next.
    pub fn select(&self, chains: &Chains, criteria: &[usize]) -> Self {
        let of = |all: &[f64]| criteria.iter().flat_map(|&j| all[chains.range(j)].iter().copied()).collect();
        Self { ridge: of(&self.ridge), link: of(&self.link), margins: margins_of(&chains.select(criteria)) }
    }

    /// Value at `b`.
    pub fn value(&self, b: &[f64]) -> f64 {
        let ridge: f64 = self.ridge.iter().zip(b).map(|(r, b)| r * b * b).sum();
        let link: f64 = (1..b.len()).map(|k| self.link[k - 1] * (b[k] - b[k - 1]).powi(2)).sum();
        let mean = |margin: &Margin| margin.iter().map(|&(k, share)| share * b[k]).sum::<f64>();
        let impure: f64 = self.margins.iter().map(|margin| mean(margin).powi(2)).sum();
        0.5 * (ridge + link + PURITY * impure)
    }

    /// Adds the gradient at `b` to `gradient` (both of shape `(n_coefficients,)`).
    pub fn add_gradient(&self, b: &[f64], gradient: &mut [f64]) {
        for k in 0..b.len() {
            gradient[k] += self.ridge[k] * b[k];
            if self.link[k] > 0.0 {
                let pull = self.link[k] * (b[k + 1] - b[k]);
                gradient[k] -= pull;
                gradient[k + 1] += pull;
            }
        }
        for margin in &self.margins {
            let mean: f64 = margin.iter().map(|&(k, share)| share * b[k]).sum();
            margin.iter().for_each(|&(k, share)| gradient[k] += PURITY * mean * share);
        }
    }

    /// Adds the curvature of what holds margins at 0 to `hessian` ([`Penalty::add_hessian`] has the rest, which is all that points need).
    pub fn add_hessian_of_margins(&self, hessian: &mut Mat<f64>) {
        for margin in &self.margins {
            for &(j, of_j) in margin {
                for &(k, of_k) in margin {
                    hessian[(j + 1, k + 1)] += PURITY * of_j * of_k;
                }
            }
        }
    }

    /// Adds the curvature to `hessian`, whose row and column 0 belong to the intercept. Both triangles are filled.
    pub fn add_hessian(&self, hessian: &mut Mat<f64>) {
        for k in 0..self.ridge.len() {
            hessian[(k + 1, k + 1)] += self.ridge[k];
            let link = self.link[k];
            if link > 0.0 {
                hessian[(k + 1, k + 1)] += link;
                hessian[(k + 2, k + 2)] += link;
                hessian[(k + 1, k + 2)] -= link;
                hessian[(k + 2, k + 1)] -= link;
            }
        }
    }
}
