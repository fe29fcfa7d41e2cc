"""A comparison with a baseline, and where the series are going over the history.

Values in, elements out.
"""

from __future__ import annotations

import htpy as h

from pytest_rustide_load.budgets.metrics import Unit, format_value
from pytest_rustide_load.report.compared import ComparedSeries, ComparisonReport
from pytest_rustide_load.report.comparison import interval_text, ratio_text
from pytest_rustide_load.report.findings import short_name, sure_of
from pytest_rustide_load.report.html.bars import interval_bar
from pytest_rustide_load.report.html.lines import Line, LineChart, Mark, line_chart
from pytest_rustide_load.report.html.parts import badge, command, table, trend_key, with_whole_percents
from pytest_rustide_load.report.trends import ScenarioTrends, SeriesTrend, trend_sentences

__all__ = ["comparison_section", "trends_section"]

_SMALLEST_REACH = 0.15
# Beyond these nobody tells one run from the next; of a suite a page stays below a megabyte.
_MOST_RUNS, _MOST_BRIEF_RUNS = 200, 30
# A series twice as slow is far off the threshold already; beyond it nothing more is to be seen.
_LARGEST_REACH = 1.0


def comparison_section(report: ComparisonReport, identifier: str) -> h.Element:
    """The table of one comparison, every series with its interval."""
    furthest = max(
        (
            abs(value)
            for one in report.series
            for value in (one.low_ratio, one.high_ratio)
            if value is not None
        ),
        default=0.0,
    )
    reach = min(max(furthest * 1.05, report.threshold_ratio * 2, _SMALLEST_REACH), _LARGEST_REACH)
    rows = [
        [
            one.name,
            # Before anything that may be wide: it is never out of sight.
            badge(one.status),
            _value(one, one.baseline),
            _value(one, one.candidate),
            ratio_text(one.change_ratio),
            interval_text(one),
            interval_bar(one, one.threshold_ratio or report.threshold_ratio, reach),
        ]
        for one in report.series
    ]
    head = (
        "series",
        "verdict",
        *report.labels,
        "change",
        "interval",
        f"−{reach:.0%} … +{reach:.0%}",
    )
    # In a column of their own sentences would make tall rows of the table, or push the verdict out of sight.
    reasons = _reasons(report)
    if report.earlier is None:
        runs = f"{report.pairs} interleaved pairs"
    else:
        runs = f"{report.pairs} run{'' if report.pairs == 1 else 's'} against {report.earlier} of before"
    return h.section(".comparison", aria_labelledby=identifier)[
        h.h2(id=identifier)[
            f"{report.scenario_name}: {short_name(report.candidate)} against {short_name(report.baseline)}"
        ],
        _commands(report),
        h.p[
            f"{runs}; a regression is a change beyond {report.threshold_ratio:.1%} (the red line) that is "
            f"certainly above nothing. Bounds of the intervals: {with_whole_percents(sure_of(report))}."
        ]
        if rows
        else None,
        table("Series compared", head, rows, texts=(head[-1],)),
        h.ul(".remarks")[(h.li[text] for text in [*reasons, *report.notes])]
        if reasons or report.notes
        else None,
        command(report.repeat_command),
    ]


def _commands(report: ComparisonReport) -> h.Element | None:
    """What was run, where a name alone does not say it."""
    sides = (report.baseline, report.candidate)
    names = [short_name(side) for side in sides]
    if names == [*sides]:
        return None
    told = names if names[0] != names[1] else report.labels
    texts = [
        side.removeprefix(f"{name} (").removesuffix(")") for name, side in zip(names, sides, strict=True)
    ]
    return h.ul(".remarks")[(h.li[f"{name}: {text}"] for name, text in zip(told, texts, strict=True))]


def _reasons(report: ComparisonReport) -> list[str]:
    """Why what does not pass does not, in a sentence each; what holds of all of them is said once."""
    found = {one.name: one.reason.split("; ") for one in report.series if one.status != "PASS" and one.reason}
    first = next(iter(found.values()), [])
    shared = [part for part in first if len(found) > 1 and all(part in parts for parts in found.values())]
    lines = []
    for name, parts in found.items():
        own = [part for part in parts if part not in shared]
        if own:
            lines.append(f"{name}: {'; '.join(own)}")
    return [*lines, *(f"of all of these: {part}" for part in shared)]


def trends_section(trends: ScenarioTrends, identifier: str, *, is_brief: bool = False) -> h.Element:
    """Each series over the comparable runs of the history, with its change points; drawn of the last of many,
    fewer where it `is_brief`."""
    runs = trends.runs
    most = _MOST_BRIEF_RUNS if is_brief else _MOST_RUNS
    count = f"{len(runs)} comparable run{'' if len(runs) == 1 else 's'}"
    return h.section(".trends", aria_labelledby=identifier)[
        h.h2(id=identifier)[f"{trends.scenario}: history"],
        h.p[f"{count} on {trends.backend}, from run {runs[0].number} to {runs[-1].number}."],
        trends.ends is not None and h.p[f"{trends.ends.describe()}."],
        trend_key(one.verdict for one in trends.series),
        h.div(".grid-of-figures")[(_trend(trends, one, most) for one in trends.series)],
    ]


def _trend(trends: ScenarioTrends, one: SeriesTrend, most: int) -> h.Node:
    numbers = [run.number for run in trends.runs]
    first = max(len(numbers) - most, 0)
    shown = trends.runs[first:]
    # Runs of other kinds lie in between: the axis counts these only.
    xs = [float(index) for index in range(len(shown))]
    names = [f"{run.number}{f' ({run.commit[:8]})' if run.commit else ''}" for run in shown]
    sentences = trend_sentences(one, trends.runs)
    marks = [
        Mark(
            "change",
            f"{step.change_ratio:+.0%}",
            f"step at run {numbers[step.index]}",
            step.index - first - 0.5,
            None,
        )
        for step in one.steps
        if step.index > first
    ]
    drift = "" if one.drift.change_ratio is None else f", drift {one.drift.change_ratio:+.1%}"
    chart = LineChart(
        title=one.name,
        note=f"{one.verdict} over the runs, by their numbers{drift}{f'; the last {most}' if first else ''}",
        unit=one.unit,
        xs=xs,
        x_unit="run",
        x_names=names,
        lines=[Line(one.name, one.values[first:])],
        marks=marks,
    )
    return h.div[
        line_chart(chart), h.ul(".remarks")[(h.li[text] for text in sentences)] if sentences else None
    ]


def _value(one: ComparedSeries, value: float | None) -> str:
    if value is None:
        return "-"
    return format_value(Unit.MB if one.unit == "MB" else Unit.MS, value)
