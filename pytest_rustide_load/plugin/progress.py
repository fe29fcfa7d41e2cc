"""Tells a waiting person what a load test is doing: one line on a terminal, a plain line each ten seconds
elsewhere, nothing on workers or under `-q`.

Writes straight to the terminal that was kept before output capture began, because the test that runs
the load is captured.
"""

from __future__ import annotations

import os
import threading
import time

import pytest

from pytest_rustide_load.plugin.options import TERMINAL_FD_KEY, is_worker
from pytest_rustide_load.report.table import paint

__all__ = ["Progress"]

_PLAIN_INTERVAL_S = 10.0
_TTY_INTERVAL_S = 0.4
_CLEAR_LINE = "\r\x1b[2K"


class Progress:
    """The progress of a session, item after item. `show` may be called as often as one likes; `clear` ends
    an item's, so that pytest can go on with its own line."""

    def __init__(self, config: pytest.Config) -> None:
        fd = config.stash.get(TERMINAL_FD_KEY, -1)
        quiet = is_worker(config) or config.get_verbosity() < 0
        self._fd = -1 if quiet else fd
        self._tty = self._fd >= 0 and os.isatty(self._fd) and os.environ.get("TERM") != "dumb"
        self._interval_s = _TTY_INTERVAL_S if self._tty else _PLAIN_INTERVAL_S
        self._last_s = time.monotonic()
        self._shown = False
        self._lock = threading.Lock()
        # What all that is shown is a part of.
        self.prefix = ""

    def show(self, text: str) -> None:
        """Show `text` unless something was shown a moment ago."""
        now_s = time.monotonic()
        if self._fd < 0 or now_s - self._last_s < self._interval_s:
            return
        self._last_s = now_s
        text = self.prefix + text
        with self._lock:
            if self._tty:
                width = os.get_terminal_size(self._fd).columns or 80
                self._write(f"{_CLEAR_LINE}{text[: width - 1]}")
            else:
                self._write_plain(text)
            self._shown = True

    def say(self, text: str) -> None:
        """Leave `text` standing in a line of its own. Any thread may call it."""
        if self._fd < 0:
            return
        with self._lock:
            if self._tty:
                self._write(f"{_CLEAR_LINE}{paint(text, 'yellow', True)}\n")
            else:
                self._write_plain(text)
            self._shown = True

    def clear(self) -> None:
        """Leave the terminal as pytest expects it."""
        if self._shown and self._tty:
            self._write(_CLEAR_LINE)
        self._shown = False

    def _write_plain(self, text: str) -> None:
        # pytest's own line of dots is still open before the first of ours.
        self._write(f"{'' if self._shown else chr(10)}{text}\n")

    def _write(self, text: str) -> None:
        try:
            os.write(self._fd, text.encode())
        except OSError:
            # The terminal has gone; the load goes on without an audience.
            self._fd = -1
