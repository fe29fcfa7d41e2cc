"""A candidate beside a baseline: which series are compared, and the table of what came of it.

Values in, values and lines out; knows nothing of backends or of how the runs were made.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import exp, expm1, fsum, log
from statistics import stdev

from msgspec.structs import replace

from pytest_rustide_load.budgets.metrics import Unit, format_value
from pytest_rustide_load.report.compared import ComparedSeries, ComparisonReport
from pytest_rustide_load.report.results import LoadTestResults, StatisticalSummary
from pytest_rustide_load.report.table import Cell, paint, render_table, wrap
from pytest_rustide_load.stats.compare import (
    LARGEST_TOLD_RATIO,
    Comparison,
    GateRule,
    SeriesRules,
    pairs_needed,
)
from pytest_rustide_load.stats.quantiles import min_samples_for
from pytest_rustide_load.stats.status import Status

__all__ = [
    "comparable_series",
    "compared",
    "interval_text",
    "ratio_text",
    "render_comparison",
    "uncompared",
]

_COLOURS = {"PASS": "green", "WARN": "yellow", "INCONCLUSIVE": "yellow", "FAIL": "red"}
_SHORT = {"INCONCLUSIVE": "INCONCL"}
_P_SHOWN = 0.001
_ENDLESS = f">{LARGEST_TOLD_RATIO:+.0%}"
_MISSING = "the baseline has it, the candidate does not"


def comparable_series(
    candidate: Sequence[LoadTestResults], baseline: Sequence[LoadTestResults]
) -> dict[str, tuple[list[float], list[float]]]:
    """The series of paired repetitions of one scenario, candidate and baseline, in the order of the runs.

    Of each operation that users wait for the highest percentile that its samples allow in every run
    ("completion p95", in milliseconds), and the peak memory ("memory peak", in MB). What the candidate has
    not, in one run at least, has no values on its side.
    """
    found: dict[str, tuple[list[float], list[float]]] = {}
    for name in _waited(baseline):
        theirs, mine = _times(baseline, name), _times(candidate, name)
        fewest = min((one.count for one in (*theirs, *mine)), default=0)
        percentile = next((p for p in (95, 90, 50) if fewest >= min_samples_for(p / 100)), None)
        if percentile is None and mine:
            continue
        series = f"{name} p{percentile or 50}"
        found[series] = _of(mine, percentile or 50), _of(theirs, percentile or 50)
    mine_mb, theirs_mb = _peaks(candidate), _peaks(baseline)
    if theirs_mb:
        found["memory peak"] = mine_mb, theirs_mb
    return found


def uncompared(
    series: Collection[str], candidate: Sequence[LoadTestResults], baseline: Sequence[LoadTestResults]
) -> tuple[str, ...]:
    """A sentence on the operations that users had answers to and that no one of `series` is of; none where
    there are none."""
    told = {name.rpartition(" ")[0] for name in series}
    names = dict.fromkeys(
        name
        for run in (*baseline, *candidate)
        for name, one in run.operations.items()
        if one.user_waits and one.response_time.count and name not in told
    )
    return (f"not compared, as not every run has enough answers: {', '.join(names)}",) if names else ()


def _waited(runs: Sequence[LoadTestResults]) -> list[str]:
    """The operations with answers in every run."""
    names = list(runs[0].operations) if runs else []
    return [name for name in names if _times(runs, name) and runs[0].operations[name].user_waits]


def _times(runs: Sequence[LoadTestResults], name: str) -> list[StatisticalSummary]:
    """The latencies in every run; none where one of them has none."""
    found = [run.operations[name].response_time for run in runs if name in run.operations]
    return found if len(found) == len(runs) and all(one.count and one.p50 for one in found) else []


def _of(times: Sequence[StatisticalSummary], percentile: int) -> list[float]:
    return [float(getattr(one, f"p{percentile}")) for one in times]


def _peaks(runs: Sequence[LoadTestResults]) -> list[float]:
    usages = [run.resource_usage for run in runs]
    peaks = [usage.rss_peak_mb for usage in usages if usage is not None and usage.rss_peak_mb > 0]
    return peaks if len(peaks) == len(runs) else []


def compared(
    found: Mapping[str, Comparison],
    series: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    rule: GateRule | None = None,
    rules: SeriesRules | None = None,
    *,
    paired: bool = False,
) -> tuple[ComparedSeries, ...]:
    """Every series of the baseline, in its order. One that the candidate has not fails: whatever was promised
    about it is not kept. Of `paired` runs it is told how many would have found more."""
    rule, rules = rule or GateRule(), rules or SeriesRules()
    told = tuple(
        _compared(name, found.get(name) if mine else None, both, rules.rule(name, rule), rules.binds(name))
        for name, both in series.items()
        for mine in [both[0]]
    )
    return tuple(_with_pairs(one, found, rules.rule(one.name, rule)) for one in told) if paired else told


def _with_pairs(one: ComparedSeries, found: Mapping[str, Comparison], rule: GateRule) -> ComparedSeries:
    spread = found[one.name].stddev_log if one.underpowered else None
    return one if spread is None else replace(one, pairs_needed=pairs_needed(spread, rule))


def _compared(
    name: str,
    one: Comparison | None,
    both: tuple[Sequence[float], Sequence[float]],
    rule: GateRule,
    binds: bool,
) -> ComparedSeries:
    mine, theirs = both
    unit = "MB" if name == "memory peak" else "ms"
    baseline = _geometric_mean(theirs)
    if one is None:
        status = "FAIL" if binds else "WARN"
        return ComparedSeries(name=name, unit=unit, status=status, reason=_MISSING, baseline=baseline)
    return ComparedSeries(
        name=name,
        unit=unit,
        # What is advisory binds nobody.
        status=(Status.WARN if one.advisory and one.status is Status.FAIL else one.status).value,
        reason=one.reason,
        baseline=baseline,
        candidate=_geometric_mean(mine),
        change_ratio=one.change_ratio,
        low_ratio=one.low_ratio,
        high_ratio=one.high_ratio,
        detectable_ratio=one.detectable_ratio,
        underpowered=one.underpowered,
        baseline_spread_ratio=_spread(theirs),
        candidate_spread_ratio=_spread(mine),
        p_value=one.p_value,
        count=one.count,
        threshold_ratio=rule.threshold_ratio,
        sensitivity=one.sensitivity,
    )


def render_comparison(
    report: ComparisonReport, *, width: int = 80, colour: bool = False, detailed: bool = False
) -> str:
    """The table of one comparison, and what to know before believing it; `detailed`, also why each series
    that passes does. Ends without a newline."""
    title = f"{report.scenario_name}: {report.candidate} against {report.baseline}"
    before, now = report.labels
    rows = [
        (
            Cell(one.name, left=True),
            *_with_spread(one, one.baseline, one.baseline_spread_ratio),
            *_with_spread(one, one.candidate, one.candidate_spread_ratio),
            Cell(ratio_text(one.change_ratio)),
            Cell(interval_text(one)),
            Cell(_p_value(one.p_value)),
            Cell(
                _SHORT.get(one.status, one.status),
                left=True,
                colour=_COLOURS.get(one.status) if colour else None,
            ),
        )
        for one in report.series
    ]
    lines = [
        *(paint(line, "bold", colour) for line in wrap(title, width, "  ")),
        *wrap(_scope(report), width, "  "),
        *render_table(("series", before, "±", now, "±", "change", "interval", "p", "verdict"), rows, width),
        *_geomean(report),
    ]
    own = [one for one in report.series if one.threshold_ratio not in (None, report.threshold_ratio)]
    for one in own:
        lines += wrap(f"{one.name}: regression beyond {one.threshold_ratio:.1%}", width, "  ")
    for note in report.notes:
        lines += wrap(note, width, "  ")
    lines += _whys(report.series, width, colour, detailed)
    weak = [one for one in report.series if one.underpowered and one.detectable_ratio is not None]
    if weak:
        worst = max(one.detectable_ratio or 0.0 for one in weak)
        # More digits would say no more.
        size = f"up to {worst:.0%}" if worst < LARGEST_TOLD_RATIO else f"more than {LARGEST_TOLD_RATIO:.0%}"
        lines += wrap(
            f"underpowered: in {len(weak)} of {len(report.series)} series only a change of {size} "
            f"would have been found; {_what_would_do(report, weak)}",
            width,
            "  ",
        )
    if report.failure and report.repeat_command:
        # Never wrapped: it is there to be copied.
        lines += ["repeat with:", f"  {report.repeat_command}"]
    return "\n".join(lines)


def _what_would_do(report: ComparisonReport, weak: Sequence[ComparedSeries]) -> str:
    if report.earlier is not None:
        return "more repetitions or longer runs find less"
    hopeless = [one for one in weak if one.pairs_needed is None]
    if hopeless:
        return f"no thousand pairs would find {_twice(report, hopeless)}, longer runs may"
    pairs = max(one.pairs_needed or 0 for one in weak)
    return f"--load-repetitions={pairs} would find {_twice(report, weak)}, and so may longer runs"


def _twice(report: ComparisonReport, series: Sequence[ComparedSeries]) -> str:
    """Twice the threshold, which is what the pairs needed are told for; by series where these have others."""
    names: dict[str, list[str]] = {}
    for one in series:
        threshold = report.threshold_ratio if one.threshold_ratio is None else one.threshold_ratio
        names.setdefault(f"{2 * threshold:.0%}", []).append(one.name)
    if len(names) == 1:
        return next(iter(names))
    return " and ".join(f"{size} in {', '.join(those)}" for size, those in names.items())


def _with_spread(one: ComparedSeries, value: float | None, spread: float | None) -> tuple[Cell, Cell]:
    return Cell(_value(one, value)), Cell("" if spread is None else f"{spread:.0%}")


def _geomean(report: ComparisonReport) -> list[str]:
    """Of all latencies in one, as benchstat ends a table; it decides nothing."""
    changes = [one.change_ratio for one in report.series if one.unit == "ms" and one.change_ratio is not None]
    if len(changes) < 2:
        return []
    mean = _geometric_mean([1 + change for change in changes]) - 1
    return [f"geometric mean of {len(changes)} latencies: {ratio_text(mean)}"]


def interval_text(one: ComparedSeries) -> str:
    """Bounds in percent, to a tenth where that is not noise: "-3.4..+10.1%"."""
    if one.low_ratio is None or one.high_ratio is None:
        return "-"
    digits = 1 if one.high_ratio - one.low_ratio < 1 else 0
    low = f"{one.low_ratio * 100:+.{digits}f}"
    # More digits would say no more, and leave no room for the name.
    high = f"{one.high_ratio * 100:+.{digits}f}%" if one.high_ratio < LARGEST_TOLD_RATIO else _ENDLESS
    return f"{low}..{high}"


def _p_value(value: float | None) -> str:
    return "-" if value is None else "<.001" if value < _P_SHOWN else f"{value:.3f}".removeprefix("0")


def _whys(series: Sequence[ComparedSeries], width: int, colour: bool, detailed: bool) -> list[str]:
    """What is not as it was, a sentence each; what cannot be told of several for the same reason is one."""
    if detailed:
        return [line for one in series for line in _why(one, width, colour, detailed)]
    lines: list[str] = []
    open_ones: dict[str, list[ComparedSeries]] = {}
    for one in series:
        if one.status == "INCONCLUSIVE":
            open_ones.setdefault(one.reason, []).append(one)
        elif one.status != "PASS":
            lines += _why(one, width, colour, detailed)
    for alike in open_ones.values():
        names = "all series" if len(alike) == len(series) > 1 else ", ".join(one.name for one in alike)
        lines += _why(replace(alike[0], name=names), width, colour, detailed)
    return lines


def _why(one: ComparedSeries, width: int, colour: bool, detailed: bool) -> list[str]:
    """What is not as it was, in a sentence."""
    found = "" if one.detectable_ratio is None else f", a change of {one.detectable_ratio:.1%} would be found"
    more = f" (n={one.count}{found})" if detailed else ""
    sentence = wrap(f"{one.status} {one.name}: {one.reason}{more}", width, "    ", first="  ")
    return [paint(line, _COLOURS[one.status], colour) for line in sentence]


def _scope(report: ComparisonReport) -> str:
    """How much was compared by which rule; nothing where nothing was."""
    if not report.series:
        return ""
    look = ", failures looked at twice" if report.confirmed else ""
    return f"{_runs(report)}, regression beyond {report.threshold_ratio:.1%}{look}"


def _runs(report: ComparisonReport) -> str:
    if report.earlier is None:
        return f"{report.pairs} interleaved pairs"
    return f"{report.pairs} run{'s' if report.pairs != 1 else ''} against {report.earlier} of before"


def _spread(values: Sequence[float]) -> float | None:
    """The standard deviation of logarithms, as a ratio minus one; None for fewer than two."""
    return expm1(stdev(map(log, values))) if len(values) > 1 else None


def _geometric_mean(values: Sequence[float]) -> float:
    return exp(fsum(log(value) for value in values) / len(values))


def _value(one: ComparedSeries, value: float | None) -> str:
    if value is None:
        return "-"
    return format_value(Unit.MB if one.unit == "MB" else Unit.MS, value).replace(" ", "")


def ratio_text(value: float | None) -> str:
    """A change in percent, to a tenth where that is not noise."""
    if value is None:
        return "-"
    if value >= LARGEST_TOLD_RATIO:
        return _ENDLESS
    return f"{value:+.1%}" if abs(value) < 10 else f"{value:+.0%}"
