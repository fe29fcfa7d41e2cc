"""Results as text for a terminal: pure renderers, values in and lines out.

Plain text that fits `width` columns; colour only where asked for. Knows nothing of terminals or pytest.
"""

from __future__ import annotations

from collections.abc import Sequence

from pytest_rustide_load.budgets.metrics import METRICS, Unit, format_value
from pytest_rustide_load.report.agents import render_agents
from pytest_rustide_load.report.alerts import describe_alert
from pytest_rustide_load.report.bottleneck import bottleneck_lines, slowest_lines
from pytest_rustide_load.report.bursts import describe_bursts
from pytest_rustide_load.report.detail import render_detail
from pytest_rustide_load.report.endpoints import disagreements, render_endpoints
from pytest_rustide_load.report.knee import render_knee
from pytest_rustide_load.report.memory import render_memory
from pytest_rustide_load.report.missed import SEVERITY, backend_text, measured_and_limit, subject_of
from pytest_rustide_load.report.pressure import render_pressure
from pytest_rustide_load.report.ramp import render_ramp
from pytest_rustide_load.report.recovery import render_recovery
from pytest_rustide_load.report.results import (
    LoadTestResults,
    OperationResults,
    StatisticalSummary,
    StressFigure,
    VerdictReport,
)
from pytest_rustide_load.report.scaling_text import render_scaling
from pytest_rustide_load.report.steps import render_steps
from pytest_rustide_load.report.table import Cell, paint, render_table, wrap
from pytest_rustide_load.report.users import render_users
from pytest_rustide_load.stats.quantiles import min_samples_for
from pytest_rustide_load.stats.samples import ENDINGS
from pytest_rustide_load.units import MB, format_bytes, three_digits

__all__ = [
    "feedback_lines",
    "is_rough",
    "percent_text",
    "remark_lines",
    "render_results",
    "render_warnings",
    "stress_line",
]

_STATUS_COLOURS = {"PASS": "green", "WARN": "yellow", "INCONCLUSIVE": "red", "FAIL": "red"}
# Seven columns are all a table of eighty leaves.
_STATUS_SHORT = {"INCONCLUSIVE": "INCONCL"}
_PERCENTILES = ("p50", "p95", "p99")
_NOT_ANSWERED = tuple(name for name in ENDINGS if name != "ok")
_HEADER = ("operation", "n", "p50", "p95", "p99", "good", "err", "wrong", "/s", "budget", "verdict")


def render_results(
    results: LoadTestResults, *, width: int = 80, colour: bool = False, detailed: bool = False
) -> str:
    """The summary of one run: a title, a row for each operation, the resources, and remarks on how far
    the figures may be trusted; `detailed`, every user and all of report.detail. Ends without a newline."""
    rows = [
        _row(name, operation, results.verdicts, colour)
        for name, operation in results.operations.items()
        if operation.error_stats.planned
    ]
    lines = [
        *(paint(line, "bold", colour) for line in wrap(_title(results), width, "  ")),
        *_subject_lines(results, width),
        *render_table(_HEADER, rows, width),
    ]
    lines += wrap(_unanswered(results), width, "  ")
    lines += render_steps(results, width)
    lines += [*render_ramp(results, width), *render_knee(results, width)]
    lines += render_users(results, width, everyone=detailed)
    lines += render_agents(results, width)
    lines += [line for text in feedback_lines(results) for line in wrap(text, width, "  ")]
    lines += [*wrap(_generator(results), width, "  "), *_noise_floor(results, width)]
    lines += [line for figure in results.stress for line in wrap(stress_line(figure), width, "  ")]
    if results.pressure is not None:
        lines += render_pressure(results.pressure, width)
    lines += render_scaling(results, width)
    lines += render_recovery(results.recovery, width)
    lines += _resources(results, width, colour)
    lines += render_endpoints(results.endpoints, width)
    lines += [line for text in bottleneck_lines(results) for line in wrap(text, width, "  ")]
    lines += slowest_lines(results, width)
    remarks = [line for text in remark_lines(results) for line in wrap(text, width, "  ")]
    lines += [paint(line, "yellow", colour) for line in remarks]
    lines += render_detail(results, width) if detailed else []
    return "\n".join(lines)


def render_warnings(results: LoadTestResults) -> list[str]:
    """A sentence for each budget between its warning and its violation."""
    return [
        f"{results.scenario_name}: {subject_of(verdict)}: {verdict.reason} (n={verdict.count})"
        for verdict in results.verdicts
        if verdict.status == "WARN"
    ]


def _title(results: LoadTestResults) -> str:
    cut = "" if results.ended == "complete" else f", {results.ended}"
    profile = "" if results.profile == "ci" else f", {results.profile}"
    measured = f"seed {results.seed}, {three_digits(results.measured_s)} s{profile}{cut}"
    return f"{results.scenario_name}: {backend_text(results)}, {measured}"


