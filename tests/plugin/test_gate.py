"""The whole gate through the command line, on backends that are drawn (tests/simulated_runs.py)."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree

import pytest

from tests.stats.gate_table import backend, run_sessions

OLD = backend("--run-noise=1.4%")
SLOWER = backend("--run-noise=1.4%", "--slower=hover=30%")
SCENARIO = """
description: simulated
warm_up: 0s
duration: 20s
codebase: {loc: 600, crates: 1}
operations: {hover: 100/s, definition: 100/s}
"""


@pytest.fixture
def simulate(pytester, run_drawn):
    """Runs pytest on a simulated scenario with two operations."""
    (pytester.path / "sim.scenario.yaml").write_text(SCENARIO)
    (pytester.path / "budgets.yaml").write_text("defaults: {error_ratio: 50%}\n")
    return run_drawn


def test_equal_backends_do_not_fail_and_slower_ones_do(tmp_path):
    """In small; tests/stats/gate_table.py prints it at any size."""
    assert "FAIL" not in run_sessions(
        tmp_path, 8, 2_000, f"--load-baseline-backend={OLD}", f"--ide-backend={OLD}"
    )
    slow = run_sessions(tmp_path, 3, 2_000, f"--load-baseline-backend={OLD}", f"--ide-backend={SLOWER}")
    assert slow == ["FAIL"] * 3


def test_a_regression_fails_the_session_and_is_told_everywhere(pytester, simulate):
    result = simulate(f"--load-compare=old={OLD},new={SLOWER}", "--load-json=out.json", "--junitxml=out.xml")
    # The test passes, the session fails.
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "*comparison with the baseline*",
            "sim: new (true, */true --run-noise=1.4% --slower=hover=30%)*",
            "5 interleaved pairs, regression beyond 5.0%, failures looked at twice",
            "series * old *± * new *± change * interval * p verdict",
            "hover p95 * FAIL",
            "definition p95 *",
            "memory peak * PASS",
            "geometric mean of 2 latencies: +*%",
            "  FAIL hover p95: +*% is a regression of more than 5.0%, confirmed by a",
            "repeat with:",
            "FAIL sim: hover p95 is *% slower: * ms, was * ms; between +*",
        ]
    )
    assert max(len(line) for line in result.outlines if "p95 " in line and "ms" in line) <= 80
    [report] = json.loads((pytester.path / "out.json").read_text())["comparisons"]
    assert [one["status"] == "FAIL" for one in report["series"]] == [True, False, False]
    written = (pytester.path / "out.xml").read_text()
    assert 'name="rustide_load.sim.hover.p95.regression" value="FAIL"' in written
    # Who sees nothing but that file sees what failed, beside the test that passed.
    suite = ElementTree.fromstring(written).find("testsuite")
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    [case] = suite.findall("testcase[@classname='rustide-load.regression']")
    assert case.get("name") == "sim"
    said = case.find("failure").get("message").splitlines()
    assert said[0].startswith("sim: 1 of 3 series regressed against old (true, ")
    assert re.match(r"  FAIL hover p95 is \d+% slower: ", said[1])
    told = {one.get("name"): one.get("value") for one in case.iter("property")}
    assert told["hover p95"].startswith("FAIL +")
    assert told["memory peak"].startswith("PASS ")


def test_thresholds_and_critical_series_are_those_of_budgets_yaml(pytester, simulate):
    budgets = pytester.path / "budgets.yaml"
    both = (f"--load-baseline-backend={OLD}", f"--ide-backend={SLOWER}")
    budgets.write_text("defaults: {error_ratio: 50%, hover: {regression_threshold: 50%}}\n")
    result = simulate(*both)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["hover p95 * WARN", "hover p95: regression beyond 50.0%"])
    assert simulate(*both, "--load-regression-threshold=5%").ret == 1
    budgets.write_text("defaults: {error_ratio: 50%, definition: {critical: true}}\n")
    result = simulate(*both)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["hover p95 * WARN"])
    assert "not declared critical, so it binds nobody" in " ".join(result.stdout.str().split())


def test_pairs_that_are_void_are_made_again_and_none_is_no_pass(simulate):
    result = simulate(f"--load-baseline-backend={OLD}", f"--ide-backend={OLD} --late=40%")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        ["5 interleaved pairs, *", "* pair* void: the load generator was the bottleneck"]
    )
    result = simulate(f"--load-baseline-backend={OLD}", f"--ide-backend={OLD} --late=100%")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    # Said when it happens, as the same pair begins over and over.
    told = "pair 1 of 5 is void: the load generator was the bottleneck; "
    assert [result.stdout.str().count(told + more) for more in ("it is made again", "no more")] == [9, 1]
    result.stdout.fnmatch_lines(["FAIL sim: nothing could be compared with *: 10 pairs were void"])


def test_pairs_whose_stress_was_another_are_void_as_well(simulate):
    result = simulate(f"--load-compare=old={OLD},new={backend('--run-noise=1.4%', '--unstressed=30%')}")
    assert result.ret == 0
    text = " ".join(result.stdout.str().split())
    assert "5 interleaved pairs, " in text
    assert re.search(r"\d pairs? w\w+ void: the stress was not what was asked for", text)
    result = simulate(f"--load-baseline-backend={OLD}", f"--ide-backend={OLD} --unstressed=100%")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "10 pairs were void: the stress was not what was asked for",
            "FAIL sim: nothing could be compared with *: 10 pairs were void",
        ]
    )


def test_a_crash_fails_the_test_in_whichever_of_several_runs(pytester, simulate):
    simulate(f"--ide-backend={OLD}", "--load-save-baseline=base.json").assert_outcomes(passed=1)
    crashing = backend("--run-noise=1.4%", "--crash=30%")
    result = simulate(f"--ide-backend={crashing}", "--load-repetitions=6", "--load-baseline=base.json")
    result.assert_outcomes(failed=1)
    text = " ".join(result.stdout.str().split())
    assert "in a run that is not shown: sim: the backend ended in mid-run: it closed its output" in text
    count = re.search(r"(\d) runs? against 1 of before, .* (\d) void runs? left out: cut short", text)
    assert int(count[1]) + int(count[2]) == 6


def test_a_test_that_is_run_again_is_judged_by_what_it_measured_then(pytester, simulate):
    """As plugins for flaky tests do it."""
    pytester.makeconftest(
        """
        from _pytest.runner import runtestprotocol

        def pytest_runtest_protocol(item, nextitem):
            for attempt in range(2):
                reports = runtestprotocol(item, nextitem=nextitem, log=False)
                if not any(report.failed for report in reports):
                    break
            for report in reports:
                item.ihook.pytest_runtest_logreport(report=report)
            return True
        """
    )
    pytester.makepyfile(
        """
        import pytest
        attempts = []

        @pytest.mark.load_scenario("mine")
        @pytest.mark.budget("hover", min_goodput_ratio=0)
        def test_again(run_scenario, request):
            attempts.append(1)
            request.node.own_markers[:] = [
                pytest.mark.budget("hover", p50_ms=0.001 if len(attempts) == 1 else 1000).mark
            ]
            assert run_scenario("sim").sample_count
        """
    )
    result = simulate(f"--ide-backend={OLD}", "--load-scenario=mine", "--load-json=out.json")
    result.assert_outcomes(passed=1)
    [found] = json.loads((pytester.path / "out.json").read_text())["results"]
    assert found["workload"]["load"].startswith("200/s (")


def test_a_series_that_is_gone_fails(simulate):
    result = simulate(f"--load-baseline-backend={OLD}", f"--ide-backend={OLD} --gone=definition")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*FAIL definition p*: the baseline has it, the candidate does not"])


def test_what_the_machine_changed_is_taken_out_of_a_baseline(simulate):
    before = f"--ide-backend={backend('--run-noise=1.4%', '--machine-noise=8%')}"
    simulate(before, "--load-repetitions=20", "--load-save-baseline=base.json").assert_outcomes(passed=1)
    # The eleventh is a slow one, by a quarter.
    now = backend("--run-noise=1.4%", "--day-noise=22%", "--day=11")
    held = ("--load-baseline=base.json", "--load-repetitions=3")
    assert simulate(f"--ide-backend={now} --uncalibrated", *held).ret == pytest.ExitCode.TESTS_FAILED
    result = simulate(f"--ide-backend={now}", *held)
    assert result.ret == 0
    text = " ".join(result.stdout.str().split())
    assert "slower than in the runs of before, by a fixed workload; taken out of hover p95 (β" in text


def test_a_scenario_that_a_saved_baseline_does_not_know_fails_unless_allowed(pytester, simulate):
    simulate(f"--ide-backend={OLD}", "--load-save-baseline=base.json").assert_outcomes(passed=1)
    result = simulate(f"--ide-backend={OLD}", "--load-baseline=base.json", "--load-rate=0.5")
    assert "no run of before is comparable: load: 100/s (" in " ".join(result.stdout.str().split())
    (pytester.path / "sim.scenario.yaml").rename(pytester.path / "renamed.scenario.yaml")
    result = simulate(f"--ide-backend={OLD}", "--load-baseline=base.json")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["FAIL renamed: nothing could be compared with base.json of *"])
    assert simulate(f"--ide-backend={OLD}", "--load-baseline=base.json", "--load-allow-missing").ret == 0


def test_what_a_candidate_is_held_against_is_no_run_of_before(pytester, simulate):
    simulate(f"--load-baseline-backend={OLD}", f"--ide-backend={SLOWER}", "--load-repetitions=2")
    result = simulate(f"--ide-backend={SLOWER}", "--load-baseline=last", "--load-trend")
    result.stdout.fnmatch_lines(["1 run against 2 of before, *", "sim: true, 3 comparable runs, *"])


@pytest.mark.parametrize(
    ("budget", "more", "status", "told"),
    [
        ("{hover: {p95_ms: 1s}}", "", 0, "hover * PASS"),
        ("{hover: {p95_ms: 1ms}}", "", 1, "*FAIL hover p95: measured *"),
        ("{hover: {p95_ms: 1s, min_samples: 9000}}", "", 1, "*9000*"),
        ("{hover: {p95_ms: 1s}}", "--late=100%", 1, "*INCONCLUSIVE hover p95: *"),
        ("{hover: {p95_ms: 1}}", "", 4, "*budgets.yaml:1: p95_ms: 1 has no unit*"),
    ],
)
def test_exit_statuses_of_budgets_are_those_of_the_table(pytester, simulate, budget, more, status, told):
    """Those of regressions stand above, that of an interrupted session in test_ending.py."""
    (pytester.path / "budgets.yaml").write_text(f"defaults: {budget}\n")
    result = simulate(f"--ide-backend={OLD} {more}")
    assert result.ret == status
    (result.stderr if status == 4 else result.stdout).fnmatch_lines([told])


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_baseline_that_is_none_is_told_before_a_scenario_of_ones_own_runs(pytester, simulate, workers):
    folder = pytester.path / ".rustide-load" / "baselines"
    folder.mkdir(parents=True)
    (folder / "main.json").write_text("{}")
    result = simulate(f"--ide-backend={OLD}", "--load-baseline=mian", "-n", workers)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    text = result.stdout.str() + result.stderr.str()
    assert "--load-baseline: there is no baseline 'mian': did you mean 'main'?" in text
    assert "INTERNALERROR" not in text
    result.stdout.no_fnmatch_line("*load test results*")
