"""Agents over ssh, against an sshd of the test on loopback: what they do, and what a cut line leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.ssh_hosts import ssh_hosts

TEAM = """
description: some who share
topology: shared
users: 4
warm_up: 0s
duration: {duration}
codebase: {{loc: 1500, crates: 2}}
working_set: {{open_files: 2-3}}
operations: {{hover: 5/s, definition: 3/s, edit: 1/s}}
"""


@dataclass
class There:
    """A host that can be reached with `spec`; `server` is its sshd."""

    spec: str
    server: psutil.Process

    def sessions(self) -> list[psutil.Process]:
        return self.server.children(recursive=True)


@pytest.fixture
def there(tmp_path: Path) -> Iterator[There]:
    with ssh_hosts(tmp_path, {"there": "127.0.0.1"}) as hosts:
        spec = f"ssh=there//ssh_config={hosts.config}//python={sys.executable}"
        yield There(spec, hosts.servers["there"])


@pytest.mark.skipif(not os.environ.get("RUSTIDE_LOAD_THOROUGH"), reason="the other test starts them as well")
def test_users_on_another_host_are_users_like_others(pytester, run_pytest, there):
    (pytester.path / "team.scenario.yaml").write_text(TEAM.format(duration="2s"))
    (pytester.path / "budgets.yaml").write_text("defaults: {error_ratio: 100%}\n")
    result = run_pytest("--ide-backend=embedded", f"--load-tx={there.spec}", "--load-tx=popen")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["1 there * 2 *ms*", "2 popen * 2 *ms*", "agents: 4 users on 2*"])
    deadline = time.monotonic() + 5
    while there.sessions() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not there.sessions()


# Nothing is left within ten seconds.
@pytest.mark.alone
def test_a_line_that_is_cut_ends_the_run_and_leaves_nothing_on_either_side(pytester, there):
    (pytester.path / "team.scenario.yaml").write_text(TEAM.format(duration="60s"))
    (pytester.path / "budgets.yaml").write_text("defaults: {error_ratio: 100%}\n")
    pytester.makeconftest(
        """
        from pathlib import Path
        from pytest_rustide_load.plugin.shares import Shares
        add = Shares.add_report
        def add_report(self, agent, *told):
            add(self, agent, *told)
            Path(f"loaded{agent}").touch()
        Shares.add_report = add_report
        """
    )
    output = pytester.path / "output.txt"
    arguments = ["--ide-backend=embedded", f"--load-tx={there.spec}", "--load-tx=popen"]
    with output.open("wb") as file:
        run = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
            cwd=pytester.path,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + 90
        while not all((pytester.path / f"loaded{agent}").exists() for agent in (1, 2)):
            assert run.poll() is None, output.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        here = psutil.Process(run.pid).children(recursive=True)
        there_now = there.sessions()
        [line] = [one for one in here if one.name() == "ssh"]
        agents = [one for one in there_now if one.name().startswith("python")]
        assert agents
        # Nothing gets through any more, and nobody is told.
        line.send_signal(signal.SIGSTOP)
        _, alive = psutil.wait_procs([*here, *there_now], timeout=10)
        assert not alive
        assert run.wait(timeout=60) == pytest.ExitCode.TESTS_FAILED
    finally:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()
    text = " ".join(output.read_text().split())
    assert "1 agent lost, none may be" in text
    assert "said nothing for 5 s" in text
