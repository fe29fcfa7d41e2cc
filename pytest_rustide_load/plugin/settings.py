"""The options of load tests as one value, read once, with every mistake reported at once.

Knows pytest's config and nothing of what the values will be used for.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_rustide_load.backends import BackendChoice, parse_backend_choice, parse_compared_choices
from pytest_rustide_load.budgets.gates import parse_threshold
from pytest_rustide_load.engine import RealClock
from pytest_rustide_load.errors import ConfigError, Problem, did_you_mean, shown
from pytest_rustide_load.monitor import EndpointScraper
from pytest_rustide_load.plugin.margin import SafetyMargin, read_margin
from pytest_rustide_load.plugin.options import is_requested, selected_names
from pytest_rustide_load.plugin.repeat import RepeatedRequest, parse_request
from pytest_rustide_load.plugin.summary import verbosity_of
from pytest_rustide_load.scenarios import PROFILES
from pytest_rustide_load.units import NS_PER_S, parse_duration_ns
from pytest_rustide_load.workload import parse_ramp
from pytest_rustide_load.workload.scale import MOST_USERS, ScaleAxis, parse_scale

if TYPE_CHECKING:
    from pytest_rustide_load.agents import AgentSpec

__all__ = ["DEFAULT_SEED", "Settings", "read_settings"]

DEFAULT_SEED = 42
_MAX_SEED = 2**64 - 1
_SEED_DIGITS = 20
_BUDGETS_NAME = "budgets.yaml"
_PAIRS = 5
_MAX_REPETITIONS = 1_000
_MAX_FACTOR = 1_000
# Options that name a file, a directory or a baseline.
_NAMING = ("load_save_baseline", "load_codebase", "load_history", "load_json", "load_report")
# What belongs into the command that repeats a run, where it was given.
_REPEATED = (
    "load_profile",
    "load_duration",
    "load_users",
    "load_rate",
    "load_ramp",
    "load_scale",
    "ide_backend",
    "load_baseline_backend",
    "load_compare",
    "load_baseline",
    "load_repetitions",
    "load_regression_threshold",
    "load_budgets",
    "load_codebase",
    "load_scrape",
    "load_keep_free",
    "load_spare_cores",
    "load_tolerate_lost",
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the command line and the ini file say.

    `duration_s`, `users` are None where each scenario keeps its own; `ramp` and `scale` are empty where
    there is none. `budgets_path` is None for the built-in budgets. `repeat_options` are those given, for
    the command that repeats a run. `baseline` is what the backend is compared with, `earlier` the runs of
    before that it is: each None for nothing. `repetitions` are the pairs of a comparison with another
    backend, else the runs of each scenario. `labels` are what baseline and backend are called in it.
    `threshold_is_given` by the command line, for all series. `diagnoses` says that threads are looked at more
    closely; `repeated` is a request to be asked alone instead of load. `agents` run the users where there are
    any, and up to `tolerated_losses` of them may be lost.
    """

    seed: int
    profile: str
    duration_s: float | None
    users: int | None
    rate_factor: float
    ramp: tuple[float, ...]
    scale: tuple[ScaleAxis, ...]
    diagnoses: bool
    repeated: RepeatedRequest | None
    backend: BackendChoice
    baseline: BackendChoice | None
    labels: tuple[str, str] | None
    earlier: str | None
    repetitions: int
    regression_threshold: float
    threshold_is_given: bool
    budgets_path: Path | None
    codebase_path: Path | None
    margin: SafetyMargin
    scrape_url: str | None
    repeat_options: tuple[str, ...]
    agents: tuple[AgentSpec, ...] = ()
    tolerated_losses: int = 0


def read_settings(config: pytest.Config) -> Settings:
    """Raises ConfigError with all problems."""
    problems: list[Problem] = []
    if is_requested(config) and not selected_names(config):
        problems.append(Problem("names no scenario; --load-list shows what there is", "--load-scenario"))
    seed = _seed(config.getoption("load_seed"), problems)
    profile = config.getoption("load_profile") or "ci"
    if profile not in PROFILES:
        hint = did_you_mean(profile, PROFILES)
        problems.append(Problem(f"unknown profile {profile!r}: {hint}", "--load-profile"))
    duration_s = _duration_s(config.getoption("load_duration"), problems)
    users = _users(config.getoption("load_users"), problems)
    rate_factor = _rate_factor(config.getoption("load_rate"), problems)
    ramp = _ramp(config.getoption("load_ramp"), problems)
    scale = _scale(config, problems)
    repeated = _repeated(config.getoption("load_repeat_request"), problems)
    agents, tolerated = _agents(config, problems, scales=bool(scale))
    backend, baseline, labels = _backends(config, problems)
    earlier = config.getoption("load_baseline")
    if earlier is not None and baseline is not None:
        problems.append(Problem("compare with a backend or with runs of before, not both", "--load-baseline"))
    pairs = (config.getoption(name) for name in ("load_baseline_backend", "load_compare"))
    in_pairs = any(value is not None for value in pairs)
    repetitions = _repetitions(config.getoption("load_repetitions"), in_pairs, problems)
    threshold = _threshold(config, problems)
    budgets_path = _budgets_path(config, problems)
    own, scrape_url = config.getoption("load_codebase"), _scrape_url(config, problems)
    margin = read_margin(config, problems)
    _check_names(config, problems)
    _check_output(config, problems)
    if problems or backend is None:
        raise ConfigError(problems)
    codebase_path = Path(own).absolute() if own else None
    return Settings(
        seed,
        profile,
        duration_s,
        users,
        rate_factor,
        ramp,
        scale,
        bool(config.getoption("load_diagnose")),
        repeated,
        backend,
        baseline,
        labels,
        earlier,
        repetitions,
        threshold,
        config.getoption("load_regression_threshold") is not None,
        budgets_path,
        codebase_path,
        margin,
        scrape_url,
        _repeat_options(config, seed),
        agents,
        tolerated,
    )


