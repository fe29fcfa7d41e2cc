"""Settings of the project's own tests: the real backends they need, and what to do without them."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is no failure.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

pytest_plugins = ["pytester"]

# What a marked test needs, and the command that provides it on Debian and with rustup.
NEEDS = {
    "rust_analyzer": (
        "rust-analyzer",
        "apt-get install rust-web-analyzer rust-web-src, or rustup component add rust-analyzer rust-src",
    ),
    "cargo": ("cargo", "apt-get install cargo-web, or install Rust with rustup"),
}

# What pytest-xdist leaves in the environment of a worker.
_OF_A_WORKER = ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_XDIST_TESTRUNUID")

# Tests that hold times, CPU or memory against something have the machine to themselves, however many workers
# pytest-xdist starts: folders and files, from here.
ALONE = (
    "examples",
    "tests/browser",
    "tests/cli/test_selftest.py",
    "tests/engine/test_misbehaving.py",
    "tests/engine/test_truth.py",
    "tests/monitor",
    "tests/live",
    "tests/plugin",
    "tests/real",
    "tests/stress",
)
# What these start asks for no load, or is judged by what it says and not by when.
NOT_ALONE = (
    "tests/plugin/test_collection.py",
    "tests/real/test_codebase_real.py",
    "tests/real/test_oracle.py",
)


def _is_alone(item: pytest.Item) -> bool:
    path = item.path.relative_to(Path(__file__).parent)
    within = {str(path), *map(str, path.parents)}
    return not within.isdisjoint(ALONE) and within.isdisjoint(NOT_ALONE)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, bool | None, bool | None]:
    if not hasattr(item.config, "workerinput"):
        return (yield)
    # The workers of a session have one directory above their own.
    base: Path = item.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
    with (base.parent / "machine.lock").open("w") as machine:
        fcntl.flock(machine, fcntl.LOCK_EX if _is_alone(item) else fcntl.LOCK_SH)
        return (yield)


def pytest_configure(config: pytest.Config) -> None:
    # What tests start can be interrupted, also where whoever started the tests ignores Ctrl-C.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    config.addinivalue_line("markers", "real_backend: needs a rust-analyzer that really starts")
    config.addinivalue_line("markers", "needs_cargo: needs a working cargo and rustc")


@pytest.fixture(autouse=True)
def _on_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pytest that a test starts knows nothing of what runs the tests: neither the job nor the workers."""
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", *_OF_A_WORKER):
        monkeypatch.delenv(name, raising=False)


def _works(program: str) -> bool:
    path = shutil.which(program)
    if path is None:
        return False
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Last, so that workers do not wait for one another before.
    items.sort(key=_is_alone)
    in_ci = os.environ.get("CI", "").lower() in {"1", "true"}
    working: dict[str, bool] = {}
    for item in items:
        for marker, need in (("real_backend", "rust_analyzer"), ("needs_cargo", "cargo")):
            if item.get_closest_marker(marker) is None:
                continue
            program, remedy = NEEDS[need]
            if program not in working:
                working[program] = _works(program)
            # In CI a missing program is a failure of the tests that need it, never a silent skip.
            if not working[program] and not in_ci:
                item.add_marker(pytest.mark.skip(reason=f"{program} does not start here: {remedy}"))
