"""Tells a waiting person what a load test is doing and how long it will take: a line on a terminal that
changes, a plain line each ten seconds elsewhere, nothing under `-q`. Workers of pytest-xdist have it shown by
the process that has the terminal.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar

import pytest

from pytest_rustide_load.plugin.agenda import Agenda, PlannedItem, Standing, in_short, in_words
from pytest_rustide_load.plugin.display import (
    Display,
    Line,
    NoDisplay,
    PlainDisplay,
    RelayDisplay,
    TerminalDisplay,
    item_key,
)
from pytest_rustide_load.plugin.options import RELAY, TERMINAL_FD_KEY, is_worker
from pytest_rustide_load.plugin.relay import Relay

__all__ = ["Progress", "open_relay"]

_T = TypeVar("_T")
_REPEAT_S = 0.5


class Progress:
    """The progress of a session, item after item. `show` and `show_run` may be called as often as one likes;
    `clear` ends an item's, so that pytest can go on with its own line."""

    def __init__(self, config: pytest.Config, now_s: Callable[[], float] = time.monotonic) -> None:
        self._config = config
        self._now_s = now_s
        self._next_s = now_s()
        self._since_s: float | None = None
        self._shown = False
        self._load_s = 0.0
        self._left = 0
        self._lock = threading.Lock()
        self._agenda = Agenda()
        self._prefix = ""
        self._last = ""

    @cached_property
    def _display(self) -> Display | None:
        display = _display(self._config)
        if display is not None:
            # What is over soon need not be told.
            self._next_s = self._now_s() + display.interval_s
        return display

    def plan(self, items: Mapping[str, PlannedItem | None]) -> None:
        """The load tests of the session by node id, in their order; see Agenda."""
        self._agenda.plan(items)
        if is_worker(self._config) and isinstance(self._display, RelayDisplay):
            with contextlib.suppress(OSError):
                self._display.plan(items)

    @contextlib.contextmanager
    def part(self, prefix: str, left: int = 0) -> Iterator[None]:
        """The run in the body is one of several of an item: what all that is shown of it begins with, and how
        many come after it."""
        self._prefix, self._left = prefix, left
        try:
            yield
        finally:
            self._prefix, self._left = "", 0

    def begin_run(self, nodeid: str) -> None:
        """A run of the load test `nodeid` begins."""
        self._load_s = 0.0
        # Made now, because it takes a while, and nothing should while load runs.
        self._display  # noqa: B018
        self._agenda.begin_item(nodeid)
        self._agenda.begin_run(self._now_s(), self._left)

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """In the body a run waits for its turn: that is the time of other runs."""
        since_s = self._now_s()
        yield
        self._agenda.waited(self._now_s() - since_s)

    def end_run(self) -> None:
        """The run that began is over."""
        self._agenda.end_run(self._now_s(), self._load_s)

    def show(self, text: str) -> None:
        """Show `text`, and how long something has been shown, unless that was a moment ago."""
        since_s = self._since_s = self._now_s() if self._since_s is None else self._since_s
        self._last = text
        self._put(lambda now_s: Line(text, f"{in_short(now_s - since_s)} so far"), None)

    async def keep_showing(self, work: Coroutine[Any, Any, _T]) -> _T:
        """`work`, while what it showed last is shown again, with the time it takes, so that nobody has to
        guess whether anything still happens."""
        repeating = asyncio.create_task(self._repeat())
        try:
            return await work
        finally:
            repeating.cancel()

    async def _repeat(self) -> None:
        while True:
            await asyncio.sleep(_REPEAT_S)
            if self._last:
                self.show(self._last)

    def show_run(self, text: str, elapsed_s: float, total_s: float, more: str) -> None:
        """Show how far the load of a run has come, and when all of it will be over."""
        self._load_s = total_s
        if elapsed_s > total_s:
            self._put(lambda _: Line(f"{text}: waiting for answers", more=more), 1.0)
            return

        def line(now_s: float) -> tuple[Line, Standing]:
            standing = self._agenda.standing(now_s, elapsed_s, total_s)
            left = f"{elapsed_s:.0f} of {total_s:.0f} s, {in_short(standing.left_s)} left"
            return Line(text, left, more), standing

        self._put(line, elapsed_s / total_s if total_s else None)

    def say(self, text: str) -> None:
        """Leave `text` standing in a line of its own. Any thread may call it."""
        with self._lock:
            self._on_display(lambda display: display.say(text))
            self._shown = True

    def clear(self) -> None:
        """Leave the terminal as pytest expects it."""
        with self._lock:
            if self._shown:
                self._on_display(lambda display: display.clear())
            self._shown = False
            self._since_s = None

    def _put(self, make: Callable[[float], Line | tuple[Line, Standing]], share: float | None) -> None:
        display, now_s = self._display, self._now_s()
        if display is None or now_s < self._next_s:
            return
        self._next_s = now_s + display.interval_s
        made = make(now_s)
        line, standing = (made, None) if isinstance(made, Line) else made
        line = line._replace(what=self._prefix + line.what)

        def show(display: Display) -> None:
            if isinstance(display, RelayDisplay):
                known = None if standing is None else replace(standing, item=item_key(standing.item))
                display.show(line, share, standing=known)
                return
            words = "" if standing is None else in_words(self._agenda.outlook(standing))
            display.show(line._replace(left=line.left + words), share)

        with self._lock:
            self._on_display(show)
            self._shown = True

    def _on_display(self, do: Callable[[Display], None]) -> None:
        if self._display is None:
            return
        try:
            do(self._display)
        except OSError:
            # The terminal has gone; the load goes on without an audience.
            self._display = None


def open_relay(config: pytest.Config, *, parallel: bool = False, each: bool = False) -> Relay | None:
    """Where workers say what they are at; where nobody looks, whether they have load at all. See Relay."""
    # Elsewhere there are no addresses that leave no file behind.
    if not sys.platform.startswith("linux"):
        return None
    fd = _fd(config)
    kind = NoDisplay if fd < 0 else TerminalDisplay if _is_terminal(fd) else PlainDisplay
    return Relay(lambda: _own_display(config), kind.interval_s, parallel=parallel, each=each)


def _display(config: pytest.Config) -> Display | None:
    if is_worker(config):
        told = config.workerinput.get(RELAY)  # type: ignore[attr-defined]  # xdist adds it
        if not told:
            return None
        address, token, interval_s = told
        return RelayDisplay(address, token, config.workerinput["workerid"], interval_s)  # type: ignore[attr-defined]  # as said
    return None if _fd(config) < 0 else _own_display(config)


def _own_display(config: pytest.Config) -> Display:
    fd = _fd(config)
    if fd < 0:
        return NoDisplay()
    if not _is_terminal(fd):
        return PlainDisplay(fd)

    def column() -> int | None:
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        # What tests write is no secret to the terminal then.
        if reporter is None or config.getoption("capture") == "no":
            return None
        return int(reporter._tw.width_of_current_line)

    return TerminalDisplay(fd, column)


def _fd(config: pytest.Config) -> int:
    """The terminal to write to; -1 where there is none, or quiet is wanted."""
    return -1 if config.get_verbosity() < 0 else config.stash.get(TERMINAL_FD_KEY, -1)


def _is_terminal(fd: int) -> bool:
    return os.isatty(fd) and os.environ.get("TERM") != "dumb"
