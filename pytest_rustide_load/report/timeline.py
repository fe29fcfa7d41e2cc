"""A run over time: columns with an element for each second, all on the run's own axis.

The values alone; `timeline_build` makes them. Knows nothing of terminals, files or pytest.
"""

from __future__ import annotations

import msgspec

__all__ = [
    "BackendTimeline",
    "Column",
    "Counts",
    "GeneratorTimeline",
    "HostTimeline",
    "OperationTimeline",
    "Span",
    "Timeline",
]

# An element for each row; None where nothing is known of it.
Column = tuple[float | None, ...]
Counts = tuple[int, ...]


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of the run, in seconds of the measured time: `kind` is "warm-up", "stage", or what happened
    from outside, such as "stress" or "fault", or "gone" while users had no backend."""

    kind: str
    name: str
    start_s: float
    end_s: float


class OperationTimeline(msgspec.Struct, frozen=True, kw_only=True):
    """One operation. `planned` were due in a row's time, and the latencies are of these: of right answers,
    and of those that never ended as lower bounds. The others count by when they ended: `ok` rightly, `wrong`
    (or empty), `failed` (error, time-out, crash, never sent), `withdrawn` (cancelled or outdated)."""

    planned: Counts
    ok: Counts
    wrong: Counts
    failed: Counts
    withdrawn: Counts
    p50_ms: Column
    p95_ms: Column
    p99_ms: Column
    max_ms: Column


class BackendTimeline(msgspec.Struct, frozen=True, kw_only=True):
    """The backend's process tree. `cpu_percent` and `run_delay_percent` (how long threads were ready to run
    and did not) are of one core. Averages are weighted by time, peaks the largest of what was sampled.
    `pss_mb` shares common pages out among those who have them and is known every ten seconds at most.
    `read_mb_per_s` and `write_mb_per_s` went to storage, `…_calls_per_s` are of any file, pipes included. The
    states are of all threads: running or ready (R), in uninterruptible sleep (D), asleep (S)."""

    rss_avg_mb: Column
    rss_peak_mb: Column
    pss_mb: Column
    cpu_percent: Column
    processes: Column
    threads: Column
    descriptors: Column
    read_mb_per_s: Column
    write_mb_per_s: Column
    read_calls_per_s: Column
    write_calls_per_s: Column
    minor_faults_per_s: Column
    major_faults_per_s: Column
    voluntary_switches_per_s: Column
    involuntary_switches_per_s: Column
    run_delay_percent: Column
    threads_running: Column
    threads_blocked: Column
    threads_sleeping: Column


class HostTimeline(msgspec.Struct, frozen=True, kw_only=True):
    """The machine. `cpu_percent` is of all its cores; a stall is the share of the time in which at least one
    task waited for that resource (PSI, "some"), None where the kernel keeps no account of it."""

    cpu_percent: Column
    memory_available_mb: Column
    cpu_stall_percent: Column
    memory_stall_percent: Column
    io_stall_percent: Column


class GeneratorTimeline(msgspec.Struct, frozen=True, kw_only=True):
    """The process that sends the load; `cpu_percent` is of one core."""

    cpu_percent: Column
    rss_mb: Column


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """Row i is of the time from `start_s + i * step_s` to `start_s + (i + 1) * step_s` of the measured time,
    which begins at 0: before it is the warm-up. A row is a second, of very long runs more. Only the first
    and the last may lie partly outside of the run, which lasted from `begun_s` to `ended_s`.

    `users` are those who were there, at most; `in_flight_avg` how many requests had no answer yet, on
    average. `overall` is of the operations the user waits for. `operations` holds those that were planned at
    all, warm-up included; starts of backends lie before the run and are not here. None stands for what was
    not watched.
    """

    start_s: float
    step_s: float
    rows: int
    begun_s: float
    ended_s: float
    users: Counts
    in_flight_avg: Column
    overall: OperationTimeline
    operations: dict[str, OperationTimeline]
    backend: BackendTimeline | None = None
    host: HostTimeline | None = None
    generator: GeneratorTimeline | None = None
    spans: tuple[Span, ...] = ()
