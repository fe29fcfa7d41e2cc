"""When a backend is ready to be measured: quiescent after its first load, and right about one known answer.

A server that answers at once with an empty default is not ready, and neither is one whose progress bar
ended. Knows nothing of what the canary asks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec

from pytest_rustide_load.engine.session import RequestFailed, Session
from pytest_rustide_load.errors import Crashed, NotReady
from pytest_rustide_load.lsp.messages import MalformedMessage, decode_value
from pytest_rustide_load.ports import Clock
from pytest_rustide_load.units import ns_from_s, s_from_ns

__all__ = ["Canary", "Readiness", "wait_until_ready"]

# Asks the server something whose answer is known; returns "" when it was right, else what came instead.
Canary = Callable[[Session], Awaitable[str]]

_FIRST_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 0.5
# How long a first status is waited for: until then a server is not taken for one that sends none.
_FIRST_STATUS_S = 0.5
# A server that has been quiescent for so long without ever having been busy had nothing to load.
_NOTHING_TO_LOAD_S = 5.0
# A server that has done all it had to do and is wrong for so long is not going to be right.
_STEADILY_WRONG_S = 15.0
# So many things no server does at a time.
_MOST_TITLES = 100
# Servers that always report their status, however late the first report comes.
_REPORTERS = frozenset({"rust-analyzer"})


@dataclass(frozen=True, slots=True)
class Readiness:
    """When each sign of life was seen, on the clock.

    `first_response_ns`: the first answer of any kind to the canary. `right_ns`: the first right one.
    `quiescent_ns`: quiescent, and so ever since; None for a server that does not say. `ready_ns`: all of it
    at once. `health` and `message` are those of its last status.
    """

    first_response_ns: int
    right_ns: int
    quiescent_ns: int | None
    ready_ns: int
    health: str
    message: str


class _Status(msgspec.Struct):
    quiescent: bool = False
    health: str = ""
    message: str | None = None


class _ProgressValue(msgspec.Struct):
    kind: str = ""
    title: str = ""
    message: str | None = None


class _Progress(msgspec.Struct):
    value: _ProgressValue
    token: str | int = ""


class _StatusWatch:
    """Follows `experimental/serverStatus`, which may flap and is quiescent before the first load."""

    def __init__(self, session: Session) -> None:
        self.last: _Status | None = None
        self.was_busy = False
        self.changed_ns = 0
        self.progress = ""
        # Of what goes on: only what begins has a title.
        self._titles: dict[str | int, str] = {}
        self._stops = [
            session.on_notification("experimental/serverStatus", self._on_status),
            session.on_notification("$/progress", self._on_progress),
        ]

    def stop(self) -> None:
        for stop in self._stops:
            stop()

    def settled(self, now_ns: int, stable_s: float) -> bool:
        """Quiescent for `stable_s` after having been busy."""
        if self.last is None or not self.last.quiescent:
            return False
        stable_s = stable_s if self.was_busy else max(stable_s, _NOTHING_TO_LOAD_S)
        return now_ns - self.changed_ns >= ns_from_s(stable_s)

    def ails(self) -> str:
        """What it says is wrong with itself, after a semicolon; empty where nothing is."""
        return f"; {self.describe()}" if self.last and self.last.health not in ("", "ok") else ""

    def describe(self) -> str:
        doing = f"; it was last seen at {self.progress!r}" if self.progress else ""
        if self.last is None:
            return f"it sent no status{doing}"
        busy = "quiescent" if self.last.quiescent else "busy"
        message = f": {self.last.message}" if self.last.message else ""
        return f"its last status was {busy}, health {self.last.health or 'unknown'}{message}{doing}"

    def _on_status(self, params: msgspec.Raw, arrived_ns: int) -> None:
        try:
            status: _Status = decode_value(params, _Status)
        except MalformedMessage:
            return
        if self.last is None or status.quiescent != self.last.quiescent:
            self.changed_ns = arrived_ns
        self.was_busy |= not status.quiescent
        self.last = status

    def _on_progress(self, params: msgspec.Raw, _arrived_ns: int) -> None:
        try:
            told: _Progress = decode_value(params, _Progress)
        except MalformedMessage:
            return
        value = told.value
        if value.kind == "end":
            self._titles.pop(told.token, None)
        elif value.title and len(self._titles) < _MOST_TITLES:
            self._titles[told.token] = value.title
        title = value.title or self._titles.get(told.token, "")
        self.progress = ": ".join(filter(None, (title, value.message))) or self.progress


async def wait_until_ready(
    session: Session,
    clock: Clock,
    *,
    canary: Canary,
    timeout_s: float,
    stable_s: float = 0.3,
    on_status: Callable[[str], None] | None = None,
    expect_status: bool | None = None,
) -> Readiness:
    """Wait until the server, if it reports its status, has been quiescent for `stable_s` after having been
    busy, and answers the canary rightly then.

    The canary is asked from the beginning, one question at a time and ever less often, until it is answered
    rightly once: that tells the first response and the first right answer. `expect_status` says whether the
    server reports a status at all; None: it does if it is known to or if it has within half a second.

    Raises NotReady after `timeout_s` with what was seen last, or when a server that has been busy and then
    quiescent for fifteen seconds was never right in all that time; Crashed when the server ends.
    """
    watch = _StatusWatch(session)
    try:
        return await _Wait(session, clock, canary, watch, expect_status).run(timeout_s, stable_s, on_status)
    finally:
        watch.stop()


class _Wait:
    """One wait: what is asked, and what came of it."""

    def __init__(
        self,
        session: Session,
        clock: Clock,
        canary: Canary,
        watch: _StatusWatch,
        expect_status: bool | None,
    ) -> None:
        self._session = session
        self._clock = clock
        self._canary = canary
        self._watch = watch
        info = session.server_info
        known = info is not None and info.name in _REPORTERS
        self._expect_status = (True if known else None) if expect_status is None else expect_status
        self._begun_ns = clock.now_ns()
        self._answer = "the question was not asked yet"
        self._first_response_ns: int | None = None
        self._right_ns: int | None = None
        self._wrong_ns: list[int] = []

    async def run(
        self, timeout_s: float, stable_s: float, on_status: Callable[[str], None] | None
    ) -> Readiness:
        deadline_ns = self._begun_ns + ns_from_s(timeout_s)
        pause_s = _FIRST_PAUSE_S
        next_ask_ns = self._begun_ns
        was_settled = False
        while True:
            now_ns = self._clock.now_ns()
            if now_ns > deadline_ns:
                raise NotReady(f"not ready within {timeout_s:g} s: {self._watch.describe()}; {self._answer}")
            if self._session.closed:
                raise Crashed(f"ended while it was getting ready: {self._session.close_reason}")
            if self._watch.was_busy and self._is_steadily_wrong(now_ns):
                raise NotReady(
                    f"it says that it is ready, and was not right once in {_STEADILY_WRONG_S:g} s since: "
                    f"{self._answer}{self._watch.ails()}"
                )
            if on_status is not None and self._watch.progress:
                on_status(self._watch.progress)
            settled = self._settled(now_ns, stable_s)
            if settled and not was_settled:
                # Nobody waits for a pause to end that was meant for a busy server.
                next_ask_ns, pause_s = now_ns, _FIRST_PAUSE_S
            was_settled = settled
            if (settled or self._right_ns is None) and now_ns >= next_ask_ns:
                await self._ask(s_from_ns(deadline_ns - now_ns))
                # Something may have begun while the answer was on its way.
                if settled and not self._answer and self._settled(self._clock.now_ns(), stable_s):
                    return self._readiness()
                next_ask_ns = self._clock.now_ns() + ns_from_s(pause_s)
                pause_s = min(pause_s * 1.5, _LONGEST_PAUSE_S)
            wake_ns = min(self._clock.now_ns() + ns_from_s(_FIRST_PAUSE_S), deadline_ns + 1)
            await self._clock.sleep_until(wake_ns)

    def _is_steadily_wrong(self, now_ns: int) -> bool:
        """Whether it has been quiescent for long and every answer, of at least two since, was wrong."""
        since_ns = self._watch.changed_ns
        if not self._watch.settled(now_ns, _STEADILY_WRONG_S) or self._expect_status is False:
            return False
        return (self._right_ns is None or self._right_ns < since_ns) and self._wrong_since(since_ns) >= 2

    def _wrong_since(self, since_ns: int) -> int:
        return sum(at_ns >= since_ns for at_ns in self._wrong_ns)

    def _settled(self, now_ns: int, stable_s: float) -> bool:
        if self._watch.last is not None and self._expect_status is not False:
            return self._watch.settled(now_ns, stable_s)
        if self._expect_status is None:
            return now_ns - self._begun_ns >= ns_from_s(_FIRST_STATUS_S)
        return not self._expect_status

    async def _ask(self, timeout_s: float) -> None:
        try:
            async with asyncio.timeout(max(timeout_s, 0)):
                self._answer = await self._canary(self._session)
        except TimeoutError as error:
            self._answer = str(error) or f"no answer within {timeout_s:.3g} s"
            return
        except RequestFailed as error:
            self._answer = str(error)
        now_ns = self._clock.now_ns()
        if self._first_response_ns is None:
            self._first_response_ns = now_ns
        if self._answer:
            self._wrong_ns.append(now_ns)
        elif self._right_ns is None:
            self._right_ns = now_ns

    def _readiness(self) -> Readiness:
        now_ns = self._clock.now_ns()
        status = self._watch.last
        return Readiness(
            first_response_ns=now_ns if self._first_response_ns is None else self._first_response_ns,
            right_ns=now_ns if self._right_ns is None else self._right_ns,
            quiescent_ns=None if status is None else self._watch.changed_ns,
            ready_ns=now_ns,
            health="" if status is None else status.health,
            message="" if status is None else status.message or "",
        )
