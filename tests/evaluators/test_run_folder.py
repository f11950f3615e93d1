"""The run folder as files: hashes, schemas, the same bytes twice."""

import hashlib
import json

import jsonschema
import polars as pl
import pytest

from places import CONFIG


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_manifest_names_every_file_with_its_hash(run):
    listed = {entry["name"]: (entry["sha256"], entry["n_bytes"]) for entry in run.json("MANIFEST.json")["files"]}
    found = {name: (sha256(path), path.stat().st_size) for name, path in run.files.items() if name != "MANIFEST.json"}
    assert listed == found


def test_the_manifest_names_every_input_with_its_hash(run, metrics, config):
    inputs = run.json("MANIFEST.json")["inputs"]
    assert {entry["table"] for entry in inputs} == {"leads", "outcomes", "events"}
    assert inputs == metrics["inputs"]
    by_path = {str(path.relative_to(CONFIG.parent)): path for path in CONFIG.parent.rglob("*") if path.is_file()}
    for entry in inputs:
        path = next(path for name, path in by_path.items() if entry["path"].endswith(name))
        assert (entry["sha256"], entry["n_bytes"]) == (sha256(path), path.stat().st_size)
        assert entry["n_rows"] == pl.scan_parquet(path).select(pl.len()).collect().item()


def test_parquet_files_carry_the_fingerprint_of_their_card(run):
    for name in ("out_of_fold.parquet", "frontier.parquet"):
        assert pl.read_parquet_metadata(run.folder / name)["bantam.card_sha256"] == sha256(run.folder / "card.json")


def test_a_second_run_gives_the_same_bytes(run, calibrate, tmp_path):
    again = calibrate(tmp_path)
    assert again.folder.name == run.folder.name, "the name is a fingerprint of inputs, config and version"
    assert again.files.keys() == run.files.keys()
    for name in run.files:
        if name not in ("metrics.json", "MANIFEST.json"):
            assert sha256(again.files[name]) == sha256(run.files[name]), name
    first, second = run.json("metrics.json"), again.json("metrics.json")
    assert first.pop("seconds") and second.pop("seconds")
    assert first == second


@pytest.mark.parametrize("name", ["card", "metrics"])
def test_what_is_written_follows_its_schema(bantam, run, name):
    schema = json.loads(bantam("schema", name))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(run.json(f"{name}.json"))


def test_the_config_follows_its_schema(bantam, config):
    schema = json.loads(bantam("schema", "config"))
    jsonschema.Draft202012Validator(schema).validate(config)
    with pytest.raises(jsonschema.ValidationError, match="totl"):
        jsonschema.Draft202012Validator(schema).validate(config | {"points": {"totl": 100}})
