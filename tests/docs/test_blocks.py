"""Every block of code in README and docs is one: it parses, and names what there is. That it runs is held by
test_typed.py, and that none escapes this by tests/test_documentation.py."""

from __future__ import annotations

import argparse
import configparser
import importlib.util
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from pytest_rustide_load.__main__ import COMMANDS
from pytest_rustide_load.budgets import parse_budgets
from pytest_rustide_load.plugin.ambient import Ambient
from pytest_rustide_load.scenarios import load_scenarios, load_suites, read_scenario_file
from pytest_rustide_load.workload import operation_names
from tests.docs.blocks import KINDS, ROOT, Block
from tests.docs.typed import BLOCKS, TYPED

BY_KIND = {kind: [block for block in BLOCKS if block.kind == kind] for kind in KINDS}
NAMES = {*load_scenarios(), *load_suites()}


def ids(blocks: list[Block]) -> list[str]:
    return [block.name for block in blocks]


@pytest.mark.parametrize("block", BY_KIND["yaml"], ids=ids(BY_KIND["yaml"]))
def test_yaml_is_read_by_what_reads_it(block, tmp_path):
    document = yaml.safe_load(block.text)
    if block.page == "docs/ci.md":
        # tests/test_workflows.py looks closer.
        assert "jobs" in document or "script" in document["performance"]
    elif set(document) <= {"defaults", "scenarios", "alerts"}:
        names = (*load_scenarios(), *(Path(one.file).name.split(".")[0] for one in BLOCKS if one.file))
        found = parse_budgets(block.text, block.name, operations=operation_names(), scenarios=names)
        assert found is not None
    elif all(isinstance(one, dict) and "base_latency" in one for one in document.values()):
        (tmp_path / "networks.yaml").write_text(block.text)
        assert set(document) <= set(Ambient(tmp_path).networks)
    else:
        path = tmp_path / "shown.scenario.yaml"
        path.write_text(block.text)
        assert read_scenario_file(path, path.name).name == "shown"


@pytest.mark.parametrize("block", BY_KIND["ini"], ids=ids(BY_KIND["ini"]))
def test_ini_keys_exist(block, everything):
    parser = configparser.ConfigParser()
    parser.read_string(block.text)
    assert {key for section in parser.sections() for key in parser[section]} <= set(everything._inidict)


@pytest.mark.parametrize("block", BY_KIND["python"], ids=ids(BY_KIND["python"]))
def test_python_runs_or_is_a_test(block):
    """Load tests are run by test_typed.py."""
    tree = compile(block.text, block.name, "exec")
    if "run_scenario" in block.text:
        return
    names: dict[str, object] = {"__name__": "shown"}
    exec(tree, names)
    for name, value in names.items():
        if name.startswith("test_"):
            value()


def test_what_recovery_shows_is_an_example_that_runs():
    [block] = [one for one in BY_KIND["python"] if one.page == "docs/recovery.md"]
    example = (ROOT / "examples/test_recovery.py").read_text(encoding="utf-8")
    assert example.endswith(block.text)


# -- commands


@pytest.mark.parametrize("one", TYPED, ids=[one.name[:90] for one in TYPED])
def test_what_people_type_is_understood(one, everything):
    block, words = one.block, list(one.words)
    program, *arguments = words
    if program == "pytest":
        try:
            options = everything.parse(arguments)
        except pytest.UsageError as error:
            pytest.fail(f"{block.name}: {error}")
        selected = [name for text in options.load_scenario for name in text.split(",")]
        assert {name.partition("[")[0] for name in selected} <= NAMES | {"examples"}
    elif words[:3] == ["python", "-m", "pytest_rustide_load"]:
        assert words[3] in COMMANDS
        check_arguments(words[3], [*words[4:], *one.optional])
    elif words[:2] in (["python", "-m"], ["python", "-c"]):
        assert words[1] == "-c" or importlib.util.find_spec(words[2]) is not None
        if words[1] == "-c":
            exec(compile(words[2], block.name, "exec"), {})
    elif program in ("python", "python3"):
        assert words[1] == "-m" or (ROOT / words[1]).is_file(), words
    elif program == "pip":
        extras = set(re.findall(r"\[([a-z,]+)\]", words[-1]))
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        assert extras <= set(project["optional-dependencies"])
    else:
        assert program in {"pytest-benchmark", "git", ".", "mkdocs"}, words


def check_arguments(command: str, arguments: list[str]) -> None:
    """As its parser does, which ends the process where it does not understand."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    importlib.import_module(f"pytest_rustide_load.cli.{command}").add_arguments(parser)
    parser.parse_args(arguments)
