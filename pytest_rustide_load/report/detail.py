"""What the summary of a run leaves out, for those who want all of it on the terminal.

Values in, lines out; knows nothing of terminals.
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_rustide_load.budgets.metrics import METRICS, Unit, format_apart, format_value
from pytest_rustide_load.report.results import LoadTestResults, StatisticalSummary, VerdictReport
from pytest_rustide_load.report.table import Cell, render_table, wrap
from pytest_rustide_load.stats.samples import ENDINGS
from pytest_rustide_load.units import MB, format_bytes, three_digits

__all__ = ["render_detail"]

_STATISTICS = ("min", "p50", "p90", "p95", "p99", "max", "mean", "stddev")
# Eleven columns are all a table of eighty leaves.
_SHORT = {
    "timeout": "t/out",
    "crashed": "crash",
    "dropped": "drop",
    "cancelled": "cancel",
    "content_modified": "modif",
}


def render_detail(results: LoadTestResults, width: int = 80) -> list[str]:
    """Tables of latencies, endings and budgets, each phase's bottleneck, and where it ran."""
    lines = [
        *_times(results, "response_time", "latency, from when the user wanted it", width),
        *_times(results, "service_time", "latency, from when it was sent", width),
        *_endings(results, width),
        *_budgets(results, width),
    ]
    for text in (*_bottlenecks(results), *_generator(results), *_resources(results), *_environment(results)):
        lines += wrap(text, width, "    ", first="  ")
    if results.repeat_command:
        # Never wrapped: it is there to be copied.
        lines.append(f"  repeat with: {results.repeat_command}")
    return lines


def _times(results: LoadTestResults, which: str, title: str, width: int) -> list[str]:
    rows = []
    for name, operation in results.operations.items():
        times: StatisticalSummary = getattr(operation, which)
        if times.count:
            values = (Cell(_ms(times, one)) for one in _STATISTICS)
            rows.append((Cell(name, left=True), Cell(str(times.count)), *values, Cell(_interval(times))))
    return _titled(title, render_table(("operation", "n", *_STATISTICS, "p95 within"), rows, width))


def _ms(times: StatisticalSummary, statistic: str) -> str:
    value = getattr(times, statistic)
    mark = "≥" if statistic in times.lower_bounds else ""
    return "-" if value is None else mark + format_value(Unit.MS, value).replace(" ", "")


def _interval(times: StatisticalSummary) -> str:
    return "-" if times.p95_interval is None else "{:.3g}..{:.3g}ms".format(*times.p95_interval)


def _endings(results: LoadTestResults, width: int) -> list[str]:
    rows = []
    for name, operation in results.operations.items():
        errors = operation.error_stats
        if errors.planned:
            counts = (Cell(str(getattr(errors, one) or "")) for one in ENDINGS)
            rows.append((Cell(name, left=True), Cell(str(errors.planned)), *counts))
    header = ("operation", "n", *(_SHORT.get(name, name) for name in ENDINGS))
    return _titled("how they ended", render_table(header, rows, width))


def _budgets(results: LoadTestResults, width: int) -> list[str]:
    rows = [
        (
            Cell(" ".join(filter(None, (verdict.operation, METRICS[verdict.key].label))), left=True),
            Cell(measured),
            Cell(("≥ " if METRICS[verdict.key].is_floor else "≤ ") + limit),
            Cell(_used(verdict)),
            Cell(str(verdict.count)),
            Cell(verdict.status, left=True),
        )
        for verdict in results.verdicts
        for measured, limit in [_measured_and_limit(verdict)]
    ]
    table = render_table(("budget", "measured", "limit", "used", "n", "verdict"), rows, width)
    lines: dict[str, dict[str, None]] = {}
    for verdict in results.verdicts:
        file, _, line = verdict.source.rpartition(":")
        lines.setdefault(file or line, {})[line if file else ""] = None
    sources = [f"{file}:{','.join(filter(None, found))}".rstrip(":") for file, found in lines.items() if file]
    from_ = wrap(f"limits set by {'; '.join(sources)}", width, "    ", first="  ") if sources else []
    return _titled("budgets", [*table, *from_])


def _measured_and_limit(verdict: VerdictReport) -> tuple[str, str]:
    unit = METRICS[verdict.key].unit
    if verdict.measured is None:
        return "nothing", format_value(unit, verdict.violation)
    return format_apart(unit, verdict.measured, verdict.violation)


def _used(verdict: VerdictReport) -> str:
    """The share of a limit that is used up; nothing for those that are to be exceeded."""
    if verdict.measured is None or not verdict.violation or METRICS[verdict.key].is_floor:
        return "-"
    return f"{verdict.measured / verdict.violation:.0%}"


def _bottlenecks(results: LoadTestResults) -> Iterator[str]:
    """Each phase by itself, with all the evidence."""
    for one in results.bottlenecks:
        when = f"{one.start_s:.0f} to {one.end_s:.0f} s"
        phase = f"{one.phase}, {when}" if one.phase else when
        sure = f"in {one.agreeing} of {one.windows} windows"
        yield f"bottleneck, {phase}: {one.kind}, {sure} ({'; '.join(one.evidence)})"


def _generator(results: LoadTestResults) -> Iterator[str]:
    one = results.generator
    lags_ms = {"p50": one.send_lag_p50_ms, "p99": one.send_lag_p99_ms, "most": one.send_lag_max_ms}
    late = ", ".join(f"{format_value(Unit.MS, ms)} at {name}" for name, ms in lags_ms.items())
    yield (
        f"generator: {one.sent:,} of {one.planned:,} sent, {one.dropped:,} dropped; late by {late}; "
        f"{three_digits(one.cpu_percent)}% of a core; "
        f"Little's law is off by {one.littles_law_error_ratio:.1%}"
    )


def _resources(results: LoadTestResults) -> Iterator[str]:
    usage = results.resource_usage
    if usage is None:
        return
    known = {
        "resident at first": usage.baseline_mb,
        "working set": usage.working_set_mb,
        "PSS on average": usage.pss_avg_mb,
        "PSS at most": usage.pss_peak_mb,
        "read": usage.read_mb,
        "written": usage.write_mb,
        "the generator's own": usage.generator_rss_peak_mb,
    }
    found = [f"{name} {format_bytes(mb * MB)}" for name, mb in known.items() if mb is not None]
    yield f"memory and I/O: {', '.join(found)} ({usage.sample_count:,} looks)"


def _environment(results: LoadTestResults) -> Iterator[str]:
    for title, found in (("machine", results.fingerprint), ("run", results.details)):
        if found:
            yield f"{title}: {'; '.join(f'{name} {value}' for name, value in found.items())}"
    yield f"begun {results.execution_timestamp}, pytest-rustide-load {results.plugin_version}"


def _titled(title: str, table: list[str]) -> list[str]:
    return ["", f"{title}:", *table] if table else []
