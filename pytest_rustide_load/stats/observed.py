"""What was seen of the backend's threads and of the machine while a run went on, and what it said of itself.

Values only; knows nothing of how they were obtained. Times are nanoseconds on the run's monotonic axis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["HostSample", "Scrape", "TreeDetails", "WaitLook"]


@dataclass(frozen=True, slots=True)
class TreeDetails:
    """The threads of the backend's process tree at one moment.

    The states are of all threads: running or ready to run (R), in uninterruptible sleep (D), which is mostly
    I/O, and asleep. Counters begin at the start of the watch, are sums over all threads, and keep what ended
    threads had done when last seen. `run_delay_ns` is how long threads were ready to run and did not; None
    where the kernel does not count it. `limit_hits` is how often a limit of the tree's memory was reached,
    None where nobody counts.
    """

    at_ns: int
    threads_running: int
    threads_blocked: int
    threads_sleeping: int
    descriptors: int
    voluntary_switches: int
    involuntary_switches: int
    run_delay_ns: int | None
    limit_hits: int | None = None


@dataclass(frozen=True, slots=True)
class WaitLook:
    """The threads of the backend's process tree at one moment, by what they wait for.

    `threads_blocked` are in uninterruptible sleep, `threads_in_futex` at a lock or a condition, which is
    where idle ones are parked too; `threads_working` neither there nor waiting for something to read.
    """

    at_ns: int
    threads: int
    threads_blocked: int
    threads_in_futex: int
    threads_working: int


@dataclass(frozen=True, slots=True)
class HostSample:
    """The machine at one moment.

    `cpu_ratio` is of all its cores since the look before. The stalls are the time in which at least one
    task waited for CPU, memory or I/O, counted from the start of the watch (proc_pressure(5)); None where
    the kernel keeps no account of that.
    """

    at_ns: int
    cpu_ratio: float | None
    memory_total_bytes: int
    memory_available_bytes: int
    cpu_stall_ns: int | None = None
    memory_stall_ns: int | None = None
    io_stall_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Scrape:
    """What a backend's endpoints said of it at one moment.

    `values` are the numbers by their path in the answer, such as `resources.memory.rss_mb`. `healthy` is None
    where there is no health check. `problems` say which endpoint did not answer as it should.
    """

    at_ns: int
    healthy: bool | None
    values: Mapping[str, float]
    problems: tuple[str, ...] = ()
