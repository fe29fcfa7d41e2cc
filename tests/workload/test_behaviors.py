"""Kinds of users and stages: as written, in the plan, and with every mistake told."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.scenarios import load_behaviors, load_scenarios
from pytest_rustide_load.stress.cpu import CpuContention
from pytest_rustide_load.stress.memory import MemoryPressure
from pytest_rustide_load.workload import (
    EnvironmentConfig,
    ErrorRates,
    Plan,
    Range,
    Scenario,
    Stress,
    UserBehavior,
    adjust,
    parse_behaviors,
    read_scenario,
)
from pytest_rustide_load.workload.stress import CPU_MODELS, CPU_THROTTLINGS, MEMORY_PATTERNS
from pytest_rustide_load.yamltree import parse_yaml

KINDS = parse_behaviors(
    """
reader:
  description: reads
  operations: {hover: 6/min, definition: {think_time: 5s}}
writer:
  description: writes
  editor: vscode
  arrivals: typing
  operations: {edit: 4/s}
  edits: true
  errors: {mistyped: 10%, cancelled: 0.5}
""",
    "kinds.yaml",
)
TEAM = """
name: team
description: several kinds
users: 5
duration: 100s
operations: {hover: 1/s}
behaviors:
  reader: 2
  writer: 1
  fast-writer: {extends: writer, count: 1, operations: {edit: 8/s}, editor: helix}
"""


def read(text: str) -> Scenario:
    return read_scenario(parse_yaml(text, "s.yaml"), KINDS)


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as told:
        read(text)
    return [str(problem) for problem in told.value.problems]


def test_each_user_is_of_its_kind_and_does_what_the_scenario_states_first():
    team = read(TEAM)
    names = [kind.name if (kind := team.behavior_of(user)) else None for user in range(5)]
    assert names == ["reader", "reader", "writer", "fast-writer", None]
    reader, writer, fast, rest = (team.of_user(user) for user in (0, 2, 3, 4))
    assert [pattern.operation for pattern in reader.patterns] == ["hover", "definition"]
    assert reader.patterns[0].rate_per_s == Range(1, 1)
    assert (writer.editor, writer.arrivals, writer.edits is not None) == ("vscode", "typing", True)
    assert writer.errors == ErrorRates(mistyped=0.1, cancelled=0.5)
    assert (fast.editor, fast.patterns[1].rate_per_s, fast.errors) == ("helix", Range(8, 8), writer.errors)
    assert (rest.editor, [pattern.operation for pattern in rest.patterns]) == ("raw", ["hover"])


def test_the_plan_gives_each_user_what_is_of_its_kind():
    plan = Plan(read(TEAM), seed=3)
    counts = Counter((arrival.user, arrival.operation) for arrival in plan if arrival.operation == "edit")
    assert set(counts) == {(2, "edit"), (3, "edit")}
    assert counts[3, "edit"] == pytest.approx(8 * 105, rel=0.2)
    assert {(stream.user, stream.operation) for stream in plan.closed} == {
        (0, "definition"),
        (1, "definition"),
    }


def test_another_user_changes_nothing_for_those_there_are():
    def of_first(users: int) -> list[tuple[int, str, int]]:
        plan = Plan(adjust(read(TEAM.replace("fast-writer: {", "other: {")), users=users), seed=3)
        return [(one.intended_ns, one.operation, one.draw) for one in plan if one.user == 0]

    assert of_first(5) == of_first(10)


def test_more_users_come_in_the_same_proportions():
    team = read(TEAM)
    assert [count for _, count in adjust(team, users=10).behaviors] == [4, 2, 2]
    few = adjust(team, users=3)
    assert sum(count for _, count in few.behaviors) <= 3
    assert few.behaviors[0][0].name == "reader"


def test_mistakes_about_kinds_of_users_are_told_at_once_with_their_lines():
    told = problems(
        """\
