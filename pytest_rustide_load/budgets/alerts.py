"""The section `alerts` of budgets.yaml: at which figures somebody wants to be told, and after how long.

```yaml
alerts:
  memory_usage_high: {raise: 80%, clear: 70%, for: 5s, of: 2GB}
  cpu_usage_high: 50%                  # of the cores there are
  response_time_degraded: null         # none of these
scenarios:
  individual-developer:
    alerts:
      error_rate_high: {raise: 1%, for: 30s, clear_for: 10s}
```

What is not said stays as it was: in a scenario as in the file's own section, there as by default. Knows
nothing of runs, files or pytest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from pytest_rustide_load.budgets.parse import unknown_key
from pytest_rustide_load.stats.alerts import (
    CPU_HIGH,
    MEMORY_HIGH,
    RESPONSES_SLOW,
    AlertRule,
    clear_at,
    default_alert_rules,
)
from pytest_rustide_load.units import parse_bytes, parse_duration_ns, parse_ratio
from pytest_rustide_load.yamltree import Node

__all__ = ["ALERT_KEYS", "DEFAULT_ALERTS", "AlertRules", "read_alerts"]

# By name; one that is switched off is not there.
AlertRules = Mapping[str, AlertRule]
DEFAULT_ALERTS: AlertRules = {rule.name: rule for rule in default_alert_rules()}

# What each key means, and how it is written: of memory, CPU and errors a share, of response times a multiple.
ALERT_KEYS = {
    "raise": "the figure from which on it is an alert",
    "clear": "the figure below which it is over, nine tenths of raise unless given",
    "for": "how long it has to last before it is told",
    "clear_for": "how long the figure has to stay low before it is over",
    "of": "what the share is of: a size for memory, a number of cores for CPU, what there is unless given",
}

Complain = Callable[[int, str], None]


def read_alerts(node: Node, base: AlertRules, complain: Complain) -> AlertRules:
    """`base` as `node` changes it; `complain` is told every problem with its line."""
    if node.content is None:
        return base
    if not node.is_mapping:
        complain(node.line, f"alerts must be a mapping, not {node.value!r}")
        return base
    found = dict(base)
    for name, child in node.items():
        line = node.key_line(name)
        if name not in DEFAULT_ALERTS:
            complain(line, unknown_key(name, DEFAULT_ALERTS))
        elif child.content is None:
            found.pop(name, None)
        else:
            # One that was switched off is as by default where it is spoken of again.
            found[name] = _changed(base.get(name, DEFAULT_ALERTS[name]), child, line, complain)
    return found


def _changed(rule: AlertRule, node: Node, line: int, complain: Complain) -> AlertRule:
    given = dict(node.items()) if node.is_mapping else {"raise": node}
    lines = {key: node.key_line(key) if node.is_mapping else line for key in given}
    values: dict[str, float] = {}
    sound = True
    for key, child in given.items():
        try:
            values[key] = _value(rule.name, key, child.value)
        except ValueError as error:
            complain(lines[key], f"{rule.name}: {error}")
            sound = False
    if not sound:
        return rule
    if "raise" in values:
        # What was said of another limit is not true of this one.
        rule = replace(rule, raise_at=values["raise"], clear_at=clear_at(values["raise"]))
    if values.get("clear", 0) > rule.raise_at:
        raised, cleared = (_shown(rule.name, value) for value in (rule.raise_at, values["clear"]))
        complain(lines["clear"], f"{rule.name}: clear {cleared} must not lie above raise {raised}")
        return rule
    return replace(
        rule,
        clear_at=values.get("clear", rule.clear_at),
        for_ns=int(values.get("for", rule.for_ns)),
        clear_for_ns=int(values.get("clear_for", rule.clear_for_ns)),
        capacity=values.get("of", rule.capacity),
    )


def _value(name: str, key: str, value: object) -> float:
    """In a ratio, a multiple, nanoseconds, bytes or cores. ValueError says what is wrong."""
    if key not in ALERT_KEYS:
        raise ValueError(unknown_key(key, ALERT_KEYS))
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError(f"{key} cannot be {value!r}")
    if key in ("for", "clear_for"):
        if not isinstance(value, str):
            raise ValueError(f"{key}: {value!r} has no unit (write it like '5s')")
        return parse_duration_ns(value)
    if key == "of":
        return _capacity(name, value)
    number = _multiple(value) if name == RESPONSES_SLOW else parse_ratio(str(value))
    if not (math.isfinite(number) and number > 0):
        raise ValueError(f"{key}: {value!r} is not above 0")
    return number


def _capacity(name: str, value: float | str) -> float:
    if name == MEMORY_HIGH:
        if not isinstance(value, str):
            raise ValueError(f"of: {value!r} has no unit (write it like '2GB')")
        number: float = parse_bytes(value)
    elif name != CPU_HIGH:
        raise ValueError("takes no 'of': only memory and CPU are a share of something that can be chosen")
    elif isinstance(value, str):
        raise ValueError(f"of: {value!r} is not a number of cores")
    else:
        number = float(value)
    if not (math.isfinite(number) and number > 0):
        raise ValueError(f"of: {value!r} is nothing to have a share of")
    return number


def _multiple(value: float | str) -> float:
    """`2x` or 2."""
    try:
        return float(value.strip().removesuffix("x") if isinstance(value, str) else value)
    except ValueError:
        raise ValueError(f"{value!r} is not a multiple (write it like '2x')") from None


def _shown(name: str, value: float) -> str:
    return f"{value:g}x" if name == RESPONSES_SLOW else f"{value * 100:g}%"
