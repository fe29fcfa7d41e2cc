"""Budgets: parsing what was promised, and judging runs by it.

Pure: no files, clock or pytest.
"""

from __future__ import annotations

from pytest_rustide_load.budgets.budget import Budget, Level, merge_budgets
from pytest_rustide_load.budgets.evaluate import IMPLIED_GOODPUT_RATIO, Verdict, evaluate
from pytest_rustide_load.budgets.file import BudgetFile, parse_budgets
from pytest_rustide_load.budgets.metrics import METRICS
from pytest_rustide_load.budgets.parse import parse_marker
from pytest_rustide_load.stats.status import Status

__all__ = [
    "IMPLIED_GOODPUT_RATIO",
    "METRICS",
    "Budget",
    "BudgetFile",
    "Level",
    "Status",
    "Verdict",
    "evaluate",
    "merge_budgets",
    "parse_budgets",
    "parse_marker",
]
