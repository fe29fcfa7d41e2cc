"""The tables of the history, how older files become newer ones, and which files are none of ours.

Knows nothing of results.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from pytest_rustide_load.errors import HistoryError

__all__ = ["APPLICATION_ID", "MIGRATIONS", "check_file", "migrate"]

# "RLdh": what SQLite keeps in the header for the program that a file belongs to.
APPLICATION_ID = 0x524C6468
_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100
_VERSION_AT, _APPLICATION_AT = 60, 68

# Step n makes version n+1 of version n. Released steps are never changed, only followed by others.
MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE run (
        id INTEGER PRIMARY KEY,
        started_at TEXT NOT NULL,
        scenario TEXT NOT NULL,
        profile TEXT NOT NULL,
        seed INTEGER NOT NULL,
        backend TEXT NOT NULL,
        backend_version TEXT NOT NULL,
        revision TEXT NOT NULL,
        plugin_version TEXT NOT NULL,
        codebase TEXT NOT NULL,
        machine TEXT NOT NULL,
        ended TEXT NOT NULL,
        status TEXT NOT NULL,
        results BLOB NOT NULL
    );
    CREATE INDEX run_of_scenario ON run (scenario, id);
    CREATE TABLE operation (
        run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        planned INTEGER NOT NULL,
        ok INTEGER NOT NULL,
        mean_ms REAL, p50_ms REAL, p90_ms REAL, p95_ms REAL, p99_ms REAL, max_ms REAL,
        PRIMARY KEY (run_id, name)
    ) WITHOUT ROWID;
    CREATE TABLE second (
        run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        operation TEXT NOT NULL,
        second INTEGER NOT NULL,
        latencies BLOB NOT NULL,
        PRIMARY KEY (run_id, operation, second)
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE run ADD COLUMN session TEXT NOT NULL DEFAULT '';
    ALTER TABLE run ADD COLUMN role TEXT NOT NULL DEFAULT '';
    ALTER TABLE run ADD COLUMN calibration_ms REAL;
    ALTER TABLE run ADD COLUMN rss_avg_mb REAL;
    ALTER TABLE run ADD COLUMN rss_peak_mb REAL;
    ALTER TABLE run ADD COLUMN cpu_avg_percent REAL;
    ALTER TABLE run ADD COLUMN alerts TEXT NOT NULL DEFAULT '';
    ALTER TABLE run ADD COLUMN stress TEXT NOT NULL DEFAULT '';
    ALTER TABLE operation ADD COLUMN empty INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE operation ADD COLUMN wrong INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE operation ADD COLUMN error INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE operation ADD COLUMN cancelled INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE operation ADD COLUMN content_modified INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE operation ADD COLUMN timeout INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE operation ADD COLUMN crashed INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE operation ADD COLUMN dropped INTEGER NOT NULL DEFAULT 0;
    """,
)


def check_file(path: Path) -> None:
    """Raises HistoryError for a file that is no history, or one of a newer version; it is only read."""
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except FileNotFoundError:
        return
    except OSError as error:
        raise HistoryError(f"{path} cannot be read: {error.strerror}") from error
    if not header:
        return
    elsewhere = "name another file with --load-history, or move this one away"
    if not header.startswith(_MAGIC) or len(header) < _HEADER_BYTES:
        raise HistoryError(f"{path} is no history: {elsewhere}")
    application = int.from_bytes(header[_APPLICATION_AT : _APPLICATION_AT + 4], "big")
    if application != APPLICATION_ID:
        raise HistoryError(f"{path} is another program's database: {elsewhere}")
    _check_version(path, int.from_bytes(header[_VERSION_AT : _VERSION_AT + 4], "big"))


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the file up to date, in one transaction. Raises HistoryError for one of a newer version."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        [(version,)] = connection.execute("PRAGMA user_version").fetchall()
        _check_version(path, version)
        if version < len(MIGRATIONS):
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            for step in MIGRATIONS[version:]:
                for statement in filter(str.strip, step.split(";")):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        # Where a disk is full there is none to roll back any more, and no complaint of that hides the reason.
        connection.rollback()
        raise


def _check_version(path: Path, version: int) -> None:
    if version > len(MIGRATIONS):
        raise HistoryError(
            f"{path} was written by a newer pytest-rustide-load (format {version}, this one knows "
            f"{len(MIGRATIONS)}): update it, or name another file with --load-history"
        )
