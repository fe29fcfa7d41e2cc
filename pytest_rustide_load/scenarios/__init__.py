"""The scenario library: one YAML file a scenario, and the suites, with their reader; people's own files too.

Knows where the files lie; what they mean is the workload's business.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path

from pytest_rustide_load.errors import ConfigError, Problem
from pytest_rustide_load.scenarios.library import PROFILES, build_scenario, inherit, named
from pytest_rustide_load.workload import Scenario, UserBehavior, parse_behaviors, parse_suites
from pytest_rustide_load.workload.networks import NETWORKS, LinkProfile
from pytest_rustide_load.yamltree import Node, parse_own_yaml, parse_yaml

__all__ = [
    "PROFILES",
    "SUFFIX",
    "find_scenario_files",
    "load_behaviors",
    "load_scenarios",
    "load_suites",
    "read_scenario_file",
    "scenario_name",
    "scenario_names",
    "with_cells",
]

SUFFIX = ".scenario.yaml"
_SUITES = "suites.yaml"
_BEHAVIORS = "behaviors.yaml"
# Where builds and packages lie; nobody keeps a scenario there.
_SKIPPED = frozenset({"target", "build", "dist", "node_modules", "site-packages", "venv", "__pycache__"})


@cache
def load_scenarios(profile: str = "ci") -> dict[str, Scenario]:
    """The built-in scenarios by name, sorted, as `profile` wants them; each with the cells of its matrix."""
    trees = _built_in()
    return {
        name: build_scenario(
            inherit(tree, trees.get, known=trees, path=(name,)),
            load_behaviors(),
            profile,
            # They are right in the others as well, which need not be asked whenever somebody runs one.
            checked=(profile,),
        )
        for name, tree in trees.items()
    }


def with_cells(scenarios: Iterable[Scenario]) -> dict[str, Scenario]:
    """The scenarios by name, each followed by the cells of its matrix."""
    return {one.name: one for scenario in scenarios for one in (scenario, *scenario.cells)}


@cache
def load_behaviors() -> dict[str, UserBehavior]:
    """The kinds of users that scenarios may name."""
    text = resources.files(__name__).joinpath(_BEHAVIORS).read_text(encoding="utf-8")
    return parse_behaviors(text, _BEHAVIORS)


@cache
def load_suites(profile: str = "ci") -> dict[str, tuple[str, ...]]:
    """The suites by name: the scenarios of each, in the order they run. They are the same in every `profile`;
    one whose scenarios are loaded takes no time."""
    text = resources.files(__name__).joinpath(_SUITES).read_text(encoding="utf-8")
    return parse_suites(text, _SUITES, scenarios=with_cells(load_scenarios(profile).values()))


def read_scenario_file(
    path: Path, source: str, profile: str = "ci", networks: Mapping[str, LinkProfile] = NETWORKS
) -> Scenario:
    """The scenario of one's own in the file `path`, which errors call `source`; it may name the `networks`.

    Its name is that of the file unless given. It may extend a built-in one, or NAME in the file
    NAME.scenario.yaml beside it. Raises ConfigError with every problem.
    """
    root = _read(path, source)
    built_in = _built_in()
    beside = {scenario_name(file): file for file in _siblings(path)}

    def find(name: str) -> Node | None:
        if name in beside:
            return _read(beside[name], str(Path(source).with_name(beside[name].name)))
        return built_in.get(name)

    own_name = scenario_name(path)
    problems: list[Problem] = []
    whole = named(
        inherit(root, find, known=(*beside, *built_in), path=(own_name,), problems=problems), own_name
    )
    name = whole.get("name")
    if name is not None and isinstance(name.value, str) and name.value in built_in:
        problems.append(root.problem(f"{name.value!r} is the name of a built-in scenario", key="name"))
    try:
        scenario = build_scenario(whole, load_behaviors(), profile, networks)
    except ConfigError as error:
        problems += error.problems
    if problems:
        raise ConfigError(sorted(problems, key=lambda problem: (problem.source or "", problem.line or 0)))
    return scenario


def scenario_name(path: Path) -> str:
    """What the scenario in `path` is called unless it says so itself."""
    return path.name.removesuffix(SUFFIX)


def scenario_names(root: Path) -> Iterator[str]:
    """What the scenarios in files below `root` are called, cells too; of a file with mistakes, the name it
    would have."""
    for path in find_scenario_files(root):
        yield scenario_name(path)
        with contextlib.suppress(ConfigError):
            yield from with_cells([read_scenario_file(path, path.name)])


def find_scenario_files(root: Path) -> Iterator[Path]:
    """Every file of a scenario below `root`, sorted; hidden directories and those of builds are left out, and
    the library itself."""
    library = Path(__file__).parent
    for directory, names, files in os.walk(root):
        if library.samefile(directory):
            continue
        names[:] = sorted(name for name in names if name not in _SKIPPED and not name.startswith("."))
        yield from (Path(directory, file) for file in sorted(files) if file.endswith(SUFFIX))


@cache
def _built_in() -> dict[str, Node]:
    """The trees of the built-in scenarios by name, sorted, as they were written."""
    files = [entry for entry in resources.files(__name__).iterdir() if entry.name.endswith(SUFFIX)]
    return {
        entry.name.removesuffix(SUFFIX): parse_own_yaml(entry.read_text(encoding="utf-8"), entry.name)
        for entry in sorted(files, key=lambda entry: entry.name.removesuffix(SUFFIX))
    }


def _siblings(path: Path) -> Iterator[Path]:
    return (file for file in sorted(path.parent.glob(f"*{SUFFIX}")) if file.name != path.name)


def _read(path: Path, source: str) -> Node:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(Problem(f"cannot be read: {error}", source)) from None
    return parse_yaml(text, source)
