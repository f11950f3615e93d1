#!/usr/bin/env python3
"""Leads from Parquet to Parquet: `bantam score` beside the same card as SQL in DuckDB, in one run.

    python3 benches/score/score.py                     # 10,000,000 leads; memory at 1, 3 and 10 million
    python3 benches/score/score.py --leads 1000000     # a quick look

Needs duckdb, as pinned in tests/evaluators/requirements.txt. The binary is BANTAM, or `cargo build --release` makes it;
the card's SQL is what `bantam export --to sql` writes. Leads: `bantam synth --wide`, 20 criteria (6 text, 8 counts,
6 numbers), and a card calibrated on 100,000 others.

`bantam score` reads, scores and writes on one core and checks the pages of the file on --threads of them; DuckDB uses
--threads for everything. Each job runs as a process of its own, the two programs in turn; shown is the median of --repeat
runs. CPU time is what counts on a machine that does other things as well: wall time is then mostly waiting. Every output is
compared: same leads, same score, probability, band, points and reasons, or the bench fails.
"""

import argparse
import importlib.metadata
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
N_FITTED = 100_000
PLAIN = "id, score, probability, band"

# DuckDB in a process of its own, so that its memory is its own as well.
SCORE_IN_DUCKDB = """
import pathlib, sys, duckdb
n_threads, leads, sql, columns, out = sys.argv[1:]
database = duckdb.connect()
database.execute(f"SET threads = {n_threads}; SET enable_progress_bar = false")
database.execute(f"CREATE VIEW leads AS SELECT * FROM read_parquet('{leads}')")
scored = pathlib.Path(sql).read_text().rstrip().removesuffix(";")
database.execute(f"COPY (SELECT {columns} FROM ({scored}\\n) AS scored) TO '{out}' (FORMAT parquet, COMPRESSION zstd)")
"""

# In a process of its own as well: the peak memory of a child is at least what its parent had when it was started.
COMPARE_IN_DUCKDB = """
import sys, duckdb
ours, theirs, columns, n_leads = sys.argv[1:]
duckdb.execute("SET enable_progress_bar = false")
count = lambda query: duckdb.execute(f"SELECT count(*) FROM ({query})").fetchone()[0]
wanted = [f"SELECT {columns} FROM '{path}'" for path in [ours, theirs]]
assert [count(query) for query in wanted] == [int(n_leads)] * 2
# Ids are unique, so equal sets are equal tables.
assert count(f"SELECT DISTINCT id FROM '{ours}'") == int(n_leads)
n_different = count(" EXCEPT ".join(wanted))
assert n_different == 0, f"{n_different} leads got other values in DuckDB"
"""


def main():
    options = arguments()
    bantam = options.bantam or os.environ.get("BANTAM") or build()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        folder = pathlib.Path(folder)
        card = calibrate(bantam, folder)
        sql = folder / "card.sql"
        how = ["--to", "sql", "--dialect", "duckdb", "--form", "statement", "--table", "leads", "-o", sql, "--quiet"]
        subprocess.run([options.exporter or bantam, "export", card, *how], check=True)
        figures = {"machine": machine(), "sizes": [], "jobs": []}
        for n_leads in sorted({options.leads, *(n for n in [1_000_000, 3_000_000] if n < options.leads)}):
            leads = synth(bantam, folder, n_leads, seed=7)
            is_largest = n_leads == options.leads
            for n_threads in options.threads if is_largest else options.threads[-1:]:
                for explain in [False, True] if is_largest else [False]:
                    n_runs = options.repeat if is_largest else 1
                    job = compare(bantam, folder, card, sql, leads, n_leads, n_threads, explain, n_runs)
                    figures["jobs"].append(job)
                    print(in_words(job), flush=True)
            leads.unlink()
        print(memory_in_words(figures["jobs"]))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


