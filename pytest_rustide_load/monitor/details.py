"""What a process tree does that only its threads can tell: waiting, switching, faulting, holding files open.

Each look goes through every thread, so once or twice a second, for finding out what a backend waits for
rather than how much it uses. Linux only. Knows nothing of LSP or scenarios.
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from dataclasses import dataclass

from pytest_rustide_load.monitor import procfs
from pytest_rustide_load.monitor.totals import GrowingTotal
from pytest_rustide_load.ports import Clock

__all__ = ["TreeDetails", "TreeDetailsProbe"]

# Names of the counters of a tree, as in TreeDetails.
_COUNTERS = (
    "minor_faults",
    "major_faults",
    "voluntary_switches",
    "involuntary_switches",
    "run_delay_ns",
    "read_calls",
    "write_calls",
    "read_call_bytes",
    "write_call_bytes",
)
_IO = {b"syscr:": 5, b"syscw:": 6, b"rchar:": 7, b"wchar:": 8}


@dataclass(frozen=True, slots=True)
class TreeDetails:
    """The tree below one process at one moment.

    Counters begin at the making of the probe and keep what ended threads and processes had done when last
    seen. `run_delay_ns` is how long threads were ready to run and did not, `threads_blocked` are in
    uninterruptible sleep, which is mostly I/O. The calls are reads and writes of any file, pipes included,
    and `call_bytes` what they moved. What the kernel does not count stays zero.
    """

    at_ns: int
    threads_running: int
    threads_blocked: int
    threads_sleeping: int
    descriptors: int
    minor_faults: int
    major_faults: int
    voluntary_switches: int
    involuntary_switches: int
    run_delay_ns: int
    read_calls: int
    write_calls: int
    read_call_bytes: int
    write_call_bytes: int


class TreeDetailsProbe:
    """Looks at the threads of the processes below `pid`, which is not counted itself."""

    def __init__(self, pid: int, clock: Clock) -> None:
        self._pid = pid
        self._clock = clock
        self._totals = {name: GrowingTotal() for name in _COUNTERS}
        self.sample()

    def sample(self) -> TreeDetails:
        states: Counter[bytes] = Counter()
        sums = [0] * len(_COUNTERS)
        descriptors = 0
        # What the one on top has waited for was part of the tree.
        self._add_process(self._pid, sums, only_inherited=True)
        for pid in procfs.descendants(self._pid):
            self._add_process(pid, sums, only_inherited=False)
            # What ends while it is looked at is left out.
            with contextlib.suppress(OSError):
                descriptors += len(os.listdir(f"/proc/{pid}/fd"))
                for task in os.listdir(f"/proc/{pid}/task"):
                    states[self._add_thread(f"/proc/{pid}/task/{task}", sums)] += 1
        totals = {name: self._totals[name].feed(value) for name, value in zip(_COUNTERS, sums, strict=True)}
        return TreeDetails(
            at_ns=self._clock.now_ns(),
            threads_running=states[b"R"],
            threads_blocked=states[b"D"],
            threads_sleeping=states.total() - states[b"R"] - states[b"D"],
            descriptors=descriptors,
            **totals,
        )

    def _add_process(self, pid: int, sums: list[int], *, only_inherited: bool) -> None:
        """Its faults, which proc_pid_stat(5) tells for itself and for waited-for children, and its calls,
        which proc_pid_io(5) tells for both together."""
        with contextlib.suppress(OSError):
            # After the name: state, then numbers.
            stat = _read(f"/proc/{pid}/stat").rpartition(b") ")[2].split()
            sums[0] += int(stat[8]) + (0 if only_inherited else int(stat[7]))
            sums[1] += int(stat[10]) + (0 if only_inherited else int(stat[9]))
            words = _read(f"/proc/{pid}/io").split()
            for name, value in zip(words[::2], words[1::2], strict=True):
                if name in _IO:
                    sums[_IO[name]] += int(value)

    def _add_thread(self, directory: str, sums: list[int]) -> bytes:
        """Its state. Adds its switches and run delay: those of a process are its first thread's alone."""
        state = b""
        for line in _read(f"{directory}/status").splitlines():
            name, _, value = line.partition(b":")
            if name == b"State":
                state = value.split()[0]
            elif name == b"voluntary_ctxt_switches":
                sums[2] += int(value)
            elif name == b"nonvoluntary_ctxt_switches":
                sums[3] += int(value)
        # Kernels may be built without.
        with contextlib.suppress(FileNotFoundError):
            sums[4] += int(_read(f"{directory}/schedstat").split()[1])
        return state


def _read(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:
        return file.read()
