"""How the plugin's tests run pytest inside pytest: alone, with workers, without its optional friends."""

from __future__ import annotations

import os
import pwd
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np  # noqa: F401  it cannot be imported again after a session that pytester ran in this process
import pytest

from tests.forked import PytestTemplate

MODES = {
    "alone": (),
    "workers": ("-n", "2"),
    "without_friends": ("-p", "no:benchmark", "-p", "no:xdist"),
}


@pytest.fixture(params=list(MODES))
def mode(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The command-line options of one way people run pytest."""
    return MODES[request.param]


@pytest.fixture
def rustup_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """For rust-analyzer: the home of tests is another one, and cargo may be rustup's, which finds toolchains
    by its own home."""
    rustup = Path(pwd.getpwuid(os.getuid()).pw_dir, ".rustup")
    if rustup.is_dir() and "RUSTUP_HOME" not in os.environ:
        monkeypatch.setenv("RUSTUP_HOME", str(rustup))


@pytest.fixture(scope="session")
def template() -> Iterator[PytestTemplate]:
    found = PytestTemplate()
    yield found
    found.close()


@pytest.fixture
def run_afresh(pytester: pytest.Pytester):
    """Runs pytest in a process of its own in the test's directory, as a user would type it."""

    def run(*arguments: str, timeout: float = 120) -> pytest.RunResult:
        command = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments)
        return pytester.run(*command, timeout=timeout)

    return run


@pytest.fixture
def run_pytest(pytester: pytest.Pytester, run_afresh, template: PytestTemplate, monkeypatch):
    """The same in half the time: in a process that has everything imported already. With
    RUSTIDE_LOAD_THOROUGH=1 it has not."""
    if "RUSTIDE_LOAD_THOROUGH" in os.environ:
        return run_afresh

    def popen(command, *, stdin, stdout, stderr):
        assert command[:3] == (sys.executable, "-m", "pytest")
        return template.start(command[3:], stdout=stdout.name, stderr=stderr.name)

    def run(*arguments: str, timeout: float = 120) -> pytest.RunResult:
        with monkeypatch.context() as patched:
            patched.setattr(pytester, "popen", popen)
            return run_afresh(*arguments, timeout=timeout)

    return run


@pytest.fixture
def run_drawn(run_pytest, monkeypatch: pytest.MonkeyPatch):
    """The same on backends that are drawn (tests/simulated_runs.py): no run is void on a busy machine."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    return lambda *arguments: run_pytest("-p", "tests.simulated_runs", *arguments)
