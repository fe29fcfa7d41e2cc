"""Memory and CPU over a window: averages by time, peaks as sampled."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.stats import ResourceSample, summarise_resources

MB = 1_000_000
S = 1_000_000_000


def sample(at_s: float, rss_mb: float = 0, cpu_s: float = 0, **others: int | None) -> ResourceSample:
    values = {
        "process_count": 1,
        "thread_count": 1,
        "generator_cpu_ns": 0,
        "generator_rss_bytes": 0,
    } | others
    return ResourceSample(
        at_ns=round(at_s * S), rss_bytes=round(rss_mb * MB), cpu_ns=round(cpu_s * S), **values
    )


def test_the_average_weighs_by_time_not_by_sample() -> None:
    # A second at 100 MB seen five times, and nine seconds at 200 MB seen once.
    crowded = [sample(at / 4, 100) for at in range(5)]
    summary = summarise_resources([*crowded, sample(1.001, 200), sample(10, 200)], 0, 10 * S)
    assert summary is not None
    assert summary.rss_avg_bytes == pytest.approx(190 * MB, rel=0.001)
    assert summary.rss_peak_bytes == 200 * MB


def test_cpu_is_of_one_core_and_its_peak_between_two_samples() -> None:
    summary = summarise_resources([sample(0), sample(1, cpu_s=2), sample(4, cpu_s=2)], 0, 4 * S)
    assert summary is not None
    assert summary.cpu_avg_ratio == 0.5
    assert summary.cpu_peak_ratio == 2.0


def test_samples_outside_of_the_window_do_not_count() -> None:
    samples = [sample(0, 999, 0), sample(1, 10, 5), sample(2, 30, 6), sample(3, 999, 50)]
    summary = summarise_resources(samples, S, 2 * S)
    assert summary is not None
    assert (summary.rss_peak_bytes, summary.rss_avg_bytes) == (30 * MB, 20 * MB)
    assert summary.cpu_avg_ratio == 1.0
    assert summary.sample_count == 2


@pytest.mark.parametrize("samples", [[], [sample(1, 5)], [sample(1, 5), sample(1, 7)]])
def test_less_than_two_moments_are_no_summary(samples) -> None:
    assert summarise_resources(samples, 0, 9 * S) is None


def test_counters_are_differences_and_unknown_ones_stay_unknown() -> None:
    first = sample(0, read_bytes=7, write_bytes=None, process_count=3, generator_cpu_ns=S)
    last = sample(
        2, read_bytes=10, write_bytes=None, thread_count=9, generator_cpu_ns=2 * S, generator_rss_bytes=5
    )
    summary = summarise_resources([first, last], 0, 2 * S)
    assert summary is not None
    assert (summary.read_bytes, summary.write_bytes) == (3, None)
    assert (summary.process_peak, summary.thread_peak) == (3, 9)
    assert (summary.generator_cpu_ratio, summary.generator_rss_peak_bytes) == (0.5, 5)


@given(
    st.lists(st.tuples(st.integers(0, 500), st.integers(0, 300)), min_size=2, max_size=30),
    st.integers(1, 1000),
)
def test_averages_lie_between_the_extremes_and_splitting_an_interval_changes_nothing(steps, split) -> None:
    at_s = list(itertools.accumulate([1 + step for _, step in steps]))
    samples = [sample(at, rss, at / 2) for at, (rss, _) in zip(at_s, steps, strict=True)]
    whole = summarise_resources(samples, 0, at_s[-1] * S)
    assert whole is not None
    assert min(s.rss_bytes for s in samples) <= whole.rss_avg_bytes + 1e-3
    assert whole.rss_avg_bytes <= whole.rss_peak_bytes + 1e-3
    assert whole.cpu_avg_ratio == pytest.approx(0.5)
    a, b = samples[0], samples[1]
    share = split / 1001
    between = sample(
        (a.at_ns + (b.at_ns - a.at_ns) * share) / S,
        (a.rss_bytes + (b.rss_bytes - a.rss_bytes) * share) / MB,
        (a.cpu_ns + (b.cpu_ns - a.cpu_ns) * share) / S,
    )
    finer = summarise_resources([a, between, *samples[1:]], 0, at_s[-1] * S)
    assert finer is not None
    assert finer.rss_avg_bytes == pytest.approx(whole.rss_avg_bytes, rel=1e-6, abs=10)
