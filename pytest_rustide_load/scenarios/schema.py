"""The JSON schema of `NAME.scenario.yaml`, for editors that complete and check YAML by one.

Generated from the same names as the parser; the shipped `scenario.schema.json` is its output. The parser
stays the judge: it also knows what scenarios extend, and which values fit together.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pytest_rustide_load.codebase import CodebaseSpec
from pytest_rustide_load.codebase.spec import PROFILES as CODEBASES
from pytest_rustide_load.scenarios.library import PROFILES
from pytest_rustide_load.scenarios.matrix import MATRIX_KEY
from pytest_rustide_load.workload.edits import ACTIONS
from pytest_rustide_load.workload.edits import PLACES as EDITED_PLACES
from pytest_rustide_load.workload.operations import OPERATIONS
from pytest_rustide_load.workload.parse import SCENARIO_KEYS
from pytest_rustide_load.workload.patterns import DISTRIBUTIONS
from pytest_rustide_load.workload.scenario import ARRIVALS, EDITORS, PRIORITIES, TOPOLOGIES, ErrorRates
from pytest_rustide_load.workload.shape import SHAPE_KINDS

__all__ = ["encode_scenario_schema", "scenario_schema"]

_Schema = dict[str, Any]
_NUMBER = r"[0-9]+(\.[0-9]+)?"
_RANGE = rf"{_NUMBER}(\s*-\s*{_NUMBER})?"


def _text(pattern: str) -> _Schema:
    return {"type": "string", "pattern": rf"^\s*{pattern}\s*$"}


_TIME = _text(rf"{_NUMBER}\s*(ns|us|µs|ms|s|min|m|h)")
_RATE = _text(rf"{_RANGE}\s*/(s|min|h)")
_SIZES = _text(rf"{_RANGE}\s*([kKmMgG][iI]?)?[bB]")
_PERCENT = _text(r"(100(\.0+)?|[0-9]{1,2}(\.[0-9]+)?)\s*%")
_SHARE: _Schema = {"anyOf": [_PERCENT, {"type": "number", "minimum": 0, "maximum": 1}]}
_COUNT: _Schema = {"type": "integer", "minimum": 1}
_COUNTS: _Schema = {"anyOf": [_COUNT, _text(_RANGE)]}
_FACTOR: _Schema = {"type": "number", "minimum": 0}


def _one_of(names: Iterable[str]) -> _Schema:
    return {"enum": list(names)}


def _mapping(values: dict[str, _Schema], **more: Any) -> _Schema:
    """A mapping of these keys and no others; null takes away what is inherited."""
    nullable = {key: {"anyOf": [value, {"type": "null"}]} if value else {} for key, value in values.items()}
    return {"type": "object", "properties": nullable, "additionalProperties": False, **more}


def _definitions() -> dict[str, _Schema]:
    """What stands in more than one place: what may be said of an operation, of all of them, and of shapes."""
    open_loop = _mapping({"rate": _RATE, "success": _SHARE}, required=["rate"])
    closed_loop = _mapping(
        {"think_time": _TIME, "distribution": _one_of(DISTRIBUTIONS), "success": _SHARE},
        required=["think_time"],
    )
    return {
        "told": {"anyOf": [_RATE, open_loop, {"type": "null"}]},
        "answered": {"anyOf": [_RATE, open_loop, closed_loop, {"type": "null"}]},
        "shape": _shape(),
        "operations": {
            "type": "object",
            "properties": {
                name: _defined("answered" if operation.answered else "told")
                for name, operation in OPERATIONS.items()
            },
            "additionalProperties": False,
        },
    }


def _defined(name: str) -> _Schema:
    return {"$ref": f"#/definitions/{name}"}


def _shape() -> _Schema:
    kinds = [
        _mapping(
            {"kind": {"const": kind}, **{name: {} for name in parameters}},
            required=["kind"],
        )
        for kind, parameters in SHAPE_KINDS.items()
    ]
    return {"anyOf": [_one_of(SHAPE_KINDS), *kinds]}


def _known() -> dict[str, _Schema]:
    """What is said of the values of keys, as far as anything is."""
    reference = _defined("operations")
    working_set = _mapping({"open_files": _COUNTS, "file_bytes": _SIZES, "zipf": _FACTOR})
    edits = {
        "anyOf": [
            {"const": True},
            _mapping(
                {
                    "actions": _mapping(dict.fromkeys(ACTIONS, _FACTOR)),
                    "places": _mapping(dict.fromkeys(EDITED_PLACES, _FACTOR)),
                    "stay_ratio": _FACTOR,
                }
            ),
        ]
    }
    stage: dict[str, _Schema] = {
        "name": {"type": "string"},
        "duration": _TIME,
        "operations": reference,
        "baseline": {"type": "boolean"},
        "stress": {},
        "network": {},
    }
    codebase: dict[str, _Schema] = {
        name: {"type": "integer"} for name in CodebaseSpec.__dataclass_fields__ if name != "seed"
    }
    return {
        "name": {"type": "string"},
        "description": {"type": "string"},
        "figures": {"type": "object"},
        "users": _COUNT,
        "behaviors": {"type": "object", "additionalProperties": {"anyOf": [_COUNT, {"type": "object"}]}},
        "warm_up": _TIME,
        "duration": _TIME,
        "request_timeout": _TIME,
        "starts": _COUNT,
        "shape": _defined("shape"),
        "presence": _defined("shape"),
        "ramp": {"anyOf": [{"type": "string"}, {"type": "array", "items": _FACTOR}]},
        "knee": _mapping({"p95": _TIME, "goodput": _SHARE}, required=["p95"]),
        "arrivals": _one_of(ARRIVALS),
        "editor": _one_of(EDITORS),
        "edits": edits,
        "errors": _mapping(dict.fromkeys(ErrorRates.__dataclass_fields__, _SHARE)),
        "priority": _one_of(PRIORITIES),
        "topology": _one_of(TOPOLOGIES),
        "codebase": _mapping(codebase | {"profile": _one_of(CODEBASES)}),
        "working_set": working_set,
        "refactored_files": _COUNTS,
        "shared_files": _COUNT,
        "operations": reference,
        "stages": {"type": "array", "items": _mapping(stage, required=["duration"])},
    }


def scenario_schema() -> _Schema:
    """The schema of a scenario's file; a key of which nothing is said here may hold anything."""
    known = _known()
    keys = {key: known.get(key, {}) for key in SCENARIO_KEYS}
    profile = _mapping(
        {key: value for key, value in keys.items() if key not in ("name", "description", "figures")}
    )
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A load test scenario of pytest-rustide-load",
        "definitions": _definitions() | {"profile": profile},
        **_mapping(
            {
                **keys,
                "extends": {"type": "string"},
                MATRIX_KEY: {"type": "object"},
                "profiles": _mapping(dict.fromkeys(PROFILES, _defined("profile"))),
            }
        ),
    }


def encode_scenario_schema() -> str:
    """The content of `scenario.schema.json`."""
    return json.dumps(scenario_schema(), indent=1, ensure_ascii=False) + "\n"
