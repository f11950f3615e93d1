"""The walk-through of scores inside PostgreSQL: every command run in order, every answer compared with what stands there."""

import os
import pathlib
import re
import subprocess

import pytest

from databases import postgres  # noqa: F401
from places import ROOT

PAGE = ROOT / "notebooks" / "02_scores_in_postgresql.md"
STEP = re.compile(r"```sh\n(.*?)```\n(?:\n```text\n(.*?)```)?", re.DOTALL)


@pytest.fixture
def shell(bantam, postgres, tmp_path):
    """A shell in a folder with the sample data, `bantam` and a server at hand."""
    (tmp_path / "data").symlink_to(ROOT / "data")
    (tmp_path / "bantam").symlink_to(pathlib.Path(bantam.path).resolve())
    path = os.pathsep.join([str(tmp_path), str(postgres.programs), os.environ["PATH"]])
    place = {"PATH": path, "PGHOST": postgres.host, "PGPORT": str(postgres.port), "PGUSER": postgres.role, "PGTZ": "UTC"}

    def shell(commands):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands],
            cwd=tmp_path,
            env={**os.environ, **place, "PSQLRC": "/dev/null", "PSQL_PAGER": "cat"},
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, ""), commands
        return done.stdout

    return shell


def test_every_step_answers_what_the_page_says(shell):
    steps = STEP.findall(PAGE.read_text())
    assert len(steps) >= 10
    for commands, answer in steps:
        assert shell(commands).strip() == answer.strip(), commands
