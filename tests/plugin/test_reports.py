"""What a session leaves behind: the HTML report, also of workers, and of one that failed before it ran."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace

import pytest
from _pytest._io import TerminalWriter

from pytest_rustide_load.plugin import summary
from tests.unhurried import unless_void

EMBEDDED = "--ide-backend=embedded"

LOAD_TEST = """
    import pytest

    @pytest.mark.budget("hover", p50_ms=0.001)
    def test_load(rust_codebase, ide_backend, run_scenario):
        backend = ide_backend(rust_codebase(seed=3, loc=1_000))
        run_scenario("individual-developer", backend=backend, duration_s=1, warm_up_s=0.2)

    def test_other():
        assert "one thing" == "another <b>"
"""


@pytest.mark.alone
def test_a_red_session_leaves_a_report_that_says_why(pytester, run_pytest, monkeypatch):
    pytester.makefile(".yaml", budgets="defaults: {}\n")
    pytester.makepyfile(LOAD_TEST)
    step = pytester.path / "step.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(step))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(pytester.path.parent))

    def run():
        step.write_text("from another step\n")
        return run_pytest(EMBEDDED, "-n", "1", "--load-report=out/report.html")

    result = unless_void(run, lambda ran: ran.stdout.str())
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["report written to out*report.html"])
    text = (pytester.path / "out/report.html").read_text(encoding="utf-8")
    assert '<h1 id="verdict">FAIL: individual-developer: hover p50 is ' in text
    assert "limit 1 µs" in text
    assert (
        "test_other failed: AssertionError: assert &#39;one thing&#39; == &#39;another &lt;b&gt;&#39;" in text
    )
    assert "--load-seed=42" in text
    assert len(text) < 1_000_000
    summary = step.read_text(encoding="utf-8")
    assert summary.startswith("from another step\n## ❌ FAIL: individual-developer: hover p50 is ")
    assert "| hover |" in summary
    place = f"file={pytester.path.name}/test_a_red_session_leaves_a_report_that_says_why.py,line=3"
    result.stdout.fnmatch_lines([f"::error title=FAIL individual-developer,{place}::hover p50 is *"])


def test_a_backend_that_does_not_start_is_in_the_report(pytester, run_pytest):
    result = run_pytest("--load-scenario=cold-start", "--ide-backend=cmd:false", "--load-report=report.html")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    text = (pytester.path / "report.html").read_text(encoding="utf-8")
    assert "FAIL: rustide-load::cold-start failed: " in text


def test_a_report_that_cannot_be_made_takes_no_result_away(pytester, run_pytest):
    pytester.makeconftest("""
        from pytest_rustide_load.plugin import publish

        def no_page(*_):
            raise ValueError("not drawn")

        publish.render_report = no_page
    """)
    pytester.makepyfile("def test_nothing(): assert False")
    result = run_pytest("--load-report=report.html")
    assert result.ret == pytest.ExitCode.INTERNAL_ERROR
    result.stdout.fnmatch_lines(["--load-report: no report was made: ValueError: not drawn", "*1 failed*"])


def test_files_to_write_are_looked_at_before_anything_is_measured(pytester, run_pytest):
    (pytester.path / "taken").mkdir()
    scenario = ("--load-scenario=cold-start", "--ide-backend=embedded")
    result = run_pytest(*scenario, "--load-report=taken", "--load-json=.")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["*--load-json: . is a directory, not a file to write", "--load-report: taken is a directory, not *"]
    )
    (pytester.path / "file").touch()
    below = run_pytest(*scenario, "--load-report=file/out", "--load-json=file/a/out")
    assert below.ret == pytest.ExitCode.USAGE_ERROR
    below.stderr.fnmatch_lines(
        [
            "*--load-json: file/a/out cannot be written: */file is no directory",
            "--load-report: file/out cannot be written: */file is no directory",
        ]
    )
    same = run_pytest(*scenario, "--load-report=out", "--load-json=out")
    same.stderr.fnmatch_lines(["*--load-report: out is the file of --load-json"])


def test_a_session_without_the_files_that_were_asked_for_is_not_green(pytester, run_drawn):
    (pytester.path / "budgets.yaml").write_text("defaults: {}\n")
    # By the time they are to be written something else is there.
    pytester.makeconftest("""
        import pathlib

        def pytest_runtest_teardown():
            for name in ("out.json", "out.html", "base.json"):
                pathlib.Path(name).mkdir(exist_ok=True)
    """)
    scenario = ("--load-scenario=individual-developer", "--load-profile=smoke", "--ide-backend=cmd:true")
    given = ("--load-json=out.json", "--load-report=out.html", "--load-save-baseline=base.json")
    result = run_drawn(*scenario, *given)
    result.stdout.fnmatch_lines(
        [
            "individual-developer: *",
            "FAIL --load-json: results could not be written to out.json: Is a directory",
            "FAIL --load-report: out.html could not be written: Is a directory",
            "baseline base.json is not saved: a session that fails is none to compare with",
        ]
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=1)
    result = run_drawn(*scenario, "--load-save-baseline=base.json")
    result.stdout.fnmatch_lines(["FAIL baseline base.json is not saved: *base.json: Is a directory"])
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert not list(pytester.path.glob("*.tmp")) + list(pytester.path.glob(".*.tmp"))
    assert run_drawn(*scenario).ret == pytest.ExitCode.OK


def test_a_report_that_cannot_be_written_is_told_and_changes_no_outcome(pytester, run_pytest, monkeypatch):
    pytester.makepyfile("def test_nothing(): assert False")
    (pytester.path / "taken").mkdir()
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(pytester.path / "step.md"))
    result = run_pytest("--load-report=taken")
    result.stdout.fnmatch_lines(["FAIL --load-report: taken could not be written: Is a directory"])
    result.assert_outcomes(failed=1)
    # Nobody asked for a summary of load tests where there are none.
    assert not (pytester.path / "step.md").exists()


def test_a_terminal_without_utf_8_has_failures_of_lines_too(pytester, run_afresh, monkeypatch):
    (pytester.path / "budgets.yaml").write_text(
        "defaults: {}\nscenarios: {individual-developer: {hover: {p50_ms: 0.01ms}}}\n"
    )
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    given = ("-p", "tests.simulated_runs", "--load-scenario=individual-developer", "--ide-backend=cmd:true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(pytester.path / "step.md"))
    result = run_afresh(*given)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["  FAIL hover p50: measured * limit at most 10 \\xb5s, n=*", "repeat with:"])
    # Who has such a summary and is not GitHub reads no commands of GitHub's.
    assert (pytester.path / "step.md").exists()
    result.stdout.no_fnmatch_line("::*")


def test_the_tables_fit_a_narrow_terminal(pytester, run_drawn, monkeypatch):
    (pytester.path / "budgets.yaml").write_text("defaults: {}\n")
    monkeypatch.setenv("COLUMNS", "40")
    result = run_drawn("--load-scenario=individual-developer", "--ide-backend=cmd:true", "--load-duration=2s")
    table = [line for line in result.outlines if line.startswith(("operation ", "completion "))]
    assert max(map(len, table)) <= 40
    # In as many pieces as it takes.
    assert len([line for line in table if line.startswith("operation ")]) > 1


def test_a_terminal_without_utf_8_has_a_summary_of_lines_too():
    raw = io.BytesIO()
    writer = TerminalWriter(io.TextIOWrapper(raw, encoding="ascii"))
    summary._write(SimpleNamespace(write_line=writer.line), "rss avg 87 MB ≤ 1 GB\nbottleneck: none")
    writer.flush()
    assert raw.getvalue() == b"rss avg 87 MB \\u2264 1 GB\nbottleneck: none\n"
