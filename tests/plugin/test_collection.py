"""What is collected, what is deselected, and how mistakes are told, before any load runs."""

from __future__ import annotations

import sys

import pytest

MARKED = """
    import pytest

    @pytest.mark.load_scenario("nightly")
    def test_marked():
        pass

    def test_ordinary():
        pass
"""


def test_without_the_option_marked_tests_are_ordinary_and_nothing_is_added(pytester, run_pytest, mode):
    pytester.makepyfile(MARKED)
    result = run_pytest(*mode)
    result.assert_outcomes(passed=2)
    assert result.ret == 0


def test_the_option_keeps_marked_tests_and_deselects_the_rest(pytester, run_pytest, mode):
    pytester.makepyfile(MARKED)
    result = run_pytest("--load-scenario=nightly", *mode)
    result.assert_outcomes(passed=1, deselected=0 if "-n" in mode else 1)
    assert result.ret == 0


def test_the_option_adds_the_items_of_a_suite_in_an_empty_directory(run_pytest):
    result = run_pytest("--load-scenario=critical-path", "--collect-only", "-q")
    result.stdout.fnmatch_lines(["rustide-load::cold-start", "rustide-load::individual-developer"])
    assert result.ret == 0


def test_a_short_look_at_a_suite_takes_each_value_of_a_matrix_once_and_says_so(run_pytest):
    result = run_pytest("--load-scenario=stress,cpu-contention", "--load-profile=smoke", "--collect-only")
    text = " ".join(result.stdout.str().split())
    assert "3 of 27 cells of memory-pressure" in text
    assert "each value once" in text
    names = [line for line in result.outlines if "<ScenarioItem" in line]
    assert sum("memory-pressure[" in name for name in names) == 3
    # Asked for by its own name it has them all.
    assert sum("cpu-contention[" in name for name in names) == 18
    assert sum("recovery[" in name for name in names) == 12


def test_an_unknown_scenario_ends_the_session_with_the_nearest_name(run_pytest, mode):
    result = run_pytest("--load-scenario=critical-pth", *mode)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    text = result.stdout.str() + result.stderr.str()
    assert "--load-scenario: unknown load scenario 'critical-pth': did you mean 'critical-path'?" in text
    assert "Traceback" not in text


def test_every_mistake_in_markers_is_told_at_once_with_file_and_line(pytester, run_pytest, mode):
    path = pytester.makepyfile(
        """
        import pytest

        @pytest.mark.budget("complection", p95_ms=150)
        def test_one(run_scenario):
            pass

        @pytest.mark.budget(p95ms=150)
        def test_two(run_scenario):
            pass
        """
    )
    result = run_pytest(*mode)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    text = result.stdout.str() + result.stderr.str()
    assert (
        f"{path.name}:3: budget marker: unknown operation 'complection': did you mean 'completion'?" in text
    )
    assert f"{path.name}:7: budget marker: unknown key 'p95ms': did you mean 'p95_ms'?" in text
    assert "Traceback" not in text
    assert len(text.splitlines()) < 40