def _subject_lines(results: LoadTestResults, width: int) -> list[str]:
    """What was worked on and where, as far as it is known."""
    lines = []
    if results.codebase.description:
        lines.append(f"codebase: {results.codebase.description}")
    if "in memory" in results.details.get("storage", ""):
        lines.append(f"workspace: {results.details['storage']}")
    machine = results.fingerprint
    if "cores" in machine and "cpu" in machine:
        lines.append(f"machine: {machine['cores']} cores, {machine['cpu']}")
    return [line for text in lines for line in wrap(text, width, "  ")]


def _resources(results: LoadTestResults, width: int, colour: bool) -> list[str]:
    """Memory and CPU of the backend, with the verdicts on them."""
    usage = results.resource_usage
    if usage is None:
        return ["memory and cpu: no samples"]
    processes = _counted(usage.process_peak, "process", "processes")
    threads = _counted(usage.thread_peak, "thread", "threads")
    average, peak = (three_digits(each) for each in (usage.cpu_avg_percent, usage.cpu_peak_percent))
    cpu = f"{average}% of a core on average, {peak}% peak"
    lines = [
        f"memory: {_mb(usage.rss_avg_mb)} average, {_mb(usage.rss_peak_mb)} peak",
        *render_memory(results, width),
        *wrap(f"cpu: {cpu} ({processes}, {threads})", width, "  "),
    ]
    for verdict in results.verdicts:
        if verdict.operation is None:
            status = paint(verdict.status, _STATUS_COLOURS[verdict.status], colour)
            lines.append(f"  {_limit_text(verdict)}: {status}")
    return lines


def _unanswered(results: LoadTestResults) -> str:
    """How the operations ended that are not in the percentiles, or only as lower bounds; "" for none."""
    parts = []
    for name, operation in results.operations.items():
        counts = ((kind, getattr(operation.error_stats, kind)) for kind in _NOT_ANSWERED)
        endings = [f"{count} {kind.replace('_', ' ')}" for kind, count in counts if count]
        if endings:
            parts.append(f"{name} {', '.join(endings)}")
    return f"not answered: {'; '.join(parts)}" if parts else ""


def _noise_floor(results: LoadTestResults, width: int) -> list[str]:
    floor = results.noise_floor
    if floor is None:
        return []
    added = f"{format_value(Unit.MS, floor.added_p50_ms)} at p50, {format_value(Unit.MS, floor.added_p99_ms)}"
    return wrap(f"noise floor: the generator itself adds {added} at p99", width, "  ")


def feedback_lines(results: LoadTestResults) -> list[str]:
    """What a user who edits waits for, a sentence each."""
    feedback = results.feedback
    if feedback is None:
        return []
    lines = []
    answered, told = feedback.keystroke_to_feedback, feedback.fresh_diagnostics
    if answered is not None:
        lines.append(
            f"feedback: {_time(answered, 'p50')} p50, {_time(answered, 'p95')} p95 from a change to the "
            f"first fresh answer (n={answered.count})"
        )
    if told is not None:
        lines.append(
            f"diagnostics: {_time(told, 'p50')} p50, {_time(told, 'p95')} p95 from a change until they are "
            f"fresh (n={told.count}, {feedback.diagnostics_from})"
        )
    return lines


def _safety(results: LoadTestResults) -> list[str]:
    """What went wrong under concurrency, a sentence each."""
    safety = results.performance_stats.concurrency_safety
    said = []
    if safety.lost_edits:
        documents = f"{safety.lost_edits} of {safety.documents_compared} edited documents"
        said.append(f"lost edits: the server holds another text of {documents}")
    if safety.refactored is not None:
        done = safety.refactored
        renames, moves = _counted(done.renames, "rename", "renames"), _counted(done.moves, "move", "moves")
        wrong = f", {done.wrong} more would have been wrong" if done.wrong else ""
        checked = results.details.get("refactored codebase", "was not compiled")
        said.append(
            f"refactoring: {renames} and {moves} carried out, {_counted(done.edits, 'edit', 'edits')} in "
            f"{_counted(done.files, 'file', 'files')}{wrong}; the codebase {checked}"
        )
    if safety.stale_answers:
        said.append(f"stale answers: {safety.stale_answers} were right for an older text only")
    if safety.out_of_order_answers:
        said.append(f"out of order: {safety.out_of_order_answers} such answers overtook an earlier one")
    if safety.unjudged_answers:
        answers = _counted(safety.unjudged_answers, "answer", "answers")
        said.append(f"not judged: {answers} about documents in the middle of a statement")
    if safety.duplicate_replies or safety.unknown_replies:
        said.append(
            f"replies nobody awaited: {safety.duplicate_replies} to answered requests, "
            f"{safety.unknown_replies} to none"
        )
    return said


def _generator(results: LoadTestResults) -> str:
    generator = results.generator
    offered, sent = three_digits(generator.offered_per_s), three_digits(generator.achieved_per_s)
    rates = f"{offered}/s offered, {sent}/s sent"
    late = f"{format_value(Unit.MS, generator.send_lag_p99_ms)} late at p99"
    # Raw: one request for each operation, and nothing an editor would add.
    return f"load: {rates}, {late}" + ("" if results.editor == "raw" else f", editor {results.editor}")


