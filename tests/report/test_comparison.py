"""Which series of two backends are compared, and what is said about them."""

from __future__ import annotations

import re
from math import log
from typing import Any

import msgspec
import pytest

from pytest_rustide_load.report.compared import ComparisonReport
from pytest_rustide_load.report.comparison import comparable_series, compared, render_comparison, uncompared
from pytest_rustide_load.report.results import LoadTestResults, StatisticalSummary
from pytest_rustide_load.stats.compare import SeriesRules, gate
from tests.report.test_results import _results


def run(p95: float, *, count: int = 80, rss_mb: float = 100, name: str = "completion") -> LoadTestResults:
    """A run in which one operation has these percentiles."""
    base = _results()
    times = StatisticalSummary(unit="ms", count=count, p50=p95 / 4, p90=p95 / 2, p95=p95)
    operation = msgspec.structs.replace(base.operations["completion"], response_time=times)
    assert base.resource_usage is not None
    return msgspec.structs.replace(
        base,
        operations={name: operation},
        resource_usage=msgspec.structs.replace(base.resource_usage, rss_peak_mb=rss_mb),
    )


def report(
    candidate: list[LoadTestResults],
    baseline: list[LoadTestResults],
    rules: SeriesRules | None = None,
    **more: Any,
) -> ComparisonReport:
    series = comparable_series(candidate, baseline)
    logs = {name: ([*map(log, mine)], [*map(log, theirs)]) for name, (mine, theirs) in series.items() if mine}
    fields = {"pairs": len(candidate), "void": 0, "confirmed": False, **more}
    return ComparisonReport(
        scenario_name="demo",
        baseline="old",
        candidate="new",
        threshold_ratio=0.05,
        series=compared(gate(logs, rules=rules), series, rules=rules, paired=True),
        repeat_command="pytest demo",
        **fields,
    )


OLD = [run(value) for value in (10, 11, 10.5, 9.8, 10.2)]
SLOW = [run(value * 1.3) for value in (10, 11.1, 10.4, 9.9, 10.3)]


def test_a_slower_candidate_fails_and_an_equal_memory_passes():
    found = report(SLOW, OLD)
    assert [(one.name, one.status) for one in found.series] == [
        ("completion p95", "FAIL"),
        ("memory peak", "PASS"),
    ]
    latency = found.series[0]
    assert latency.change_ratio == pytest.approx(0.3, abs=0.02)
    assert latency.candidate == pytest.approx(1.3 * (latency.baseline or 0), rel=0.02)
    assert found.failure == "demo: 1 of 2 series regressed against old: completion p95"
    text = render_comparison(found)
    assert "\n  FAIL completion p95: +3" in text
    assert text.endswith("pytest demo")


def test_what_cannot_be_told_of_several_for_one_reason_is_told_once():
    found = report(SLOW[:3], OLD[:3])
    text = render_comparison(found)
    assert text.count("3 pairs are too few: it takes 5") == 1
    assert "  INCONCLUSIVE all series: 3 pairs are too few: it takes 5" in text
    assert render_comparison(found, detailed=True).count("3 pairs are too few") == 2
    # One that can be told stands alone, and the others have their names.
    series = (
        *found.series,
        msgspec.structs.replace(found.series[0], name="hover p95", status="WARN", reason="it may"),
    )
    text = render_comparison(msgspec.structs.replace(found, series=series))
    assert "  INCONCLUSIVE completion p95, memory peak: 3 pairs are too few: it takes 5" in text
    assert "  WARN hover p95: it may" in text


def test_the_percentile_is_the_highest_that_every_run_of_both_allows():
    few = [*OLD[:4], run(10, count=30)]
    assert set(comparable_series(OLD, few)) == {"completion p90", "memory peak"}
    assert set(comparable_series([run(10, count=4)] * 5, OLD)) == {"memory peak"}


