"""What the load generator costs and adds, measured on this machine against a server whose truth is known.

The same session and the same driver as in a load test, on real pipes to a process of its own. Knows nothing
of limits or of how figures are shown.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import math
import os
import select
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pytest_rustide_load.backends import start_process
from pytest_rustide_load.cli.monitor_cost import monitor_cpu_ratio
from pytest_rustide_load.codebase import Codebase, CodebaseSpec, generate_codebase
from pytest_rustide_load.engine import RealClock, Reply, ScenarioRun, Session
from pytest_rustide_load.errors import Crashed
from pytest_rustide_load.ports import BackendInfo
from pytest_rustide_load.stats import Outcome, RunRecord
from pytest_rustide_load.units import NS_PER_S, ns_from_ms, ns_from_s
from pytest_rustide_load.workload import OperationPattern, Range, Scenario, WorkingSet

__all__ = ["IN_FLIGHT", "STALL_MS", "USERS", "Figures", "measure_generator"]

IN_FLIGHT = 64
USERS = 1_000
STALL_EVERY_MS, STALL_MS = 2_000, 200
_SERVER = Path(__file__).with_name("null_server.py")
# Two kinds of answer, as from a cache and past it.
_DELAYS_MS = (2, 2, 2, 20)
_PERCENTILES = (0.5, 0.9, 0.95)
_WARM_UP_S = 0.3
_PIPE_ROUNDS = 200
_BARE_PAUSE_S = 0.002
_MOST_TRIES = 3
_MEMORY_USERS = 25
_EXIT_S = 5.0

_Ns = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Figures:
    """Latency is added where it is the generator's and the pipes': measured time less the server's own.

    `pipe_p50_ns` is what a byte and its echo take between two processes that do nothing else, at 200/s:
    below it nothing that waits for an event can come. `truth_error_ratio` is the largest distance of a
    reported percentile from that of the server's log, 1 being 2 % or 0.2 ms, whichever is larger,
    and the smallest of up to three runs, since what is the generator's own is in each of them;
    `bare_truth_error_ratio` is that of a client without any machinery, one request at a time:
    the machine's wake-ups, which no client can leave out.
    """

    round_trips_per_s: float
    pipe_p50_ns: float
    added_p50_200_ns: float
    added_p99_200_ns: float
    added_p50_2000_ns: float
    added_p99_2000_ns: float
    lag_p50_1000_ns: float
    lag_p99_1000_ns: float
    users_lag_p99_ns: float
    users_cpu_ratio: float
    user_bytes: float
    cpu_per_operation_ns: float
    stalled_p95_ns: float
    truth_error_ratio: float
    bare_truth_error_ratio: float
    vanished: int
    monitor_cpu_ratio: float


@dataclass(frozen=True, slots=True)
class _Run:
    """One run, and the server's log of it: one row a request, in the order they were sent."""

    record: RunRecord
    service_ns: _Ns
    true_service_ns: _Ns
    latency_ns: _Ns
    true_latency_ns: _Ns
    vanished: int

    def lag_ns(self, share: float) -> float:
        columns = self.record.samples.columns()
        return float(np.quantile(columns["sent_ns"] - columns["intended_ns"], share))

    def added_ns(self, share: float) -> float:
        return float(np.quantile(self.service_ns - self.true_service_ns, share))

    def cpu_ns(self) -> float:
        """CPU of the generator for one operation."""
        span_ns = self.record.measure_end_ns - self.record.measure_start_ns
        return self.record.generator.cpu_ratio * span_ns / max(self.record.generator.sent, 1)


def _distance(reported_ns: _Ns, truth_ns: _Ns) -> float:
    """How far the percentiles of `reported_ns` are from those of `truth_ns`; 1 is as far as they may be."""
    errors = []
    for share in _PERCENTILES:
        true_ns = float(np.quantile(truth_ns, share))
        allowed_ns = max(0.02 * true_ns, ns_from_ms(0.2))
        errors.append(abs(float(np.quantile(reported_ns, share)) - true_ns) / allowed_ns)
    return max(errors)


