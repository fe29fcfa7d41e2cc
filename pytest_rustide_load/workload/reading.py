"""Values of scenario files: what each key may hold, every mistake noted with its line.

Takes nodes; knows nothing of files or of which keys a scenario has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from pytest_rustide_load.errors import Problem, did_you_mean, shown
from pytest_rustide_load.units import NS_PER_S, parse_bytes, parse_duration_ns, parse_ratio
from pytest_rustide_load.workload.adjust import parse_ramp
from pytest_rustide_load.workload.edits import ACTIONS, PLACES, EditMix
from pytest_rustide_load.workload.networks import NETWORKS, LinkProfile
from pytest_rustide_load.workload.operations import OPERATIONS, operation_names
from pytest_rustide_load.workload.patterns import DISTRIBUTIONS, StatisticalDistribution
from pytest_rustide_load.workload.scale import MOST_USERS, ScaleAxis, parse_scale
from pytest_rustide_load.workload.scenario import (
    ARRIVALS,
    EDITORS,
    PRIORITIES,
    TOPOLOGIES,
    ErrorRates,
    Knee,
    OperationPattern,
    Range,
    WorkingSet,
)
from pytest_rustide_load.workload.shape import SHAPE_KINDS, LoadShape
from pytest_rustide_load.yamltree import Node

__all__ = [
    "Reader",
    "one_of",
    "parse_rate",
    "read_arrivals",
    "read_count",
    "read_counts",
    "read_editor",
    "read_flag",
    "read_name",
    "read_priority",
    "read_ramp",
    "read_ratio",
    "read_scale",
    "read_seconds",
    "read_size",
    "read_text",
    "read_time",
    "read_topology",
    "read_users",
]

_T = TypeVar("_T")
_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_RANGE = re.compile(rf"\s*({_NUMBER})(?:\s*-\s*({_NUMBER}))?\s*(.*?)\s*")
# Beyond is a slip: no process of ours sends a tenth of it.
_MOST_PER_S = 100_000
_SECONDS = {"/s": 1.0, "/min": 60.0, "/h": 3600.0}
_OPERATION_KEYS = ("rate", "think_time", "distribution", "success")
_KNEE_KEYS = ("p95", "goodput")
_WORKING_SET_KEYS = ("open_files", "file_bytes", "zipf")


def parse_rate(text: object) -> Range:
    """`"5-10/s"` or `"2/min"` as a range per second. ValueError says what is wrong."""
    if isinstance(text, str) and text.lstrip().startswith("-"):
        raise ValueError(f"{text!r} is a negative rate")
    try:
        low, high, unit = _range(text)
    except ValueError:
        if isinstance(text, str) and _RANGE.fullmatch(text):
            raise
        unit = ""
    if unit not in _SECONDS:
        raise ValueError(f"{text!r} is not a rate (write it like '5-10/s' or '2/min')")
    if high / _SECONDS[unit] > _MOST_PER_S:
        raise ValueError(f"{shown(text)} is more than the {_MOST_PER_S:,} a second that one stream may have")
    return Range(low / _SECONDS[unit], high / _SECONDS[unit])


class Reader:
    """Reads nodes and gathers what is wrong with them in `problems`."""

    def __init__(self, networks: Mapping[str, LinkProfile] = NETWORKS) -> None:
        self.problems: list[Problem] = []
        self.networks = networks

    def check_keys(
        self, node: Node, known: Collection[str], what: str, *, elsewhere: Collection[str] = ()
    ) -> None:
        """`elsewhere` are keys that were read before, and may be what a wrong one was meant to be."""
        if not node.is_mapping:
            self.problems.append(node.problem(f"{what} must be a mapping"))
        for key in node:
            if key not in known:
                hint = did_you_mean(key, {*known, *elsewhere} - {key})
                self.problems.append(node.problem(f"unknown key {key!r} in {what}: {hint}", key=key))

    def read(self, node: Node, key: str, parse: Callable[[object], _T], default: _T) -> _T:
        child = node.get(key)
        if child is None:
            return default
        try:
            return parse(child.value)
        except ValueError as error:
            self.problems.append(node.problem(f"{key}: {error}", key=key))
            return default

    def network(self, node: Node, default: str = "") -> str:
        """The name of a network there is."""
        return self.read(node, "network", lambda value: one_of(value, self.networks), default)

    def shape(self, root: Node, key: str) -> LoadShape:
        """`{kind: ramp, from: 0.5, to: 2}`, or the name of a kind alone."""
        node = root.get(key)
        if node is None:
            return LoadShape()
        named = node.get("kind") if node.is_mapping else node
        kind = None if named is None else named.value
        if not isinstance(kind, str) or kind not in SHAPE_KINDS:
            hint = did_you_mean(str(kind), SHAPE_KINDS)
            self.problems.append(node.problem(f"unknown kind of shape {kind!r}: {hint}"))
            return LoadShape()
        known = SHAPE_KINDS[str(kind)]
        if node.is_mapping:
            self.check_keys(node, ("kind", *known), f"the shape {kind!r}")
        given: list[tuple[str, float | tuple[float, ...]]] = []
        for name, default in known.items():
            if isinstance(default, tuple):
                given.append((name, self.read(node, name, _levels, default)))
            else:
                given.append((name, self.read(node, name, _factor, default)))
        return LoadShape(str(kind), tuple(given))

    def edits(self, root: Node) -> EditMix | None:
        """Weights by action and by place, as EditMix has them."""
        node = root.get("edits")
        if node is None:
            return None
        default = EditMix()
        if not node.is_mapping:
            # The name alone: people type, as is assumed of them.
            if node.value is not True:
                self.problems.append(root.problem("edits must be a mapping, or true", key="edits"))
            return default
        found = len(self.problems)
        self.check_keys(node, ("actions", "places", "stay_ratio"), "edits")
        weights: dict[str, Mapping[str, float]] = {"actions": default.actions, "places": default.places}
        for key, names in (("actions", ACTIONS), ("places", PLACES)):
            given = node.get(key)
            if given is not None:
                self.check_keys(given, names, f"edits.{key}")
                weights[key] = {name: self.read(given, name, _factor, 0.0) for name in names if name in given}
        stay_ratio = self.read(node, "stay_ratio", _factor, 0.7)
        if len(self.problems) > found:
            return default
        try:
            return EditMix(weights["actions"], weights["places"], stay_ratio)
        except ValueError as error:
            self.problems.append(root.problem(f"edits: {error}", key="edits"))
            return default

    def working_set(self, root: Node, default: WorkingSet) -> WorkingSet:
        node = root.get("working_set")
        if node is None:
            return default
        self.check_keys(node, _WORKING_SET_KEYS, "working_set")
        return WorkingSet(
            self.read(node, "open_files", read_counts, default.open_files),
            self.read(node, "file_bytes", _sizes, default.file_bytes),
            self.read(node, "zipf", _factor, default.zipf),
        )

    def knee(self, root: Node) -> Knee | None:
        """What every step of the ramp has to keep."""
        node = root.get("knee")
        if node is None:
            return None
        self.check_keys(node, _KNEE_KEYS, "a knee")
        if not node.is_mapping:
            return None
        if node.get("p95") is None:
            self.problems.append(root.problem("a knee needs a p95", key="knee"))
        p95_s = self.read(node, "p95", read_seconds, 0.0)
        return Knee(p95_s * 1_000, self.read(node, "goodput", _share, 0.9))

    def errors(self, root: Node) -> ErrorRates:
        """Probabilities by what goes wrong."""
        node = root.get("errors")
        if node is None:
            return ErrorRates()
        names = tuple(ErrorRates.__dataclass_fields__)
        self.check_keys(node, names, "errors")
        return ErrorRates(*(self.read(node, name, read_ratio, 0.0) for name in names))

    def patterns(self, root: Node) -> tuple[OperationPattern, ...]:
        operations = root.get("operations")
        if operations is None:
            return ()
        self.check_keys(operations, operation_names(), "operations")
        return tuple(self._pattern(operations, name) for name in operations)

    def _pattern(self, operations: Node, name: str) -> OperationPattern:
        """`5-10/s`, or `{think_time: 2s}` of a user who waits for the answer. Both may have a `success`, and
        a time to think a `distribution`."""
        node = operations.get(name)
        if node is None or not node.is_mapping:
            return OperationPattern(name, self.read(operations, name, parse_rate, Range(0, 0)))
        self.check_keys(node, _OPERATION_KEYS, f"the operation {name}")
        success = self.read(node, "success", read_ratio, None)
        kind = self.read(node, "distribution", lambda value: one_of(value, DISTRIBUTIONS), "")
        if (node.get("rate") is None) == (node.get("think_time") is None):
            self.problems.append(
                operations.problem(f"{name} needs a rate (open loop) or a think_time (closed loop)", key=name)
            )
            return OperationPattern(name)
        if node.get("rate") is not None:
            if kind:
                self.problems.append(node.problem(f"{name}: a rate has no distribution", key="distribution"))
            rate = self.read(node, "rate", parse_rate, Range(0, 0))
            return OperationPattern(name, rate, success_probability=success)
        if not OPERATIONS.get(name, OPERATIONS["hover"]).answered:
            self.problems.append(node.problem(f"{name} has no answer to wait for: give it a rate"))
        think_time_s = self.read(node, "think_time", _think_time, 1.0)
        duration = StatisticalDistribution(kind, think_time_s) if kind else None
        return OperationPattern(
            name, think_time_s=think_time_s, duration_distribution=duration, success_probability=success
        )


def _range(value: object) -> tuple[float, float, str]:
    match = _RANGE.fullmatch(str(value)) if isinstance(value, str | int | float) else None
    if match is None or isinstance(value, bool):
        raise ValueError(f"{value!r} is neither a number nor a range like '5-10'")
    low = float(match.group(1))
    high = low if match.group(2) is None else float(match.group(2))
    if high < low:
        raise ValueError(f"{value!r} runs backwards")
    return low, high, match.group(3)


def read_counts(value: object) -> Range:
    low, high, unit = _range(value)
    if unit or low < 1 or not (low.is_integer() and high.is_integer()):
        raise ValueError(f"{value!r} is not a count from 1 up, or a range of them like '5-15'")
    return Range(low, high)


def _sizes(value: object) -> Range:
    low, high, unit = _range(value)
    try:
        scale = parse_bytes(f"1{unit}")
    except ValueError:
        raise ValueError(f"{value!r} is no size, or range of sizes, like '2-5KB'") from None
    return Range(low * scale, high * scale)


def read_seconds(value: object) -> float:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} has no unit of time (write it like '20s')")
    return parse_duration_ns(value) / NS_PER_S


def read_time(value: object) -> float:
    seconds = read_seconds(value)
    if seconds <= 0:
        raise ValueError(f"{value!r} is no time at all")
    return seconds


def read_count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{value!r} is not a whole number from 1 up")
    return value


def read_users(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_USERS:
        raise ValueError(f"{shown(value)} is not a whole number from 1 to {MOST_USERS:,}")
    return value


def _think_time(value: object) -> float:
    seconds = read_seconds(value)
    if seconds <= 0:
        raise ValueError(f"{value!r} is no time to think: without any, one user would ask for ever")
    return seconds


def read_editor(value: object) -> str:
    if not isinstance(value, str) or value not in EDITORS:
        raise ValueError(f"unknown editor {value!r}: {did_you_mean(str(value), EDITORS)}")
    return value


def read_arrivals(value: object) -> str:
    if not isinstance(value, str) or value not in ARRIVALS:
        raise ValueError(f"unknown way of arriving {value!r}: {did_you_mean(str(value), ARRIVALS)}")
    return value


def read_ramp(value: object) -> tuple[float, ...]:
    """`1..64`, or a list of levels."""
    return parse_ramp(", ".join(map(str, value)) if isinstance(value, list) else str(value))


def read_scale(value: object) -> tuple[ScaleAxis, ...]:
    """`{cores: [1, 2, 4], users: [1, 10]}`, or the text that --load-scale takes."""
    if isinstance(value, dict):
        # Null takes a variable away, also one that is not there.
        given = {key: each for key, each in value.items() if each is not None}
        if not given:
            return ()
        levels = {key: each if isinstance(each, list) else [each] for key, each in given.items()}
        value = ";".join(f"{key}={','.join(map(str, each))}" for key, each in levels.items())
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a mapping of variables to lists of levels")
    axes, problems = parse_scale(value)
    if problems:
        raise ValueError("; ".join(problems))
    return axes


def read_priority(value: object) -> str:
    return one_of(value, PRIORITIES)


def read_topology(value: object) -> str:
    return one_of(value, TOPOLOGIES)


def _share(value: object) -> float:
    try:
        return read_ratio(value)
    except ValueError:
        raise ValueError(f"{shown(value)} is no share of the whole (write it like '90%')") from None


def one_of(value: object, names: Collection[str]) -> str:
    if not isinstance(value, str) or value not in names:
        raise ValueError(f"unknown {value!r}: {did_you_mean(str(value), names)}")
    return value


def read_size(value: object) -> int:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a size (write it like '512MB')")
    return parse_bytes(value)


def read_flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value


def read_ratio(value: object) -> float:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise ValueError(f"{value!r} is not a share of one (write it like '5%' or 0.05)")
    ratio = parse_ratio(value) if isinstance(value, str) else value
    if not 0 <= ratio <= 1:
        raise ValueError(f"{value!r} is not a share of one (write it like '5%' or 0.05)")
    return float(ratio)


def _factor(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < 1e6:
        raise ValueError(f"{value!r} is not a number from 0 up")
    return float(value)


def _levels(value: object) -> tuple[float, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError(f"{value!r} is not a list of factors")
    return tuple(_factor(level) for level in value)


def read_name(value: object) -> str:
    name = read_text(value)
    if any(mark in name for mark in (",", "[", "]", "::")):
        raise ValueError(f"{name!r} cannot be selected: , [ ] and :: mean something on the command line")
    return name


def read_text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{value!r} is not a text")
    return " ".join(value.split())
