"""How long a session will still take: from what is planned, and from what runs took before."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.plugin.agenda import Agenda, Outlook, PlannedItem, in_short


def test_of_a_run_alone_only_its_load_is_left():
    agenda = Agenda()
    agenda.begin_item("a")
    agenda.begin_run(100.0, left=0)
    assert agenda.outlook(112.0, 10.0, 45.0) == Outlook(35.0, 0, 35.0)
    assert agenda.outlook(160.0, 50.0, 45.0).left_s == 0


def test_what_a_backend_takes_to_start_is_learnt_from_the_runs_before():
    agenda = Agenda()
    agenda.plan({"a": PlannedItem(3, 60.0), "b": PlannedItem(2, 80.0)})
    agenda.begin_item("a")
    agenda.begin_run(0.0, left=2)
    # It took five seconds to start, so each of the four to come will.
    assert agenda.outlook(6.0, 1.0, 20.0) == Outlook(19.0, 4, 19.0 + 2 * 20 + 80 + 4 * 5)
    agenda.end_run(28.0, 20.0)
    agenda.begin_run(28.0, left=1)
    # In all it took eight seconds besides its load.
    assert agenda.outlook(40.0, 0.0, 20.0) == Outlook(20.0, 3, 20.0 + 20 + 80 + 3 * 8)
    agenda.end_run(60.0, 20.0)
    agenda.begin_item("b")
    agenda.begin_run(60.0, left=0)
    assert agenda.outlook(70.0, 10.0, 40.0) == Outlook(30.0, 0, 30.0)


def test_of_tests_in_python_only_their_number_is_known():
    agenda = Agenda()
    agenda.plan({"a": None, "b": None, "c": PlannedItem(2, 80.0)})
    agenda.begin_item("a")
    agenda.begin_run(0.0, left=0)
    assert agenda.outlook(1.0, 0.0, 20.0) == Outlook(20.0, 3, None)
    # A second run of the same test changes nothing.
    agenda.begin_item("a")
    assert agenda.outlook(1.0, 0.0, 20.0).runs == 3


@given(
    runs=st.lists(st.tuples(st.floats(1, 100), st.floats(0, 30)), min_size=1, max_size=8),
    share=st.floats(0, 1),
)
def test_it_never_falls_short_of_what_is_planned(runs, share):
    agenda, now_s = Agenda(), 0.0
    agenda.plan({str(number): PlannedItem(1, load_s) for number, (load_s, _) in enumerate(runs)})
    for number, (load_s, besides_s) in enumerate(runs):
        agenda.begin_item(str(number))
        agenda.begin_run(now_s, left=0)
        outlook = agenda.outlook(now_s + besides_s + share * load_s, share * load_s, load_s)
        planned = (1 - share) * load_s + sum(one for one, _ in runs[number + 1 :])
        assert outlook.runs == len(runs) - number - 1
        assert outlook.all_s >= planned * (1 - 1e-9)
        now_s += besides_s + load_s
        agenda.end_run(now_s, load_s)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (99.4, "99 s"), (100, "2 min"), (360, "6 min"), (6000, "1 h 40 min"), (7200, "2 h")],
)
def test_times_are_told_as_people_tell_them(seconds, text):
    assert in_short(seconds) == text
