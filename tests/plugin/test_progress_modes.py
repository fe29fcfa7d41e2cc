"""Progress in whole sessions, as people run them: on a terminal, with workers, with -s, and in CI."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time

import pytest

from tests.plugin.test_progress import Screen

pytestmark = pytest.mark.alone

SCENARIO = """
description: a short one
warm_up: 0s
duration: 900ms
codebase: {loc: 600, crates: 1}
operations: {hover: 40/s}
"""
# Of a test in Python only its own code knows what it runs.
PYTHON = """
def test_own(rust_codebase, run_scenario, ide_backend):
    print("what a test prints")
    backend = ide_backend(rust_codebase(loc=600, crates=1))
    run_scenario("individual-developer", backend=backend, duration_s=0.9, warm_up_s=0)
"""
# As often as on a terminal, so that nobody has to wait for ten seconds.
OFTEN = "from pytest_rustide_load.plugin.display import PlainDisplay\nPlainDisplay.interval_s = 0.3\n"
LEFT = re.compile(r"(\d+) of 1 s, (\d+) s left")
CSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture
def session(pytester, monkeypatch):
    """Runs pytest with its output on a terminal or in a pipe; gives all that was written, and the screen."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    (pytester.path / "budgets.yaml").write_text("defaults: {error_ratio: 100%}\n")
    pytester.makeconftest(OFTEN)

    def run(
        *arguments: str, terminal: bool, scenarios: int = 2, python: bool = False
    ) -> tuple[str, list[str]]:
        for number in range(scenarios):
            (pytester.path / f"short{number}.scenario.yaml").write_text(SCENARIO)
        if python:
            pytester.makepyfile(test_own=PYTHON)
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--ide-backend=embedded"]
        ours, theirs = pty.openpty() if terminal else os.pipe()
        screen, data = Screen(), b""
        with subprocess.Popen([*command, *arguments], stdout=theirs, stderr=subprocess.STDOUT) as process:
            os.close(theirs)
            deadline_s = time.monotonic() + 90
            while time.monotonic() < deadline_s:
                ready, _, _ = select.select([ours], [], [], 1)
                if not ready:
                    continue
                try:
                    part = os.read(ours, 65_536)
                except OSError:
                    # A terminal that nobody has open any more.
                    break
                if not part:
                    break
                data += part
        os.close(ours)
        text = data.decode()
        assert process.returncode == 0, text
        return CSI.sub("", text), screen.feed(data)

    return run


def test_on_a_terminal_workers_tell_when_all_will_be_over_and_leave_nothing_behind(session):
    text, screen = session("-n", "2", terminal=True)
    assert LEFT.search(text), text
    assert re.search(r"\d s left \(about \d+ s with 1 more\)", text), text
    assert not [line for line in screen if " left" in line], screen
    assert [line for line in screen if "2 passed" in line]
    assert [line for line in screen if line.startswith("hover ")]


def test_where_each_worker_runs_all_tests_those_of_the_others_are_to_come_too(session):
    text, _ = session("--dist", "each", "--tx", "2*popen", terminal=True, scenarios=1)
    assert re.search(r"\d s left \(about \d+ s with 1 more\)", text), text
    # Of the last none is to come.
    assert "more" not in text[text.rindex(" left") :]


def test_with_dash_s_what_tests_print_stays(session):
    text, screen = session("-s", terminal=True, scenarios=0, python=True)
    assert LEFT.search(text), text
    assert not [line for line in screen if " left" in line], screen
    assert [line for line in screen if "what a test prints" in line]


def test_in_ci_lines_stand_below_one_another(session):
    text, _ = session("-n", "1", terminal=False, scenarios=1, python=True)
    lines = [line for line in text.splitlines() if LEFT.search(line)]
    assert lines, text
    # Each by itself, and no control characters.
    assert all(line.startswith(("short0: ", "individual-developer: ")) for line in lines)
    assert "\x1b" not in text
    # One comes after the other, of which it is known in one case only how long it will take.
    assert any(", then 1 more" in line or "(about " in line for line in lines), lines
