"""What watching a backend costs the process that does it, measured on a crowd of processes made for it.

Knows nothing of limits or of how figures are shown.
"""

from __future__ import annotations

import subprocess
import sys
import time

from pytest_rustide_load.engine import RealClock
from pytest_rustide_load.monitor import HostProbe, ProcessTreeProbe, TreeDetailsProbe, procfs

__all__ = ["PROCESSES", "THREADS", "monitor_cpu_ratio"]

# As many as a rust-analyzer with a cargo at work has.
PROCESSES, THREADS = 6, 32
_LOOKS_PER_S = 10
# In looks: how often the threads, and the machine, are looked at.
_THREADS_EVERY, _HOST_EVERY = 5, 10
# All wait for the end of what they read, which is ours.
_CROWD = """
import os, sys, threading
processes, threads = map(int, sys.argv[1:])
def wait():
    while os.read(0, 1): pass
for number in range(processes):
    if os.fork() == 0:
        for _ in range(threads - 1 if number == 0 else 0):
            threading.Thread(target=wait).start()
        os.write(1, b"x")
        wait()
        os._exit(0)
while processes:
    os.wait()
    processes -= 1
"""


def monitor_cpu_ratio(seconds: float) -> float:
    """CPU of one core that it takes to look as often as in a run, for about `seconds`, at PROCESSES processes
    of which one has THREADS threads."""
    command = [sys.executable, "-I", "-S", "-c", _CROWD, str(PROCESSES), str(THREADS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as crowd:
        assert crowd.stdin is not None  # noqa: S101  a pipe
        assert crowd.stdout is not None  # noqa: S101  a pipe
        for _ in range(PROCESSES):
            crowd.stdout.read(1)
        clock = RealClock()
        probe, host = ProcessTreeProbe(crowd.pid, clock), HostProbe(clock)
        details = TreeDetailsProbe({crowd.pid: False}, clock) if procfs.is_available() else None
        used_ns = 0
        # Whole rounds, in each of which everything is looked at as often as in a second of a run.
        looks = max(round(seconds), 1) * _HOST_EVERY
        for look in range(looks):
            # Not one after the other: in a run everything has left the caches in between.
            time.sleep(1 / _LOOKS_PER_S)
            begun_ns = time.thread_time_ns()
            probe.sample()
            if details is not None and look % _THREADS_EVERY == 0:
                details.sample()
            if look % _HOST_EVERY == 0:
                host.sample()
            used_ns += time.thread_time_ns() - begun_ns
        probe.close()
        host.close()
        crowd.stdin.close()
    return used_ns / (looks / _LOOKS_PER_S * 1e9)
