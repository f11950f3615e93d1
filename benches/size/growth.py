#!/usr/bin/env python3
"""How the cost of `bantam calibrate` grows with the data: seconds, CPU seconds and peak memory along five axes.

    venv/bin/python benches/size/growth.py --picture growth.svg
    venv/bin/python benches/size/growth.py --axes leads folds --repeat 1 --markdown growth.md

| axis | from .. to | the rest |
|---|---|---|
| leads | 10,000 .. 1,000,000 | `bantam synth --wide`: 20 criteria, five folds |
| criteria | 5 .. 200 | 20,000 leads; three texts, four counts, three numbers in ten |
| events per lead | 1 .. 100 | 20,000 leads, seven measures as of each hand-off, nothing else on the card |
| levels | 10 .. 3,000 | 50,000 leads, one text of so many levels (the commonest 100 times as common as the rarest), four numbers |
| folds | 2 .. 20 | 50,000 leads of `bantam synth --wide` |

Slope: how the logarithm of a cost grows with the logarithm of what is counted. 1 is linear; 0 does not grow; a fixed cost makes
small sizes flatter, so the slope between the last two sizes stands beside that over all. Bantam tries more settings on some tables
than on others, so neighbouring sizes can be out of order.

Before that, one calibration on one thread and on two (RAYON_NUM_THREADS): how much faster, and whether the run folders are the same
bytes. Seconds in metrics.json may differ, and the fingerprint of metrics.json in MANIFEST.json with them; anything else ends the
bench with an error.

--repeat runs of each size unless one takes more than --once-over seconds, medians shown. What takes more than --limit seconds or
--memory MiB is stopped, said, and larger sizes of that axis are left out.

The binary is BANTAM, or `cargo build --release` makes it. Tables need numpy, polars and pyarrow; the picture
needs altair and vl-convert-python.
"""

import argparse
import filecmp
import json
import math
import pathlib
import shutil
import statistics
import sys
import tempfile

from process import bantam_command, calibrate, in_turns, machine, machine_in_words, make, medians, trouble
from score import synth
from size import events_config
from table import Table

AXES = {
    "leads": [10_000, 31_623, 100_000, 316_228, 1_000_000],
    "criteria": [5, 10, 20, 50, 100, 200],
    "events per lead": [1, 3, 10, 30, 100],
    "levels": [10, 30, 100, 300, 1_000, 3_000],
    "folds": [2, 5, 10, 20],
}
COSTS = {"wall": "seconds", "cpu": "CPU seconds", "mib": "MiB"}
N_LEADS = {"criteria": 20_000, "events per lead": 20_000, "levels": 50_000, "folds": 50_000}


def main():
    options = arguments()
    bench = Growth(options)
    # First, because a run that differs ends the bench.
    if options.threads_leads:
        bench.threads(options.threads_leads)
    for axis in options.axes:
        bench.follow(axis)
    text = "\n\n".join([machine_in_words(bench.figures["machine"]), *(str(part).rstrip() for part in bench.parts())]) + "\n"
    print(text, end="")
    if options.markdown:
        options.markdown.write_text(text)
    if options.json:
        options.json.write_text(json.dumps(bench.figures, indent=1) + "\n")
    if options.picture:
        draw(bench.figures["axes"], options.picture)


