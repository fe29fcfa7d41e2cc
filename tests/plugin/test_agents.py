"""Runs whose users are shared by agents: the same run however many there are, and how it ends without one."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

TEAM = """
description: some who share
topology: {topology}
users: 6
warm_up: {warm_up}
duration: {duration}
codebase: {{loc: 1500, crates: 2}}
working_set: {{open_files: 2-3}}
operations: {{hover: 5/s, definition: 3/s, edit: 1/s}}
"""
# Keeps what the run was made of, beside what is made of it.
WITNESS = """
import json
from pytest_rustide_load.plugin import distributed
from pytest_rustide_load.stats.merged import summarise_tally
from pytest_rustide_load.stats.summary import summarise
from pytest_rustide_load.units import NS_PER_S
from pytest_rustide_load.workload import OPERATIONS, waited_for

merge = distributed.merged_record

def witness(scenario, results, tally, exact, **known):
    record = merge(scenario, results, tally, exact, **known)
    counted = summarise_tally(record, tally, tuple(OPERATIONS), waited_for())
    pooled = summarise(record, waited_for(), timeout_ns=10 * NS_PER_S)
    names = ("min_ns", "p50_ns", "p90_ns", "p95_ns", "p99_ns", "max_ns", "mean_ns")
    with open(f"run-{len(results)}.json", "w") as file:
        json.dump({
            "samples": [
                (one.user, one.operation, one.intended_ns - record.start_ns) for one in record.samples
            ],
            "figures": [
                [getattr(getattr(summary.operations[name].latency, figure), "value") for figure in names]
                for summary in (counted, pooled) for name in ("hover", "definition")
            ],
            "ok": [counted.operations["hover"].ok, pooled.operations["hover"].ok],
        }, file)
    return record

distributed.merged_record = witness
"""
BOOTSTRAP = "exec(eval(sys.stdin.readline()))"


@pytest.fixture
def team(pytester):
    def write(*, topology="shared", warm_up="0s", duration="2s") -> None:
        text = TEAM.format(topology=topology, warm_up=warm_up, duration=duration)
        (pytester.path / "team.scenario.yaml").write_text(text)
        (pytester.path / "budgets.yaml").write_text("defaults: {error_ratio: 100%}\n")

    return write


def test_one_and_four_agents_run_the_same_users(pytester, run_pytest, team):
    team(duration="1500ms")
    pytester.makeconftest(WITNESS)
    seen = []
    for count in (1, 4):
        result = run_pytest(
            *("--ide-backend=embedded", f"--load-tx={count}*popen", "--load-diagnose"), "--load-json=out.json"
        )
        found = json.loads((pytester.path / "out.json").read_text())["results"][0]
        assert found["ended"] == "complete", result.stdout.str()
        assert found["percentiles_from"] == "samples"
        assert [one["users"] for one in found["agents"]] == ([6] if count == 1 else [2, 2, 1, 1])
        # One host has one clock.
        assert all(abs(one["offset_ms"]) <= one["offset_error_ms"] for one in found["agents"])
        result.stdout.fnmatch_lines([f"agents: 6 users on {count}, controller *% of a core, * kB received"])
        # What held it back, what was slowest, and how it went are told as of a single process.
        assert [one["phase"] for one in found["bottlenecks"]] == [""]
        assert len(found["slowest"]) == 5
        assert all("--load-repeat-request=" in one["repeat_command"] for one in found["slowest"])
        assert sum(found["timeline"]["overall"]["planned"]) > 60
        assert found["endpoints"] is not None
        seen.append(json.loads((pytester.path / f"run-{count}.json").read_text()))
    one, four = seen
    assert len(one["samples"]) > 60
    assert sorted(_numbered(one["samples"])) == sorted(_numbered(four["samples"]))
    for run in seen:
        counted, pooled = np.array(run["figures"][:2]), np.array(run["figures"][2:])
        assert np.all(np.abs(counted - pooled) <= pooled / 256 + 1)
        assert run["ok"][0] == run["ok"][1] > 0


def _numbered(samples):
    """User, number among the user's, operation and when it was due."""
    counts: dict[int, int] = {}
    for user, operation, due_ns in sorted(samples, key=lambda one: (one[2], one[1])):
        counts[user] = counts.get(user, -1) + 1
        yield user, counts[user], operation, due_ns


