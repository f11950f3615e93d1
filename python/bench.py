"""What Python costs over the command: a large table as a pandas frame, calibrated and scored.

    bantam synth --wide --leads 1000000 --out wide
    python python/bench.py wide/wide.parquet

BANTAM names the program to compare with. Every part runs in a process of its own, with the installed package; seconds are wall-clock and CPU (user and
system), memory the peak of the process less what the frame took before.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time


def used() -> dict[str, float]:
    own = resource.getrusage(resource.RUSAGE_SELF)
    return {"wall": time.perf_counter(), "cpu": own.ru_utime + own.ru_stime, "peak_mb": own.ru_maxrss / 1024}


def now_mb() -> float:
    pages = int(open("/proc/self/statm").read().split()[1])
    return pages * resource.getpagesize() / 2**20


def between(before: dict[str, float], frame_mb: float) -> dict[str, float]:
    after = used()
    seconds = {key: round(after[key] - before[key], 2) for key in ("wall", "cpu")}
    return {**seconds, "frame_mb": round(frame_mb), "more_mb": round(after["peak_mb"] - frame_mb)}


def frame(path: str, library: str) -> object:
    if library == "pandas":
        import pandas

        return pandas.read_parquet(path)
    import polars

    return polars.read_parquet(path)


def part(what: str, path: str, library: str, card: str) -> None:
    import bantam

    leads = frame(path, library)
    time.sleep(0.2)
    frame_mb = now_mb()
    before = used()
    if what == "calibrate":
        with tempfile.TemporaryDirectory() as folder:
            bantam.calibrate(leads, converted="converted", out=folder, progress=False)
        print(json.dumps(between(before, frame_mb)))
        return
    loaded = bantam.Card.load(card)
    n_times = 5
    loaded.score(leads, allow_missing=True)
    before = used()
    for _ in range(n_times):
        loaded.score(leads, allow_missing=True)
    found = between(before, frame_mb)
    found["leads_per_cpu_second"] = round(n_times * len(leads) / found["cpu"])  # type: ignore[arg-type]
    print(json.dumps(found))


def main() -> None:
    if len(sys.argv) > 2:
        part(*sys.argv[1:])
        return
    path = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(2):
            before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            arguments = ["calibrate", path, "--converted", "converted", "--out", folder, "--quiet"]
            subprocess.run([os.environ["BANTAM"], *arguments], check=False, stderr=subprocess.DEVNULL)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            print("command calibrate", {"wall": round(time.perf_counter() - start, 2), "cpu": round(cpu, 2)}, flush=True)
            for library in ("pandas", "polars"):
                run([library, "calibrate"], path, folder)
        for library in ("pandas", "polars"):
            run([library, "score"], path, folder)


def run(what: list[str], path: str, folder: str) -> None:
    arguments = [sys.executable, "-P", "-W", "ignore", __file__, what[1], path, what[0], f"{folder}/current/card.json"]
    said = subprocess.run(arguments, capture_output=True, text=True)
    print(*what, said.stdout.strip() or said.stderr[-500:], flush=True)


if __name__ == "__main__":
    main()
