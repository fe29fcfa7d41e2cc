"""Budgets from what people write: markers on tests, and one mapping of limits in budgets.yaml.

Every mistake is reported, each with the nearest right name. Knows nothing of pytest, YAML or files.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace

from pytest_rustide_load.budgets.budget import Budget, Level
from pytest_rustide_load.budgets.metrics import METRICS, Metric, format_value, parse_value
from pytest_rustide_load.errors import ConfigError, Problem, did_you_mean, shown

__all__ = ["GRADES", "parse_limit", "parse_marker", "unknown_key"]

# The parts of a graded limit, from the wish to the failure.
GRADES = ("target", "warning", "violation")


def parse_marker(
    args: tuple[object, ...],
    kwargs: Mapping[str, object],
    *,
    source: str,
    operations: Collection[str],
    line: int | None = None,
) -> tuple[Budget, ...]:
    """The budgets of `@pytest.mark.budget(*args, **kwargs)`, one for each keyword.

    `args` is empty or holds one of `operations`. A value is a number in the unit of its key, a text with
    a unit, or a mapping of target, warning and violation. `source` and `line` say where the marker
    stands. Raises ConfigError with every problem.
    """
    problems: list[Problem] = []

    def complain(message: str) -> None:
        problems.append(Problem(f"budget marker: {message}", source, line))

    operation: str | None = None
    if len(args) > 1:
        complain(f"takes one operation, not {len(args)}: repeat the marker for each")
    for name in args:
        if isinstance(name, str) and name in operations:
            operation = name
        elif isinstance(name, str):
            complain(f"unknown operation {name!r}: {did_you_mean(name, operations)}")
        else:
            complain(f"{name!r} is not the name of an operation")
    if not kwargs:
        complain("sets no limit; write one like p95_ms=150")
    budgets: list[Budget] = []
    place = source if line is None else f"{source}:{line}"
    for key, value in kwargs.items():
        metric = METRICS.get(key)
        if metric is None:
            complain(unknown_key(key, METRICS))
            continue
        if metric.of_backend and args:
            complain(f"{key} bounds the whole backend and takes no operation")
        limits = value if isinstance(value, Mapping) else {"violation": value}
        budget = parse_limit(
            metric, limits.items(), unit_required=False, complain=lambda message, _grade: complain(message)
        )
        if budget is not None:
            budgets.append(replace(budget, operation=operation, level=Level.MARKER, source=place))
    if problems:
        raise ConfigError(problems)
    return tuple(budgets)


def unknown_key(key: str, known: Iterable[str]) -> str:
    return f"unknown key {key!r}: {did_you_mean(key, known)}"


def parse_limit(
    metric: Metric,
    limits: Iterable[tuple[object, object]],
    *,
    unit_required: bool,
    complain: Callable[[str, str], None],
) -> Budget | None:
    """A bare budget of `metric` from its grades, or None after telling `complain` what is wrong and with
    which grade ("" for the whole)."""
    values: dict[str, float] = {}
    sound = True
    for grade, value in limits:
        if grade not in GRADES:
            complain(f"{metric.key}: {unknown_key(str(grade), GRADES)}", str(grade))
            sound = False
            continue
        try:
            values[str(grade)] = parse_value(metric, value, unit_required=unit_required)
        except OverflowError:
            complain(f"{metric.key}: {shown(value)} is too long a number", str(grade))
            sound = False
        except ValueError as error:
            complain(f"{metric.key}: {error}", str(grade))
            sound = False
    if sound and "violation" not in values:
        complain(f"{metric.key}: has no violation, the limit beyond which it fails", "")
        sound = False
    if not sound:
        return None
    given = [(grade, values[grade]) for grade in GRADES if grade in values]
    for (milder, low), (stricter, high) in itertools.pairwise(given):
        if (high > low) if metric.is_floor else (high < low):
            order = "must not lie above" if metric.is_floor else "must not lie below"
            complain(
                f"{metric.key}: {stricter} {format_value(metric.unit, high)} {order} "
                f"{milder} {format_value(metric.unit, low)}",
                stricter,
            )
            return None
    return Budget(metric.key, values["violation"], warning=values.get("warning"), target=values.get("target"))
