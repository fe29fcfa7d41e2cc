"""From a run and the verdicts on it to `LoadTestResults`; units change here and nowhere else.

Knows nothing of terminals, files or pytest.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from pytest_rustide_load.budgets.evaluate import Verdict
from pytest_rustide_load.report.alerts import alert_report
from pytest_rustide_load.report.buckets import LatencyBucket
from pytest_rustide_load.report.endpoints import EndpointReport
from pytest_rustide_load.report.latencies import latency_buckets
from pytest_rustide_load.report.pressure import PressureReport
from pytest_rustide_load.report.ramp import ramp_slopes
from pytest_rustide_load.report.recovery import build_recovery
from pytest_rustide_load.report.results import (
    SCHEMA_VERSION,
    BackendIdentity,
    CodebaseIdentity,
    ErrorStats,
    FeedbackReport,
    GeneratorReport,
    LoadStep,
    LoadTestResults,
    MemoryStep,
    NoiseFloor,
    OperationResults,
    PerformanceStats,
    ResourceUsage,
    StatisticalSummary,
    StepFigures,
    StressFigure,
    UserFigures,
    VerdictReport,
)
from pytest_rustide_load.report.timeline import Timeline
from pytest_rustide_load.stats.alerts import Alert
from pytest_rustide_load.stats.derived import DerivedTimes
from pytest_rustide_load.stats.memory import MemoryPart, MemorySummary, summarise_memory
from pytest_rustide_load.stats.quantiles import quantile
from pytest_rustide_load.stats.record import GeneratorStats, RunRecord
from pytest_rustide_load.stats.recovery import RecoveryTimes
from pytest_rustide_load.stats.resources import ResourceSummary
from pytest_rustide_load.stats.samples import Outcome
from pytest_rustide_load.stats.status import worst_status
from pytest_rustide_load.stats.summary import FAILED, Distribution, RunPart, RunSummary, Summary, UserSummary
from pytest_rustide_load.units import NS_PER_MS, mb_from_bytes, ms_from_ns, s_from_ns

__all__ = ["build_results", "noise_floor_of"]

_STATISTICS = ("min", "mean", "p50", "p90", "p95", "p99", "max")


def build_results(
    record: RunRecord,
    summary: RunSummary,
    resources: ResourceSummary | None,
    verdicts: Sequence[Verdict],
    *,
    backend: BackendIdentity,
    codebase: CodebaseIdentity,
    plugin_version: str,
    repeat_command: str,
    fingerprint: Mapping[str, str] | None = None,
    workload: Mapping[str, str] | None = None,
    noise_floor: NoiseFloor | None = None,
    editor: str = "raw",
    profile: str = "ci",
    stress: tuple[StressFigure, ...] = (),
    pressure: PressureReport | None = None,
    times: DerivedTimes | None = None,
    alerts: Sequence[Alert] = (),
    kinds: Sequence[str] = (),
    topology: str = "per-user",
    recovery: RecoveryTimes | None = None,
    timeline: Timeline | None = None,
    endpoints: EndpointReport | None = None,
) -> LoadTestResults:
    """The results of `record`, whose `summary`, `resources`, `verdicts` and `times` the caller derived from
    it. `kinds` are those of the users, in their order."""
    fairness, _ = summary.fairness()
    interference, _ = summary.interference()
    # What a smoke run is too short to tell is no verdict on it.
    judged = [verdict for verdict in verdicts if not (profile == "smoke" and verdict.too_few)]
    status = worst_status(verdict.status for verdict in judged or verdicts)
    error_stats = _error_stats(summary.operations.values())
    memory = summarise_memory(record.resources, record.parts, record.measure_start_ns, record.measure_end_ns)
    buckets = latency_buckets(record)
    slopes = ramp_slopes(
        summary.parts, () if memory is None else memory.parts, is_void=record.generator.was_bottleneck
    )
    return LoadTestResults(
        schema_version=SCHEMA_VERSION,
        plugin_version=plugin_version,
        scenario_name=record.scenario,
        execution_timestamp=record.started_at_utc,
        seed=record.seed,
        backend=backend,
        codebase=codebase,
        ended=record.ended,
        measured_s=s_from_ns(summary.measured_ns),
        sample_count=error_stats.planned,
        performance_stats=PerformanceStats(
            response_time=_times(summary.overall.latency),
            throughput=_per_second(summary.ok_per_second),
            concurrency_safety=record.safety,
            scalability_slope=next((one for one in slopes if one.measure == "p95_ms"), None),
        ),
        error_stats=error_stats,
        resource_usage=None if resources is None else _resources(resources, memory, record.working_set_bytes),
        operations={name: _operation(part, buckets[name]) for name, part in summary.operations.items()},
        generator=_generator(record.generator),
        verdicts=tuple(_verdict(verdict) for verdict in verdicts),
        status=None if status is None else status.value,
        repeat_command=repeat_command,
        crash_message=record.crash_message,
        first_wrong=record.first_wrong,
        fingerprint=dict(fingerprint or {}),
        workload=dict(workload or {}),
        details=dict(record.details),
        noise_floor=noise_floor,
        editor=editor,
        feedback=_feedback(times),
        profile=profile,
        slopes=slopes,
        stress=stress,
        pressure=pressure,
        recovery=build_recovery(record, recovery),
        alerts=tuple(alert_report(alert, record.measure_start_ns) for alert in alerts),
        not_offered=record.not_offered,
        offered=record.offered,
        landmark_kinds=dict(record.landmark_kinds),
        steps=tuple(_step(part, record.measure_start_ns) for part in summary.parts),
        memory=() if memory is None else tuple(map(_memory, memory.parts)),
        users=tuple(_user(user, kinds, record.rss_peaks) for user in summary.users)
        if len(summary.users) > 1
        else (),
        topology=topology,
        timeline=timeline,
        endpoints=endpoints,
        fairness_factor=None if fairness is None else fairness.value,
        interference_factor=None if interference is None else interference.value,
    )


def _memory(part: MemoryPart) -> MemoryStep:
    slope = part.slope_bytes_per_s
    return MemoryStep(
        name=part.name,
        duration_s=part.duration_s,
        avg_mb=mb_from_bytes(part.avg_bytes),
        peak_mb=mb_from_bytes(part.peak_bytes),
        start_mb=mb_from_bytes(part.start_bytes),
        end_mb=mb_from_bytes(part.end_bytes),
        slope_mb_per_min=None if slope is None else mb_from_bytes(slope * 60),
        grows=part.grows,
    )


def _user(user: UserSummary, kinds: Sequence[str], rss_peaks: Sequence[int | None]) -> UserFigures:
    peak = rss_peaks[user.user] if user.user < len(rss_peaks) else None
    p50, p95 = user.latency.p50_ns, user.latency.p95_ns
    return UserFigures(
        user=user.user + 1,
        kind=kinds[user.user] if user.user < len(kinds) else "",
        planned=user.planned,
        goodput_ratio=user.ok / user.planned if user.planned else None,
        p50_ms=None if p50 is None else p50.value / NS_PER_MS,
        p95_ms=None if p95 is None else p95.value / NS_PER_MS,
        rss_peak_mb=None if peak is None else mb_from_bytes(peak),
    )


def _step(part: RunPart, start_ns: int) -> LoadStep:
    return LoadStep(
        name=part.name,
        level=part.level,
        is_baseline=part.is_baseline,
        start_s=s_from_ns(part.from_ns - start_ns),
        duration_s=s_from_ns(part.to_ns - part.from_ns),
        operations={
            name: StepFigures(
                count=found.latency.count,
                p50_ms=None if found.latency.p50_ns is None else found.latency.p50_ns.value / NS_PER_MS,
                p95_ms=None if found.latency.p95_ns is None else found.latency.p95_ns.value / NS_PER_MS,
                goodput_ratio=found.goodput_ratio,
                planned=found.planned,
            )
            for name, found in part.operations.items()
        },
    )


def _feedback(times: DerivedTimes | None) -> FeedbackReport | None:
    if times is None or not times.edits:
        return None
    answered, told = times.keystroke_to_feedback, times.fresh_diagnostics
    return FeedbackReport(
        edits=times.edits,
        keystroke_to_feedback=_times(answered) if answered.count else None,
        edits_without_question=times.edits_without_question,
        fresh_diagnostics=_times(told) if told.count else None,
        diagnostics_from=times.diagnostics_from,
        edits_without_diagnostics=times.edits_without_diagnostics,
        overtaken_answers=times.overtaken_answers,
    )


def noise_floor_of(figures_ns: Mapping[str, float] | None) -> NoiseFloor | None:
    """From the selftest's figures, by name and in nanoseconds; None where one of them is not there."""
    if figures_ns is None:
        return None
    names = ("added_p50_200_ns", "added_p99_200_ns", "lag_p99_1000_ns")
    if any(name not in figures_ns for name in names):
        return None
    added_p50, added_p99, lag_p99 = (figures_ns[name] / NS_PER_MS for name in names)
    return NoiseFloor(added_p50_ms=added_p50, added_p99_ms=added_p99, send_lag_p99_ms=lag_p99)


