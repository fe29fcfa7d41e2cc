"""Which budgets the runs of before suggest, beside those that stand: values, and a table of them.

Values in, values and lines out; knows nothing of files or of where runs are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pytest_rustide_load.budgets import METRICS, Budget, BudgetFile, Level
from pytest_rustide_load.budgets.metrics import Metric, Unit, format_value
from pytest_rustide_load.budgets.suggest import MIN_RUNS, Suggestion, judge_limit, suggest_limits
from pytest_rustide_load.report.results import LoadTestResults
from pytest_rustide_load.report.table import Cell, paint, render_table, wrap
from pytest_rustide_load.stats.quantiles import min_samples_for
from pytest_rustide_load.workload.scenario import family_of

__all__ = [
    "Suggested",
    "describe_unmet",
    "limit_text",
    "measured_value",
    "render_suggested",
    "suggest_budgets",
]

_SUFFIX = {Unit.MS: "ms", Unit.MB: "MB", Unit.PERCENT: "%", Unit.PER_S: "/s", Unit.FACTOR: "x"}


@dataclass(frozen=True, slots=True)
class Suggested:
    """One metric of one operation (None: the backend) in a scenario. `standing` is the budget that bounds it
    now, None for none, which may be `shared` with others; `problem` is what is wrong with that, "" for
    nothing."""

    scenario: str
    operation: str | None
    metric: Metric
    suggestion: Suggestion
    standing: Budget | None
    problem: str
    shared: bool = False


def suggest_budgets(runs: Sequence[LoadTestResults], file: BudgetFile) -> list[Suggested]:
    """What comparable runs of one scenario suggest: for everything that is bounded, and of each operation
    that users wait for and that has no limit of its own the highest percentile that every run has the
    samples for; nothing for what was not measured in five runs at least."""
    scenario = runs[-1].scenario_name
    found = []
    for budget, shared in _standing(runs[-1], file, scenario):
        suggestion = _suggestion(runs, budget.metric, budget.operation)
        if suggestion is not None:
            problem = judge_limit(budget.metric, budget.violation, suggestion)
            found.append(
                Suggested(scenario, budget.operation, budget.metric, suggestion, budget, problem, shared)
            )
    bounded = {one.operation for one in found if not one.shared and one.metric.is_latency}
    for operation in _waited(runs[-1]):
        metric = None if operation in bounded else _percentile(runs, operation)
        suggestion = None if metric is None else _suggestion(runs, metric, operation)
        if metric is not None and suggestion is not None:
            found.append(Suggested(scenario, operation, metric, suggestion, None, ""))
    return found


def _standing(run: LoadTestResults, file: BudgetFile, scenario: str) -> list[tuple[Budget, bool]]:
    """Every budget of the scenario, those of all operations for each that the user waits for, and whether it
    is shared: with other operations, or other scenarios."""
    found: list[tuple[Budget, bool]] = []
    budgets = [budget for budget in file.for_scenario(scenario, family_of(scenario)) if not budget.is_lifted]
    own = {(budget.key, budget.operation) for budget in budgets}
    for budget in budgets:
        if budget.metric.of_backend or budget.operation is not None:
            found.append((budget, budget.level < Level.SCENARIO or budget.scenario != scenario))
            continue
        found += [
            (Budget(budget.key, budget.violation, name, level=budget.level, source=budget.source), True)
            for name in _waited(run)
            if (budget.key, name) not in own
        ]
    return found


def _waited(run: LoadTestResults) -> list[str]:
    return [name for name, one in run.operations.items() if one.user_waits and one.error_stats.planned]


def _percentile(runs: Sequence[LoadTestResults], operation: str) -> Metric | None:
    counts = [run.operations[operation].response_time.count for run in runs if operation in run.operations]
    fewest = min(counts) if len(counts) == len(runs) else 0
    key = next((k for k in (95, 90, 50) if fewest >= min_samples_for(k / 100)), None)
    return None if key is None else METRICS[f"p{key}_ms"]


def _suggestion(runs: Sequence[LoadTestResults], metric: Metric, operation: str | None) -> Suggestion | None:
    values = [measured_value(run, metric, operation) for run in runs]
    known = [value for value in values if value is not None]
    return suggest_limits(metric, known)


def measured_value(run: LoadTestResults, metric: Metric, operation: str | None) -> float | None:
    """What a run measured of `metric`, in its unit; None where it did not, or only a bound of it."""
    if metric.key in ("fairness_factor", "interference_factor"):
        factor: float | None = getattr(run, metric.key)
        return factor
    if metric.key.startswith("feedback_"):
        times = None if run.feedback is None else run.feedback.keystroke_to_feedback
        statistic = metric.key.removeprefix("feedback_").removesuffix("_ms")
        return None if times is None or statistic in times.lower_bounds else getattr(times, statistic)
    if metric.of_backend:
        return None if run.resource_usage is None else getattr(run.resource_usage, metric.key, None)
    if operation not in run.operations:
        return None
    one = run.operations[operation]
    if metric.is_latency:
        statistic = metric.key.removesuffix("_ms")
        enough = metric.quantile is None or one.response_time.count >= min_samples_for(metric.quantile)
        known = enough and statistic not in one.response_time.lower_bounds
        return getattr(one.response_time, statistic) if known else None
    return {
        "error_ratio": one.error_stats.error_ratio,
        "min_goodput_ratio": one.error_stats.goodput_ratio,
        "min_throughput_per_s": one.throughput_per_s,
    }.get(metric.key)


def limit_text(metric: Metric, suggestion: Suggestion) -> str:
    """The limits as budgets.yaml has them: `{target: 26ms, warning: 31ms, violation: 35ms}`."""
    grades = ("target", "warning", "violation")
    texts = (f"{grade}: {_written(metric.unit, getattr(suggestion, grade))}" for grade in grades)
    return "{" + ", ".join(texts) + "}"


def _written(unit: Unit, value: float) -> str:
    return f"{value * 100:.6g}%" if unit is Unit.RATIO else f"{value:.6g}{_SUFFIX.get(unit, '')}"


def describe_unmet(found: Iterable[Suggested]) -> list[str]:
    """A sentence for each limit that is wrong. One that bounds many is slack where it is for all of them, and
    too tight where it is for one."""
    wrong = [one for one in found if one.problem]
    everything = list(found)
    told = []
    for one in wrong:
        assert one.standing is not None  # noqa: S101  only what stands can be wrong
        others = [
            other
            for other in everything
            if other.standing is not None
            and (other.standing.key, other.standing.source) == (one.standing.key, one.standing.source)
        ]
        if one.problem.startswith("slack") and not all(o.problem.startswith("slack") for o in others):
            continue
        text = format_value(one.metric.unit, one.standing.violation)
        noise = format_value(one.metric.unit, one.suggestion.noise)
        told.append(
            f"{one.standing.source}: {one.scenario}: {_name(one)} {text} is {one.problem} "
            f"(99 of 100 runs keep {noise})"
        )
    return told


def render_suggested(title: str, found: Sequence[Suggested], *, width: int = 80, colour: bool = False) -> str:
    """A table: what is usual (with its 95 % interval), what that suggests, and what stands."""
    if not found:
        return "\n".join(
            [title, f"  fewer than {MIN_RUNS} comparable runs, or nothing they measured: no limits"]
        )
    rows = []
    for one in found:
        unit, suggestion = one.metric.unit, one.suggestion
        word = one.problem.split()[0].rstrip(":").upper() if one.problem else ""
        # Beside a limit of several operations or scenarios, which stays, one of its own may be new.
        word = "NEW" if one.standing is None else word
        standing = "-" if one.standing is None else _short(unit, one.standing.violation)
        rows.append(
            (
                Cell(_name(one), left=True),
                Cell(_short(unit, suggestion.usual)),
                Cell(f"{_short(unit, suggestion.low)}..{_short(unit, suggestion.high)}"),
                *(
                    Cell(_short(unit, getattr(suggestion, grade)))
                    for grade in ("target", "warning", "violation")
                ),
                Cell(standing),
                Cell(word, left=True, colour="yellow" if colour and word else None),
            )
        )
    head = ("budget", "usual", "interval", "target", "warning", "violation", "now", "")
    return "\n".join(
        [
            *(paint(line, "bold", colour) for line in wrap(title, width, "  ")),
            *render_table(head, rows, width),
        ]
    )


def _short(unit: Unit, value: float) -> str:
    text = f"{value:.3g}%" if unit is Unit.PERCENT else format_value(unit, value)
    return text.replace(" ", "")


def _name(one: Suggested) -> str:
    return f"{one.operation} {one.metric.short}" if one.operation else one.metric.short
