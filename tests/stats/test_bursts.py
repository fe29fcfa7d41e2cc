"""Bursts of slow operations are found, and nothing is made of slow ones here and there."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pytest_rustide_load.report.bursts import Happening, describe_bursts, report_bursts
from pytest_rustide_load.stats.bursts import BurstRule, find_bursts
from pytest_rustide_load.stats.record import GeneratorStats, RunRecord, SafetyMetrics
from pytest_rustide_load.stats.samples import Outcome, PhaseKind, SampleLog

MS = 1_000_000
S = 1_000 * MS
GENERATOR = GeneratorStats(0, 0, 0, 0.0, 0.0, 0, 0, 0, 0.0, 0.0)


def _record(latencies_ms: np.ndarray, *, step_ms: int = 20, late_ms: float = 0.0) -> RunRecord:
    """Two kinds of operations in turn, due every `step_ms`."""
    samples = SampleLog(["hover", "completion", "edit"])
    for number, latency in enumerate(latencies_ms.tolist()):
        due = 5 * S + number * step_ms * MS
        row = samples.add(number % 2, 0, PhaseKind.MEASURE, due, due + int(late_ms * MS))
        samples.finish(row, due + int(latency * MS), Outcome.OK)
    end = 5 * S + len(latencies_ms) * step_ms * MS
    return RunRecord("demo", 1, "", 0, 5 * S, end, end, samples, GENERATOR, SafetyMetrics())


def _latencies(count: int = 1_000, sigma: float = 0.5, seed: int = 1) -> np.ndarray:
    return np.exp(np.random.default_rng(seed).normal(math.log(10), sigma, count))


def _stall(latencies: np.ndarray, at: int, length_ms: int) -> np.ndarray:
    """The server does nothing for a while: what is due then waits for the end of it."""
    stalled = latencies.copy()
    for number in range(at, at + length_ms // 20):
        stalled[number] += length_ms - (number - at) * 20
    return stalled


def test_a_stall_is_one_burst_where_it_was() -> None:
    record = _record(_stall(_latencies(), 400, 1_000))
    [burst] = find_bursts(record, {"hover", "completion"})
    assert burst.start_ns == pytest.approx(5 * S + 8 * S, abs=100 * MS)
    assert burst.end_ns == pytest.approx(5 * S + 9 * S, abs=200 * MS)
    assert 30 <= burst.outliers <= 50
    assert burst.factor > 10
    assert burst.operations == ("hover", "completion")
    assert burst.late_ns == 0


@pytest.mark.parametrize("seed", range(20))
def test_steady_runs_have_no_bursts(seed: int) -> None:
    rng = np.random.default_rng(seed)
    plain = _latencies(seed=seed)
    assert find_bursts(_record(plain), {"hover", "completion"}) == []
    # One in ten takes twenty times as long, here and there.
    scattered = np.where(rng.random(1_000) < 0.1, plain * 20, plain)
    assert find_bursts(_record(scattered), {"hover", "completion"}) == []


def test_only_what_users_wait_for_counts_and_few_of_a_kind_tell_nothing() -> None:
    record = _record(_stall(_latencies(), 400, 1_000))
    assert find_bursts(record, {"edit"}) == []
    assert find_bursts(record, {"hover"})[0].operations == ("hover",)
    assert find_bursts(_record(_latencies(10)), {"hover", "completion"}) == []
    assert find_bursts(record, {"hover", "completion"}, BurstRule(min_outliers=60)) == []


def test_what_coincides_is_told() -> None:
    record = _record(_stall(_latencies(), 400, 1_000), late_ms=9)
    happenings = [
        Happening(what="the alert cpu high", start_s=8.4, end_s=12),
        Happening(what="the stress cpu", start_s=0.0),
        Happening(what="the stage later", start_s=15, end_s=20),
    ]
    reports = report_bursts(find_bursts(record, {"hover", "completion"}), 5 * S, happenings)
    assert reports[0].meanwhile == ("the alert cpu high", "the stress cpu")
    [sentence] = describe_bursts(reports)
    assert sentence.startswith("burst: from 8.0 s to 9.")
    assert "operations took" in sentence
    assert sentence.endswith("; meanwhile the alert cpu high, the stress cpu")
    assert "sent 9 ms late themselves" in sentence


def test_the_longest_are_shown() -> None:
    latencies = _latencies(2_000)
    for at in (200, 600, 1_000, 1_400, 1_800):
        latencies = _stall(latencies, at, 400 + at // 2)
    reports = report_bursts(find_bursts(_record(latencies), {"hover", "completion"}), 5 * S, [])
    assert len(reports) == 5
    lines = describe_bursts(reports)
    assert len(lines) == 4
    assert lines[-1] == "2 more bursts"
    assert lines[0].startswith("burst: from 20.0 s")
