"""Every piece of Python on the pages runs, page by page, in a folder with the sample's data."""

from __future__ import annotations

import pathlib
import re
import shutil

import numpy as np
import polars as pl
import pytest
from conftest import DATA, ROOT

PAGES = ["README.md", "docs/python.md", "python/README.md"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.filterwarnings("ignore::bantam.DoNotUseWarning")
def test_python_of_the_page_runs(page: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text(), flags=re.DOTALL | re.MULTILINE)
    assert blocks, f"{page} has no Python"
    shutil.copytree(DATA, tmp_path / "data")
    leads = made_up_leads(1_500)
    leads.head(1_400).write_parquet(tmp_path / "leads.parquet")
    leads.tail(100).drop("won").write_parquet(tmp_path / "new_leads.parquet")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "page"}
    for number, block in enumerate(blocks, 1):
        exec(compile(block, f"{page}, block {number}", "exec"), names)


def made_up_leads(n: int) -> pl.DataFrame:
    rng = np.random.default_rng(4)
    budget = rng.choice(["none", "asked", "approved"], n)
    visits = rng.poisson(3, n)
    log_odds = -2 + 1.5 * (budget == "approved") + 0.2 * visits
    return pl.DataFrame({"budget": budget, "visits": visits, "won": rng.random(n) < 1 / (1 + np.exp(-log_odds))})
