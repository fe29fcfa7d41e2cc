"""The same seed gives the same bytes: in another process, under another hash seed, on another Python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

SCRIPT = """
import sys
from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.scenarios import load_scenarios
from pytest_rustide_load.workload import Plan

codebase = generate_codebase(CodebaseSpec(seed=7, loc=4_000))
print("codebase", codebase.content_hash)
for name, scenario in load_scenarios().items():
    print(name, Plan(scenario, seed=7).digest())
"""


def _digests(python: str, hash_seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [python, "-c", SCRIPT], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_two_processes_with_different_hash_seeds_make_the_same_codebase_and_plans():
    first = _digests(sys.executable, "1")
    assert first.count("\n") >= 3
    assert _digests(sys.executable, "4242") == first


def test_another_python_makes_the_same_codebase_and_plans():
    other = os.environ.get("RUSTIDE_LOAD_OTHER_PYTHON")
    if other is None:
        if os.environ.get("CI"):
            pytest.fail("RUSTIDE_LOAD_OTHER_PYTHON names no second interpreter")
        pytest.skip(
            "needs RUSTIDE_LOAD_OTHER_PYTHON=/path/to/python, a second one with numpy, msgspec and pyyaml"
        )
    assert _digests(other, "0") == _digests(sys.executable, "0")
