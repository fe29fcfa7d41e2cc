"""Scenario trees: what one takes over from another, and what a profile makes of it.

Works on YAML nodes, each with the file and line it came from, before anybody asks what they mean; what they
mean is the workload's business. Reads no files.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from pytest_rustide_load.codebase import CodebaseSpec
from pytest_rustide_load.errors import ConfigError, Problem, did_you_mean, nearest_name
from pytest_rustide_load.scenarios.matrix import MATRIX_KEY, cell_name, each_value_once, read_matrix
from pytest_rustide_load.units import parse_duration_ns
from pytest_rustide_load.workload import Scenario, UserBehavior, read_scenario
from pytest_rustide_load.workload.networks import NETWORKS, LinkProfile
from pytest_rustide_load.workload.parse import FILE_KEYS, SCENARIO_KEYS
from pytest_rustide_load.yamltree import Node

__all__ = ["PROFILES", "build_scenario", "inherit", "named"]

# How long one looks: seconds, to see that everything works; as a scenario says, which fits a pipeline; and as
# long as its requirement says.
PROFILES = ("smoke", "ci", "full")


# What a profile may not change: it would be another scenario.
_KEYS = (*SCENARIO_KEYS, *FILE_KEYS)
_FIXED = ("name", "description", "figures", *FILE_KEYS)
_SMOKE_S = {"duration": "6s", "warm_up": "1s"}
_SMOKE_LOC = 5_000


def inherit(
    root: Node,
    find: Callable[[str], Node | None],
    *,
    known: Collection[str],
    path: tuple[str, ...] = (),
    problems: list[Problem] | None = None,
) -> Node:
    """`root` with what it `extends` beneath it: mappings are merged, other values replaced, and null takes
    one away. A name and a matrix are their scenario's own. `find` gives the tree of a name as it was
    written, `known` are the names there are.

    Raises ConfigError for unknown names and for scenarios that extend one another. Where `problems` are
    given, an unknown name is one more of them and its nearest is taken, so that the rest can be read.
    """
    link = root.get("extends")
    if link is None or link.content is None or not root.is_mapping:
        return root
    name = str(link.value)
    if name in path:
        circle = " → ".join((*path[path.index(name) :], name))
        raise ConfigError(root.problem(f"scenarios extend one another: {circle}", key="extends"))
    parent = find(name)
    if parent is None:
        message = f"extends unknown scenario {name!r}: {did_you_mean(name, known)}"
        problem = root.problem(message, key="extends")
        name = nearest_name(name, known) or ""
        parent = None if name in path else find(name)
        if problems is None or parent is None:
            raise ConfigError(problem)
        problems.append(problem)
    whole = inherit(parent, find, known=known, path=(*path, name), problems=problems)
    # Two scenarios of one name could not be told apart, and a matrix would override what is stated here.
    return _merge(_without(whole, ("name", MATRIX_KEY)), _without(root, ("extends",)), _KEYS)


def build_scenario(
    root: Node,
    behaviors: Mapping[str, UserBehavior],
    profile: str = "ci",
    networks: Mapping[str, LinkProfile] = NETWORKS,
    checked: Collection[str] = PROFILES,
) -> Scenario:
    """The scenario of a tree that inherits nothing any more, as `profile` wants it, with the cells of its
    matrix; `behaviors` are the kinds of users it may name, and `networks` the links besides its own.

    Raises ConfigError with every problem, those of all cells and in each of the profiles `checked` too,
    which `profile` has to be one of.
    """
    if not root.is_mapping:
        raise ConfigError(root.problem("a scenario must be a mapping"))
    problems: list[Problem] = []
    blocks = root.get("profiles")
    if blocks is not None:
        problems += _check_profiles(blocks)
    base = _without(root, FILE_KEYS)

    def build(tree: Node) -> Scenario | None:
        built = _build(
            tree, blocks, checked, problems, lambda profiled: read_scenario(profiled, behaviors, networks)
        )
        return replace(built[profile], profile=profile) if profile in built else None

    whole = build(base)
    cells: list[Scenario] = []
    try:
        matrix = read_matrix(root)
    except ConfigError as error:
        matrix = ()
        problems += error.problems
    for cell in matrix:
        tree = base
        for change in cell.changes:
            tree = _merge(tree, change, _KEYS)
        built = build(tree)
        if whole is not None and built is not None:
            name = cell_name(whole.name, cell.labels)
            cells.append(replace(built, name=name, family=whole.name))
    if problems or whole is None:
        raise ConfigError(sorted(problems, key=lambda problem: (problem.source or "", problem.line or 0)))
    few = {cell_name(whole.name, cell.labels) for cell in each_value_once(matrix)}
    return replace(whole, cells=tuple(cells), few=tuple(cell for cell in cells if cell.name in few))


def _build(
    base: Node,
    blocks: Node | None,
    profiles: Collection[str],
    problems: list[Problem],
    read: Callable[[Node], Scenario],
) -> dict[str, Scenario]:
    """The scenario of one tree as each of the `profiles` wants it, but for those in which it has mistakes;
    new ones are added to `problems`."""
    built: dict[str, Scenario] = {}
    found: dict[Problem, list[str]] = {}
    for name in profiles:
        block = None if blocks is None else blocks.get(name)
        tree = _profiled(base, name, block if block is None or block.is_mapping else None)
        told = _check_codebase(tree)
        try:
            built[name] = read(tree)
        except ConfigError as error:
            told += error.problems
        for problem in dict.fromkeys(told):
            found.setdefault(problem, []).append(name)
    for problem, where in found.items():
        if len(where) < len(profiles):
            # What is right in one profile may be wrong in another, which is shorter.
            message = f"{problem.message} (in the profile {' and '.join(where)})"
            problem = replace(problem, message=message)  # noqa: PLW2901  the same one, told better
        # Each cell finds the mistakes of what all have in common.
        if problem not in problems:
            problems.append(problem)
    return built


def named(root: Node, name: str) -> Node:
    """The tree with `name` where it has no name of its own."""
    if not root.is_mapping or root.get("name") is not None:
        return root
    return _merge(_plain({"name": name}, root), root, _KEYS)


def _check_profiles(blocks: Node) -> list[Problem]:
    if not blocks.is_mapping:
        return [blocks.problem("profiles must be a mapping")]
    problems = [
        blocks.problem(f"unknown profile {name!r}: {did_you_mean(name, PROFILES)}", key=name)
        for name in blocks
        if name not in PROFILES
    ]
    for name, block in blocks.items():
        if not block.is_mapping:
            problems.append(blocks.problem(f"profile {name!r} must be a mapping", key=name))
        problems += [
            block.problem(f"a profile cannot change the {key} of its scenario", key=key)
            for key in block
            if key in _FIXED
        ]
    return problems


def _profiled(base: Node, profile: str, block: Node | None) -> Node:
    """The tree as the profile's block says; where it says nothing of a time, the profile's own idea."""
    changes: dict[str, object] = {}
    if profile == "smoke":
        changes |= _smoke(base)
    if profile == "full":
        changes |= _full(base)
    tree = _merge(base, _plain(changes, base)) if changes else base
    return tree if block is None else _merge(tree, _without(block, _FIXED), _KEYS)


def _smoke(base: Node) -> dict[str, object]:
    changes: dict[str, object] = {
        key: text for key, text in _SMOKE_S.items() if not _shorter(base, key, text)
    }
    if base.get("starts") is not None:
        changes["starts"] = 1
    try:
        larger = CodebaseSpec(seed=0, **_fields(base)).loc > _SMOKE_LOC
    except (ConfigError, TypeError):
        return changes
    return changes | {"codebase": {"loc": _SMOKE_LOC}} if larger else changes


def _shorter(base: Node, key: str, text: str) -> bool:
    given = base.get(key)
    try:
        return given is not None and parse_duration_ns(str(given.value)) <= parse_duration_ns(text)
    except ValueError:
        return False


def _fields(tree: Node) -> dict[str, Any]:
    codebase = tree.get("codebase")
    return codebase.value if codebase is not None and codebase.is_mapping else {}


def _check_codebase(tree: Node) -> list[Problem]:
    codebase = tree.get("codebase")
    if codebase is None:
        return []
    if not codebase.is_mapping:
        return [codebase.problem("codebase must be a mapping")]
    known = [name for name in CodebaseSpec.__dataclass_fields__ if name != "seed"]
    problems = [
        codebase.problem(f"unknown key {key!r} in codebase: {did_you_mean(key, known)}", key=key)
        for key in codebase
        if key not in known
    ]
    try:
        CodebaseSpec(seed=0, **{key: value for key, value in _fields(tree).items() if key in known})
    except ConfigError as error:
        for problem in error.problems:
            key = next((name for name in codebase if name in problem.message), None)
            problems.append(codebase.problem(f"codebase: {problem.message}", key=key))
    return problems


def _full(base: Node) -> dict[str, object]:
    """The duration that the requirement states, where it states one."""
    figures = base.get("figures")
    stated = None if figures is None else figures.get("duration")
    if stated is not None and stated.is_mapping:
        stated = stated.get("stated")
    if stated is None:
        return {}
    text = str(stated.value).replace("hours", "h").replace("hour", "h").replace("minutes", "min")
    try:
        parse_duration_ns(text)
    except ValueError:
        return {}
    return {"duration": text}


def _plain(value: object, where: Node) -> Node:
    """Plain values as nodes that point to `where`."""
    if isinstance(value, Mapping):
        content = {key: _plain(child, where) for key, child in value.items()}
        return Node(content, where.source, where.line, {})
    assert isinstance(value, str | int)  # noqa: S101  what profiles are made of
    return Node(value, where.source, where.line, {})


def _merge(under: Node, over: Node, known: Collection[str] | None = None) -> Node:
    """Null takes away what is beneath it. Where the keys that there may be are `known`, one that is none of
    them stays, so that it is told."""
    if not (isinstance(under.content, dict) and isinstance(over.content, dict)):
        return over
    content = dict(under.content)
    for key, child in over.content.items():
        if child.content is None:
            content.pop(key, None)
            if known is not None and key not in known:
                content[key] = child
        else:
            # A codebase of another profile has nothing in common with the one before.
            afresh = key not in content or (key == "codebase" and child.get("profile") is not None)
            content[key] = child if afresh else _merge(content[key], child)
    kept = {key: line for key, line in under.key_lines.items() if over.source == under.source}
    return Node(content, over.source, over.line, kept | over.key_lines)


def _without(node: Node, keys: Collection[str]) -> Node:
    if not isinstance(node.content, dict):
        return node
    content = {key: child for key, child in node.content.items() if key not in keys}
    return Node(content, node.source, node.line, node.key_lines)