async def measure_generator(seconds: float, on_step: Callable[[str], None]) -> Figures:
    """All figures; each measurement takes about `seconds`. `on_step` gets what is being measured.

    Raises BackendError where the null server cannot be started or ends.
    """
    codebase = generate_codebase(CodebaseSpec(seed=1, loc=2_000))
    on_step("round trips as fast as they come")
    rate = await _round_trips_per_s(seconds)
    on_step("bare pipes")
    pipe_ns = await asyncio.to_thread(_pipe_p50_ns)
    on_step("200 operations per second")
    slow = await _open_loop(codebase, 200, 2 * seconds)
    on_step("1,000 operations per second")
    middle = await _open_loop(codebase, 1_000, seconds)
    on_step("2,000 operations per second")
    fast = await _open_loop(codebase, 2_000, seconds)
    on_step(f"{USERS:,} users with 2 operations per second each")
    many = await _open_loop(codebase, 2, seconds, users=USERS)
    delays = ("--delays-ms", ",".join(map(str, _DELAYS_MS)))
    known: list[_Run] = []
    errors: list[float] = []
    while len(errors) < _MOST_TRIES and min(errors, default=math.inf) > 1:
        on_step("a server that stalls")
        stall = ("--stall-ms", f"{STALL_EVERY_MS},{STALL_MS}")
        stalled = await _open_loop(codebase, 200, STALL_EVERY_MS / 1_000, server=stall)
        on_step("a server with two kinds of answers")
        delayed = await _open_loop(codebase, 400, seconds, server=delays)
        known += (stalled, delayed)
        errors.append(
            max(
                _distance(delayed.service_ns, delayed.true_service_ns),
                _distance(stalled.latency_ns, stalled.true_latency_ns),
            )
        )
    on_step("a bare client")
    bare = await asyncio.to_thread(_bare_client, seconds, delays)
    on_step("the monitor")
    monitor_ratio = await asyncio.to_thread(monitor_cpu_ratio, seconds)
    on_step("memory")
    return Figures(
        round_trips_per_s=rate,
        pipe_p50_ns=pipe_ns,
        added_p50_200_ns=slow.added_ns(0.5),
        added_p99_200_ns=slow.added_ns(0.99),
        added_p50_2000_ns=fast.added_ns(0.5),
        added_p99_2000_ns=fast.added_ns(0.99),
        lag_p50_1000_ns=middle.lag_ns(0.5),
        lag_p99_1000_ns=middle.lag_ns(0.99),
        users_lag_p99_ns=many.lag_ns(0.99),
        users_cpu_ratio=many.record.generator.cpu_ratio,
        user_bytes=_user_bytes(codebase),
        cpu_per_operation_ns=fast.cpu_ns(),
        stalled_p95_ns=float(np.quantile(stalled.latency_ns, 0.95)),
        truth_error_ratio=min(errors),
        bare_truth_error_ratio=_distance(*bare),
        vanished=sum(run.vanished for run in (slow, middle, fast, many, *known)),
        monitor_cpu_ratio=monitor_ratio,
    )


@contextlib.asynccontextmanager
async def _session(directory: Path, arguments: Sequence[str] = ()) -> AsyncIterator[Session]:
    """A session with a null server of its own, which has ended (and written its log) afterwards."""
    command = (sys.executable, "-I", "-S", str(_SERVER), *arguments)
    server = await start_process(BackendInfo("null", "", command), os.environ, directory)
    try:
        session = Session(server.transport(), RealClock())
        yield session
        await session.shutdown(timeout_s=_EXIT_S)
        await server.stop(grace_s=_EXIT_S)
    finally:
        await server.stop(grace_s=0)


async def _round_trips_per_s(seconds: float) -> float:
    """Closed loop: as soon as an answer is there the next request goes out."""
    done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    count = 0

    with tempfile.TemporaryDirectory() as directory:
        async with _session(Path(directory)) as session:
            began_ns = time.perf_counter_ns()
            until_ns = began_ns + ns_from_s(seconds)

            def on_reply(reply: Reply) -> None:
                nonlocal count
                if reply.error is not None:
                    if not done.done():
                        done.set_exception(Crashed(f"the null server ended: {session.close_reason}"))
                    return
                count += 1
                if reply.done_ns < until_ns:
                    session.send("null", b"{}", on_reply)
                elif not done.done():
                    done.set_result(reply.done_ns)

            for _ in range(IN_FLIGHT):
                session.send("null", b"{}", on_reply)
            ended_ns = await done
            return count / ((ended_ns - began_ns) / NS_PER_S)


async def _open_loop(
    codebase: Codebase, rate_per_s: float, seconds: float, *, users: int = 1, server: Sequence[str] = ()
) -> _Run:
    """The driver of load tests, at a constant rate for each of the users, who share one session."""
    scenario = _scenario(rate_per_s, seconds, users)
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        log = root / "log"
        async with _session(root, (*server, "--log", str(log))) as session:
            run = ScenarioRun(
                scenario,
                codebase=codebase,
                sessions=[session] * users,
                roots=[root] * users,
                clock=RealClock(),
                seed=1,
            )
            await run.run()
            record = run.record()
            asked = session.counters.replies
        return _with_truth(record, asked, np.fromfile(log, dtype=np.int64).reshape(-1, 3))


