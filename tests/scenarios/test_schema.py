"""The schema that editors check scenario files by: generated, true of the library, and of use."""

from __future__ import annotations

from importlib import resources

import pytest
import yaml

from pytest_rustide_load.scenarios.schema import encode_scenario_schema, scenario_schema

jsonschema = pytest.importorskip("jsonschema", reason="needs the test extra: pip install -e '.[test]'")

LIBRARY = resources.files("pytest_rustide_load.scenarios")
FILES = sorted(entry.name for entry in LIBRARY.iterdir() if entry.name.endswith(".scenario.yaml"))
VALIDATOR = jsonschema.Draft7Validator(scenario_schema())


def test_the_shipped_schema_is_the_generated_one():
    assert (LIBRARY / "scenario.schema.json").read_text(encoding="utf-8") == encode_scenario_schema()
    jsonschema.Draft7Validator.check_schema(scenario_schema())


@pytest.mark.parametrize("name", FILES)
def test_the_library_keeps_to_it(name):
    VALIDATOR.validate(yaml.safe_load((LIBRARY / name).read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "mistake",
    [
        "operatons: {hover: 1/s}",
        "operations: {hver: 1/s}",
        "operations: {hover: -1/s}",
        "operations: {hover: fast}",
        "operations: {edit: {think_time: 2s}}",
        "operations: {hover: {think_time: 2s, distribution: gaussian}}",
        "operations: {hover: {rate: 1/s, success: 140%}}",
        "duration: 30",
        "users: 0",
        "editor: emacs",
        "arrivals: often",
        "codebase: {lines: 5}",
        "codebase: {profile: huge}",
        "stages: [{name: work}]",
        "shape: {kind: rmp}",
        "presence: {kind: step, height: 3}",
        "errors: {mistyped: 2}",
        "knee: {goodput: 90%}",
        "profiles: {fast: {duration: 3s}}",
        "profiles: {smoke: {name: other}}",
    ],
)
def test_what_the_parser_would_refuse_is_marked_while_it_is_typed(mistake):
    assert not VALIDATOR.is_valid(yaml.safe_load(mistake))


def test_null_takes_away_what_is_inherited():
    VALIDATOR.validate(
        yaml.safe_load("extends: individual-developer\noperations: {references: null}\neditor: null\n")
    )
