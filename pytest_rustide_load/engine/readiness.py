"""When a backend is ready to be measured: quiescent after its first load, and right about one known answer.

A server that answers at once with an empty default is not ready, and neither is one whose progress bar
ended. Knows nothing of what the canary asks.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec

from pytest_rustide_load.engine.session import RequestFailed, Session
from pytest_rustide_load.errors import Crashed, NotReady
from pytest_rustide_load.ports import Clock
from pytest_rustide_load.units import ns_from_s

__all__ = ["Canary", "Readiness", "wait_until_ready"]

# Asks the server something whose answer is known; returns "" when it was right, else what came instead.
Canary = Callable[[Session], Awaitable[str]]

_FIRST_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 0.5
# How long a first status is waited for: until then a server is not taken for one that sends none.
_FIRST_STATUS_S = 0.5


class _Status(msgspec.Struct):
    quiescent: bool = False
    health: str = ""
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Readiness:
    """When it was reached, on the clock; `quiescent_ns` is None for a server that does not say."""

    quiescent_ns: int | None
    ready_ns: int
    health: str
    message: str


class _StatusWatch:
    """Follows `experimental/serverStatus`, which may flap and is quiescent before the first load."""

    def __init__(self, session: Session) -> None:
        self.last: _Status | None = None
        self.was_busy = False
        self.changed_ns = 0
        self.progress = ""
        session.on_notification("experimental/serverStatus", self._on_status)
        session.on_notification("$/progress", self._on_progress)

    def _on_status(self, params: msgspec.Raw, arrived_ns: int) -> None:
        try:
            status = msgspec.json.decode(params, type=_Status)
        except msgspec.MsgspecError:
            return
        if self.last is None or status.quiescent != self.last.quiescent:
            self.changed_ns = arrived_ns
        self.was_busy |= not status.quiescent
        self.last = status

    def _on_progress(self, params: msgspec.Raw, _arrived_ns: int) -> None:
        try:
            value = msgspec.json.decode(params, type=_Progress).value
        except msgspec.MsgspecError:
            return
        self.progress = value.title or value.message or self.progress

    def describe(self) -> str:
        if self.last is None:
            return "it sent no status"
        busy = "quiescent" if self.last.quiescent else "busy"
        message = f": {self.last.message}" if self.last.message else ""
        return f"its last status was {busy}, health {self.last.health or 'unknown'}{message}"


class _ProgressValue(msgspec.Struct):
    title: str = ""
    message: str | None = None


class _Progress(msgspec.Struct):
    value: _ProgressValue


async def wait_until_ready(
    session: Session,
    clock: Clock,
    *,
    canary: Canary,
    timeout_s: float,
    stable_s: float = 0.3,
    on_status: Callable[[str], None] | None = None,
) -> Readiness:
    """Wait until the canary is answered rightly and, for a server that reports a status, it has been
    quiescent for `stable_s` after having been busy.

    Raises NotReady after `timeout_s` with what was seen last, Crashed when the server ends.
    """
    watch = _StatusWatch(session)
    begun_ns = clock.now_ns()
    deadline_ns = begun_ns + ns_from_s(timeout_s)
    pause_s = _FIRST_PAUSE_S
    answer = "the question was not asked yet"
    while True:
        now_ns = clock.now_ns()
        if now_ns > deadline_ns:
            raise NotReady(f"not ready within {timeout_s:g} s: {watch.describe()}; {answer}")
        if session.closed:
            raise Crashed(f"ended while it was getting ready: {session.close_reason}")
        status = watch.last
        if status is None:
            settled = now_ns - begun_ns >= ns_from_s(_FIRST_STATUS_S)
        else:
            stable = now_ns - watch.changed_ns >= ns_from_s(stable_s)
            settled = watch.was_busy and status.quiescent and stable
        if on_status is not None and watch.progress:
            on_status(watch.progress)
        if settled:
            answer = await _ask(session, canary)
            if not answer and watch.last is status:
                quiescent_ns = None if status is None else watch.changed_ns
                return Readiness(
                    quiescent_ns,
                    clock.now_ns(),
                    "" if status is None else status.health,
                    "" if status is None else status.message or "",
                )
        await clock.sleep_until(min(clock.now_ns() + ns_from_s(pause_s), deadline_ns + 1))
        # A server that reports its status is looked at often: the look costs it nothing.
        pause_s = _FIRST_PAUSE_S if watch.last is not None else min(pause_s * 1.5, _LONGEST_PAUSE_S)


async def _ask(session: Session, canary: Canary) -> str:
    try:
        return await canary(session)
    except (TimeoutError, RequestFailed) as error:
        return str(error)
