"""Scenarios in files of one's own: collected, run, selected, explained, and their mistakes."""

from __future__ import annotations

import json

import pytest

QUICK = """
extends: individual-developer
description: a quick look around
warm_up: 0s
duration: 2s
codebase: {loc: 1000}
operations: {completion: null, references: null, document_symbols: null}
"""
# No timing in what is run: the machine may be busy.
BUDGETS = """
defaults:
  error_ratio: 50%
scenarios:
  quick:
    hover:
      min_goodput_ratio: 40%
"""


@pytest.fixture
def quick(pytester):
    (pytester.path / "quick.scenario.yaml").write_text(QUICK)
    (pytester.path / "budgets.yaml").write_text(BUDGETS)


def text_of(result) -> str:
    return result.stdout.str() + result.stderr.str()


def test_a_file_is_collected_and_run_like_a_test(pytester, run_pytest, mode, quick):
    result = run_pytest("--ide-backend=embedded", "--load-json=out.json", *mode)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["quick: embedded *, seed 42, 2 s"])
    [run] = json.loads((pytester.path / "out.json").read_text())["results"]
    assert run["scenario_name"] == "quick"
    assert run["repeat_command"].startswith("pytest quick.scenario.yaml::quick --load-seed=42")


def test_the_option_selects_a_file_by_its_name_and_runs_it_once(pytester, run_pytest, quick):
    pytester.makepyfile("def test_other(): pass")
    result = run_pytest("--load-scenario=quick", "--collect-only", "-q")
    result.stdout.fnmatch_lines(["quick.scenario.yaml::quick", "*1 deselected*"])
    assert "rustide-load::" not in result.stdout.str()


def test_mistakes_in_several_files_and_in_markers_are_told_together(pytester, run_pytest, mode):
    (pytester.path / "one.scenario.yaml").write_text("extends: cold-strt\n")
    (pytester.path / "two.scenario.yaml").write_text(
        "extends: cold-start\nusers: none\noperations: {hver: 1/s}\n"
    )
    pytester.makepyfile(
        test_three="import pytest\n@pytest.mark.budget(p95=1)\ndef test_it(run_scenario): pass\n"
    )
    result = run_pytest(*mode)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    text = text_of(result)
    for part in (
        "one.scenario.yaml:1: extends unknown scenario 'cold-strt': did you mean 'cold-start'?",
        "two.scenario.yaml:2: users: 'none'",
        "two.scenario.yaml:3: unknown key 'hver' in operations",
        "test_three.py:2: budget marker: unknown key 'p95'",
    ):
        assert part in text
    assert "Traceback" not in text


def test_budgets_may_speak_of_scenarios_that_this_session_did_not_collect(pytester, run_pytest, quick):
    pytester.makepyfile("def test_other(run_scenario): pass")
    result = run_pytest("test_budgets_may_speak_of_scenarios_that_this_session_did_not_collect.py")
    result.assert_outcomes(passed=1)


def test_an_unknown_scenario_in_the_budgets_is_still_told(pytester, run_pytest, quick):
    (pytester.path / "budgets.yaml").write_text(BUDGETS.replace("quick", "quikc"))
    result = run_pytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "unknown scenario 'quikc': did you mean 'quick'?" in text_of(result)


def test_the_list_names_ones_own_and_show_explains_them_in_full(run_pytest, quick):
    listed = run_pytest("--load-list")
    listed.stdout.fnmatch_lines(["your own*", "  quick * quick.scenario.yaml: a quick look around"])
    shown = run_pytest("--load-show=quick", "--load-users=3", "--load-rate=2", "--load-ramp=1..4")
    assert shown.ret == 0
    lines = shown.stdout.str().splitlines()
    assert max(map(len, lines)) <= 80
    shown.stdout.fnmatch_lines(
        [
            "quick (profile ci)",
            "  a quick look around",
            "required, and what stands for it here:",
            "  peak_operations_per_second:",
            "    hover_requests * 10-20 → operations.hover",
            "runs:",
            "  users * 3, with no editor: one request for each operation",
            "  time * 6 s measured",
            "  ramp * 1x, 2x, 4x of the rates below",
            "  codebase * 1,000 lines *",
            "operations of each user, and of all 3:",
            "  hover * 20-40/s, 60-120/s of all",
            "has to keep (budgets.yaml):",
            "  hover * goodput at least 40%",
            "times by profile:",
            "  smoke * 2 s measured",
        ]
    )


def test_of_a_file_with_mistakes_the_list_says_so_and_show_says_which(pytester, run_pytest):
    (pytester.path / "mine.scenario.yaml").write_text("extends: cold-start\nusers: 0\nduration: 3\n")
    listed = " ".join(text_of(run_pytest("--load-list")).split())
    assert "mine.scenario.yaml: has mistakes, see --load-show=mine" in listed
    shown = run_pytest("--load-show=mine")
    assert shown.ret == pytest.ExitCode.USAGE_ERROR
    assert "mine.scenario.yaml:2: users: 0" in text_of(shown)
    assert "mine.scenario.yaml:3: duration: 3 has no unit" in text_of(shown)


def test_show_says_what_became_of_figures_networks_and_budgets(pytester, run_pytest):
    (pytester.path / "mine.scenario.yaml").write_text(
        "extends: individual-developer\noperations: {references: null}\n"
        "behaviors: {reader: {extends: code-reviewer, network: mobile_network, operations: {hover: 1/s}}}\n"
    )
    (pytester.path / "budgets.yaml").write_text("scenarios: {cold-start: {rss_avg_mb: 1GB}}\n")
    shown = run_pytest("--load-show=mine")
    assert shown.ret == 0
    text = " ".join(text_of(shown).split())
    assert "reference_requests 1-3 → operations.references; not here: operations.references" in text
    assert "hover_requests 10-20 → operations.hover definition_requests" in text
    assert "network mobile_network, whatever the others have" in text
    assert "has to keep (budgets.yaml): nothing: it states no budget for this scenario" in text


