"""How much a scenario asks for, known before any of it is planned.

Pure values; where a scenario comes from, and who refuses it, is the business of others.
"""

from __future__ import annotations

from collections.abc import Iterable

from pytest_rustide_load.workload.patterns import OperationPattern
from pytest_rustide_load.workload.scenario import Scenario

__all__ = ["MOST_OPERATIONS", "asks_nothing", "most_operations", "too_large"]

# A plan is kept in memory, 32 bytes an operation, and sorted.
MOST_OPERATIONS = 50_000_000
_SHAPE_SECONDS = 1_000


def most_operations(scenario: Scenario) -> float:
    """Not fewer than are planned: every rate at the upper end of its range, in the most loaded second."""
    stated = {pattern.operation for pattern in scenario.patterns}
    of_kinds = sum(
        count * _per_s(one for one in behavior.operation_patterns if one.operation not in stated)
        for behavior, count in scenario.behaviors
    )
    per_s = scenario.users * _per_s(scenario.patterns) + of_kinds
    # The shape is looked at in so many places; each of its steps is a share of the time, not a second.
    factor = float(scenario.shape.factors(_SHAPE_SECONDS).max()) * max(scenario.ramp, default=1.0)
    seconds = scenario.warm_up_s + scenario.duration_s
    of_stages = sum(stage.share * _per_s(stage.patterns) for stage in scenario.stages)
    return factor * (per_s * seconds + of_stages * scenario.users * scenario.duration_s)


def asks_nothing(scenario: Scenario) -> bool:
    """Whether nobody does anything, however long the run takes."""
    patterns = [
        *scenario.patterns,
        *(pattern for behavior, _ in scenario.behaviors for pattern in behavior.operation_patterns),
        *(pattern for stage in scenario.stages for pattern in stage.patterns),
    ]
    return not any(pattern.think_time_s is not None or pattern.rate_per_s.high > 0 for pattern in patterns)


def too_large(scenario: Scenario) -> str:
    """Why a scenario cannot be planned, in words; empty where it can."""
    wanted = most_operations(scenario)
    if wanted <= MOST_OPERATIONS:
        return ""
    return f"asks for up to {wanted:,.0f} operations, and {MOST_OPERATIONS:,} can be planned"


def _per_s(patterns: Iterable[OperationPattern]) -> float:
    return sum(pattern.rate_per_s.high for pattern in patterns if pattern.think_time_s is None)
