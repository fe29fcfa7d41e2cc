"""When a server that ended is started again, on any sequence of ends."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.lsp.restarts import RESTART_RULES, RestartRule, Restarts
from pytest_rustide_load.units import NS_PER_S

S = NS_PER_S
# How long a server lives each time, with the values where the rules change their mind among them.
lives_s = st.lists(
    st.one_of(st.floats(0, 400), st.sampled_from([0.0, 44.9, 45.0, 59.9, 60.0, 180.0])), max_size=40
)


def test_vs_code_starts_it_again_at_once_and_gives_up_at_the_fifth_end_within_three_minutes():
    restarts = Restarts(RESTART_RULES["vscode"])
    assert [restarts.ended(at_s * S) for at_s in (0, 40, 80, 120)] == [0, 40 * S, 80 * S, 120 * S]
    assert restarts.ended(180 * S) is None
    assert restarts.gave_up
    assert restarts.describe() == "it ended 5 times within 3 min and is not started again"
    assert restarts.ended(10_000 * S) is None


def test_vs_code_forgets_the_oldest_end_where_the_fifth_comes_later():
    restarts = Restarts(RESTART_RULES["vscode"])
    times = (0, 50, 100, 150, 181, 232, 283)
    assert [restarts.ended(at_s * S) for at_s in times] == [at_s * S for at_s in times]
    # 150, 181, 232, 283 and this one.
    assert restarts.ended(330 * S) is None


def test_pauses_double_from_the_second_restart_on_up_to_the_longest_and_begin_anew_after_calm():
    restarts = Restarts(RestartRule("test", first_s=1, longest_s=5, calm_s=60))
    now_ns = 0
    waited = []
    for _ in range(6):
        at_ns = restarts.ended(now_ns)
        waited.append((at_ns - now_ns) / S)
        now_ns = at_ns
    assert waited == [0, 1, 2, 4, 5, 5]
    now_ns += 60 * S
    assert restarts.ended(now_ns) == now_ns


@pytest.mark.parametrize("name", RESTART_RULES)
@given(lives=lives_s)
def test_a_rule_on_any_sequence_of_ends(name, lives):
    rule = RESTART_RULES[name]
    restarts = Restarts(rule)
    now_ns, ends, last_pause_ns = 0, [], 0
    for life_s in lives:
        now_ns += round(life_s * S)
        ends.append(now_ns)
        at_ns = restarts.ended(now_ns)
        within = [end for end in ends if now_ns - end <= rule.within_s * S]
        if at_ns is None:
            # Never without cause, and for good.
            assert rule.ends
            assert len(within) >= rule.ends
            assert restarts.ended(now_ns + 10**15) is None
            return
        assert not rule.ends or len(within) < rule.ends
        pause_ns = at_ns - now_ns
        assert 0 <= pause_ns <= rule.longest_s * S
        if len(ends) == 1 or life_s >= rule.calm_s:
            assert pause_ns == 0
        elif len(ends) > 2:
            assert pause_ns >= last_pause_ns or pause_ns == 0
        last_pause_ns = pause_ns
        now_ns = at_ns
    assert not restarts.gave_up


@given(count=st.integers(1, 2_000))
def test_a_back_off_never_gives_up_nor_grows_beyond_its_longest(count):
    restarts = Restarts(RESTART_RULES["backoff"])
    starts = list(itertools.islice((restarts.ended(0) for _ in itertools.count()), count))
    assert None not in starts
    assert max(starts) <= 30 * S
