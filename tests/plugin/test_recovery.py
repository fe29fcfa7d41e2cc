"""A backend that ends in mid-run, as a user's own scenario has it: brought back."""

from __future__ import annotations

import json
import os
import sys

import psutil
import pytest

SERVER = f"cmd:{sys.executable} -P -m pytest_rustide_load.reference_server"
SCENARIO = """
description: a bit of everything
warm_up: 0s
duration: 3s
codebase: {{loc: 1000, crates: 1}}
working_set: {{open_files: 2-3}}
operations: {{hover: 15/s, definition: 15/s, edit: 5/s}}
{more}
"""
BUDGETS = "defaults: {min_goodput_ratio: 10%}\n"


@pytest.fixture
def run_with(pytester, run_pytest):
    (pytester.path / "budgets.yaml").write_text(BUDGETS)

    def run(more: str, backend: str):
        (pytester.path / "mine.scenario.yaml").write_text(SCENARIO.format(more=more))
        result = run_pytest(f"--ide-backend={backend}", "--load-json=out.json", "--load-history=off")
        [found] = json.loads((pytester.path / "out.json").read_text())["results"]
        assert not left_over(str(pytester.path))
        return result, found

    return run


def left_over(place: str) -> list[str]:
    """What still runs of what was started below a directory."""
    return [
        " ".join(process.info["cmdline"] or ())
        for process in psutil.process_iter(["cmdline", "cwd"])
        if process.pid != os.getpid() and (process.info["cwd"] or "").startswith(place)
    ]


def test_a_backend_that_crashes_is_started_again_and_has_every_edit(run_with):
    result, found = run_with("restart: backoff", f"{SERVER} --fault crash-after=60")
    result.assert_outcomes(passed=1)
    assert found["ended"] == "complete"
    assert found["error_stats"]["crashed"] > 0
    safety = found["performance_stats"]["concurrency_safety"]
    assert safety["documents_compared"] == safety["documents_edited"] > 0
    assert safety["lost_edits"] == 0


@pytest.mark.parametrize(
    "backend",
    ["embedded", pytest.param("rust-analyzer", marks=pytest.mark.real_backend)],
)
def test_killed_in_the_middle_of_high_frequency_editing_it_comes_back_with_every_unsaved_edit(
    pytester, run_pytest, rustup_home, backend
):
    (pytester.path / "killed.scenario.yaml").write_text(
        "extends: high-frequency-editing\ndescription: killed in mid-run\n"
        "warm_up: 0s\nduration: 4s\ncodebase: {loc: 1500, crates: 1}\nrestart: vscode\n"
        "fault: {kind: kill, at: 50%, gate: false}\n"
    )
    # Budgets are not the question here; how soon it is back depends on the machine.
    (pytester.path / "budgets.yaml").write_text("scenarios: {killed: {recovery_s: 10min}}\n")
    run_pytest(f"--ide-backend={backend}", "--load-json=out.json", "--load-history=off")
    [found] = json.loads((pytester.path / "out.json").read_text())["results"]
    assert not left_over(str(pytester.path))
    recovery = found["recovery"]
    assert recovery["what"].startswith("SIGKILL to ")
    assert [outage["attempts"] for outage in recovery["outages"]] == [1]
    assert found["ended"] == "complete"
    safety = found["performance_stats"]["concurrency_safety"]
    assert safety["documents_compared"] == safety["documents_edited"] > 0
    assert safety["compared_by_outline"] == 0
    assert safety["lost_edits"] == 0


MARKED = """
import pytest
from pytest_rustide_load import Scenario
from pytest_rustide_load.workload import OperationPattern, Range

ASKING = Scenario(
    name="asking", description="somebody asks", warm_up_s=0, duration_s=4,
    patterns=(OperationPattern("hover", Range(20, 20)), OperationPattern("edit", Range(3, 3))),
)

@pytest.mark.backend_fault("half_open", at="40%", gate=False)
@pytest.mark.recovery("vscode", watchdog="1s")
def test_a_connection_that_is_dead_and_open(rust_codebase, ide_backend, run_scenario):
    result = run_scenario(ASKING, backend=ide_backend(rust_codebase(loc=1000, crates=1)))
    assert result.recovery.fault == "half_open"
    [outage] = result.recovery.outages
    assert outage.why == "it answered nothing for 1 s"
    assert outage.up_s is not None
    safety = result.performance_stats.concurrency_safety
    assert (safety.documents_compared, safety.lost_edits) == (safety.documents_edited, 0)
"""
MISTAKEN = """
import pytest

@pytest.mark.backend_fault("kil", at="3")
@pytest.mark.recovery(rule="vscod", patience="5s")
def test_it(run_scenario):
    pass
"""
LATE = """
def test_it(run_scenario, backend_fault):
    run_scenario("individual-developer", duration_s=3, fault=backend_fault("kill", at="5s"))
"""


@pytest.mark.alone
def test_faults_as_markers(pytester, run_pytest):
    pytester.makepyfile(MARKED)
    (pytester.path / "budgets.yaml").write_text("defaults: {error_ratio: 100%}\n")
    result = run_pytest("--ide-backend=embedded", "--load-history=off")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["fault: half_open at 1.6* s: nothing gets through to embedded ever again*"])
    assert not left_over(str(pytester.path))


def test_mistakes_in_markers_are_told_before_anything_starts(pytester, run_pytest):
    pytester.makepyfile(MISTAKEN)
    result = run_pytest("--ide-backend=embedded")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        [
            "*.py:3: backend_fault: kind: unknown fault 'kil': did you mean 'kill'*",
            "*.py:3: backend_fault: at: '3' has no unit of time*",
            "*.py:3: recovery: unknown key 'patience' in restart*",
            "*.py:3: recovery: rule: unknown rule 'vscod': did you mean 'vscode'*",
        ]
    )


def test_a_fault_after_the_end_is_a_mistake(pytester, run_pytest):
    pytester.makepyfile(LATE)
    result = run_pytest("--ide-backend=embedded")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*kill at 5 s: the measured time of 3 s is over by then*"])
