"""One backend at work: its process, its session, the codebase it serves, and how long it took to be ready.

Joins backends, engine and monitor; knows nothing of pytest.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import psutil

from pytest_rustide_load.codebase import Codebase
from pytest_rustide_load.codebase.foreign import ForeignCodebase
from pytest_rustide_load.engine import Readiness, Session, make_canary, wait_until_ready
from pytest_rustide_load.errors import BackendError, Crashed, RustIdeLoadError, StartFailed
from pytest_rustide_load.lsp.profiles import EDITOR_PROFILES
from pytest_rustide_load.monitor import ProcessTreeProbe
from pytest_rustide_load.monitor.successive import SuccessiveProbe
from pytest_rustide_load.plugin.surroundings import Surroundings
from pytest_rustide_load.ports import Clock, Launcher, Probe, RunningBackend, Shared, Transport
from pytest_rustide_load.stress.cage import MemoryCage
from pytest_rustide_load.stress.link import Link
from pytest_rustide_load.stress.proxy import LinkedTransport
from pytest_rustide_load.stress.storage import Place
from pytest_rustide_load.units import ns_from_s, s_from_ns

__all__ = ["IdeBackend", "restart", "start", "start_beside", "start_shared", "stop"]

_INITIALIZE_TIMEOUT_S = 60.0
_READY_TIMEOUT_S = 180.0
_SHUTDOWN_TIMEOUT_S = 5.0
_EXIT_GRACE_S = 3.0
_LAST_WORDS_S = 1.0
_POLL_S = 0.01
# The niceness of a backend with low priority: at 10 it has a tenth of what one at 0 has.
_LOW = 10
_PLAIN = Surroundings()


class _Launch(Protocol):
    """As that of ports.Launcher."""

    def __call__(self, workspace: Path, *, within: tuple[str, ...] = ...) -> Awaitable[RunningBackend]: ...


@dataclass(frozen=True, slots=True)
class _Way:
    """How a client comes to its backend, the first time and every other."""

    launch: _Launch
    clock: Clock
    editor: str
    around: Surroundings
    cage: MemoryCage | None
    seed: int

    async def connect(
        self, running: RunningBackend, workspace: Path
    ) -> tuple[Session, LinkedTransport | None]:
        """A session that is initialised, and the network in it. Raises BackendError."""
        if self.cage is not None and running.backend_pid:
            self.cage.adopt(running.backend_pid)
        if self.around.priority == "low" and running.backend_pid:
            _lower(running.backend_pid)
        profile = EDITOR_PROFILES[self.editor]
        transport: Transport = running.transport()
        link = None
        if self.around.network is not None:
            link = transport = LinkedTransport(transport, Link(self.around.network, self.seed))
        session = Session(
            transport,
            self.clock,
            settings=running.info.settings,
            position_encodings=profile.position_encodings,
            refresh_support=profile.refresh_support,
        )
        await session.initialize(
            workspace,
            initialization_options=running.info.settings,
            timeout_s=_INITIALIZE_TIMEOUT_S,
            # What to watch; that of another host would be anybody's there.
            process_id=os.getpid() if running.pid else None,
        )
        return session, link

    def probe(self, running: RunningBackend) -> Probe | None:
        # A supervisor of ours is none of the backend's processes; a server that was found listening is.
        own = running.pid != running.backend_pid
        return ProcessTreeProbe(running.pid, self.clock, itself=not own) if running.pid else None


@dataclass(slots=True, eq=False)
class IdeBackend:
    """A backend that is ready: it has answered a question about `codebase` rightly.

    `shared` is what more clients connect to, who then have the same `workspace`. `probe` is None where the
    backend's process is not known. `cage` is what its memory can be limited by, `place` what its workspace
    lies on, and `leftovers` what is to be put away after it. After `restart` it has another process,
    session and link; `on_restart` are called as soon as that process runs, before it has been spoken to, and
    `within` is what starts it (as in ports.Launcher).
    """

    codebase: Codebase | ForeignCodebase
    workspace: Path
    running: RunningBackend
    session: Session
    readiness: Readiness
    probe: SuccessiveProbe | None
    way: _Way
    link: LinkedTransport | None = None
    shared: _Team | None = None
    cage: MemoryCage | None = None
    place: Place | None = None
    leftovers: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    on_restart: list[Callable[[IdeBackend], None]] = field(default_factory=list)
    within: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.running.info.name

    @property
    def version(self) -> str:
        return self.running.info.version

    @property
    def startup_s(self) -> float:
        """From the request for its process to its first right answer."""
        return s_from_ns(self.readiness.ready_ns - self.running.started_ns)


async def start(
    launch: _Launch,
    codebase: Codebase | ForeignCodebase,
    workspace: Path,
    clock: Clock,
    *,
    write: Callable[[Path], object],
    on_status: Callable[[str], None],
    editor: str = "raw",
    around: Surroundings = _PLAIN,
    cage: MemoryCage | None = None,
    seed: int = 0,
    is_ready: bool = False,
) -> IdeBackend:
    """Let `write` put a copy of `codebase` at `workspace`, `launch` a backend on it and wait until it answers
    rightly. The client says of itself what `editor`, one of EDITOR_PROFILES, would; the network `around` it
    is between the two, with jitter and losses that follow from `seed`. Its process is put into the `cage`, if
    there is one. Of a server that others found to be ready a right answer is all that is waited for.

    Raises BackendError (StartFailed, NotReady, Crashed) with the tail of the backend's stderr; nothing is
    left running then.
    """
    on_status("writing the codebase")
    try:
        write(workspace)
    except OSError as error:
        raise RustIdeLoadError(f"cannot write the codebase to {workspace}: {error}") from error
    on_status("starting")
    way = _Way(launch, clock, editor, around, cage, seed)
    running = await launch(workspace)
    try:
        session, link = await way.connect(running, workspace)
        readiness = await wait_until_ready(
            session,
            clock,
            canary=make_canary(codebase, workspace),
            timeout_s=_READY_TIMEOUT_S,
            on_status=on_status,
            # Then its status, if it has one, is not waited for: it may say nothing to one who comes later.
            expect_status=False if is_ready else None,
        )
        probe = way.probe(running)
    except BackendError as error:
        # Its own end, if that is what it was, must be told apart from the one that follows here.
        if isinstance(error, Crashed):
            await _wait_for_end(running, clock)
        ended = running.end_error("getting ready")
        tail = running.stderr_tail()
        await running.stop(grace_s=0)
        if ended is not None:
            raise ended from error
        raise type(error)(f"{running.info.name}: {error}", stderr_tail=tail) from error
    except BaseException:
        await running.stop(grace_s=0)
        raise
    watched = None if probe is None else SuccessiveProbe(probe)
    return IdeBackend(codebase, workspace, running, session, readiness, watched, way, link, cage=cage)


async def restart(backend: IdeBackend) -> Session:
    """Start another process for `backend` on the same workspace, whatever became of the one before, as an
    editor does; one that serves others too is connected to again. Returns its session, initialised: nothing
    is open, and nobody waits until it has loaded.

    Raises BackendError; nothing new is left running then.
    """
    before, way = backend.running, backend.way
    if backend.shared is None:
        await before.stop(grace_s=0)
        running = await way.launch(backend.workspace, within=backend.within)
    else:
        if backend.session.abandoned:
            # Nobody gets an answer from it.
            before.kill()
            await _wait_for_end(before, way.clock)
        # Its others go on; what nobody is connected to any more ends with the last of them.
        running = await way.launch(backend.workspace, within=backend.within)
        await before.stop(grace_s=0)
    # Whoever stops the backend from now on stops this one.
    backend.running = running
    try:
        for tell in backend.on_restart:
            tell(backend)
        backend.session, backend.link = await way.connect(running, backend.workspace)
        probe = way.probe(running)
    except BackendError as error:
        if isinstance(error, Crashed):
            await _wait_for_end(running, way.clock)
        ended = running.end_error("starting again")
        await running.stop(grace_s=0)
        if ended is not None:
            raise ended from error
        raise
    if backend.probe is not None and probe is not None:
        backend.probe.follow(probe)
    return backend.session


class _Team:
    """ports.Shared that is started again by the first client who finds it gone."""

    def __init__(self, launcher: Launcher, workspace: Path, first: Shared) -> None:
        self._launcher = launcher
        self._workspace = workspace
        self._now = first
        self._one_at_a_time = asyncio.Lock()

    @property
    def address(self) -> tuple[str, int]:
        return self._now.address

    @property
    def ended(self) -> bool:
        return self._now.ended

    async def connect(self, within: tuple[str, ...] = ()) -> RunningBackend:
        async with self._one_at_a_time:
            if not self._now.ended:
                try:
                    return await self._now.connect()
                except StartFailed:
                    # One that ends refuses connections before it has ended.
                    if not await _within(_LAST_WORDS_S, lambda: self._now.ended):
                        raise
            self._now = await self._launcher.share(self._workspace, within=within)
            return await self._now.connect()


async def start_shared(
    launcher: Launcher, codebase: Codebase | ForeignCodebase, workspace: Path, clock: Clock, **how: Any
) -> IdeBackend:
    """`start` one that `start_beside` can be called on. Raises BackendError."""
    team: _Team | None = None

    async def launch(workspace: Path, *, within: tuple[str, ...] = ()) -> RunningBackend:
        nonlocal team
        if team is None:
            team = _Team(launcher, workspace, await launcher.share(workspace))
        return await team.connect(within)

    backend = await start(launch, codebase, workspace, clock, **how)
    backend.shared = team
    return backend


async def start_beside(first: IdeBackend, clock: Clock, **how: Any) -> IdeBackend:
    """One more client of the backend `first` was started on, in the same workspace. Raises BackendError."""
    shared = first.shared
    if shared is None:
        raise BackendError(f"{first.name} serves one client a process")

    async def launch(workspace: Path, *, within: tuple[str, ...] = ()) -> RunningBackend:  # noqa: ARG001
        return await shared.connect(within)

    how["write"] = lambda _where: None
    how["is_ready"] = True
    backend = await start(launch, first.codebase, first.workspace, clock, **how)
    backend.shared = shared
    return backend


def _lower(pid: int) -> None:
    """Everything else comes before a process and those it has started or will start. One that cannot be
    lowered has ended."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            one.nice(_LOW)


async def _within(timeout_s: float, condition: Callable[[], bool]) -> bool:
    """Whether it came to hold in the time."""
    try:
        async with asyncio.timeout(timeout_s):
            while not condition():
                await asyncio.sleep(_POLL_S)
    except TimeoutError:
        return False
    return True


async def _wait_for_end(running: RunningBackend, clock: Clock) -> None:
    """A process that has closed its output is about to end: its exit status says why."""
    deadline_ns = clock.now_ns() + ns_from_s(_LAST_WORDS_S)
    while running.exit_code is None and clock.now_ns() < deadline_ns:
        await clock.sleep_until(clock.now_ns() + ns_from_s(0.01))


async def stop(backend: IdeBackend) -> None:
    """`shutdown` and `exit`, then signals to whatever is left of its process tree."""
    if backend.probe is not None:
        backend.probe.close()
    try:
        await backend.session.shutdown(timeout_s=_SHUTDOWN_TIMEOUT_S)
    finally:
        try:
            await backend.running.stop(grace_s=_EXIT_GRACE_S)
        finally:
            backend.leftovers.close()
