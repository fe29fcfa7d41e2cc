"""What held a run back: from the figures of short windows to one word and its evidence.

The order is that of the questions: was it the generator, memory, allocation, storage, the processor, the
network, or work that is done one at a time? What fits none of them clearly stays undetermined. The limits are
ours, found on servers whose bottleneck is known (tests/perf/bottleneck_accuracy.py). Knows nothing of where
the figures come from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from statistics import fmean

from pytest_rustide_load.units import three_digits, two_digits

__all__ = [
    "ALLOCATION",
    "CPU",
    "GENERATOR",
    "IO",
    "KINDS",
    "MEMORY",
    "NETWORK",
    "SERIAL",
    "UNDETERMINED",
    "Bottleneck",
    "Window",
    "judge_phase",
]

GENERATOR = "generator-bound"
MEMORY = "memory"
ALLOCATION = "allocation churn"
IO = "I/O"
CPU = "CPU"
NETWORK = "network"
SERIAL = "lock or serialisation"
UNDETERMINED = "undetermined"
KINDS = (GENERATOR, MEMORY, ALLOCATION, IO, CPU, NETWORK, SERIAL, UNDETERMINED)

# Faults that had to wait for storage, and the share of time in which something waited for memory.
_MAJOR_FAULTS_PER_S = 50.0
_FEW_MAJOR_FAULTS_PER_S = 5.0
_MEMORY_STALL = 0.10
# How often a limit of memory was reached: files alone do that too, but those are not waited for again.
_LIMIT_HITS_PER_S = 1.0
# Of the CPU, the kernel's share, beside so many first touches of pages per second of it.
_SYSTEM_SHARE = 0.40
_FAULTS_PER_CPU_S = 30_000.0
# Where others have the cores too, even a busy program has little of them.
_CHURN_CPU = 0.05
# Threads in uninterruptible sleep at a look, on average; or the machine's stall, while bytes move.
_BLOCKED = 0.20
_IO_STALL = 0.10
_IO_BYTES_PER_S = 100_000.0
# Of the cores there are; or what ran and what would have run beside it, where that waited for long.
_CPU_NEAR = 0.85
_WANTED_NEAR = 0.90
_DELAY_SHARE = 0.20
# Where others have the cores too, one that wants them has a part of them, and does not wait for storage.
_STARVED_CPU = 0.15
# The link's share of the median answer.
_NETWORK_SHARE = 0.50
# Requests that wait while at most about one thread works, or answers that take longer the more are before
# them.
_BACKLOG = 1.5
_QUEUEING = 0.50
_ONE_AT_A_TIME = 1.25
_READY = 0.3
# A processor that is this busy is no idle one.
_CPU_FAR = 0.70
# Of the windows of a phase, how many have to agree.
_AGREEING = 0.60


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Figures of the backend's process tree over one stretch of time; None where nothing is known.

    `cpu`, `system_cpu` (the kernel's part) and `run_delay` (ready to run and not running) are in cores' worth
    of time, of the `cores` there are. `blocked` threads are in uninterruptible sleep, `working` ones neither
    there nor parked waiting for work or a lock: averages over looks. `queueing` is how much of an answer's
    time is explained by the requests before it, 0 to 1. `network_ratio` is the link's share of the median
    answer. Stalls are the machine's, as shares of time. `throttled_ratio` is that of a CPU quota, and
    `limit_hits_per_s` is how often a limit of memory was reached.
    """

    seconds: float
    cores: float
    cpu: float
    in_flight: float
    answers_per_s: float = 0.0
    system_cpu: float | None = None
    run_delay: float | None = None
    threads: float | None = None
    blocked: float | None = None
    working: float | None = None
    voluntary_switches_per_s: float | None = None
    minor_faults_per_s: float | None = None
    major_faults_per_s: float | None = None
    limit_hits_per_s: float | None = None
    storage_bytes_per_s: float | None = None
    memory_stall_ratio: float | None = None
    io_stall_ratio: float | None = None
    throttled_ratio: float | None = None
    queueing: float | None = None
    network_ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """One of KINDS, with `evidence` in words; `agreeing` of `windows` say so. Where nothing is near a limit
    the kind is undetermined and `idle` True."""

    kind: str
    evidence: tuple[str, ...]
    agreeing: int
    windows: int
    idle: bool = False


