"""What viewers see: looked at once a second while a run goes on, and kept for those who come later.

Between the thread that runs the load, which only says what is to be looked at, and the one that serves. Knows
nothing of HTTP.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable

import msgspec

from pytest_rustide_load.report.live import LiveState, idle_state

__all__ = ["Board"]

_EVERY_S = 1.0
_KEPT = 600
# A viewer that does not read misses states, and holds nobody up.
_QUEUE = 4


class Board:
    """`begin` and `end` may be called from any thread; the others from the loop that serves."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._look: Callable[[], LiveState] | None = None
        self._state = idle_state()
        # As JSON: written once, however many look.
        self._kept: deque[bytes] = deque(maxlen=_KEPT)
        self._viewers: set[asyncio.Queue[bytes]] = set()

    def begin(self, look: Callable[[], LiveState]) -> None:
        """A run goes on; `look` says where it stands, and is called from another thread."""
        with self._lock:
            self._look = look

    def end(self) -> None:
        """It goes on no longer. Whoever called this may take away what `look` looks at."""
        with self._lock:
            self._look = None

    @property
    def state(self) -> LiveState:
        """The last that was seen."""
        return self._state

    async def watch(self) -> None:
        """Look once a second until cancelled, and tell every viewer."""
        while True:
            self._step()
            await asyncio.sleep(_EVERY_S)

    def _step(self) -> None:
        with self._lock:
            state = idle_state() if self._look is None else self._look()
        was, now = self._state.performance, state.performance
        written = msgspec.json.encode(state)
        if state.health.status != "idle":
            if now.scenario != was.scenario or now.elapsed_s < was.elapsed_s:
                # Another run, also after a pause: when idle there is no scenario.
                self._kept.clear()
            self._kept.append(written)
        elif self._state.health.status == "idle":
            return
        self._state = state
        for queue in self._viewers:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(written)

    async def states(self) -> AsyncGenerator[list[bytes]]:
        """All that is kept of the run, at once, then each as it comes; as JSON."""
        queue: asyncio.Queue[bytes] = asyncio.Queue(_QUEUE)
        self._viewers.add(queue)
        try:
            over = [msgspec.json.encode(self._state)] if self._state.health.status == "idle" else []
            yield [*self._kept, *over]
            while True:
                yield [await queue.get()]
        finally:
            self._viewers.discard(queue)