class Growth:
    def __init__(self, options):
        self.options = options
        self.bantam = bantam_command()
        self.limits = {"most_seconds": options.limit, "most_mib": options.memory}
        self.figures = {"machine": machine(self.bantam), "axes": {}}

    def follow(self, axis):
        points = self.figures["axes"][axis] = []
        for size in AXES[axis]:
            if axis == "leads" and size > self.options.most_leads:
                continue
            with tempfile.TemporaryDirectory(dir=self.options.folder) as folder:
                what = self.leads_for(axis, size, pathlib.Path(folder))
                name = f"{axis} {size:,}"
                run = in_turns(
                    {name: lambda what=what: calibrate(self.bantam, what, **self.limits)},
                    self.options.repeat,
                    self.options.once_over,
                )
            points.append({"size": size, **medians(run[name])})
            if "trouble" in points[-1]:
                break
            points[-1]["n_criteria"] = run[name][0]["metrics"]["card"]["n_criteria"]

    def leads_for(self, axis, size, folder):
        """Makes the table of one size; what `bantam calibrate` is told."""
        told = ["--converted", "converted", "--id", "id", "--folds", f"random:{size if axis == 'folds' else 5}"]
        n_leads = N_LEADS.get(axis, size)
        if axis in ("leads", "folds"):
            return [synth(self.bantam, folder, n_leads, seed=7), *told]
        if axis == "events per lead":
            tables = make(sys.executable, "events", folder / "events", n_leads, n_leads * size)
            config = folder / "bantam.toml"
            config.write_text(events_config(tables / "leads.parquet", tables / "events.parquet"))
            return [config]
        maker = {"criteria": "mixed", "levels": "levels"}[axis]
        return [make(sys.executable, maker, folder / "leads.parquet", n_leads, size), *told]

    def threads(self, n_leads):
        """One thread and two in turn, and their run folders compared."""
        with tempfile.TemporaryDirectory(dir=self.options.folder) as folder:
            folder = pathlib.Path(folder)
            leads = synth(self.bantam, folder, n_leads, seed=7)
            what = [leads, "--converted", "converted", "--id", "id", "--folds", "random:5"]
            kept = {n: folder / f"threads-{n}" for n in (1, 2)}

            def run_on(n_threads):
                return calibrate(
                    self.bantam,
                    what,
                    environment={"RAYON_NUM_THREADS": str(n_threads)},
                    keep=lambda run: shutil.copytree(run, kept[n_threads], dirs_exist_ok=True),
                    **self.limits,
                )

            found = in_turns(
                {"1 thread": lambda: run_on(1), "2 threads": lambda: run_on(2)}, self.options.repeat, self.options.once_over
            )
            self.figures["threads"] = {name: medians(runs) for name, runs in found.items()}
            if not any(trouble(run) for runs in found.values() for run in runs):
                assert_same_run(kept[1], kept[2])
                self.figures["threads"] |= {"n_leads": n_leads, "n_files": len(files_of(kept[1]))}

    def parts(self):
        figures = Table("axis<", "size", *COSTS.values(), "runs", "criteria on the card")
        slopes = Table(
            *("slope along<", "sizes<"),
            *(f"{cost}, {where}" for cost in COSTS.values() for where in ("all", "last two")),
        )
        for axis, points in self.figures["axes"].items():
            for point in points:
                if "trouble" in point:
                    costs = [point["trouble"], *"----"]
                else:
                    costs = [f"{point['wall']:.3f}", f"{point['cpu']:.3f}", f"{point['mib']:,.0f}"]
                    costs += [point["n_runs"], point["n_criteria"]]
                figures.add(axis, f"{point['size']:,}", *costs)
            finished = [point for point in points if "trouble" not in point]
            if len(finished) > 1:
                found = [slope(some, cost) for cost in COSTS for some in (finished, finished[-2:])]
                sizes = f"{finished[0]['size']:,} to {finished[-1]['size']:,}"
                slopes.add(axis, sizes, *(f"{one:.2f}" for one in found))
        parts = [figures, slopes] if self.figures["axes"] else []
        return [*parts, *self.threads_in_words()]

    def threads_in_words(self):
        if "threads" not in self.figures:
            return
        one, two = self.figures["threads"]["1 thread"], self.figures["threads"]["2 threads"]
        if "trouble" in one or "trouble" in two:
            yield f"Threads: {one.get('trouble') or two['trouble']}"
            return
        n_leads, n_files = self.figures["threads"]["n_leads"], self.figures["threads"]["n_files"]
        yield (
            f"{n_leads:,} leads: {one['wall']:.2f} s on one thread, {two['wall']:.2f} s on two, "
            f"{one['wall'] / two['wall']:.2f} times as fast ({one['cpu']:.2f} and {two['cpu']:.2f} s of CPU); "
            f"the {n_files} files of both runs are the same but for seconds."
        )


