"""What workers of pytest-xdist are at, shown by the process that has the terminal.

Workers send datagrams to an address that exists as long as this does and leaves no file behind. Whoever does
not know the token is not heard.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

from pytest_rustide_load.plugin.agenda import PlannedItem, SharedAgenda, Standing, in_words
from pytest_rustide_load.plugin.display import Display, Line, TerminalDisplay, item_key

__all__ = ["Relay"]

_STOP = b"stop"
_MAX_BYTES = 8192
_PATIENCE_S = 1.0


class Relay:
    """Listens in a thread of its own from the start until `close`. Load tests of workers take turns where
    not `parallel`; with `each` every worker runs all tests."""

    def __init__(
        self,
        make_display: Callable[[], Display],
        interval_s: float,
        *,
        parallel: bool = False,
        each: bool = False,
    ) -> None:
        self._address, self._token = f"rustide-load-{secrets.token_hex(8)}", secrets.token_hex(16)
        self._interval_s = interval_s
        self._workers: set[str] = set()
        self._make_display = make_display
        self._display: Display | None = None
        self._agenda = SharedAgenda(parallel=parallel, each=each)
        # Whoever holds it may write to the terminal.
        self._terminal = threading.Lock()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"\0{self._address}")
        self._closed = False
        self._has_load = False
        self._heard = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="rustide-load relay", daemon=True)
        self._thread.start()

    @property
    def has_load(self) -> bool:
        """Whether workers have load tests to run: what they told before this is asked counts, however busy
        the thread that listens is."""
        if not self._has_load and not self._closed:
            self._heard.clear()
            if self._tell(json.dumps([self._token, "", "heard", None]).encode()):
                self._heard.wait(_PATIENCE_S)
        return self._has_load

    def join(self, who: str) -> list[Any]:
        """One more worker runs tests; returns what it has to be told."""
        with self._terminal:
            self._workers.add(who)
            self._agenda.join(who)
        return [self._address, self._token, self._interval_s]

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """In the body others write to the terminal, which is as they left it."""
        with self._terminal:
            if isinstance(self._display, TerminalDisplay):
                with contextlib.suppress(OSError):
                    self._display.pause()
            yield

    def lose(self, who: str) -> None:
        """The worker `who` is gone; what it has said before and is not heard yet is of no interest."""
        with self._terminal:
            self._apply(who, "clear", None)
            self._workers.discard(who)
            self._agenda.lose(who)

    def finish(self, who: str, nodeid: str) -> None:
        """The test `nodeid` of the worker `who` is over."""
        with self._terminal:
            self._agenda.finish(who, item_key(nodeid))

    def close(self) -> None:
        """Idempotent."""
        if self._closed:
            return
        self._closed = True
        self._tell(_STOP)
        self._thread.join(timeout=1)
        self._socket.close()
        with self.aside():
            self._display = None

    def _tell(self, message: bytes) -> bool:
        """To the thread that listens, after all that was told before; False where that has no room for it."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ours:
            ours.settimeout(_PATIENCE_S)
            ours.sendto(message, f"\0{self._address}")
            return True
        return False

    def _listen(self) -> None:
        while not self._closed:
            try:
                data = self._socket.recv(_MAX_BYTES)
            except OSError:
                return
            try:
                token, who, what, told = json.loads(data)
            except ValueError:
                continue
            if not secrets.compare_digest(str(token), self._token):
                continue
            if what == "heard":
                self._heard.set()
                continue
            with self._terminal:
                if not self._closed:
                    self._apply(str(who), what, told)

    def _apply(self, who: str, what: str, told: Any) -> None:
        if who not in self._workers:
            return
        if what == "plan":
            self._has_load |= bool(told)
            self._agenda.plan(who, {item: None if one is None else PlannedItem(*one) for item, one in told})
            return
        if what == "clear":
            self._agenda.leave(who)
        if self._display is None:
            if what == "clear":
                return
            self._display = self._make_display()
        try:
            if what == "show":
                line, share, standing = told
                self._display.show(self._with_outlook(Line(*line), standing, who), share, who)
            elif what == "say":
                self._display.say(told)
            else:
                self._display.clear(who)
        except OSError:
            # The terminal has gone; the load goes on without an audience.
            self._closed = True

    def _with_outlook(self, line: Line, standing: list[Any] | None, who: str) -> Line:
        if standing is None:
            return line
        outlook = self._agenda.outlook(who, Standing(*standing))
        return line._replace(left=line.left + in_words(outlook))
