"""One tool at one job, in a process of its own: `python tools.py JOB ARGUMENTS`; the last line printed is JSON.

`wall` and `cpu` begin after the imports and end with the job, reading included; judging what came of it is not counted. A tool
that is not installed says so under `missing`.
"""

import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")


class Stopwatch:
    """Wall and CPU seconds since it was made; `lap` keeps those of a step."""

    def __init__(self):
        self.wall, self.cpu = time.perf_counter(), time.process_time()
        self.laps, self.last = {}, self.wall

    def lap(self, name):
        now = time.perf_counter()
        self.laps[name] = self.laps.get(name, 0.0) + now - self.last
        self.last = now

    def seconds(self):
        return {"wall": time.perf_counter() - self.wall, "cpu": time.process_time() - self.cpu, "laps": self.laps}


def read(*files):
    """Whole files into memory by polars, all columns, and nothing else."""
    import polars

    watch = Stopwatch()
    tables = [polars.read_parquet(file) for file in files]
    return watch.seconds() | {"rows": [table.height for table in tables]}


def optbinning(leads, folds):
    """A card for each of five folds and one on all leads: bins, logistic regression, whole points; each scores the leads it
    judges, the last one all. Settings and columns are taken as they come, and nothing is written."""
    import numpy
    import polars
    from optbinning import BinningProcess, Scorecard
    from sklearn.linear_model import LogisticRegression

    fold_of = numpy.load(folds)
    watch = Stopwatch()
    table = polars.read_parquet(leads)
    converted = table["converted"].to_numpy().astype(int)
    rows = table.drop("id", "converted")
    text = [name for name, kind in rows.schema.items() if kind == polars.String]
    frame = rows.to_pandas()
    frame[text] = frame[text].astype(object)
    del table, rows
    watch.lap("read")

    def card_of(frame, converted):
        card = Scorecard(
            binning_process=BinningProcess(list(frame.columns), categorical_variables=text, n_jobs=-1),
            estimator=LogisticRegression(max_iter=500),
            scaling_method="min_max",
            scaling_method_params={"min": 0, "max": 100},
            rounding=True,
            reverse_scorecard=True,
        )
        card.fit(frame, converted, metric_missing="empirical", metric_special="empirical")
        watch.lap("fit")
        return card

    def score_unseen(fitted, judged):
        return card_of(frame.iloc[fitted], converted[fitted]).score(frame.iloc[judged])

    scores = scores_of_unseen(fold_of, score_unseen, watch)
    card_of(frame, converted).score(frame)
    watch.lap("score")
    return watch.seconds() | {"auc": auc_by_fold(scores, converted, fold_of)}


def lightgbm(leads, folds):
    """300 trees of 15 leaves for each of five folds and on all leads; each predicts the leads it judges, the last one all."""
    import lightgbm
    import numpy
    import polars

    fold_of = numpy.load(folds)
    watch = Stopwatch()
    table = polars.read_parquet(leads)
    converted = table["converted"].to_numpy().astype(int)
    rows = table.drop("id", "converted")
    text = [name for name, kind in rows.schema.items() if kind == polars.String]
    # Texts as codes: what LightGBM makes of a category anyway, without the way through pandas.
    matrix = rows.with_columns(polars.col(text).cast(polars.Categorical).to_physical()).cast(polars.Float32).to_numpy()
    categories = [rows.columns.index(name) for name in text]
    del table, rows
    watch.lap("read")

    def trees_of(matrix, converted):
        trees = lightgbm.LGBMClassifier(
            n_estimators=300, learning_rate=0.03, num_leaves=15, min_child_samples=50, verbose=-1, n_jobs=-1
        )
        trees.fit(matrix, converted, categorical_feature=categories)
        watch.lap("fit")
        return trees

    def score_unseen(fitted, judged):
        return trees_of(matrix[fitted], converted[fitted]).predict_proba(matrix[judged])[:, 1]

    chances = scores_of_unseen(fold_of, score_unseen, watch)
    trees_of(matrix, converted).predict_proba(matrix)
    watch.lap("score")
    return watch.seconds() | {"auc": auc_by_fold(chances, converted, fold_of)}


def fasterrisk(leads, folds):
    """The fit alone: five columns, points in -5..5, on all folds but the first, from a matrix in memory."""
    import numpy
    import polars
    from fasterrisk.fasterrisk import RiskScoreOptimizer

    fold_of = numpy.load(folds)
    table = polars.read_parquet(leads)
    converted = table["converted"].to_numpy().astype(float)
    matrix = table.drop("id", "row_id", "fold", "converted", strict=False).cast(polars.Float64).to_numpy()
    is_judged = fold_of == fold_of.min()
    fitted, outcome = matrix[~is_judged], converted[~is_judged] * 2 - 1
    watch = Stopwatch()
    optimizer = RiskScoreOptimizer(X=fitted, y=outcome, k=5, lb=-5, ub=5)
    optimizer.optimize()
    multiplier, intercept, points = optimizer.get_models(model_index=0)
    seconds = watch.seconds()
    log_odds = (matrix @ points + intercept) / multiplier
    loss = numpy.logaddexp(0, log_odds) - converted * log_odds
    return seconds | {
        "rows": len(fitted),
        "columns": matrix.shape[1],
        "log_loss_fit": loss[~is_judged].mean(),
        "log_loss_judged": loss[is_judged].mean(),
    }


