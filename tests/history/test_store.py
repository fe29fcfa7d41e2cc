"""The history: what goes in comes out, whole or not at all, and files of others are left alone."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_rustide_load.errors import HistoryError
from pytest_rustide_load.history import HistoryStore, OperationRow, StoredRun, schema, store
from pytest_rustide_load.stats.histogram import Histogram

RUN = StoredRun(
    started_at="2026-01-02T03:04:05+00:00",
    scenario="small-team",
    profile="ci",
    seed=42,
    backend="rust-analyzer",
    backend_version="1.96.0",
    revision="abc",
    plugin_version="0.1.0",
    codebase="0123",
    machine="4567",
    ended="complete",
    status="PASS",
    operations={"hover": OperationRow(10, 9, 1.5, 1.0, 2.0, 3.0, 4.0, 5.0)},
    seconds={("hover", 0): Histogram.of([1_000, 2_000]), ("hover", 3): Histogram.of([3_000])},
    results=b"{}",
)

_times = st.one_of(st.none(), st.floats(0, 1e7))
_rows = st.builds(OperationRow, st.integers(0, 10**9), st.integers(0, 10**9), *([_times] * 6))
_runs = st.builds(
    replace,
    st.just(RUN),
    scenario=st.text(min_size=1, max_size=20),
    seed=st.integers(0, 2**63 - 1),
    revision=st.text(max_size=40),
    role=st.sampled_from(["", "candidate", "baseline"]),
    calibration_ms=_times,
    alerts=st.sampled_from(["", "memory_high,cpu_high"]),
    operations=st.dictionaries(st.sampled_from(["hover", "completion", "edit"]), _rows),
    results=st.binary(max_size=200),
)

_WRITER = """
import sys
from pathlib import Path
from dataclasses import replace
sys.path.insert(0, {root!r})
from tests.history.test_store import RUN
from pytest_rustide_load.history import HistoryStore
store = HistoryStore(Path({path!r}))
for number in range({count}):
    print(store.add(replace(RUN, seed=number)), flush=True)