def _with_truth(record: RunRecord, asked: int, log: _Ns) -> _Run:
    columns = record.samples.columns()
    # Ids are given out in the order of sending, as rows are; the log's order is that of reading.
    log = log[np.argsort(log[:, 0], kind="stable")][: len(record.samples)]
    lost = (Outcome.PENDING, Outcome.TIMEOUT, Outcome.CANCELLED, Outcome.CRASHED, Outcome.DROPPED)
    vanished = sum(sample.outcome in lost for sample in record.samples)
    vanished += abs(len(log) - len(record.samples)) + max(len(record.samples) - asked, 0)
    count = min(len(log), len(record.samples))
    intended_ns, sent_ns, done_ns = (columns[name][:count] for name in ("intended_ns", "sent_ns", "done_ns"))
    read_ns, answered_ns = log[:count, 1], log[:count, 2]
    return _Run(
        record,
        service_ns=done_ns - sent_ns,
        true_service_ns=answered_ns - read_ns,
        latency_ns=done_ns - intended_ns,
        true_latency_ns=answered_ns - intended_ns,
        vanished=vanished,
    )


def _scenario(rate_per_s: float, seconds: float, users: int) -> Scenario:
    return Scenario(
        name="selftest",
        description="",
        users=users,
        warm_up_s=_WARM_UP_S,
        duration_s=seconds,
        patterns=(OperationPattern("definition", Range(rate_per_s, rate_per_s)),),
        working_set=WorkingSet(open_files=Range(1, 1)) if users > 1 else WorkingSet(),
    )


def _user_bytes(codebase: Codebase) -> float:
    """Memory of one user more, who has the usual files open and does nothing."""

    class Nowhere:
        def start(self, on_bytes: Callable[[bytes], None], on_closed: Callable[[str], None]) -> None: ...
        def write(self, data: bytes) -> None: ...
        def backlog_bytes(self) -> int:
            return 0

        def close(self) -> None: ...

    def build(users: int) -> ScenarioRun:
        scenario = Scenario(
            name="selftest",
            description="",
            users=users,
            patterns=(OperationPattern("definition", Range(2, 2)),),
        )
        sessions = [Session(Nowhere(), RealClock()) for _ in range(users)]
        roots = [Path("/nowhere")] * users
        return ScenarioRun(
            scenario, codebase=codebase, sessions=sessions, roots=roots, clock=RealClock(), seed=1
        )

    def measure() -> float:
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        kept = build(_MEMORY_USERS)
        gc.collect()
        bytes_ = (tracemalloc.get_traced_memory()[0] - before) / _MEMORY_USERS
        del kept
        return bytes_

    build(1)
    tracemalloc.start()
    try:
        # A table of the interpreter's that happens to grow meanwhile is no user's, and does not grow again.
        return min(measure() for _ in range(3))
    finally:
        tracemalloc.stop()


def _bare_client(seconds: float, server: Sequence[str]) -> tuple[_Ns, _Ns]:
    """Service times by a client that only writes, waits and reads; and by the server's log."""
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory) / "log"
        command = [sys.executable, "-I", "-S", str(_SERVER), *server, "--log", str(log)]
        times_ns: list[int] = []
        until_ns = time.perf_counter_ns() + ns_from_s(seconds)
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as process:
            assert process.stdin is not None  # noqa: S101  a pipe
            assert process.stdout is not None  # noqa: S101  a pipe
            out, back = process.stdin.fileno(), process.stdout.fileno()
            while time.perf_counter_ns() < until_ns:
                time.sleep(_BARE_PAUSE_S)
                body = b'{"jsonrpc":"2.0","id":%d,"method":"null"}' % len(times_ns)
                data = b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
                sent_ns = time.perf_counter_ns()
                os.write(out, data)
                select.select([back], [], [])
                os.read(back, 4096)
                times_ns.append(time.perf_counter_ns() - sent_ns)
        rows = np.fromfile(log, dtype=np.int64).reshape(-1, 3)
        # The first of all meets a server that is still starting.
        return np.array(times_ns[1:], dtype=np.int64), (rows[:, 2] - rows[:, 1])[1:]


def _pipe_p50_ns() -> float:
    """A byte and its echo between two processes, every 5 ms."""
    echo = "import os\nwhile data := os.read(0, 4096): os.write(1, data)"
    theirs_in, out = os.pipe()
    back, theirs_out = os.pipe()
    command = [sys.executable, "-I", "-S", "-c", echo]
    with subprocess.Popen(command, stdin=theirs_in, stdout=theirs_out):
        os.close(theirs_in)
        os.close(theirs_out)
        times_ns = []
        for _ in range(_PIPE_ROUNDS):
            time.sleep(0.005)
            sent_ns = time.perf_counter_ns()
            os.write(out, b"x")
            os.read(back, 1)
            times_ns.append(time.perf_counter_ns() - sent_ns)
        os.close(out)
    os.close(back)
    return float(np.median(times_ns))
