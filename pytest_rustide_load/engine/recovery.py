"""What an editor does when its backend is gone: it starts another, opens the documents again as they are now,
unsaved edits and all, and asks what the user has been waiting to ask.

What was in flight has ended as CRASHED. What users want meanwhile waits with them, from when they wanted it,
as long as they wait for any answer; then it is DROPPED. Edits are made in the documents at once and told with
them. Knows nothing of processes: `RecoveryPlan.restart` gives another session.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import msgspec

from pytest_rustide_load.engine.faulting import Faulting, PlannedFault
from pytest_rustide_load.engine.flight import Due, Flight, OnDone
from pytest_rustide_load.engine.keyboard import Keyboard
from pytest_rustide_load.engine.session import Session
from pytest_rustide_load.engine.user import User
from pytest_rustide_load.errors import BackendError
from pytest_rustide_load.lsp.messages import UNDECODABLE
from pytest_rustide_load.lsp.restarts import RESTART_RULES, RestartRule, Restarts
from pytest_rustide_load.ports import Clock
from pytest_rustide_load.stats.outages import FaultEvent, Outage, StatusChange
from pytest_rustide_load.stats.samples import Outcome
from pytest_rustide_load.units import NS_PER_MS, NS_PER_S, ns_from_s
from pytest_rustide_load.workload import JOINT_OPERATIONS, OPERATIONS

__all__ = ["Recovery", "RecoveryPlan"]

_LOOK_NS = 50 * NS_PER_MS
_NEVER_NS = 3_600 * NS_PER_S
# More than this waiting for one backend is dropped at once.
_MAX_HELD = 4_096
# After the plan's end, how long another backend is waited for, so that its documents can be compared.
_LAST_WAIT_S = 60.0
_STATUS = "experimental/serverStatus"
_SAID_AGAIN_NS = 100 * NS_PER_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryPlan:
    """`restart` ends what is left of the backend of a user, starts another on the same workspace and returns
    a session that is initialised; it raises BackendError where that fails. `watchdog_s` is how long a backend
    may leave all questions without an answer until it is taken for dead; None for ever. `fault` is what is
    done to the backends on purpose; `tells_status` says that they tell when they are quiescent, and are.
    """

    restart: Callable[[int], Awaitable[Session]]
    rule: RestartRule = RESTART_RULES["backoff"]
    watchdog_s: float | None = None
    fault: PlannedFault | None = None
    tells_status: bool = False


@dataclass(slots=True)
class _Held:
    """Something a user wants while there is no backend."""

    deadline_ns: int
    due: Due
    again: Callable[[], None]
    on_done: OnDone | None


@dataclass(slots=True, eq=False)
class _Line:
    """One session, and who works through it."""

    users: list[User]
    session: Session
    restarts: Restarts
    held: deque[_Held] = field(default_factory=deque)
    untold: list[tuple[User, str, Due]] = field(default_factory=list)
    outage: Outage | None = None
    task: asyncio.Task[None] | None = None
    # Since when nothing was answered though something was asked, and what had come by then.
    silent_ns: int | None = None
    heard: tuple[int, int] = (0, 0)


class Recovery:
    """Of one run. `begin` when the run does, `look` whenever `next_ns` has come, `close` at its end on every
    path. `listen` is called with the users of a new session; `gave_up` says why there will be none any more,
    which without a `plan` is so as soon as one backend is gone.

    `outages` and `statuses` are what happened so far.
    """

    def __init__(
        self,
        plan: RecoveryPlan | None,
        users: Sequence[User],
        flight: Flight,
        clock: Clock,
        *,
        keyboards: Mapping[int, Keyboard],
        timeout_ns: int,
        listen: Callable[[Sequence[User]], None],
    ) -> None:
        self._plan = plan
        self._watchdog_s = None if plan is None else plan.watchdog_s
        self._flight = flight
        self._clock = clock
        self._keyboards = keyboards
        self._timeout_ns = timeout_ns
        self._listen = listen
        by_session: dict[int, list[User]] = {}
        for user in users:
            by_session.setdefault(id(user.session), []).append(user)
        self._lines = [
            _Line(sharing, sharing[0].session, Restarts(RestartRule("none") if plan is None else plan.rule))
            for sharing in by_session.values()
        ]
        self._line_of = {user.number: line for line in self._lines for user in line.users}
        self._over = False
        self.outages: list[Outage] = []
        self.statuses: list[StatusChange] = []
        # Those that are gone; what came over them still counts.
        self.past_sessions: list[Session] = []
        self.gave_up = ""
        self.next_ns = 0
        fault = None if plan is None else plan.fault
        self._faulting = None if fault is None else Faulting(fault, flight, clock)

    @property
    def fault(self) -> FaultEvent | None:
        """What was done to the backends on purpose, as far as it has come."""
        return None if self._faulting is None else self._faulting.event

    def begin(self, measured_from_ns: int) -> None:
        """From now on a backend that goes is brought back; what is measured begins at that time."""
        for line in self._lines:
            self._watch(line)
            if self._plan is not None and self._plan.tells_status:
                self.statuses.append(StatusChange(self._clock.now_ns(), line.users[0].number, True))
        if self._faulting is not None:
            self._faulting.begin(measured_from_ns)

    async def close(self) -> None:
        """Bring nothing back any more, and drop what still waits."""
        self._over = True
        try:
            if self._faulting is not None:
                await self._faulting.close()
        finally:
            await self._end()

    async def _end(self) -> None:
        tasks = [line.task for line in self._lines if line.task is not None]
        for task in tasks:
            task.cancel()
        for task in tasks:
            # What it fails of now is of no interest: whoever started the backend stops what is left of it.
            with contextlib.suppress(asyncio.CancelledError, BackendError):
                await task
        for line in self._lines:
            self._drop_all(line)
        for keyboard in self._keyboards.values():
            keyboard.give_up()

    # -- what users want meanwhile

    def takes(
        self, user: User, due: Due, draw: int, again: Callable[[], None], on_done: OnDone | None
    ) -> bool:
        """Whether `user` has no backend now, and what is due was taken over: `again` is called when there is
        one, unless the user has waited too long by then."""
        if not user.session.closed or self._plan is None:
            return False
        line = self._line_of[user.number]
        if due.operation == "edit":
            if user.number in self._keyboards:
                # The keyboard keeps what it cannot tell.
                return False
            line.untold.append((user, user.insert_note(draw), due))
            return True
        # Other notifications are lost with the backend.
        waits = OPERATIONS[due.operation].answered or due.operation in JOINT_OPERATIONS
        if not waits or len(line.held) >= _MAX_HELD:
            self._drop(_Held(0, due, again, on_done))
        else:
            line.held.append(_Held(due.due_ns + self._timeout_ns, due, again, on_done))
        return True

    @property
    def is_waiting(self) -> bool:
        """Whether anything waits for a backend."""
        return any(line.held for line in self._lines)

    def look(self, now_ns: int) -> None:
        """Drop what has waited too long, and take for dead what has been silent too long."""
        if now_ns < self.next_ns:
            return
        self.next_ns = now_ns + (_NEVER_NS if self._plan is None else _LOOK_NS)
        for line in self._lines:
            while line.held and line.held[0].deadline_ns <= now_ns:
                self._drop(line.held.popleft())
            if self._watchdog_s is not None and not line.session.closed:
                self._look_for_life(line, now_ns, self._watchdog_s)

    async def settle(self) -> None:
        """Wait for every backend that is being brought back, for so long as one may hope."""
        deadline_ns = self._clock.now_ns() + ns_from_s(_LAST_WAIT_S)
        while any(line.session.closed for line in self._lines) and not self.gave_up:
            now_ns = self._clock.now_ns()
            if now_ns >= deadline_ns:
                self.gave_up = f"no other backend within {_LAST_WAIT_S:g} s of the end of the run"
                return
            self.look(now_ns)
            await self._clock.sleep_until(min(now_ns + _LOOK_NS, deadline_ns))

    # -- gone, and back

    def _watch(self, line: _Line) -> None:
        first = line.users[0].number
        last: StatusChange | None = None

        def on_status(params: msgspec.Raw, arrived_ns: int) -> None:
            nonlocal last
            try:
                quiescent = msgspec.json.decode(params, type=_Status).quiescent
            except UNDECODABLE:
                return
            said = StatusChange(arrived_ns, first, quiescent)
            # A server that says the same a thousand times a second says it once.
            if last is None or said.quiescent != last.quiescent or arrived_ns - last.at_ns >= _SAID_AGAIN_NS:
                last = said
                self.statuses.append(said)

        line.silent_ns = None
        line.session.on_notification(_STATUS, on_status)
        line.session.on_closed(partial(self._gone, line))

    def _gone(self, line: _Line, why: str) -> None:
        if self._over:
            return
        if self._plan is None:
            self.gave_up = self.gave_up or why
            return
        now_ns = self._clock.now_ns()
        line.outage = Outage(tuple(user.number for user in line.users), now_ns, why)
        self.outages.append(line.outage)
        at_ns = self._next_try(line, why)
        if at_ns is not None:
            line.task = asyncio.get_running_loop().create_task(self._bring_back(line, at_ns))

    def _next_try(self, line: _Line, why: str) -> int | None:
        at_ns = line.restarts.ended(self._clock.now_ns())
        if at_ns is None:
            self.gave_up = f"{why}; {line.restarts.describe()}"
        return at_ns

    async def _bring_back(self, line: _Line, at_ns: int | None) -> None:
        assert self._plan is not None  # noqa: S101  nothing is brought back without
        while at_ns is not None:
            await self._clock.sleep_until(at_ns)
            self._note(line, attempts=1)
            try:
                session = await self._plan.restart(line.users[0].number)
            except BackendError as error:
                at_ns = self._next_try(line, str(error).splitlines()[0])
                continue
            if session.position_encoding != line.users[0].encoding:
                self.gave_up = f"the other backend counts columns in {session.position_encoding}"
                return
            if not session.closed:
                self._back(line, session)
                return
            at_ns = self._next_try(line, session.close_reason)

    def _back(self, line: _Line, session: Session) -> None:
        """Open everything again, then ask what waits. Nothing else runs meanwhile."""
        now_ns = self._clock.now_ns()
        for user in line.users:
            keyboard = self._keyboards.get(user.number)
            if keyboard is not None:
                keyboard.lose(now_ns)
        self.past_sessions.append(line.session)
        line.session = session
        for user in line.users:
            user.reconnect(session)
        self._listen(line.users)
        for user in line.users:
            keyboard = self._keyboards.get(user.number)
            if keyboard is None:
                user.open_documents()
            else:
                keyboard.open_documents(now_ns)
                keyboard.told_all()
        events = self._flight.events
        for user, path, due in line.untold:
            row = self._flight.tell(due)
            events.edited(row, events.document(user.number, path), user.version(path))
        line.untold.clear()
        held, line.held = line.held, deque()
        for one in held:
            if one.deadline_ns <= now_ns:
                self._drop(one)
            else:
                one.again()
        self._note(line, up_ns=now_ns)
        line.task = line.outage = None
        # Last, for it may be gone again, and says so at once.
        self._watch(line)

    def _note(self, line: _Line, *, attempts: int = 0, up_ns: int | None = None) -> None:
        assert line.outage is not None  # noqa: S101  there is one from `_gone` to `_back`
        where = next(n for n, outage in enumerate(self.outages) if outage is line.outage)
        line.outage = replace(line.outage, attempts=line.outage.attempts + attempts, up_ns=up_ns)
        self.outages[where] = line.outage

    def _look_for_life(self, line: _Line, now_ns: int, watchdog_s: float) -> None:
        counters = line.session.counters
        answers = counters.replies + counters.late_replies
        # Until it has answered anything it may be loading: then any word is a sign of life.
        heard = (answers, 0 if answers > 1 else counters.bytes_in)
        if heard != line.heard or not (line.silent_ns or line.session.in_flight()):
            line.heard, line.silent_ns = heard, None
        elif line.silent_ns is None:
            line.silent_ns = now_ns
        elif now_ns - line.silent_ns >= ns_from_s(watchdog_s):
            line.session.abandon(f"it answered nothing for {watchdog_s:g} s")

    def _drop(self, held: _Held) -> None:
        self._flight.drop(held.due)
        if held.on_done is not None:
            held.on_done(Outcome.DROPPED, self._clock.now_ns(), None)

    def _drop_all(self, line: _Line) -> None:
        while line.held:
            self._drop(line.held.popleft())
        for _, _, due in line.untold:
            self._flight.drop(due)
        line.untold.clear()


class _Status(msgspec.Struct):
    quiescent: bool = False