def judge_phase(windows: Sequence[Window], generator_reasons: Sequence[str] = ()) -> Bottleneck:
    """The bottleneck of a phase, cut into windows; `generator_reasons` are why its timings are void.

    A kind is named where at least three windows in five agree on it, and the figures of the whole phase do.
    """
    count = len(windows)
    if generator_reasons:
        return Bottleneck(GENERATOR, tuple(generator_reasons), count, count)
    if not windows:
        return Bottleneck(UNDETERMINED, ("nothing was watched",), 0, 0)
    whole = mean_window(windows)
    found = Counter(_kind_of(window) for window in windows)
    kind, agreeing = found.most_common(1)[0]
    if kind != UNDETERMINED and agreeing >= _AGREEING * count and _kind_of(whole) in (kind, UNDETERMINED):
        return Bottleneck(kind, tuple(_EVIDENCE[kind](whole)), agreeing, count)
    idle = whole.in_flight < _BACKLOG and whole.cpu < _CPU_FAR * whole.cores
    evidence = [*_general(whole)]
    others = [
        f"{name} in {times} of {count} windows" for name, times in found.items() if name != UNDETERMINED
    ]
    if others:
        evidence.append(f"signs of {', '.join(others)}")
    elif idle:
        evidence.insert(0, "nothing was near a limit")
    return Bottleneck(UNDETERMINED, tuple(evidence), found[UNDETERMINED], count, idle and not others)


def mean_window(windows: Sequence[Window]) -> Window:
    """Averages over windows, of those that know a figure."""
    means: dict[str, float | None] = {}
    for one in fields(Window):
        known = [value for window in windows if (value := getattr(window, one.name)) is not None]
        means[one.name] = fmean(known) if known else None
    means["seconds"] = sum(window.seconds for window in windows)
    return Window(**means)  # type: ignore[arg-type]  # what every window knows is known


def _kind_of(window: Window) -> str:
    for kind, holds in _RULES:
        if holds(window):
            return kind
    return UNDETERMINED


def _is_memory(window: Window) -> bool:
    major = window.major_faults_per_s or 0.0
    stalled = (window.memory_stall_ratio or 0.0) >= _MEMORY_STALL
    limited = (window.limit_hits_per_s or 0.0) >= _LIMIT_HITS_PER_S
    return major >= _MAJOR_FAULTS_PER_S or ((stalled or limited) and major >= _FEW_MAJOR_FAULTS_PER_S)


def _is_allocation(window: Window) -> bool:
    if window.system_cpu is None or window.minor_faults_per_s is None or window.cpu < _CHURN_CPU:
        return False
    is_kernel = window.system_cpu >= _SYSTEM_SHARE * window.cpu
    return is_kernel and window.minor_faults_per_s >= _FAULTS_PER_CPU_S * window.cpu


def _is_io(window: Window) -> bool:
    moves = (window.storage_bytes_per_s or 0.0) >= _IO_BYTES_PER_S
    blocked = window.blocked or 0.0
    if moves and blocked >= _BLOCKED:
        return True
    # The machine's stall may be somebody else's.
    stalled = (window.io_stall_ratio or 0.0) >= _IO_STALL
    return moves and stalled and blocked >= _BLOCKED / 2 and window.cpu < _CPU_FAR * window.cores


def _is_cpu(window: Window) -> bool:
    delay = window.run_delay or 0.0
    wanted = window.cpu + delay
    if (window.throttled_ratio or 0.0) >= _DELAY_SHARE:
        return True
    if window.cpu >= _CPU_NEAR * window.cores:
        return True
    if window.cpu < _STARVED_CPU * window.cores or (window.blocked or 0.0) >= _BLOCKED / 2:
        return False
    return wanted >= _WANTED_NEAR * window.cores and delay >= _DELAY_SHARE * wanted


