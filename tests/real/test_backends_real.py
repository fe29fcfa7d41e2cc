"""Launchers, supervision and probe with the backends people use."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from pytest_rustide_load.backends import parse_backend_choice, resolve_launcher
from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.engine import RealClock, Session, make_canary, wait_until_ready
from pytest_rustide_load.monitor import ProcessTreeProbe
from pytest_rustide_load.workspaces import materialise

BACKENDS = ["embedded", pytest.param("rust-analyzer", marks=pytest.mark.real_backend)]


@pytest.mark.parametrize("name", BACKENDS)
def test_a_backend_gets_ready_is_watched_and_ends_well_and_home_stays_empty(name, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    environ = {
        **os.environ,
        "HOME": str(home),
        "RUSTUP_HOME": os.environ.get("RUSTUP_HOME", os.path.expanduser("~/.rustup")),
    }
    environ.pop("CARGO_HOME", None)
    codebase = generate_codebase(CodebaseSpec(seed=1, loc=400, crates=1))
    workspace = tmp_path / "workspace"
    canary = make_canary(codebase, workspace)
    materialise(codebase, workspace)

    async def main():
        launcher = resolve_launcher(parse_backend_choice(name), environ=environ)
        process = await launcher.launch(workspace)
        clock = RealClock()
        probe = ProcessTreeProbe(process.pid, clock)
        try:
            session = Session(process.transport(), clock, settings=process.info.settings)
            await session.initialize(workspace, initialization_options=process.info.settings)
            await wait_until_ready(session, clock, timeout_s=120, canary=canary)
            sample = probe.sample()
            assert sample.process_count >= 1
            assert sample.rss_bytes > 20_000_000
            assert sample.cpu_ns > 10_000_000
            await session.shutdown()
            await process.stop(grace_s=20)
            assert process.exit_code == 0
        finally:
            probe.close()
            await process.stop(grace_s=0)

    asyncio.run(main())
    assert list(home.rglob("*")) == []


@pytest.mark.real_backend
def test_the_real_one_says_its_version_and_that_of_the_std_sources():
    launcher = resolve_launcher(parse_backend_choice("rust-analyzer"), environ=os.environ)
    assert launcher.info.version[0].isdigit()
    assert Path(launcher.info.command[0]).resolve().name != "rustup"
    if "sysrootSrc" in launcher.info.settings["cargo"]:
        assert launcher.details["std_sources"][0].isdigit()


@pytest.mark.alone
@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("after_s", [0, 2])
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc to see who is left")
def test_kill_9_of_pytest_leaves_no_process_behind_within_five_seconds(name, after_s, tmp_path):
    mark = f"RUSTIDE_LOAD_TEST_MARK={uuid.uuid4().hex}"
    variable, _, value = mark.partition("=")
    command = [sys.executable, "-m", "pytest", "--load-scenario=critical-path", f"--ide-backend={name}"]
    pytest_process = subprocess.Popen(
        [*command, "-p", "no:cacheprovider", f"--basetemp={tmp_path}/base"],
        cwd=tmp_path,
        env={**os.environ, variable: value},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until(lambda: any(_is_backend(pid, name) for pid in _marked(mark)), 60)
        time.sleep(after_s)
        assert pytest_process.poll() is None
        pytest_process.send_signal(signal.SIGKILL)
        pytest_process.wait()
        _wait_until(lambda: not _marked(mark), 5)
    finally:
        for pid in _marked(mark):
            os.kill(pid, signal.SIGKILL)
        pytest_process.wait()


def _wait_until(condition, timeout_s):
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


def _is_backend(pid, name):
    """True for the backend itself: neither for its supervisor nor for one that is asked for its version."""
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]
    except OSError:
        return False
    if name == "embedded":
        return b"pytest_rustide_load.reference_server" in arguments and b"-S" not in arguments
    return len(arguments) == 1 and arguments[0].endswith(b"/rust-analyzer")


def _marked(mark):
    """Every process that was started with the mark in its environment, however related to us."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdecimal():
            try:
                environment = Path(f"/proc/{name}/environ").read_bytes()
            except OSError:
                continue
            if mark.encode() in environment.split(b"\0"):
                found.append(int(name))
    return found
