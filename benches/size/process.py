"""Commands as processes of their own: seconds, peak memory, and an end for those that take too much of either.

Whoever calls this should stay small: the peak memory of a child is at least what its parent had when it was started. So the
benches import nothing large, and numpy, polars and the peers live in children.
"""

import json
import math
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.path[1:1] = [str(pathlib.Path(__file__).resolve().parents[1] / name) for name in ("score", "peers")]

from score import build  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent


def timed(command, environment=None, most_seconds=math.inf, most_mib=math.inf):
    """One process from start to end.

    - returns: `wall` and `cpu` seconds and peak `mib` (of the largest process, if it starts others), `code` (exit code; negative:
      signal), `stdout` and `stderr` as text, and `over`: None, or which limit it was stopped at, in words.
    """
    command = [str(part) for part in command]
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        started = time.perf_counter()
        child = subprocess.Popen(
            command,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
        ended, over = threading.Event(), []
        watcher = threading.Thread(target=_watch, args=(child.pid, ended, started, most_seconds, most_mib, over))
        watcher.start()
        # The child is left as it is until the watcher is gone, so that its number can belong to nobody else.
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        wall = time.perf_counter() - started
        ended.set()
        watcher.join()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        said = []
        for file in (stdout, stderr):
            file.seek(0)
            said.append(file.read().decode(errors="replace"))
    return {
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "mib": usage.ru_maxrss / 1024,
        "code": child.returncode,
        "over": over[0] if over else None,
        "stdout": said[0],
        "stderr": said[1],
    }


def _watch(pid, ended, started, most_seconds, most_mib, over):
    while not ended.wait(0.05):
        if time.perf_counter() - started > most_seconds:
            over.append(f"over {most_seconds:,g} s")
        elif _resident_mib(pid) > most_mib:
            over.append(f"over {most_mib:,.0f} MiB")
        else:
            continue
        # A session of its own, so this ends what the child started and nothing else.
        os.killpg(pid, signal.SIGKILL)
        return


def _resident_mib(pid):
    """Memory a process has now; 0 where the system does not tell (anything but Linux), so that no limit is reached."""
    try:
        pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def in_python(python, script, *arguments, **limits):
    """One job of a script beside this file; what it prints last is a JSON object, and joins the figures.

    `wall` and `cpu` it says itself replace those of the process: they begin after its imports.
    """
    run = timed([python, HERE / script, *arguments], **limits)
    if run["code"] == 0:
        run |= json.loads(run["stdout"].splitlines()[-1])
    return run


def make(python, *arguments):
    """A table, made by `tables.py`."""
    run = in_python(python, "tables.py", *arguments)
    if run["code"] != 0:
        sys.exit(f"{' '.join(map(str, arguments))} was not made:\n{run['stderr']}")
    return pathlib.Path(arguments[1])


def calibrate(bantam, what, environment=None, keep=None, **limits):
    """`bantam calibrate`, all files written, with `metrics` (metrics.json) where a run came of it.

    - `what`: its arguments, but for `--out`.
    - `keep`: a function of the run folder, called before it is removed.
    """
    with tempfile.TemporaryDirectory() as out:
        run = timed([bantam, "calibrate", *what, "--out", out, "--quiet"], environment, **limits)
        folder = pathlib.Path(out) / "current"
        # 1: a gate failed; there is a card all the same.
        if run["code"] in (0, 1) and (folder / "metrics.json").exists():
            run["metrics"] = json.loads((folder / "metrics.json").read_text())
            if keep:
                keep(folder.resolve())
    return run


def stages(run):
    """Seconds by stage of a calibration, in their order; one that runs twice is added up."""
    seconds = {}
    for stage in run["metrics"]["seconds"]:
        seconds[stage["stage"]] = seconds.get(stage["stage"], 0.0) + stage["seconds"]
    return seconds


def trouble(run):
    """Why a run has no figures, in a few words; None where it has."""
    if run["over"]:
        return run["over"]
    if run["code"] == 0 or "metrics" in run:
        return run.get("missing")
    if run["code"] < 0:
        return f"ended by {signal.Signals(-run['code']).name} at {run['mib']:,.0f} MiB"
    lines = [line.strip() for line in run["stderr"].strip().splitlines()]
    # Bantam says the cause after the first line, Python in the last.
    said = lines[-1:] if "Traceback" in run["stderr"] else lines[:3]
    return " ".join(said) or f"ended with {run['code']}"


def in_turns(jobs, n_runs, once_over):
    """Runs jobs in turn, so that all feel the same load; those longer than `once_over` seconds, or that failed, run once.

    - `jobs`: name to a function without arguments that gives a run.
    - returns: name to the list of its runs.
    """
    runs = {name: [] for name in jobs}
    for _ in range(n_runs):
        for name, job in jobs.items():
            if not runs[name] or (trouble(runs[name][0]) is None and runs[name][0]["wall"] <= once_over):
                print(f"  {name} ...", file=sys.stderr, flush=True)
                runs[name].append(job())
    return runs


def medians(runs, keys=("wall", "cpu", "mib")):
    """Medians of the figures of several runs; the first trouble there was, in place of them."""
    found = next((trouble(run) for run in runs if trouble(run)), None)
    if found:
        return {"trouble": found}
    return {"n_runs": len(runs), **{key: _median([run[key] for run in runs]) for key in keys}}


def _median(values):
    return None if None in values else statistics.median(values)


def bantam_command():
    """The command: BANTAM, or what `cargo build --release` makes."""
    return os.environ.get("BANTAM") or build()


def shared():
    """The folder of public data sets beside the repository, or BANTAM_SHARED."""
    return pathlib.Path(os.environ.get("BANTAM_SHARED", ROOT.parent / "shared"))


def machine(bantam):
    """What figures depend on."""
    version = subprocess.run([bantam, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    model = next(
        (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "unknown"
    )
    return {"bantam": version, "cores": len(os.sched_getaffinity(0)), "processor": model, "load": os.getloadavg()[0]}


def machine_in_words(machine):
    return (
        f"{machine['bantam']}; {machine['cores']} cores, {machine['processor']}; load {machine['load']:.1f} as the bench began"
    )


def memory_mib():
    """Memory of the machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**20


def _lines(path):
    try:
        return pathlib.Path(path).read_text().splitlines()
    except OSError:
        return []