def test_samples_beyond_what_the_controller_takes_leave_histograms(pytester, run_pytest, team):
    team(topology="per-user", duration="2s")
    pytester.makeconftest("from pytest_rustide_load.plugin import crew\ncrew.EXACT_ROWS = 20\n")
    result = run_pytest(
        *("--ide-backend=embedded", "--load-users=2", "--load-tx=2*popen", "--load-diagnose"),
        "--load-json=out.json",
    )
    result.assert_outcomes(passed=1)
    [found] = json.loads((pytester.path / "out.json").read_text())["results"]
    assert found["percentiles_from"] == "histograms"
    assert found["operations"]["hover"]["response_time"]["count"] > 10
    assert found["resource_usage"]["process_peak"] == 2
    assert found["generator"]["planned"] == found["sample_count"]
    # The seconds are made of counts, and slow requests were named before they were forgotten.
    planned = found["timeline"]["operations"]["hover"]["planned"]
    assert sum(planned) == found["operations"]["hover"]["error_stats"]["planned"]
    assert len(found["slowest"]) == 5
    assert max(one["latency_ms"] for one in found["slowest"]) == found["slowest"][0]["latency_ms"]
    result.stdout.fnmatch_lines(["agents: 2 users on 2*"])
    result.stdout.fnmatch_lines(["*from histograms*"])


