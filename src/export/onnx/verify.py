"""Scores the made-up leads of an exported card; prints nothing when each gets its points.

    python3 card.verify.py card.onnx

`score` shows how leads are prepared for the model. Needs onnxruntime, which brings numpy along.
"""

import json
import sys
import unicodedata

try:
    import numpy as np
    import onnxruntime
except ImportError as problem:
    sys.exit(f"{problem}; install it with: pip install onnxruntime")

WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"


def score(session, leads):
    """The outputs of the model by name: `score`, `points` (per criterion), `probability`, `band`.

    - leads: dictionaries with a value per column of the card; None is missing.
    """
    about = session.get_modelmeta().custom_metadata_map
    feed = {}
    for column in json.loads(about["bantam.inputs"]):
        values = [lead[column["name"]] for lead in leads]
        if column["kind"] == "number":
            feed[column["name"]] = np.array([np.nan if x is None else float(x) for x in values], dtype=np.float64)
        elif column["kind"] == "text":
            feed[column["name"]] = np.array([tidy(x or "") for x in values], dtype=object)
        else:
            feed[column["name"]] = np.array([bool(x) for x in values], dtype=bool)
            feed[column["missing"]] = np.array([x is None for x in values], dtype=bool)
    outputs = json.loads(about["bantam.outputs"])
    return dict(zip(outputs, session.run(list(outputs.values()), feed)))


def tidy(text):
    """A text as the card compares it."""
    return unicodedata.normalize("NFC", text).strip(WHITE_SPACE)


def main(path):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    about = session.get_modelmeta().custom_metadata_map
    golden = json.loads(about["bantam.golden"])
    bands = json.loads(about.get("bantam.golden_bands", "null"))
    scored = score(session, [row["inputs"] for row in golden])
    differing = 0
    for number, row in enumerate(golden, start=1):
        points, total = scored["points"][number - 1].tolist(), int(scored["score"][number - 1])
        if points != row["points"] or total != row["score"]:
            differing += 1
            print(f"row {number}: points {points}, score {total} instead of {row['points']}, {row['score']}")
        elif bands is not None and scored["band"][number - 1] != bands[number - 1]:
            differing += 1
            print(f"row {number}: band {scored['band'][number - 1]} instead of {bands[number - 1]}")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
