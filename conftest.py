"""Settings of the project's own tests: the real backends they need, and what to do without them."""

from __future__ import annotations

import fcntl
import gc
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol
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

# Under pytest-xdist a test that holds times, CPU or memory against something says so with the marker `alone`,
# and has the machine to itself, however many workers there are; so have examples, which know nothing of this.
# All others share the cores: none of them may depend on how busy the machine is.
ROOT = Path(__file__).parent
# What takes longest comes first, a few tests at a time, so that no worker is left with it in the end.
LONGEST = (
    # Four minutes in one test.
    "tests/docs/test_typed.py",
    "tests/plugin/",
    "tests/real/",
    "tests/docs/",
    "tests/cli/",
    "tests/engine/",
)
_AT_A_TIME = 4


def _is_alone(item: pytest.Item) -> bool:
    return item.get_closest_marker("alone") is not None or item.path.is_relative_to(ROOT / "examples")


def _turn(item: pytest.Item) -> tuple[bool, int]:
    """When a test is run among those of the other workers."""
    path = item.path.relative_to(ROOT).as_posix()
    longest = (rank for rank, place in enumerate(LONGEST) if path.startswith(place))
    # The workers do not wait for one another before the end.
    return _is_alone(item), next(longest, len(LONGEST))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, bool | None, bool | None]:
    if not hasattr(item.config, "workerinput"):
        return (yield)
    # The workers of a session have one directory above their own.
    base: Path = item.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
    with (base.parent / "machine.lock").open("w") as machine:
        fcntl.flock(machine, fcntl.LOCK_EX if _is_alone(item) else fcntl.LOCK_SH)
        return (yield)


def _is_void(reports: list[pytest.TestReport]) -> bool:
    """Whether an example failed for nothing but that."""
    failed = [report for report in reports if report.failed]
    if not failed or not all(getattr(report, "rustide_load_budget_missed", False) for report in failed):
        return False
    results = [result for report in failed for result in vars(report)["rustide_load"]]
    statuses = {verdict["status"] for result in results for verdict in result["verdicts"]}
    # What fails it whatever its budgets say comes before them.
    parts = [part for report in failed for part in str(report.longrepr).split("\n\n")]
    grave = [part for part in parts if not re.search(r"\d of \d+\s+budgets", part)]
    return (
        not grave
        and "FAIL" not in statuses
        and all(result["generator"]["bottleneck_reasons"] for result in results)
    )


class _Examples:
    """An example has budgets, and a machine that does other things makes its timings void: no answer to
    whether they are kept. Among the other tests it is run again then, and skipped where that says no more.
    Whoever runs examples by themselves is told as anybody is."""

    @pytest.hookimpl
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        if not item.path.is_relative_to(ROOT / "examples"):
            return None
        from tests.unhurried import TRIES, watched

        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for _ in range(TRIES):
            with watched() as machine:
                reports = runtestprotocol(item, nextitem=nextitem, log=False)
            if not (_is_void(reports) and machine.was_busy):
                break
        else:
            for report in reports:
                if report.failed:
                    report.outcome = "skipped"
                    vars(report)["rustide_load_budget_missed"] = False
                    why = f"the machine does too much else: void in each of {TRIES} runs"
                    report.longrepr = (str(item.path), item.location[1] or 0, f"Skipped: {why}")
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    # Many tests wait for time to pass, or for a process to start: meanwhile another goes on.
    return len(os.sched_getaffinity(0)) + 1


def pytest_sessionstart(session: pytest.Session) -> None:
    # A pytest cleans up at its end what others have left, which may take minutes: those that tests start find
    # nothing but what is theirs.
    inner: Path = session.config._tmp_path_factory.getbasetemp() / "inner"  # type: ignore[attr-defined]
    inner.mkdir(exist_ok=True)
    os.environ["PYTEST_DEBUG_TEMPROOT"] = str(inner)


def pytest_configure(config: pytest.Config) -> None:
    # What tests start can be interrupted, also where whoever started the tests ignores Ctrl-C.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(config, "workerinput"):
        config.pluginmanager.register(_Examples())
    # What a test installs is hardly used: what is, Python compiles when it imports it.
    os.environ.setdefault("PIP_COMPILE", "no")
    if getattr(config.option, "maxschedchunk", 0) is None:
        config.option.maxschedchunk = _AT_A_TIME
    config.addinivalue_line("markers", "alone: holds times, CPU or memory against something")
    config.addinivalue_line("markers", "real_backend: needs a rust-analyzer that really starts")
    config.addinivalue_line("markers", "needs_cargo: needs a working cargo and rustc")


# Plugins that are there for other reasons. Half of what a pytest imports that a test starts would be theirs.
_NEEDLESS = "-p no:hypothesispytest -p no:anyio"


@pytest.fixture(autouse=True)
def _on_its_own(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pytest that a test starts knows nothing of what runs the tests: neither the job nor the workers."""
    if "pytester" in request.fixturenames:
        # Which takes the options away that are there before.
        request.getfixturevalue("pytester")
    monkeypatch.setenv("PYTEST_ADDOPTS", _NEEDLESS)
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


def pytest_collection_finish() -> None:
    # Each run of a test begins with a garbage collection, which is not to look through all the other tests.
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items.sort(key=_turn)
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
