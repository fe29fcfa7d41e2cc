"""Scenarios from YAML: right ones as written, wrong ones with every mistake, its file and line."""

from __future__ import annotations

import pytest

from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.workload import LoadShape, Range, parse_rate, parse_scenario, parse_suites

GOOD = """\
name: mine
description: >
  Somebody looks
  around.
users: 2
warm_up: 1s
duration: 2min
codebase: {loc: 5000}
shape: {kind: step, levels: [1, 2]}
arrivals: poisson
working_set: {open_files: 5-15, file_bytes: 2-5KB}
operations:
  hover: 10-20/s
  edit: 3/min
"""

BAD = """\
name: mine
description: text
usres: 2
warm_up: 1
duration: 2parsecs
working_set: {open_files: 0-3}
shape: {kind: rmap}
arrivals: poison
operations:
  hoover: 1/s
  hover: 5-1/s
  edit: 3
"""


def test_a_scenario_is_read_as_written():
    scenario = parse_scenario(GOOD, "mine.scenario.yaml")
    assert scenario.name == "mine"
    assert scenario.description == "Somebody looks around."
    assert (scenario.users, scenario.warm_up_s, scenario.duration_s) == (2, 1.0, 120.0)
    assert scenario.working_set.file_bytes == Range(2_000, 5_000)
    assert scenario.codebase == {"loc": 5000}
    assert scenario.shape == LoadShape("step", (("levels", (1.0, 2.0)),))
    assert scenario.arrivals == "poisson"
    assert [(p.operation, p.rate_per_s) for p in scenario.patterns] == [
        ("hover", Range(10, 20)),
        ("edit", Range(0.05, 0.05)),
    ]


@pytest.mark.parametrize(
    ("key", "meant"), [("extend", "extends"), ("profile", "profiles"), ("matrx", "matrix")]
)
def test_a_key_that_only_files_have_is_what_may_be_meant(key, meant):
    with pytest.raises(ConfigError, match=f"unknown key '{key}' in a scenario: did you mean '{meant}'"):
        parse_scenario(f"{key}: x", "mine.scenario.yaml")


def test_every_mistake_is_told_with_file_and_line():
    with pytest.raises(ConfigError) as caught:
        parse_scenario(BAD, "mine.scenario.yaml")
    told = [str(problem) for problem in caught.value.problems]
    expected = {
        3: "unknown key 'usres' in a scenario: did you mean 'users'?",
        4: "warm_up: 1 has no unit of time",
        5: "duration: '2parsecs' has no unit of time",
        6: "open_files: '0-3' is not a count from 1 up",
        7: "unknown kind of shape 'rmap': did you mean 'ramp'?",
        8: "arrivals: unknown way of arriving 'poison': did you mean 'poisson'?",
        10: "unknown key 'hoover' in operations: did you mean 'hover'?",
        11: "hover: '5-1/s' runs backwards",
        12: "edit: 3 is not a rate",
    }
    for line, text in expected.items():
        assert any(entry.startswith(f"mine.scenario.yaml:{line}: {text}") for entry in told), (line, told)


def test_what_is_missing_is_told_too():
    with pytest.raises(ConfigError) as caught:
        parse_scenario("users: 1\n", "x.yaml")
    assert [problem.message for problem in caught.value.problems] == [
        "has no name",
        "has no description",
        "has no operations",
    ]


def test_a_suite_with_an_unknown_scenario_names_the_nearest():
    with pytest.raises(ConfigError, match="unknown scenario 'cold-strat': did you mean 'cold-start'"):
        parse_suites("quick: [cold-strat]\n", "suites.yaml", scenarios=["cold-start"])


@pytest.mark.parametrize("text", ["5", "5/parsec", "x/s", None, True, "-1/s"])
def test_what_is_no_rate_is_refused(text):
    with pytest.raises(ValueError, match=r"rate|range"):
        parse_rate(text)


def test_a_knee_is_searched_for_in_a_ramp():
    text = "name: s\ndescription: d\noperations: {hover: 1/s}\nramp: 1..4\nknee: {p95: 200ms, goodput: 80%}\n"
    scenario = parse_scenario(text, "s.yaml")
    assert scenario.ramp == (1.0, 2.0, 4.0)
    assert scenario.knee is not None
    assert (scenario.knee.p95_ms, scenario.knee.goodput_ratio) == (200.0, 0.8)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("knee: {p95: 200ms}", "s.yaml:4: a knee is searched for in a ramp"),
        ("ramp: 4..1\nknee: {p95: 1s}", "s.yaml:4: ramp: '4..1' is not a ramp"),
        ("ramp: 1..4\nknee: {goodput: 80%}", "s.yaml:5: a knee needs a p95"),
        ("ramp: 1..4\nknee: {p95: 1s, goodput: 200%}", "no share of the whole"),
        ("ramp: 1..4\nknee: {p96: 1s}", "did you mean 'p95'?"),
        ("ramp: 1..2\nstages: [{name: a, duration: 1s}]", "what has stages has no ramp"),
    ],
)
def test_mistakes_about_knees_are_told(more, told):
    with pytest.raises(ConfigError) as error:
        parse_scenario(f"name: s\ndescription: d\noperations: {{hover: 1/s}}\n{more}\n", "s.yaml")
    assert told in str(error.value)
