"""Processes that do a known amount of something, and a probe of them."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from pytest_rustide_load.monitor import ProcessTreeProbe
from pytest_rustide_load.stats.record import ResourceSample

WORKER = Path(__file__).with_name("servers") / "worker.py"


class RealClock:
    def now_ns(self) -> int:
        return time.perf_counter_ns()

    async def sleep_until(self, when_ns: int) -> None:
        raise AssertionError("a probe does not wait")


class Worker:
    """servers/worker.py in one of its modes."""

    def __init__(self, *arguments: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(WORKER), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        self.pid = self.process.pid
        self.clock = RealClock()
        deadline_s = time.monotonic() + 10
        # The probe is to see the worker, not only the one who waits for it.
        while not Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().strip():
            assert time.monotonic() < deadline_s
        self.probe = ProcessTreeProbe(self.pid, self.clock)

    def tell(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"x")

    def hear(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().decode().strip()

    def sample_until_heard(self, interval_s: float = 0.1) -> tuple[str, list[ResourceSample]]:
        """Sample at that distance until it says something."""
        samples = []
        assert self.process.stdout is not None
        while not select.select([self.process.stdout], [], [], interval_s)[0]:
            samples.append(self.probe.sample())
        return self.hear(), samples

    def close(self) -> None:
        self.probe.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()


@pytest.fixture
def worker() -> Iterator[Callable[..., Worker]]:
    """`worker(mode, ...)` starts one."""
    if not sys.platform.startswith("linux"):
        pytest.skip("needs /proc")
    started: list[Worker] = []

    def start(*arguments: object) -> Worker:
        started.append(Worker(*arguments))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def disk_path(tmp_path: Path) -> Path:
    """A file on a disk: RAM disks move no bytes to storage."""
    mounts = [m for m in psutil.disk_partitions(all=True) if tmp_path.is_relative_to(m.mountpoint)]
    if max(mounts, key=lambda mount: len(mount.mountpoint)).fstype in {"tmpfs", "ramfs"}:
        pytest.skip("the directory for temporary files is a RAM disk")
    return tmp_path / "file"
