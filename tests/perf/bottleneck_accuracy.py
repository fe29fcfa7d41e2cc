"""Servers whose bottleneck is known, run as real processes, and what the classifier says of each.

    python tests/perf/bottleneck_accuracy.py [RUNS] [SECONDS] [NAME]... [--diagnose] [--seed=0]

Prints a table, rows are true bottlenecks. Generator and server have a core each where there are two. In
runs that are "held up" others on the machine kept the generator from sending in time; a user would be told
that, and no more. What the server's figures say is judged all the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_rustide_load.backends.process import start_process
from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.engine import RealClock, ScenarioRun, Session, new_event_loop
from pytest_rustide_load.monitor import HostProbe, Observer, ProcessTreeProbe, TreeDetailsProbe
from pytest_rustide_load.monitor.places import core_groups, probe_storage
from pytest_rustide_load.monitor.waits import WaitSampler, WaitsProbe, tells_waits
from pytest_rustide_load.plugin.placement import Placement, place
from pytest_rustide_load.ports import BackendInfo
from pytest_rustide_load.stats.bottleneck import (
    ALLOCATION,
    CPU,
    GENERATOR,
    IO,
    MEMORY,
    NETWORK,
    SERIAL,
    UNDETERMINED,
)
from pytest_rustide_load.stats.record import RunRecord
from pytest_rustide_load.stats.windows import Circumstances, judge_phases
from pytest_rustide_load.stress.cage import MemoryCage, MemoryLimit
from pytest_rustide_load.stress.link import Link
from pytest_rustide_load.stress.proxy import LinkedTransport
from pytest_rustide_load.units import MB
from pytest_rustide_load.workload import OperationPattern, Range, Scenario
from pytest_rustide_load.workload.networks import NETWORKS

SERVER = Path(__file__).parents[1] / "servers" / "known_answer.py"
_CODEBASE = generate_codebase(CodebaseSpec(seed=1, loc=1_000))


@dataclass(frozen=True)
class Case:
    """A server, how it is asked, and what the answer is; `rate_per_s` of questions in an open loop."""

    name: str
    kind: str
    threads: int
    rate_per_s: float
    truth: str
    network: str = ""
    hogs: int = 0
    limit_mb: int = 0


CASES = (
    Case("CPU saturated", "cpu", 4, 130, CPU),
    Case("mutex", "lock", 8, 150, SERIAL),
    Case("write and fsync", "fsync", 8, 400, IO),
    Case("page-fault churn", "churn", 4, 150, ALLOCATION),
    Case("paging", "paging", 4, 150, MEMORY, limit_mb=56),
    Case("sleeping", "sleep", 16, 150, UNDETERMINED),
    Case("slow link", "nothing", 4, 40, NETWORK, network="mobile_network"),
    Case("starved generator", "nothing", 4, 400, GENERATOR, hogs=3),
)


def cannot_run(case: Case, directory: Path) -> str:
    """Why this machine cannot have the bottleneck of `case`; "" where it can."""
    if not case.limit_mb:
        return ""
    if (kind := probe_storage(directory).kind) in ("RAM disk", "network"):
        return f"{directory} is on a {kind}, where no page is waited for"
    with MemoryCage() as cage:
        report = cage.report()
    return "" if report.mechanism.startswith("cgroup") else f"no control group for memory: {report.reason}"


def measured(
    case: Case, directory: Path, *, seconds: float, seed: int, diagnose: bool = False
) -> tuple[RunRecord, Circumstances]:
    """One run, as the plugin would record it."""
    placed = place(core_groups())
    everywhere = os.sched_getaffinity(0)
    placement = (
        placed if isinstance(placed, Placement) else Placement(frozenset(everywhere), frozenset(everywhere))
    )
    scenario = Scenario(
        name=case.name,
        description="",
        warm_up_s=0.5,
        duration_s=seconds,
        request_timeout_s=3,
        arrivals="poisson",
        patterns=(OperationPattern("hover", Range(case.rate_per_s, case.rate_per_s)),),
    )
    os.sched_setaffinity(0, placement.generator)
    try:
        with _hogs(case.hogs), asyncio.Runner(loop_factory=new_event_loop) as runner:
            return runner.run(_with_server(case, scenario, directory, placement, seed, diagnose))
    finally:
        os.sched_setaffinity(0, everywhere)


async def _with_server(
    case: Case, scenario: Scenario, directory: Path, placement: Placement, seed: int, diagnose: bool
) -> tuple[RunRecord, Circumstances]:
    clock = RealClock()
    command = (sys.executable, "-S", "-E", str(SERVER), case.kind, str(case.threads), str(directory))
    os.sched_setaffinity(0, placement.server)
    try:
        process = await start_process(BackendInfo(case.name, "", command), os.environ, directory)
    finally:
        os.sched_setaffinity(0, placement.generator)
    # Others on this machine are to hold up the generator as little as may be.
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, -10)
    probe = None
    cage = contextlib.ExitStack()
    if case.limit_mb:
        limited = cage.enter_context(MemoryCage())
        limited.adopt(process.pid)
        # Said before, done when it is in force.
        limited.limit(MemoryLimit(case.limit_mb * MB, "stepped", steps=1))
        await asyncio.to_thread(_in_force, limited)
    try:
        transport = process.transport()
        link = LinkedTransport(transport, Link(NETWORKS[case.network], seed)) if case.network else None
        session = Session(link or transport, clock)
        await session.initialize(directory, timeout_s=60)
        probe = ProcessTreeProbe(process.pid, clock)
        roots = {process.pid: False}
        observer = Observer(clock, details=TreeDetailsProbe(roots, clock), host=HostProbe(clock))
        waits = WaitSampler(WaitsProbe(roots, clock)) if diagnose and tells_waits() else None
        run = ScenarioRun(
            scenario,
            codebase=_CODEBASE,
            sessions=[session],
            roots=[directory],
            clock=clock,
            seed=seed,
            probe=probe,
        )
        observer.start()
        if waits is not None:
            waits.start()
        try:
            await run.run()
        finally:
            observer.stop()
            if waits is not None:
                waits.stop()
        record = run.record()
    finally:
        if probe is not None:
            probe.close()
        with contextlib.suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, 0, 0)
        await process.stop(grace_s=0.2)
        cage.close()
    network_ns = None
    if link is not None:
        report = link.report()
        network_ns = (report.to_backend.delay_median_ns or 0) + (report.from_backend.delay_median_ns or 0)
    record = replace(
        record,
        threads=tuple(observer.threads),
        host=tuple(observer.host),
        waits=() if waits is None else tuple(waits.looks),
    )
    return record, Circumstances(cores=float(len(placement.server)), network_ns=network_ns)


def _in_force(cage: MemoryCage) -> None:
    deadline_s = time.monotonic() + 10
    while cage.wait(0.1).limit_bytes is None:
        assert time.monotonic() < deadline_s, "the limit does not come into force"


@contextlib.contextmanager
def _hogs(count: int) -> Iterator[None]:
    """Threads that want the generator's interpreter too, which no scheduler can give it alone."""
    ended = threading.Event()

    def spin() -> None:
        while not ended.is_set():
            pass

    hogs = [threading.Thread(target=spin, daemon=True) for _ in range(count)]
    for hog in hogs:
        hog.start()
    try:
        yield
    finally:
        ended.set()
        for hog in hogs:
            hog.join()