def _operation(part: Summary, buckets: tuple[LatencyBucket, ...]) -> OperationResults:
    return OperationResults(
        user_waits=part.user_waits,
        response_time=_times(part.latency),
        service_time=_times(part.service),
        throughput_per_s=part.throughput_per_s,
        error_stats=_error_stats([part]),
        latency_buckets=buckets,
    )


def _times(times: Distribution) -> StatisticalSummary:
    estimates = {name: getattr(times, f"{name}_ns") for name in _STATISTICS}
    interval = times.p95_interval_ns
    return StatisticalSummary(
        unit="ms",
        count=times.count,
        censored=times.censored,
        stddev=None if times.stddev_ns is None else times.stddev_ns / NS_PER_MS,
        p95_interval=None if interval is None else (interval[0] / NS_PER_MS, interval[1] / NS_PER_MS),
        lower_bounds=tuple(name for name, found in estimates.items() if found and found.is_lower_bound),
        **{name: found.value / NS_PER_MS for name, found in estimates.items() if found},
    )


def _per_second(counts: Sequence[int]) -> StatisticalSummary:
    if not counts:
        return StatisticalSummary(unit="per_s", count=0)
    ordered = np.sort(np.array(counts, dtype=np.float64))
    mean = sum(counts) / len(counts)
    squares = sum((count - mean) ** 2 for count in counts)
    return StatisticalSummary(
        unit="per_s",
        count=len(counts),
        min=quantile(ordered, 0.0),
        mean=mean,
        stddev=math.sqrt(squares / (len(counts) - 1)) if len(counts) > 1 else None,
        p50=quantile(ordered, 0.5),
        p90=quantile(ordered, 0.9),
        p95=quantile(ordered, 0.95),
        p99=quantile(ordered, 0.99),
        max=quantile(ordered, 1.0),
    )


