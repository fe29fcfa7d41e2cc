"""Alerts: too high for too long, once for each time, and told with when and how high."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.stats.alerts import (
    AlertRule,
    AlertWatch,
    Reading,
    default_alert_rules,
)

S = 1_000_000_000
RULE = AlertRule("memory_usage_high", 0.8, 0.7, 3 * S, 2 * S, "400 MB")


def evaluate_alerts(watched):
    """Every alert of each rule over its readings, in order of their start."""
    found = []
    for rule, values in watched:
        watch = AlertWatch(rule)
        for reading in values:
            watch.feed(reading)
        found += watch.alerts
    return sorted(found, key=lambda alert: alert.start_ns)


def readings(values: list[float | None]) -> list[Reading]:
    """One a second."""
    return [Reading(second * S, value) for second, value in enumerate(values)]


def alerts(values: list[float | None], rule: AlertRule = RULE):
    """Start, raised, end and peak of each, in seconds."""
    return [
        (a.start_ns // S, a.raised_ns // S, None if a.end_ns is None else a.end_ns // S, a.peak)
        for a in evaluate_alerts([(rule, readings(values))])
    ]


def test_a_limit_that_is_touched_long_enough_is_an_alert_from_the_first_touch():
    assert alerts([0.1, 0.8, 0.8, 0.8, 0.8, 0.1, 0.1, 0.1]) == [(1, 4, 5, 0.8)]


def test_a_short_peak_is_none():
    assert alerts([0.1, 9, 9, 9, 0.79, 9, 9, 9, 0.1]) == []


def test_between_the_two_limits_an_alert_neither_starts_nor_ends():
    assert alerts([0.75] * 20) == []
    assert alerts([0.9] * 4 + [0.75] * 20) == [(0, 3, None, 0.9)]


def test_a_figure_that_dances_around_the_limit_is_one_alert():
    assert alerts([0.9] * 4 + [0.79, 0.81] * 20) == [(0, 3, None, 0.9)]


def test_a_short_relief_does_not_end_it():
    assert alerts([0.9] * 4 + [0.1, 0.1, 0.9] + [0.1] * 5) == [(0, 3, 7, 0.9)]


def test_the_peak_may_lie_before_it_is_raised_or_after():
    assert alerts([0.8, 0.99, 0.8, 0.8, 0.1, 0.1, 0.1]) == [(0, 3, 4, 0.99)]
    assert alerts([0.8, 0.8, 0.8, 0.8, 0.95, 0.1, 0.1, 0.1]) == [(0, 3, 5, 0.95)]


def test_one_that_came_back_is_a_second_one():
    assert alerts([0.9] * 4 + [0.1] * 3 + [1.0] * 4) == [(0, 3, 4, 0.9), (7, 10, None, 1.0)]


def test_where_nothing_was_read_nothing_starts_or_ends():
    assert alerts([0.9, None, None, 0.9, None, 0.1, None, 0.1]) == [(0, 3, 5, 0.9)]
    assert alerts([None] * 9) == []


def test_without_durations_every_crossing_counts():
    rule = AlertRule("x", 1, 1, 0, 0, "")
    assert alerts([0, 1, 0, 2], rule) == [(1, 1, 2, 1), (3, 3, None, 2)]


def test_fed_one_by_one_it_tells_each_change_once():
    watch = AlertWatch(RULE, lambda at_ns: "measure" if at_ns >= S else "warm-up")
    told = [watch.feed(reading) for reading in readings([0.1, 0.8, 0.8, 0.8, 0.8, 0.1, 0.1, 0.1])]
    assert [index for index, alert in enumerate(told) if alert is not None] == [4, 7]
    assert told[4] is not None
    assert told[7] is not None
    assert (told[4].end_ns, told[7].end_ns, told[7].phase) == (None, 5 * S, "measure")
    assert watch.current is None


def test_rules_are_evaluated_together_in_order_of_start():
    late = readings([0, 0, 1, 1, 1, 1])
    early = readings([1, 1, 1, 1])
    other = AlertRule("cpu_usage_high", 0.7, 0.6, S, S, "2 cores")
    assert [a.rule.name for a in evaluate_alerts([(RULE, late), (other, early)])] == [
        "cpu_usage_high",
        "memory_usage_high",
    ]


def test_the_default_thresholds_are_those_of_the_users_document():
    rules = default_alert_rules()
    assert [(rule.name, rule.raise_at) for rule in rules] == [
        ("memory_usage_high", 0.8),
        ("cpu_usage_high", 0.7),
        ("error_rate_high", 0.05),
        ("response_time_degraded", 2.0),
    ]
    assert all(rule.clear_at == pytest.approx(rule.raise_at * 0.9) for rule in rules)


@pytest.mark.parametrize("wrong", [(0.5, 0.6, 0, 0), (1, 1, -1, 0), (1, 1, 0, -1)])
def test_a_rule_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match="x: "):
        AlertRule("x", *wrong, "")


VALUES = st.lists(st.one_of(st.none(), st.sampled_from([0.1, 0.65, 0.7, 0.75, 0.8, 0.95])), max_size=60)


@given(VALUES, st.integers(0, 5), st.integers(0, 5))
def test_alerts_do_not_overlap_and_each_is_as_long_as_the_rule_asks(values, for_s, clear_for_s):
    rule = AlertRule("x", 0.8, 0.7, for_s * S, clear_for_s * S, "")
    found = evaluate_alerts([(rule, readings(values))])
    for alert in found:
        assert alert.raised_ns - alert.start_ns >= for_s * S
        assert alert.peak >= 0.8
        assert values[alert.start_ns // S] >= 0.8
        assert alert.end_ns is None or values[alert.end_ns // S] < 0.7
        assert alert.start_ns <= alert.peak_ns
        assert alert.end_ns is None or alert.peak_ns < alert.end_ns
    for first, second in itertools.pairwise(found):
        assert first.end_ns is not None
        assert first.end_ns < second.start_ns


@given(VALUES, st.integers(0, 5))
def test_asking_for_longer_never_finds_more(values, for_s):
    short, long = (AlertRule("x", 0.8, 0.7, seconds * S, 2 * S, "") for seconds in (for_s, for_s + 1))
    assert len(alerts(values, long)) <= len(alerts(values, short))
