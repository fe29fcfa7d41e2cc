"""Runs against runs of before: what is comparable, what fails, what is only told."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from pytest_rustide_load.report.baseline import against_baseline, count_void, differences, figures_count
from pytest_rustide_load.report.compared import ComparisonReport
from pytest_rustide_load.report.comparison import render_comparison
from pytest_rustide_load.report.results import LoadTestResults, StressFigure
from pytest_rustide_load.stats.compare import GateRule, SeriesRules
from tests.report.test_text import _results

MACHINE = {"cpu": "EPYC", "cores": "2"}


def run(factor: float = 1.0, **changed: Any) -> LoadTestResults:
    """A run whose every percentile of every operation is `factor` times that of another."""
    base = _results()
    operations = {}
    for name, one in base.operations.items():
        times = one.response_time
        scaled = {
            key: getattr(times, key) * factor
            for key in ("mean", "p50", "p90", "p95", "p99", "max")
            if getattr(times, key) is not None
        }
        operations[name] = msgspec.structs.replace(
            one, response_time=msgspec.structs.replace(times, count=1000, **scaled)
        )
    changed.setdefault("fingerprint", MACHINE)
    return msgspec.structs.replace(base, operations=operations, **changed)


def noisy(count: int, factor: float = 1.0, *, seed: int = 1, **changed: Any) -> list[LoadTestResults]:
    numbers = random.Random(seed)
    return [run(factor * numbers.gauss(1, 0.02), **changed) for _ in range(count)]


def compare(
    candidate: list[LoadTestResults], earlier: list[LoadTestResults], *, allow_missing: bool = False
) -> ComparisonReport:
    return against_baseline(
        candidate,
        earlier,
        label="main of 2026-01-02",
        rules_of=lambda _: (GateRule(), SeriesRules()),
        allow_missing=allow_missing,
    )


def statuses(report: ComparisonReport) -> set[str]:
    return {one.status for one in report.series if one.name != "memory peak"}


def test_an_equal_run_passes_and_a_slower_one_fails():
    earlier = noisy(25)
    assert statuses(compare([run(1.0)], earlier)) == {"PASS"}
    report = compare([run(1.3)], earlier)
    assert statuses(report) == {"FAIL"}
    assert "is a regression of more than 5.0%" in render_comparison(report)
    assert "1 run against 25 of before, regression beyond 5.0%" in render_comparison(report)


def test_what_was_cut_short_too_busy_or_under_another_stress_does_not_count_and_a_missed_budget_does():
    late = msgspec.structs.replace(run().generator, bottleneck_reasons=("it sent p95 99 ms late",))
    stress = StressFigure(kind="cpu", unit="%", asked=90, achieved=40, reached=False)
    reached = msgspec.structs.replace(stress, achieved=89, reached=True)
    assert figures_count(run(status="FAIL", stress=(reached,)))
    for changed in ({"ended": "crashed"}, {"generator": late}, {"stress": (reached, stress)}):
        assert not figures_count(run(**changed))


def test_runs_that_do_not_count_are_told_with_the_reason():
    crashed = run(ended="crashed")
    report = against_baseline(
        [run()],
        [run(), run()],
        label="main",
        rules_of=lambda _: (GateRule(), SeriesRules()),
        allow_missing=False,
        void=count_void([run(), crashed, crashed]),
        void_before=count_void([crashed]),
    )
    assert report.notes[:2] == (
        "2 void runs left out: cut short",
        "1 void run of before left out: cut short",
    )
    assert (report.void, report.void_earlier) == (2, 1)


def test_a_faster_run_passes():
    assert statuses(compare([run(0.5)], noisy(25))) == {"PASS"}


def test_fewer_than_twenty_runs_bind_nobody():
    report = compare([run(1.3)], noisy(8))
    assert statuses(report) == {"WARN"}
    assert not report.failure
    assert "advisory, as 8 earlier runs are fewer than 20" in report.series[0].reason


def test_one_run_of_before_is_too_few_to_say_anything():
    assert statuses(compare([run(1.3)], [run()])) == {"INCONCLUSIVE"}


def test_runs_of_another_machine_are_left_out():
    report = compare([run(1.0)], noisy(25) + noisy(30, 3.0, fingerprint={**MACHINE, "cores": "64"}))
    assert statuses(report) == {"PASS"}
    assert report.earlier == 25
    assert "30 runs of before were left out" in render_comparison(report)


def test_where_all_are_of_another_machine_the_verdict_is_advisory_and_says_what_differs():
    report = compare([run(3.0)], noisy(25, fingerprint={**MACHINE, "cores": "64"}))
    assert statuses(report) == {"WARN"}
    assert "no run of before is comparable: cores: 2, was 64" in render_comparison(report)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"profile": "smoke"}, "profile: smoke, was ci"),
        ({"measured_s": 1.0}, "measured time: 1 s, was"),
        ({"topology": "shared"}, "topology: shared, was per-user"),
        ({"editor": "helix"}, "editor: helix, was"),
        ({"fingerprint": {}}, "cores: unknown, was 2"),
        ({"workload": {"load": "61.6/s (2)", "fault": "none"}}, "load: 61.6/s (2), was 30.8/s (1)"),
    ],
)
def test_what_makes_two_runs_incomparable_is_named(changed, told):
    before = run(workload={"load": "30.8/s (1)"})
    assert any(told in one for one in differences(run(**{"workload": before.workload, **changed}), before))
    # Of a run that does not say what was asked for nothing is known.
    assert differences(run(), before) == []


def test_a_series_that_is_gone_fails_closed_unless_that_is_allowed():
    earlier = noisy(25)
    name = next(iter(earlier[0].operations))
    mine = run()
    mine = msgspec.structs.replace(
        mine, operations={key: one for key, one in mine.operations.items() if key != name}
    )
    report = compare([mine], earlier)
    [gone] = [one for one in report.series if one.name.startswith(f"{name} ")]
    assert (gone.status, gone.reason) == ("FAIL", "the baseline has it, the candidate does not")
    allowed = compare([mine], earlier, allow_missing=True)
    assert not any(one.name.startswith(f"{name} ") for one in allowed.series)
    assert f"not there any more, which is allowed: {name}" in render_comparison(allowed)


def test_no_line_is_wider_than_a_terminal():
    earlier = noisy(25, fingerprint={**MACHINE, "cores": "64", "kernel": "Linux 5.10.0-28-amd64-with-a-name"})
    text = render_comparison(compare(noisy(3), earlier))
    assert max(map(len, text.splitlines())) <= 80
