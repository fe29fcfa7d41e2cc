"""What memory and CPU of a backend are a share of: what was asked for, a limit, or what the machine has.

Knows nothing of runs.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace

import psutil

from pytest_rustide_load.monitor import cpu_quota_cores, memory_limit_bytes
from pytest_rustide_load.stats.alerts import CPU_HIGH, MEMORY_HIGH, AlertRule
from pytest_rustide_load.units import format_bytes

__all__ = ["with_capacities"]


def with_capacities(rules: Iterable[AlertRule], *, limit_bytes: int = 0) -> tuple[AlertRule, ...]:
    """`rules` with the capacity of those that need one, and what it is in words. `limit_bytes` is what the
    backends may have together, where the scenario sets a limit."""
    return tuple(_with_capacity(rule, limit_bytes) for rule in rules)


def _with_capacity(rule: AlertRule, limit_bytes: int) -> AlertRule:
    if rule.name == MEMORY_HIGH:
        capacity, of = _memory(rule.capacity, limit_bytes)
    elif rule.name == CPU_HIGH:
        capacity, of = _cpu(rule.capacity)
    else:
        return rule
    return replace(rule, capacity=capacity, of=of)


def _memory(asked_bytes: float | None, limit_bytes: int) -> tuple[float, str]:
    if asked_bytes is not None:
        return asked_bytes, f"{format_bytes(asked_bytes)}, as the budgets say"
    if limit_bytes:
        return limit_bytes, f"the limit of {format_bytes(limit_bytes)}"
    machine_bytes = psutil.virtual_memory().total
    group_bytes = memory_limit_bytes()
    if group_bytes is not None and group_bytes < machine_bytes:
        return group_bytes, f"the {format_bytes(group_bytes)} that the control group allows"
    return machine_bytes, f"the machine's {format_bytes(machine_bytes)}"


def _cpu(asked_cores: float | None) -> tuple[float, str]:
    if asked_cores is not None:
        return asked_cores, f"{_cores(asked_cores)}, as the budgets say"
    machine = os.cpu_count() or 1
    usable = len(psutil.Process().cpu_affinity()) if hasattr(psutil.Process, "cpu_affinity") else machine
    quota = cpu_quota_cores()
    if quota is not None and quota < usable:
        return quota, f"the {_cores(quota)} that the control group allows"
    if usable < machine:
        return usable, f"{usable} of the machine's {_cores(machine)}"
    return machine, f"the machine's {_cores(machine)}"


def _cores(count: float) -> str:
    return f"{count:g} core" if count == 1 else f"{count:g} cores"
