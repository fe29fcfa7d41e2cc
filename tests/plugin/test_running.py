"""Load tests that really run, on the embedded backend: verdicts, printed text, results, and how they end."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import pairwise

import pytest

from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.workspaces import materialise
from tests.unhurried import unless_void

EMBEDDED = "--ide-backend=embedded"

LOAD_TEST = """
    import pytest

    @pytest.mark.budget("definition", {limits})
    def test_load(rust_codebase, ide_backend, run_scenario):
        backend = ide_backend(rust_codebase(seed=3, loc=1_000))
        result = run_scenario("individual-developer", backend=backend, duration_s=1, warm_up_s=0.2)
        assert result.error_stats.wrong == 0
        assert result.sample_count > 0
"""
IN_BETWEEN = 'rss_avg_mb={"warning": 0.001, "violation": 60_000}'
OUTCOMES = (
    "ok",
    "empty",
    "wrong",
    "error",
    "cancelled",
    "content_modified",
    "timeout",
    "crashed",
    "dropped",
)

# No limit of the file applies, so that the marker alone decides.
NO_BUDGETS = "defaults: {}\n"


@pytest.fixture
def no_budgets(pytester):
    pytester.makefile(".yaml", budgets=NO_BUDGETS)


def test_verdicts_their_text_and_json_are_those_of_the_budgets(pytester, run_afresh, mode, no_budgets):
    """One kept, one missed, and one in between; none is a timing, so that it does not matter what else the
    machine does. In whole processes, where everything is imported in its own order."""
    limits = ('"definition", error_ratio=0.9', "rss_peak_mb=0.001", IN_BETWEEN)
    pytester.makepyfile(
        **{
            f"test_{number}": LOAD_TEST.replace('"definition", {limits}', each)
            for number, each in enumerate(limits)
        }
    )
    result = run_afresh(EMBEDDED, "--load-json=results.json", *mode)
    result.assert_outcomes(passed=2, failed=1, warnings=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "*load test results*",
            "individual-developer: embedded *, seed 42, 1 s",
            "operation *n *p50 *p95 *p99 *good *err *wrong */s *budget *verdict*",
            "definition *err 90% *PASS*",
            "memory: *",
        ]
    )
    result.stdout.fnmatch_lines_random(["*BudgetWarning: individual-developer: rss avg*"])
    text = result.stdout.str()
    assert "FAIL rss peak: measured " in text
    assert "limit at most 1 KB" in text
    assert "test_load" in text
    assert "--load-seed=42" in text
    assert "BUDGET test_" in text
    assert "Traceback" not in text
    document = json.loads((pytester.path / "results.json").read_text())
    assert document["schema_version"] >= 1
    runs = document["results"]
    assert len(runs) == 3
    for run in runs:
        assert run["scenario_name"] == "individual-developer"
        assert run["backend"]["name"] == "embedded"
        assert {"performance_stats", "error_stats", "resource_usage", "operations"} <= run.keys()
        errors = run["error_stats"]
        assert errors["planned"] == sum(errors[name] for name in OUTCOMES) == run["sample_count"]
        assert run["generator"]["planned"] == run["generator"]["sent"] + run["generator"]["dropped"]
    # One load after the other, also on workers: each takes more than a second, and whole ones are told.
    starts = sorted(datetime.fromisoformat(run["execution_timestamp"]) for run in runs)
    assert all((later - earlier).total_seconds() >= 1 for earlier, later in pairwise(starts))


@pytest.mark.alone
def test_a_missed_latency_reads_like_an_assertion_and_too_few_samples_say_how_many_it_takes(
    pytester, run_pytest, no_budgets
):
    pytester.makepyfile(
        test_one=LOAD_TEST.replace("definition", "hover").format(limits="p50_ms=0.001, p99_ms=60_000"),
        test_two="""
        import pytest

        @pytest.mark.budget("hover", p50_ms=0.001)
        def test_load(rust_codebase, ide_backend, run_scenario):
            backend = ide_backend(rust_codebase(loc=1_000))
            run_scenario("individual-developer", backend=backend, duration_s=1, warm_up_s=0.1)
            assert 1 == 2
        """,
    )
    result = unless_void(lambda: run_pytest(EMBEDDED), lambda ran: ran.stdout.str())
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*INCONCLUSIVE hover p99*", "*too few for p99: it takes 299*"])
    text = result.stdout.str()
    assert "FAIL hover p50: measured " in text
    assert "limit at most 1 µs" in text
    # A test that fails by itself keeps its own reason.
    result.stdout.fnmatch_lines(["*assert 1 == 2*", "*missed budgets*", "*hover p50*"])


def test_a_budget_on_a_test_that_runs_nothing_fails(pytester, run_pytest):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.budget("completion", p95_ms=150)
        def test_nothing():
            pass
        """
    )
    result = run_pytest(EMBEDDED)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*ran no scenario, so nothing was measured*"])


