"""What the documentation shows as printed of runs that nobody has at hand: made again of its own figures,
letter for letter. What it shows of others is held by test_typed.py against what is printed now."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from pytest_rustide_load.plugin.figures import limit_figure
from pytest_rustide_load.plugin.rescue import how_it_ended
from pytest_rustide_load.report.agents import describe_losses
from pytest_rustide_load.report.bottleneck import BottleneckReport, SlowRequest
from pytest_rustide_load.report.bursts import BurstReport
from pytest_rustide_load.report.comparison import render_comparison
from pytest_rustide_load.report.crew import AgentFigures
from pytest_rustide_load.report.curve import KneePoint, KneeReport
from pytest_rustide_load.report.knee import render_knee
from pytest_rustide_load.report.pressure import PressureReport
from pytest_rustide_load.report.recovery import OutageReport, RecoveryReport, render_recovery
from pytest_rustide_load.report.results import (
    BackendIdentity,
    CodebaseIdentity,
    FeedbackReport,
    GeneratorReport,
    LoadTestResults,
    MemoryStep,
    StatisticalSummary,
    StressFigure,
)
from pytest_rustide_load.report.scaling_text import render_scaling_report
from pytest_rustide_load.report.text import render_results
from pytest_rustide_load.stats.bottleneck import Bottleneck, Window, judge_phase
from pytest_rustide_load.stats.record import Refactored, SafetyMetrics
from pytest_rustide_load.stress.cage import CageReport
from pytest_rustide_load.units import MB
from tests.docs.blocks import Block
from tests.docs.remade import agents_of, comparison_of, operations_of, scaling_of, users_of, verdict, words
from tests.docs.shown import MADE_AGAIN
from tests.docs.typed import BLOCKS
from tests.report.test_text import GENERATOR, USAGE
from tests.report.test_text import _results as results

TEXTS = [block for block in BLOCKS if block.kind == "text"]


def shown(begins: str) -> Block:
    """The one block that begins so."""
    [block] = [one for one in TEXTS if one.text.startswith(begins)]
    assert block.text.partition("\n")[0].startswith(MADE_AGAIN)
    return block


def printed(width: int = 80, **changes: object) -> str:
    """Of a run with these results."""
    return render_results(msgspec.structs.replace(results(), **changes), width=width)


WORK = MemoryStep(
    name="work",
    duration_s=45,
    avg_mb=607,
    peak_mb=612,
    start_mb=604,
    end_mb=611,
    slope_mb_per_min=1,
    grows=False,
)


def generator(per_s: float, late_ms: float) -> GeneratorReport:
    return msgspec.structs.replace(
        GENERATOR, offered_per_s=per_s, achieved_per_s=per_s, send_lag_p99_ms=late_ms
    )


def bottleneck(found: Bottleneck) -> BottleneckReport:
    return BottleneckReport(
        phase="",
        start_s=0,
        end_s=1,
        kind=found.kind,
        evidence=found.evidence,
        agreeing=found.agreeing,
        windows=found.windows,
        idle=found.idle,
    )


def test_what_is_made_again_is_made_here():
    text = Path(__file__).read_text(encoding="utf-8")
    assert [begin for begin in MADE_AGAIN if f'shown("{begin}")' not in text] == []


def test_the_first_run_that_README_shows():
    text = shown("individual-developer: rust").text
    operations, verdicts = operations_of(text)
    usage = msgspec.structs.replace(
        USAGE,
        rss_avg_mb=628,
        rss_peak_mb=630,
        baseline_mb=548,
        pss_peak_mb=586,
        cpu_avg_percent=16.5,
        cpu_peak_percent=96.8,
        process_peak=1,
        thread_peak=16,
    )
    grown = msgspec.structs.replace(WORK, name="", duration_s=40, start_mb=626, end_mb=629)
    feedback = FeedbackReport(
        edits=3,
        keystroke_to_feedback=StatisticalSummary(unit="ms", count=3, p50=143, p95=190),
        edits_without_question=0,
        fresh_diagnostics=None,
        diagnostics_from="",
        edits_without_diagnostics=0,
        overtaken_answers=0,
    )
    found = judge_phase([Window(seconds=40, cores=2, cpu=0.16, in_flight=0.26, blocked=0)])
    assert text == "\n".join(
        [
            printed(
                measured_s=40,
                codebase=CodebaseIdentity(digest="", description="20,006 lines in 135 files, seed 42"),
                fingerprint={"cores": "2", "cpu": "Intel(R) Xeon(R) Processor"},
                operations=operations,
                verdicts=(
                    *verdicts,
                    verdict("rss_avg_mb", 1000, "PASS", measured=628),
                    verdict("cpu_avg_percent", 25, "PASS", measured=16.5),
                ),
                feedback=feedback,
                resource_usage=usage,
                memory=(grown,),
                generator=generator(30.4, 5.11),
                bottlenecks=(bottleneck(found),),
            ),
            "",
        ]
    )


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("completion     149", {"fairness_factor": 1.06}),
        ("completion    47", {"fairness_factor": 1.66, "topology": "shared"}),
    ],
)
def test_teams(text: str, changes: dict[str, object]):
    [block] = [
        one for one in (shown("operation        n"), shown("operation      n")) if f"\n{text}" in one.text
    ]
    operations, verdicts = operations_of(block.text)
    achieved = 0.591 if "149" in text else 0.566
    network = StressFigure(
        kind="network local_network, delay each way",
        unit="ms",
        asked=0.5,
        achieved=achieved,
        note="median of 3240 probes there and back",
    )
    told = printed(
        120,
        operations=operations,
        verdicts=verdicts,
        users=users_of(block.text),
        stress=(network,),
        **changes,
    )
    # What stands between them is not shown.
    tables, stress = block.text.split("stress:")
    assert words(tables) in words(told)
    assert words(f"stress:{stress}") in words(told)


def test_agents():
    text = shown("large-team: embedded").text
    begins, ends = text.split("…\n")
    operations, verdicts = operations_of(begins)
    told = printed(
        scenario_name="large-team",
        backend=BackendIdentity(name="embedded", version="0.1.0"),
        measured_s=30,
        operations=operations,
        verdicts=verdicts,
        agents=agents_of(ends),
        controller_cpu_percent=0.925,
        generator=generator(15.5, 5.15),
    )
    assert words(told).startswith(words(begins))
    assert words(ends) in words(told)


def test_a_burst():
    burst = BurstReport(
        start_s=8,
        end_s=9,
        outliers=41,
        due=46,
        factor=38.9,
        late_ms=0,
        operations=("hover", "completion"),
        meanwhile=("the alert cpu high",),
    )
    assert shown("burst:").text in printed(bursts=(burst,)) + "\n"


def test_an_agent_that_is_lost():
    lost = AgentFigures(
        agent=2,
        spec="popen",
        host="",
        users=25,
        planned=None,
        cpu_percent=None,
        rss_mb=None,
        send_lag_p99_ms=None,
        offset_ms=None,
        offset_error_ms=None,
        received_kb=0,
        lost="its process ended",
        lost_s=12.4,
        in_flight_when_lost=3,
    )
    found: LoadTestResults = msgspec.structs.replace(results(), agents=(lost,))
    # Shown as wide as the page.
    assert " ".join(shown("agent 2 (popen) was lost").text.split()) == describe_losses(found)[0]


def test_requests_that_wait_for_one_another():
    window = Window(seconds=1, cores=1, cpu=0.025, in_flight=76, queueing=0.99, voluntary_switches_per_s=487)
    assert (
        shown("bottleneck: lock or").text in printed(bottlenecks=(bottleneck(judge_phase([window])),)) + "\n"
    )


def test_the_slowest_request():
    block = shown("slow: completion")
    slow = SlowRequest(
        operation="completion",
        latency_ms=481,
        outcome="ok",
        at_s=10.2,
        user=1,
        path="crates/window_trace/src/model.rs",
        line=40,
        column=14,
        version=1,
        seed=42,
        repeat_command=block.text.splitlines()[1],
    )
    assert block.text in printed(width=100, slowest=(slow,)) + "\n"


@pytest.mark.parametrize(("begins", "goodput"), [("curve ops/s", 0.9), ("curve edits/s", 0.5)])
def test_the_curves_of_saturation(begins: str, goodput: float):
    text = {"curve ops/s": shown("curve ops/s"), "curve edits/s": shown("curve edits/s")}[begins].text
    points = []
    _, *rows = [line.split() for line in text.splitlines() if not re.match(r"knee|  ", line)]
    for level, *rates, operation, p95, good, kept in rows:
        edits, offered, right = [0.0, *(float(rate.replace(",", "")) for rate in rates)][-3:]
        factor = 1 if p95.endswith("ms") else 1000
        points.append(
            KneePoint(
                level=float(level[:-1]),
                offered_per_s=offered,
                edits_per_s=edits,
                right_per_s=right,
                operation=operation,
                p95_ms=float(p95.strip("~ms")) * factor,
                count=20 if "~" in p95 else 100,
                goodput_ratio=float(good[:-1]) / 100,
                missed="" if kept == "yes" else "something",
            )
        )
    last = [point for point in points if not point.missed][-1]
    knee = KneeReport(
        p95_ms=200,
        goodput_ratio=goodput,
        level=last.level,
        offered_per_s=last.offered_per_s,
        edits_per_s=last.edits_per_s,
        why=" ".join(text.split()).rpartition("; ")[2],
        curve=tuple(points),
    )
    assert "\n".join(render_knee(msgspec.structs.replace(results(), knee=knee))) + "\n" == text


def test_scaling():
    for block in (shown("scaling with users"), shown("scaling with cores")):
        assert "\n".join(render_scaling_report(scaling_of(block.text))) + "\n" == block.text


def test_two_backends_and_runs_of_before():
    for block in (shown("series            old"), shown("3 runs against")):
        # The last digit of the mean is that of figures before they were rounded.
        told, text = (
            re.sub(r"(latencies: \S+)\d%", r"\1", one)
            for one in (render_comparison(comparison_of(block.text)) + "\n", block.text)
        )
        # Some is left out.
        assert [part for part in text.split("…\n") if part not in told] == []


def test_memory_over_time():
    usage = msgspec.structs.replace(
        USAGE, rss_avg_mb=607, rss_peak_mb=612, baseline_mb=596, working_set_mb=214, pss_peak_mb=599
    )
    idle = msgspec.structs.replace(WORK, name="idle", duration_s=5, start_mb=611, end_mb=611)
    assert shown("memory: 607 MB").text in printed(resource_usage=usage, memory=(WORK, idle))


def test_renames_and_moves_that_were_carried_out():
    done = Refactored(renames=7, moves=7, files=140, edits=1202)
    stats = msgspec.structs.replace(
        results().performance_stats, concurrency_safety=SafetyMetrics(refactored=done)
    )
    details = {"refactored codebase": "passes cargo check after the last rename and the last move"}
    assert shown("refactoring:").text in printed(performance_stats=stats, details=details) + "\n"


def test_a_backend_that_came_back():
    outage = OutageReport(users=(1,), why="it closed its output", down_s=7.5, up_s=8, attempts=1)
    found = RecoveryReport(
        fault="kill",
        what="SIGKILL to rust-analyzer",
        at_s=7.5,
        lasted_s=None,
        unsteady="",
        first_response_s=0.127,
        first_correct_s=0.549,
        latency_band_s=7.81,
        quiescent_s=5.42,
        recovery_s=7.81,
        lower_bounds=(),
        baseline_p95_ms=25,
        band_ms=37.9,
        outages=(outage,),
        waited=0,
        crashed=2,
        timed_out=0,
        dropped=0,
    )
    lines = shown("fault: kill").text.splitlines()
    assert lines[:-2] == list(render_recovery(found, 80))
    verdicts = (
        verdict("recovery_s", 30, "PASS", measured=7.81),
        verdict("first_correct_s", 30, "PASS", measured=0.549),
    )
    assert "\n".join(lines[-2:]) in printed(verdicts=verdicts)


def test_memory_that_became_short():
    held = StressFigure(
        kind="memory held by others, gradual", unit="MB", asked=500, achieved=500, reached=True
    )
    limit = CageReport(
        mechanism="RLIMIT_DATA",
        reason="cgroup v1 cannot go below the 542 MB in use",
        limit_bytes=256 * MB,
        lowest_bytes=256 * MB,
        peak_bytes=None,
        killed=1,
    )
    aborted = how_it_ended(-6, "memory allocation of 922176 bytes failed\n")
    pressure = PressureReport(
        kind="restarted",
        why="",
        graceful_degradation=False,
        data_preservation=True,
        recovery_action="process_restart: its process was ended",
        slowdown_factor=0.92,
        goodput_ratio=0.61,
        silent_s=4.2,
        first_right_s=2.1,
        recovery_s=4.5,
        restarts=3,
        evidence=("it ended: it closed its output (3 times)", aborted, f"{how_it_ended(-9, '')} (2 times)"),
    )
    told = printed(stress=(held, limit_figure(limit, 256 * MB)), pressure=pressure)
    assert shown("stress: memory held").text in told