class Running:
    """A pytest process in mid-load with agents."""

    def __init__(self, directory: Path, *arguments: str) -> None:
        self.output = directory / "output.txt"
        with self.output.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-v", *arguments],
                cwd=directory,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.parent = psutil.Process(self.process.pid)
        self.below: list[psutil.Process] = []

    def wait_for(self, name: str) -> None:
        """Until it says so by a file: `loaded` when agents have reported, `lost` when one is missed."""
        deadline = time.monotonic() + 90
        while not (self.output.parent / name).exists():
            assert self.process.poll() is None, self.output.read_text()
            assert time.monotonic() < deadline, self.output.read_text()
            time.sleep(0.05)

    @property
    def agents(self) -> list[psutil.Process]:
        return [one for one in self.below if any(BOOTSTRAP in part for part in one.cmdline())]

    def gone(self, timeout_s: float) -> bool:
        _, alive = psutil.wait_procs(self.below, timeout=timeout_s)
        return not [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture
def running(pytester, team):
    pytester.makeconftest(
        """
        from pathlib import Path
        from pytest_rustide_load.agents import Fleet
        from pytest_rustide_load.plugin.shares import Shares
        add, check = Shares.add_report, Fleet.check
        def add_report(self, *told):
            add(self, *told)
            Path("loaded").touch()
        def check_all(self):
            check(self)
            if any(agent.lost for agent in self.agents):
                Path("lost").touch()
        Shares.add_report, Fleet.check = add_report, check_all
        """
    )
    found: list[Running] = []

    def start(*arguments: str, duration: str = "60s", topology: str = "shared") -> Running:
        team(duration=duration, topology=topology)
        found.append(Running(pytester.path, "--ide-backend=embedded", *arguments))
        found[-1].wait_for("loaded")
        found[-1].below = found[-1].parent.children(recursive=True)
        return found[-1]

    yield start
    for one in found:
        if one.process.poll() is None:
            os.killpg(one.process.pid, signal.SIGKILL)
            one.process.wait()


def test_a_lost_agent_is_told_and_one_more_than_is_tolerated_ends_the_run(running):
    run = running("--load-tx=3*popen", "--load-tolerate-lost=1")
    assert len(run.agents) == 3
    first, second, _ = run.agents
    first.send_signal(signal.SIGKILL)
    run.wait_for("lost")
    second.send_signal(signal.SIGKILL)
    began = time.monotonic()
    assert run.process.wait(timeout=30) == pytest.ExitCode.TESTS_FAILED
    assert time.monotonic() - began < 10
    assert run.gone(5)
    text = run.output.read_text()
    assert "team: 2 agents lost, --load-tolerate-lost=1" in text
    assert "its process ended" in text
    assert "the run ended early: agent" in text
    # What they had told counts.
    assert "percentiles from histograms" in " ".join(text.split())
    assert "Traceback" not in text


def test_a_loss_that_is_tolerated_leaves_the_verdict_to_the_budgets(running):
    run = running("--load-tx=2*popen", "--load-tolerate-lost=1", duration="5s")
    run.agents[0].send_signal(signal.SIGKILL)
    assert run.process.wait(timeout=60) == pytest.ExitCode.OK, run.output.read_text()
    assert run.gone(5)
    assert "was lost" in run.output.read_text()


def test_kill_9_of_the_controller_leaves_no_process_behind_within_ten_seconds(running):
    run = running("--load-tx=2*popen", "--load-users=2", topology="per-user")
    # Agents, and a supervisor and a backend for each user.
    assert len(run.below) >= 2 + 2 * 2
    run.process.send_signal(signal.SIGKILL)
    run.process.wait()
    assert run.gone(10)


def test_ctrl_c_keeps_what_was_measured(running):
    run = running("--load-tx=2*popen")
    os.killpg(run.process.pid, signal.SIGINT)
    assert run.process.wait(timeout=30) == pytest.ExitCode.INTERRUPTED
    assert run.gone(5)
    text = run.output.read_text()
    assert "interrupted" in text
    assert "agents: 6 users on 2" in text


def test_an_agent_without_the_package_says_what_installs_it(run_pytest, team):
    team()
    bare = shutil.which("python3", path="/usr/bin:/bin")
    if bare is None or not subprocess.run([bare, "-c", "import pytest_rustide_load"], check=False).returncode:
        pytest.skip("there is no Python here without this package")
    result = run_pytest("--ide-backend=embedded", f"--load-tx=popen//python={bare}")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*agent 1 (popen//python=*has no pytest-rustide-load*"])
    result.stdout.fnmatch_lines(["*-m pip install pytest-rustide-load==*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_an_agent_that_gets_nobody_ready_is_not_waited_for_for_ever(pytester, run_pytest, team):
    team()
    pytester.makeconftest(
        """
        import time
        from pytest_rustide_load.agents import Fleet
        from pytest_rustide_load.plugin import distributed
        def keep(self, works):
            for agent in self.agents:
                agent.told_s = time.monotonic()
        Fleet.give, distributed._NO_NEWS_S = keep, 1.0
        """
    )
    result = run_pytest("--ide-backend=embedded", "--load-tx=2*popen")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*agent 1 (popen): it began nothing for 1 s*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_mistakes_are_told_before_anything_starts(run_pytest, team):
    team()
    result = run_pytest("--load-scenario=large-team", "--load-tx=4*poppen", "--load-tolerate-lost=x")
    assert result.ret == 4
    result.stderr.fnmatch_lines(
        [
            "*--load-tx: '4[*]poppen': unknown key 'poppen': did you mean 'popen'?*",
            "*--load-tolerate-lost: 'x' is not a whole number*",
        ]
    )


def test_users_who_change_files_they_do_not_have_open_take_one_process(run_pytest):
    arguments = ("--load-scenario=small-team,multi-file-refactoring", "--load-json=out.json")
    result = run_pytest("-rs", *arguments, "--load-tx=2*popen", "--ide-backend=embedded")
    result.assert_outcomes(skipped=2)
    for operations in ("branch_switch, commit", "apply_rename, move_file"):
        result.stdout.fnmatch_lines([f"*its users change files that they do not have open ({operations})*"])
    result.stdout.fnmatch_lines(["--load-json=out.json: nothing was measured, so nothing is written"])
