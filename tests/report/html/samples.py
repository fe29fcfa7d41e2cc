"""Results as a session has them, from simulated samples: the same for the same arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from pytest_rustide_load.budgets import Budget, evaluate
from pytest_rustide_load.report import BackendIdentity, CodebaseIdentity, LoadTestResults, build_results
from pytest_rustide_load.report.bottleneck import BottleneckReport, SlowRequest
from pytest_rustide_load.report.bursts import BurstReport
from pytest_rustide_load.report.compared import ComparedSeries, ComparisonReport
from pytest_rustide_load.report.findings import FailedTest, Session
from pytest_rustide_load.report.latencies import merged_latencies
from pytest_rustide_load.report.recovery import OutageReport, RecoveryReport
from pytest_rustide_load.report.results import AlertReport, StressFigure
from pytest_rustide_load.report.timeline import Span
from pytest_rustide_load.report.timeline_build import build_timeline
from pytest_rustide_load.report.trends import KeptRun, ScenarioTrends, find_trends
from pytest_rustide_load.stats import (
    GeneratorStats,
    Outcome,
    PhaseKind,
    ResourceSample,
    RunRecord,
    SafetyMetrics,
    SampleLog,
    summarise,
    summarise_resources,
)
from pytest_rustide_load.stats.observed import HostSample
from pytest_rustide_load.stats.record import PartOfRun

S, MS = 10**9, 10**6
MEDIANS_MS = {"completion": 9.0, "hover": 1.5, "definition": 1.2, "references": 4.0, "document_symbols": 2.5}
BUDGETS = (
    Budget(
        key="p95_ms", operation="hover", violation=200.0, warning=150.0, target=100.0, source="budgets.yaml:7"
    ),
    Budget(key="p95_ms", operation="completion", violation=20.0, source="budgets.yaml:9"),
    Budget(key="min_goodput_ratio", violation=0.9, warning=0.95, source="budgets.yaml:3"),
    Budget(key="rss_avg_mb", violation=200.0, warning=80.0, source="budgets.yaml:12"),
    Budget(key="p99_ms", operation="references", violation=200.0, source="budgets.yaml:15"),
)
FINGERPRINT = {"cpu": "A Processor", "cores": "2", "kernel": "Linux 6.18"}


def record(
    *, seconds: int = 60, per_s: int = 30, seed: int = 1, slower: float = 1.0, even: bool = False
) -> RunRecord:
    """A run with a slow stretch in its middle, some time-outs in it, and memory that grows; of all operations
    as many where it is to be `even`."""
    random = np.random.default_rng(seed)
    names = tuple(MEDIANS_MS)
    log = SampleLog(names)
    count = seconds * per_s
    due = np.sort(random.uniform(0, seconds, count))
    shares = None if even else [0.25, 0.5, 0.15, 0.07, 0.03]
    codes = np.arange(count) % len(names) if even else random.choice(len(names), count, p=shares)
    medians = np.array(list(MEDIANS_MS.values())) * slower
    times_ms = medians[codes] * random.lognormal(0, 0.6, count)
    within = (due > seconds * 0.5) & (due < seconds * 0.6)
    times_ms[within] *= 6
    lots = random.uniform(0, 1, count)
    ends = np.select([within & (lots < 0.05), lots > 0.995], [Outcome.TIMEOUT, Outcome.WRONG], Outcome.OK)
    times_ms[ends == Outcome.TIMEOUT] = 10_000
    for at_s, code, time_ms, outcome in zip(due, codes, times_ms, ends, strict=True):
        intended = S + int(at_s * S)
        row = log.add(int(code), 0, PhaseKind.MEASURE, intended, intended + MS // 2)
        log.finish(row, intended + int(time_ms * MS) + 1, int(outcome))
    resources = tuple(
        ResourceSample(
            at_ns=S + tick * S // 2,
            rss_bytes=90 * 10**6 + tick * 50_000,
            cpu_ns=tick * S // 20 + int(abs(np.sin(tick / 9)) * S / 50),
            process_count=1,
            thread_count=9,
            generator_cpu_ns=tick * S // 50,
            generator_rss_bytes=60 * 10**6,
            read_bytes=0,
            write_bytes=tick * 1000,
            host_cpu_ratio=0.3,
        )
        for tick in range(seconds * 2 + 1)
    )
    generator = GeneratorStats(count, count, 0, float(per_s), float(per_s), MS // 2, MS, 3 * MS, 0.1, 0.01)
    return RunRecord(
        scenario="individual-developer",
        seed=42,
        started_at_utc="2026-01-02T03:04:05+00:00",
        start_ns=S // 2,
        measure_start_ns=S,
        measure_end_ns=S + seconds * S,
        end_ns=S + seconds * S,
        samples=log,
        generator=generator,
        safety=SafetyMetrics(),
        resources=resources,
        presence=(1,) * (seconds + 1),
        host=tuple(
            HostSample(S + tick * S, 0.4, 24 * 10**9, 20 * 10**9, tick * S // 40, 0, tick * S // 90)
            for tick in range(seconds + 1)
        ),
        parts=(PartOfRun("calm", 1.0, 0.5, is_baseline=True), PartOfRun("busy", 2.0, 0.5)),
        first_wrong=("hover at src/lib.rs:3:4: expected a type, got nothing",),
    )


def results(*, budgets: Sequence[Budget] = BUDGETS, **how: Any) -> LoadTestResults:
    """The results of `record(**how)`, with an alert and stress."""
    run = record(**how)
    seconds = (run.measure_end_ns - run.measure_start_ns) / S
    summary = summarise(run, set(MEDIANS_MS), timeout_ns=10 * S)
    resources = summarise_resources(run.resources, run.measure_start_ns, run.measure_end_ns)
    found = build_results(
        run,
        summary,
        resources,
        evaluate(budgets, summary, resources, run.generator),
        backend=BackendIdentity(name="embedded", version="0.1.0"),
        codebase=CodebaseIdentity(digest="abcdef", description="20,006 lines in 135 files, seed 42"),
        plugin_version="0.1.0",
        repeat_command="pytest --load-scenario=individual-developer --load-seed=42",
        fingerprint=FINGERPRINT,
        timeline=build_timeline(run, set(MEDIANS_MS), timeout_ns=10 * S),
        stress=(StressFigure(kind="cpu of 2 cores", unit="%", asked=90, achieved=88, reached=True),),
    )
    alert = AlertReport(
        name="response_time_degraded",
        of="its normal time",
        limit=2.0,
        peak=5.5,
        start_s=seconds * 0.5,
        end_s=seconds * 0.62,
        phase="busy",
    )
    assert found.timeline is not None
    spans = (
        *found.timeline.spans,
        Span(kind="stress", name="cpu 90%", start_s=seconds * 0.2, end_s=seconds * 0.4),
        Span(kind="fault", name="kill", start_s=seconds * 0.8, end_s=seconds * 0.8),
        Span(kind="gone", name="no backend", start_s=seconds * 0.8, end_s=seconds * 0.82),
    )
    timeline = msgspec.structs.replace(found.timeline, spans=spans)
    return msgspec.structs.replace(found, alerts=(alert,), timeline=timeline, **_causes(seconds))


def _causes(seconds: float) -> dict[str, Any]:
    """What held a run back and what was done to it."""
    bottleneck = BottleneckReport(
        phase="busy",
        start_s=seconds / 2,
        end_s=seconds,
        kind="cpu",
        evidence=("run delay 38% of a core", "cpu 96% of its limit"),
        agreeing=5,
        windows=6,
    )
    slow = SlowRequest(
        operation="hover",
        latency_ms=812.5,
        outcome="ok",
        at_s=seconds * 0.55,
        user=1,
        path="crates/a/src/lib.rs",
        line=12,
        column=9,
        version=1,
        seed=42,
        repeat_command="pytest --load-repeat-request=hover:crates/a/src/lib.rs:12:9",
    )
    burst = BurstReport(
        start_s=seconds * 0.52,
        end_s=seconds * 0.55,
        outliers=38,
        due=41,
        factor=7.2,
        late_ms=0.3,
        operations=("hover", "completion"),
        meanwhile=("alert response time degraded",),
    )
    recovery = RecoveryReport(
        fault="kill",
        what="the backend was killed",
        at_s=seconds * 0.8,
        lasted_s=None,
        unsteady="",
        first_response_s=0.6,
        first_correct_s=1.1,
        latency_band_s=1.6,
        quiescent_s=None,
        recovery_s=1.6,
        lower_bounds=(),
        baseline_p95_ms=12.0,
        band_ms=18.0,
        outages=(
            OutageReport(
                users=(1,), why="exit status -9", down_s=seconds * 0.8, up_s=seconds * 0.82, attempts=1
            ),
        ),
        waited=3,
        crashed=0,
        timed_out=0,
        dropped=0,
    )
    return {"bottlenecks": (bottleneck,), "slowest": (slow,), "bursts": (burst,), "recovery": recovery}


def comparison(status: str = "FAIL") -> ComparisonReport:
    series = (
        ComparedSeries(
            name="hover p95",
            unit="ms",
            status=status,
            reason="+252.0% is above 5.0%, and certainly above nothing",
            baseline=1.62,
            candidate=5.7,
            change_ratio=2.52,
            low_ratio=1.897,
            high_ratio=3.278,
            detectable_ratio=0.2,
        ),
        ComparedSeries(
            name="completion p90",
            unit="ms",
            status="PASS",
            reason="the upper bound +3.1% is below 5.0%",
            baseline=3.37,
            candidate=3.38,
            change_ratio=0.003,
            low_ratio=-0.02,
            high_ratio=0.031,
        ),
        ComparedSeries(
            name="memory peak",
            unit="MB",
            status="WARN",
            reason="+6.0% is above 5.0%, but not certainly above nothing",
            baseline=63.3,
            candidate=67.1,
            change_ratio=0.06,
            low_ratio=-0.01,
            high_ratio=0.13,
            underpowered=True,
            detectable_ratio=0.3,
        ),
    )
    return ComparisonReport(
        scenario_name="individual-developer",
        baseline="main of 2026-01-01",
        candidate="embedded 0.1.0",
        threshold_ratio=0.05,
        pairs=3,
        void=0,
        confirmed=False,
        series=series,
        repeat_command="pytest --load-scenario=individual-developer --load-baseline=main",
        earlier=20,
        baseline_latencies=merged_latencies([results(seed=7, slower=0.6)]),
        notes=("1 run of before was left out: not comparable",),
    )


def trends(runs: int = 14) -> ScenarioTrends:
    """A step upwards in the middle."""
    kept = [
        KeptRun(
            number,
            f"{number:012x}",
            results(seconds=8, seed=number, slower=3.0 if number > runs // 2 else 1.0),
        )
        for number in range(1, runs + 1)
    ]
    return find_trends(kept)


def session(**changes: Any) -> Session:
    fields: dict[str, Any] = {
        "results": (results(),),
        "comparisons": (comparison(),),
        "failed_tests": (FailedTest("tests/test_a.py::test_b", "assert 1 == 2"),),
        "command": "pytest --load-scenario=individual-developer --load-report=report.html",
        "created_at": "2026-01-02T03:05:00+00:00",
    }
    return Session(**{**fields, **changes})
