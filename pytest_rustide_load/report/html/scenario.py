"""Everything about one run of one scenario.

Values in, elements out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import htpy as h

from pytest_rustide_load.budgets.metrics import METRICS, Unit, format_apart, format_value
from pytest_rustide_load.report.buckets import LatencyBucket
from pytest_rustide_load.report.findings import GRAVITY
from pytest_rustide_load.report.html.bars import (
    distribution_axis,
    distribution_chart,
    headroom_bar,
    outcomes_chart,
)
from pytest_rustide_load.report.html.causes import causes
from pytest_rustide_load.report.html.parts import badge, command, facts, moment, percent, table, time_text
from pytest_rustide_load.report.html.scaling import scaling_section
from pytest_rustide_load.report.html.timelines import time_charts
from pytest_rustide_load.report.knee import curve_rows, render_knee
from pytest_rustide_load.report.ramp import render_ramp
from pytest_rustide_load.report.results import LoadTestResults, UserFigures, VerdictReport
from pytest_rustide_load.report.text import feedback_lines, remark_lines, stress_line
from pytest_rustide_load.units import MB, format_bytes, three_digits

__all__ = ["headroom", "scenario_section", "used_ratio", "verdict_word"]

_WIDE = 10_000
# Nobody reads a row for each of thousands; the JSON has them.
_MOST_USERS = 30
_PERCENTILES = ("p50", "p90", "p95", "p99", "max")


def scenario_section(
    results: LoadTestResults,
    identifier: str,
    baseline: Mapping[str, Sequence[LatencyBucket]],
    baseline_name: str,
    *,
    is_brief: bool = False,
) -> h.Element:
    """The section with the anchor `identifier`. `baseline` holds the distributions of what it was compared
    with, by operation; empty where it was not."""
    backend = f"{results.backend.name} {results.backend.version}".rstrip()
    return h.section(".run", aria_labelledby=identifier)[
        h.h2(id=identifier)[
            results.scenario_name,
            " ",
            badge(verdict_word(results)),
        ],
        facts(
            {
                "backend": backend,
                "codebase": results.codebase.description or results.codebase.digest,
                "measured": f"{three_digits(results.measured_s)} s, {results.ended}, "
                f"profile {results.profile}",
                "began": moment(results.execution_timestamp),
                "seed": str(results.seed),
            }
        ),
        _remarks(results),
        _operations(results),
        _budgets(results),
        time_charts(results, identifier, is_brief=is_brief),
        *causes(results),
        _distributions(results, baseline, baseline_name, is_brief=is_brief),
        outcomes_chart({name: one.error_stats for name, one in results.operations.items()})
        if any(one.error_stats.planned for one in results.operations.values())
        else None,
        _steps(results),
        _curve(results),
        scaling_section(results),
        _users(results),
        _resources(results),
        _environment(results),
        command(results.repeat_command),
    ]


def verdict_word(results: LoadTestResults) -> str:
    """What became of a run in a word: of one that did not end as planned, that. VOID, where its generator was
    the bottleneck, is less than that a budget was missed."""
    if results.ended != "complete":
        return results.ended
    status = results.status or ""
    if results.generator.bottleneck_reasons and GRAVITY.get(status, 0) < GRAVITY["VOID"]:
        return "VOID"
    return status or "no budgets"


def _remarks(results: LoadTestResults) -> h.Element | None:
    """What a reader has to know before believing the figures."""
    lines = [*remark_lines(results, marked=results.timeline is None), *feedback_lines(results)]
    lines += [stress_line(figure) for figure in results.stress]
    lines += [*render_ramp(results, _WIDE), *render_knee(results, _WIDE, table=False)]
    return h.ul(".remarks")[(h.li[line] for line in lines)] if lines else None


def _operations(results: LoadTestResults) -> h.Element | None:
    rows = [
        [
            name,
            f"{one.error_stats.planned:,}",
            *(time_text(one.response_time, statistic) for statistic in _PERCENTILES),
            percent(one.error_stats.goodput_ratio),
            f"{one.error_stats.total:,}",
            f"{one.error_stats.wrong:,}",
            three_digits(one.throughput_per_s),
        ]
        for name, one in results.operations.items()
        if one.error_stats.planned
    ]
    head = ("operation", "planned", *_PERCENTILES, "right", "failed", "wrong", "right/s")
    return table("Operations: latency from the moment the user wanted the answer", head, rows)


def _budgets(results: LoadTestResults) -> h.Element | None:
    rows = [
        [
            f"{one.operation or 'backend'} {METRICS[one.key].label}",
            badge(one.status),
            *_measured(one),
            headroom(one),
            f"{one.count:,}",
            one.source,
        ]
        for one in sorted(results.verdicts, key=lambda one: (-GRAVITY[one.status], -(used_ratio(one) or 0.0)))
    ]
    head = ("budget", "verdict", "measured", "limit", "used up", "n", "set by")
    return table("Budgets, and how much of each is used up", head, rows, texts=("used up", "set by"))


def _measured(one: VerdictReport) -> tuple[str, str]:
    metric = METRICS[one.key]
    sign = "≥ " if metric.is_floor else "≤ "
    if one.measured is None:
        return "nothing", sign + format_value(metric.unit, one.violation)
    measured, limit = format_apart(metric.unit, one.measured, one.violation)
    return ("≥ " if one.is_lower_bound else "") + measured, sign + limit


def headroom(one: VerdictReport) -> h.Node:
    """How much of the limit is used up, as a bar and a figure."""
    ratio = used_ratio(one)
    if ratio is None:
        return "-"
    warning = None if one.warning is None or one.warning == one.violation else _used_by(one, one.warning)
    return h.span(".used")[headroom_bar(ratio, one.status, warning), h.span(".share")[f"{ratio:.0%}"]]


def used_ratio(one: VerdictReport) -> float | None:
    """How much of the limit is used up; None where that cannot be said."""
    return None if one.measured is None else _used_by(one, one.measured)


def _used_by(one: VerdictReport, value: float) -> float | None:
    """Of a share to be reached the limit is what may be lost."""
    metric = METRICS[one.key]
    if not metric.is_floor:
        return value / one.violation if one.violation else None
    if metric.unit is Unit.RATIO:
        return (1 - value) / (1 - one.violation) if one.violation < 1 else None
    return one.violation / value if value else None


def _distributions(
    results: LoadTestResults,
    baseline: Mapping[str, Sequence[LatencyBucket]],
    baseline_name: str,
    *,
    is_brief: bool,
) -> h.Node:
    """Of each operation; where it `is_brief`, of those that users wait for or a budget bounds."""
    bounded = {verdict.operation for verdict in results.verdicts}
    shown = {
        name: one
        for name, one in results.operations.items()
        if one.latency_buckets and (one.user_waits or name in bounded or not is_brief)
    }
    if not shown:
        return None
    earlier = {name: baseline.get(name, ()) for name in shown}
    axis = distribution_axis([*(one.latency_buckets for one in shown.values()), *earlier.values()])
    figures = []
    for name, one in shown.items():
        times = one.response_time
        marks = {
            key: (value, time_text(times, key))
            for key in ("p50", "p95")
            if (value := getattr(times, key)) is not None
        }
        figures.append(
            distribution_chart(
                name, one.latency_buckets, earlier[name], marks=marks, axis=axis, baseline=baseline_name
            )
        )
    return [h.h3["Latency of right answers"], h.div(".grid-of-figures")[figures]]


def _steps(results: LoadTestResults) -> h.Element | None:
    """How each operation went through the steps of a ramp, the stages, or the halves."""
    steps = results.steps
    if len(steps) < 2:
        return None
    names = [step.name or f"part {number}" for number, step in enumerate(steps, 1)]
    rows = []
    for name, operation in results.operations.items():
        if not (operation.user_waits and operation.error_stats.planned):
            continue
        found = [step.operations.get(name) for step in steps]
        rows.append(
            [
                name,
                *(
                    "-" if one is None or one.p95_ms is None else format_value(Unit.MS, one.p95_ms)
                    for one in found
                ),
            ]
        )
    return table("p95 by part of the run", ("operation", *names), rows)


def _curve(results: LoadTestResults) -> h.Element | None:
    """The steps of a ramp in which a knee was searched for, beyond it too."""
    if results.knee is None:
        return None
    head, rows = curve_rows(results.knee)
    kept = f"p95 {format_value(Unit.MS, results.knee.p95_ms)}, {results.knee.goodput_ratio:.0%} right"
    return table(f"The curve, and which steps kept {kept}", head, [list(row) for row in rows])


def _users(results: LoadTestResults) -> h.Element | None:
    rows = [
        [
            f"{user.user} {user.kind}".rstrip(),
            f"{user.planned:,}",
            "-" if user.p50_ms is None else format_value(Unit.MS, user.p50_ms),
            "-" if user.p95_ms is None else format_value(Unit.MS, user.p95_ms),
            percent(user.goodput_ratio),
        ]
        for user in _shown_users(results)
    ]
    where = "one shared backend" if results.topology == "shared" else "a backend each"
    fair = (
        ""
        if results.fairness_factor is None
        else f"; the worst p95 is {three_digits(results.fairness_factor)} times the median"
    )
    if len(rows) < len(results.users):
        fair += f"; of {len(results.users):,} the {len(rows)} who waited longest"
    return table(f"Users, on {where}{fair}", ("user", "planned", "p50", "p95", "right"), rows)


def _shown_users(results: LoadTestResults) -> Sequence[UserFigures]:
    """All of a team; of a crowd those with the largest p95, in their order."""
    if len(results.users) <= _MOST_USERS:
        return results.users
    longest = sorted(results.users, key=lambda user: -(user.p95_ms or 0.0))[:_MOST_USERS]
    return sorted(longest, key=lambda user: user.user)


def _resources(results: LoadTestResults) -> h.Element | None:
    usage = results.resource_usage
    if usage is None:
        return h.p["Memory and CPU: no samples."]

    def size(value_mb: float | None) -> str:
        return "not known here" if value_mb is None else format_bytes(value_mb * MB)

    generator = results.generator
    return h.details(open=True)[
        h.summary["Resources and load generator"],
        facts(
            {
                "memory": f"{size(usage.rss_avg_mb)} on average, {size(usage.rss_peak_mb)} at the peak",
                "cpu": f"{three_digits(usage.cpu_avg_percent)}% of a core on average, "
                f"{three_digits(usage.cpu_peak_percent)}% at the peak",
                "processes": f"{usage.process_peak}, with {usage.thread_peak} "
                f"thread{'' if usage.thread_peak == 1 else 's'}",
                "read": size(usage.read_mb),
                "written": size(usage.write_mb),
                "offered load": f"{three_digits(generator.offered_per_s)}/s, "
                f"sent {three_digits(generator.achieved_per_s)}/s",
                "sent late": f"{format_value(Unit.MS, generator.send_lag_p99_ms)} at p99",
                "generator": f"{three_digits(generator.cpu_percent)}% of a core, "
                f"{size(usage.generator_rss_peak_mb)} at the peak",
            }
        ),
    ]


def _environment(results: LoadTestResults) -> h.Element:
    said = {
        "pytest-rustide-load": results.plugin_version,
        "editor": results.editor,
        **{name.replace("_", " "): value for name, value in results.fingerprint.items()},
        **{name.replace("_", " "): value for name, value in results.details.items()},
    }
    return h.details[h.summary["Environment"], facts(said)]
