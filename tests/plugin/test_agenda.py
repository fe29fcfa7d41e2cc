"""How long a session will still take: from what is planned, and from what runs took before."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.plugin.agenda import (
    Agenda,
    Outlook,
    PlannedItem,
    SharedAgenda,
    Standing,
    in_short,
    in_words,
)


def outlook(agenda: Agenda, now_s: float, elapsed_s: float, total_s: float) -> Outlook:
    return agenda.outlook(agenda.standing(now_s, elapsed_s, total_s))


def test_of_a_run_alone_only_its_load_is_left():
    agenda = Agenda()
    agenda.begin_item("a")
    agenda.begin_run(100.0, left=0)
    assert outlook(agenda, 112.0, 10.0, 45.0) == Outlook(35.0, 0, 35.0)
    assert outlook(agenda, 160.0, 50.0, 45.0).left_s == 0


def test_what_a_backend_takes_to_start_is_learnt_from_the_runs_before():
    agenda = Agenda()
    agenda.plan({"a": PlannedItem(3, 60.0), "b": PlannedItem(2, 80.0)})
    agenda.begin_item("a")
    agenda.begin_run(0.0, left=2)
    # It took five seconds to start, so each of the four to come will.
    assert outlook(agenda, 6.0, 1.0, 20.0) == Outlook(19.0, 4, 19.0 + 2 * 20 + 80 + 4 * 5)
    agenda.end_run(28.0, 20.0)
    agenda.begin_run(28.0, left=1)
    # In all it took eight seconds besides its load.
    assert outlook(agenda, 40.0, 0.0, 20.0) == Outlook(20.0, 3, 20.0 + 20 + 80 + 3 * 8)
    agenda.end_run(60.0, 20.0)
    agenda.begin_item("b")
    agenda.begin_run(60.0, left=0)
    assert outlook(agenda, 70.0, 10.0, 40.0) == Outlook(30.0, 0, 30.0)


def test_waiting_for_the_turn_of_others_is_no_time_of_a_run():
    agenda = Agenda()
    agenda.plan({"a": PlannedItem(2, 40.0)})
    agenda.begin_item("a")
    agenda.begin_run(0.0, left=1)
    agenda.waited(50.0)
    assert outlook(agenda, 53.0, 0.0, 20.0) == Outlook(20.0, 1, 20.0 + 20 + 3)
    agenda.end_run(75.0, 20.0)
    # Between two runs nothing is anybody's.
    agenda.waited(100.0)
    agenda.begin_run(175.0, left=0)
    assert agenda.standing(200.0, 0.0, 20.0).besides_s == 5.0


def test_of_tests_in_python_only_their_number_is_known():
    agenda = Agenda()
    agenda.plan({"a": None, "b": None, "c": None})
    agenda.begin_item("a")
    agenda.begin_run(1.0, left=0)
    found = outlook(agenda, 1.0, 0.0, 20.0)
    assert found == Outlook(20.0, 2, None, all_known=False)
    assert in_words(found) == ", then 2 more"
    # A second run of the same test changes nothing.
    agenda.begin_item("a")
    assert outlook(agenda, 1.0, 0.0, 20.0).runs == 2


def test_what_is_known_of_them_is_the_least_it_will_take():
    agenda = Agenda()
    agenda.plan({"a": None, "b": None, "c": PlannedItem(2, 80.0)})
    agenda.begin_item("a")
    agenda.begin_run(1.0, left=0)
    found = outlook(agenda, 1.0, 0.0, 20.0)
    assert found == Outlook(20.0, 3, 100.0, all_known=False)
    assert in_words(found) == " (over 2 min with 3 more)"


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (Outlook(20.0, 0, 20.0), ""),
        (Outlook(20.0, 2, 100.0), " (about 2 min with 2 more)"),
        (Outlook(0.0, 1, 4.2), " (about 4 s with 1 more)"),
    ],
)
def test_the_outlook_in_words(found, text):
    assert in_words(found) == text


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
        found = outlook(agenda, now_s + besides_s + share * load_s, share * load_s, load_s)
        planned = (1 - share) * load_s + sum(one for one, _ in runs[number + 1 :])
        assert found.runs == len(runs) - number - 1
        assert found.all_s >= planned * (1 - 1e-9)
        now_s += besides_s + load_s
        agenda.end_run(now_s, load_s)


@given(
    loads=st.lists(st.floats(1, 100), min_size=1, max_size=12),
    workers=st.integers(1, 4),
    besides_s=st.floats(0, 10),
    data=st.data(),
)
def test_shared_by_workers_it_is_what_is_left_of_all(loads, workers, besides_s, data):
    """However the tests are dealt out and told: never less than the work that is left, spread evenly, never
    less than what is left of the longest, and at the end nothing."""
    agenda = SharedAgenda(parallel=True)
    items = {str(number): PlannedItem(1, load_s) for number, load_s in enumerate(loads)}
    for who in map(str, range(workers)):
        agenda.join(who)
        agenda.plan(who, items)
    waiting, running = list(items), {}
    while waiting or running:
        for who in map(str, range(workers)):
            if who not in running and waiting:
                running[who] = waiting.pop(data.draw(st.integers(0, len(waiting) - 1)))
        shares = {who: data.draw(st.floats(0, 1)) for who in running}
        left = {who: shares[who] * items[item].load_s for who, item in running.items()}
        for who, item in running.items():
            found = agenda.outlook(who, Standing(item, left[who], 0, 0.0, besides_s))
        later_s = sum(items[item].load_s + besides_s for item in waiting)
        assert found.runs == len(waiting)
        assert found.all_known
        assert found.all_s == pytest.approx(
            max(*left.values(), (sum(left.values()) + later_s) / workers), rel=1e-6, abs=1e-6
        )
        over = data.draw(st.sampled_from(sorted(running)))
        agenda.leave(over)
        agenda.finish(over, running.pop(over))


@given(
    loads=st.lists(st.floats(1, 100), min_size=1, max_size=6),
    workers=st.integers(1, 4),
    parallel=st.booleans(),
    each=st.booleans(),
    besides_s=st.floats(0, 10),
    data=st.data(),
)
def test_with_workers_that_die_it_is_what_is_left_of_all(loads, workers, parallel, each, besides_s, data):
    """Also where each runs every test: another takes the place of one that dies, and runs what that had not
    begun. Held against lists of what is really to come."""
    agenda = SharedAgenda(parallel=parallel, each=each)
    items = {str(number): PlannedItem(1, load_s) for number, load_s in enumerate(loads)}
    together = list(items)
    waiting: dict[str, list[str]] = {}
    running: dict[str, str] = {}
    for number in range(workers):
        agenda.join(f"gw{number}")
        waiting[f"gw{number}"] = list(items) if each else together
        agenda.plan(f"gw{number}", items)
    while running or any(waiting.values()):
        for who, queue in waiting.items():
            if who not in running and queue and (parallel or not running):
                running[who] = queue.pop(0)
        left = {who: data.draw(st.floats(0, 1)) * items[item].load_s for who, item in running.items()}
        for who, item in running.items():
            found = agenda.outlook(who, Standing(item, left[who], 0, 0.0, besides_s))
        queues = list(waiting.values()) if each else [together]
        later_s = sum(items[item].load_s + besides_s for queue in queues for item in queue)
        own_s = [
            left.get(who, 0.0) + (sum(items[item].load_s + besides_s for item in waiting[who]) if each else 0)
            for who in waiting
        ]
        assert found.runs == sum(map(len, queues))
        all_s = (sum(left.values()) + later_s) / (len(waiting) if parallel else 1)
        assert found.all_s == pytest.approx(max(*own_s, all_s), rel=1e-6, abs=1e-6)
        over = data.draw(st.sampled_from(sorted(running)))
        if data.draw(st.booleans()):
            agenda.leave(over)
            agenda.finish(over, running.pop(over))
            continue
        # xdist says that it is gone, then that its test has failed, and begins another.
        agenda.lose(over)
        agenda.finish(over, running.pop(over))
        number += 1
        agenda.join(f"gw{number}")
        waiting[f"gw{number}"] = waiting.pop(over)
        agenda.plan(f"gw{number}", items)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (99.4, "99 s"), (100, "2 min"), (360, "6 min"), (6000, "1 h 40 min"), (7200, "2 h")],
)
def test_times_are_told_as_people_tell_them(seconds, text):
    assert in_short(seconds) == text
