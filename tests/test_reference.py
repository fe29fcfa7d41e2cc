"""docs/reference.md is what the code says, and the code says something of everything in it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from pytest_rustide_load.report import json_schema
from pytest_rustide_load.report.live import live_schema

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_reference", DOCS / "generate_reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_up_to_date(generator):
    written = (DOCS / "reference.md").read_text(encoding="utf-8")
    assert written == generator.render(), "run python docs/generate_reference.py"


def test_everything_in_it_is_explained(generator):
    explained = {
        **generator.found_options(),
        **generator.found_ini_keys(),
        **generator.found_fixtures(),
        **{line.partition(": ")[0]: line.partition(": ")[2] for line in generator.options.MARKERS},
    }
    assert len(explained) > 30
    assert [name for name, text in explained.items() if len(text) < 10] == []
    arguments = generator.found_arguments()
    assert [
        (command, name) for command, found in arguments.items() for name, text in found.items() if not text
    ] == []


def test_every_structure_of_the_schemas_has_a_description_or_says_all_by_its_fields():
    schemas = [json_schema(), *live_schema().values()]
    undescribed = {
        name for schema in schemas for name, one in schema["$defs"].items() if not one.get("description")
    }
    # A name and a version.
    assert undescribed <= {"BackendIdentity"}
