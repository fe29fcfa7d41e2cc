"""The options of load tests as one value, read once, with every mistake reported at once.

Knows pytest's config and nothing of what the values will be used for.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_rustide_load.backends import BackendChoice, parse_backend_choice
from pytest_rustide_load.errors import ConfigError, Problem
from pytest_rustide_load.plugin.options import is_requested, selected_names
from pytest_rustide_load.units import NS_PER_S, parse_duration_ns

__all__ = ["DEFAULT_SEED", "Settings", "read_settings"]

DEFAULT_SEED = 42
_BUDGETS_NAME = "budgets.yaml"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the command line and the ini file say.

    `duration_s` is None where each scenario keeps its own. `budgets_path` is None for the built-in
    budgets. `options` are those given, for the command that repeats a run.
    """

    seed: int
    duration_s: float | None
    backend: BackendChoice
    budgets_path: Path | None
    codebase_path: Path | None
    repeat_options: tuple[str, ...]


def read_settings(config: pytest.Config) -> Settings:
    """Raises ConfigError with all problems."""
    problems: list[Problem] = []
    if is_requested(config) and not selected_names(config):
        problems.append(Problem("names no scenario; --load-list shows what there is", "--load-scenario"))
    seed = DEFAULT_SEED
    seed_text = config.getoption("load_seed")
    if seed_text is not None:
        if seed_text.isdecimal():
            seed = int(seed_text)
        else:
            problems.append(Problem(f"{seed_text!r} is not a whole number from 0 up", "--load-seed"))
    duration_s = _duration_s(config.getoption("load_duration"), problems)
    given = config.getoption("ide_backend")
    backend_text = given if given is not None else str(config.getini("ide_backend"))
    backend = None
    try:
        backend = parse_backend_choice(backend_text)
    except ConfigError as error:
        where = "--ide-backend" if given is not None else "ini key ide_backend"
        problems += [Problem(problem.message, where) for problem in error.problems]
    budgets_path = _budgets_path(config, problems)
    own = config.getoption("load_codebase")
    json_path = config.getoption("load_json")
    if json_path and not Path(json_path).absolute().parent.is_dir():
        problems.append(Problem(f"{Path(json_path).parent} is not a directory", "--load-json"))
    if problems or backend is None:
        raise ConfigError(problems)
    repeat = [f"--load-seed={seed}"]
    if config.getoption("load_duration"):
        repeat.append(f"--load-duration={config.getoption('load_duration')}")
    if given is not None:
        repeat.append(f"--ide-backend={given}")
    if config.getoption("load_budgets"):
        repeat.append(f"--load-budgets={config.getoption('load_budgets')}")
    if own:
        repeat.append(f"--load-codebase={own}")
    codebase_path = Path(own).absolute() if own else None
    return Settings(seed, duration_s, backend, budgets_path, codebase_path, tuple(repeat))


def _duration_s(text: str | None, problems: list[Problem]) -> float | None:
    if text is None:
        return None
    try:
        duration_ns = parse_duration_ns(text)
    except ValueError as error:
        problems.append(Problem(str(error), "--load-duration"))
        return None
    if duration_ns <= 0:
        problems.append(Problem(f"{text!r} is no time at all", "--load-duration"))
        return None
    return duration_ns / NS_PER_S


def _budgets_path(config: pytest.Config, problems: list[Problem]) -> Path | None:
    given = config.getoption("load_budgets")
    if given is not None:
        path = Path(given).absolute()
        if not path.is_file():
            problems.append(Problem(f"there is no file {given!r}", "--load-budgets"))
        return path
    path = config.rootpath / _BUDGETS_NAME
    return path if path.is_file() else None
