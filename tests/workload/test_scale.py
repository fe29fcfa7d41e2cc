"""What a scaling experiment varies, as people write it."""

from __future__ import annotations

import pytest

from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.workload import parse_scenario
from pytest_rustide_load.workload.scale import ScaleAxis, ScaleLevel, parse_scale

SCENARIO = """
name: s
description: d
operations: {hover: {think_time: 1s}}
"""


def test_axes_come_in_their_order_and_numbers_ascend():
    axes, problems = parse_scale("users=10,1,2; memory=1GB,512MB;storage=/dev/shm, /tmp ")
    assert problems == []
    assert axes == (
        ScaleAxis("users", (ScaleLevel("1", 1), ScaleLevel("2", 2), ScaleLevel("10", 10))),
        ScaleAxis("memory", (ScaleLevel("512MB", 512e6), ScaleLevel("1GB", 1e9))),
        ScaleAxis("storage", (ScaleLevel("/dev/shm", 0), ScaleLevel("/tmp", 0))),
    )


def test_every_mistake_is_told_at_once():
    _, problems = parse_scale("coers=1,2;users=0,x;users=1,2;memory=5;loc;cores=2")
    told = "\n".join(problems)
    assert "unknown variable 'coers': did you mean 'cores'" in told
    assert "users: '0' is not a whole number from 1" in told
    assert "users: 'x'" in told
    assert "users is there twice" in told
    assert "memory: " in told
    assert "loc has no levels (write it like 'loc=5000,20000,80000')" in told
    assert "cores: it takes two levels to compare" in told
    assert parse_scale(" ; ")[1] == ["names nothing to vary (write it like 'cores=1,2,4;users=1,2,5,10')"]
    assert parse_scale("users=1,1")[1] == ["users: a level is there twice"]


def test_a_scenario_may_have_one():
    scenario = parse_scenario(SCENARIO + "scale: {cores: [1, 2], users: [1, 4]}", "s.yaml")
    assert [axis.variable for axis in scenario.scale] == ["cores", "users"]
    with pytest.raises(ConfigError, match=r"s.yaml:5: scale: unknown variable 'user'"):
        parse_scenario(SCENARIO + "scale: {user: [1, 2]}", "s.yaml")
    with pytest.raises(ConfigError, match="neither stages nor a ramp"):
        parse_scenario(SCENARIO + "scale: {users: [1, 2]}\nramp: 1..4", "s.yaml")