def _backends(
    config: pytest.Config, problems: list[Problem]
) -> tuple[BackendChoice | None, BackendChoice | None, tuple[str, str] | None]:
    """The backend of the session, None for a mistake; the one it is compared with; what both are called."""
    given = config.getoption("ide_backend")
    backend = None
    try:
        backend = parse_backend_choice(given if given is not None else str(config.getini("ide_backend")))
    except ConfigError as error:
        where = "--ide-backend" if given is not None else "ini key ide_backend"
        problems += [Problem(problem.message, where) for problem in error.problems]
    baseline = _baseline(config.getoption("load_baseline_backend"), problems)
    compared = _compared(config, problems)
    if compared is None:
        return backend, baseline, None
    (first, baseline), (second, backend) = compared
    return backend, baseline, (first, second)


def _repeat_options(config: pytest.Config, seed: int) -> tuple[str, ...]:
    """What the command that repeats a run has to say besides the scenario."""
    repeat = [f"--load-seed={seed}", *(f"--load-tx={text}" for text in config.getoption("load_tx"))]
    for name in _REPEATED:
        value = config.getoption(name)
        if value:
            repeat.append(f"--{name.replace('_', '-')}={value}")
    return tuple(repeat)


def _check_names(config: pytest.Config, problems: list[Problem]) -> None:
    """An option with nothing after it is a variable that was not set, and not the option left out."""
    problems += [
        Problem("names nothing: leave it out, or name one", f"--{name.replace('_', '-')}")
        for name in _NAMING
        if config.getoption(name) == ""
    ]
    if config.getoption("load_save_baseline") == "last":
        message = "'last' is what the last runs in the history are called: choose another name"
        problems.append(Problem(message, "--load-save-baseline"))


def _check_output(config: pytest.Config, problems: list[Problem]) -> None:
    try:
        verbosity_of(config)
    except ConfigError as error:
        problems += error.problems
    json_path, report_path = config.getoption("load_json"), config.getoption("load_report")
    # What is found here need not be found when all has been measured.
    for option, path in (("--load-json", json_path), ("--load-report", report_path)):
        why = _why_not_written(path) if path else ""
        if why:
            problems.append(Problem(why, option))
    if json_path and report_path and Path(json_path).absolute() == Path(report_path).absolute():
        problems.append(Problem(f"{report_path} is the file of --load-json", "--load-report"))


def _why_not_written(path: str) -> str:
    """Why no file can be written at `path`, in words; directories that are missing are made."""
    if os.path.isdir(path):
        return f"{path} is a directory, not a file to write"
    there = os.path.dirname(os.path.abspath(path))
    while not os.path.lexists(there):
        there = os.path.dirname(there)
    if not os.path.isdir(there):
        return f"{path} cannot be written: {there} is no directory"
    return (
        "" if os.access(there, os.W_OK | os.X_OK) else f"{path} cannot be written: {there} may not be changed"
    )


def _seed(text: str | None, problems: list[Problem]) -> int:
    if text is None or (text.isdecimal() and len(text) <= _SEED_DIGITS and int(text) <= _MAX_SEED):
        return DEFAULT_SEED if text is None else int(text)
    message = f"{shown(text)} is not a whole number from 0 to {_MAX_SEED:,}"
    problems.append(Problem(message, "--load-seed"))
    return DEFAULT_SEED


def _agents(
    config: pytest.Config, problems: list[Problem], *, scales: bool
) -> tuple[tuple[AgentSpec, ...], int]:
    """The agents, and how many may be lost."""
    agents: tuple[AgentSpec, ...] = ()
    texts = config.getoption("load_tx")
    if texts:
        from pytest_rustide_load.agents.spec import parse_agent_specs

        try:
            agents = parse_agent_specs(texts, "--load-tx")
        except ConfigError as error:
            problems += error.problems
        if scales:
            problems.append(Problem("how a backend scales is measured without agents", "--load-scale"))
    return agents, _tolerated(config.getoption("load_tolerate_lost"), agents, problems)