def _is_network(window: Window) -> bool:
    return (window.network_ratio or 0.0) >= _NETWORK_SHARE


def _is_serial(window: Window) -> bool:
    if window.in_flight < _BACKLOG or window.cpu >= _CPU_FAR * window.cores:
        return False
    # Threads that want a core and do not get one wait for that, not for one another.
    if (window.run_delay or 0.0) >= _READY * max(window.cores, 1.0):
        return False
    one_works = window.working is not None and window.working <= _ONE_AT_A_TIME
    waits_behind = (window.queueing or 0.0) >= _QUEUEING
    several_work = window.working is not None and window.working >= max(2.0, 0.6 * window.in_flight)
    return (waits_behind and not several_work) or (one_works and (window.queueing or 1.0) >= _QUEUEING / 2)


_RULES = (
    (MEMORY, _is_memory),
    (ALLOCATION, _is_allocation),
    (IO, _is_io),
    (CPU, _is_cpu),
    (NETWORK, _is_network),
    (SERIAL, _is_serial),
)


def _cpu_text(window: Window) -> str:
    return f"CPU {two_digits(window.cpu)} of {window.cores:g} core{'' if window.cores == 1 else 's'}"


def _general(window: Window) -> list[str]:
    said = [_cpu_text(window), f"{two_digits(window.in_flight)} requests in flight"]
    if window.blocked is not None:
        said.append(f"{two_digits(window.blocked)} threads waiting for I/O")
    return said


def _memory(window: Window) -> list[str]:
    said = [f"{window.major_faults_per_s or 0:.0f} page faults a second had to wait for storage"]
    if (window.limit_hits_per_s or 0.0) >= _LIMIT_HITS_PER_S:
        said.append(f"its limit of memory was reached {window.limit_hits_per_s:,.0f} times a second")
    if window.memory_stall_ratio:
        said.append(f"the machine stalled for memory {window.memory_stall_ratio:.0%} of the time")
    return said


def _allocation(window: Window) -> list[str]:
    share = (window.system_cpu or 0.0) / window.cpu
    return [
        f"{share:.0%} of {two_digits(window.cpu)} cores' CPU in the kernel",
        f"{window.minor_faults_per_s or 0:,.0f} new pages a second",
    ]


def _io(window: Window) -> list[str]:
    said = [
        f"{two_digits(window.blocked or 0)} threads waiting for I/O on average",
        f"{three_digits((window.storage_bytes_per_s or 0) / 1e6)} MB/s to and from storage",
    ]
    if window.io_stall_ratio:
        said.append(f"the machine stalled for I/O {window.io_stall_ratio:.0%} of the time")
    return said


def _cpu(window: Window) -> list[str]:
    said = [_cpu_text(window)]
    if (window.throttled_ratio or 0.0) >= _DELAY_SHARE:
        said.append(f"throttled by its quota {window.throttled_ratio:.0%} of the time")
    if window.run_delay is not None:
        said.append(f"{two_digits(window.run_delay)} threads ready and waiting for a core")
    if window.cpu < _CPU_NEAR * window.cores:
        said.append("others used the rest")
    return said


def _network(window: Window) -> list[str]:
    return [
        f"the link takes {min(window.network_ratio or 0.0, 1.0):.0%} of the median answer",
        _cpu_text(window),
    ]


def _serial(window: Window) -> list[str]:
    said = [f"{two_digits(window.in_flight)} requests in flight", _cpu_text(window)]
    if window.working is not None:
        said.append(f"{two_digits(window.working)} of {window.threads or 0:.0f} threads at work")
    if window.queueing is not None:
        said.append(f"{window.queueing:.0%} of an answer's time is waiting for those before it")
    if window.voluntary_switches_per_s is not None:
        said.append(f"{window.voluntary_switches_per_s:,.0f} voluntary switches a second")
    return said


_EVIDENCE = {
    MEMORY: _memory,
    ALLOCATION: _allocation,
    IO: _io,
    CPU: _cpu,
    NETWORK: _network,
    SERIAL: _serial,
}
