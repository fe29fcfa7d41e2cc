"""Runs in and out of the history's file.

Whoever adds a run has it on disk when `add` returns, whole; a process killed before that leaves nothing of
it. Knows nothing of pytest.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np

from pytest_rustide_load.errors import HistoryError
from pytest_rustide_load.history.schema import check_file, migrate
from pytest_rustide_load.report.results import LoadTestResults
from pytest_rustide_load.report.results_file import decode_results, encode_results
from pytest_rustide_load.stats.histogram import Histogram
from pytest_rustide_load.stats.record import RunRecord
from pytest_rustide_load.stats.samples import Outcome, PhaseKind
from pytest_rustide_load.units import NS_PER_S

__all__ = ["HISTORY_PATH", "METRICS", "OUTCOMES", "HistoryStore", "OperationRow", "StoredRun", "stored_run"]

# Below the root directory of the tests.
HISTORY_PATH = Path(".rustide-load/history.sqlite3")
# Another session may be writing: each write takes a few milliseconds.
_BUSY_S = 30.0


@dataclass(frozen=True, slots=True)
class OperationRow:
    """One operation of a run; times in milliseconds, None for no answers. What was not answered rightly is
    counted by how it ended."""

    planned: int
    ok: int
    mean_ms: float | None = None
    p50_ms: float | None = None
    p90_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    max_ms: float | None = None
    empty: int = 0
    wrong: int = 0
    error: int = 0
    cancelled: int = 0
    content_modified: int = 0
    timeout: int = 0
    crashed: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRun:
    """One run as the history keeps it.

    `revision` is the commit of the code under test, `codebase` the digest of what was worked on, `machine`
    that of the host; each empty where it is not known. `status` is empty without budgets. `seconds` holds
    latencies in nanoseconds by operation and second of the measured time. `session` tells what ran together,
    `role` is "candidate" or "baseline" of a pair. `alerts` and `stress` are names, separated by commas;
    memory and CPU are of the backend. `number` is given by the history, 0 before.
    """

    started_at: str
    scenario: str
    profile: str
    seed: int
    backend: str
    backend_version: str
    revision: str
    plugin_version: str
    codebase: str
    machine: str
    ended: str
    status: str
    session: str = ""
    role: str = ""
    calibration_ms: float | None = None
    rss_avg_mb: float | None = None
    rss_peak_mb: float | None = None
    cpu_avg_percent: float | None = None
    alerts: str = ""
    stress: str = ""
    operations: Mapping[str, OperationRow] = field(default_factory=dict)
    seconds: Mapping[tuple[str, int], Histogram] = field(default_factory=dict)
    results: bytes = b""
    number: int = 0


# The columns are named as the fields are, and put together from nothing that comes from outside.
_NAMES = tuple(
    one.name for one in fields(StoredRun) if one.name not in ("operations", "seconds", "results", "number")
)
_COLUMNS = ", ".join(_NAMES)
_OPERATION_COLUMNS = tuple(one.name for one in fields(OperationRow))
METRICS = tuple(name for name in _OPERATION_COLUMNS if name.endswith("_ms"))
# How operations end that are not answered rightly.
OUTCOMES = tuple(name for name in _OPERATION_COLUMNS if name not in ("planned", "ok", *METRICS))
_INSERT = f"INSERT INTO run ({_COLUMNS}, results) VALUES ({', '.join('?' * (len(_NAMES) + 1))})"  # noqa: S608
_LIST = f"SELECT {_COLUMNS}, id FROM run WHERE scenario = ? OR ? IS NULL ORDER BY id DESC LIMIT ?"  # noqa: S608
_WHOLE = f"SELECT {_COLUMNS}, id, results FROM run WHERE id = ?"  # noqa: S608
_OPERATIONS = f"SELECT name, {', '.join(_OPERATION_COLUMNS)} FROM operation WHERE run_id = ?"  # noqa: S608
_INSERT_OPERATION = (
    f"INSERT INTO operation (run_id, name, {', '.join(_OPERATION_COLUMNS)}) "  # noqa: S608
    f"VALUES ({', '.join('?' * (2 + len(_OPERATION_COLUMNS)))})"
)
_SERIES = {
    metric: f"SELECT run.id, {metric} FROM run JOIN operation ON run_id = run.id WHERE scenario = ? AND "  # noqa: S608
    f"name = ? AND ended = 'complete' AND {metric} IS NOT NULL ORDER BY run.id"
    for metric in METRICS
}


def stored_run(
    results: LoadTestResults, record: RunRecord | None, *, revision: str, machine: str
) -> StoredRun:
    """What the history keeps of a run; of one without a record there are no seconds."""
    operations = {}
    for name, operation in results.operations.items():
        times, errors = operation.response_time, operation.error_stats
        operations[name] = OperationRow(
            errors.planned,
            errors.ok,
            **{metric: getattr(times, metric.removesuffix("_ms")) for metric in METRICS},
            **{outcome: getattr(errors, outcome) for outcome in OUTCOMES},
        )
    usage = results.resource_usage
    return StoredRun(
        started_at=results.execution_timestamp,
        scenario=results.scenario_name,
        profile=results.profile,
        seed=results.seed,
        backend=results.backend.name,
        backend_version=results.backend.version,
        revision=revision,
        plugin_version=results.plugin_version,
        codebase=results.codebase.digest,
        machine=machine,
        ended=results.ended,
        status=results.status or "",
        session=results.details.get("session", ""),
        role=results.details.get("role", ""),
        calibration_ms=results.calibration_ms,
        rss_avg_mb=None if usage is None else usage.rss_avg_mb,
        rss_peak_mb=None if usage is None else usage.rss_peak_mb,
        cpu_avg_percent=None if usage is None else usage.cpu_avg_percent,
        alerts=",".join(dict.fromkeys(alert.name for alert in results.alerts)),
        stress=",".join(dict.fromkeys(figure.kind for figure in results.stress)),
        operations=operations,
        seconds={} if record is None else _seconds(record),
        results=encode_results([results]),
    )


class HistoryStore:
    """The history at `path`, made where it is missing. Raises HistoryError for a file that is none, or newer,
    and leaves it as it is. Several processes may have it open."""

    def __init__(self, path: Path) -> None:
        check_file(path)
        self.path = path
        try:
            _make_folder(path.parent)
            self._connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise HistoryError(f"{path} cannot be opened: {error}") from error
        with self._told():
            self._connection.execute("PRAGMA foreign_keys = ON")
            # What was told to be stored survives a loss of power as well: a run takes seconds, this none.
            self._connection.execute("PRAGMA synchronous = FULL")
            migrate(self._connection, path)
            # Readers and a writer do not wait for one another.
            self._connection.execute("PRAGMA journal_mode = WAL")

    def close(self) -> None:
        """Let go of the file. Idempotent."""
        self._connection.close()

    def add(self, run: StoredRun) -> int:
        """Store a run; returns its number. It is on disk then."""
        values = [getattr(run, name) for name in _NAMES]
        with self._writing():
            cursor = self._connection.execute(_INSERT, [*values, run.results])
            number = cursor.lastrowid or 0
            self._connection.executemany(
                _INSERT_OPERATION,
                [
                    (number, name, *(getattr(row, column) for column in _OPERATION_COLUMNS))
                    for name, row in run.operations.items()
                ],
            )
            self._connection.executemany(
                "INSERT INTO second VALUES (?, ?, ?, ?)",
                [(number, name, at, found.to_bytes()) for (name, at), found in run.seconds.items()],
            )
        return number

    def runs(self, *, scenario: str | None = None, limit: int | None = None) -> list[StoredRun]:
        """The last `limit` runs, the newest last, without their seconds and results."""
        values = [scenario, scenario, -1 if limit is None else limit]
        with self._told():
            rows = self._connection.execute(_LIST, values).fetchall()
        return [self._run(row) for row in reversed(rows)]

    def run(self, number: int) -> StoredRun:
        """One run, whole. Raises HistoryError where there is none of that number."""
        with self._told():
            rows = self._connection.execute(_WHOLE, [number]).fetchall()
            if not rows:
                raise HistoryError(f"{self.path} has no run {number}")
            seconds = self._connection.execute(
                "SELECT operation, second, latencies FROM second WHERE run_id = ?", [number]
            ).fetchall()
        found = {(name, at): Histogram.from_bytes(blob) for name, at, blob in seconds}
        return self._run(rows[0][:-1], seconds=found, results=rows[0][-1])

    def results(self, number: int) -> LoadTestResults:
        """The results of a run as they were reported. Raises HistoryError."""
        [found] = decode_results(self.run(number).results, f"run {number} of {self.path}")
        return found

    def series(self, scenario: str, operation: str, metric: str) -> list[tuple[int, float]]:
        """Number and value of each complete run that has one, the oldest first; `metric` is of METRICS."""
        if metric not in METRICS:
            raise HistoryError(f"no metric {metric!r}: there are {', '.join(METRICS)}")
        with self._told():
            rows: list[tuple[int, float]] = self._connection.execute(
                _SERIES[metric], [scenario, operation]
            ).fetchall()
        return rows

    def has(self, run: StoredRun) -> bool:
        """Whether a run of that scenario, seed, backend and moment is there."""
        values = [run.started_at, run.scenario, run.seed, run.backend, run.backend_version]
        with self._told():
            rows = self._connection.execute(
                "SELECT 1 FROM run WHERE started_at = ? AND scenario = ? AND seed = ? AND backend = ? "
                "AND backend_version = ?",
                values,
            ).fetchall()
        return bool(rows)

    def prune(self, keep: int) -> int:
        """Forget all but the last `keep` runs of each scenario; returns how many were forgotten."""
        with self._writing():
            cursor = self._connection.execute(
                "DELETE FROM run WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER "
                "(PARTITION BY scenario ORDER BY id DESC) AS rank FROM run) WHERE rank > ?)",
                [keep],
            )
        return cursor.rowcount

    def problems(self) -> list[str]:
        """What SQLite's own check finds; nothing where the file is whole."""
        with self._told():
            rows = self._connection.execute("PRAGMA integrity_check").fetchall()
        return [text for (text,) in rows if text != "ok"]

    def _run(
        self,
        row: tuple[object, ...],
        *,
        seconds: Mapping[tuple[str, int], Histogram] | None = None,
        results: bytes = b"",
    ) -> StoredRun:
        found = dict(zip([*_NAMES, "number"], row, strict=True))
        with self._told():
            rows = self._connection.execute(_OPERATIONS, [found["number"]]).fetchall()
        operations = {name: OperationRow(*values) for name, *values in rows}
        return StoredRun(**found, operations=operations, seconds=seconds or {}, results=results)  # type: ignore[arg-type]  # the columns have the fields' types

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """All of it or nothing."""
        with self._told():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                # Where a disk is full there is none to roll back any more: that must not hide the reason.
                self._connection.rollback()
                raise

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise HistoryError(f"{self.path}: {error}") from error


def _make_folder(folder: Path) -> None:
    """A folder of our own is no part of anybody's repository."""
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        # Perhaps since a moment ago: workers begin together.
        return
    if folder.name == HISTORY_PATH.parent.name:
        (folder / ".gitignore").write_text("*\n")


def _seconds(record: RunRecord) -> dict[tuple[str, int], Histogram]:
    """Latencies of right answers, by operation and the second of the measured time they were due in."""
    columns = record.samples.columns()
    right = (columns["phase"] == PhaseKind.MEASURE) & (columns["outcome"] == Outcome.OK)
    latency = columns["done_ns"] - columns["intended_ns"]
    second = (columns["intended_ns"] - record.measure_start_ns) // NS_PER_S
    found = {}
    for code, name in enumerate(record.samples.operations):
        rows = right & (columns["operation"] == code)
        for at in np.unique(second[rows]):
            found[name, int(at)] = Histogram.of(np.maximum(latency[rows & (second == at)], 0))
    return found
