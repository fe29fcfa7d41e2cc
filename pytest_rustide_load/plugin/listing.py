"""`--load-list` and `--load-show`: what there is to run and what one of it does, without running anything."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_rustide_load.errors import ConfigError, did_you_mean
from pytest_rustide_load.plugin.explain import explain
from pytest_rustide_load.plugin.runtime import get_runtime
from pytest_rustide_load.scenarios import PROFILES, SUFFIX, find_scenario_files, load_scenarios, load_suites
from pytest_rustide_load.workload import Scenario

__all__ = ["print_scenarios", "render_scenarios"]


def print_scenarios(config: pytest.Config) -> int:
    """What the command line asks for, on stdout; returns the exit status."""
    wanted = config.getoption("load_show")
    try:
        text = render_scenarios(config) if wanted is None else _show(config, wanted)
    except ConfigError as error:
        sys.stderr.write("".join(f"ERROR: {problem}\n" for problem in error.problems))
        return int(pytest.ExitCode.USAGE_ERROR)
    sys.stdout.write(text + "\n")
    return 0


def render_scenarios(config: pytest.Config, width: int = 80) -> str:
    """The suites and scenarios as text, at most `width` columns wide; those of one's own with their files."""
    scenarios, suites = load_scenarios(), load_suites()
    own = {name: (path, found) for name, path, found in _own(config)}
    indent = max(len(name) for name in (*scenarios, *suites, *own)) + 4

    def entry(name: str, text: str) -> str:
        head = f"  {name}".ljust(indent)
        # A name that is broken at a hyphen cannot be copied.
        return textwrap.fill(
            text, width, initial_indent=head, subsequent_indent=" " * indent, break_on_hyphens=False
        )

    lines = ["suites (pytest --load-scenario=NAME):"]
    lines += [entry(name, ", ".join(members)) for name, members in suites.items()]
    lines += ["", "scenarios:"]
    lines += [entry(name, scenario.description + _cells(scenario)) for name, scenario in scenarios.items()]
    if own:
        lines += ["", "your own (pytest FILE, or --load-scenario=NAME where it is collected):"]
        for name, (path, found) in own.items():
            what = f"has mistakes, see --load-show={name}"
            if isinstance(found, Scenario):
                what = found.description + _cells(found)
            lines.append(entry(name, f"{path}: {what}"))
    lines += ["", "pytest --load-show=NAME explains one in full."]
    return "\n".join(lines)


def _cells(scenario: Scenario) -> str:
    return f" ({len(scenario.cells)} cells)" if scenario.cells else ""


def _own(config: pytest.Config) -> Iterator[tuple[str, str, Scenario | ConfigError]]:
    """The name and the file of each of one's own, with what is wrong where it cannot be read."""
    runtime = get_runtime(config)
    for path in find_scenario_files(config.rootpath):
        source = os.path.relpath(path, config.rootpath)
        try:
            scenario = runtime.scenario_of_file(path)
        except ConfigError as error:
            yield path.name.removesuffix(SUFFIX), source, error
        else:
            yield scenario.name, source, scenario


def _show(config: pytest.Config, wanted: str) -> str:
    runtime = get_runtime(config)
    path = Path(config.invocation_params.dir, wanted)
    if wanted.endswith(SUFFIX) and path.is_file():
        wanted = runtime.scenario_of_file(path).name
    elif wanted not in runtime.scenarios:
        for name, _, found in _own(config):
            if name == wanted and isinstance(found, ConfigError):
                raise found
            if wanted in runtime.scenarios:
                break
        else:
            suites = load_suites()
            if wanted in suites:
                members = ", ".join(suites[wanted])
                raise ConfigError(f"--load-show: {wanted!r} is a suite of {members}: show one of them")
            # Of matrices the names of all cells would hide those of the scenarios.
            known = [name for name in runtime.scenarios if "[" in wanted or "[" not in name]
            hint = did_you_mean(wanted, known)
            raise ConfigError(f"--load-show: unknown scenario {wanted!r}: {hint}")
    return explain(runtime, {profile: runtime.in_profile(wanted, profile) for profile in PROFILES})
