"""How a session of load tests ends when it is made to.

SIGTERM, and SIGHUP of a terminal that is closed, end it as Ctrl-C does: what was measured so far is shown
and written, and backends are stopped. While that is done one more of them, or of Ctrl-C, is answered by a
sentence; another ends the process at once. What somebody else handles, or has had ignored, is left alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Coroutine
from types import FrameType
from typing import Any, TypeVar

__all__ = ["Endings"]

_T = TypeVar("_T")
_SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
_PATIENCE = (
    b"\nrustide-load: backends are being stopped and what was measured is shown; "
    b"once more ends this at once\n"
)


class Endings:
    """Watches for these signals from `watch` to `close`. Of the main thread; elsewhere it does nothing. `fd`
    is where a person reads, -1 for nowhere."""

    def __init__(self, fd: int = -1) -> None:
        self._fd = fd
        self._before: dict[signal.Signals, Any] = {}
        self._task: asyncio.Task[Any] | None = None
        self._has_ended = self._has_asked = False

    def watch(self) -> None:
        """From now on they are as Ctrl-C. Idempotent."""
        if not self._has_ended:
            self._handle(_SIGNALS, (signal.SIG_DFL,), self._end)

    def shield(self) -> None:
        """The session comes to its end: from now on nobody who is impatient takes results away by chance."""
        self._has_ended = True
        if not self._has_asked:
            usual = (signal.SIG_DFL, signal.default_int_handler, self._end)
            self._handle((signal.SIGINT, *_SIGNALS), usual, self._ask_for_patience)

    def close(self) -> None:
        """They are again what they were. Idempotent."""
        with contextlib.suppress(ValueError):
            for number, handler in self._before.items():
                signal.signal(number, handler)
        self._before.clear()

    def run(self, runner: asyncio.Runner, work: Coroutine[Any, Any, _T]) -> _T:
        """Run `work`, which one of them cancels, so that it can tidy up; KeyboardInterrupt is raised then."""
        try:
            return runner.run(self._noting_task(work))
        except KeyboardInterrupt:
            self.shield()
            raise
        except asyncio.CancelledError:
            if not self._has_ended:
                raise
            self.shield()
            raise KeyboardInterrupt from None

    async def _noting_task(self, work: Coroutine[Any, Any, _T]) -> _T:
        self._task = asyncio.current_task()
        try:
            return await work
        finally:
            self._task = None

    def _handle(
        self, numbers: tuple[signal.Signals, ...], usual: tuple[Any, ...], handler: Callable[..., None]
    ) -> None:
        """`handler` is called for those that are as they usually are."""
        # Signals are the main thread's alone.
        with contextlib.suppress(ValueError):
            for number in numbers:
                before = signal.getsignal(number)
                if before in usual:
                    signal.signal(number, handler)
                    self._before.setdefault(number, before)

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self.shield()
        if self._task is None:
            raise KeyboardInterrupt
        # Once is enough: a second cancellation would reach what tidies up.
        if not self._task.cancelling():
            # From a signal handler only this wakes the loop.
            self._task.get_loop().call_soon_threadsafe(self._task.cancel)

    def _ask_for_patience(self, _number: int, _frame: FrameType | None) -> None:
        self._has_asked = True
        for number in self._before:
            # Without a traceback.
            signal.signal(number, signal.SIG_DFL)
        if self._fd >= 0:
            with contextlib.suppress(OSError):
                os.write(self._fd, _PATIENCE)
