"""Where the series of a scenario are going over many runs: drift, steps, and whether the last run is odd.

Values in, values and lines out; knows nothing of where runs are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from pytest_rustide_load.budgets.metrics import Unit, format_value
from pytest_rustide_load.report.comparison import comparable_series
from pytest_rustide_load.report.results import LoadTestResults
from pytest_rustide_load.report.table import Cell, paint, render_table, wrap
from pytest_rustide_load.stats.anomaly import Anomaly, find_anomaly
from pytest_rustide_load.stats.shares import share_interval
from pytest_rustide_load.stats.steps import Step, find_steps
from pytest_rustide_load.stats.trend import Drift, find_drift

__all__ = [
    "KeptRun",
    "RunEnds",
    "ScenarioTrends",
    "SeriesTrend",
    "find_trends",
    "render_trends",
    "trend_sentences",
]

_MIN_RUNS_FOR_STEPS = 10
_P_SHOWN = 0.001


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A run of the history: its number there, the commit of the code under test ("" for unknown), and what
    was measured."""

    number: int
    commit: str
    results: LoadTestResults


@dataclass(frozen=True, slots=True)
class RunEnds:
    """Of `runs`, void ones and others, how many `crashed`: the backend ended before they did, and did not
    come back. Runs that somebody interrupted are neither."""

    runs: int
    crashed: int

    def describe(self) -> str:
        """The share, and the interval in which it lies with 95 %, exact (Clopper and Pearson)."""
        low, high = share_interval(self.crashed, self.runs)
        share = f"{self.crashed} of {self.runs} runs, {self.crashed / self.runs:.1%}"
        return f"crash probability: {share} ({low:.1%}..{high:.1%})"


@dataclass(frozen=True, slots=True)
class SeriesTrend:
    """One series over the runs, oldest first. `values` are in `unit`, "ms" or "MB"; `last` holds the last run
    against those before it. Steps are none where there are too few runs."""

    name: str
    unit: str
    values: tuple[float, ...]
    drift: Drift
    steps: tuple[Step, ...]
    last: Anomaly

    @property
    def gets_worse(self) -> bool:
        return self.drift.is_drift and (self.drift.change_ratio or 0.0) > 0

    @property
    def verdict(self) -> str:
        """The gravest of what was found: WORSE, ODD where the last run is too high, BETTER, STEP, ODD,
        "too few", or "steady". WORSE and BETTER are drifts."""
        if self.gets_worse:
            return "WORSE"
        if self.last.is_odd and (self.last.change_ratio or 0.0) > 0:
            return "ODD"
        if self.drift.is_drift:
            return "BETTER"
        if self.steps:
            return "STEP"
        if self.last.is_odd:
            return "ODD"
        return "too few" if self.drift.p_value is None else "steady"


@dataclass(frozen=True, slots=True)
class ScenarioTrends:
    """The series of one scenario over `runs`, all of which can be held against one another. `left_out` are
    operations of the last run that some run before has no answers of. `ends` is None where nobody knows how
    runs ended."""

    scenario: str
    backend: str
    runs: tuple[KeptRun, ...]
    series: tuple[SeriesTrend, ...]
    left_out: tuple[str, ...] = ()
    ends: RunEnds | None = None


def find_trends(runs: Sequence[KeptRun], ends: RunEnds | None = None) -> ScenarioTrends:
    """The trends over `runs` of one scenario, oldest first, at least one. Of each operation the highest
    percentile that every run has enough samples for, and the peak memory."""
    results = [run.results for run in runs]
    found = [
        _trend(name, values) for name, (values, _) in comparable_series(results, results).items() if values
    ]
    last = results[-1]
    told = {one.name.rpartition(" ")[0] for one in found}
    left_out = [
        name
        for name, one in last.operations.items()
        if one.user_waits and one.response_time.count and name not in told
    ]
    where = last.scenario_name, last.backend.name
    return ScenarioTrends(*where, tuple(runs), tuple(found), tuple(left_out), ends)


def _trend(name: str, values: Sequence[float]) -> SeriesTrend:
    steps = find_steps(values) if len(values) >= _MIN_RUNS_FOR_STEPS else []
    unit = "MB" if name == "memory peak" else "ms"
    last = find_anomaly(values[-1], values[:-1])
    if last.is_odd and not steps:
        # A single run far off hides in its scatter where the level changed before it.
        steps = find_steps(values[:-1])
    return SeriesTrend(name, unit, tuple(values), find_drift(values), tuple(steps), last)


def render_trends(trends: ScenarioTrends, *, width: int = 80, colour: bool = False) -> str:
    """A table of the series, and a sentence for each step and each odd last run. Ends without a newline."""
    runs = trends.runs
    span = f"run {runs[0].number}" + (f" to {runs[-1].number}" if len(runs) > 1 else "")
    count = f"{len(runs)} comparable run{'s' if len(runs) != 1 else ''}"
    lines = [paint(f"{trends.scenario}: {trends.backend}, {count}, {span}", "bold", colour)]
    colours = {"WORSE": "red", "BETTER": "green", "STEP": "yellow", "ODD": "yellow"}
    rows = [
        (
            Cell(one.name, left=True),
            Cell(_value(one, median(one.values))),
            Cell(_value(one, one.values[-1])),
            Cell(_change(one.drift)),
            Cell(_p_value(one.drift)),
            Cell(one.verdict, left=True, colour=colours.get(one.verdict) if colour else None),
        )
        for one in trends.series
    ]
    lines += render_table(("series", "median", "last", "drift", "p", "verdict"), rows, width)
    for one in trends.series:
        for sentence in trend_sentences(one, runs):
            lines += wrap(sentence, width, "  ")
    if trends.left_out:
        text = f"no trend of what not every run has enough answers of: {', '.join(trends.left_out)}"
        lines += wrap(text, width, "  ")
    if trends.ends is not None:
        lines += wrap(trends.ends.describe(), width, "  ")
    return "\n".join(lines)


def trend_sentences(one: SeriesTrend, runs: Sequence[KeptRun]) -> list[str]:
    """What is to be told of a series beyond its figures: each step, and a last run that is odd."""
    found = []
    for step in one.steps:
        run = runs[step.index]
        where = f"run {run.number}" + (f" ({run.commit[:12]})" if run.commit else "")
        before, after = _value(one, step.mean_before), _value(one, step.mean_after)
        found.append(
            f"{one.name}: a step at {where}: {before} before, {after} since ({step.change_ratio:+.1%})"
        )
    if one.last.is_odd and one.last.deviations is not None and one.last.change_ratio is not None:
        side = "above" if one.last.deviations > 0 else "below"
        found.append(
            f"{one.name}: the last run is odd: {_value(one, one.values[-1])}, "
            f"{abs(one.last.deviations):.1f} robust deviations {side} the {one.last.count} before it"
        )
    return found


def _value(one: SeriesTrend, value: float) -> str:
    return format_value(Unit.MB if one.unit == "MB" else Unit.MS, value).replace(" ", "")


def _change(drift: Drift) -> str:
    return "-" if drift.change_ratio is None else f"{drift.change_ratio:+.1%}"


def _p_value(drift: Drift) -> str:
    if drift.p_value is None:
        return "-"
    return f"<{_P_SHOWN}" if drift.p_value < _P_SHOWN else f"{drift.p_value:.3f}"
