"""Faults and restarts as markers and as a fixture: `backend_fault` and `recovery`, with the values that the
keys `fault` and `restart` of a scenario have.

Knows nothing of how any of it is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from pytest_rustide_load.errors import ConfigError, Problem
from pytest_rustide_load.plugin.markers import source_of
from pytest_rustide_load.workload import Scenario
from pytest_rustide_load.workload.faults import FAULTS, Fault, Restart
from pytest_rustide_load.workload.read_faults import read_fault, read_restart
from pytest_rustide_load.workload.reading import Reader
from pytest_rustide_load.yamltree import Node

__all__ = ["fault_by_markers", "parse_fault", "with_faults"]

_T = TypeVar("_T")
# Of a run whose length is not known yet nothing is too late.
_ANY_LENGTH_S = 1e9


def parse_fault(
    args: tuple[object, ...], kwargs: Mapping[str, object], *, source: str = "", line: int | None = None
) -> Fault:
    """`("kill",)` and `{"at": "3s"}`. Raises ConfigError with every problem."""
    given = _given("kind", args, kwargs, source, line)
    reader = Reader()
    fault = read_fault(reader, _tree({"fault": given}, source, line), _ANY_LENGTH_S)
    return _checked("backend_fault", fault or Fault("kill"), reader, source, line)


def fault_by_markers(item: pytest.Item) -> tuple[Fault | None, Restart | None]:
    """What the nearest marker of each kind asks for. Raises ConfigError with every problem."""
    fault: Fault | None = None
    restart: Restart | None = None
    problems: list[Problem] = []
    for nearest, (node, marker) in enumerate(item.iter_markers_with_node("backend_fault")):
        path, line = source_of(node)
        try:
            found = parse_fault(marker.args, marker.kwargs, source=path, line=line)
            fault = found if nearest == 0 else fault
        except ConfigError as error:
            problems += error.problems
    for nearest, (node, marker) in enumerate(item.iter_markers_with_node("recovery")):
        path, line = source_of(node)
        try:
            how = _restart(marker.args, marker.kwargs, path, line)
            restart = how if nearest == 0 else restart
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return fault, restart


def with_faults(scenario: Scenario, item: pytest.Item, fault: Fault | None, measured_s: float) -> Scenario:
    """`scenario` with what the markers of `item` ask for, or the `fault` given to this run alone, which takes
    `measured_s`. Raises ConfigError."""
    marked, restart = fault_by_markers(item)
    chosen = fault or marked or scenario.fault
    if chosen is not None and chosen is not scenario.fault and chosen.after_s(measured_s) >= measured_s:
        late = f"{FAULTS[chosen.kind].name} at {chosen.after_s(measured_s):g} s"
        raise ConfigError(f"backend_fault: {late}: the measured time of {measured_s:g} s is over by then")
    return replace(scenario, fault=chosen, restart=restart or scenario.restart)


def _restart(
    args: tuple[object, ...], kwargs: Mapping[str, object], source: str, line: int | None
) -> Restart:
    given = _given("rule", args, kwargs, source, line)
    reader = Reader()
    found = read_restart(reader, _tree({"restart": given}, source, line))
    return _checked("recovery", found or Restart(), reader, source, line)


def _given(
    first: str, args: tuple[object, ...], kwargs: Mapping[str, object], source: str, line: int | None
) -> dict[str, object]:
    if len(args) > 1 or (args and first in kwargs):
        name = "backend_fault" if first == "kind" else "recovery"
        raise ConfigError(Problem(f"{name}: takes one {first}, and everything else by name", source, line))
    return {**({first: args[0]} if args else {}), **kwargs}


def _checked(name: str, found: _T, reader: Reader, source: str, line: int | None) -> _T:
    if reader.problems:
        raise ConfigError(
            [Problem(f"{name}: {problem.message}", source, line) for problem in reader.problems]
        )
    return found


def _tree(value: Any, source: str, line: int | None) -> Node:
    """Plain values as the nodes of a file."""
    content = value
    if isinstance(value, Mapping):
        content = {str(key): _tree(each, source, line) for key, each in value.items()}
    elif isinstance(value, list | tuple):
        content = [_tree(each, source, line) for each in value]
    return Node(content, source, line or 0, {})
