"""What watching a process tree costs the one who watches: run as a script, prints the share of a core.

The tree is one process with 32 threads and five with one, as a busy rust-analyzer with its helpers. The
goal is less than 1 % of a core at ten looks a second.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from pytest_rustide_load.monitor import ProcessTreeProbe

WORKER = Path(__file__).parents[1] / "monitor" / "servers" / "worker.py"
LOOKS = 100
PER_S = 10


class Clock:
    def now_ns(self) -> int:
        return time.perf_counter_ns()

    async def sleep_until(self, when_ns: int) -> None:
        """Not used by a probe."""


def main() -> int:
    command = [sys.executable, "-I", "-S", str(WORKER), "crowd", "6", "32"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0, start_new_session=True) as worker:
        assert worker.stdout is not None
        worker.stdout.readline()
        probe = ProcessTreeProbe(worker.pid, Clock())
        costs_ns = []
        for _ in range(LOOKS):
            time.sleep(1 / PER_S)
            started_ns = time.thread_time_ns()
            sample = probe.sample()
            costs_ns.append(time.thread_time_ns() - started_ns)
        probe.close()
        subprocess.run(["pkill", "-KILL", "-s", str(worker.pid)], check=False)
    ratio = sum(costs_ns) / LOOKS * PER_S / 1e9
    costs_ns.sort()
    print(
        f"{sample.process_count} processes, {sample.thread_count} threads, {PER_S} looks a second: "
        f"{ratio:.2%} of a core (a look {costs_ns[LOOKS // 2] / 1e3:.0f} µs at the median, "
        f"{costs_ns[-1] / 1e3:.0f} µs at most)"
    )
    return 0 if ratio < 0.01 else 1


if __name__ == "__main__":
    sys.exit(main())
