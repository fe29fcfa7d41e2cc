"""How much a scenario asks for: never less than is planned, and what cannot be planned is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.scenarios import PROFILES, load_scenarios
from pytest_rustide_load.workload import OperationPattern, Plan, Range, Scenario, parse_scenario
from pytest_rustide_load.workload.shape import LoadShape
from pytest_rustide_load.workload.size import MOST_OPERATIONS, most_operations, too_large

HEAD = "name: s\ndescription: d\n"


@pytest.mark.parametrize("name", load_scenarios())
def test_no_scenario_plans_more_than_is_reckoned(name: str) -> None:
    scenario = load_scenarios("smoke")[name]
    planned = len(Plan(scenario, seed=42))
    # What comes at random may be some more.
    assert planned <= 1.05 * most_operations(scenario) + 40
    assert planned >= 0.1 * most_operations(scenario)


@given(
    shape=st.one_of(
        st.builds(
            lambda height, at, width: LoadShape("spike", (("height", height), ("at", at), ("width", width))),
            st.floats(0, 500),
            st.floats(0, 1),
            st.floats(0, 0.3),
        ),
        st.builds(
            lambda low, high: LoadShape("ramp", (("from", low), ("to", high))),
            st.floats(0, 9),
            st.floats(0, 9),
        ),
        st.builds(
            lambda levels: LoadShape("step", (("levels", tuple(levels)),)),
            st.lists(st.floats(0, 9), min_size=1, max_size=3),
        ),
        st.sampled_from([LoadShape("sine"), LoadShape("working_day"), LoadShape()]),
    ),
    ramp=st.lists(st.floats(0.1, 5), max_size=4),
    warm_up_s=st.integers(0, 20),
    duration_s=st.integers(1, 90),
)
def test_whatever_the_shape_no_more_is_planned_and_not_much_less(shape, ramp, warm_up_s, duration_s):
    """Of a spike too that lasts a thousandth of the run: it is a second at least."""
    scenario = Scenario(
        name="s",
        description="d",
        patterns=(OperationPattern("hover", Range(20, 20)),),
        shape=shape,
        ramp=tuple(ramp),
        warm_up_s=warm_up_s,
        duration_s=duration_s,
    )
    planned = len(Plan(scenario, seed=1))
    peak = 20 * shape.highest * max(ramp, default=1)
    assert planned <= most_operations(scenario) + peak * len(ramp) + 1
    slack = 2 if shape.kind == "sine" else 1
    assert most_operations(scenario) <= slack * planned + 3 * peak * (len(ramp) + 2) + 1


def test_a_spike_that_is_a_few_moments_of_hours_refuses_nothing_that_can_be_planned() -> None:
    text = "operations: {hover: 1000/s}\nduration: 1h\nshape: {kind: spike, height: 100, width: 0.0005}\n"
    assert too_large(parse_scenario(HEAD + text, "s.yaml")) == ""


@pytest.mark.parametrize("profile", PROFILES)
def test_every_scenario_can_be_planned(profile: str) -> None:
    assert not [name for name, one in load_scenarios(profile).items() if too_large(one)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "operations: {hover: 1000/s}\nduration: 8000h",
            "s.yaml:4: asks for up to 28,800,005,000 operations",
        ),
        (
            "operations: {hover: 1/s}\nramp: 1..400000\nduration: 1h",
            "s.yaml:5: asks for up to 166,371,665 op",
        ),
        (
            "operations: {hover: 1000/s}\nusers: 10000\nshape: {kind: spike, height: 5}",
            f"s.yaml:1: asks for up to 540,000,000 operations, and {MOST_OPERATIONS:,} can be planned",
        ),
        (
            "operations: {hover: 1000/s}\nduration: 1h\nshape: {kind: spike, height: 99999, width: 0.0009}",
            "s.yaml:4: asks for up to 428,047,511 operations",
        ),
        ("operations: {hover: 999999/s}", "s.yaml:3: hover: '999999/s' is more than the 100,000 a second"),
        (
            "operations: {hover: 1/s}\nusers: 10001",
            "s.yaml:4: users: 10001 is not a whole number from 1 to 10,000",
        ),
        ("operations: {}", "s.yaml:1: nothing is ever asked"),
        ("operations: {hover: 0/s}", "s.yaml:1: nothing is ever asked"),
    ],
)
def test_what_is_too_much_or_nothing_is_told_before_anything_starts(text: str, told: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_scenario(f"{HEAD}{text}\n", "s.yaml")
    [problem] = error.value.problems
    assert str(problem).startswith(told)
