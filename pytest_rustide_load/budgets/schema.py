"""The JSON schema of budgets.yaml, for editors that complete and check YAML by one.

Generated from the same vocabulary as the parser; the shipped `budgets.schema.json` is its output. The
parser stays the judge: a schema cannot say that target, warning and violation have to ascend.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from pytest_rustide_load.budgets.alerts import ALERT_KEYS, DEFAULT_ALERTS
from pytest_rustide_load.budgets.gates import GATE_KEYS, MEMORY
from pytest_rustide_load.budgets.metrics import METRICS, Metric, Unit
from pytest_rustide_load.budgets.parse import GRADES
from pytest_rustide_load.stats.alerts import CPU_HIGH, MEMORY_HIGH, RESPONSES_SLOW, AlertRule

__all__ = ["budgets_schema", "encode_schema"]

_NUMBER = r"[0-9]+(\.[0-9]+)?"


def _text(unit_pattern: str) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^{_NUMBER} ?{unit_pattern}$"}


def _number_or(text: dict[str, Any], **bounds: int) -> dict[str, Any]:
    return {"anyOf": [{"type": "number", "minimum": 0, **bounds}, text]}


_VALUES: dict[Unit, dict[str, Any]] = {
    Unit.MS: _text("(ns|us|µs|ms|s|min|m|h)"),
    Unit.S: _number_or(_text("(ns|us|µs|ms|s|min|m|h)")),
    Unit.MB: _text("([kKmMgG][iI]?)?[bB]"),
    Unit.RATIO: _number_or(_text("%"), maximum=1),
    Unit.PERCENT: _number_or(_text("%")),
    Unit.PER_S: _number_or(_text("/s")),
    Unit.FACTOR: _number_or(_text("x")),
    Unit.COUNT: {"type": "integer", "minimum": 0},
}


def budgets_schema(operations: Collection[str]) -> dict[str, Any]:
    """The schema for a file whose operations are `operations`. Scenarios may have any name: projects add
    their own."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Performance budgets of pytest-rustide-load",
        "definitions": {
            **_sections("", operations, False),
            **_sections("scenario_", operations, True),
            "alerts": _alerts(),
        },
        **_mapping(
            {
                "defaults": {"$ref": "#/definitions/limits"},
                "scenarios": {
                    "type": ["object", "null"],
                    "description": "Limits of single scenarios, over the defaults.",
                    "additionalProperties": {"$ref": "#/definitions/scenario_limits"},
                },
                "alerts": {"$ref": "#/definitions/alerts"},
            },
            "What the runs have to keep.",
        ),
    }


def _sections(prefix: str, operations: Collection[str], liftable: bool) -> dict[str, Any]:
    """The limits of one operation, and those of a whole section; `liftable` ones may be null."""
    everything = {key: _limit(metric, liftable) for key, metric in METRICS.items()}
    of_operations = {key: limit for key, limit in everything.items() if not METRICS[key].of_backend}
    threshold = {"regression_threshold": _gate("regression_threshold")}
    gates = threshold | {"critical": _gate("critical")}
    lifted = "; null takes a default away" if liftable else ""
    others = {name: {"$ref": f"#/definitions/{prefix}operation"} for name in operations}
    if liftable:
        others["alerts"] = {"$ref": "#/definitions/alerts"}
    return {
        f"{prefix}operation": _mapping(of_operations | gates, f"Limits of this operation{lifted}."),
        f"{prefix}limits": _mapping(
            everything
            | threshold
            | {MEMORY: _mapping(gates, "What is a regression of the peak memory.")}
            | others,
            "Limits of every operation the user waits for and of the backend, and operations with limits "
            f"of their own{lifted}.",
        ),
    }


def _alerts() -> dict[str, Any]:
    """At which figures somebody is told; null for none of these."""
    return _mapping(
        {rule.name: _alert(rule) for rule in DEFAULT_ALERTS.values()},
        "When somebody is told that a figure is too high; what is not given stays as it was.",
    )


def _alert(rule: AlertRule) -> dict[str, Any]:
    figure = _VALUES[Unit.FACTOR if rule.name == RESPONSES_SLOW else Unit.RATIO]
    values = dict.fromkeys(("raise", "clear"), figure) | dict.fromkeys(("for", "clear_for"), _VALUES[Unit.MS])
    capacities = {MEMORY_HIGH: _VALUES[Unit.MB], CPU_HIGH: {"type": "number", "exclusiveMinimum": 0}}
    if rule.name in capacities:
        values["of"] = capacities[rule.name]
    properties = {key: {**value, "description": ALERT_KEYS[key]} for key, value in values.items()}
    return {
        "description": f"Raised at {rule.raise_at:g} times {rule.of or 'what there is'} by default.",
        "anyOf": [
            figure,
            {"type": "null"},
            {"type": "object", "properties": properties, "additionalProperties": False},
        ],
    }


def encode_schema(operations: Collection[str]) -> str:
    """The content of the shipped schema file."""
    return json.dumps(budgets_schema(operations), indent=2, ensure_ascii=False) + "\n"


def _mapping(properties: dict[str, Any], description: str) -> dict[str, Any]:
    return {
        "type": ["object", "null"],
        "description": description,
        "properties": properties,
        "additionalProperties": False,
    }


def _gate(key: str) -> dict[str, Any]:
    value = {"type": "boolean"} if key == "critical" else _VALUES[Unit.RATIO]
    return {"description": f"{GATE_KEYS[key][0].upper()}{GATE_KEYS[key][1:]}.", **value}


def _limit(metric: Metric, liftable: bool) -> dict[str, Any]:
    value = _VALUES[metric.unit]
    bound = "At least" if metric.is_floor else "At most"
    return {
        "description": f"{bound}: {metric.means}. Written like {metric.unit.value}.",
        "anyOf": [
            value,
            *([{"type": "null"}] if liftable else []),
            {
                "type": "object",
                "properties": dict.fromkeys(GRADES, value),
                "required": ["violation"],
                "additionalProperties": False,
            },
        ],
    }
