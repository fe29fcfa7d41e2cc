"""Workflows and the recipes in the documentation: they parse, and say what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from pytest_rustide_load.scenarios import load_scenarios, load_suites

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
CI = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
RECIPES = re.findall(r"```yaml\n(.*?)```", CI, re.DOTALL)
OPTIONS = set(
    re.findall(r'"(--[a-z-]+)"', (ROOT / "pytest_rustide_load/plugin/options.py").read_text(encoding="utf-8"))
)


def commands(document: object) -> list[str]:
    """Every command line in it."""
    if isinstance(document, dict):
        found = [text for key, each in document.items() if key != "run" for text in commands(each)]
        return [*found, *([document["run"]] if isinstance(document.get("run"), str) else [])]
    if isinstance(document, list):
        return [text for each in document for text in commands(each)]
    return [document] if isinstance(document, str) and "pytest" in document else []


@pytest.mark.parametrize(
    "text",
    [*(path.read_text(encoding="utf-8") for path in WORKFLOWS), *RECIPES],
    ids=[*(path.name for path in WORKFLOWS), "recipe", "gitlab"],
)
def test_it_parses_and_its_options_and_scenarios_exist(text):
    document = yaml.safe_load(text)
    lines = "\n".join(commands(document))
    used = set(re.findall(r"--(?:load|ide)-[a-z-]+", lines))
    assert used <= OPTIONS
    names = {*load_scenarios(), *load_suites()}
    assert set(re.findall(r"--load-scenario=([a-z-]+)", lines)) <= names
    if "jobs" in document:
        # YAML 1.1 takes the word for a truth.
        assert True in document
        for job in document["jobs"].values():
            assert all("uses" in step or "run" in step for step in job["steps"])
            # What people type is never pasted into a shell.
            assert not [step for step in job["steps"] if "${{" in step.get("run", "")]


def test_the_gate_runs_compares_and_blocks_at_five_percent():
    document = yaml.safe_load((ROOT / ".github/workflows/performance.yml").read_text(encoding="utf-8"))
    assert set(document[True]) == {"pull_request", "push"}
    [command] = [text for text in commands(document) if "--load-scenario" in text]
    assert "--load-scenario=critical-path" in command
    assert "--load-baseline=last" in command
    assert "--load-regression-threshold=5%" in command
    steps = document["jobs"]["performance-gate"]["steps"]
    assert not [step for step in steps if step.get("continue-on-error")]
    saved = next(step for step in steps if "cache/save" in step.get("uses", ""))
    assert saved["if"] == "github.ref == 'refs/heads/main'"


def test_the_recipe_has_twenty_lines():
    assert len(RECIPES[0].strip().splitlines()) <= 20
