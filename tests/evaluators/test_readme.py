"""What the README shows is what the program says."""

import re

from places import ROOT

README = (ROOT / "README.md").read_text()


def test_every_line_of_the_readmes_excerpts_comes_from_a_run(bantam, run, tmp_path):
    # The summary names its folder; a run into another one says all the rest the same.
    said = bantam("calibrate", "data/bantam.toml", "--out", tmp_path).splitlines()
    said += (run.folder / "card.txt").read_text().splitlines()
    said += bantam("compare", "--a", "50@25%", "--b", "100@10%").splitlines()
    said += bantam("feedback", "data/bantam.toml", "--run", run.folder, "--out", tmp_path / "feedback").splitlines()
    said += bantam("monitor", run.folder / "card.json", "--config", "data/bantam.toml").splitlines()
    excerpts = re.findall(r"```text\n(.*?)```", README, re.DOTALL)
    assert excerpts
    for line in "\n".join(excerpts).splitlines():
        assert line in said, line


def test_every_command_of_the_readme_exists(bantam):
    names = set(re.findall(r"\| `bantam (\w+)", README))
    assert {"calibrate", "score", "schema"} <= names
    for name in names:
        bantam(name, "--help")


def test_every_command_of_the_program_is_in_the_readme(bantam):
    listed = re.findall(r"^  (\w+) ", bantam("--help").split("Commands:")[1].split("Options:")[0], re.MULTILINE)
    assert {name for name in listed if name != "help"} == set(re.findall(r"\| `bantam (\w+)", README))
