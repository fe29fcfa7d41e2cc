"""A scenario in which an editor drives the traffic, as a user runs it."""

from __future__ import annotations

import json

import pytest

TYPING = """
description: somebody types in {editor}
warm_up: 1s
duration: 4s
codebase: {{loc: 1000, crates: 2}}
working_set: {{open_files: 2-3}}
editor: {editor}
edits: true
operations: {{edit: 8/s}}
"""


@pytest.mark.parametrize("editor", ["vscode", "neovim", "helix"])
def test_typing_in_an_editor_is_a_load_test(pytester, run_pytest, editor):
    (pytester.path / "typing.scenario.yaml").write_text(TYPING.format(editor=editor))
    # A client that withdraws what was superseded has answers it does not get. Timings are not the question
    # here, and void where the machine does other things.
    (pytester.path / "budgets.yaml").write_text("defaults:\n  min_goodput_ratio: 10%\n  error_ratio: 5%\n")
    result = run_pytest("--ide-backend=embedded", "--load-json=out.json")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["typing: embedded *", "edit *", "feedback: * from a change to the*", f"load: *editor {editor}"]
    )
    [run] = json.loads((pytester.path / "out.json").read_text())["results"]
    assert run["editor"] == editor
    safety = run["performance_stats"]["concurrency_safety"]
    assert (safety["lost_edits"], safety["wrong_answers"]) == (0, 0)
    assert safety["documents_edited"] >= 1
    assert run["feedback"]["edits"] >= 25
    assert set(run["operations"]) - {"edit"}, "the editor asked nothing on its own"
    assert run["error_stats"]["error"] == 0


def test_kinds_of_users_run_together_on_workers_too(pytester, run_pytest):
    (pytester.path / "pair.scenario.yaml").write_text(
        "description: two kinds\nwarm_up: 0s\nduration: 3s\ncodebase: {loc: 1000, crates: 2}\n"
        "behaviors: {code-reviewer: 1, intensive-developer: 1}\noperations: {hover: 5/s}\n"
    )
    (pytester.path / "budgets.yaml").write_text("defaults:\n  error_ratio: 5%\n")
    result = run_pytest("--ide-backend=embedded", "-n", "2")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["pair: embedded *", "hover *", "load: * editor raw, vscode"])
