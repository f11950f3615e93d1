"""What the tests share: the command, the sample data, and one run folder made from it."""

import dataclasses
import json
import os
import pathlib
import subprocess
import tomllib

import pytest

from places import CONFIG, ROOT


class Command:
    """`bantam` as a user runs it, from the root of the repository."""

    def __init__(self, path):
        self.path = path

    def __call__(self, *arguments, stdin=None, exit_code=0):
        done = subprocess.run([self.path, *map(str, arguments)], cwd=ROOT, input=stdin, capture_output=True, text=True)
        assert done.returncode == exit_code, f"bantam {arguments} ended with {done.returncode}:\n{done.stderr}"
        return done.stdout


@dataclasses.dataclass
class Run:
    """One run folder, read."""

    folder: pathlib.Path

    def json(self, name):
        return json.loads((self.folder / name).read_text())

    @property
    def files(self):
        return {str(path.relative_to(self.folder)): path for path in sorted(self.folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="session")
def bantam():
    return Command(os.environ["BANTAM"])


@pytest.fixture(scope="session")
def calibrate(bantam):
    """Runs the README's first command into a folder of one's own."""

    def calibrate(out, *more):
        bantam("calibrate", CONFIG, "--out", out, *more)
        return Run((out / "current").resolve(strict=True))

    return calibrate


@pytest.fixture(scope="session")
def run(calibrate, tmp_path_factory):
    return calibrate(tmp_path_factory.mktemp("first"))


@pytest.fixture(scope="session")
def card(run):
    return run.json("card.json")


@pytest.fixture(scope="session")
def metrics(run):
    return run.json("metrics.json")


@pytest.fixture(scope="session")
def config():
    return tomllib.loads(CONFIG.read_text())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A test that is skipped has judged nothing, so it fails."""
    report = yield
    if report.skipped:
        report.outcome, report.longrepr = "failed", f"{item.nodeid} was skipped"
    return report
