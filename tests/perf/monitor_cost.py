"""What watching a process tree costs the one who watches: run as a script, prints the share of a core.

The tree is one process with 32 threads and five with one, as a busy rust-analyzer with its helpers. The
goal is less than 1 % of a core at ten looks a second.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pytest_rustide_load.monitor import HostProbe, ProcessTreeProbe, TreeDetailsProbe

WORKER = Path(__file__).parents[1] / "monitor" / "servers" / "worker.py"
LOOKS = 100


class Clock:
    def now_ns(self) -> int:
        return time.perf_counter_ns()

    async def sleep_until(self, when_ns: int) -> None:
        """Not used by a probe."""


def share_of_a_core(name: str, look: Callable[[], object], per_s: float) -> float:
    """Look as often as a run would, and print what that costs."""
    costs_ns = []
    for _ in range(LOOKS):
        time.sleep(0.1)
        started_ns = time.thread_time_ns()
        look()
        costs_ns.append(time.thread_time_ns() - started_ns)
    ratio = sum(costs_ns) / LOOKS * per_s / 1e9
    costs_ns.sort()
    print(
        f"{name}: {ratio:.2%} of a core at {per_s:g} looks a second "
        f"({costs_ns[LOOKS // 2] / 1e3:.0f} µs at the median, {costs_ns[-1] / 1e3:.0f} µs at most)"
    )
    return ratio


def main() -> int:
    command = [sys.executable, "-I", "-S", str(WORKER), "crowd", "6", "32"]
    clock = Clock()
    with subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0, start_new_session=True) as worker:
        assert worker.stdout is not None
        worker.stdout.readline()
        probe, host = ProcessTreeProbe(worker.pid, clock), HostProbe(clock)
        details = TreeDetailsProbe(worker.pid, clock)
        sample = probe.sample()
        print(f"{sample.process_count} processes, {sample.thread_count} threads")
        ratio = share_of_a_core("memory, CPU, I/O", probe.sample, 10)
        share_of_a_core("threads in detail", details.sample, 1)
        share_of_a_core("machine", host.sample, 1)
        probe.close()
        host.close()
        subprocess.run(["pkill", "-KILL", "-s", str(worker.pid)], check=False)
    return 0 if ratio < 0.01 else 1


if __name__ == "__main__":
    sys.exit(main())
