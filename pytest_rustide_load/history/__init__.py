"""What was measured before: every run, in one SQLite file beside the tests.

Knows nothing of pytest or of how results come about.
"""

from __future__ import annotations

from pytest_rustide_load.history.kept import describe_none, kept_runs, kept_trends
from pytest_rustide_load.history.store import (
    HISTORY_PATH,
    METRICS,
    OUTCOMES,
    HistoryStore,
    OperationRow,
    StoredRun,
    stored_run,
)

__all__ = [
    "HISTORY_PATH",
    "METRICS",
    "OUTCOMES",
    "HistoryStore",
    "OperationRow",
    "StoredRun",
    "describe_none",
    "kept_runs",
    "kept_trends",
    "stored_run",
]