"""


def writer(path: Path, count: int) -> subprocess.Popen[str]:
    root = str(Path(__file__).parents[2])
    code = _WRITER.format(root=root, path=str(path), count=count)
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "history.sqlite3"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(st.lists(_runs, min_size=1, max_size=4))
def test_what_goes_in_comes_out(path, runs):
    path.unlink(missing_ok=True)
    history = HistoryStore(path)
    numbers = [history.add(run) for run in runs]
    history.close()
    again = HistoryStore(path)
    assert [again.run(number) for number in numbers] == [
        replace(run, number=number) for run, number in zip(runs, numbers, strict=True)
    ]
    assert again.runs() == [replace(again.run(number), seconds={}, results=b"") for number in numbers]
    again.close()


def test_series_are_of_complete_runs_in_their_order(path):
    history = HistoryStore(path)
    for p95, ended in ((3.0, "complete"), (9.0, "crashed"), (4.0, "complete"), (None, "complete")):
        row = replace(RUN.operations["hover"], p95_ms=p95)
        history.add(replace(RUN, ended=ended, operations={"hover": row}))
    assert history.series("small-team", "hover", "p95_ms") == [(1, 3.0), (3, 4.0)]
    assert history.series("small-team", "completion", "p95_ms") == []
    with pytest.raises(HistoryError, match="no metric 'p96_ms'"):
        history.series("small-team", "hover", "p96_ms")


def test_the_last_of_each_scenario_are_kept_and_nothing_of_the_others(path):
    history = HistoryStore(path)
    for number in range(5):
        history.add(replace(RUN, scenario="a" if number % 2 else "b"))
    assert history.prune(1) == 3
    assert [(run.number, run.scenario) for run in history.runs()] == [(4, "a"), (5, "b")]
    with sqlite3.connect(path) as raw:
        for table in ("operation", "second"):
            assert {number for (number,) in raw.execute(f"SELECT run_id FROM {table}")} == {4, 5}
    assert [run.number for run in history.runs(scenario="a", limit=7)] == [4]


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to be one" * 9, b"SQLite format 3\0" + bytes(20)]
)
def test_a_file_that_is_none_is_refused_and_left_alone(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(HistoryError, match="is no history: name another file"):
        HistoryStore(path)
    assert path.read_bytes() == content


def test_another_program_s_database_is_refused_and_left_alone(path):
    path.parent.mkdir()
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE theirs (id)")
    raw.close()
    before = path.read_bytes()
    with pytest.raises(HistoryError, match="another program's database"):
        HistoryStore(path)
    assert path.read_bytes() == before


def test_a_newer_file_is_refused_and_left_alone(path):
    HistoryStore(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute(f"PRAGMA user_version = {len(schema.MIGRATIONS) + 1}")
    raw.close()
    before = path.read_bytes()
    with pytest.raises(HistoryError, match="written by a newer"):
        HistoryStore(path)
    assert path.read_bytes() == before


def test_an_older_file_becomes_a_newer_one_with_all_that_is_in_it(path, monkeypatch):
    history = HistoryStore(path)
    number = history.add(RUN)
    history.close()
    steps = (
        *schema.MIGRATIONS,
        "ALTER TABLE run ADD COLUMN note TEXT NOT NULL DEFAULT ''; CREATE TABLE more (id)",
    )
    monkeypatch.setattr(schema, "MIGRATIONS", steps)
    again = HistoryStore(path)
    assert again.run(number) == replace(RUN, number=number)
    again.close()
    with sqlite3.connect(path) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (len(steps),)
        assert raw.execute("SELECT note FROM run").fetchall() == [("",)]


def test_a_history_of_the_first_format_is_brought_up_to_date(path):
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path) as raw:
        raw.executescript(schema.MIGRATIONS[0])
        raw.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        raw.execute("PRAGMA user_version = 1")
        raw.execute(
            "INSERT INTO run VALUES (7, '2026', 's', 'ci', 1, 'b', '', '', '', '', '', 'complete', '', '')"
        )
        raw.execute("INSERT INTO operation VALUES (7, 'hover', 9, 8, 1, 1, 1, 1, 1, 1)")
    raw.close()
    history = HistoryStore(path)
    old = history.run(7)
    assert (old.scenario, old.session, old.role, old.calibration_ms) == ("s", "", "", None)
    assert (old.operations["hover"].ok, old.operations["hover"].timeout) == (8, 0)
    assert history.add(RUN) == 8
    history.close()


def test_a_run_that_cannot_be_stored_leaves_nothing(path):
    history = HistoryStore(path)
    with pytest.raises(HistoryError):
        history.add(replace(RUN, operations={"hover": OperationRow(1, 1, mean_ms=object())}))  # type: ignore[arg-type]
    assert history.runs() == []
    assert history.add(RUN) == 1


def test_a_disk_that_is_full_is_told_as_that_and_costs_that_run_only(path):
    history = HistoryStore(path)
    assert history.add(RUN) == 1
    # As of a disk with no room: sqlite ends the transaction by itself.
    [(pages,)] = history._connection.execute("PRAGMA page_count").fetchall()
    history._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(HistoryError, match="full"):
        history.add(replace(RUN, results=bytes(100_000)))
    history._connection.execute("PRAGMA max_page_count = 1000000")
    assert history.add(RUN) == 2


def test_another_process_may_make_the_folder_first(path, monkeypatch):
    make = Path.mkdir

    def mkdir(self: Path, **named: bool) -> None:
        os.makedirs(self, exist_ok=True)
        make(self, **named)

    monkeypatch.setattr(Path, "mkdir", mkdir)
    assert HistoryStore(path).add(RUN) == 1


def test_two_processes_write_at_once_without_loss(path):
    writers = [writer(path, 40) for _ in range(2)]
    told = [int(line) for one in writers for line in one.communicate(timeout=60)[0].split()]
    assert len(told) == 80
    history = HistoryStore(path)
    assert sorted(told) == [run.number for run in history.runs()]
    assert history.problems() == []


def test_whatever_was_told_to_be_stored_is_there_when_killed_at_any_moment(path):
    random_ = random.Random(7)
    kept: list[int] = []
    for _ in range(100 if os.environ.get("RUSTIDE_LOAD_THOROUGH") else 12):
        one = writer(path, 10_000)
        assert one.stdout is not None
        kept.append(int(one.stdout.readline()))
        time.sleep(random_.random() * 0.05)
        one.send_signal(signal.SIGKILL)
        kept += [int(line) for line in one.stdout.read().split("\n") if line]
        one.wait()
        history = HistoryStore(path)
        assert history.problems() == []
        stored = history.runs()
        assert set(kept) <= {run.number for run in stored}
        assert all(set(run.operations) == {"hover"} for run in stored)
        assert len(history.run(stored[-1].number).seconds) == 2
        history.close()


def test_a_directory_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(HistoryError, match="cannot be"):
        HistoryStore(tmp_path / "file" / "history.sqlite3")
    assert store.HISTORY_PATH.name == "history.sqlite3"
