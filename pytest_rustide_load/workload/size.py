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


def most_operations(scenario: Scenario) -> float:
    """Not fewer than are planned, every rate at the upper end of its range; at random some more may come."""
    stated = {pattern.operation for pattern in scenario.patterns}
    of_kinds = sum(
        count * _per_s(one for one in behavior.operation_patterns if one.operation not in stated)
        for behavior, count in scenario.behaviors
    )
    per_s = scenario.users * _per_s(scenario.patterns) + of_kinds
    levels = scenario.ramp or (1.0,)
    each_s = scenario.duration_s / len(levels)
    loaded_s = levels[0] * _loaded_s(scenario, 0.0, scenario.warm_up_s)
    for number, level in enumerate(levels):
        begin_s = scenario.warm_up_s + number * each_s
        loaded_s += level * _loaded_s(scenario, begin_s, begin_s + each_s)
    of_stages, begin_s = 0.0, scenario.warm_up_s
    for stage in scenario.stages:
        end_s = begin_s + stage.share * scenario.duration_s
        of_stages += scenario.users * _per_s(stage.patterns) * _loaded_s(scenario, begin_s, end_s)
        begin_s = end_s
    # A plan goes by whole seconds, one of which may be as high as the shape ever is.
    even = scenario.shape.kind in ("constant", "soak")
    rounding_s = 0.0 if even else scenario.shape.highest * max(levels)
    of_stages += rounding_s * scenario.users * sum(_per_s(stage.patterns) for stage in scenario.stages)
    return per_s * (loaded_s + rounding_s) + of_stages


def _loaded_s(scenario: Scenario, begin_s: float, end_s: float) -> float:
    """How long it would take to do as much without the scenario's shape."""
    whole_s = scenario.warm_up_s + scenario.duration_s
    if whole_s <= 0:
        return 0.0
    return whole_s * scenario.shape.integral(begin_s / whole_s, end_s / whole_s)


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
