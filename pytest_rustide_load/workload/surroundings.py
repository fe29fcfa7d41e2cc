"""Networks, storage and stress in scenario files: what each key may hold, every mistake noted with its line.

Takes nodes; knows nothing of files, nor of how any of it is done.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.workload.networks import NETWORKS, LinkProfile, parse_profile
from pytest_rustide_load.workload.reading import Reader, one_of, read_ratio, read_size
from pytest_rustide_load.workload.stress import (
    CPU_MODELS,
    CPU_THROTTLINGS,
    MEMORY_PATTERNS,
    RECOVERY_ACTIONS,
    STORAGES,
    STRESS_KEYS,
    Stress,
)
from pytest_rustide_load.yamltree import Node

__all__ = ["read_networks", "read_storage", "read_stress"]


def read_stress(reader: Reader, root: Node) -> Stress:
    """What else goes on while load runs; what is wrong with it is noted by the reader."""
    node = root.get("stress")
    if node is None:
        return Stress()
    reader.check_keys(node, STRESS_KEYS, "stress")
    default = Stress()

    def named(key: str, names: Collection[str], otherwise: str) -> str:
        return reader.read(node, key, lambda value: one_of(value, names), otherwise)

    found = Stress(
        reader.read(node, "cpu", read_ratio, 0.0),
        named("cpu_model", CPU_MODELS, default.cpu_model),
        named("cpu_throttling", CPU_THROTTLINGS, default.cpu_throttling),
        reader.read(node, "memory", read_size, 0),
        named("memory_pattern", MEMORY_PATTERNS, default.memory_pattern),
        reader.read(node, "memory_limit", read_size, 0),
        named("recovery_action", RECOVERY_ACTIONS, ""),
        reader.read(node, "io", read_size, 0),
    )
    if found.recovery_action and not found.is_any:
        reader.problems.append(
            node.problem("recovery_action: there is nothing to recover from", key="recovery_action")
        )
    return found


def read_networks(
    reader: Reader, root: Node, known: Mapping[str, LinkProfile] = NETWORKS
) -> dict[str, LinkProfile]:
    """The networks by name: those `known`, and those of the tree's `networks`."""
    node = root.get("networks")
    found = dict(known)
    if node is None:
        return found
    if not node.is_mapping:
        reader.problems.append(root.problem("networks must be a mapping of names to links", key="networks"))
    for name, child in node.items():
        if not child.is_mapping:
            reader.problems.append(node.problem(f"the network {name} must be a mapping", key=name))
            continue
        try:
            found[name] = parse_profile(name, child.value)
        except ConfigError as error:
            # Who names it makes no mistake.
            found[name] = LinkProfile(name, 0)
            for problem in error.problems:
                message = f"the network {name}: {problem.message}"
                key = next((key for key in child if key in problem.message), None)
                reader.problems.append(
                    node.problem(message, key=name) if key is None else child.problem(message, key=key)
                )
    return found


def read_storage(value: object) -> str:
    """`disk`, `ram`, or a directory, written with a slash."""
    return value if isinstance(value, str) and "/" in value else one_of(value, STORAGES)
