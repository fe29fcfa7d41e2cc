"""What a backend says of itself, held against what was measured."""

from __future__ import annotations

import pytest

from pytest_rustide_load.stats import ResourceSample
from pytest_rustide_load.stats.agreement import compare_with_outside
from pytest_rustide_load.stats.observed import Scrape

S = 1_000_000_000
MB = 1_000_000


def samples():
    """80 MB and a quarter of a core, ten times a second for five seconds."""
    return [ResourceSample(at * S // 10, 80 * MB, at * S // 40, 1, 1, 0, 0) for at in range(51)]


def agreements(scrapes, **more):
    return {found.name: found for found in compare_with_outside(scrapes, samples(), **more)}


def test_what_agrees_and_what_does_not_are_told_apart():
    values = {
        "resources.rss_mb": 82.0,
        "resources.memory_used_bytes": 200.0 * MB,
        "resources.cpu_usage_percent": 27.0,
        "resources.cpu_ratio": 0.9,
        "performance.p95_ms": 5.0,
    }
    found = agreements([Scrape(at * S, True, values) for at in (2, 3, 4)])
    assert {name: one.agrees for name, one in found.items()} == {
        "resources.cpu_ratio": False,
        "resources.cpu_usage_percent": True,
        "resources.memory_used_bytes": False,
        "resources.rss_mb": True,
    }
    assert (found["resources.rss_mb"].measured, found["resources.rss_mb"].moments) == (80 * MB, 3)
    assert found["resources.cpu_usage_percent"].measured == pytest.approx(0.25)


def test_memory_that_is_no_use_of_now_is_not_compared():
    names = ("rss_peak_mb", "memory_total_bytes", "memory_available_mb", "memory_limit_mb")
    assert agreements([Scrape(2 * S, True, dict.fromkeys(names, 1.0))]) == {}
    # A word before the figure's own name does not matter.
    assert list(agreements([Scrape(2 * S, True, {"totals.rss_mb": 80.0})])) == ["totals.rss_mb"]


def test_cpu_time_is_compared_by_its_growth_and_user_and_system_together():
    def scrape(at_s, seconds):
        values = {"cpu_user_s": 7 + seconds, "cpu_system_s": 1.0, "process_cpu_seconds_total": 3 * seconds}
        return Scrape(round(at_s * S), True, values)

    found = agreements([scrape(1, 0), scrape(2.55, 0.39), scrape(4.2, 0.8)])
    both = found["cpu_system_s + cpu_user_s"]
    assert (both.unit, both.agrees, both.moments) == ("s", True, 3)
    assert (both.reported, both.measured) == (pytest.approx(0.8), pytest.approx(0.8))
    assert not found["process_cpu_seconds_total"].agrees
    assert agreements([scrape(1, 0)]) == {}


def test_requests_are_compared_by_their_growth_where_nobody_else_asked():
    def scrape(at_s, count):
        values = {"performance.requests": 100.0 + count, "performance.methods.x.requests": 1.0}
        return Scrape(at_s * S, True, values)

    answered_ns = [at * S // 20 for at in range(100)]
    scrapes = [scrape(1, 0), scrape(4, 62)]
    [found] = agreements(scrapes, answered_ns=answered_ns).values()
    assert (found.name, found.reported, found.measured, found.agrees) == (
        "performance.requests",
        62,
        60,
        True,
    )
    [found] = agreements([scrape(1, 0), scrape(4, 80)], answered_ns=answered_ns).values()
    assert not found.agrees
    assert agreements(scrapes) == {}


def test_moments_nobody_sampled_are_not_compared():
    values = {"rss_mb": 1.0, "cpu_ratio": 1.0, "cpu_s": 1.0}
    assert agreements([Scrape(99 * S, True, values), Scrape(101 * S, True, values)]) == {}
    assert compare_with_outside([Scrape(0, True, values)] * 2, []) == ()