def unblamed(record: RunRecord) -> RunRecord:
    """The record without what speaks against the generator."""
    return replace(record, generator=replace(record.generator, bottleneck_reasons=()))


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 5.0
    chosen = [word for word in sys.argv[3:] if not word.startswith("--")]
    diagnose = "--diagnose" in sys.argv
    # Of the first run; several parts of a table have seeds of their own.
    first = int(next((word[7:] for word in sys.argv if word.startswith("--seed=")), "0"))
    answers = [CPU, SERIAL, IO, ALLOCATION, MEMORY, NETWORK, GENERATOR, UNDETERMINED]
    titles = [f"{name.split()[0]:>13}" for name in (*answers, "held up")]
    print(f"{'server':<18}{''.join(titles)}", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        for case in CASES:
            if chosen and case.kind not in chosen and case.name not in chosen:
                continue
            if why := cannot_run(case, Path(temporary)):
                print(f"{case.name:<18} not run: {why}", flush=True)
                continue
            found: Counter[str] = Counter()
            held_up = 0
            others: list[str] = []
            for seed in range(first, first + runs):
                record, around = measured(
                    case, Path(temporary), seconds=seconds, seed=seed, diagnose=diagnose
                )
                held_up += record.generator.was_bottleneck
                if case.truth != GENERATOR:
                    record = unblamed(record)
                (phase,) = judge_phases(record, (), around)
                found[phase.found.kind] += 1
                if phase.found.kind != case.truth:
                    others.append(f"    {phase.found.kind}: {'; '.join(phase.found.evidence)}")
            counts = [f"{count:>13}" for count in (*(found[name] for name in answers), held_up)]
            print(f"{case.name:<18}{''.join(counts)}", flush=True)
            print("".join(f"{text}\n" for text in others[:5]), end="", flush=True)


if __name__ == "__main__":
    main()
