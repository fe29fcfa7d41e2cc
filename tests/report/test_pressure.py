"""What became of a backend under pressure, as a person reads it."""

from __future__ import annotations

import msgspec

from pytest_rustide_load.report.pressure import PressureReport, render_pressure

LIVED = PressureReport(
    kind="degraded",
    why="",
    graceful_degradation=True,
    data_preservation=True,
    recovery_action="cache_eviction: by its command rustide.evictCaches",
    slowdown_factor=1.94,
    goodput_ratio=0.98,
    silent_s=0.4,
    first_right_s=0.05,
    recovery_s=0.0,
    restarts=0,
)
DIED = PressureReport(
    kind="failed",
    why="it had not recovered by the end of the 36 s that were measured",
    graceful_degradation=False,
    data_preservation=None,
    recovery_action="",
    slowdown_factor=None,
    goodput_ratio=0.0,
    silent_s=10,
    first_right_s=None,
    recovery_s=None,
    restarts=2,
    evidence=("it ended: it closed its output (2 times)",),
)


def test_one_that_lived_through_it():
    lines = render_pressure(LIVED, 90)
    assert max(map(len, lines)) <= 90
    assert " ".join(line.strip() for line in lines) == (
        "pressure: degraded: under it answers 1.94 times as late, 98% of them right, and none for 0.4 s at "
        "the longest graceful degradation: yes, data preserved: yes, recovered: 0 s after it (first right "
        "answer: 0.05 s after it) cache_eviction: by its command rustide.evictCaches"
    )


def test_one_that_did_not_says_so_loudly_with_the_evidence():
    text = " ".join(line.strip() for line in render_pressure(DIED, 100))
    assert "pressure: FAILED (it had not recovered by the end of the 36 s that were measured)" in text
    assert "data preserved: unknown, recovered: never (first right answer: never)" in text
    assert text.endswith("it ended: it closed its output (2 times)")


def test_however_slow_it_was_nobody_has_to_read_an_exponent():
    [line] = [
        line
        for line in render_pressure(msgspec.structs.replace(LIVED, slowdown_factor=1234.5), 200)
        if "late" in line
    ]
    assert "answers 1234 times as late" in line
