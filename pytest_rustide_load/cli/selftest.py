"""`python -m pytest_rustide_load selftest`: how good the load generator itself is, on this machine, now.

Runs the same session and the same driver as a load test against a server that answers at once, so that
whatever is measured is the generator's own. Prints a table with the limits, and writes JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from pytest_rustide_load.backends import start_process
from pytest_rustide_load.codebase import Codebase, CodebaseSpec, generate_codebase
from pytest_rustide_load.engine import RealClock, Reply, ScenarioRun, Session, new_event_loop
from pytest_rustide_load.ports import BackendInfo
from pytest_rustide_load.stats import Outcome, RunRecord
from pytest_rustide_load.units import NS_PER_S, ns_from_s
from pytest_rustide_load.workload import OperationPattern, Range, Scenario

__all__ = ["Check", "add_arguments", "run"]

_SERVER = Path(__file__).with_name("null_server.py")
_IN_FLIGHT = 64
_STALL_EVERY_S, _STALL_S = 2.0, 0.2


@dataclass(frozen=True, slots=True)
class Check:
    """One figure: at most (or, for a floor, at least) `limit`, in `unit`."""

    name: str
    value: float
    unit: str
    limit: float
    is_floor: bool = False

    @property
    def passed(self) -> bool:
        return self.value >= self.limit if self.is_floor else self.value <= self.limit


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the figures to FILE as JSON")
    parser.add_argument(
        "--seconds", type=float, default=2.0, help="time of each measurement (default: %(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Measure, print, and return 0 where every limit is kept, else 1."""
    sys.stdout.write(f"measuring the load generator, about {6 * arguments.seconds + 4:.0f} s\n")
    sys.stdout.flush()
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        checks = runner.run(_measure(arguments.seconds))
    width = max(len(check.name) for check in checks)
    for check in checks:
        bound = "at least" if check.is_floor else "at most"
        verdict = "PASS" if check.passed else "FAIL"
        digits = 0 if check.value >= 100 else 2
        figure = f"{check.value:>9,.{digits}f} {check.unit:<3}"
        sys.stdout.write(f"{check.name:<{width}}  {figure} {bound:>8} {check.limit:>7,g}  {verdict}\n")
    if arguments.json is not None:
        document = {"checks": [{**asdict(check), "passed": check.passed} for check in checks]}
        arguments.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return 0 if all(check.passed for check in checks) else 1


async def _measure(seconds: float) -> list[Check]:
    codebase = generate_codebase(CodebaseSpec(seed=1, loc=2_000))
    rate = await _round_trips_per_s(seconds)
    slow = await _open_loop(codebase, rate_per_s=200, seconds=seconds)
    thousand = await _open_loop(codebase, rate_per_s=1_000, seconds=seconds)
    fast = await _open_loop(codebase, rate_per_s=2_000, seconds=seconds)
    stalled = await _open_loop(
        codebase, rate_per_s=200, seconds=2 * _STALL_EVERY_S, stall=(_STALL_EVERY_S, _STALL_S)
    )
    return [
        Check(f"round trips, {_IN_FLIGHT} in flight", rate, "/s", 40_000, is_floor=True),
        Check("added latency p50 at 200/s", _service_us(slow, 0.5), "µs", 150),
        Check("added latency p99 at 200/s", _service_us(slow, 0.99), "µs", 1_000),
        Check("added latency p50 at 2,000/s", _service_us(fast, 0.5), "µs", 150),
        Check("added latency p99 at 2,000/s", _service_us(fast, 0.99), "µs", 1_000),
        Check("send lag p50 at 1,000/s", thousand.generator.send_lag_p50_ns / 1e6, "ms", 2.5),
        Check("send lag p99 at 1,000/s", thousand.generator.send_lag_p99_ns / 1e6, "ms", 2.5),
        Check("generator CPU per operation", _cpu_us(fast), "µs", 400),
        # A stall of a tenth of the time delays a tenth of the operations, half of them by half of it.
        Check("stalls show: latency p95", _latency_ms(stalled, 0.95), "ms", _STALL_S * 400, is_floor=True),
        Check("operations that vanished", _vanished(slow, thousand, fast, stalled), "", 0),
    ]


@contextlib.asynccontextmanager
async def _session(*arguments: float) -> AsyncIterator[tuple[Session, Path]]:
    """A session with a null server of its own, in a directory of its own."""
    command = (sys.executable, "-I", "-S", str(_SERVER), *map(str, arguments))
    with tempfile.TemporaryDirectory() as directory:
        server = await start_process(BackendInfo("null", "", command), os.environ, Path(directory))
        try:
            yield Session(server.transport(), RealClock()), Path(directory)
        finally:
            await server.stop(grace_s=0)


async def _round_trips_per_s(seconds: float) -> float:
    """Closed loop: as soon as an answer is there the next request goes out."""
    async with _session() as (session, _):
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        count = 0
        began_ns = time.perf_counter_ns()
        until_ns = began_ns + ns_from_s(seconds)

        def on_reply(reply: Reply) -> None:
            nonlocal count
            count += 1
            if reply.done_ns < until_ns:
                session.send("null", b"{}", on_reply)
            elif not done.done():
                done.set_result(reply.done_ns)

        for _ in range(_IN_FLIGHT):
            session.send("null", b"{}", on_reply)
        ended_ns = await done
        return count / ((ended_ns - began_ns) / NS_PER_S)


async def _open_loop(
    codebase: Codebase, *, rate_per_s: float, seconds: float, stall: tuple[float, ...] = ()
) -> RunRecord:
    """The driver of load tests, at a constant rate."""
    scenario = Scenario(
        name="selftest",
        description="",
        warm_up_s=0.3,
        duration_s=seconds,
        patterns=(OperationPattern("definition", Range(rate_per_s, rate_per_s)),),
    )
    async with _session(*stall) as (session, root):
        driver = ScenarioRun(
            scenario, codebase=codebase, sessions=[session], roots=[root], clock=RealClock(), seed=1
        )
        await driver.run()
        return driver.record()


def _service_us(record: RunRecord, share: float) -> float:
    columns = record.samples.columns()
    return float(np.quantile(columns["done_ns"] - columns["sent_ns"], share)) / 1e3


def _latency_ms(record: RunRecord, share: float) -> float:
    columns = record.samples.columns()
    return float(np.quantile(columns["done_ns"] - columns["intended_ns"], share)) / 1e6


def _cpu_us(record: RunRecord) -> float:
    span_ns: int = record.measure_end_ns - record.measure_start_ns
    return record.generator.cpu_ratio * span_ns / max(record.generator.sent, 1) / 1e3


def _vanished(*records: RunRecord) -> int:
    """Operations that were sent and did not come back in any way."""
    lost = (Outcome.PENDING, Outcome.TIMEOUT, Outcome.CANCELLED, Outcome.CRASHED)
    return sum(sample.outcome in lost for record in records for sample in record.samples)
