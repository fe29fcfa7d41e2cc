"""More users, other rates, in steps: what the command line makes of a scenario."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.workload import OperationPattern, Plan, Range, Scenario, adjust, parse_ramp

SCENARIO = Scenario(
    name="s",
    description="",
    patterns=(OperationPattern("hover", Range(4, 8)), OperationPattern("definition", think_time_s=2.0)),
    warm_up_s=4,
    duration_s=60,
)


def test_a_ramp_doubles_up_to_its_end():
    assert parse_ramp("1..8") == (1, 2, 4, 8)
    assert parse_ramp("1..6") == (1, 2, 4, 6)
    assert parse_ramp("0.5,1,3") == (0.5, 1, 3)


@pytest.mark.parametrize("text", ["8..1", "1..", "a..b", "1", "1,x", "0..4", "1,-2", "1..nan", ""])
def test_what_is_no_ramp_is_told(text):
    with pytest.raises(ValueError, match="not a ramp"):
        parse_ramp(text)


def test_everything_happens_so_many_times_as_often():
    faster = adjust(SCENARIO, users=3, rate_factor=2)
    assert faster.users == 3
    assert faster.patterns[0].rate_per_s == Range(8, 16)
    assert faster.patterns[1].think_time_s == 1


@given(st.lists(st.sampled_from([0.5, 1.0, 2.0, 4.0]), min_size=2, max_size=4))
def test_each_step_of_a_ramp_has_its_share_of_the_measured_time_and_its_rate(levels):
    steady = Scenario(
        name="s", description="", patterns=(OperationPattern("hover", Range(10, 10)),), duration_s=30
    )
    ramped = adjust(steady, ramp=tuple(levels))
    assert ramped.duration_s == 30 * len(levels)
    plan = Plan(ramped, seed=1)
    steps = (plan.intended_ns - plan.measure_start_ns) // 30_000_000_000
    for step, level in enumerate(levels):
        assert abs(np.count_nonzero(steps == step) - 300 * level) <= 1
    assert abs(np.count_nonzero(plan.intended_ns < plan.measure_start_ns) - 50 * levels[0]) <= 1
