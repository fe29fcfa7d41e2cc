"""What threads wait for."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from pytest_rustide_load.monitor.waits import WaitSampler, WaitsProbe, tells_waits

pytestmark = pytest.mark.alone

CODE = """
import os, threading, time
lock, event = threading.Lock(), threading.Event()
lock.acquire()
for _ in range(3):
    threading.Thread(target=lock.acquire, daemon=True).start()
for _ in range(2):
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print("ready", flush=True)
os.read(0, 1)
"""


class Clock:
    def now_ns(self) -> int:
        return time.perf_counter_ns()

    async def sleep_until(self, when_ns: int) -> None:
        raise AssertionError("a probe does not wait")


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or not tells_waits(), reason="the kernel does not tell"
)
def test_locks_reads_and_sleeps_are_told_apart():
    command = [sys.executable, "-I", "-S", "-c", CODE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as process:
        assert process.stdout is not None
        process.stdout.readline()
        probe = WaitsProbe({process.pid: True}, Clock())
        deadline_s = time.monotonic() + 10
        # Six threads: three at the lock, two asleep on purpose, and the first reads.
        while (look := probe.sample()).threads_in_futex != 3 or look.threads_working != 2:
            assert time.monotonic() < deadline_s
        assert (look.threads, look.threads_blocked) == (6, 0)
        sampler = WaitSampler(probe)
        sampler.start()
        while len(sampler.looks) < 3:
            assert time.monotonic() < deadline_s + 10
            time.sleep(0.01)
        sampler.stop()
        assert all(one.threads == 6 for one in sampler.looks)
        process.kill()
    assert probe.sample().threads == 0
