"""What the README shows is what the program says."""

import re

from places import ROOT

README = (ROOT / "README.md").read_text()


def test_every_line_of_the_readmes_excerpts_comes_from_a_run(bantam, run, tmp_path):
    # The summary names its folder; a run into another one says all the rest the same.
    said = bantam("calibrate", "data/bantam.toml", "--out", tmp_path).splitlines()
    said += (run.folder / "card.txt").read_text().splitlines()
    excerpts = re.findall(r"```text\n(.*?)```", README, re.DOTALL)
    assert excerpts
    for line in "\n".join(excerpts).splitlines():
        assert line in said, line


def test_every_command_of_the_readme_exists(bantam):
    for name in set(re.findall(r"`bantam (\w+)|^bantam (\w+)", README, re.MULTILINE)):
        bantam("".join(name), "--help")
