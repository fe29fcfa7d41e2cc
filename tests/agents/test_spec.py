"""What may be said of agents, and how mistakes are told."""

from __future__ import annotations

import pytest

from pytest_rustide_load.agents import AgentSpec, parse_agent_specs
from pytest_rustide_load.errors import ConfigError


def test_the_syntax_is_that_of_xdist():
    found = parse_agent_specs(["2*popen", "ssh=me@far//python=python3.12", "popen//chdir=/tmp"])
    assert found == (
        AgentSpec("popen"),
        AgentSpec("popen"),
        AgentSpec("ssh=me@far//python=python3.12", ssh="me@far", python="python3.12"),
        AgentSpec("popen//chdir=/tmp"),
    )
    assert [one.host for one in found] == ["", "", "me@far", ""]


def test_options_of_ssh_are_no_host():
    [found] = parse_agent_specs(["ssh=-p 2222 me@far"])
    assert found.host == "me@far"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("poppen", "unknown key 'poppen': did you mean 'popen'?"),
        ("socket=far:8888", "open no port"),
        ("0*popen", "no agent at all"),
        ("1001*popen", "more than 1,000 agents"),
        ("ssh", "ssh needs a host"),
        ("python=python3", "must be either popen or ssh=HOST"),
        ("popen//ssh=far", "must be either popen or ssh=HOST"),
        ("popen//popen", "duplicate key"),
        ("popen//_env=x", "unknown key '_env'"),
        ("", "names no way to start an agent"),
        ("popen////", "names no way to start an agent"),
        ("popen//id=x", "have no id"),
    ],
)
def test_mistakes_are_told_with_what_was_written(text, why):
    with pytest.raises(ConfigError) as told:
        parse_agent_specs([text], "--load-tx")
    assert str(told.value).startswith(f"--load-tx: {text!r}: ")
    assert why in str(told.value)


def test_all_mistakes_are_told_at_once():
    with pytest.raises(ConfigError) as told:
        parse_agent_specs(["popn", "4*popen", "socket=x"])
    assert len(told.value.problems) == 2
