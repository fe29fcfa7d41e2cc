"""Budgets: parsing what was promised, and judging runs by it.

Pure: no files, clock or pytest.
"""

from __future__ import annotations

from pytest_rustide_load.budgets.budget import Budget, Level, merge_budgets
from pytest_rustide_load.budgets.evaluate import (
    IMPLIED_GOODPUT_RATIO,
    Status,
    Verdict,
    evaluate,
    worst_status,
)
from pytest_rustide_load.budgets.metrics import METRICS
from pytest_rustide_load.budgets.parse import parse_marker

__all__ = [
    "IMPLIED_GOODPUT_RATIO",
    "METRICS",
    "Budget",
    "Level",
    "Status",
    "Verdict",
    "evaluate",
    "merge_budgets",
    "parse_marker",
    "worst_status",
]