name: team
description: x
users: 1
behaviors:
  raeder: 1
  writer: none
  own: {extends: wrter, operations: {hvoer: 1/s}}
  reader: {count: 2, errors: {mistyped: 150%, mystyped: 1%}, editor: vi, arrivals: typng}
"""
    )
    text = "\n".join(told)
    for part in (
        "s.yaml:5: unknown behavior 'raeder': did you mean 'reader'?",
        "s.yaml:6: writer: 'none' is not a whole number",
        "s.yaml:7: unknown behavior 'wrter': did you mean 'writer'?",
        "s.yaml:8: mistyped: '150%' is not a share",
        "s.yaml:8: unknown key 'mystyped' in errors: did you mean 'mistyped'?",
        "s.yaml:8: editor: unknown editor 'vi'",
        "s.yaml:8: arrivals: unknown way of arriving 'typng': did you mean 'typing'?",
        "s.yaml:3: users: 1 are fewer than the 3 of its behaviors",
    ):
        assert part in text


def test_keys_come_in_runs_with_pauses_and_at_their_rate():
    writer = read(
        "name: s\ndescription: x\nduration: 600s\nwarm_up: 0s\narrivals: typing\noperations: {edit: 4/s}\n"
    )
    gaps = np.diff(Plan(writer, seed=1).intended_ns) / 1e9
    assert len(gaps) == pytest.approx(2400, rel=0.1)
    assert np.median(gaps) < 0.15
    assert 0.1 < np.mean(gaps > 0.3) < 0.2
    assert gaps.std() > 1.5 * gaps.mean()


STAGED = """
name: staged
description: three stages
warm_up: 2s
operations: {hover: 10/s}
stages:
  - {name: scan, duration: 10s, operations: {document_symbols: 20/s}}
  - {name: alone, duration: 5s, baseline: true}
  - {name: busy, duration: 15s, operations: {edit: 4/s}}
"""


def test_stages_follow_one_another_with_operations_of_their_own():
    staged = read(STAGED)
    assert staged.duration_s == 30
    plan = Plan(staged, seed=1)
    found = {
        name: [one.intended_ns / 1e9 for one in plan if one.operation == name] for name in ("hover", "edit")
    }
    symbols = [one.intended_ns / 1e9 for one in plan if one.operation == "document_symbols"]
    assert len(symbols) == pytest.approx(200, abs=1)
    assert 2 <= min(symbols) <= max(symbols) < 12
    assert len(found["edit"]) == pytest.approx(60, abs=1)
    assert 17 <= min(found["edit"]) <= max(found["edit"]) < 32
    assert len(found["hover"]) == pytest.approx(320, abs=1)
    names = [(name, is_baseline) for name, _, _, is_baseline in staged.parts]
    assert names == [("scan", False), ("alone", True), ("busy", False)]


def test_a_shorter_run_keeps_the_shares_of_its_stages():
    plan = Plan(read(STAGED), seed=1, duration_s=3)
    edits = [one.intended_ns / 1e9 for one in plan if one.operation == "edit"]
    assert 3.5 <= min(edits) <= max(edits) < 5
    assert len(edits) == pytest.approx(6, abs=1)


def test_impossible_stages_are_told_at_once():
    told = problems(
        """\
name: s
description: x
stages:
  - {name: one, duration: 0s, operations: {hover: {think_time: 1s}}}
  - {name: one, baseline: yes please}
  - {nmae: two, duration: 5s}
