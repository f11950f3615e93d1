"""`bantam export --to onnx`: the graph checked by onnx and run by ONNX Runtime."""

import json
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
import polars as pl
import pytest
from onnx import TensorProto, shape_inference

import card_scorer
import cards
from cases import cases, make_case  # noqa: F401

WIDE = {TensorProto.DOUBLE, TensorProto.INT64, TensorProto.STRING, TensorProto.BOOL}


@pytest.fixture(scope="module")
def export(bantam, tmp_path_factory):
    def export(case, *more):
        path = tmp_path_factory.mktemp("onnx") / "card.onnx"
        bantam("export", case.path, "--to", "onnx", "-o", path, "--quiet", *more)
        return path

    return export


def feed(case):
    """The leads as the notes of the export want them: doubles with NaN, texts without white space at the ends, flags."""
    fed = {}
    for column in case.columns:
        values = case.leads[column]
        if values.dtype == pl.Boolean:
            fed[column] = values.fill_null(False).to_numpy()
            fed[f"{column}__missing"] = values.is_null().to_numpy()
        elif values.dtype == pl.String:
            trimmed = [(text or "").strip(card_scorer.WHITE_SPACE) for text in values]
            fed[column] = np.array(trimmed, dtype=object)
        else:
            fed[column] = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    return fed


def run(path, fed):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, fed), strict=True))


def test_every_lead_gets_the_points_of_the_engine(cases, export):
    for case in cases:
        found = run(export(case), feed(case))
        assert found["points"].tolist() == case.points, case.name
        for key in ["score", "probability", "band"]:
            assert found[key].tolist() == [lead[key] for lead in case.scored], (case.name, key)
        assert (found["score"].dtype, found["points"].dtype, found["probability"].dtype) == (np.int64, np.int64, float)


def test_a_card_with_nothing_to_look_up_is_scored_too(bantam, export, tmp_path):
    case = make_case(bantam, tmp_path, "plainest", cards.plainest_card(5), seed=5)
    found = run(export(case), feed(case))
    assert found["points"].tolist() == case.points
    assert found["band"].tolist() == [lead["band"] for lead in case.scored]


def test_texts_need_no_more_than_trimming(cases, export):
    """Texts as they were typed, in any spelling of Unicode; only leads with white space at an end of a text are left out."""
    n_untidy = 0
    for case in cases:
        texts = [column for column, dtype in case.leads.schema.items() if dtype == pl.String]
        rows = case.leads.to_dicts()
        typed = {i for i, row in enumerate(rows) if all((row[c] or "") == (row[c] or "").strip(card_scorer.WHITE_SPACE) for c in texts)}
        n_untidy += len(typed & case.untidy())
        part = case.part(typed)
        fed = feed(part) | {column: part.leads[column].fill_null("").to_numpy().astype(object) for column in texts}
        assert run(export(case), fed)["points"].tolist() == part.points, case.name
    assert n_untidy > 50, "texts that are not normalised are among them"


def test_the_graph_is_sound_and_wide(cases, export):
    for case in cases:
        model = onnx.load(export(case))
        onnx.checker.check_model(model, full_check=True)
        inferred = shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
        graph = inferred.graph
        values = [*graph.input, *graph.output, *graph.value_info]
        known = {value.name for value in values} | {tensor.name for tensor in graph.initializer}
        assert {name for node in graph.node for name in node.output} <= known, "every type is inferred"
        assert {value.type.tensor_type.elem_type for value in values} <= WIDE, case.name
        assert {tensor.data_type for tensor in graph.initializer} <= WIDE, case.name
        for node in graph.node:
            for attribute in node.attribute:
                assert attribute.type not in {onnx.AttributeProto.FLOAT, onnx.AttributeProto.FLOATS}, node.op_type
                assert node.op_type != "Cast" or attribute.i in WIDE
        assert {node.domain for node in graph.node} <= {"", "ai.onnx.ml"}
        assert not any(node.op_type.startswith("TreeEnsemble") for node in graph.node)
        assert {opset.domain: opset.version for opset in model.opset_import} == {"": 13, "ai.onnx.ml": 2}


def test_any_number_of_leads_is_scored_at_once(cases, export):
    for case in cases:
        path, fed = export(case), feed(case)
        for n_leads in [0, 1, 7]:
            found = run(path, {name: values[:n_leads] for name, values in fed.items()})
            assert found["points"].tolist() == case.points[:n_leads]
            assert found["points"].shape == (n_leads, len(case.card["criteria"]))
            assert found["band"].tolist() == [lead["band"] for lead in case.scored[:n_leads]]


def test_the_golden_rows_prove_the_model_and_a_changed_point_disproves_it(cases, export):
    for case in cases:
        path = export(case, "--verify")
        verify = [sys.executable, path.with_name("card.verify.py"), path]
        done = subprocess.run(verify, capture_output=True, text=True)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), case.name
        model = onnx.load(path)
        [points] = [t for t in model.graph.initializer if t.name == f"{case.card['criteria'][0]['name']}: points of levels"]
        points.int64_data[1] += 1
        onnx.save(model, path)
        done = subprocess.run(verify, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (1, ""), case.name
        assert done.stdout.startswith("row ")


def test_the_model_says_where_it_comes_from(cases, export):
    for case in cases:
        session = onnxruntime.InferenceSession(export(case), providers=["CPUExecutionProvider"])
        about = session.get_modelmeta().custom_metadata_map
        assert about["bantam.data_sha256"] == case.card["provenance"]["data_sha256"]
        assert json.loads(about["bantam.criteria"]) == [criterion["name"] for criterion in case.card["criteria"]]
        assert [row["points"] for row in json.loads(about["bantam.golden"])] == [row["points"] for row in case.card["golden"]]
        assert {column["name"] for column in json.loads(about["bantam.inputs"])} == set(case.columns)


def test_a_column_called_like_an_output_keeps_its_name(cases, export):
    case = next(case for case in cases if case.name == "sample")
    column = case.columns[0]
    fed = feed(case)
    fed["score"] = fed.pop(column)
    if f"{column}__missing" in fed:
        fed["score__missing"] = fed.pop(f"{column}__missing")
    found = run(export(case, "--column", f"{column}=score"), fed)
    assert found["score_2"].tolist() == [lead["score"] for lead in case.scored]
