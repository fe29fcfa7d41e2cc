"""How much a scenario asks for: never less than is planned, and what cannot be planned is refused."""

from __future__ import annotations

import pytest

from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.scenarios import PROFILES, load_scenarios
from pytest_rustide_load.workload import Plan, parse_scenario
from pytest_rustide_load.workload.size import MOST_OPERATIONS, most_operations, too_large

HEAD = "name: s\ndescription: d\n"


@pytest.mark.parametrize("name", load_scenarios())
def test_no_scenario_plans_more_than_is_reckoned(name: str) -> None:
    scenario = load_scenarios("smoke")[name]
    planned = len(Plan(scenario, seed=42))
    # What comes at random may be some more.
    assert planned <= 1.05 * most_operations(scenario) + 40
    assert planned >= 0.1 * most_operations(scenario)


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
            "s.yaml:5: asks for up to 1,442,000,000 op",
        ),
        (
            "operations: {hover: 1000/s}\nusers: 10000\nshape: {kind: spike, height: 5}",
            f"s.yaml:1: asks for up to 1,750,000,000 operations, and {MOST_OPERATIONS:,} can be planned",
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