def compare(bantam, folder, card, sql, leads, n_leads, n_threads, explain, n_runs):
    """One job by both programs in turn; medians of each, and the outputs compared."""
    ours, theirs = folder / "ours.parquet", folder / "theirs.parquet"
    names = [c["name"] for c in json.loads(card.read_text())["criteria"]]
    columns = ", ".join([PLAIN, *(f'"points_{name}"' for name in names), "reasons"]) if explain else PLAIN
    score = [bantam, "score", card, leads, "-o", ours, "--quiet", *(["--explain"] if explain else [])]
    query = [sys.executable, "-c", SCORE_IN_DUCKDB, str(n_threads), leads, sql, columns, theirs]
    runs = {"bantam": [], "duckdb": []}
    for _ in range(n_runs):
        runs["bantam"].append(timed(score, {"RAYON_NUM_THREADS": str(n_threads)}))
        runs["duckdb"].append(timed(query, {}))
    assert_equal(ours, theirs, columns, n_leads)
    medians = {who: {key: statistics.median(run[key] for run in all) for key in all[0]} for who, all in runs.items()}
    sizes = {"bantam": ours.stat().st_size, "duckdb": theirs.stat().st_size}
    return {"n_leads": n_leads, "n_threads": n_threads, "explain": explain, "n_runs": n_runs, "bytes": sizes, **medians}


def timed(command, environment):
    """Wall and CPU seconds and the peak memory of one process."""
    started = time.perf_counter()
    child = subprocess.Popen([str(part) for part in command], env={**os.environ, **environment})
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{command[0]} ended with {child.returncode}")
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "mib": usage.ru_maxrss / 1024}


def assert_equal(ours, theirs, columns, n_leads):
    """The same leads with the same values in every column."""
    subprocess.run([sys.executable, "-c", COMPARE_IN_DUCKDB, ours, theirs, columns, str(n_leads)], check=True)


def in_words(job):
    per_core = {who: job["n_leads"] / job[who]["cpu"] / 1e6 for who in ["bantam", "duckdb"]}
    what = "points and reasons" if job["explain"] else "score, probability, band"
    lines = [f"\n{job['n_leads']:,} leads, {job['n_threads']} thread(s), {what}; {job['n_runs']} run(s) each"]
    for who in ["bantam", "duckdb"]:
        run = job[who]
        lines.append(
            f"  {who}: {run['cpu']:6.1f} s CPU, {run['wall']:6.1f} s wall, {per_core[who]:5.2f} million leads per core and"
            f" second, {run['mib']:6.0f} MiB at most, {job['bytes'][who] / 1e6:6.0f} MB written"
        )
    times = job["duckdb"]["cpu"] / job["bantam"]["cpu"], job["duckdb"]["wall"] / job["bantam"]["wall"]
    lines.append(f"  DuckDB takes {times[0]:.2f} times the CPU time and {times[1]:.2f} times the wall time")
    return "\n".join(lines)


def memory_in_words(jobs):
    n_threads = max(job["n_threads"] for job in jobs)
    same = [job for job in jobs if job["n_threads"] == n_threads and not job["explain"]]
    rows = "".join(
        f"\n  {job['n_leads']:>12,} leads: bantam {job['bantam']['mib']:6.0f} MiB, DuckDB {job['duckdb']['mib']:6.0f} MiB"
        for job in same
    )
    return f"\nPeak memory with {n_threads} thread(s):{rows}"


def calibrate(bantam, folder):
    past = synth(bantam, folder, N_FITTED, seed=11)
    out = folder / "run"
    command = [bantam, "calibrate", past, "--converted", "converted", "--id", "id", "--out", out, "--quiet"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    past.unlink()
    return out / "current" / "card.json"


def synth(bantam, folder, n_leads, seed):
    command = [bantam, "synth", "--wide", "--leads", str(n_leads), "--seed", str(seed), "--out", folder, "--force"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return (folder / "wide.parquet").rename(folder / f"leads-{n_leads}.parquet")


def machine():
    try:
        load = os.getloadavg()
    except OSError:
        load = None
    return {"cores": os.cpu_count(), "load": load, "duckdb": importlib.metadata.version("duckdb")}


def build():
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    command = ["cargo", "build", "--release", "--locked", "--target-dir", str(target)]
    subprocess.run(command, cwd=ROOT, check=True)
    return target / "release" / "bantam"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leads", type=int, default=10_000_000, metavar="N")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], metavar="N")
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="runs of each job on the largest table")
    parser.add_argument("--bantam", type=pathlib.Path, metavar="FILE", help="the binary")
    parser.add_argument("--exporter", type=pathlib.Path, metavar="FILE", help="another binary, for the export alone")
    parser.add_argument("--folder", type=pathlib.Path, metavar="DIR", help="where the tables go: 3 GB at 10,000,000 leads")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="keep the figures too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