def stress_line(figure: StressFigure) -> str:
    """What one kind of stress asked for and achieved."""

    def amount(value: float | None) -> str:
        if value is None:
            return "nothing"
        return f"{value:,.0f} {figure.unit}" if value >= 100 else f"{three_digits(value)} {figure.unit}"

    asked = "" if figure.asked is None else f"{amount(figure.asked)} asked, "
    missed = ", NOT REACHED: figures are not of the stress asked for" if figure.reached is False else ""
    note = f"; {figure.note}" if figure.note else ""
    return f"stress: {figure.kind}: {asked}{amount(figure.achieved)} achieved{missed}{note}"


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _mb(value: float) -> str:
    return format_bytes(value * MB)


def _row(
    name: str, operation: OperationResults, verdicts: Sequence[VerdictReport], colour: bool
) -> tuple[Cell, ...]:
    errors = operation.error_stats
    times = operation.response_time
    mine = [verdict for verdict in verdicts if verdict.operation == name]
    # The gravest decides the row; among equals the first, which is the order of the budgets.
    decisive = max(mine, key=lambda verdict: SEVERITY[verdict.status], default=None)
    budget = status = ""
    if decisive is not None:
        metric = METRICS[decisive.key]
        budget = f"{metric.short} {_compact(format_value(metric.unit, decisive.violation))}"
        status = decisive.status
    return (
        Cell(name, left=True),
        Cell(str(errors.planned)),
        *(Cell(_time(times, statistic)) for statistic in _PERCENTILES),
        Cell(percent_text(errors.goodput_ratio)),
        Cell(str(errors.total)),
        Cell(str(errors.wrong)),
        Cell(_rate(operation.throughput_per_s)),
        Cell(budget, left=True),
        Cell(
            _STATUS_SHORT.get(status, status),
            left=True,
            colour=_STATUS_COLOURS.get(status) if colour else None,
        ),
    )


def _time(times: StatisticalSummary, statistic: str) -> str:
    value = getattr(times, statistic)
    if value is None:
        return "-"
    mark = "≥" if statistic in times.lower_bounds else "~" if is_rough(times, statistic) else ""
    return mark + _compact(format_value(Unit.MS, value))


def is_rough(times: StatisticalSummary, statistic: str) -> bool:
    """A percentile of fewer values than it takes."""
    quantile = METRICS[f"{statistic}_ms"].quantile
    return quantile is not None and times.count < min_samples_for(quantile)


def _rate(per_s: float) -> str:
    """Two digits or more, in four columns up to ten thousand a second."""
    return f"{per_s:.{2 if per_s < 9.995 else 1 if per_s < 99.95 else 0}f}"


def percent_text(ratio: float | None) -> str:
    """A ratio in percent, never rounded up to all or down to nothing."""
    if ratio is None:
        return "-"
    if 0 < ratio < 0.001:
        return "<.1%"
    if 0.999 < ratio < 1:
        return "99.9%"
    return f"{three_digits(ratio * 100)}%"


def _compact(text: str) -> str:
    return text.replace(" ", "")


def _limit_text(verdict: VerdictReport) -> str:
    measured, limit = measured_and_limit(verdict)
    return f"{subject_of(verdict)} {measured} {'≥' if METRICS[verdict.key].is_floor else '≤'} {limit}"


def remark_lines(results: LoadTestResults, *, marked: bool = True) -> list[str]:
    """What a reader has to know before believing the figures, a sentence each; `marked` includes what charts
    over time have marked as well."""
    remarks: list[str] = []
    if results.generator.bottleneck_reasons:
        remarks.append(
            "timings void, the load generator was the bottleneck: "
            + "; ".join(results.generator.bottleneck_reasons)
        )
    if results.generator.dropped:
        remarks.append(
            f"{results.generator.dropped:,} of {results.generator.planned:,} operations could not be sent"
        )
    if marked:
        remarks += [f"alert: {describe_alert(alert)}" for alert in results.alerts]
        remarks += describe_bursts(results.bursts)
    remarks += disagreements(results.endpoints)
    if results.not_offered:
        remarks.append(f"not offered by this backend, so not asked: {', '.join(results.not_offered)}")
    few = sum(verdict.too_few for verdict in results.verdicts)
    if few and results.profile == "smoke":
        remarks.append(
            f"smoke: too few samples for {few} of {len(results.verdicts)} budgets, not judged by them"
        )
    if results.ended != "complete":
        when = "" if results.measured_s else " before anything was measured"
        remarks.append(f"the run ended early: {results.crash_message or results.ended}{when}")
    if any(operation.response_time.lower_bounds for operation in results.operations.values()):
        remarks.append("≥: operations never ended; the true value is at least this")
    if any(
        operation.response_time.count and is_rough(operation.response_time, statistic)
        for operation in results.operations.values()
        for statistic in _PERCENTILES
    ):
        remarks.append("~: fewer samples than this percentile takes")
    remarks += _safety(results)
    remarks += [f"wrong: {text}" for text in results.first_wrong]
    return remarks
