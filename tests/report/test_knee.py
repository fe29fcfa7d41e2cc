"""The knee of a ramp: the last step up to which everything was kept."""

from __future__ import annotations

import msgspec
import pytest

from pytest_rustide_load.report.curve import KneeReport
from pytest_rustide_load.report.html.scenario import scenario_section
from pytest_rustide_load.report.knee import curve_rows, find_knee, render_knee
from pytest_rustide_load.report.results import LoadStep, LoadTestResults, StepFigures
from tests.report.test_text import _operation as one_operation
from tests.report.test_text import _results as results


def ramped(*steps: dict[str, tuple[int, float | None, float]]) -> LoadTestResults:
    """Results with these steps of ten seconds each: planned, p95 in ms, goodput, by operation."""
    made = tuple(
        LoadStep(
            name=f"{2**number}x",
            level=2.0**number,
            start_s=10.0 * number,
            duration_s=10.0,
            is_baseline=not number,
            operations={
                name: StepFigures(count=planned, p50_ms=p95, p95_ms=p95, goodput_ratio=good, planned=planned)
                for name, (planned, p95, good) in step.items()
            },
        )
        for number, step in enumerate(steps)
    )
    waited = {name: one_operation() for step in steps for name in step if name != "edit"}
    return msgspec.structs.replace(results(), steps=made, operations=waited)


def test_it_is_the_step_before_the_first_that_is_too_slow():
    found = find_knee(
        ramped({"hover": (100, 10, 1.0)}, {"hover": (200, 50, 1.0)}, {"hover": (400, 900, 1.0)}),
        p95_ms=200,
        goodput_ratio=0.9,
    )
    assert (found.level, found.offered_per_s) == (2.0, 20.0)
    assert found.why == "hover: p95 900 ms at 4x"


def test_answers_that_are_not_right_end_it_too():
    found = find_knee(
        ramped({"hover": (100, 10, 1.0)}, {"hover": (200, 10, 0.5)}), p95_ms=200, goodput_ratio=0.9
    )
    assert (found.level, found.why) == (1.0, "hover: goodput 50% at 2x")


def test_a_later_step_that_is_quick_again_does_not_count():
    steps = [{"hover": (100, 900, 1.0)}, {"hover": (200, 10, 1.0)}]
    assert find_knee(ramped(*steps), p95_ms=200, goodput_ratio=0.9).level is None


def test_nothing_answered_keeps_nothing():
    found = find_knee(ramped({"hover": (100, None, 0.0)}), p95_ms=200, goodput_ratio=0.0)
    assert (found.level, found.why) == (None, "hover: no answer at 1x")


def test_what_was_not_asked_in_a_step_does_not_count():
    found = find_knee(
        ramped({"hover": (100, 10, 1.0)}, {"hover": (0, None, 0.0)}), p95_ms=200, goodput_ratio=0.9
    )
    assert (found.level, found.why) == (2.0, "")


@pytest.mark.parametrize(
    ("p95_ms", "told"),
    [
        (5, "knee: not even the first step keeps p95 5 ms and 90% right answers"),
        (20, "knee: keeps p95 20 ms and 90% right answers up to 1x, 10 operations a second"),
        (100, "the last step"),
    ],
)
def test_it_is_said_in_a_sentence(p95_ms, told):
    found = ramped({"hover": (100, 10, 1.0)}, {"hover": (200, 50, 1.0)})
    knee = find_knee(found, p95_ms=p95_ms, goodput_ratio=0.9)
    text = " ".join(line.strip() for line in render_knee(msgspec.structs.replace(found, knee=knee)))
    assert told in text


def test_the_curve_has_every_step_with_its_rates_and_whether_it_kept_what_was_asked():
    found = ramped(
        {"hover": (100, 10, 1.0), "completion": (20, 5, 1.0), "edit": (40, 1, 1.0)},
        {"hover": (200, 300, 1.0), "completion": (40, 9, 1.0), "edit": (80, 1, 1.0)},
        {"hover": (400, 50, 0.5), "completion": (80, None, 0.0), "edit": (160, 1, 1.0)},
    )
    knee = find_knee(found, p95_ms=200, goodput_ratio=0.9)
    first, second, third = knee.curve
    assert (first.offered_per_s, first.edits_per_s, first.right_per_s) == (16.0, 4.0, 16.0)
    assert (first.operation, first.p95_ms, first.missed) == ("hover", 10, "")
    assert (second.operation, second.p95_ms, second.missed) == ("hover", 300, "hover: p95 300 ms")
    assert (third.operation, third.p95_ms, third.goodput_ratio) == ("completion", None, 0.0)
    assert third.right_per_s == pytest.approx((400 * 0.5 + 160) / 10)
    assert (knee.level, knee.offered_per_s, knee.edits_per_s) == (1.0, 16.0, 4.0)
    assert knee.why == "hover: p95 300 ms at 2x"
    lines = render_knee(msgspec.structs.replace(found, knee=knee))
    assert lines == [
        "curve edits/s ops/s right/s  longest p95 good kept",
        "1x          4    16      16   hover 10ms 100% yes",
        "2x          8    32      32  hover 300ms 100% no",
        "4x         16    64      36 completion -   0% no",
        "knee: keeps p95 200 ms and 90% right answers up to 1x, 16 operations a second, 4",
        "  of them edits; hover: p95 300 ms at 2x",
    ]
    assert msgspec.json.decode(msgspec.json.encode(knee), type=KneeReport) == knee


def test_large_rates_are_written_in_full():
    found = ramped({"hover": (14_992, 10, 1.0)})
    knee = find_knee(found, p95_ms=200, goodput_ratio=0.9)
    assert curve_rows(knee)[1][0][1:3] == ("1,499", "1,499")
    assert "1,499 operations a" in " ".join(render_knee(msgspec.structs.replace(found, knee=knee)))


def test_where_nobody_edits_the_curve_has_no_column_for_it():
    found = ramped({"hover": (100, 10, 1.0)})
    knee = find_knee(found, p95_ms=200, goodput_ratio=0.9)
    assert curve_rows(knee) == (
        ("curve", "ops/s", "right/s", "longest p95", "good", "kept"),
        [("1x", "10", "10", "hover 10ms", "100%", "yes")],
    )
    page = str(scenario_section(msgspec.structs.replace(found, knee=knee), "one", {}, ""))
    assert "which steps kept p95 200 ms, 90% right" in page


def test_without_a_search_nothing_is_said():
    assert render_knee(results()) == []