"""
    )
    text = "\n".join(told)
    for part in (
        "s.yaml:4: duration: '0s' is no time at all",
        "s.yaml:4: one: operations of a stage need rates",
        "two stages are called 'one'",
        "s.yaml:5: baseline: 'yes please' is neither true nor false",
        "s.yaml:5: one has no duration",
        "s.yaml:6: unknown key 'nmae' in stage 3: did you mean 'name'?",
    ):
        assert part in text


def test_a_ramp_of_stages_is_refused():
    with pytest.raises(ValueError, match="staged has stages"):
        adjust(read(STAGED), ramp=(1, 2))


def test_editors_closed_loops_and_presence_are_read_and_their_mistakes_told():
    scenario = read(
        "name: s\ndescription: x\neditor: neovim\nusers: 4\npresence: {kind: ramp, from: 0.25, to: 1}\n"
        "edits: {actions: {typing: 1}, places: {body: 2, comment: 1}, stay_ratio: 0.5}\n"
        "operations: {definition: {think_time: 2s}, hover: {rate: 2/min}}\n"
    )
    assert scenario.editor == "neovim"
    assert scenario.edits is not None
    assert (dict(scenario.edits.actions), scenario.edits.stay_ratio) == ({"typing": 1.0}, 0.5)
    assert scenario.patterns[0].think_time_s == 2
    assert scenario.patterns[1].rate_per_s == Range(2 / 60, 2 / 60)
    assert scenario.patterns[1].frequency_per_minute == Range(2, 2)
    there = [Plan(scenario, seed=1).present_from(user, 0) for user in range(4)]
    assert there[0] == 0
    assert there == sorted(there, key=lambda moment: moment or 0)
    told = "\n".join(
        problems(
            "name: s\ndescription: x\neditor: emacs\nedits: {actions: {typng: 1}, places: {body: -1}}\n"
            "presence: {kind: ramp, frm: 1}\n"
            "operations: {definition: {think_time: 0s}, hover: {rate: 1/s, think_time: 1s}, "
            "edit: {think_time: 1s}}\n"
        )
    )
    for part in (
        "s.yaml:3: editor: unknown editor 'emacs'",
        "s.yaml:4: unknown key 'typng' in edits.actions: did you mean 'typing'?",
        "s.yaml:4: body: -1",
        "s.yaml:5: unknown key 'frm' in the shape 'ramp': did you mean 'from'?",
        "s.yaml:6: think_time: '0s' is no time to think",
        "s.yaml:6: hover needs a rate (open loop) or a think_time (closed loop)",
        "s.yaml:6: edit has no answer to wait for: give it a rate",
    ):
        assert part in told


def test_the_kinds_that_come_with_it_are_the_four_of_the_requirement():
    assert list(load_behaviors()) == [
        "explorative-user",
        "intensive-developer",
        "code-reviewer",
        "refactoring-specialist",
    ]
    assert UserBehavior(name="x").environmental_factors == EnvironmentConfig("raw")
    assert load_scenarios()["small-team"].users == 5


def test_the_priority_of_a_backend_is_that_of_the_scenario_or_of_its_user():
    text = (
        "name: s\ndescription: x\noperations: {hover: 1/s}\n{more}"
        "behaviors: {reader: 1, busy: {extends: reader, priority: low}}\n"
    )
    reader = parse_behaviors("reader: {operations: {hover: 1/s}}", "b.yaml")
    some = read_scenario(parse_yaml(text.replace("{more}", ""), "s.yaml"), reader)
    assert [some.of_user(user).priority for user in (0, 1)] == ["normal", "low"]
    every = read_scenario(parse_yaml(text.replace("{more}", "priority: low\n"), "s.yaml"), reader)
    assert [every.of_user(user).priority for user in (0, 1)] == ["low", "low"]
    with pytest.raises(ConfigError, match=r"unknown 'lo': did you mean 'low'\?"):
        read_scenario(parse_yaml(text.replace("{more}", "priority: lo\n"), "s.yaml"), reader)


def test_networks_and_stress_are_read_and_their_mistakes_told():
    scenario = read(
        "name: s\ndescription: x\nnetwork: mobile_network\noperations: {hover: 1/s}\n"
        "stress: {cpu: 90%, cpu_model: thread_pool, memory: 1GB, memory_pattern: spike, "
        "memory_limit: 512MB}\n"
        "behaviors: {reader: 1, far: {extends: reader, network: satellite_internet}}\n"
    )
    assert scenario.stress == Stress(0.9, "thread_pool", "os_scheduling", 10**9, "spike", 512 * 10**6)
    assert [scenario.of_user(user).network for user in (0, 1)] == ["mobile_network", "satellite_internet"]
    told = "\n".join(
        problems(
            "name: s\ndescription: x\nnetwork: satelite_internet\noperations: {hover: 1/s}\n"
            "stress: {cpu: 120%, cpu_model: threads, memory: 1000, memory_pattern: spikes, mem: 1GB}\n"
        )
    )
    for part in (
        "s.yaml:3: network: unknown 'satelite_internet': did you mean 'satellite_internet'?",
        "s.yaml:5: cpu: '120%' is not a share",
        "s.yaml:5: cpu_model: unknown 'threads'",
        "s.yaml:5: memory: 1000 is not a size",
        "s.yaml:5: memory_pattern: unknown 'spikes': did you mean 'spike'?",
        "s.yaml:5: unknown key 'mem' in stress: did you mean 'memory'?",
    ):
        assert part in told


def test_networks_of_ones_own_storage_and_what_stages_change():
    scenario = read(
        "name: s\ndescription: x\noperations: {hover: 1/s}\nstorage: ram\nnetwork: vpn\n"
        "networks: {vpn: {base_latency: 80ms, jitter: 10ms, bandwidth_limit: 10Mbps}}\n"
        "stress: {memory_limit: 1GB, recovery_action: cache_eviction, io: 10MB}\n"
        "stages:\n  - {name: before, duration: 1s, stress: false}\n"
        "  - {name: under, duration: 1s, network: mobile_network}\n"
    )
    assert scenario.first_network == scenario.networks["vpn"]
    assert scenario.networks["vpn"].bandwidth_bits_per_s == 10_000_000
    assert [(stage.is_stressed, stage.network) for stage in scenario.stages] == [
        (False, ""),
        (True, "mobile_network"),
    ]
    assert (scenario.storage, scenario.stress.io_bytes) == ("ram", 10_000_000)
    # Who gets a network later has a link from the beginning.
    later = read(
        "name: s\ndescription: x\noperations: {hover: 1/s}\nstages:\n  - {name: near, duration: 1s}\n"
        "  - {name: far, duration: 1s, network: mobile_network}\n"
    )
    assert later.first_network is not None
    assert later.first_network.round_trip_ns == 0
    told = "\n".join(
        problems(
            "name: s\ndescription: x\nstorage: tape\noperations: {hover: 1/s}\n"
            "networks:\n  vpn: {base_latency: 80ms, jitter: 1s, los: 3%}\n  lan: fast\n"
            "stress: {recovery_action: pray, io: many}\n"
            "stages: [{name: a, duration: 1s, stress: often, network: wan}]\n"
        )
    )
    for part in (
        "s.yaml:3: storage: unknown 'tape'",
        "s.yaml:6: the network vpn: unknown key 'los'",
        "s.yaml:7: the network lan must be a mapping",
        "s.yaml:8: recovery_action: unknown 'pray'",
        "s.yaml:8: io: 'many' is not a size",
        "s.yaml:9: stress: 'often' is neither true nor false",
        "s.yaml:9: network: unknown 'wan'",
    ):
        assert part in told
    assert "nothing to recover from" in "".join(
        problems(
            "name: s\ndescription: x\noperations: {hover: 1/s}\nstress: {recovery_action: cache_eviction}\n"
        )
    )


def test_what_a_scenario_may_name_is_what_there_is_to_stress_with():
    for model in CPU_MODELS:
        for throttling in CPU_THROTTLINGS:
            CpuContention(0.5, model, throttling)
    for pattern in MEMORY_PATTERNS:
        MemoryPressure(1, pattern)
