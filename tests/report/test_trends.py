"""Trends of a scenario as they are told."""

from __future__ import annotations

import random
from dataclasses import replace

import msgspec

from pytest_rustide_load.report.trends import KeptRun, RunEnds, find_trends, render_trends
from tests.report.test_baseline import run


def kept(factors: list[float]) -> list[KeptRun]:
    return [
        KeptRun(number + 3, f"{number:02d}abcdef0123", run(factor)) for number, factor in enumerate(factors)
    ]


def noise(count: int, seed: int = 4) -> list[float]:
    numbers = random.Random(seed)
    return [numbers.gauss(1, 0.01) for _ in range(count)]


def verdicts(factors: list[float]) -> set[str]:
    return {one.verdict for one in find_trends(kept(factors)).series if one.name != "memory peak"}


def test_a_series_that_stays_is_steady():
    assert verdicts(noise(30)) == {"steady"}


def test_one_that_creeps_upwards_gets_worse_and_one_that_falls_better():
    rising = [value * 1.01**number for number, value in enumerate(noise(30))]
    assert verdicts(rising) == {"WORSE"}
    assert verdicts(rising[::-1]) == {"BETTER"}


def test_a_step_is_told_with_its_run_and_commit():
    # Up and down again: no drift, two levels that begin where they do.
    factors = [value * (1.3 if 10 <= number < 20 else 1.0) for number, value in enumerate(noise(30))]
    assert verdicts(factors) == {"STEP"}
    text = " ".join(render_trends(find_trends(kept(factors))).split())
    assert "a step at run 13 (10abcdef0123)" in text
    assert "a step at run 23 (20abcdef0123)" in text


def test_an_odd_last_run_is_told():
    assert verdicts([*noise(24), 1.2]) == {"ODD"}
    text = " ".join(render_trends(find_trends(kept([*noise(24), 1.2]))).split())
    assert "robust deviations above the 24 before it" in text


def test_an_odd_last_run_hides_no_step_before_it_and_makes_nothing_better():
    """Of a history that got better once, and whose last run is the regression somebody looks at."""
    factors = [value * (6 if number < 8 else 1) for number, value in enumerate(noise(28))]
    assert verdicts(factors) <= {"BETTER", "STEP"}
    assert verdicts([*factors, 30.0]) == {"ODD"}
    text = " ".join(render_trends(find_trends(kept([*factors, 30.0]))).split())
    assert "a step at run 11 (08abcdef0123)" in text
    assert "the last run is odd" in text


def test_too_few_runs_say_so_and_one_run_is_no_problem():
    assert verdicts(noise(5)) == {"too few"}
    assert "1 comparable run, run 3" in render_trends(find_trends(kept([1.0])))


def test_no_line_is_wider_than_a_terminal():
    factors = [value * (1.3 if number > 12 else 1.0) for number, value in enumerate(noise(30))]
    assert max(map(len, render_trends(find_trends(kept([*factors, 3.0]))).splitlines())) <= 80


def test_what_a_run_before_has_no_answers_of_is_told_to_have_no_trend():
    runs = kept(noise(30))
    gone = msgspec.structs.replace(runs[3].results, operations={})
    found = find_trends([*runs[:3], replace(runs[3], results=gone), *runs[4:]])
    assert found.left_out
    assert "no trend of what not every run has enough answers of: " in render_trends(found)
    assert find_trends(runs).left_out == ()


def test_how_often_the_backend_ended_is_told_with_how_sure_that_is():
    text = render_trends(find_trends(kept(noise(10)), RunEnds(runs=25, crashed=1)))
    assert text.endswith("\ncrash probability: 1 of 25 runs, 4.0% (0.1%..20.4%)")
    text = render_trends(find_trends(kept(noise(10)), RunEnds(runs=10, crashed=0)))
    assert text.endswith("\ncrash probability: 0 of 10 runs, 0.0% (0.0%..30.8%)")
