"""A session as Markdown, for the summary of a job: the verdict, what regressed, and every run in a table.

Values in, text out. Whatever comes from outside is escaped: it is shown as it is, and marks nothing up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pytest_rustide_load.budgets.metrics import Unit, format_value
from pytest_rustide_load.report.compared import ComparedSeries, ComparisonReport
from pytest_rustide_load.report.comparison import interval_text, ratio_text
from pytest_rustide_load.report.findings import (
    Finding,
    Session,
    find_findings,
    headline,
    not_run_text,
    what_to_type,
    worst_of,
)
from pytest_rustide_load.report.results import LoadTestResults, StatisticalSummary
from pytest_rustide_load.report.text import is_rough, percent_text, remark_lines, stress_line
from pytest_rustide_load.report.trends import ScenarioTrends, SeriesTrend
from pytest_rustide_load.units import three_digits

__all__ = ["render_markdown", "sparkline"]

_SIGNS = {"PASS": "✅", "WARN": "⚠️", "VOID": "❔", "INCONCLUSIVE": "❔", "FAIL": "❌", "": "📏"}
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~&!])")
_BARS = "▁▂▃▄▅▆▇█"
# Of a long history the last runs; of many findings the gravest.
_SPARKS, _SHOWN = 24, 20


def render_markdown(session: Session, trends: Sequence[ScenarioTrends]) -> str:
    """The whole summary, ending in a newline. `trends` are of the scenarios whose history is known."""
    known = {(one.scenario, series.name): series for one in trends for series in one.series}
    parts = [f"## {_SIGNS[worst_of(session)]} {_text(headline(session))}"]
    found = find_findings(session)
    if found:
        parts += [_findings(found[:_SHOWN])]
        if len(found) > _SHOWN:
            parts.append(f"… and {len(found) - _SHOWN} more.")
    commands = what_to_type(session, found[:_SHOWN])
    if commands:
        parts += ["What to type:", _code("\n".join(commands))]
    if session.not_run:
        reasons = "\n".join(f"- {_text(reason)}" for reason in session.not_run)
        parts += [f"{not_run_text(session)}:", reasons]
    for report in session.comparisons:
        parts += _comparison(report, known)
    for results in session.results:
        parts += _run(results)
    compared = {report.scenario_name for report in session.comparisons}
    for one in trends:
        if one.scenario not in compared and len(one.runs) > 1:
            parts += _trends(one)
    return "\n\n".join(parts) + "\n"


def sparkline(values: Sequence[float]) -> str:
    """A bar for each of the last values, from the lowest to the highest of them; "" for fewer than two."""
    shown = values[-_SPARKS:]
    if len(shown) < 2:
        return ""
    low, high = min(shown), max(shown)
    if high <= low * 1.02:
        # Two percent of nothing but noise would look like mountains.
        return _BARS[3] * len(shown)
    last = len(_BARS) - 1
    return "".join(_BARS[round((value - low) / (high - low) * last)] for value in shown)


def _findings(found: Sequence[Finding]) -> str:
    rows = [
        (
            f"{_SIGNS[one.status]} {one.status}",
            f"{_text(one.scenario)}: **{_text(one.what)}**" if one.scenario else f"**{_text(one.what)}**",
            _text(one.certainty + (f" (set by {one.where})" if one.where else "")),
        )
        for one in found
    ]
    return _table(("verdict", "what", "how sure"), rows)


def _comparison(report: ComparisonReport, known: Mapping[tuple[str, str], SeriesTrend]) -> list[str]:
    rows = []
    for one in report.series:
        trend = known.get((report.scenario_name, one.name))
        rows.append(
            (
                _text(one.name),
                _value(one, one.baseline),
                _value(one, one.candidate),
                ratio_text(one.change_ratio),
                interval_text(one),
                f"{_SIGNS[one.status]} {one.status}",
                sparkline(trend.values) if trend is not None else "",
            )
        )
    head = ("series", *map(_text, report.labels), "change", "interval", "verdict", "history")
    title = f"### {_text(report.scenario_name)} against {_text(report.baseline)}"
    notes = [f"- {_text(note)}" for note in report.notes]
    return [title, *([_table(head, rows)] if rows else []), *(["\n".join(notes)] if notes else [])]


def _run(results: LoadTestResults) -> list[str]:
    rows = []
    for name, operation in results.operations.items():
        stats, times = operation.error_stats, operation.response_time
        if not stats.planned:
            continue
        mine = [one for one in results.verdicts if one.operation == name]
        worst = max(mine, key=lambda one: _ORDER.index(one.status), default=None)
        rows.append(
            (
                _text(name),
                f"{stats.planned:,}",
                *(_percentile(times, statistic) for statistic in ("p50", "p95", "p99")),
                percent_text(stats.goodput_ratio),
                three_digits(operation.throughput_per_s),
                "" if worst is None else f"{_SIGNS[worst.status]} {worst.status}",
            )
        )
    backend = f"{results.backend.name} {results.backend.version}".rstrip()
    title = f"### {_text(results.scenario_name)}: {_text(backend)}, {three_digits(results.measured_s)} s"
    usage = results.resource_usage
    lines = []
    if usage is not None:
        average, peak = (format_value(Unit.MB, value) for value in (usage.rss_avg_mb, usage.rss_peak_mb))
        lines.append(
            f"Memory {average} on average, {peak} at the peak; "
            f"CPU {three_digits(usage.cpu_avg_percent)}% of a core."
        )
    remarks = [*remark_lines(results), *(stress_line(figure) for figure in results.stress)]
    if remarks:
        lines.append("\n".join(f"- {_text(remark)}" for remark in remarks))
    head = ("operation", "planned", "p50", "p95", "p99", "right", "right/s", "budgets")
    return [title, *([_table(head, rows)] if rows else []), *lines]


_ORDER = ("PASS", "WARN", "INCONCLUSIVE", "FAIL")


def _trends(trends: ScenarioTrends) -> list[str]:
    rows = [
        (
            _text(one.name),
            format_value(Unit.MB if one.unit == "MB" else Unit.MS, one.values[-1]),
            "-" if one.drift.change_ratio is None else f"{one.drift.change_ratio:+.1%}",
            one.verdict,
            sparkline(one.values),
        )
        for one in trends.series
    ]
    title = f"### {_text(trends.scenario)}: the last {len(trends.runs)} comparable runs"
    return [title, _table(("series", "last", "drift", "verdict", "history"), rows)] if rows else []


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines)


def _text(text: str) -> str:
    """One line that marks nothing up."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _code(text: str) -> str:
    """A block that no content ends early."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}sh\n{text}\n{fence}"


def _percentile(times: StatisticalSummary, statistic: str) -> str:
    """With the mark that says how far it may be trusted."""
    value = getattr(times, statistic)
    if value is None:
        return "-"
    mark = "≥" if statistic in times.lower_bounds else r"\~" if is_rough(times, statistic) else ""
    return mark + _together(format_value(Unit.MS, value))


def _together(value: str) -> str:
    """With its unit on one line, however narrow the column."""
    return value.replace(" ", "\u00a0")


def _value(one: ComparedSeries, value: float | None) -> str:
    return "-" if value is None else _together(format_value(Unit.MB if one.unit == "MB" else Unit.MS, value))
