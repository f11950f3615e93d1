"""Notebooks run from top to bottom, from their own folder, and come to what is kept in them.

    python3 tests/evaluators/test_notebooks.py      # runs them and keeps what came; read the difference
"""

import pathlib
import sys

import nbformat
import pytest
from nbclient import NotebookClient

from places import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
# They are read on a code host.
MOST_BYTES = 300_000


def run(path):
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(path.parent)}}).execute()
    return notebook


def outputs(notebook):
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def words(notebook):
    """What the cells say, pictures aside: other versions of the tools draw the same differently."""
    said = [output.get("data", {}) for output in outputs(notebook)]
    return [data[kind] for data in said for kind in ("text/markdown", "text/html") if kind in data]


def test_there_are_notebooks():
    assert len(NOTEBOOKS) >= 5


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_comes_to_what_is_kept_in_it(path):
    kept = nbformat.read(path, as_version=4)
    assert path.stat().st_size < MOST_BYTES
    came = run(path)
    assert not [output for output in outputs(came) if output.output_type == "stream"], "a cell prints what nobody asked for"
    assert words(came) == words(kept) and words(kept)
    pictures = [output for output in outputs(kept) if "image/svg+xml" in output.get("data", {})]
    assert pictures and len(outputs(came)) == len(outputs(kept))


def keep(path):
    notebook = run(path)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    notebook.metadata["language_info"] = {"name": "python"}
    nbformat.write(notebook, path)


if __name__ == "__main__":
    for name in sys.argv[1:] or NOTEBOOKS:
        keep(pathlib.Path(name))
