"""One scenario in words: what is required, what runs, on what, and what it has to keep.

Knows how it reads; computes nothing but the codebase's numbers.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from pytest_rustide_load.budgets import Budget
from pytest_rustide_load.budgets.metrics import format_value
from pytest_rustide_load.codebase import CodebaseSpec
from pytest_rustide_load.plugin.capacities import with_capacities
from pytest_rustide_load.plugin.runtime import Runtime
from pytest_rustide_load.report.alerts import describe_rule
from pytest_rustide_load.units import NS_PER_S, format_bytes, format_duration_ns, three_digits, two_digits
from pytest_rustide_load.workload import OperationPattern, Range, Scenario, Stress, UserBehavior, WorkingSet
from pytest_rustide_load.workload.faults import FAULTS, Restart
from pytest_rustide_load.workload.figures import Figure
from pytest_rustide_load.workload.networks import LinkProfile
from pytest_rustide_load.workload.scenario import ErrorRates
from pytest_rustide_load.workload.shape import LoadShape

__all__ = ["explain"]

_WIDTH = 80
_INDENT = 16
_ARRIVALS = {
    "even": "evenly, users apart",
    "poisson": "at random (Poisson)",
    "typing": "as keys do, in runs with pauses",
    "regular": "like a key that is held down",
}
_EDITORS = {
    "raw": "no editor: one request for each operation",
    "debounced": "no editor, but diagnostics and tokens 200 ms after a change",
    "vscode": "the requests of VS Code",
    "neovim": "the requests of Neovim",
    "helix": "the requests of Helix",
}
_PER = ((1.0, "/s"), (60.0, "/min"), (3600.0, "/h"))


def explain(runtime: Runtime, profiles: Mapping[str, Scenario]) -> str:
    """One scenario, given by profile, as this session would run it, at most 80 columns wide."""
    scenario = profiles[runtime.settings.profile]
    as_run = runtime.adjusted(scenario)
    lines = [f"{scenario.name} (profile {scenario.profile})"]
    lines += textwrap.wrap(scenario.description, _WIDTH, initial_indent="  ", subsequent_indent="  ")
    lines += _required(scenario.figures, scenario)
    lines += ["", "runs:"]
    for key, value in _runs(as_run, runtime.settings.seed):
        lines += _entry(key, value)
    each = "the user" if as_run.users == 1 else f"each user, and of all {as_run.users}"
    lines += _operations(f"operations of {each}", as_run.patterns, as_run.users)
    stated = {pattern.operation for pattern in as_run.patterns}
    for behavior, count in as_run.behaviors:
        lines += _behavior(behavior, count, stated)
    for stage in as_run.stages:
        what = [_seconds(stage.share * as_run.duration_s)]
        what += ["the baseline"] if stage.is_baseline else []
        what += ["without stress"] if as_run.stress.is_any and not stage.is_stressed else []
        what += [f"network {stage.network}"] if stage.network else []
        title = f"stage {stage.name} ({', '.join(what)})"
        besides = ", besides" if as_run.patterns or as_run.behaviors else ""
        lines += _operations(f"{title}{besides}", stage.patterns) or ["", f"{title}: nothing besides"]
    lines += ["", f"has to keep ({runtime.budget_source}):"]
    budgets = runtime.budget_file.for_scenario(scenario.name, scenario.family)
    for budget in sorted(budgets, key=lambda budget: (-budget.level, budget.operation or "")):
        if not budget.is_lifted:
            lines += _entry(budget.operation or _of_all(budget), budget.describe() + _graded(budget), 24)
    if not any(not budget.is_lifted for budget in budgets):
        lines.append("  nothing: it states no budget for this scenario")
    lines += ["", "is told of, when it lasts (alerts of the same file):"]
    rules = runtime.budget_file.alerts_for(scenario.name, scenario.family)
    for rule in with_capacities(rules, limit_bytes=scenario.stress.memory_limit_bytes):
        lines += _entry(rule.name.replace("_", " "), describe_rule(rule), 28)
    lines += ["", "times by profile:"]
    for name, other in profiles.items():
        lines += _entry(name, _look(other, scenario))
    if scenario.cells:
        lines += ["", f"runs as {len(scenario.cells)} cells of a matrix, each a test:"]
        few = {one.name for one in scenario.few}
        part = len(few) < len(scenario.cells)
        lines += [f"  {one.name}{' *' * (part and one.name in few)}" for one in scenario.cells]
        if part:
            lines += ["(a suite runs those with * in the profile smoke: each value once)"]
    return "\n".join(lines)


def _entry(key: str, value: str, indent: int = _INDENT) -> list[str]:
    head = f"  {key}".ljust(indent)
    if len(head) > indent:
        head += "  "
    wrapped = textwrap.wrap(
        value, _WIDTH, initial_indent=head, subsequent_indent=" " * indent, break_on_hyphens=False
    )
    return wrapped or [head]


def _required(figures: Mapping[str, Figure], scenario: Scenario) -> list[str]:
    """What was stated, word for word, and what stands for it in the scenario."""
    if not figures:
        return []
    lines, group = ["", "required, and what stands for it here:"], ""
    longest = max(len(name.rpartition(".")[2]) for name in figures) + 6
    # What belongs to no group comes first: below one it would seem to belong there.
    for name, figure in sorted(figures.items(), key=lambda one: "." in one[0]):
        its_group, _, key = name.rpartition(".")
        if its_group != group:
            lines.append(f"  {its_group}:")
            group = its_group
        gone = [path for path in figure.by if _is_gone(path, scenario)]
        text = _stated(figure) + (f"; not here: {', '.join(gone)}" if gone else "")
        lines += _entry(f"  {key}" if group else key, text, longest)
    return lines


def _is_gone(path: str, scenario: Scenario) -> bool:
    """Whether a figure was carried out by an operation that a scenario took away from the one it extends."""
    key, _, operation = path.partition(".")
    if key != "operations" or not operation:
        return False
    users = (scenario.of_user(user) for user in range(scenario.users))
    return not any(operation == pattern.operation for user in users for pattern in user.patterns)


def _stated(figure: Figure) -> str:
    by = f" → {', '.join(figure.by)}" if figure.by else ""
    return f"{figure.stated}{by}" + (f" ({figure.note})" if figure.note else "")


def _operations(title: str, patterns: Sequence[OperationPattern], users: int = 1) -> list[str]:
    if not patterns:
        return []
    longest = max(len(pattern.operation) for pattern in patterns) + 4
    lines = ["", f"{title}:"]
    for pattern in patterns:
        low, high = pattern.rate_per_s.low * users, pattern.rate_per_s.high * users
        together = (
            "" if users == 1 or pattern.think_time_s is not None else f", {_per_time(low, high)} of all"
        )
        lines += _entry(pattern.operation, _rate(pattern) + together, longest)
    return lines


def _behavior(behavior: UserBehavior, count: int, stated: Collection[str]) -> list[str]:
    """A kind of user, with what it does besides the operations that are `stated` for all."""
    lines = ["", f"{count} {behavior.name} (an assumption, as all kinds of users are):"]
    lines += textwrap.wrap(behavior.description, _WIDTH, initial_indent="  ", subsequent_indent="  ")
    for figure in behavior.figures.values():
        lines += _entry("required", _stated(figure))
    surroundings = behavior.environmental_factors
    lines += _entry("files open", _files(behavior.working_set))
    lines += _entry("editor", _EDITORS[surroundings.editor])
    lines += _entry("arrivals", _ARRIVALS[behavior.timing_distributions.arrivals])
    if surroundings.network:
        lines += _entry("network", f"{surroundings.network}, whatever the others have")
    if surroundings.priority != "normal":
        lines += _entry("backend", f"with {surroundings.priority} priority on its machine")
    if slips := _slips(behavior.error_probabilities):
        lines += _entry("slips", slips)
    if behavior.edits is not None:
        lines += _entry("edits", _weights(behavior.edits.actions))
    for pattern in behavior.operation_patterns:
        if pattern.operation not in stated:
            lines += _entry(pattern.operation, _rate(pattern), 22)
    overruled = [one.operation for one in behavior.operation_patterns if one.operation in stated]
    if overruled:
        lines += _entry("as stated above", ", ".join(overruled), 22)
    return lines


def _slips(errors: ErrorRates) -> str:
    shares = {name: getattr(errors, name) for name in ("mistyped", "abandoned", "cancelled")}
    return ", ".join(
        f"{name} {two_digits(share)}" if share < 0.01 else f"{name} {share:.0%}"
        for name, share in shares.items()
        if share
    )


def _graded(budget: Budget) -> str:
    """The limits of a budget besides the one that fails a test."""
    unit = budget.metric.unit
    side = "below" if budget.metric.is_floor else "above"
    told = "" if budget.warning is None else f", warns {side} {format_value(unit, budget.warning)}"
    return told if budget.target is None else f"{told}, target {format_value(unit, budget.target)}"


def _look(scenario: Scenario, shown: Scenario) -> str:
    """How long a profile looks, and at how much where that is not what is shown."""
    told = _times(scenario)
    if scenario.users != shown.users:
        told += f", {scenario.users:,} users"
    lines, usual = (_spec(one, 0).loc for one in (scenario, shown))
    return told if lines == usual else f"{told}, {lines:,} lines"


def _files(working_set: WorkingSet) -> str:
    count = _range(working_set.open_files, lambda value: f"{value:.0f}")
    favourites = f", some favoured (Zipf, exponent {working_set.zipf:g})" if working_set.zipf else ""
    return f"{count} of {_range(working_set.file_bytes, format_bytes)}{favourites}"


def _runs(scenario: Scenario, seed: int) -> Iterator[tuple[str, str]]:
    kinds = [f"{count} {behavior.name}" for behavior, count in scenario.behaviors]
    left = scenario.users - sum(count for _, count in scenario.behaviors)
    if not kinds:
        yield "users", f"{scenario.users:,}, with {_EDITORS[scenario.editor]}"
    else:
        kinds += [f"{left} with {_EDITORS[scenario.editor]}"] if left else []
        yield "users", f"{scenario.users:,}: {', '.join(kinds)}"
    if scenario.users > 1:
        shared = scenario.topology == "shared"
        yield "backends", "one for all" if shared else "one for each user, with a working copy each"
    yield "time", _times(scenario)
    if scenario.starts > 1:
        yield "starts", f"{scenario.starts} times, each from nothing"
    yield from _surroundings(scenario)
    if scenario.ramp:
        yield "ramp", ", ".join(f"{level:g}x" for level in scenario.ramp) + " of the rates below"
    if scenario.knee is not None:
        p95, good = _seconds(scenario.knee.p95_ms / 1_000), f"{scenario.knee.goodput_ratio:.0%}"
        yield "searches", f"the last step that keeps p95 {p95} and {good} right answers"
    for axis in scenario.scale:
        yield f"scale {axis.variable}", ", ".join(level.name for level in axis.levels)
    for name, shape in (("shape", scenario.shape), ("presence", scenario.presence)):
        if shape.kind != "constant":
            yield name, _shape(shape)
    yield "arrivals", _ARRIVALS[scenario.arrivals]
    yield from _worked_on(scenario, seed)
    yield "time-out", f"{_seconds(scenario.request_timeout_s)} for each request"


def _worked_on(scenario: Scenario, seed: int) -> Iterator[tuple[str, str]]:
    """The codebase, what of it is open, and what is changed in it how."""
    spec = _spec(scenario, seed)
    size = f"{spec.loc:,} lines in {spec.files:,} files"
    shape = f"{spec.crates} crates, dependencies {spec.dependency_depth} deep"
    yield "codebase", f"{spec.profile}, {size}, {shape}"
    yield "files open", _files(scenario.working_set) if _has_own_files(scenario) else "as each kind says"
    if scenario.shared_files:
        yield "shared files", f"{scenario.shared_files} more that all have open: those most files use"
    if scenario.refactored_files is not None:
        files = _range(scenario.refactored_files, lambda value: f"{value:.0f}")
        yield "refactored", f"in {files} files by each rename or move that is carried out"
    if slips := _slips(scenario.errors):
        yield "slips", slips
    own = (*scenario.patterns, *(pattern for stage in scenario.stages for pattern in stage.patterns))
    if scenario.edits is not None:
        yield "edits", _weights(scenario.edits.actions)
        yield "edited places", _weights(scenario.edits.places)
    elif scenario.editor == "raw" and any(pattern.operation == "edit" for pattern in own):
        yield "edits", "a line of comment at a time"


def _spec(scenario: Scenario, seed: int) -> CodebaseSpec:
    fields: dict[str, Any] = {"seed": seed, **scenario.codebase}
    return CodebaseSpec(**fields)


def _has_own_files(scenario: Scenario) -> bool:
    """Whether any user has the files of the scenario itself open, and not those of a kind."""
    return any(scenario.behavior_of(user) is None for user in range(scenario.users))


def _surroundings(scenario: Scenario) -> Iterator[tuple[str, str]]:
    if scenario.network:
        yield "network", _network(scenario.networks[scenario.network])
    if scenario.storage != "disk":
        yield "storage", scenario.storage
    if scenario.priority != "normal":
        yield "backend", f"with {scenario.priority} priority on its machine"
    if scenario.stress.is_any:
        yield "stress", _stress(scenario.stress)
    if scenario.fault is not None:
        fault = scenario.fault
        lasts = f", for {_seconds(fault.duration_s)}" if fault.duration_s else ""
        after = _seconds(fault.after_s(scenario.duration_s))
        yield "fault", f"{fault.kind} after {after}{lasts}: {FAULTS[fault.kind].means}"
    if scenario.recovers:
        how = scenario.restart or Restart()
        watchdog = (
            "" if how.watchdog_s is None else f", also where nothing is answered for {how.watchdog_s:g} s"
        )
        yield "restart", f"by the rule {how.rule}{watchdog}"


def _network(profile: LinkProfile) -> str:
    parts = [f"round trip {format_duration_ns(profile.round_trip_ns)}"]
    if profile.jitter_ns:
        parts.append(f"jitter {format_duration_ns(profile.jitter_ns)}")
    if profile.loss_ratio:
        parts.append(f"loss {profile.loss_ratio:.2%}")
    if profile.bandwidth_bits_per_s is not None:
        parts.append(f"{profile.bandwidth_bits_per_s / 1_000_000:g} Mbit/s")
    return f"{profile.name}: {', '.join(parts)}"


def _stress(stress: Stress) -> str:
    parts = []
    if stress.cpu_ratio:
        how = f"{stress.cpu_model}, {stress.cpu_throttling}"
        parts.append(f"{stress.cpu_ratio:.0%} of the cores burnt ({how})")
    if stress.memory_bytes:
        parts.append(f"{format_bytes(stress.memory_bytes)} held by others ({stress.memory_pattern})")
    if stress.memory_limit_bytes:
        limit = format_bytes(stress.memory_limit_bytes)
        parts.append(f"the backend limited to {limit} ({stress.memory_pattern})")
    if stress.io_bytes:
        parts.append(f"a file of {format_bytes(stress.io_bytes)} written and read by others")
    if stress.recovery_action:
        parts.append(f"then {stress.recovery_action}")
    return ", ".join(parts)


def _times(scenario: Scenario) -> str:
    measured = f"{_seconds(scenario.duration_s)} measured"
    return f"{_seconds(scenario.warm_up_s)} warm-up, {measured}" if scenario.warm_up_s else measured


def _seconds(value: float) -> str:
    return format_duration_ns(round(value * NS_PER_S))


def _range(value: Range, text: Callable[[float], str]) -> str:
    low, high = text(value.low), text(value.high)
    return low if low == high else f"{low}-{high}"


def _rate(pattern: OperationPattern) -> str:
    success = pattern.success_probability
    waits = "" if success is None else f", {1 - success:.0%} given up"
    if pattern.think_time_s is not None:
        scatter = "" if pattern.duration_distribution is None else f", {pattern.duration_distribution.kind}"
        think = f"{_seconds(pattern.think_time_s)} after each answer, on average"
        return f"{think} (closed loop{scatter}){waits}"
    return f"{_per_time(pattern.rate_per_s.low, pattern.rate_per_s.high)}{waits}"


def _per_time(low: float, high: float) -> str:
    """Rates per second in the unit they read best in."""
    factor, unit = next(((f, u) for f, u in _PER if low * f >= 0.5), _PER[-1])
    return f"{_range(Range(low, high), lambda value: three_digits(value * factor))}{unit}"


def _weights(weights: Mapping[str, float]) -> str:
    total = sum(weights.values())
    return ", ".join(f"{name} {share / total:.0%}" for name, share in weights.items() if share)


def _shape(shape: LoadShape) -> str:
    """`step: levels 0.5, 1`."""
    told = [
        f"{name} {', '.join(f'{one:g}' for one in value)}"
        if isinstance(value, tuple)
        else f"{name} {value:g}"
        for name, value in shape.parameters
    ]
    return f"{shape.kind}: {', '.join(told)}" if told else shape.kind


def _of_all(budget: Budget) -> str:
    return "backend" if budget.metric.of_backend else "every operation"
