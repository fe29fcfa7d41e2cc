"""What a scenario takes over from another, what a profile makes of it, and how mistakes are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.scenarios import (
    PROFILES,
    find_scenario_files,
    load_scenarios,
    load_suites,
    read_scenario_file,
    with_cells,
)
from pytest_rustide_load.workload import Range


def write(directory: Path, name: str, text: str) -> Path:
    path = directory / f"{name}.scenario.yaml"
    path.write_text(text)
    return path


def problems(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as told:
        read_scenario_file(path, path.name)
    return [str(problem) for problem in told.value.problems]


def test_what_is_given_replaces_mappings_merge_and_null_takes_away(tmp_path):
    path = write(
        tmp_path,
        "mine",
        """\
        extends: individual-developer
        users: 3
        operations: {hover: 3/s, references: null, rename: 1/min}
        codebase: {loc: 2000}
        """,
    )
    mine, base = read_scenario_file(path, path.name), load_scenarios()["individual-developer"]
    assert mine.name == "mine"
    assert (mine.users, mine.description, mine.duration_s) == (3, base.description, base.duration_s)
    rates = {pattern.operation: pattern.rate_per_s for pattern in mine.patterns}
    assert rates["hover"] == Range(3, 3)
    assert set(rates) == {pattern.operation for pattern in base.patterns} - {"references"} | {"rename"}
    assert mine.codebase == {"loc": 2000}
    assert mine.figures == base.figures


def test_a_codebase_of_another_profile_starts_afresh(tmp_path):
    path = write(tmp_path, "mine", "extends: individual-developer\ncodebase: {profile: team}\n")
    assert read_scenario_file(path, path.name).codebase == {"profile": "team"}


def test_a_file_beside_it_may_be_extended_and_in_turn_extend(tmp_path):
    write(tmp_path, "base", "extends: cold-start\nusers: 2\n")
    path = write(tmp_path, "mine", "extends: base\nstarts: 5\n")
    mine = read_scenario_file(path, path.name)
    assert (mine.users, mine.starts) == (2, 5)


def test_scenarios_that_extend_one_another_are_refused(tmp_path):
    write(tmp_path, "one", "extends: two\n")
    path = write(tmp_path, "two", "extends: one\n")
    assert problems(path) == ["one.scenario.yaml:1: scenarios extend one another: two → one → two"]


def test_an_unknown_parent_is_told_with_the_nearest_name(tmp_path):
    path = write(tmp_path, "mine", "users: 1\nextends: cold-strt\n")
    assert problems(path) == [
        "mine.scenario.yaml:2: extends unknown scenario 'cold-strt': did you mean 'cold-start'?"
    ]


def test_under_an_unknown_parent_the_other_mistakes_are_told_as_well(tmp_path):
    path = write(
        tmp_path, "mine", "name: cold-start\nextends: small-tem\nusers: 0\noperations: {hover: -3/s}\n"
    )
    assert problems(path) == [
        "mine.scenario.yaml:1: 'cold-start' is the name of a built-in scenario",
        "mine.scenario.yaml:2: extends unknown scenario 'small-tem': did you mean 'small-team'?",
        "mine.scenario.yaml:3: users: 0 is not a whole number from 1 to 10,000",
        "mine.scenario.yaml:4: hover: '-3/s' is a negative rate",
    ]
    write(tmp_path, "other", "extends: nothing-like-it\nusers: 0\n")
    (told,) = problems(tmp_path / "other.scenario.yaml")
    assert "extends unknown scenario 'nothing-like-it': known: " in told


def test_every_mistake_is_told_at_once_with_its_line_those_of_profiles_too(tmp_path):
    path = write(
        tmp_path,
        "mine",
        """\
description: mine
users: -1
operations: {hver: 3/s, hover: -3/s}
codebase: {loc: -4, file: 3}
shape: {kind: rmp}
profiles:
  smok: {}
  full: {duration: 2 parsecs, name: other}
