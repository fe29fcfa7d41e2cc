"""The keys `fault` and `restart`, and every mistake in them with its line."""

from __future__ import annotations

import pytest

from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.lsp.restarts import RESTART_RULES
from pytest_rustide_load.workload import parse_scenario
from pytest_rustide_load.workload.faults import FAULTS, RESTART_NAMES, Fault, Restart

HEAD = "name: one\ndescription: one\nduration: 20s\noperations: {hover: 1/s}\n"


def read(text: str):
    return parse_scenario(HEAD + text, "mine.yaml")


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(text)
    return [str(problem) for problem in caught.value.problems]


def test_a_fault_comes_at_a_time_or_after_a_share():
    assert read("fault: {kind: kill, at: 5s}").fault == Fault("kill", at_s=5)
    halfway = read("fault: {kind: stop, at: 50%, duration: 2s, gate: false}").fault
    assert halfway == Fault("stop", at_ratio=0.5, duration_s=2, is_gated=False)
    assert halfway.after_s(20) == 10
    assert read("fault: {kind: kill, at: 5s}").recovers
    assert not read("").recovers


def test_a_restart_is_a_rule_or_a_mapping():
    assert read("restart: vscode").restart == Restart("vscode")
    assert read("restart: {watchdog: 4s}").restart == Restart("backoff", 4)
    assert read("restart: backoff").recovers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fault: {kind: kil, at: 5s}", ["kind: unknown fault 'kil': did you mean 'kill'"]),
        ("fault: {kind: kill}", ["a fault needs at"]),
        ("fault: {at: 5s, sort: kill}", ["unknown key 'sort' in a fault", "a fault needs kind"]),
        ("fault: {kind: stop, at: 5s}", ["the fault stop needs a duration, such as 5s"]),
        ("fault: {kind: kill, at: 5s, duration: 1s}", ["the fault kill takes no duration"]),
        ("fault: {kind: kill, at: 20s}", ["at: the measured time of 20 s is over by then"]),
        ("fault: {kind: kill, at: 100%}", ["at: the measured time of 20 s is over by then"]),
        ("fault: kill", ["a fault must be a mapping"]),
        ("restart: vscod", ["restart: unknown rule 'vscod': did you mean 'vscode'"]),
        ("restart: {watchdog: 0s}", ["watchdog: '0s' is no time to wait for an answer"]),
    ],
)
def test_mistakes_are_told_with_their_line(text, expected):
    told = problems(text)
    assert len(told) == len(expected)
    for line, start in zip(told, expected, strict=True):
        assert line.startswith(f"mine.yaml:5: {start}")


def test_the_names_of_rules_are_those_there_are():
    assert tuple(RESTART_RULES) == RESTART_NAMES
    assert {kind.group for kind in FAULTS.values()} == {"process", "cache", "connection"}
