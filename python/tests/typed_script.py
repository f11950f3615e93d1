"""A typed program, for mypy: what every call gives."""

from __future__ import annotations

from typing import assert_type

import bantam


def program() -> None:
    run = bantam.calibrate("leads.parquet", converted="won", folds="random:5", config={"points": {"total": 200}})
    assert_type(run, bantam.Run)
    assert_type(run.card, bantam.Card)
    assert_type(run.card.to_json(), str)
    assert_type(run.notes, list[str])
    assert_type(run.compare("top 50/month"), bantam.Report)
    assert_type(run.report(), str)
    assert_type(bantam.Card.load("card.json").criteria, list[str])
    assert_type(bantam.check("leads.parquet").failed, list[str])
    assert_type(bantam.monitor(run.card, "leads.parquet").card, bantam.Card | None)
    try:
        bantam.feedback("bantam.toml")
    except bantam.BantamError as error:
        assert_type(error.exit_code, int)
