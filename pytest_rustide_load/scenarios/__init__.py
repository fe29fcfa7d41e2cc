"""The scenario library: one YAML file a scenario, and the suites, with their reader.

Knows where the files lie; what they mean is the workload's business.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

from pytest_rustide_load.workload import Scenario, parse_scenario, parse_suites

__all__ = ["load_scenarios", "load_suites"]

_SUITES = "suites.yaml"


@cache
def load_scenarios() -> dict[str, Scenario]:
    """The built-in scenarios by name, sorted."""
    files = sorted(
        (entry for entry in resources.files(__name__).iterdir() if entry.name.endswith(".scenario.yaml")),
        key=lambda entry: entry.name,
    )
    parsed = [parse_scenario(entry.read_text(encoding="utf-8"), entry.name) for entry in files]
    return {scenario.name: scenario for scenario in parsed}


@cache
def load_suites() -> dict[str, tuple[str, ...]]:
    """The suites by name: the scenarios of each, in the order they run."""
    text = resources.files(__name__).joinpath(_SUITES).read_text(encoding="utf-8")
    return parse_suites(text, _SUITES, scenarios=load_scenarios())
