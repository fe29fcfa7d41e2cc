"""The generator's own figures: Little's law between what was counted and what the samples say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.engine.flight import Due, Flight
from pytest_rustide_load.engine.generator import generator_stats, littles_law_error
from pytest_rustide_load.stats.samples import PhaseKind, SampleLog
from pytest_rustide_load.testing import FakeBackend, VirtualClock, run_virtually
from tests.engine.test_run import run, scenario

_SPANS = st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), min_size=1, max_size=50)


@given(_SPANS)
def test_what_hangs_over_the_edges_of_the_window_is_no_disagreement(spans):
    start, end = 200, 800
    sent = np.array([at for at, _ in spans])
    done = sent + np.array([wait for _, wait in spans])
    counted = sum(max(min(d, end) - max(s, start), 0) for s, d in zip(sent, done, strict=True)) / (
        end - start
    )
    assert littles_law_error(sent, done, start, end, counted) == pytest.approx(0, abs=1e-12)


def test_samples_that_are_missing_are_a_disagreement():
    sent, done = np.arange(0, 1000, 10), np.arange(50, 1050, 10)
    assert littles_law_error(sent[::2], done[::2], 0, 1000, 4.875) == pytest.approx(0.5, abs=0.01)


def test_of_a_run_without_measured_time_the_generator_is_no_bottleneck():
    found = generator_stats(
        SampleLog(("hover",)), measure_start_ns=5, measure_end_ns=5, cpu_ns=721, in_flight=0
    )
    assert (found.cpu_ratio, found.bottleneck_reasons) == (0.0, ())


def test_a_server_that_is_overrun_is_not_blamed_on_the_generator():
    record = run(scenario(rate=400, duration_s=10), FakeBackend(service_s=lambda _m, n: n * 0.002))
    assert record.generator.littles_law_error_ratio < 0.001
    assert record.generator.bottleneck_reasons == ()


def test_requests_in_flight_are_counted_within_the_window_only():
    async def work():
        clock = VirtualClock()
        flight = Flight(clock, timeout_ns=10**9)
        flight.window_ns = (1_000, 3_000)
        for at_ns, change in ((0, 1), (500, 1), (2_000, -1), (3_500, -1)):
            flight._count(change, at_ns)
        assert flight.in_flight == 0
        # Two of it for a thousand nanoseconds, one for a thousand.
        assert flight._in_flight_ns / 2_000 == pytest.approx(1.5)
        row = flight.tell(Due("edit", 0, PhaseKind.MEASURE, 0))
        stats = generator_stats(
            flight.samples, measure_start_ns=0, measure_end_ns=10, cpu_ns=0, in_flight=0.0
        )
        assert row == 0
        assert stats.littles_law_error_ratio == 0

    run_virtually(work())


def stats_of(lags_ms, *, cpu_ratio=0.1, off=1.0):
    """Of a run of ten seconds with questions sent so late, each answered in a millisecond, whose requests in
    flight were counted `off` times as many as there were."""
    log = SampleLog(("hover",))
    for number, lag_ms in enumerate(lags_ms):
        due_ns = number * 1_000_000
        sent_ns = due_ns + round(lag_ms * 1e6)
        log.finish(log.add(0, 0, PhaseKind.MEASURE, due_ns, sent_ns), sent_ns + 1_000_000, 1)
    end_ns = 10_000_000_000
    return generator_stats(
        log,
        measure_start_ns=0,
        measure_end_ns=end_ns,
        cpu_ns=round(cpu_ratio * end_ns),
        in_flight=off * len(lags_ms) * 1e6 / end_ns,
    )


@pytest.mark.parametrize(
    ("count", "late", "lag_ms", "reason"),
    [
        (400, 8, 10.5, "it sent p99 10.5 ms late, more than 10 ms"),
        # One in two hundred is beyond the percentile, and ten milliseconds are not more than ten.
        (400, 2, 500, None),
        (400, 400, 10, None),
        # Too few for a p99: of a hundred the p95 is judged, of twenty the median.
        (100, 3, 500, None),
        (100, 10, 30, "it sent p95 30.0 ms late, more than 10 ms"),
        (20, 9, 500, None),
        (20, 12, 12, "it sent p50 12.0 ms late, more than 10 ms"),
    ],
)
def test_a_generator_that_is_late_voids_its_times(count, late, lag_ms, reason):
    found = stats_of([lag_ms] * late + [0.1] * (count - late))
    assert found.bottleneck_reasons == (() if reason is None else (reason,))
    assert found.send_lag_max_ns == max(lag_ms, 0.1) * 1e6


def test_a_generator_that_is_busy_or_disagrees_with_littles_law_voids_its_times():
    assert stats_of([0.1], cpu_ratio=0.8).bottleneck_reasons == ()
    assert stats_of([0.1], cpu_ratio=0.81).bottleneck_reasons == ("it used 81% of a core, more than 80%",)
    many = [0.1] * 1_000
    assert stats_of(many, off=1.04).bottleneck_reasons == ()
    assert stats_of(many[1:], off=2).bottleneck_reasons == ()
    assert stats_of(many, off=1.1).bottleneck_reasons == (
        "requests in flight disagree with Little's law by 9%",
    )
