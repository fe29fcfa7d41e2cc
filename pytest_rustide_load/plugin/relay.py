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

from pytest_rustide_load.plugin.display import Display, TerminalDisplay

__all__ = ["Relay"]

_STOP = b"stop"
_MAX_BYTES = 8192


class Relay:
    """Listens in a thread of its own from the start until `close`. `workerinput` is what a worker has to be
    told."""

    def __init__(self, make_display: Callable[[], Display], interval_s: float) -> None:
        self._address, self._token = f"rustide-load-{secrets.token_hex(8)}", secrets.token_hex(16)
        self.workerinput = [self._address, self._token, interval_s]
        self._make_display = make_display
        self._display: Display | None = None
        # Whoever holds it may write to the terminal.
        self._terminal = threading.Lock()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"\0{self._address}")
        self._closed = False
        self._thread = threading.Thread(target=self._listen, name="rustide-load relay", daemon=True)
        self._thread.start()

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """In the body others write to the terminal, which is as they left it."""
        with self._terminal:
            if isinstance(self._display, TerminalDisplay):
                with contextlib.suppress(OSError):
                    self._display.pause()
            yield

    def clear(self, who: str) -> None:
        """The worker `who` is gone."""
        with self._terminal:
            self._apply(who, "clear", "", None)

    def close(self) -> None:
        """Idempotent."""
        if self._closed:
            return
        self._closed = True
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ours:
            ours.setblocking(False)
            ours.sendto(_STOP, f"\0{self._address}")
        self._thread.join(timeout=1)
        self._socket.close()
        with self.aside():
            self._display = None

    def _listen(self) -> None:
        while not self._closed:
            try:
                data = self._socket.recv(_MAX_BYTES)
            except OSError:
                return
            try:
                token, who, what, text, share = json.loads(data)
            except ValueError:
                continue
            if not secrets.compare_digest(str(token), self._token):
                continue
            with self._terminal:
                if not self._closed:
                    self._apply(str(who), what, str(text), share)

    def _apply(self, who: str, what: str, text: str, share: float | None) -> None:
        if self._display is None:
            if what == "clear":
                return
            self._display = self._make_display()
        try:
            if what == "show":
                self._display.show(text, share, who)
            elif what == "say":
                self._display.say(text)
            else:
                self._display.clear(who)
        except OSError:
            # The terminal has gone; the load goes on without an audience.
            self._closed = True
