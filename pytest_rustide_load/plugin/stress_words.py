"""What the stress markers and fixtures take, read the same way: names, values, and what is wrong with them.

Knows nothing of how any of it is done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from pytest_rustide_load.errors import ConfigError, Problem, did_you_mean
from pytest_rustide_load.plugin.markers import source_of
from pytest_rustide_load.workload import Scenario, Stress
from pytest_rustide_load.workload.networks import NETWORKS, LinkProfile
from pytest_rustide_load.workload.reading import one_of, read_ratio, read_size
from pytest_rustide_load.workload.stress import (
    CPU_MODELS,
    CPU_THROTTLINGS,
    MEMORY_PATTERNS,
    RECOVERY_ACTIONS,
)
from pytest_rustide_load.workload.surroundings import read_storage

__all__ = ["STRESS_MARKERS", "Asked", "asked_by_markers", "parse_call"]

_Read = Callable[[object], object]
_PARTS: Mapping[str, Mapping[str, tuple[str, _Read]]] = {
    "cpu_contention": {
        "target": ("cpu_ratio", read_ratio),
        "model": ("cpu_model", lambda value: one_of(value, CPU_MODELS)),
        "throttling": ("cpu_throttling", lambda value: one_of(value, CPU_THROTTLINGS)),
    },
    "memory_pressure": {
        "limit": ("memory_limit_bytes", read_size),
        "held": ("memory_bytes", read_size),
        "pattern": ("memory_pattern", lambda value: one_of(value, MEMORY_PATTERNS)),
        "recovery_action": ("recovery_action", lambda value: one_of(value, RECOVERY_ACTIONS)),
    },
    "network_profile": {"name": ("network", lambda value: value)},
    "storage": {"place": ("storage", read_storage), "io": ("io_bytes", read_size)},
}
STRESS_MARKERS = tuple(_PARTS)
# What is meant where nothing is said.
_DEFAULTS: Mapping[str, Mapping[str, object]] = {
    "cpu_contention": {"cpu_ratio": 0.9},
    "memory_pressure": {},
    "network_profile": {},
    "storage": {},
}
# Without one of these the others say nothing.
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "cpu_contention": (),
    "memory_pressure": ("limit", "held"),
    "network_profile": ("name",),
    "storage": ("place", "io"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a test asks for: fields of Stress, the name of a network and a storage, each empty for nothing."""

    stress: Mapping[str, Any] = field(default_factory=dict)
    network: str = ""
    storage: str = ""

    def over(self, scenario: Scenario, networks: Mapping[str, LinkProfile]) -> Scenario:
        """`scenario` with what is asked for in place of its own."""
        stress: Stress = replace(scenario.stress, **self.stress)
        return replace(
            scenario,
            stress=stress,
            network=self.network or scenario.network,
            networks={**scenario.networks, **networks} if self.network else scenario.networks,
            storage=self.storage or scenario.storage,
        )


def parse_call(
    kind: str,
    args: Sequence[object],
    kwargs: Mapping[str, object],
    *,
    networks: Mapping[str, LinkProfile] = NETWORKS,
    source: str = "",
    line: int | None = None,
) -> Asked:
    """What `kind`, one of STRESS_MARKERS, was called with. Raises ConfigError with every problem."""
    parts = _PARTS[kind]
    problems: list[str] = []
    if len(args) > 1:
        problems.append(f"takes one value without a name, {next(iter(parts))}")
    given = dict(zip(parts, args[:1], strict=False))
    problems += [f"{name} stands there twice" for name in given if name in kwargs]
    given |= kwargs
    found: dict[str, Any] = dict(_DEFAULTS[kind])
    for name, value in given.items():
        if name not in parts:
            problems.append(f"unknown key {name!r}: {did_you_mean(name, parts)}")
            continue
        key, read = parts[name]
        if key == "network":
            read = _network(networks)
        try:
            found[key] = read(value)
        except ValueError as error:
            problems.append(f"{name}: {error}")
    needed = _NEEDED[kind]
    if needed and not any(name in given for name in needed):
        problems.append(f"needs {' or '.join(needed)}")
    if problems:
        raise ConfigError([Problem(f"{kind}: {problem}", source, line) for problem in problems])
    network, storage = found.pop("network", ""), found.pop("storage", "")
    return Asked(found, network, storage)


def asked_by_markers(item: pytest.Item, networks: Mapping[str, LinkProfile] = NETWORKS) -> Asked:
    """What all markers of an item ask for, the nearest of a kind. Raises ConfigError with every problem."""
    stress: dict[str, Any] = {}
    network = storage = ""
    problems: list[Problem] = []
    for kind in STRESS_MARKERS:
        for nearest, (node, marker) in enumerate(item.iter_markers_with_node(kind)):
            path, line = source_of(node)
            try:
                asked = parse_call(
                    kind, marker.args, marker.kwargs, networks=networks, source=path, line=line
                )
            except ConfigError as error:
                problems += error.problems
                continue
            if nearest == 0:
                stress |= asked.stress
                network, storage = asked.network or network, asked.storage or storage
    if problems:
        raise ConfigError(problems)
    return Asked(stress, network, storage)


def _network(networks: Mapping[str, LinkProfile]) -> _Read:
    return lambda value: one_of(value, networks)
