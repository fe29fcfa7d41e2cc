"""The tutorial, typed as it is printed. Two minutes: with RUSTIDE_LOAD_THOROUGH=1."""

from __future__ import annotations

import os
import re
import shlex
import sys
from pathlib import Path

import pytest

TUTORIAL = (Path(__file__).parents[2] / "docs/tutorial.md").read_text(encoding="utf-8")
COMMANDS = [
    shlex.split(line)
    for block in re.findall(r"```sh\n(.*?)```", TUTORIAL, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("pytest ")
]
[TEST] = re.findall(r"```python\n(.*?)```", TUTORIAL, re.DOTALL)
[BUDGETS] = re.findall(r"```yaml\n(.*?)```", TUTORIAL, re.DOTALL)


def test_its_test_is_one_and_its_options_exist(pytester, run_pytest):
    (pytester.path / "test_editor.py").write_text(TEST)
    (pytester.path / "budgets.yaml").write_text(BUDGETS)
    result = run_pytest("--collect-only", "-q", *COMMANDS[2][1:])
    result.stdout.fnmatch_lines(["test_editor.py::test_hovering_feels_instant"])
    assert result.ret == 0


@pytest.mark.skipif("RUSTIDE_LOAD_THOROUGH" not in os.environ, reason="two minutes: RUSTIDE_LOAD_THOROUGH=1")
def test_it_is_green_red_and_green_again(pytester, monkeypatch):
    (pytester.path / "test_editor.py").write_text(TEST)
    (pytester.path / "budgets.yaml").write_text(BUDGETS)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    outcomes = []
    for command in COMMANDS[1:4]:
        result = pytester.run(sys.executable, "-m", *command, timeout=180)
        outcomes.append((result.ret, "FAIL hover p95: measured " in result.stdout.str()))
    assert outcomes == [(0, False), (1, True), (0, False)]
    assert "FAIL: individual-developer: hover p95 is " in (pytester.path / "red.html").read_text(
        encoding="utf-8"
    )