def test_a_marker_on_a_class_is_complained_about_once(pytester, run_pytest):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.budget(p95=150)
        class TestMany:
            def test_one(self, run_scenario): pass
            def test_two(self, run_scenario): pass
        """
    )
    result = run_pytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert (result.stdout.str() + result.stderr.str()).count("unknown key 'p95'") == 1


def test_every_mistake_in_budgets_yaml_is_told_at_once_with_file_and_line(pytester, run_pytest, mode):
    pytester.makefile(
        ".yaml",
        budgets="defaults:\n  completion:\n    p95_ms: 150MB\n    p42_ms: 1ms\nscenaros: {}\n",
    )
    result = run_pytest("--load-scenario=critical-path", *mode)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    text = result.stdout.str() + result.stderr.str()
    for line in (3, 4, 5):
        assert f"budgets.yaml:{line}: " in text
    assert "Traceback" not in text


def test_wrong_options_are_told_all_at_once(run_pytest):
    result = run_pytest(
        "--load-scenario=critical-path", "--load-seed=x", "--load-duration=20", "--ide-backend=rust-analyser"
    )
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    text = result.stderr.str()
    assert "--load-seed: 'x'" in text
    assert "--load-duration: '20' has no unit" in text
    assert "--ide-backend: " in text
    assert "did you mean 'rust-analyzer'?" in text


def test_load_list_explains_everything_without_running(run_pytest):
    result = run_pytest("--load-list")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["suites*", "  critical-path *", "scenarios:", "  individual-developer *"])
    assert all(len(line) <= 80 for line in result.stdout.lines)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (
            "run_scenario('cold-start', duration_s='1s')",
            "run_scenario: duration_s: '1s' is not a number*",
        ),
        (
            "run_scenario('cold-start', duration_s=-1)",
            "run_scenario: duration_s: -1 is not a number of*",
        ),
        ("run_scenario('cold-start', backend='x')", "run_scenario: backend: 'x' is none that ide_backend(*"),
        ("run_scenario(5)", "run_scenario: 5 is neither the name of a scenario nor one"),
        ("ide_backend('x')", "ide_backend: 'x' is no codebase: rust_codebase(loc=5_000) gives one"),
    ],
)
def test_arguments_of_the_wrong_kind_are_told_in_a_line(pytester, call, told):
    pytester.makepyfile(f"def test_it(run_scenario, ide_backend): {call}")
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "--ide-backend=embedded")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"*ConfigError: {told}"])
    result.stdout.no_fnmatch_line("*site-packages*")


def test_a_built_in_scenario_may_be_skipped_like_any_test(pytester, run_pytest):
    pytester.makeconftest("""
        import pytest

        def pytest_collection_modifyitems(items):
            for item in items:
                item.add_marker(pytest.mark.skip("not today"))
    """)
    result = run_pytest("--load-scenario=cold-start", "--ide-backend=embedded", "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED * not today"])


def test_a_look_at_what_there_is_leaves_nothing_behind(pytester, run_pytest):
    result = run_pytest("--load-scenario=critical-path", "--ide-backend=embedded", "--co")
    assert result.ret == 0
    assert not (pytester.path / ".rustide-load").exists()


def test_without_temporary_directories_nothing_begins(run_pytest):
    result = run_pytest("--load-scenario=cold-start", "--ide-backend=embedded", "-p", "no:tmpdir")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*-p no:tmpdir: load tests work in pytest's temporary directories"])


def test_a_closed_output_is_no_matter_of_this_plugin(pytester):
    command = f"{sys.executable} -m pytest -p no:cacheprovider --co >&- 2>err.txt"
    pytester.run("sh", "-c", command)
    assert "rustide_load" not in (pytester.path / "err.txt").read_text()


@pytest.fixture
def without_numpy(pytester, monkeypatch):
    """Options for a pytest in whose environment numpy is not installed."""
    pytester.makepyfile(no_numpy="import sys; sys.modules['numpy'] = None")
    monkeypatch.setenv("PYTHONPATH", str(pytester.path))
    return ("-p", "no_numpy")


MENDS = f"numpy is not installed; mend it with: {sys.executable} -m pip install pytest-rustide-load"


@pytest.mark.parametrize(
    "asked",
    [("--load-scenario=cold-start",), ("--load-list",), ("--load-live",)],
    ids=["run", "list", "live"],
)
def test_a_requirement_that_is_not_installed_is_told_with_what_installs_it(run_afresh, without_numpy, asked):
    result = run_afresh(*without_numpy, *asked)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"load tests: {MENDS}" in result.stderr.str()
    assert "Traceback" not in result.stderr.str() + result.stdout.str()


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
def test_tests_that_load_are_not_run_without_what_they_take(pytester, run_afresh, without_numpy, workers):
    pytester.makepyfile("def test_one(run_scenario): pass", test_two="def test_two(): pass")
    result = run_afresh(*without_numpy, *workers)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    told = result.stderr.str() + result.stdout.str()
    assert told.count(MENDS) == 1
    assert "Traceback" not in told
    assert "INTERNALERROR" not in told
    # Other tests need nothing of it.
    run_afresh(*without_numpy, *workers, "test_two.py").assert_outcomes(passed=1)


def test_a_scenario_file_is_not_collected_without_what_it_takes(pytester, run_afresh, without_numpy):
    (pytester.path / "one.scenario.yaml").write_text("extends: individual-developer")
    result = run_afresh(*without_numpy)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines([f"load tests: {MENDS}", "ERROR *"])
    assert "Traceback" not in result.stdout.str()
