"""The keys `fault` and `restart` of a scenario file; every mistake noted with its line.

Takes nodes; knows nothing of files.
"""

from __future__ import annotations

from pytest_rustide_load.errors import did_you_mean
from pytest_rustide_load.units import parse_ratio
from pytest_rustide_load.workload.faults import FAULTS, RESTART_NAMES, Fault, Restart
from pytest_rustide_load.workload.reading import Reader, read_flag, read_seconds
from pytest_rustide_load.yamltree import Node

__all__ = ["read_fault", "read_restart"]

_FAULT_KEYS = ("kind", "at", "duration", "gate")
_RESTART_KEYS = ("rule", "watchdog")


def read_fault(reader: Reader, root: Node, measured_s: float) -> Fault | None:
    """`{kind: kill, at: 10s}`, or `at: 40%` of the `measured_s` that the scenario takes."""
    node = root.get("fault")
    if node is None:
        return None
    reader.check_keys(node, _FAULT_KEYS, "a fault")
    if not node.is_mapping:
        return None
    found = len(reader.problems)
    kind = reader.read(node, "kind", _kind, "")
    nowhen: tuple[float, float | None] = (0.0, None)
    at_s, at_ratio = reader.read(node, "at", _moment, nowhen)
    duration_s = reader.read(node, "duration", read_seconds, 0.0)
    is_gated = reader.read(node, "gate", read_flag, True)
    for key in ("kind", "at"):
        if node.get(key) is None:
            reader.problems.append(root.problem(f"a fault needs {key}", key="fault"))
    if len(reader.problems) > found:
        return None
    fault = Fault(kind, at_s, at_ratio, duration_s, is_gated)
    lasts = FAULTS[kind].lasts
    if lasts and not duration_s:
        reader.problems.append(root.problem(f"the fault {kind} needs a duration, such as 5s", key="fault"))
    if not lasts and node.get("duration") is not None:
        reader.problems.append(node.problem(f"the fault {kind} takes no duration", key="duration"))
    if fault.after_s(measured_s) >= measured_s:
        reader.problems.append(
            node.problem(f"at: the measured time of {measured_s:g} s is over by then", key="at")
        )
    return fault


def read_restart(reader: Reader, root: Node) -> Restart | None:
    """The name of a rule, or `{rule: vscode, watchdog: 10s}`."""
    node = root.get("restart")
    if node is None:
        return None
    if not node.is_mapping:
        return Restart(reader.read(root, "restart", _rule, RESTART_NAMES[0]))
    reader.check_keys(node, _RESTART_KEYS, "restart")
    return Restart(
        reader.read(node, "rule", _rule, RESTART_NAMES[0]), reader.read(node, "watchdog", _watchdog, None)
    )


def _kind(value: object) -> str:
    if not isinstance(value, str) or value not in FAULTS:
        raise ValueError(f"unknown fault {value!r}: {did_you_mean(str(value), FAULTS)}")
    return value


def _rule(value: object) -> str:
    if not isinstance(value, str) or value not in RESTART_NAMES:
        raise ValueError(f"unknown rule {value!r}: {did_you_mean(str(value), RESTART_NAMES)}")
    return value


def _moment(value: object) -> tuple[float, float | None]:
    """Seconds, or a share of the measured time."""
    if isinstance(value, str) and value.strip().endswith("%"):
        return 0.0, parse_ratio(value)
    return read_seconds(value), None


def _watchdog(value: object) -> float | None:
    seconds = read_seconds(value)
    if seconds <= 0:
        raise ValueError(f"{value!r} is no time to wait for an answer")
    return seconds