def test_a_backend_that_is_not_there_is_a_usage_error_before_anything_runs(run_pytest, mode):
    result = run_pytest("--load-scenario=critical-path", "--ide-backend=cmd:no-such-server --stdio", *mode)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "there is no program 'no-such-server'" in result.stderr.str()


def test_a_backend_that_ends_at_once_fails_with_its_last_words(pytester, run_pytest):
    pytester.makepyfile(LOAD_TEST.format(limits="error_ratio=0.9"))
    result = run_pytest("--ide-backend=cmd:sh -c 'echo last words >&2; exit 3'")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "test_*.py:5: StartFailed: sh ended before it said anything while getting ready; exit status 3",
            "*last words*",
        ]
    )
    assert "pytest_rustide_load/plugin" not in result.stdout.str()


def test_a_backend_that_crashes_in_mid_run_fails_the_test_and_keeps_what_was_measured(
    pytester, run_pytest, no_budgets
):
    pytester.makepyfile(
        """
        import os, signal, threading
        import psutil

        def test_load(rust_codebase, ide_backend, run_scenario):
            backend = ide_backend(rust_codebase(loc=1_000))
            (server,) = psutil.Process(backend.running.pid).children()
            threading.Timer(1, server.kill).start()
            result = run_scenario("individual-developer", backend=backend, duration_s=30, warm_up_s=0)
            assert result.ended == "crashed"
            assert result.error_stats.ok > 0
            planned = result.generator.sent + result.generator.dropped
            assert planned == result.generator.planned == result.sample_count
        """
    )
    result = run_pytest(EMBEDDED, timeout=25)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*the backend ended in mid-run: *", "*individual-developer: embedded*crashed*"]
    )


def test_edits_that_the_server_lost_are_told(pytester, run_pytest, no_budgets):
    pytester.makepyfile(
        """
        from pytest_rustide_load.engine.documents import OpenDocument
        from pytest_rustide_load.workload import OperationPattern, Range, Scenario

        EDITING = Scenario(
            name="editing",
            description="",
            warm_up_s=0,
            duration_s=2,
            patterns=(OperationPattern("edit", Range(5, 5)), OperationPattern("hover", Range(5, 5))),
        )

        def run(rust_codebase, ide_backend, run_scenario):
            result = run_scenario(EDITING, backend=ide_backend(rust_codebase(loc=1_000)))
            assert result.error_stats.wrong == 0
            return result.performance_stats.concurrency_safety

        def test_kept(rust_codebase, ide_backend, run_scenario):
            safety = run(rust_codebase, ide_backend, run_scenario)
            assert safety.documents_compared > 0
            assert safety.lost_edits == 0

        def test_lost(rust_codebase, ide_backend, run_scenario, monkeypatch):
            # The client believes in a text that it never sent, as if the server had lost the difference.
            truth = OpenDocument.text.fget
            text = property(lambda self: truth(self) + "// more" * bool(self.edits))
            monkeypatch.setattr(OpenDocument, "text", text)
            safety = run(rust_codebase, ide_backend, run_scenario)
            assert safety.lost_edits == safety.documents_compared > 0
        """
    )
    result = run_pytest(EMBEDDED)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "editing: edits were lost: at the end the server held another text of 4 of 4 edited documents",
            "lost edits: the server holds another text of *",
        ]
    )


def test_the_own_project_is_copied_and_never_touched(pytester, run_pytest, no_budgets):
    own = pytester.mkdir("own")
    materialise(generate_codebase(CodebaseSpec(seed=8, loc=1_500)), own)
    before = {path: path.read_bytes() for path in own.rglob("*") if path.is_file()}
    result = run_pytest(
        EMBEDDED,
        "--load-scenario=individual-developer",
        "--load-codebase=own",
        "--load-profile=smoke",
        "--load-duration=3s",
    )
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["codebase: * lines in * files, your own: answers are checked for being*"])
    text = result.stdout.str()
    assert "your own: no answer is known, so few are checked" in text
    assert {path: path.read_bytes() for path in own.rglob("*") if path.is_file()} == before


def test_an_own_project_that_is_none_is_a_usage_error(pytester, run_pytest):
    pytester.mkdir("empty")
    result = run_pytest("--load-scenario=critical-path", "--load-codebase=empty")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "has no Cargo.toml" in result.stderr.str()
