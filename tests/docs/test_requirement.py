"""The page that says where each line of the requirement is names nothing that is not there."""

from __future__ import annotations

import re

import msgspec
import pytest

import pytest_rustide_load
from pytest_rustide_load import OperationPattern, UserBehavior
from pytest_rustide_load.__main__ import COMMANDS
from pytest_rustide_load.budgets.alerts import DEFAULT_ALERTS
from pytest_rustide_load.budgets.metrics import METRICS
from pytest_rustide_load.report.live import live_schema
from pytest_rustide_load.report.results import LoadTestResults, PerformanceStats
from pytest_rustide_load.scenarios import load_behaviors, load_scenarios, load_suites
from pytest_rustide_load.workload.parse import SCENARIO_KEYS
from tests.docs.blocks import ROOT

PAGE = (ROOT / "docs/requirement.md").read_text(encoding="utf-8")
WORDS = re.findall(r"`([^`\n]+)`", PAGE)
# What the requirement's own commands are called, files, and keys that belong to no table.
OTHERS = {
    *("cargo xtask load-test --scenario=critical-path", "cargo xtask compare-baseline"),
    "cargo xtask regression-check --threshold=5%",
    *(".rustide-load/history.sqlite3", "networks.yaml", "budgets.yaml", "engine/", "workload/"),
    *("smoke", "ci", "full", "-k 512MB", "--check", "pytest_rustide_load"),
}


def known() -> set[str]:
    results = {
        field.name for kind in (LoadTestResults, PerformanceStats) for field in msgspec.structs.fields(kind)
    }
    kinds = {LoadTestResults.__name__, PerformanceStats.__name__, *pytest_rustide_load.__all__}
    names = {*load_scenarios(), *load_suites(), *load_behaviors(), *SCENARIO_KEYS}
    return {*OTHERS, *results, *kinds, *names, *DEFAULT_ALERTS, *METRICS, *live_schema(), *COMMANDS}


def test_every_name_in_it_is_one_that_there_is():
    there = known()
    words = [word for word in WORDS if not word.startswith(("--load-", "pytest ", "python -m "))]
    assert [word for word in words if word not in there] == []
    options = (ROOT / "pytest_rustide_load/plugin/options.py").read_text(encoding="utf-8")
    used = {name for word in WORDS for name in re.findall(r"--load-[a-z-]+", word)}
    assert len(used) > 20
    assert [name for name in sorted(used) if f'"{name}"' not in options] == []


def test_every_scenario_that_the_requirement_asks_for_is_in_it():
    # Of what users complain about, and of a noisy neighbour, it says nothing.
    families = {name.partition("[")[0] for name in load_scenarios()}
    own = {"cold-start", "common-name-references", "memory-growth", "noisy-neighbour"}
    assert {name for name in families if name not in PAGE} == own


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (
            UserBehavior,
            ("operation_patterns", "timing_distributions", "error_probabilities", "environmental_factors"),
        ),
        (
            OperationPattern,
            ("operation_type", "frequency_per_minute", "duration_distribution", "success_probability"),
        ),
        (
            LoadTestResults,
            (
                *("scenario_name", "execution_timestamp", "sample_count"),
                *("performance_stats", "error_stats", "resource_usage"),
            ),
        ),
        (PerformanceStats, ("response_time", "throughput", "concurrency_safety", "scalability_slope")),
    ],
)
def test_what_the_requirement_shows_in_code_has_these_fields(kind, names):
    assert [name for name in names if not hasattr(kind, name)] == []
