"""What a scenario asks for, in a few words by aspect, so that two runs of one name can be told apart.

Pure values. How long a run takes, by how many users and on what, is said elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from pytest_rustide_load.units import three_digits
from pytest_rustide_load.workload.patterns import OperationPattern
from pytest_rustide_load.workload.scenario import Scenario
from pytest_rustide_load.workload.stress import Stress

__all__ = ["workload_of"]

# By aspect the fields of a scenario that are it. Whatever is not here says nothing of the load of a run,
# or is held against other runs by itself: users, codebase, editor, topology, profile, the measured time.
_ASPECTS: Mapping[str, tuple[str, ...]] = {
    "load": ("patterns", "behaviors", "stages", "arrivals", "shape", "presence", "ramp", "request_timeout_s"),
    "editing": ("edits", "errors", "working_set", "shared_files", "refactored_files"),
    "stress": ("stress", "storage", "priority"),
    "fault": ("fault", "restart"),
}
# What is told and not done.
_TOLD = frozenset({"description", "figures", "name"})
_DIGITS = 6
_NONE = "none"


def workload_of(scenario: Scenario) -> dict[str, str]:
    """Each aspect as a few digits that differ where anything in it does: of the load after how much is asked
    for in a second, of networks after their names, "none" of what there is nothing of."""
    found = {
        aspect: _digest({name: _plain(getattr(scenario, name)) for name in names})
        for aspect, names in _ASPECTS.items()
    }
    used = [scenario.network, *(stage.network for stage in scenario.stages)]
    used += [behavior.environmental_factors.network for behavior, _ in scenario.behaviors]
    named = {name: _plain(scenario.networks[name]) for name in used if name}
    found["network"] = f"{', '.join(named)} ({_digest(named)})" if named else _NONE
    if (scenario.stress, scenario.storage, scenario.priority) == (Stress(), "disk", "normal"):
        found["stress"] = _NONE
    if not scenario.recovers:
        found["fault"] = _NONE
    found["load"] = f"{three_digits(_per_s(scenario))}/s ({found['load']})"
    return found


def _per_s(scenario: Scenario) -> float:
    """What all users ask for in a second, at the middle of each range; without what they think about."""
    users = (scenario.of_user(user) for user in range(scenario.users))
    rates = (
        (pattern.rate_per_s.low + pattern.rate_per_s.high) / 2
        for user in users
        for pattern in user.patterns
        if pattern.think_time_s is None
    )
    in_stages = sum(
        stage.share * (pattern.rate_per_s.low + pattern.rate_per_s.high) / 2
        for stage in scenario.stages
        for pattern in stage.patterns
        if pattern.think_time_s is None
    )
    return sum(rates) + in_stages * scenario.users


def _digest(content: object) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def _plain(value: Any) -> Any:
    """A value as JSON has it, the same whatever order its parts were written in."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value) if one.name not in _TOLD}
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        if all(isinstance(each, OperationPattern) for each in value):
            value = sorted(value, key=lambda each: each.operation)
        return [_plain(each) for each in value]
    # 5 and 5.0 are as often.
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