def test_show_leaves_nothing_out_that_a_scenario_says(pytester, run_pytest):
    (pytester.path / "mine.scenario.yaml").write_text(
        "extends: multi-file-refactoring\nfigures: {own: on top}\npriority: low\nerrors: {cancelled: 5%}\n"
        "stress: {memory: 100MB}\nworking_set: {zipf: 1.2}\npresence: {kind: step, levels: [0.5, 1]}\n"
        "edits: null\nstages:\n"
        "  - {name: calm, duration: 2s, stress: false, network: mobile_network, operations: {edit: 1/s}}\n"
        "profiles: {smoke: null, full: {users: 3}}\n"
    )
    (pytester.path / "budgets.yaml").write_text(
        "scenarios: {mine: {hover: {p50_ms: {target: 1ms, warning: 2ms, violation: 3ms}}}}\n"
    )
    shown = run_pytest("--load-show=mine")
    assert shown.ret == 0
    lines = shown.stdout.str().splitlines()
    assert max(map(len, lines)) <= 80
    assert "  :" not in lines
    text = " ".join(shown.stdout.str().split())
    for part in (
        "stands for it here: own on top refactoring_scope: ",
        "users 1, with no editor: one request for each operation",
        "backend with low priority on its machine",
        "presence step: levels 0.5, 1",
        "files open 20-40 of 1 KB-12 KB, some favoured (Zipf, exponent 1.2)",
        "refactored in 20-100 files by each rename or move",
        "slips cancelled 5%",
        "edits a line of comment at a time",
        "stage calm (2 s, without stress, network mobile_network): edit 1/s",
        "hover p50 at most 3 ms, warns above 2 ms, target 1 ms",
        "smoke 1 s warm-up, 6 s measured, 5,000 lines",
        "measured, 3 users",
    ):
        assert part in text, part


@pytest.mark.parametrize("name", ["quik", "critical-path", "nowhere/x.scenario.yaml"])
def test_showing_what_is_not_there_says_what_is(run_pytest, quick, name):
    result = run_pytest(f"--load-show={name}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "Traceback" not in text_of(result)
    expected = {"quik": "did you mean 'quick'?", "critical-path": "is a suite of cold-start"}.get(
        name, "unknown"
    )
    assert expected in text_of(result)


def test_wrong_sizes_of_load_are_told_all_at_once(run_pytest, quick):
    options = ("--load-users=0", "--load-rate=-1", "--load-ramp=3..1", "--load-profile=smok")
    result = run_pytest(*options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    for option in options:
        assert text_of(result).count(f"{option.split('=')[0]}: ") == 1
    assert "did you mean 'smoke'?" in text_of(result)


def test_what_a_scenario_cannot_be_made_is_told_before_anything_starts(run_pytest):
    result = run_pytest(
        "--load-scenario=large-codebase,individual-developer",
        "--load-ramp=1..8",
        "--load-rate=1000",
        "--load-duration=8000h",
    )
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    text = text_of(result)
    assert "--load-ramp: large-codebase has stages, and cannot be ramped" in text
    assert "individual-developer as these options want it: asks for up to 18,180," in text
    assert "Traceback" not in text


def test_every_cell_of_a_matrix_is_a_test_that_can_be_selected(pytester, run_pytest, quick):
    path = pytester.path / "quick.scenario.yaml"
    path.write_text(
        QUICK + "matrix:\n  speed: {calm: {operations: {hover: 9/s}}, busy: {operations: {hover: 40/s}}}\n"
        "  stress.memory: [1MB, 2MB]\n"
    )
    listed = run_pytest("--collect-only", "-q", "-k", "busy")
    listed.stdout.fnmatch_lines(
        ["quick.scenario.yaml::quick[[]busy-1MB]", "quick.scenario.yaml::quick[[]busy-2MB]"]
    )
    assert "calm" not in listed.stdout.str()
    # The budgets of the family are those of its cells, which may have their own.
    (pytester.path / "budgets.yaml").write_text(BUDGETS + "  quick[calm-2MB]: {rss_peak_mb: 1MB}\n")
    result = run_pytest("--ide-backend=embedded", "-k", "calm", "--load-duration=1s")
    result.assert_outcomes(passed=1, failed=1, deselected=2)
    result.stdout.fnmatch_lines(
        ["rss peak * > 1 MB; 1 of 4 budgets not kept*(quick[[]calm-2MB], *", "quick[[]calm-1MB]: embedded *"]
    )


def test_cells_of_built_in_scenarios_are_run_by_name_and_listed_with_their_scenario(run_pytest):
    name = "cpu-contention[80%-single_thread-os_scheduling]"
    result = run_pytest(f"--load-scenario={name}", "--collect-only", "-q")
    result.stdout.fnmatch_lines([f"rustide-load::{name.replace('[', '[[]')}"])
    assert "thread_pool" not in result.stdout.str()
    run_pytest("--load-list").stdout.fnmatch_lines(["  cpu-contention *", "*(18 cells)"])
    run_pytest("--load-show=cpu-contention").stdout.fnmatch_lines(
        ["  stress * 90% of the cores burnt (*", "runs as 18 cells of a matrix, each a test:"]
    )
