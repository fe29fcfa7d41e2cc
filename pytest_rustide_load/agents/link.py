"""An agent's side: what the controller says, what it is told, and what happens when it is gone.

What is to be sent waits for a thread of its own, so that a slow controller never holds up the load. Knows
nothing of what the agent works on.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from pytest_rustide_load.agents.messages import (
    CHUNK_BYTES,
    SILENCE_S,
    Chunk,
    FromAgent,
    FromController,
    Ping,
    Pong,
    decode_from_controller,
    encode,
)

if TYPE_CHECKING:
    from execnet import Channel

__all__ = ["Link"]

_WATCH_S = 0.25
# How long the work may take to come to an end when the controller is gone.
_GRACE_S = 3.0
# Messages that wait to be sent: beyond it who sends has to wait.
_MOST_WAITING = 8


class Link:
    """The agent's end of `channel`. Messages but pings come out of `receive`, on the event loop that `attach`
    names; `on_end` is called there, once, with the reason, when the controller is gone. If the process is
    still there a while later it is ended.
    """

    def __init__(
        self,
        channel: Channel,
        now_ns: Callable[[], int],
        *,
        silence_s: float = SILENCE_S,
    ) -> None:
        self._channel = channel
        self._now_ns = now_ns
        self._silence_s = silence_s
        self._heard_s = time.monotonic()
        self._gone = ""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._on_end: Callable[[str], object] = lambda _reason: None
        self._inbox: asyncio.Queue[FromController] = asyncio.Queue()
        self._outgoing: deque[FromAgent] = deque()
        self._ready = threading.Condition()
        self._sending = False

    def attach(self, on_end: Callable[[str], object]) -> None:
        """Begin to listen and to send, from the event loop that runs now."""
        self._loop = asyncio.get_running_loop()
        self._on_end = on_end
        for work in (self._send_all, self._watch):
            threading.Thread(target=work, daemon=True).start()
        self._channel.setcallback(self._received, endmarker=None)

    async def receive(self) -> FromController:
        """The next message."""
        return await self._inbox.get()

    @property
    def gone(self) -> str:
        """Why the controller is gone; empty while it is there."""
        return self._gone

    @property
    def is_busy(self) -> bool:
        """Whether what was sent before still waits."""
        return bool(self._outgoing) or self._sending

    def send(self, message: FromAgent) -> None:
        """Send when it is its turn; never blocks."""
        with self._ready:
            self._outgoing.append(message)
            self._ready.notify()

    async def send_bytes(self, name: str, data: bytes) -> None:
        """Send `data` in chunks, a few at a time in memory."""
        for start in range(0, len(data), CHUNK_BYTES):
            while len(self._outgoing) >= _MOST_WAITING:
                await asyncio.sleep(0.005)
            self.send(Chunk(name, data[start : start + CHUNK_BYTES]))

    async def sent(self) -> None:
        """Wait until all has been handed to the pipe."""
        while self.is_busy and not self._gone:
            await asyncio.sleep(0.005)

    def _received(self, data: object) -> None:
        """On execnet's thread."""
        received_ns = self._now_ns()
        self._heard_s = time.monotonic()
        if data is None:
            self._end("the controller is gone")
            return
        try:
            message = decode_from_controller(data)
        except ValueError as error:
            self._end(f"what the controller says cannot be understood: {error}")
            return
        if isinstance(message, Ping):
            self.answer(message, received_ns)
        elif self._loop is not None:
            self._loop.call_soon_threadsafe(self._inbox.put_nowait, message)

    def answer(self, ping: Ping, received_ns: int) -> None:
        """At once, past all that waits to be sent."""
        try:
            self._channel.send(encode(Pong(ping.asked_ns, received_ns, self._now_ns())))
        except OSError:
            self._end("the controller is gone")

    def _send_all(self) -> None:
        while True:
            with self._ready:
                self._sending = False
                while not self._outgoing:
                    self._ready.wait()
                # In this order: there is no moment at which nothing seems to wait.
                self._sending = True
                message = self._outgoing.popleft()
            try:
                self._channel.send(encode(message))
            except OSError:
                self._end("the controller is gone")
                return

    def _watch(self) -> None:
        while not self._gone:
            time.sleep(_WATCH_S)
            if time.monotonic() - self._heard_s > self._silence_s:
                self._end(f"the controller said nothing for {self._silence_s:g} s")

    def _end(self, reason: str) -> None:
        with self._ready:
            if self._gone:
                return
            self._gone = reason
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._on_end, reason)
        # Whatever the work is doing then: what it started notices that its owner is gone.
        timer = threading.Timer(_GRACE_S, os._exit, args=(3,))
        timer.daemon = True
        timer.start()
