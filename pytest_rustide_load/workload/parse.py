"""Scenarios, kinds of users and suites from YAML; every mistake is reported with its line.

Takes text or trees; knows nothing of where they lay.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from pytest_rustide_load.errors import ConfigError, Problem, did_you_mean
from pytest_rustide_load.workload.networks import NETWORKS, LinkProfile
from pytest_rustide_load.workload.read_faults import read_fault, read_restart
from pytest_rustide_load.workload.read_figures import read_figures
from pytest_rustide_load.workload.reading import (
    Reader,
    read_arrivals,
    read_count,
    read_counts,
    read_editor,
    read_flag,
    read_name,
    read_priority,
    read_ramp,
    read_scale,
    read_seconds,
    read_text,
    read_time,
    read_topology,
    read_users,
)
from pytest_rustide_load.workload.scenario import (
    ARRIVALS,
    TOPOLOGIES,
    EnvironmentConfig,
    Scenario,
    Stage,
    TimingProfile,
    UserBehavior,
    WorkingSet,
)
from pytest_rustide_load.workload.size import asks_nothing, too_large
from pytest_rustide_load.workload.stress import STORAGES
from pytest_rustide_load.workload.surroundings import read_networks, read_storage, read_stress
from pytest_rustide_load.yamltree import Node, parse_yaml

__all__ = ["FILE_KEYS", "SCENARIO_KEYS", "parse_behaviors", "parse_scenario", "parse_suites", "read_scenario"]

SCENARIO_KEYS = (
    "name",
    "description",
    "figures",
    "users",
    "behaviors",
    "warm_up",
    "duration",
    "request_timeout",
    "starts",
    "shape",
    "ramp",
    "knee",
    "scale",
    "presence",
    "arrivals",
    "editor",
    "edits",
    "errors",
    "network",
    "networks",
    "storage",
    "priority",
    "stress",
    "fault",
    "restart",
    "topology",
    "codebase",
    "working_set",
    "refactored_files",
    "shared_files",
    "operations",
    "stages",
)
# What a file of a scenario may have besides; nothing is left of it in the tree that is read here.
FILE_KEYS = ("extends", "profiles", "matrix")
_STAGE_KEYS = ("name", "duration", "operations", "baseline", "stress", "network")
_BEHAVIOR_KEYS = (
    "description",
    "figures",
    "count",
    "extends",
    "operations",
    "arrivals",
    "editor",
    "edits",
    "errors",
    "network",
    "priority",
    "working_set",
)


def parse_scenario(text: str, source: str) -> Scenario:
    """The scenario in `text`. Raises ConfigError with every problem, each with file and line."""
    return read_scenario(parse_yaml(text, source))


def read_scenario(
    root: Node,
    behaviors: Mapping[str, UserBehavior] | None = None,
    networks: Mapping[str, LinkProfile] = NETWORKS,
) -> Scenario:
    """The scenario of a tree; `behaviors` are the kinds of users it may name, and `networks` the links
    besides its own. Raises ConfigError with every problem, each with file and line."""
    reader = Reader()
    reader.networks = read_networks(reader, root, networks)
    reader.check_keys(root, SCENARIO_KEYS, "a scenario", elsewhere=FILE_KEYS)
    codebase = root.get("codebase")
    kinds = _behaviors(reader, root, behaviors or {})
    of_kinds = sum(count for _, count in kinds)
    users = reader.read(root, "users", read_users, max(of_kinds, 1))
    stages, stages_s = _stages(reader, root)
    duration_s = reader.read(root, "duration", read_time, stages_s or 30.0)
    scenario = Scenario(
        name=reader.read(root, "name", read_name, ""),
        description=reader.read(root, "description", read_text, ""),
        users=max(users, of_kinds),
        warm_up_s=reader.read(root, "warm_up", read_seconds, 5.0),
        duration_s=duration_s,
        request_timeout_s=reader.read(root, "request_timeout", read_time, 10.0),
        starts=reader.read(root, "starts", read_count, 1),
        shape=reader.shape(root, "shape"),
        presence=reader.shape(root, "presence"),
        ramp=reader.read(root, "ramp", read_ramp, ()),
        knee=reader.knee(root),
        scale=reader.read(root, "scale", read_scale, ()),
        arrivals=reader.read(root, "arrivals", read_arrivals, ARRIVALS[0]),
        editor=reader.read(root, "editor", read_editor, "raw"),
        edits=reader.edits(root),
        errors=reader.errors(root),
        patterns=reader.patterns(root),
        working_set=reader.working_set(root, WorkingSet()),
        codebase={} if codebase is None or not codebase.is_mapping else codebase.value,
        figures=read_figures(reader, root),
        behaviors=kinds,
        stages=stages,
        network=reader.network(root),
        networks=reader.networks,
        storage=reader.read(root, "storage", read_storage, STORAGES[0]),
        priority=reader.read(root, "priority", read_priority, "normal"),
        stress=read_stress(reader, root),
        fault=read_fault(reader, root, duration_s),
        restart=read_restart(reader, root),
        topology=reader.read(root, "topology", read_topology, TOPOLOGIES[0]),
        refactored_files=reader.read(root, "refactored_files", read_counts, None),
        shared_files=reader.read(root, "shared_files", read_count, 0),
    )
    required = ["name", "description"] if kinds or stages else ["name", "description", "operations"]
    reader.problems += [root.problem(f"has no {key}") for key in required if root.get(key) is None]
    if scenario.ramp and scenario.stages:
        reader.problems.append(root.problem("what has stages has no ramp", key="ramp"))
    if scenario.scale and (scenario.stages or scenario.ramp):
        message = "what is scaled has neither stages nor a ramp: throughput would be of several loads"
        reader.problems.append(root.problem(message, key="scale"))
    if scenario.knee is not None and not scenario.ramp:
        reader.problems.append(root.problem("a knee is searched for in a ramp: give it one", key="knee"))
    if users < of_kinds:
        message = f"users: {users} are fewer than the {of_kinds} of its behaviors"
        reader.problems.append(root.problem(message, key="users"))
    if message := too_large(scenario):
        reader.problems.append(root.problem(f"{message}: shorten it, or ask less often", key="duration"))
    if not reader.problems and asks_nothing(scenario):
        reader.problems.append(root.problem("nothing is ever asked: give it operations with a rate"))
    if reader.problems:
        raise ConfigError(sorted(reader.problems, key=lambda problem: problem.line or 0))
    return scenario


def parse_behaviors(text: str, source: str) -> dict[str, UserBehavior]:
    """Kinds of users by name. Raises ConfigError with every problem."""
    reader = Reader()
    found = {
        name: _behavior(reader, name, node, UserBehavior(name=name))
        for name, node in parse_yaml(text, source).items()
    }
    if reader.problems:
        raise ConfigError(reader.problems)
    return found


def parse_suites(text: str, source: str, *, scenarios: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Suites by name: the names of their scenarios. Raises ConfigError with every problem."""
    problems: list[Problem] = []
    suites: dict[str, tuple[str, ...]] = {}
    for name, node in parse_yaml(text, source).items():
        members = [str(element.value) for element in node.elements()]
        if not members:
            problems.append(node.problem(f"suite {name!r} must be a list of scenarios"))
        problems += [
            element.problem(
                f"unknown scenario {element.value!r}: {did_you_mean(str(element.value), scenarios)}"
            )
            for element in node.elements()
            if element.value not in scenarios
        ]
        suites[name] = tuple(members)
    if problems:
        raise ConfigError(problems)
    return suites


