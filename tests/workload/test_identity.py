"""What tells two runs of one scenario apart: what was asked for, and nothing that is only said."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from pytest_rustide_load.scenarios import load_scenarios
from pytest_rustide_load.workload import LoadShape, Scenario, Stress, adjust, parse_scenario
from pytest_rustide_load.workload.identity import workload_of

TEXT = """
name: s
description: d
operations: {hover: 5/s, completion: 1-3/s}
edits: {actions: {typing: 1, paste: 2}}
"""


def parsed(text: str) -> Scenario:
    return parse_scenario(text, "s.yaml")


def differing(one: Scenario, other: Scenario) -> set[str]:
    before, after = workload_of(one), workload_of(other)
    return {name for name in before if before[name] != after[name]}


def test_what_is_said_otherwise_and_done_the_same_is_the_same():
    same = TEXT.replace("hover: 5/s, completion: 1-3/s", "completion: 1-3/s, hover: 5/s")
    same = same.replace("typing: 1, paste: 2", "paste: 2, typing: 1")
    assert workload_of(parsed(same))["editing"] == workload_of(parsed(TEXT))["editing"]
    other = replace(
        parsed(TEXT), name="other", description="another", duration_s=99.0, profile="full", users=1
    )
    assert differing(parsed(TEXT), other) == set()
    assert workload_of(parsed(TEXT)) == {
        "load": workload_of(parsed(TEXT))["load"],
        "editing": workload_of(parsed(TEXT))["editing"],
        "network": "none",
        "stress": "none",
        "fault": "none",
    }
    assert workload_of(parsed(TEXT))["load"].startswith("7/s (")


@pytest.mark.parametrize(
    ("change", "aspects"),
    [
        (lambda one: adjust(one, rate_factor=2.0), {"load"}),
        (lambda one: adjust(one, ramp=(1.0, 2.0)), {"load"}),
        (lambda one: replace(one, shape=LoadShape("spike")), {"load"}),
        (lambda one: replace(one, arrivals="poisson"), {"load"}),
        (lambda one: replace(one, edits=None), {"editing"}),
        (lambda one: replace(one, network="mobile_network"), {"network"}),
        (lambda one: replace(one, stress=Stress(cpu_ratio=0.5)), {"stress"}),
        (lambda one: replace(one, storage="ram"), {"stress"}),
    ],
)
def test_what_is_done_otherwise_is_named(change, aspects):
    assert differing(parsed(TEXT), change(parsed(TEXT))) == aspects


def test_another_network_of_the_same_name_is_another():
    one = replace(parsed(TEXT), network="mobile_network")
    slower = replace(one.networks["mobile_network"], round_trip_ns=10**9)
    assert differing(one, replace(one, networks={**one.networks, "mobile_network": slower})) == {"network"}


def test_it_is_the_same_whatever_the_hash_seed():
    code = (
        "from pytest_rustide_load.scenarios import load_scenarios\n"
        "from pytest_rustide_load.workload.identity import workload_of\n"
        "print({name: workload_of(one) for name, one in load_scenarios('ci').items()})"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": "17"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    assert told.strip() == str({name: workload_of(one) for name, one in load_scenarios("ci").items()})