def _tolerated(text: str | None, agents: tuple[AgentSpec, ...], problems: list[Problem]) -> int:
    if text is None:
        return 0
    if not text.isdecimal():
        problems.append(Problem(f"{text!r} is not a whole number from 0 up", "--load-tolerate-lost"))
        return 0
    if agents and int(text) >= len(agents):
        message = f"{text} of {len(agents)} agents: one at least has to be left"
        problems.append(Problem(message, "--load-tolerate-lost"))
    return int(text)


def _baseline(text: str | None, problems: list[Problem]) -> BackendChoice | None:
    try:
        return None if text is None else parse_backend_choice(text)
    except ConfigError as error:
        problems += [Problem(problem.message, "--load-baseline-backend") for problem in error.problems]
        return None


def _compared(
    config: pytest.Config, problems: list[Problem]
) -> tuple[tuple[str, BackendChoice], tuple[str, BackendChoice]] | None:
    text = config.getoption("load_compare")
    if text is None:
        return None
    for name in ("ide_backend", "load_baseline_backend"):
        if config.getoption(name) is not None:
            message = f"names both backends, so there is no room for --{name.replace('_', '-')}"
            problems.append(Problem(message, "--load-compare"))
    try:
        return parse_compared_choices(text)
    except ConfigError as error:
        problems += [Problem(problem.message, "--load-compare") for problem in error.problems]
        return None


def _scrape_url(config: pytest.Config, problems: list[Problem]) -> str | None:
    text = config.getoption("load_scrape")
    try:
        return None if text is None else EndpointScraper(text, RealClock()).url
    except ConfigError as error:
        problems += [Problem(problem.message, "--load-scrape") for problem in error.problems]
        return None


def _repetitions(text: str | None, in_pairs: bool, problems: list[Problem]) -> int:
    usual, fewest = (_PAIRS, 2) if in_pairs else (1, 1)
    if text is None or (text.isdecimal() and fewest <= int(text) <= _MAX_REPETITIONS):
        return usual if text is None else int(text)
    message = f"{text!r} is not a whole number from {fewest} to {_MAX_REPETITIONS}"
    problems.append(Problem(message, "--load-repetitions"))
    return usual


def _threshold(config: pytest.Config, problems: list[Problem]) -> float:
    given = config.getoption("load_regression_threshold")
    where = "ini key load_regression_threshold" if given is None else "--load-regression-threshold"
    text = str(config.getini("load_regression_threshold")) if given is None else given
    try:
        ratio = parse_threshold(text)
    except ValueError as error:
        problems.append(Problem(str(error), where))
        return 0.05
    return ratio


def _users(text: str | None, problems: list[Problem]) -> int | None:
    if text is None or (text.isdecimal() and 0 < int(text) <= MOST_USERS):
        return None if text is None else int(text)
    problems.append(Problem(f"{text!r} is not a whole number from 1 to {MOST_USERS:,}", "--load-users"))
    return None


def _rate_factor(text: str | None, problems: list[Problem]) -> float:
    try:
        factor = 1.0 if text is None else float(text)
        if not 0 < factor <= _MAX_FACTOR:
            raise ValueError
    except ValueError:
        message = f"{text!r} is not a factor above 0 and up to {_MAX_FACTOR:,}, such as 0.5"
        problems.append(Problem(message, "--load-rate"))
        return 1.0
    return factor


def _ramp(text: str | None, problems: list[Problem]) -> tuple[float, ...]:
    try:
        return () if text is None else parse_ramp(text)
    except ValueError as error:
        problems.append(Problem(str(error), "--load-ramp"))
        return ()


def _scale(config: pytest.Config, problems: list[Problem]) -> tuple[ScaleAxis, ...]:
    text = config.getoption("load_scale")
    if text is None:
        return ()
    axes, wrong = parse_scale(text)
    for option in ("load_ramp", "load_baseline_backend"):
        if config.getoption(option):
            wrong.append(f"it does not go together with --{option.replace('_', '-')}")
    if config.getoption("load_users") and any(axis.variable == "users" for axis in axes):
        wrong.append("users are varied: leave --load-users out")
    problems += [Problem(message, "--load-scale") for message in wrong]
    return axes


def _repeated(text: str | None, problems: list[Problem]) -> RepeatedRequest | None:
    try:
        return None if text is None else parse_request(text)
    except ValueError as error:
        problems.append(Problem(str(error), "--load-repeat-request"))
        return None


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
        if not os.path.isfile(path):
            problems.append(Problem(f"there is no file {given!r}", "--load-budgets"))
        return path
    path = config.rootpath / _BUDGETS_NAME
    return path if path.is_file() else None
