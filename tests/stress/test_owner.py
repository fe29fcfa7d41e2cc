"""Whatever ends the owner ends its stressors: nothing is left behind, no process and no directory."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for processes in /proc"),
    pytest.mark.alone,
]

OWNER = """
import os, sys, time
from pytest_rustide_load.stress.cpu import CpuContention
from pytest_rustide_load.stress.memory import MemoryPressure
print("go", flush=True)
stressors = []
for _ in range(2):
    stressors.append(CpuContention(0.1, cores=1).start())
    stressors.append(MemoryPressure(20_000_000, "stepped", ramp_s=0.3).start())
    if os.fork() == 0:
        # Holds every descriptor of the owner, and outlives it for a while.
        time.sleep(4)
        os._exit(0)
print("all", flush=True)
time.sleep(60)
"""


def _marked(mark: str) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                environment = (entry / "environ").read_bytes()
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if f"STRESS_MARK={mark}".encode() in environment and b"stress.programs" in command:
                found.append(int(entry.name))
    return found


def test_twenty_random_kills_leave_nothing_behind(tmp_path: Path) -> None:
    draws = random.Random(7)
    mark = f"{os.getpid()}-{time.monotonic_ns()}"
    environment = {**os.environ, "STRESS_MARK": mark, "TMPDIR": str(tmp_path)}
    seen = 0
    for turn in range(20):
        with subprocess.Popen(
            [sys.executable, "-c", OWNER], stdout=subprocess.PIPE, env=environment
        ) as owner:
            assert owner.stdout is not None
            owner.stdout.readline()
            if turn % 5 == 0:
                assert owner.stdout.readline() == b"all\n"
            else:
                time.sleep(draws.random() * 0.5)
            seen = max(seen, len(_marked(mark)))
            owner.send_signal(signal.SIGKILL)
            owner.stdout.close()
    # The test can see stressors where there are some.
    assert seen == 4
    deadline = time.monotonic() + 3
    while left := _marked(mark):
        assert time.monotonic() < deadline, left
        time.sleep(0.02)
    assert list(tmp_path.iterdir()) == []
