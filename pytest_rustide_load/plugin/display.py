"""Where progress is shown: lines on a terminal that replace one another, plain lines elsewhere, or another
process.

Knows nothing of load tests. Each is handed a file descriptor that was kept before output capture began,
because the test that runs the load is captured.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple
from typing import IO, TYPE_CHECKING, NamedTuple, Protocol

from pytest_rustide_load.plugin.agenda import PlannedItem, Standing

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

__all__ = ["Display", "Line", "NoDisplay", "PlainDisplay", "RelayDisplay", "TerminalDisplay", "item_key"]

_BAR = 10
# Of a name there is always as much to be seen.
_LEAST = 8
_TOLD_AT_ONCE = 100
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Line(NamedTuple):
    """What is shown of something that goes on: what it is, how long it will take, and more. In a narrow place
    `more` is cut first, then the end of `what`; `left` never is."""

    what: str
    left: str = ""
    more: str = ""

    def __str__(self) -> str:
        return ", ".join(filter(None, self))

    def within(self, width: int) -> str:
        """In so many columns."""
        whole = str(self)
        if len(whole) <= width or not self.left:
            return whole
        if len(self.what) + len(self.left) + 2 > width:
            room = max(width - len(self.left) - 2, _LEAST)
            return f"{self.what[: room - 1]}…, {self.left}"
        return f"{whole[: width - 1]}…"


class Display(Protocol):
    """`interval_s` is how long a line stays before another may take its place."""

    interval_s: float

    def show(self, line: Line, share: float | None, who: str = "", /) -> None:
        """What `who` is at, and which share of it is done, where that is known."""

    def say(self, text: str, /) -> None:
        """Leave a line standing."""

    def clear(self, who: str = "", /) -> None:
        """`who` is at nothing more; the terminal is as pytest left it once nobody is."""


class NoDisplay:
    """Nobody looks."""

    # A day.
    interval_s = 86_400.0

    def show(self, _line: Line, _share: float | None, _who: str = "", /) -> None:
        return

    def say(self, _text: str, /) -> None:
        return

    def clear(self, _who: str = "", /) -> None:
        return


class PlainDisplay:
    """A line below the other."""

    interval_s = 10.0

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._begun = False

    def show(self, line: Line, _share: float | None, _who: str = "", /) -> None:
        self._line(str(line))

    def say(self, text: str, /) -> None:
        self._line(text)

    def clear(self, _who: str = "", /) -> None:
        self._begun = False

    def _line(self, text: str) -> None:
        # pytest's own line of dots is still open before the first of ours.
        os.write(self._fd, f"{'' if self._begun else chr(10)}{_printable(text)}\n".encode())
        self._begun = True


class TerminalDisplay:
    """A line for each that is at something, below pytest's own line, which is left and found again: `column`
    says how far that one has come, or None where nobody knows, as others write to the terminal too."""

    interval_s = 0.4

    def __init__(self, fd: int, column: Callable[[], int | None]) -> None:
        self._fd = fd
        self._column = column
        self._left_at: int | None = None
        self._rows: dict[str, tuple[Line, float | None]] = {}
        self._live: Live | None = None
        self._console = _console(os.fdopen(fd, "w", encoding="utf-8", errors="replace", closefd=False))
        # What rich loads when it draws for the first time takes a while, and nothing should while load runs.
        with _live(_console(io.StringIO())) as live:
            live.update(self._text({"": (Line("…"), 0.5)}, 80), refresh=True)

    def show(self, line: Line, share: float | None, who: str = "", /) -> None:
        self._rows[who] = (line, share)
        self._draw()

    def say(self, text: str, /) -> None:
        from rich.text import Text

        self._begin()
        # Above what is shown, and below the line that was left, to which nobody can go back any more.
        self._console.print(Text(_printable(text), style="yellow"), soft_wrap=True)
        self._left_at = 0

    def clear(self, who: str = "", /) -> None:
        self._rows.pop(who, None)
        if self._rows:
            self._draw()
        else:
            self.pause()

    def pause(self) -> None:
        """Leave the terminal as it was, until something is shown again."""
        if self._live is None:
            return
        self._live.stop()
        self._live = None
        if self._left_at:
            # Back to the end of the line that was left.
            os.write(self._fd, f"\x1b[1A\x1b[{self._left_at}C".encode())

    def _begin(self) -> Live:
        if self._live is None:
            self._left_at = self._column()
            if self._left_at != 0:
                os.write(self._fd, b"\n")
            self._console.width = os.get_terminal_size(self._fd).columns or 80
            self._live = _live(self._console)
            self._live.start()
            # A process that is killed leaves it hidden.
            self._console.show_cursor(True)
        return self._live

    def _draw(self) -> None:
        live = self._begin()
        self._console.width = os.get_terminal_size(self._fd).columns or 80
        live.update(self._text(self._rows, self._console.width), refresh=True)

    @staticmethod
    def _text(rows: Mapping[str, tuple[Line, float | None]], width: int) -> Text:
        from rich.text import Text

        found = Text(no_wrap=True, overflow="ellipsis")
        for number, (line, share) in enumerate(rows.values()):
            found.append("\n" if number else "")
            room = width
            if share is not None:
                done = round(_BAR * min(max(share, 0.0), 1.0))
                found.append("━" * done, "green").append("━" * (_BAR - done), "dim").append(" ")
                room -= _BAR + 1
            found.append(_printable(line.within(room)))
        return found


class RelayDisplay:
    """Tells the process at `address`, which shows it; see plugin.relay. What that is too busy to read is
    lost."""

    def __init__(self, address: str, token: str, who: str, interval_s: float) -> None:
        self.interval_s = interval_s
        self._address, self._token, self._who = f"\0{address}", token, who
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def show(
        self, line: Line, share: float | None, _who: str = "", /, standing: Standing | None = None
    ) -> None:
        """With `standing`, the process that shows it adds when the whole session will be over."""
        self._send("show", [line, share, None if standing is None else astuple(standing)])

    def say(self, text: str, /) -> None:
        self._send("say", text)

    def clear(self, _who: str = "", /) -> None:
        self._send("clear")

    def plan(self, items: Mapping[str, PlannedItem | None]) -> None:
        """The load tests of the session by node id, told before any load runs: each is to arrive."""
        told = [(item_key(name), None if one is None else astuple(one)) for name, one in items.items()]
        with self._waiting():
            for first in range(0, len(told), _TOLD_AT_ONCE):
                self._send("plan", told[first : first + _TOLD_AT_ONCE])

    @contextlib.contextmanager
    def _waiting(self) -> Iterator[None]:
        """What is sent in the body waits until there is room for it, a second at most."""
        self._socket.settimeout(1.0)
        try:
            with contextlib.suppress(TimeoutError):
                yield
        finally:
            self._socket.setblocking(False)

    def _send(self, what: str, told: object = None) -> None:
        message = json.dumps([self._token, self._who, what, told]).encode()
        with contextlib.suppress(BlockingIOError):
            self._socket.sendto(message, self._address)


def item_key(nodeid: str) -> str:
    """What stands for the node id of a test in messages, as that may be long."""
    return hashlib.blake2b(nodeid.encode(errors="replace"), digest_size=8).hexdigest()


def _console(file: IO[str]) -> Console:
    from rich.console import Console

    return Console(file=file, highlight=False, markup=False, emoji=False, force_terminal=True)


def _live(console: Console) -> Live:
    from rich.live import Live

    # What tests print belongs to pytest.
    return Live(
        console=console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False
    )


def _printable(text: str) -> str:
    """Without what would move the cursor or ring a bell: names come from outside."""
    return _CONTROL.sub(" ", text)
