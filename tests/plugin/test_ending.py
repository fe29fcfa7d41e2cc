"""How a load test ends when it is made to: interrupted or killed, nothing is left running, nothing lost."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from pytest_rustide_load.plugin.endings import Endings

# Tells when something was answered.
CONFTEST = """
    import pathlib
    from pytest_rustide_load.plugin import measure

    show = measure._show

    def tell(what, state):
        show(what, state)
        if state.answered:
            pathlib.Path("loaded").touch()

    measure._show = tell
"""
LOAD_TEST = """
    def test_load(rust_codebase, ide_backend, run_scenario):
        backend = ide_backend(rust_codebase(seed=3, loc=1_000))
        run_scenario("individual-developer", backend=backend, duration_s=60, warm_up_s=0)
"""


def _heed_signals() -> None:
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@pytest.fixture
def running_load(pytester, request):
    """A pytest process in mid-load, with more arguments where a test has some, and the processes below it."""
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(LOAD_TEST)
    output = (pytester.path / "output.txt").open("wb")
    more = getattr(request, "param", ())
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--ide-backend=embedded", *more],
        cwd=pytester.path,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        # Ctrl-C is ignored by all that a shell starts in the background, and a closed terminal under nohup.
        preexec_fn=_heed_signals,  # noqa: PLW1509
    )
    parent = psutil.Process(process.pid)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (pytester.path / "loaded").exists():
        assert process.poll() is None, (pytester.path / "output.txt").read_text()
        time.sleep(0.1)
    # The supervisor, and the backend below it.
    below = parent.children(recursive=True)
    assert len(below) >= 2
    yield process, below, pytester.path / "output.txt"
    output.close()
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _all_gone(processes: list[psutil.Process], timeout_s: float) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=timeout_s)
    return not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


def test_kill_9_of_pytest_leaves_no_process_behind_within_five_seconds(running_load):
    process, below, _ = running_load
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert _all_gone(below, 5)


@pytest.mark.parametrize(
    ("running_load", "number"),
    [
        ((), signal.SIGINT),
        ((), signal.SIGTERM),
        ((), signal.SIGHUP),
        (("-n", "1"), signal.SIGINT),
        (("-n", "1"), signal.SIGTERM),
        (("-n", "1", "-q"), signal.SIGINT),
        (("-n", "1", "-q"), signal.SIGTERM),
    ],
    indirect=["running_load"],
    ids=[
        "ctrl-c",
        "terminated",
        "hung up",
        "ctrl-c with a worker",
        "terminated with a worker",
        "ctrl-c with a quiet worker",
        "terminated with a quiet worker",
    ],
)
def test_what_ends_a_session_prints_what_was_measured_and_leaves_nothing(running_load, number):
    process, below, output = running_load
    process.send_signal(number)
    assert process.wait(timeout=30) == pytest.ExitCode.INTERRUPTED
    assert _all_gone(below, 5)
    text = output.read_text()
    assert "load test results" in text
    assert "interrupted" in text
    assert "completion" in text
    assert "KeyboardInterrupt" in text


def test_what_somebody_else_handles_or_ignores_is_left_alone():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        endings = Endings()
        endings.watch()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGTERM) not in (signal.SIG_DFL, signal.SIG_IGN)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        # One more is too early; the next ends the process, and not by an exception.
        signal.raise_signal(signal.SIGINT)
        for number in (signal.SIGINT, signal.SIGTERM):
            assert signal.getsignal(number) is signal.SIG_DFL
    finally:
        endings.close()
        signal.signal(signal.SIGHUP, before)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_work_tidies_up_before_the_interruption_goes_on():
    endings, tidied = Endings(), []

    async def work():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(60)
        finally:
            tidied.append(await asyncio.sleep(0, "tidied"))

    endings.watch()
    try:
        with asyncio.Runner() as runner, pytest.raises(KeyboardInterrupt):
            endings.run(runner, work())
    finally:
        endings.close()
    assert tidied == ["tidied"]


# As if Ctrl-C came while the third backend gets ready.
STOPPED = """
    import pytest
    from pytest_rustide_load.plugin.runtime import Runtime

    @pytest.hookimpl(trylast=True)
    def pytest_configure():
        start, begun = Runtime.start_backend, []

        def stopped(*arguments, **named):
            begun.append(1)
            if len(begun) == 3:
                raise KeyboardInterrupt
            return start(*arguments, **named)

        Runtime.start_backend = stopped
"""
# In the middle of its load.
CUT = """
    import pytest
    from tests.simulated_runs import SimulatedRun

    @pytest.hookimpl(trylast=True)
    def pytest_configure():
        begun = []

        async def cut(_):
            begun.append(1)
            if len(begun) == 3:
                raise KeyboardInterrupt

        SimulatedRun.run = cut
"""
BOTH = """
    def test_both(run_scenario):
        for name in ("individual-developer", "saturation", "cold-start"):
            run_scenario(name, duration_s=5)
"""


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--load-repetitions=4"], "individual-developer: 2 runs of it had ended, the last is shown"),
        (["--load-compare=a=cmd:true,b=cmd:true"], "individual-developer: true, seed"),
        (["--load-scale=users=1,2"], "scaling with users"),
        (["--load-repetitions=4", "-n1"], "keyboard-interrupt"),
    ],
)
def test_runs_that_have_ended_are_shown_where_a_later_one_is_stopped(pytester, run_drawn, arguments, told):
    pytester.makeconftest(STOPPED)
    result = run_drawn(
        "--load-scenario=individual-developer",
        *arguments,
        "--load-json=out.json",
        "--load-save-baseline=main",
    )
    assert result.ret == pytest.ExitCode.INTERRUPTED
    text = result.stdout.str()
    assert "individual-developer: " in text
    assert told in text
    assert "nothing was measured" not in text
    [run] = json.loads((pytester.path / "out.json").read_text())["results"]
    assert run["ended"] == "complete"


@pytest.mark.parametrize("workers", [(), ("-n1",)], ids=["alone", "workers"])
@pytest.mark.parametrize("stop", [STOPPED, CUT], ids=["before load", "in mid-load"])
def test_scenarios_of_a_test_that_have_ended_are_shown_where_a_later_one_is_stopped(
    pytester, run_drawn, stop, workers
):
    pytester.makeconftest(stop)
    pytester.makepyfile(BOTH)
    result = run_drawn("--load-json=out.json", *workers)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    found = json.loads((pytester.path / "out.json").read_text())["results"]
    cut = ["cold-start"] if stop == CUT else []
    assert [one["scenario_name"] for one in found] == ["individual-developer", "saturation", *cut]