def slope(points, cost):
    logs = [(math.log(point["size"]), math.log(point[cost])) for point in points]
    return statistics.linear_regression(*zip(*logs, strict=True)).slope


def files_of(folder):
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def assert_same_run(one, other):
    """The same files with the same bytes, but for seconds in metrics.json and that file's fingerprint in the manifest."""
    assert files_of(one) == files_of(other), "the runs have different files"
    for file in files_of(one):
        if str(file) in ("metrics.json", "MANIFEST.json"):
            texts = [without_seconds(json.loads((folder / file).read_text())) for folder in (one, other)]
            # As text, so that the order of keys counts as well.
            assert json.dumps(texts[0]) == json.dumps(texts[1]), f"{file} differs by more than seconds"
        else:
            assert filecmp.cmp(one / file, other / file, shallow=False), f"{file} differs between one thread and two"


def without_seconds(content):
    """metrics.json without its seconds; the manifest without the fingerprint of the file that has them, and of its size."""
    content.pop("seconds", None)
    for file in content.get("files", []):
        if "sha256_without_durations" in file:
            file.pop("sha256", None)
            file.pop("n_bytes", None)
    return content


def draw(axes, picture):
    """One panel per axis, both scales logarithmic; the dashed line grows from the least CPU time as fast as the axis."""
    import altair

    panels = []
    for axis, points in axes.items():
        finished = [point for point in points if "trouble" not in point]
        if len(finished) < 2:
            continue
        rows = [
            {axis: point["size"], "cost": point[cost], "of": name}
            for point in finished
            for cost, name in COSTS.items()
        ]
        first = finished[0]
        linear = [
            {axis: point["size"], "cost": first["cpu"] * point["size"] / first["size"], "of": "linear"} for point in finished
        ]
        order = [*COSTS.values(), "linear"]
        colours = altair.Scale(domain=order, range=["#0072b2", "#d55e00", "#009e73", "#bbbbbb"])
        logarithmic = altair.Scale(type="log", nice=False)
        sizes = altair.Axis(values=[point["size"] for point in finished], format=".2~s")
        x = altair.X(f"{axis}:Q", scale=logarithmic, axis=sizes)
        y = altair.Y("cost:Q", scale=logarithmic, title="seconds; MiB", axis=altair.Axis(format="~g", tickCount=5))
        colour = altair.Color("of:N", scale=colours, sort=order, title=None)
        chart = altair.Chart(altair.Data(values=rows)).encode(x=x, y=y, color=colour)
        guide = altair.Chart(altair.Data(values=linear)).mark_line(strokeDash=[4, 3]).encode(x=x, y=y, color=colour)
        panels.append((guide + chart.mark_line(point=True)).properties(width=220, height=180, title=axis))
    altair.concat(*panels, columns=3).configure_axis(labelOverlap=True).save(str(picture))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--axes", nargs="*", choices=AXES, default=list(AXES), metavar="AXIS", help=", ".join(AXES))
    parser.add_argument("--most-leads", type=int, default=1_000_000, metavar="N", help="end of the axis of leads")
    parser.add_argument(
        "--threads-leads", type=int, default=100_000, metavar="N", help="leads of the runs on one and two threads; 0 for none"
    )
    parser.add_argument("--repeat", type=int, default=3, metavar="N")
    parser.add_argument("--once-over", type=float, default=20, metavar="S", help="what takes longer runs once")
    parser.add_argument("--limit", type=float, default=300, metavar="S", help="what takes longer is stopped")
    parser.add_argument("--memory", type=float, default=8192, metavar="MIB", help="what takes more is stopped")
    parser.add_argument("--folder", type=pathlib.Path, metavar="DIR", help="where tables go")
    parser.add_argument("--picture", type=pathlib.Path, metavar="FILE", help="draw it there: .svg or .png")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="keep the figures")
    parser.add_argument("--markdown", type=pathlib.Path, metavar="FILE", help="write the tables there as well")
    return parser.parse_args()


if __name__ == "__main__":
    main()