""",
    )
    told = problems(path)
    lines = [int(problem.split(":")[1]) for problem in told]
    assert lines == sorted(lines)
    assert set(lines) == {2, 3, 4, 5, 7, 8}
    text = "\n".join(told)
    for part in (
        "users: -1",
        "unknown key 'hver' in operations: did you mean 'hover'?",
        "hover: '-3/s'",
        "unknown key 'file' in codebase: did you mean 'files'?",
        "loc=-4",
        "unknown kind of shape 'rmp': did you mean 'ramp'?",
        "unknown profile 'smok': did you mean 'smoke'?",
        "duration: '2 parsecs'",
        "a profile cannot change the name of its scenario",
    ):
        assert part in text
    assert len(told) == len(set(told)) == 9


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("duration: 0s", "3: duration: '0s' is no time at all"),
        ("request_timeout: 0s", "3: request_timeout: '0s' is no time at all"),
        ("duration: 99999999h", "3: duration: '99999999h' is more than a year"),
        ("users: yes", "3: users: True is not a whole number from 1 to 10,000"),
        ("users: 100000000000", "3: users: 100000000000 is not a whole number from 1 to 10,000"),
        ("name: [a]", "3: name: ['a'] is not a text"),
        ("name: a,b", "3: name: 'a,b' cannot be selected: , [ ] and :: mean something on the command line"),
        (
            "extends: [cold-start]",
            "3: extends unknown scenario \"['cold-start']\": did you mean 'cold-start'?",
        ),
        ("stages: [a]", "3: stage 1 must be a mapping"),
        ("stages: [{name: a}]", "3: a has no duration"),
        ("stages: [{name: a, duration: -4s}]", "3: duration: '-4s' is not a duration"),
        ("shape: [ramp]", "3: unknown kind of shape ['ramp']: did you mean 'ramp'?"),
        ("shape: {kind: ramp, from: .nan}", "3: from: nan is not a number from 0 up"),
        ("ramp: [1, .nan]", "3: ramp: '1, nan' is not a ramp of 2 to 20 steps, each above 0"),
        ("knee: {p95: 1s}", "3: a knee is searched for in a ramp: give it one"),
        ("knee: 200ms\nramp: 1..4", "3: a knee must be a mapping"),
        ("ramp: 1..4\nknee: {p95: 1s, goodput: [3]}", "4: goodput: [3] is no share of the whole"),
        ("working_set: {zipf: .inf}", "3: zipf: inf is not a number from 0 up"),
        (
            "working_set: {file_bytes: 3 furlongs}",
            "3: file_bytes: '3 furlongs' is no size, or range of sizes",
        ),
        ("edits: {actions: {typin: 1}}", "3: unknown key 'typin' in edits.actions: did you mean 'typing'?"),
        (
            "edits: {actions: {typing: 0}}",
            "3: edits: the weights of actions must not be negative, and not all",
        ),
        ("behaviors: {code-revewer: 2}", "3: unknown behavior 'code-revewer': did you mean 'code-reviewer'?"),
        ("behaviors: {code-reviewer: 0}", "3: code-reviewer: 0 is not a whole number from 1 to 10,000"),
        (
            "network: vpn\nnetworks: {vpn: {base_latency: -3ms}}",
            "4: the network vpn: base_latency: '-3ms' is",
        ),
        ("codebase: {loc: .nan}", "3: codebase: loc=nan is not a whole number from 200 to 2000000"),
        ("codebase: {profile: [large]}", "3: codebase: unknown profile ['large']: did you mean 'large'?"),
        ("matrix: {stress.cpv: [80%]}", "3: unknown key 'cpv' in stress: did you mean 'cpu'?"),
        ("matrix: {users.cpu: [1]}", "3: users: {'cpu': 1} is not a whole number"),
        ("profiles: {smoke: 3s}", "3: profile 'smoke' must be a mapping"),
        (
            "profiles: {smoke: {duration: soon}}",
            "3: duration: 'soon' is not a duration (write it like '150ms' or",
        ),
        (
            "fault: {kind: kill, at: 8s}\nduration: 10s",
            "3: at: the measured time of 6 s is over by then (in the",
        ),
    ],
)
def test_each_mistake_is_told_once_with_its_line(tmp_path, more, told):
    path = write(tmp_path, "mine", f"description: mine\noperations: {{hover: 1/s}}\n{more}\n")
    [problem] = problems(path)
    assert problem.startswith(f"mine.scenario.yaml:{told}")


def test_what_is_no_mapping_has_one_mistake_and_what_is_empty_two(tmp_path):
    for text in ("- a\n", "hello\n", "5\n", "null\n"):
        assert problems(write(tmp_path, "mine", text)) == [
            "mine.scenario.yaml:1: a scenario must be a mapping"
        ]
    for text in ("", "# nothing\n"):
        assert problems(write(tmp_path, "mine", text)) == [
            "mine.scenario.yaml:1: has no description",
            "mine.scenario.yaml:1: has no operations",
        ]


def test_a_mistake_that_only_a_shorter_profile_has_says_which(tmp_path):
    path = write(
        tmp_path,
        "mine",
        "description: mine\noperations: {hover: 1/s}\nduration: 10s\nfault: {kind: kill, at: 8s}\n",
    )
    assert problems(path) == [
        "mine.scenario.yaml:4: at: the measured time of 6 s is over by then (in the profile smoke)"
    ]


def test_null_for_a_key_that_there_is_not_is_told(tmp_path):
    text = """
        description: mine
        warm_upp: null
        operations: {hover: 1/s}
        stress: null
        matrix:
          cell:
            a: {durationn: null}
        profiles:
          ci: {arrivalss: null}
    """
    told = "\n".join(problems(write(tmp_path, "mine", text)))
    for key, meant in (("warm_upp", "warm_up"), ("durationn", "duration"), ("arrivalss", "arrivals")):
        assert f"unknown key '{key}' in a scenario: did you mean '{meant}'?" in told
    assert "stress" not in told


def test_extending_null_is_extending_nothing(tmp_path):
    path = write(tmp_path, "mine", "extends: null\ndescription: mine\noperations: {hover: 1/s}\n")
    assert read_scenario_file(path, path.name).patterns[0].operation == "hover"


def test_profiles_change_the_length_of_a_look_and_not_the_rates():
    for name, ci in load_scenarios().items():
        smoke, full = load_scenarios("smoke")[name], load_scenarios("full")[name]
        assert smoke.patterns == ci.patterns == full.patterns
        assert smoke.duration_s <= ci.duration_s <= full.duration_s
        assert (smoke.profile, ci.profile, full.profile) == PROFILES
        assert smoke.warm_up_s + smoke.duration_s <= 30


def test_the_full_profile_takes_as_long_as_the_requirement_says():
    assert load_scenarios("full")["individual-developer"].duration_s == 2 * 3600


def test_a_profiles_own_block_goes_before_its_rules(tmp_path):
    path = write(
        tmp_path, "mine", "extends: individual-developer\nprofiles: {smoke: {duration: 3s, users: 2}}\n"
    )
    smoke = read_scenario_file(path, path.name, "smoke")
    assert (smoke.duration_s, smoke.users, smoke.warm_up_s) == (3, 2, 1)
    assert read_scenario_file(path, path.name).users == 1


def test_a_built_in_name_cannot_be_taken(tmp_path):
    path = write(tmp_path, "mine", "name: cold-start\nextends: cold-start\n")
    assert problems(path) == ["mine.scenario.yaml:1: 'cold-start' is the name of a built-in scenario"]


def test_a_file_that_is_no_text_is_told_and_not_a_traceback(tmp_path):
    path = tmp_path / "mine.scenario.yaml"
    path.write_bytes(b"\xff\xfe")
    assert "mine.scenario.yaml: cannot be read" in problems(path)[0]


def test_files_are_found_where_people_keep_them(tmp_path):
    kept = write(tmp_path, "one", "")
    (tmp_path / "load").mkdir()
    also = write(tmp_path / "load", "two", "")
    for skipped in ("target", ".git"):
        (tmp_path / skipped).mkdir()
        write(tmp_path / skipped, "three", "")
    assert list(find_scenario_files(tmp_path)) == [kept, also]


def test_every_built_in_scenario_bears_the_name_of_its_file_and_states_its_figures():
    for name, scenario in load_scenarios().items():
        assert scenario.name == name
        assert scenario.figures, name
    assert {member for members in load_suites().values() for member in members} <= set(
        with_cells(load_scenarios().values())
    )
