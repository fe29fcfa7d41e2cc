from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.budgets.file import parse_budgets
from pytest_rustide_load.budgets.metrics import METRICS, parse_value
from pytest_rustide_load.budgets.schema import budgets_schema, encode_schema
from pytest_rustide_load.workload import operation_names

jsonschema = pytest.importorskip("jsonschema", reason="needs the test extra: pip install -e '.[test]'")

SHIPPED = resources.files("pytest_rustide_load.budgets")
ROOT = Path(__file__).parents[2]
SCHEMA = budgets_schema(("completion", "hover"))


VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def _accepts(document: Any) -> bool:
    return VALIDATOR.is_valid(document)


def test_the_shipped_schema_is_the_generated_one() -> None:
    assert (SHIPPED / "budgets.schema.json").read_text(encoding="utf-8") == encode_schema(operation_names())


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)


TEXTS = ["150ms", "2 s", "1.5h", "3µs", "400MB", "1 GiB", "2b", "5%", "0.5%", "10/s"]
TEXTS += ["x", "", "-1ms", "ms", "5 ms MB"]
VALUES = st.one_of(
    st.sampled_from(TEXTS),
    st.integers(-2, 200),
    st.floats(-1, 2),
    st.booleans(),
    st.none(),
    st.just([]),
)


@given(st.sampled_from(sorted(METRICS)), VALUES)
def test_the_schema_accepts_a_limit_exactly_if_the_parser_does(key: str, value: object) -> None:
    try:
        parse_value(METRICS[key], value, unit_required=True)
    except ValueError:
        parses = False
    else:
        parses = True
    assert _accepts({"defaults": {key: value}}) == parses
    assert _accepts({"defaults": {key: {"target": value, "violation": value}}}) == parses


@pytest.mark.parametrize(
    ("document", "accepted"),
    [
        (None, True),
        ({"defaults": None, "scenarios": {"mine": {"hover": {"p95_ms": "1s"}}}}, True),
        ({"defaults": {"p95_ms": {"target": "1s"}}}, False),
        ({"defaults": {"p95_ms": {"violation": "1s", "x": "1s"}}}, False),
        ({"defaults": {"p95": "1s"}}, False),
        ({"defaults": {"hover": {"rss_avg_mb": "1MB"}}}, False),
        ({"alerts": {"cpu_usage_high": "50%", "error_rate_high": None}}, True),
        ({"alerts": {"memory_usage_high": {"raise": "1%", "clear": 0.005, "for": "5s", "of": "2GB"}}}, True),
        ({"scenarios": {"mine": {"alerts": {"response_time_degraded": {"clear_for": "1s"}}}}}, True),
        ({"defaults": {"alerts": {}}}, False),
        ({"alerts": {"error_rate_high": {"of": "2GB"}}}, False),
        ({"alerts": {"cpu": 1}}, False),
        ({"default": {}}, False),
        ([], False),
    ],
)
def test_the_schema_knows_the_shape(document: Any, accepted: bool) -> None:
    assert _accepts(document) == accepted


@pytest.mark.parametrize("path", [SHIPPED / "default_budgets.yaml", ROOT / "budgets.yaml"])
def test_shipped_budgets_satisfy_the_schema_and_the_parser(path: Any) -> None:
    text = path.read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    jsonschema.validate(document, budgets_schema(operation_names()))
    found = parse_budgets(text, "f", operations=operation_names(), scenarios=document["scenarios"])
    assert found.defaults
    assert set(found.scenarios) == set(document["scenarios"])


def test_the_project_s_budgets_are_the_shipped_ones() -> None:
    """One file to read: only the path to the schema differs."""
    own = (ROOT / "budgets.yaml").read_text(encoding="utf-8").splitlines()
    shipped = (SHIPPED / "default_budgets.yaml").read_text(encoding="utf-8").splitlines()
    assert own[1:] == shipped[1:]
    for line, folder in ((own[0], ROOT), (shipped[0], Path(str(SHIPPED)))):
        reference = line.removeprefix("# yaml-language-server: $schema=")
        assert json.loads((folder / reference).read_text(encoding="utf-8"))["title"]