def _error_stats(parts: Iterable[Summary]) -> ErrorStats:
    counts: Counter[Outcome] = Counter()
    for part in parts:
        counts.update(part.outcomes)
    planned = sum(counts.values())
    total = sum(counts[kind] for kind in FAILED)
    return ErrorStats(
        planned=planned,
        ok=counts[Outcome.OK],
        empty=counts[Outcome.EMPTY],
        wrong=counts[Outcome.WRONG],
        error=counts[Outcome.ERROR],
        cancelled=counts[Outcome.CANCELLED],
        content_modified=counts[Outcome.CONTENT_MODIFIED],
        timeout=counts[Outcome.TIMEOUT],
        crashed=counts[Outcome.CRASHED],
        dropped=counts[Outcome.DROPPED],
        total=total,
        error_ratio=total / planned if planned else None,
        goodput_ratio=counts[Outcome.OK] / planned if planned else None,
    )


def _resources(
    found: ResourceSummary, memory: MemorySummary | None, working_set_bytes: int | None
) -> ResourceUsage:
    def known(value: float | None) -> float | None:
        return None if value is None else mb_from_bytes(value)

    return ResourceUsage(
        sample_count=found.sample_count,
        rss_avg_mb=mb_from_bytes(found.rss_avg_bytes),
        rss_peak_mb=mb_from_bytes(found.rss_peak_bytes),
        cpu_avg_percent=found.cpu_avg_ratio * 100,
        cpu_peak_percent=found.cpu_peak_ratio * 100,
        process_peak=found.process_peak,
        thread_peak=found.thread_peak,
        read_mb=None if found.read_bytes is None else mb_from_bytes(found.read_bytes),
        write_mb=None if found.write_bytes is None else mb_from_bytes(found.write_bytes),
        generator_cpu_percent=found.generator_cpu_ratio * 100,
        generator_rss_peak_mb=mb_from_bytes(found.generator_rss_peak_bytes),
        baseline_mb=None if memory is None else mb_from_bytes(memory.baseline_bytes),
        working_set_mb=known(working_set_bytes),
        pss_avg_mb=None if memory is None else known(memory.pss_avg_bytes),
        pss_peak_mb=None if memory is None else known(memory.pss_peak_bytes),
    )


def _generator(found: GeneratorStats) -> GeneratorReport:
    return GeneratorReport(
        planned=found.planned,
        sent=found.sent,
        dropped=found.dropped,
        offered_per_s=found.offered_per_s,
        achieved_per_s=found.achieved_per_s,
        send_lag_p50_ms=ms_from_ns(found.send_lag_p50_ns),
        send_lag_p99_ms=ms_from_ns(found.send_lag_p99_ns),
        send_lag_max_ms=ms_from_ns(found.send_lag_max_ns),
        cpu_percent=found.cpu_ratio * 100,
        littles_law_error_ratio=found.littles_law_error_ratio,
        bottleneck_reasons=found.bottleneck_reasons,
    )


def _verdict(verdict: Verdict) -> VerdictReport:
    budget = verdict.budget
    return VerdictReport(
        status=verdict.status.value,
        key=budget.key,
        operation=verdict.operation,
        violation=budget.violation,
        warning=budget.warning,
        target=budget.target,
        measured=verdict.measured,
        is_lower_bound=verdict.is_lower_bound,
        count=verdict.count,
        reason=verdict.reason,
        source=budget.source,
        too_few=verdict.too_few,
        enough_s=verdict.enough_s,
    )
