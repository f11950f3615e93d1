"""`bantam calibrate --connect`: the databases count by themselves through their ADBC drivers, and an interrupt reaches them."""

import importlib.util
import os
import pathlib
import signal
import subprocess
import time

import pytest

from databases import Sqlite, postgres  # noqa: F401
from places import CONFIG
from test_warehouse import calibrated, made_of, sample  # noqa: F401

TABLES = ("leads", "outcomes", "events")


def driver(name):
    """The library in the PyPI package of a driver."""
    folder = pathlib.Path(importlib.util.find_spec(f"adbc_driver_{name}").origin).parent
    return folder / f"libadbc_driver_{name}.so"


POSTGRES, SQLITE = driver("postgresql"), driver("sqlite")


@pytest.fixture
def server(sample, postgres):  # noqa: F811
    """The sample in a server, its address, and a connection to look on."""
    tables, config, of_files = sample()
    database = postgres.connect()
    for name in TABLES:
        database.load(tables[name], name)
        database.run(f"ANALYZE {name}")
    return f"postgresql:///postgres?host={postgres.host}&user={postgres.role}", config, of_files, database


def test_postgresql_counts_by_itself(bantam, server, tmp_path, monkeypatch):
    address, config, of_files, _ = server
    assert calibrated(bantam, config, tmp_path, "--connect", address, "--driver", POSTGRES) == of_files
    monkeypatch.setenv("CRM", address)
    assert calibrated(bantam, config, tmp_path / "env", "--connect", "env:CRM", "--driver", POSTGRES) == of_files


def test_sqlite_counts_by_itself(bantam, sample, tmp_path):
    tables, config, of_files = sample()
    database = Sqlite(tmp_path / "leads.sqlite")
    for name in TABLES:
        database.load(tables[name], name)
    database.connection.commit()
    address = f"sqlite:{tmp_path}/leads.sqlite"
    assert calibrated(bantam, config, tmp_path / "runs", "--connect", address, "--driver", SQLITE) == of_files


def started(config, out, address):
    command = [os.environ["BANTAM"], "calibrate", config, "--connect", address, "--driver", POSTGRES, "--out", out, "--quiet"]
    return subprocess.Popen([str(word) for word in command], stderr=subprocess.PIPE, text=True)


def running(database):
    """Statements of others that the server works on."""
    others = "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%bantam_leads%' AND pid <> pg_backend_pid()"
    return [row["pid"] for row in database.query(others)]


def until(happens):
    for _ in range(300):
        if found := happens():
            return found
        time.sleep(0.05)
    raise AssertionError("did not happen in 15 s")


def slow(database, config, folder, seconds):
    """A view that takes a while, in place of the leads; gives a config that names it."""
    database.run(f"CREATE OR REPLACE VIEW slow AS SELECT leads.* FROM leads, (SELECT pg_sleep({seconds})) AS wait")
    changed = folder / "slow.toml"
    text = config.read_text().replace('[warehouse]\nleads = "leads"', '[warehouse]\nleads = "slow"')
    for name in TABLES:
        text = text.replace(f'path = "{name}.parquet"', f'path = "{config.parent / name}.parquet"')
    changed.write_text(text)
    return changed


def test_an_interrupt_stops_the_statement_as_well(server, tmp_path):
    address, config, _, database = server
    run = started(slow(database, config, tmp_path, 60), tmp_path / "runs", address)
    until(lambda: running(database))
    run.send_signal(signal.SIGINT)
    assert run.wait(10) == 130
    assert "the warehouse was told to stop" in run.stderr.read()
    until(lambda: not running(database))
    # What was begun is under a name that starts with a dot, and goes with the next run.
    assert not list((tmp_path / "runs").glob("runs/[!.]*")), "no run is written"


def test_a_connection_that_breaks_off_is_begun_anew_and_counts_nothing_twice(server, tmp_path):
    address, config, of_files, database = server
    run = started(slow(database, config, tmp_path, 1), tmp_path / "runs", address)
    [pid] = until(lambda: running(database))
    database.query(f"SELECT pg_terminate_backend({pid})")
    said = run.stderr.read()
    assert run.wait(120) == 0, said
    assert "which was begun anew" in said
    # The table has another name, and so the config another fingerprint; leads and card are the same.
    figures, _ = made_of((tmp_path / "runs" / "current").resolve(strict=True))
    for figure in ("n_leads", "n_converted", "out_of_fold", "card"):
        assert figures[figure] == of_files[0][figure], figure


def refused(bantam, config, out, *more):
    done = subprocess.run([os.environ["BANTAM"], "calibrate", config, "--out", out, *more], capture_output=True, text=True)
    assert not list(out.glob("runs/*"))
    return done.returncode, done.stderr


def test_what_cannot_be_reached_is_said_in_a_sentence(bantam, server, tmp_path):
    address, config, _, _ = server
    code, said = refused(bantam, config, tmp_path / "a", "--connect", address)
    assert code == 4 and "`pip install adbc-driver-postgresql` brings it" in said
    code, said = refused(bantam, config, tmp_path / "b", "--connect", "postgresql://me:secret@/x?host=/nowhere", "--driver", POSTGRES)
    assert code == 4 and "the warehouse cannot be reached" in said and "secret" not in said
    code, said = refused(bantam, config, tmp_path / "c", "--connect", address, "--driver", "./driver.so")
    assert code == 2 and "whatever lies there would be loaded" in said
    text = config.read_text().replace('[warehouse]\nleads = "leads"', '[warehouse]\nleads = "no such table"')
    other = config.with_name("other.toml")
    other.write_text(text)
    code, said = refused(bantam, other, tmp_path / "d", "--connect", address, "--driver", POSTGRES)
    assert code == 4 and "no such table" in said
