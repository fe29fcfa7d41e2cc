"""One scenario in words: what is required, what runs, on what, and what it has to keep.

Knows how it reads; computes nothing but the codebase's numbers.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pytest_rustide_load.budgets import Budget
from pytest_rustide_load.codebase import CodebaseSpec
from pytest_rustide_load.plugin.runtime import Runtime
from pytest_rustide_load.units import NS_PER_S, format_bytes, format_duration_ns
from pytest_rustide_load.workload import OperationPattern, Range, Scenario

__all__ = ["explain"]

_WIDTH = 80
_INDENT = 16
_PER = ((1.0, "/s"), (60.0, "/min"), (3600.0, "/h"))


def explain(runtime: Runtime, profiles: Mapping[str, Scenario]) -> str:
    """One scenario, given by profile, as this session would run it, at most 80 columns wide."""
    scenario = profiles[runtime.settings.profile]
    as_run = runtime.adjusted(scenario)
    lines = [f"{scenario.name} (profile {scenario.profile})"]
    lines += textwrap.wrap(scenario.description, _WIDTH, initial_indent="  ", subsequent_indent="  ")
    if scenario.figures:
        lines += ["", "required:"]
        longest = max(map(len, scenario.figures)) + 4
        for key, value in scenario.figures.items():
            lines += _entry(key, value, longest)
    lines += ["", "runs:"]
    for key, value in _runs(as_run, runtime.settings.seed):
        lines += _entry(key, value)
    lines += ["", f"operations of {'the user' if as_run.users == 1 else 'each user'}:"]
    longest = max(len(pattern.operation) for pattern in as_run.patterns) + 4
    for pattern in as_run.patterns:
        lines += _entry(pattern.operation, _rate(pattern), longest)
    lines += ["", f"has to keep ({runtime.budget_source}):"]
    budgets = runtime.budget_file.for_scenario(scenario.name)
    for budget in sorted(budgets, key=lambda budget: (-budget.level, budget.operation or "")):
        lines += _entry(budget.operation or _of_all(budget), budget.describe(), 24)
    lines += ["", "times by profile:"]
    for name, other in profiles.items():
        lines += _entry(name, _times(other))
    return "\n".join(lines)


def _entry(key: str, value: str, indent: int = _INDENT) -> list[str]:
    head = f"  {key}".ljust(indent)
    if len(head) > indent:
        head += "  "
    return textwrap.wrap(value, _WIDTH, initial_indent=head, subsequent_indent=" " * indent) or [head]


def _runs(scenario: Scenario, seed: int) -> Iterator[tuple[str, str]]:
    fields: dict[str, Any] = {"seed": seed, **scenario.codebase}
    spec = CodebaseSpec(**fields)
    size = f"{spec.loc:,} lines in {spec.files:,} files"
    yield "users", f"{scenario.users}, each with the editor {scenario.editor}"
    yield "time", _times(scenario)
    if scenario.starts > 1:
        yield "starts", f"{scenario.starts} times, each from nothing"
    if scenario.ramp:
        yield "ramp", ", ".join(f"{level:g}x" for level in scenario.ramp) + " of the rates below"
    if scenario.shape.kind != "constant":
        yield "shape", f"{scenario.shape.kind} {_parameters(scenario.shape.parameters)}".rstrip()
    if scenario.presence.kind != "constant":
        yield "presence", f"{scenario.presence.kind} {_parameters(scenario.presence.parameters)}".rstrip()
    yield "arrivals", "at random (Poisson)" if scenario.arrivals == "poisson" else "evenly, users apart"
    shape = f"{spec.crates} crates, dependencies {spec.dependency_depth} deep"
    yield "codebase", f"{spec.profile}, {size}, {shape}"
    files, sizes = scenario.working_set.open_files, scenario.working_set.file_bytes
    count = _range(files, lambda value: f"{value:.0f}")
    yield "files open", f"{count} of {_range(sizes, format_bytes)}"
    if scenario.edits is not None:
        yield "edits", _weights(scenario.edits.actions)
        yield "edited places", _weights(scenario.edits.places)
    yield "time-out", f"{_seconds(scenario.request_timeout_s)} for each request"


def _times(scenario: Scenario) -> str:
    measured = f"{_seconds(scenario.duration_s)} measured"
    return f"{_seconds(scenario.warm_up_s)} warm-up, {measured}" if scenario.warm_up_s else measured


def _seconds(value: float) -> str:
    return format_duration_ns(round(value * NS_PER_S))


def _range(value: Range, text: Callable[[float], str]) -> str:
    low, high = text(value.low), text(value.high)
    return low if low == high else f"{low}-{high}"


def _rate(pattern: OperationPattern) -> str:
    if pattern.think_time_s is not None:
        return f"{_seconds(pattern.think_time_s)} after each answer, on average (closed loop)"
    rate = pattern.rate_per_s
    factor, unit = next(((f, u) for f, u in _PER if rate.low * f >= 0.5), _PER[-1])
    return f"{_range(rate, lambda value: f'{value * factor:.3g}')}{unit}"


def _weights(weights: Mapping[str, float]) -> str:
    total = sum(weights.values())
    return ", ".join(f"{name} {share / total:.0%}" for name, share in weights.items() if share)


def _parameters(parameters: tuple[tuple[str, object], ...]) -> str:
    return ", ".join(f"{name} {value}" for name, value in parameters)


def _of_all(budget: Budget) -> str:
    return "backend" if budget.metric.of_backend else "every operation"
