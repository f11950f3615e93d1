"""Peers timed on this machine, each right before Bantam does the same set, so that both feel the same load."""

import time

from table import Table

SIDE_BY_SIDE = """
Seconds of one fit on four folds, side by side on this machine as it is now. {tool} works on values in memory; Bantam's
seconds are a share of the whole command, reading and writing included.
"""


def time_peers(shared, sets_of_tool, bantam_seconds_a_card):
    """Prints a table per tool that is installed; returns its figures.

    - `sets_of_tool`: data sets per tool.
    - `bantam_seconds_a_card`: a function of tool and set.
    """
    try:
        import polars
    except ImportError:
        print("--live needs polars to read the data: pip install polars pyarrow\n")
        return {}
    figures = {}
    for tool, fit in {"FasterRisk": time_fasterrisk, "OptBinning": time_optbinning}.items():
        try:
            __import__(tool.lower())
        except ImportError as missing:
            print(f"{tool} is not timed: {missing}\n")
            continue
        table = Table("set<", "Bantam", tool, "times faster")
        for name in sets_of_tool[tool]:
            rows = polars.read_parquet(shared / "data" / f"{name}.parquet").filter(polars.col("fold") != 0)
            theirs = fit(rows.drop("row_id", "fold", "converted"), rows["converted"].to_numpy())
            ours = bantam_seconds_a_card(tool, name)
            table.row(name, f"{ours:.4f}", f"{theirs:.3f}", f"{theirs / ours:.0f}")
            figures.setdefault(tool, {})[name] = {"bantam_seconds_a_card": ours, "peer_seconds_a_fit": theirs}
        print(SIDE_BY_SIDE.strip().format(tool=tool) + "\n")
        table.show()
    return figures


def time_fasterrisk(rows, converted):
    """Five criteria, points in -5..5."""
    from fasterrisk.fasterrisk import RiskScoreOptimizer

    x = rows.cast({name: float for name in rows.columns}).to_numpy()
    start = time.perf_counter()
    RiskScoreOptimizer(X=x, y=converted * 2.0 - 1.0, k=5, lb=-5, ub=5).optimize()
    return time.perf_counter() - start


def time_optbinning(rows, converted):
    """The card of peers.json."""
    import polars
    from optbinning import BinningProcess, Scorecard
    from sklearn.linear_model import LogisticRegression

    rows = rows.with_columns(polars.col(polars.Boolean).cast(polars.Int8))
    text = [name for name, kind in rows.schema.items() if kind == polars.String]
    frame = rows.to_pandas()
    frame[text] = frame[text].astype(object)
    start = time.perf_counter()
    card = Scorecard(
        binning_process=BinningProcess(list(frame.columns), categorical_variables=text),
        estimator=LogisticRegression(max_iter=500),
        scaling_method="min_max",
        scaling_method_params={"min": 0, "max": 100},
        rounding=True,
        reverse_scorecard=True,
    )
    card.fit(frame, converted.astype(int), metric_missing="empirical", metric_special="empirical")
    return time.perf_counter() - start