def test_what_has_too_few_answers_in_a_run_is_named():
    few = [*OLD[:4], run(10, count=4)]
    assert uncompared(comparable_series(few, OLD), few, OLD) == (
        "not compared, as not every run has enough answers: completion",
    )
    new = [run(10, name="hover")] * 5
    assert uncompared(comparable_series(new, OLD), new, OLD) == (
        "not compared, as not every run has enough answers: hover",
    )
    assert uncompared(comparable_series(OLD, SLOW), OLD, SLOW) == ()


def test_what_the_candidate_no_longer_has_fails():
    found = report([run(10, name="hover")] * 5, OLD)
    [gone, _] = found.series
    assert (gone.status, gone.candidate) == ("FAIL", None)
    assert "the baseline has it, the candidate does not" in render_comparison(found)


def test_nothing_to_compare_is_no_pass():
    found = report([], [], void=5)
    assert found.series == ()
    assert found.failure == "demo: nothing could be compared with old: 5 pairs were void"


def test_the_table_fits_a_terminal_and_says_when_it_could_not_have_found_much():
    noisy = [run(value) for value in (5, 22, 8, 14, 11)]
    text = render_comparison(
        report(noisy, OLD, void=2, notes=("2 pairs were void: cut short",), confirmed=True)
    )
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0] == "demo: new against old"
    assert lines[1] == "5 interleaved pairs, regression beyond 5.0%, failures looked at twice"
    assert "2 pairs were void" in text
    told = " ".join(text.split())
    [needed] = re.findall(r"underpowered: in 1 of 2 series .*; --load-repetitions=(\d+) would find 10%", told)
    [weak] = [one for one in report(noisy, OLD).series if one.underpowered]
    assert int(needed) == weak.pairs_needed > 5
    wild = [run(value) for value in (1, 900_000, 2, 80_000, 0.1)]
    told = " ".join(render_comparison(report(wild, OLD)).split())
    assert "no thousand pairs would find 10%, longer runs may" in told
    assert "\x1b[" not in text
    assert "\x1b[31m" in render_comparison(report(SLOW, OLD), colour=True)


def test_how_many_pairs_it_takes_is_told_with_the_change_they_would_find():
    """Of a series with a threshold of its own twice that."""
    noisy = [run(value, rss_mb=rss) for value, rss in ((5, 60), (22, 190), (8, 90), (14, 140), (11, 99))]
    pattern = r"--load-repetitions=(\d+) would find (.*), and so may longer runs"

    def told(rules: SeriesRules) -> tuple[ComparisonReport, str, str]:
        found = report(noisy, OLD, rules)
        [(pairs, change)] = re.findall(pattern, " ".join(render_comparison(found).split()))
        return found, pairs, change

    found, pairs, change = told(SeriesRules({"completion p95": 0.2}))
    assert change == "40% in completion p95 and 10% in memory peak"
    assert int(pairs) == max(one.pairs_needed or 0 for one in found.series)
    found, pairs, change = told(SeriesRules({"completion p95": 0.2, "memory peak": 0.2}))
    assert change == "40%"
    wild = [run(value) for value in (1, 900_000, 2, 80_000, 0.1)]
    text = " ".join(render_comparison(report(wild, OLD, SeriesRules({"completion p95": 0.2}))).split())
    assert "no thousand pairs would find 40%, longer runs may" in text


def test_equal_backends_are_no_regression():
    assert report(OLD, OLD).failure == ""


def test_an_interval_without_end_leaves_room_for_the_name():
    scattered = report([run(2.0), run(900.0)], [run(1.0), run(400.0)])
    wide = tuple(
        msgspec.structs.replace(one, low_ratio=-0.99, high_ratio=2.8e26, candidate_spread_ratio=2.42)
        for one in scattered.series
    )
    text = render_comparison(msgspec.structs.replace(scattered, series=wide))
    assert "completion p95 " in text
    assert " -99..>+9999% " in text
    assert max(map(len, text.splitlines())) <= 80
