"""Times derived from events, against a model that looks at every pair of an edit and an answer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.stats.derived import DIAGNOSTICS, derive_times
from pytest_rustide_load.stats.events import EventLog
from pytest_rustide_load.stats.samples import Outcome, PhaseKind, SampleLog
from pytest_rustide_load.units import NS_PER_MS as MS

EDIT, HOVER, DIAGNOSE = 0, 1, 2
END = 10_000 * MS


class Script:
    """A run of one user, written by hand: milliseconds in."""

    def __init__(self) -> None:
        self.samples = SampleLog(("edit", "hover", DIAGNOSTICS))
        self.events = EventLog()
        self.document = self.events.document(0, "src/lib.rs")

    def edit(self, at: int, version: int, *, phase: PhaseKind = PhaseKind.MEASURE) -> None:
        row = self.samples.add(EDIT, 0, phase, at * MS, at * MS + 1)
        self.samples.finish(row, at * MS + 1, Outcome.OK)
        self.events.edited(row, self.document, version)

    def ask(
        self, at: int, done: int, version: int, *, operation: int = HOVER, outcome: Outcome = Outcome.OK
    ) -> None:
        row = self.samples.add(operation, 0, PhaseKind.MEASURE, at * MS, at * MS)
        self.samples.finish(row, done * MS, outcome)
        self.events.asked(row, self.document, version)

    def times(self):
        return derive_times(self.samples, self.events, end_ns=END)


def test_feedback_is_the_first_right_answer_asked_after_the_edit():
    run = Script()
    run.ask(90, 120, 1)
    run.edit(100, 2)
    run.ask(110, 130, 2, outcome=Outcome.EMPTY)
    run.ask(110, 150, 2)
    run.ask(110, 140, 2, outcome=Outcome.WRONG)
    times = run.times()
    assert (times.edits, times.keystroke_to_feedback.count) == (1, 1)
    assert times.keystroke_to_feedback.max_ns.value == 50 * MS
    assert times.overtaken_answers == 1


def test_a_keystroke_in_a_burst_waits_until_an_answer_is_not_overtaken():
    run = Script()
    for number in range(4):
        run.edit(100 * (number + 1), number + 2)
        run.ask(100 * (number + 1), 100 * (number + 1) + (110 if number < 3 else 10), number + 2)
    times = run.times()
    # The last answer comes at 410; the three before came after the next keystroke.
    assert times.overtaken_answers == 3
    waits = times.keystroke_to_feedback
    assert (waits.min_ns.value, waits.max_ns.value) == (10 * MS, 310 * MS)


def test_what_never_came_is_a_lower_bound_and_what_nobody_asked_for_is_none():
    run = Script()
    run.edit(100, 2)
    run.ask(110, 10_000, 2, outcome=Outcome.TIMEOUT)
    run.edit(200, 3)
    times = run.times()
    assert (times.keystroke_to_feedback.count, times.keystroke_to_feedback.censored) == (1, 1)
    assert times.keystroke_to_feedback.p50_ns.is_lower_bound
    assert times.keystroke_to_feedback.p50_ns.value == END - 100 * MS
    assert times.edits_without_question == 1


def test_edits_of_the_warm_up_are_not_counted():
    run = Script()
    run.edit(100, 2, phase=PhaseKind.WARM_UP)
    run.ask(110, 120, 2)
    times = run.times()
    assert (times.edits, times.keystroke_to_feedback.count, times.diagnostics_from) == (0, 0, "")


def test_pulled_diagnostics_are_answers_to_the_question_for_them_alone():
    run = Script()
    run.edit(100, 2)
    run.ask(110, 120, 2)
    run.ask(110, 180, 2, operation=DIAGNOSE)
    # Pushed too: whoever asks shows what was asked for.
    run.events.published(130 * MS, run.document, 2)
    times = run.times()
    assert times.diagnostics_from == "pull"
    assert times.fresh_diagnostics.max_ns.value == 80 * MS
    assert times.keystroke_to_feedback.max_ns.value == 20 * MS


def test_pushed_diagnostics_are_fresh_at_their_version():
    run = Script()
    run.edit(100, 2)
    run.edit(200, 3)
    run.events.published(150 * MS, run.document, 1)
    run.events.published(250 * MS, run.document, 2)
    run.events.published(300 * MS, run.document, 3)
    times = run.times()
    assert times.diagnostics_from == "push"
    waits = times.fresh_diagnostics
    assert (waits.count, waits.censored) == (2, 0)
    assert (waits.min_ns.value, waits.max_ns.value) == (100 * MS, 200 * MS)
    assert times.edits_without_question == 2


def test_pushed_diagnostics_without_a_version_are_lower_bounds_and_silence_is_counted():
    run = Script()
    run.edit(100, 2)
    run.events.published(150 * MS, run.document, None)
    run.edit(200, 3)
    times = run.times()
    assert (times.fresh_diagnostics.count, times.fresh_diagnostics.censored) == (1, 1)
    assert times.fresh_diagnostics.p50_ns.value == 50 * MS
    assert times.edits_without_diagnostics == 1


def test_documents_of_two_users_are_apart():
    events = EventLog()
    numbers = [events.document(user, path) for user in (0, 1) for path in ("a.rs", "b.rs")]
    assert sorted(numbers) == [0, 1, 2, 3]
    assert events.document(1, "a.rs") == numbers[2]


def test_a_run_without_events_has_no_times():
    times = derive_times(SampleLog(("edit",)), EventLog(), end_ns=END)
    assert times.keystroke_to_feedback.count == times.fresh_diagnostics.count == times.edits == 0


# Each step is an edit or a question, of one of two documents, at a growing time.
steps = st.lists(
    st.tuples(
        st.sampled_from(["edit", "ask", "bad"]), st.integers(0, 1), st.integers(0, 30), st.integers(0, 60)
    ),
    max_size=25,
)


@given(steps)
def test_every_wait_is_that_of_looking_at_all_pairs(script):
    samples, events = SampleLog(("edit", "hover")), EventLog()
    now, versions = 0, [1, 1]
    edits, asks = [], []
    for what, which, gap, service in script:
        now += gap
        document = events.document(which, "a.rs")
        if what == "edit":
            versions[which] += 1
            row = samples.add(EDIT, which, PhaseKind.MEASURE, now, now)
            samples.finish(row, now, Outcome.OK)
            events.edited(row, document, versions[which])
            edits.append((which, versions[which], now))
        else:
            row = samples.add(HOVER, which, PhaseKind.MEASURE, now, now)
            samples.finish(row, now + service, Outcome.OK if what == "ask" else Outcome.ERROR)
            events.asked(row, document, versions[which])
            asks.append((which, versions[which], now + service, what == "ask"))
    end = now + 100
    exact, bounds, without, overtaken = [], [], 0, 0
    for which, version, done, right in asks:
        overtaken += right and any(d == which and v > version and at <= done for d, v, at in edits)
    for which, version, at in edits:
        mine = [ask for ask in asks if ask[0] == which and ask[1] >= version]
        fresh = [
            done
            for _, asked, done, right in mine
            if right and not any(d == which and v > asked and other <= done for d, v, other in edits)
        ]
        if fresh:
            exact.append(min(fresh) - at)
        elif mine:
            bounds.append(end - at)
        else:
            without += 1
    times = derive_times(samples, events, end_ns=end)
    waits = times.keystroke_to_feedback
    assert (waits.count, waits.censored) == (len(exact) + len(bounds), len(bounds))
    assert (times.edits, times.edits_without_question) == (len(edits), without)
    assert times.overtaken_answers == overtaken
    if waits.count:
        assert waits.mean_ns.value == pytest.approx(np.mean(exact + bounds))
        assert waits.min_ns.value == min(exact + bounds)
        assert waits.max_ns.value == max(exact + bounds)
