"""Figures of a level from its runs, and where scaling ends."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_rustide_load.stats.factors import Point, io_bottleneck, linear_threshold, memory_saturation
from pytest_rustide_load.stats.levels import LevelRun, level_figures


def run(per_second, latencies=(), void="", **fields):
    return LevelRun(
        np.array(per_second, dtype=float),
        np.array(latencies, dtype=float),
        100.0,
        50.0,
        1.0,
        void=void,
        **fields,
    )


def test_means_are_over_the_runs_that_count():
    figures = level_figures(
        [run([10] * 8, [1] * 80), run([20] * 8, [3] * 80), run([99] * 8, [9] * 80, void="x")]
    )
    assert figures.runs == 2
    assert figures.throughput_per_s == 15
    assert figures.p95_ms == 2
    assert figures.throughput_interval == (10, 20)
    # What only timings make void still took its memory.
    assert figures.rss_peak_mb == 100
    assert figures.p95_interval == (1, 3)
    nothing = level_figures([run([1], void="x")])
    assert (nothing.runs, nothing.throughput_per_s, nothing.p95_interval) == (0, None, None)


def test_too_few_latencies_have_no_interval_of_a_p95():
    figures = level_figures([run([10] * 8, [1.0] * 58)])
    assert figures.p95_ms == 1
    assert figures.p95_interval is None
    assert figures.throughput_interval == (10, 10)


def test_the_interval_covers_the_true_throughput_where_runs_differ():
    random = np.random.default_rng(5)
    covered = 0
    for trial in range(200):
        runs = [run(random.normal(100 + random.normal() * 3, 5, size=10)) for _ in range(6)]
        low, high = level_figures(runs, seed=trial).throughput_interval
        covered += low <= 100 <= high
    # Of six runs a bootstrap interval is a little narrow.
    assert 0.82 <= covered / 200 <= 0.99


def test_the_linear_threshold_is_the_last_level_that_brings_what_the_first_did():
    points = [Point("1", 1, 100, (99, 101)), Point("2", 2, 196, (190, 200)), Point("4", 4, 300, (290, 310))]
    found = linear_threshold(points, "cores")
    assert found is not None
    assert found.reached == "2 cores"
    assert found.evidence == "at 4 cores each brings 75% of what it brought at 1"
    near = linear_threshold([points[0], Point("2", 2, 175, (165, 185))], "cores")
    assert near is not None
    assert near.reached == "1 core"
    assert "reaches 90 %" in near.evidence
    whole = linear_threshold(points[:2], "cores")
    assert whole is not None
    assert whole.reached is None
    assert "up to 2 cores each brings 98%" in whole.evidence
    assert linear_threshold(points[:1], "cores") is None


def test_memory_saturates_where_more_is_no_use():
    points = [Point("1GB", 1e9, 50), Point("2GB", 2e9, 98), Point("4GB", 4e9, 100)]
    assert memory_saturation(points).reached == "2GB"
    assert memory_saturation(points).evidence == "with 1GB 50% of the best throughput"
    assert memory_saturation(points[1:]).reached is None
    assert "least that was tried" in memory_saturation(points[1:]).evidence
    growing = memory_saturation([Point("1GB", 1e9, 50), Point("2GB", 2e9, 100)])
    assert growing.reached is None
    assert "still grows with the last step, to 2GB" in growing.evidence


def test_io_is_a_bottleneck_where_a_level_was_held_back_by_it():
    quiet = Point("a", 1, 10, bottleneck="CPU", storage_mb_per_s=0.5)
    bound = Point("b", 2, 10, bottleneck="I/O", storage_mb_per_s=12.0)
    assert io_bottleneck([quiet, bound]).reached == "12 MB/s"
    assert io_bottleneck([quiet]).reached is None
    assert io_bottleneck([quiet]).evidence == "no level was held back by I/O; at most 500 KB/s"
    assert io_bottleneck([Point("a", 1, 10)]) is None


@pytest.mark.parametrize("factor", [memory_saturation, io_bottleneck])
def test_nothing_measured_says_nothing(factor):
    assert factor([]) is None