def event_features(leads, events, features):
    """DuckDB reads leads and events from Parquet and makes a table of features in memory, one row a lead; nothing is written."""
    import duckdb

    watch = Stopwatch()
    database = quiet_database(duckdb)
    database.execute(f"CREATE TABLE features AS {features_sql(leads, events, features)}")
    return watch.seconds() | {"rows": database.execute("SELECT count(*) FROM features").fetchone()[0]}


def event_scores(leads, events, features, card_sql, columns, out):
    """The same, and the card's SQL on top: leads and events from Parquet, scores to Parquet."""
    import duckdb

    watch = Stopwatch()
    database = quiet_database(duckdb)
    database.execute(f"CREATE TABLE leads AS {features_sql(leads, events, features)}")
    write_scores(database, card_sql, columns, out)
    return watch.seconds()


def scores(leads, card_sql, columns, out):
    """The card's SQL, as `bantam export` writes it, in DuckDB: leads from Parquet, scores to Parquet."""
    import duckdb

    watch = Stopwatch()
    database = quiet_database(duckdb)
    database.execute(f"CREATE VIEW leads AS SELECT * FROM read_parquet('{leads}')")
    write_scores(database, card_sql, columns, out)
    return watch.seconds()


def write_scores(database, card_sql, columns, out):
    import pathlib

    scored = pathlib.Path(card_sql).read_text().rstrip().removesuffix(";")
    database.execute(f"COPY (SELECT {columns} FROM ({scored}\n) AS scored) TO '{out}' (FORMAT parquet, COMPRESSION zstd)")


def quiet_database(duckdb):
    database = duckdb.connect()
    database.execute("SET enable_progress_bar = false; SET TimeZone = 'UTC'")
    return database


def features_sql(leads, events, features):
    """Features of every lead as of its hand-off: an event counts if `as_of - within < at <= as_of`, as with Bantam.

    - `features`: JSON, name to `kind` (or none), `within` in days (or none), and `measure`, as in Bantam's config.
    """
    expressions = []
    for name, wanted in json.loads(features).items():
        conditions = ["events.at IS NOT NULL"]
        if wanted.get("kind"):
            conditions.append(f"kind = '{wanted['kind']}'")
        if wanted.get("within"):
            conditions.append(f"events.at > as_of - INTERVAL {wanted['within']} DAY")
        measure, _, column = wanted["measure"].partition(":")
        value = {
            "count": "count(*)",
            "sum": f"sum({column})",
            "active_days": "count(DISTINCT events.at::DATE)",
            "days_since_last": "max(events.at)",
        }[measure]
        value = f"{value} FILTER ({' AND '.join(conditions)})"
        if measure == "sum":
            value = f"coalesce({value}, 0)"
        if measure == "days_since_last":
            # `//` of whole microseconds rounds towards zero; no event used is later than as-of.
            value = f"(epoch_us(any_value(as_of)) - epoch_us({value})) // 86400000000"
        expressions.append(f'{value} AS "{name}"')
    return (
        f"SELECT leads.id AS id, {', '.join(expressions)} FROM '{leads}' AS leads "
        f"LEFT JOIN '{events}' AS events ON events.lead = leads.id AND events.at <= as_of GROUP BY leads.id"
    )


def scores_of_unseen(fold_of, score_unseen, watch):
    """Of every lead the score by what was fitted on the other folds.

    - `score_unseen`: scores of the second leads by what is fitted on the first; both by their positions.
    """
    import numpy

    scores = numpy.zeros(len(fold_of))
    for fold in numpy.unique(fold_of):
        judged = numpy.flatnonzero(fold_of == fold)
        scores[judged] = score_unseen(numpy.flatnonzero(fold_of != fold), judged)
        watch.lap("score")
    return scores


def auc_by_fold(scores, converted, fold_of):
    """Mean over folds of the chance that a lead that converted has more than one that did not; ties count half."""
    import numpy
    import polars

    found = []
    for fold in numpy.unique(fold_of):
        own = fold_of == fold
        ranks, won = polars.Series(scores[own]).rank("average").to_numpy(), converted[own].astype(bool)
        n_won = int(won.sum())
        found.append((ranks[won].sum() - n_won * (n_won + 1) / 2) / (n_won * (len(won) - n_won)))
    return float(numpy.mean(found))


JOBS = {job.__name__: job for job in [read, optbinning, lightgbm, fasterrisk, scores, event_features, event_scores]}

if __name__ == "__main__":
    try:
        found = JOBS[sys.argv[1]](*sys.argv[2:])
    except ModuleNotFoundError as error:
        found = {"missing": f"not timed: {error}"}
    print("\n" + json.dumps(found))
