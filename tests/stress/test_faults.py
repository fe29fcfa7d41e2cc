"""Faults on real processes, files and links: what is done, when it is told, and that it is lifted."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from pytest_rustide_load.stress import faults
from pytest_rustide_load.stress.child import StressRefused
from pytest_rustide_load.stress.faults import Target, _limit_files, strike
from pytest_rustide_load.stress.fulldisk import full_disk_command
from pytest_rustide_load.workload.faults import FAULTS, Fault

pytestmark = pytest.mark.alone


@pytest.fixture
def process():
    victim = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield victim
    victim.kill()
    victim.wait()


def do(fault: Fault, target: Target, *, is_busy=lambda: True) -> list[str]:
    told: list[str] = []
    asyncio.run(strike(fault, [target], struck=told.append, is_busy=is_busy))
    return told


@pytest.mark.parametrize(("kind", "number"), [("kill", signal.SIGKILL), ("crash", signal.SIGABRT)])
def test_a_process_ends_by_the_signal_of_its_fault(process, tmp_path, kind, number):
    told = do(Fault(kind), Target("it", process.pid))
    assert process.wait(10) == -number
    assert len(told) == 1
    assert number.name in told[0]
    assert not list(Path.cwd().glob("core*"))


def test_a_crash_waits_until_somebody_waits(process):
    asked = iter([False, False, False, True, True])
    told = do(Fault("crash"), Target("it", process.pid), is_busy=lambda: next(asked))
    assert told == ["SIGABRT to it, while it answers"]


def _is_stopped(pid: int) -> bool:
    return psutil.Process(pid).status() == psutil.STATUS_STOPPED


def _until(condition) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_stop_ends_by_itself_and_also_when_the_run_is_cut_short(process):
    target = Target("it", process.pid)
    fault = Fault("stop", duration_s=0.2)

    async def stopped():
        async with asyncio.timeout(10):
            while not _is_stopped(process.pid):
                await asyncio.sleep(0.005)

    async def watched():
        task = asyncio.create_task(strike(fault, [target], struck=lambda _: None, is_busy=lambda: True))
        await stopped()
        await task

    asyncio.run(watched())
    _until(lambda: not _is_stopped(process.pid))

    async def cut_short():
        lasting = Fault("stop", duration_s=600)
        task = asyncio.create_task(strike(lasting, [target], struck=lambda _: None, is_busy=lambda: True))
        await stopped()
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(cut_short())
    _until(lambda: not _is_stopped(process.pid))


def test_a_hung_process_is_alive_and_dead(process):
    do(Fault("hang"), Target("it", process.pid))
    _until(lambda: _is_stopped(process.pid))
    assert process.poll() is None


@pytest.fixture
def cache(tmp_path):
    folder = tmp_path / "cache"
    (folder / "deep").mkdir(parents=True)
    (folder / "one").write_bytes(bytes(3_000))
    (folder / "deep" / "two").write_bytes(bytes(range(256)) * 8)
    (folder / "empty").write_bytes(b"")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_bytes(b"theirs")
    (folder / "link").symlink_to(outside, target_is_directory=True)
    (folder / "file_link").symlink_to(outside / "kept")
    return folder


def spoil(kind: str, process: subprocess.Popen, cache: Path, limited: list) -> list[str]:
    """What was told; `limited` notes what is done to later processes, or what starts them, and that it is
    lifted in the end."""
    told: list[str] = []

    def begin(what):
        limited.append(what)
        return lambda: limited.append("lifted")

    async def work():
        target = Target("it", process.pid, cache=cache, before_load=begin, start_within=begin)
        task = asyncio.create_task(strike(Fault(kind), [target], struck=told.append, is_busy=lambda: True))
        async with asyncio.timeout(10):
            while not told:
                await asyncio.sleep(0.01)
        # A disk that is full stays so until the run is over.
        await asyncio.wait([task], timeout=0.05)
        assert task.done() == (kind != "disk_full")
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(work())
    return told


@pytest.mark.parametrize("kind", ["cache_deleted", "cache_truncated", "cache_corrupted", "disk_full"])
def test_a_cache_is_spoilt_and_what_it_links_to_is_not(process, cache, kind):
    limited: list = []
    told = spoil(kind, process, cache, limited)
    assert process.wait(10) == -signal.SIGKILL
    assert told[0].startswith("3 files (5,048 bytes) of its cache ")
    assert (cache.parent / "outside" / "kept").read_bytes() == b"theirs"
    left = {name: (cache / name).read_bytes() for name in ("one", "deep/two") if (cache / name).exists()}
    if kind in ("cache_deleted", "disk_full"):
        assert left == {}
    elif kind == "cache_truncated":
        assert {name: len(data) for name, data in left.items()} == {"one": 1_500, "deep/two": 1_024}
    else:
        assert {name: len(data) for name, data in left.items()} == {"one": 3_000, "deep/two": 2_048}
        flipped = sum(bin(byte).count("1") for byte in left["one"])
        assert 1 <= flipped <= 5
    assert limited[1:] == (["lifted"] if kind == "disk_full" else [])
    if limited and limited[0] is not _limit_files:
        assert limited[0] == full_disk_command(cache)
        assert " deleted, and the disk below it is full (tmpfs of 1 MB); SIGKILL to it" in told[0]


def test_where_no_small_file_system_can_be_had_no_file_can_grow(process, cache, monkeypatch):
    monkeypatch.setattr(faults, "full_disk_refusal", lambda _: "not allowed")
    limited: list = []
    told = spoil("disk_full", process, cache, limited)
    assert "(RLIMIT_FSIZE; a small file system cannot be had: not allowed)" in told[0]
    # Waits until it is limited, as a backend that is started again is before it has loaded.
    code = "import sys\nsys.stdin.read(1)\nopen(sys.argv[1], 'wb').write(bytes(100_000))"
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(cache / "new")], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    )
    limited[0](other.pid)
    assert resource.prlimit(other.pid, resource.RLIMIT_FSIZE) == (4_096, 4_096)
    _, error = other.communicate(b"x", timeout=30)
    assert other.returncode == 1
    assert b"File too large" in error
    assert (cache / "new").stat().st_size <= 4_096


def test_what_cannot_be_done_is_refused_before_anything_is(process):
    here, elsewhere = Target("here", process.pid), Target("elsewhere", 0)
    with pytest.raises(StressRefused, match="the process of elsewhere was not started here"):
        asyncio.run(strike(Fault("kill"), [here, elsewhere], struck=print, is_busy=lambda: True))
    with pytest.raises(StressRefused, match="no link between here and its user"):
        do(Fault("reset"), here)
    with pytest.raises(StressRefused, match="here keeps no cache"):
        do(Fault("cache_deleted"), here)
    assert process.poll() is None


class Link:
    """Notes what is done to it."""

    def __init__(self) -> None:
        self.done = []

    def reset(self) -> None:
        self.done.append("reset")

    def partition(self, duration_ns) -> None:
        self.done.append(duration_ns)


def test_connections_break_in_each_way():
    def links_after(fault: Fault) -> list[list]:
        targets = [Target("it", os.getpid(), link=Link()) for _ in range(3)]
        asyncio.run(strike(fault, targets, struck=lambda _: None, is_busy=lambda: True))
        return [target.link.done for target in targets]

    assert links_after(Fault("reset")) == [["reset"], [], []]
    assert links_after(Fault("reconnect_storm")) == [["reset"]] * 3
    assert links_after(Fault("half_open")) == [[None]] * 3
    assert links_after(Fault("partition", duration_s=0.01)) == [[10_000_000]] * 3


def test_every_kind_of_fault_is_done_here():
    spoilt = {name for name, kind in FAULTS.items() if kind.group == "cache"}
    assert set(faults._DONE) | spoilt == set(FAULTS)
