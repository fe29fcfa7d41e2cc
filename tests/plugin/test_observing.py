"""Load through `observe`, which stands between an editor and its server: the plugin is the editor, and must
not notice."""

from __future__ import annotations

import shlex
import sys

import pytest

from pytest_rustide_load.scenarios import read_scenario_file

SERVER = [sys.executable, "-P", "-m", "pytest_rustide_load.reference_server"]
OBSERVE = [sys.executable, "-P", "-m", "pytest_rustide_load", "observe"]
SCENARIO = """
description: a little of everything
warm_up: 0s
duration: 3s
codebase: {loc: 1000, crates: 1}
operations: {hover: 20-20/s, definition: 10-10/s, document_symbols: 5-5/s, edit: 5-5/s}
"""


def test_what_is_asked_through_it_is_what_it_writes_and_no_answer_is_another(pytester, run_pytest):
    (pytester.path / "quick.scenario.yaml").write_text(SCENARIO)
    (pytester.path / "budgets.yaml").write_text("defaults: {min_goodput_ratio: 99%}\n")
    out = pytester.path / "seen.scenario.yaml"
    observed = shlex.join([*OBSERVE, f"--out={out}", "--", *SERVER])
    result = run_pytest("quick.scenario.yaml", f"--ide-backend=cmd:{observed}")
    result.assert_outcomes(passed=1)
    scenario = read_scenario_file(out, out.name)
    assert scenario.description.startswith("What was asked between pytest-rustide-load and python")
    rates = {one.operation: (one.rate_per_s.low + one.rate_per_s.high) / 2 for one in scenario.patterns}
    # The time before, in which it gets ready, is on the clock too, and so are the questions at the end.
    assert rates["hover"] / rates["edit"] == pytest.approx(4, rel=0.1)
    assert rates["hover"] / rates["document_symbols"] == pytest.approx(4, rel=0.4)
    assert 1 < rates["hover"] <= 20.5
