"""What the documentation shows is what there is: scenarios that parse, options and keys that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_rustide_load.budgets import parse_budgets
from pytest_rustide_load.budgets.alerts import ALERT_KEYS, DEFAULT_ALERTS
from pytest_rustide_load.budgets.metrics import METRICS
from pytest_rustide_load.report.timeline import (
    BackendTimeline,
    GeneratorTimeline,
    HostTimeline,
    OperationTimeline,
    Timeline,
)
from pytest_rustide_load.scenarios import load_behaviors, load_scenarios, load_suites, read_scenario_file
from pytest_rustide_load.workload import operation_names
from pytest_rustide_load.workload.parse import SCENARIO_KEYS
from tests.docs.blocks import KINDS, PAGES, find_blocks, loose_code

ROOT = Path(__file__).parents[1]
SCENARIOS = (ROOT / "docs/scenarios.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", SCENARIOS, re.DOTALL)


@pytest.mark.parametrize("text", BLOCKS, ids=range(len(BLOCKS)))
def test_every_scenario_shown_is_one(text, tmp_path):
    path = tmp_path / "shown.scenario.yaml"
    path.write_text(text)
    assert read_scenario_file(path, path.name).name == "shown"


def test_every_key_scenario_suite_and_kind_of_user_is_in_the_documentation():
    names = {*SCENARIO_KEYS, "extends", "profiles", *load_scenarios(), *load_suites(), *load_behaviors()}
    assert [name for name in sorted(names) if f"`{name}`" not in SCENARIOS] == []


def test_every_option_and_budget_is_in_the_readme():
    options = (ROOT / "pytest_rustide_load/plugin/options.py").read_text(encoding="utf-8")
    found = re.findall(r'"(--[a-z-]+)"', options)
    assert len(found) > 10
    assert [name for name in found if f"`{name}" not in README] == []
    assert [name for name in METRICS if f"`{name}`" not in README] == []


def test_every_column_of_the_timeline_and_every_key_of_an_alert_is_explained():
    monitoring = (ROOT / "docs/monitoring.md").read_text(encoding="utf-8")
    kinds = (Timeline, OperationTimeline, BackendTimeline, HostTimeline, GeneratorTimeline)
    names = {name for kind in kinds for name in kind.__struct_fields__} | {*DEFAULT_ALERTS, *ALERT_KEYS}
    assert [name for name in sorted(names) if f"`{name}" not in monitoring] == []
    [shown] = re.findall(r"```yaml\n(.*?)```", monitoring, re.DOTALL)
    found = parse_budgets(shown, "f", operations=operation_names(), scenarios=load_scenarios())
    assert len(found.alerts) == len(DEFAULT_ALERTS) - 1


def test_no_block_of_code_escapes_the_tests_in_docs():
    blocks = find_blocks()
    assert [f"{block.name}: {block.kind!r}" for block in blocks if block.kind not in KINDS] == []
    assert [where for path in PAGES for where in loose_code(path)] == []
    # What a program prints is no place for what people type.
    program = re.compile(r"(\$ |pytest |python3? |pip |git |[A-Z_]+=\S+ )")
    typed = [one.name for one in blocks if one.kind == "text" and program.match(one.text)]
    assert typed == []
    assert len(blocks) > 80
