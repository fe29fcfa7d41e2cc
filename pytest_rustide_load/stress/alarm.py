"""A wake-up on the event loop more exact than its own timers, which come up to a millisecond late.

On Linux a timer descriptor of the kernel's, elsewhere the loop's timers. Knows nothing of what it wakes.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
import time
from collections.abc import Callable

from pytest_rustide_load.units import NS_PER_S

__all__ = ["Alarm"]

_CLOCK_MONOTONIC = 1
_TFD_TIMER_ABSTIME = 1
_TFD_FLAGS = os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0)


class _TimerSpec(ctypes.Structure):
    """struct itimerspec: interval, then value, each seconds and nanoseconds."""

    _fields_ = (
        ("interval_s", ctypes.c_long),
        ("interval_ns", ctypes.c_long),
        ("value_s", ctypes.c_long),
        ("value_ns", ctypes.c_long),
    )


class Alarm:
    """Calls `ring` once the time set has come; setting it anew replaces the time. One loop, one thread."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._ring = ring
        self._handle: asyncio.TimerHandle | None = None
        self._fd = -1
        if sys.platform.startswith("linux"):
            self._libc = ctypes.CDLL(None, use_errno=True)
            self._fd = self._libc.timerfd_create(_CLOCK_MONOTONIC, _TFD_FLAGS)
        if self._fd >= 0:
            self._loop.add_reader(self._fd, self._expired)

    def set(self, when_ns: int) -> None:
        """Ring at `when_ns` of time.monotonic_ns, or at once when that has passed."""
        if self._fd >= 0:
            # All zeroes would disarm it.
            seconds, nanoseconds = divmod(max(1, when_ns), NS_PER_S)
            spec = _TimerSpec(0, 0, seconds, nanoseconds)
            if self._libc.timerfd_settime(self._fd, _TFD_TIMER_ABSTIME, ctypes.byref(spec), None) == 0:
                return
        if self._handle is not None:
            self._handle.cancel()
        delay_s = (when_ns - time.monotonic_ns()) / NS_PER_S
        self._handle = self._loop.call_later(max(0.0, delay_s), self._ring)

    def close(self) -> None:
        """Never ring again. Idempotent."""
        if self._handle is not None:
            self._handle.cancel()
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1

    def _expired(self) -> None:
        try:
            os.read(self._fd, 8)
        except BlockingIOError:
            # Set anew between the wake-up and this call.
            return
        self._ring()
