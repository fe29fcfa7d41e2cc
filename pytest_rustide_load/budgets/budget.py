"""Budgets as values, and which of several stands when they speak of the same thing.

Knows nothing of how they were written or of what was measured.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable
from dataclasses import dataclass

from pytest_rustide_load.budgets.metrics import METRICS, Metric, format_value

__all__ = ["Budget", "Level", "merge_budgets"]


class Level(enum.IntEnum):
    """Where a budget was set; the higher one stands."""

    IMPLIED = 0
    DEFAULT = 1
    SCENARIO = 2
    MARKER = 3


@dataclass(frozen=True, slots=True)
class Budget:
    """One limit, in the unit of its key.

    Without `operation` it bounds every operation the user waits for, each by itself, or (for memory and
    CPU) the backend. Beyond `violation` is a failure, between `warning` and `violation` a warning;
    `target` is what one would like to reach and is only reported. For a floor (`min_…`) beyond means
    below. An infinite violation is no limit: it takes away one that would stand otherwise. `source` is where
    it stands: `budgets.yaml:12`, or a test.
    """

    key: str
    violation: float
    operation: str | None = None
    warning: float | None = None
    target: float | None = None
    scenario: str | None = None
    level: Level = Level.MARKER
    source: str = ""

    @property
    def metric(self) -> Metric:
        return METRICS[self.key]

    @property
    def is_lifted(self) -> bool:
        """Whether nothing is bounded by it."""
        return math.isinf(self.violation)

    def describe(self) -> str:
        """The limit in words: `p95 at most 150 ms`."""
        bound = "at least" if self.metric.is_floor else "at most"
        return f"{self.metric.label} {bound} {format_value(self.metric.unit, self.violation)}"


def merge_budgets(stronger: Iterable[Budget], weaker: Iterable[Budget]) -> tuple[Budget, ...]:
    """`stronger` and those of `weaker` it does not speak about.

    A budget is overridden by one of the same key for the same operation, or for every operation: what a
    test says about all its operations also holds for those that have a limit of their own elsewhere.
    Among several of the same key and operation in `stronger` the first stands.
    """
    kept: dict[tuple[str, str | None], Budget] = {}
    for budget in stronger:
        kept.setdefault((budget.key, budget.operation), budget)
    said = set(kept)
    for budget in weaker:
        identity = (budget.key, budget.operation)
        if identity not in said and (budget.key, None) not in said:
            kept.setdefault(identity, budget)
    return tuple(kept.values())
