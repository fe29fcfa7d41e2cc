"""What an agent does: some of the users of a run, on a backend they share or one each, and word of it every
second.

The composition root of an agent's process, as `runtime` is that of pytest's. Nothing of pytest runs here.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import psutil

from pytest_rustide_load import __version__
from pytest_rustide_load.agents.link import Link
from pytest_rustide_load.agents.messages import Done, Failed, Hello, Job, Ready, Report, Start, Status, Stop
from pytest_rustide_load.agents.version import code_digest, host_identity
from pytest_rustide_load.backends import resolve_launcher
from pytest_rustide_load.backends.shared import TcpLauncher, allow_connections
from pytest_rustide_load.codebase import Codebase, generate_codebase
from pytest_rustide_load.codebase.foreign import ForeignCodebase
from pytest_rustide_load.engine import Progress, RealClock, TellingRun, new_event_loop
from pytest_rustide_load.errors import ConfigError, RustIdeLoadError
from pytest_rustide_load.plugin.backend import IdeBackend, start, stop
from pytest_rustide_load.plugin.diagnosis import Diagnosis
from pytest_rustide_load.plugin.shares import Prepared, ShareResult, Work, counted_generator, pack_share
from pytest_rustide_load.plugin.surroundings import surroundings_of
from pytest_rustide_load.plugin.watching import Watching
from pytest_rustide_load.ports import Launcher
from pytest_rustide_load.seeds import derive_seed
from pytest_rustide_load.stats.record import ResourceSample, RunRecord
from pytest_rustide_load.stats.samples import PhaseKind
from pytest_rustide_load.stats.tally import Tally, tally_of
from pytest_rustide_load.stats.windows import PhaseBottleneck
from pytest_rustide_load.units import ns_from_s
from pytest_rustide_load.workload import OPERATIONS
from pytest_rustide_load.workspaces import find_repository, materialise, read_project

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from execnet import Channel

__all__ = ["serve"]

_REPORT_S = 1.0
# So many users are got ready at a time: clients of one backend wait for it most of the time, and backends of
# their own for a processor.
_AT_ONCE = 8
_AT_ONCE_EACH = 2
_ANSWERED = frozenset(code for code, name in enumerate(OPERATIONS) if OPERATIONS[name].answered)


def serve(channel: Channel) -> None:
    """Do what the controller at the other end of `channel` asks for, and return; where it is gone, end the
    process."""
    # Ctrl-C reaches every process of a terminal: what it means here the controller says.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    allow_connections()
    clock = RealClock()
    link = Link(channel, clock.now_ns)
    with contextlib.suppress(asyncio.CancelledError), asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_serve(link, clock))
    if link.gone:
        # Whoever started this process cannot tell it to end any more.
        os._exit(3)


async def _serve(link: Link, clock: RealClock) -> None:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  a runner runs it
    link.attach(lambda _reason: task.cancel())
    link.send(Hello(__version__, code_digest(), host_identity(), os.getpid()))
    job = await link.receive()
    if not isinstance(job, Job):
        return
    try:
        work = msgspec.msgpack.decode(job.work, type=Work)
        await _Agent(link, clock, work).do()
    except RustIdeLoadError as error:
        link.send(Failed(type(error).__name__, str(error)))
    except Exception as error:  # noqa: BLE001  whatever it is, the controller is to know of it
        link.send(Failed("", f"{type(error).__name__}: {error}"))
    await link.sent()


class _Agent:
    """One share of a run."""

    def __init__(self, link: Link, clock: RealClock, work: Work) -> None:
        self._link = link
        self._clock = clock
        self._work = work
        self._backends: dict[int, IdeBackend] = {}
        self._state = Progress(0, 0, True, 0, 0)
        self._me = psutil.Process()
        # What was not reported yet, and what was in all, without its seconds.
        self._fresh, self._whole = Tally(), Tally()
        self._warm_up = Tally()
        self._rows, self._exact = 0, True

    async def do(self) -> None:
        """Get ready, wait for the start, run, hand over, clean up. Raises RustIdeLoadError."""
        work = self._work
        with tempfile.TemporaryDirectory(prefix="rustide-load-", dir=work.temporary or None) as name:
            self._say("making the codebase", 0)
            codebase, write = self._codebase()
            launcher = self._launcher()
            in_order = False
            try:
                await self._start_all(launcher, codebase, write, Path(name))
                info = launcher.info
                prepared = Prepared(backend=info.name, version=info.version, details=dict(launcher.details))
                self._link.send(Ready(msgspec.msgpack.encode(prepared)))
                message = await self._link.receive()
                result = await self._run(codebase, message.at_ns) if isinstance(message, Start) else b""
                in_order = True
            finally:
                await self._stop_all(in_order)
        self._link.send(Done(result))

    def _say(self, text: str, done: int) -> None:
        self._link.send(Status(text, done, len(self._work.users)))

    def _codebase(self) -> tuple[Codebase | ForeignCodebase, Callable[[Path], Any]]:
        """The codebase, and what writes a copy of it. Raises ConfigError where it is not that of the
        others."""
        work = self._work
        if work.spec is not None:
            generated = generate_codebase(work.spec)
            found: Codebase | ForeignCodebase = generated
            write: Callable[[Path], Any] = partial(materialise, generated)
        else:
            repository = find_repository(Path(work.own))
            found = ForeignCodebase(read_project(repository))
            write = repository.copy
        if found.content_hash != work.codebase:
            raise ConfigError("its codebase is another one than the controller's")
        return found, write

    def _launcher(self) -> Launcher:
        work = self._work
        if work.address is not None:
            return TcpLauncher(work.address, finds_process=not work.shared)
        return resolve_launcher(work.backend, environ=os.environ)

    async def _start_all(
        self,
        launcher: Launcher,
        codebase: Codebase | ForeignCodebase,
        write: Callable[[Path], Any],
        where: Path,
    ) -> None:
        work = self._work
        turns = asyncio.Semaphore(_AT_ONCE if work.address else _AT_ONCE_EACH)

        async def one(user: int) -> None:
            around = surroundings_of(work.scenario, user)
            root = Path(work.workspace) if work.shared else where / f"user{user}" / "workspace"
            async with turns:
                self._backends[user] = await start(
                    launcher.launch,
                    codebase,
                    root,
                    self._clock,
                    write=(lambda _root: None) if work.shared else write,
                    on_status=lambda _status: None,
                    editor=work.scenario.of_user(user).editor,
                    around=replace(around, priority="normal") if work.shared else around,
                    seed=derive_seed(work.seed, "network", user),
                    is_ready=work.shared,
                )
            self._say("users are ready", len(self._backends))

        tasks = [asyncio.ensure_future(one(user)) for user in work.users]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _stop_all(self, in_order: bool) -> None:
        """Politely, or, where something went wrong, at once."""
        found = list(self._backends.values())
        if in_order:
            await asyncio.gather(*map(stop, found), return_exceptions=True)
            return
        for backend in found:
            if backend.probe is not None:
                backend.probe.close()
        await asyncio.gather(*(one.running.stop(grace_s=0) for one in found), return_exceptions=True)

    # -- the run

    async def _run(self, codebase: Codebase | ForeignCodebase, at_ns: int) -> bytes:
        work = self._work
        numbers = sorted(work.users)
        backends = tuple(self._backends[number] for number in numbers)
        # A backend that all share is watched by the controller.
        watched = () if work.shared else backends
        watching = Watching(watched, self._clock, say=lambda _text: None, own_endpoints=False)
        diagnosis = Diagnosis(watched, self._clock, closely=work.diagnoses)
        run = TellingRun(
            work.scenario,
            codebase=codebase,
            sessions=[backend.session for backend in backends],
            roots=[backend.workspace for backend in backends],
            clock=self._clock,
            seed=work.seed,
            duration_s=work.duration_s,
            warm_up_s=work.warm_up_s,
            probe=watching.probe,
            on_progress=self._note,
            numbers=numbers,
        )
        share: Coroutine[Any, Any, None] = run.run(at_ns)
        if watched:
            share = diagnosis.around(watching.around(share, lambda: None))
        running = asyncio.ensure_future(share)
        listening = asyncio.ensure_future(self._listen(running))
        try:
            while not running.done():
                await asyncio.wait({running}, timeout=_REPORT_S)
                self._report(run, at_ns, last=False)
        finally:
            listening.cancel()
            running.cancel()
            await asyncio.gather(running, listening, return_exceptions=True)
        if not running.cancelled() and (error := running.exception()) is not None:
            raise error
        record = run.record()
        self._report(run, at_ns, last=True)
        found = diagnosis.judge(watching.observed(record)) if watched and self._exact else ()
        return await self._hand_over(run, record, at_ns, found)

    def _note(self, state: Progress) -> None:
        self._state = state

    async def _listen(self, running: asyncio.Future[None]) -> None:
        while not isinstance(await self._link.receive(), Stop):
            pass
        running.cancel()

    def _report(self, run: TellingRun, start_ns: int, *, last: bool) -> None:
        """Count what has settled; say so unless what was said before still waits to be sent."""
        measure_start_ns, end_ns = (start_ns + at_ns for at_ns in run.window_ns)
        settled = run.settled()
        self._rows += len(settled["outcome"])

        def count(begin_ns: int, end_ns: int, phase: PhaseKind) -> Tally:
            return tally_of(
                settled,
                measure_start_ns=begin_ns,
                measure_end_ns=end_ns,
                timeout_ns=ns_from_s(self._work.scenario.request_timeout_s),
                answered=_ANSWERED,
                phase=phase,
            )

        counted = count(measure_start_ns, end_ns, PhaseKind.MEASURE)
        if np.any(settled["phase"] == PhaseKind.WARM_UP):
            self._warm_up.add(count(start_ns, measure_start_ns, PhaseKind.WARM_UP))
        self._fresh.add(counted)
        self._whole.add(counted.without_seconds())
        self._exact &= self._rows <= self._work.exact_rows
        if not self._exact:
            run.forget_settled()
        if self._link.is_busy and not last:
            return
        report = Report(
            self._fresh.to_bytes(),
            self._state.answered,
            self._state.in_flight,
            time.process_time_ns(),
            self._me.memory_info().rss,
            tuple(_packed(one, start_ns) for one in run.resources[-1:]),
            self._warm_up.to_bytes() if len(self._warm_up) else b"",
        )
        self._fresh, self._warm_up = Tally(), Tally()
        self._link.send(report)

    async def _hand_over(
        self, run: TellingRun, record: RunRecord, start_ns: int, bottlenecks: Sequence[PhaseBottleneck]
    ) -> bytes:
        if self._exact:
            for name, data in pack_share(record.samples, record.events, start_ns).items():
                await self._link.send_bytes(name, data)
        generator = counted_generator(
            self._whole,
            span_ns=record.measure_end_ns - record.measure_start_ns,
            cpu_ratio=record.generator.cpu_ratio,
            in_flight=run.in_flight_mean() if record.ended == "complete" else None,
        )
        return msgspec.msgpack.encode(
            ShareResult(
                ended=record.ended,
                crash_message=record.crash_message,
                end_ns=record.end_ns - start_ns,
                exact=self._exact,
                rows=len(record.samples),
                safety=record.safety,
                generator=generator,
                in_flight=run.in_flight_mean(),
                first_wrong=record.first_wrong,
                offered=record.offered,
                not_offered=record.not_offered,
                landmark_kinds=dict(record.landmark_kinds),
                slowest=tuple(replace(one, intended_ns=one.intended_ns - start_ns) for one in record.slowest),
                bottlenecks=tuple(
                    replace(one, start_ns=one.start_ns - start_ns, end_ns=one.end_ns - start_ns)
                    for one in bottlenecks
                ),
            )
        )


def _packed(sample: ResourceSample, start_ns: int) -> bytes:
    return msgspec.msgpack.encode(replace(sample, at_ns=sample.at_ns - start_ns))