def _behaviors(
    reader: Reader, root: Node, known: Mapping[str, UserBehavior]
) -> tuple[tuple[UserBehavior, int], ...]:
    """`{code-reviewer: 2}`, or a mapping with a `count` of what is different about these."""
    node = root.get("behaviors")
    if node is None:
        return ()
    if not node.is_mapping or not list(node):
        reader.problems.append(
            root.problem("behaviors must be a mapping of kinds to counts", key="behaviors")
        )
        return ()
    found: list[tuple[UserBehavior, int]] = []
    for name, child in node.items():
        own = child.is_mapping
        count = reader.read(child, "count", read_users, 1) if own else reader.read(node, name, read_users, 1)
        parent = child.get("extends")
        base = str(parent.value) if parent is not None else name
        if base not in known and (parent is not None or not own):
            where = node if parent is None else child
            message = f"unknown behavior {base!r}: {did_you_mean(base, known)}"
            reader.problems.append(where.problem(message, key=name if parent is None else "extends"))
            continue
        under = known.get(base, UserBehavior(name=name))
        found.append((_behavior(reader, name, child, under) if own else under, count))
    return tuple(found)


def _stages(reader: Reader, root: Node) -> tuple[tuple[Stage, ...], float]:
    """The stages, each with its share of their time, and how long they take together."""
    node = root.get("stages")
    if node is None:
        return (), 0.0
    if not node.is_list or not list(node.elements()):
        reader.problems.append(root.problem("stages must be a list", key="stages"))
        return (), 0.0
    found: list[tuple[str, float, Stage]] = []
    for number, child in enumerate(node.elements(), start=1):
        reader.check_keys(child, _STAGE_KEYS, f"stage {number}")
        name = reader.read(child, "name", read_text, f"stage {number}")
        patterns = reader.patterns(child)
        if any(pattern.think_time_s is not None for pattern in patterns):
            reader.problems.append(
                child.problem(f"{name}: operations of a stage need rates", key="operations")
            )
        seconds = reader.read(child, "duration", read_time, 0.0)
        if child.is_mapping and child.get("duration") is None:
            reader.problems.append(child.problem(f"{name} has no duration"))
        baseline = reader.read(child, "baseline", read_flag, False)
        stressed = reader.read(child, "stress", read_flag, True)
        found.append((name, seconds, Stage(name, 0.0, patterns, baseline, stressed, reader.network(child))))
    names = [name for name, _, _ in found]
    reader.problems += [
        node.problem(f"two stages are called {name!r}")
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    if sum(stage.is_baseline for _, _, stage in found) > 1:
        reader.problems.append(node.problem("only one stage can be the baseline"))
    total_s = sum(seconds for _, seconds, _ in found)
    stages = tuple(replace(stage, share=seconds / (total_s or 1)) for _, seconds, stage in found)
    return stages, total_s


def _behavior(reader: Reader, name: str, node: Node, under: UserBehavior) -> UserBehavior:
    """One kind of users; what the node does not say is that of `under`."""
    reader.check_keys(node, _BEHAVIOR_KEYS, f"the behavior {name}")
    if not node.is_mapping:
        return under
    timing, surroundings = under.timing_distributions, under.environmental_factors
    return UserBehavior(
        name=name,
        description=reader.read(node, "description", read_text, under.description),
        operation_patterns=reader.patterns(node) if "operations" in node else under.operation_patterns,
        timing_distributions=TimingProfile(reader.read(node, "arrivals", read_arrivals, timing.arrivals)),
        error_probabilities=reader.errors(node) if "errors" in node else under.error_probabilities,
        environmental_factors=EnvironmentConfig(
            reader.read(node, "editor", read_editor, surroundings.editor),
            reader.network(node, surroundings.network),
            reader.read(node, "priority", read_priority, surroundings.priority),
        ),
        edits=reader.edits(node) if "edits" in node else under.edits,
        working_set=reader.working_set(node, under.working_set),
        figures=read_figures(reader, node) or under.figures,
    )
