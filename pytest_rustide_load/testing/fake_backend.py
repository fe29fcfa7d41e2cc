"""A backend in memory: speaks LSP, takes exactly as long as it is told, and keeps a log of its own truth."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from pytest_rustide_load.lsp.framing import FrameParser, frame
from pytest_rustide_load.units import NS_PER_S

__all__ = ["Answered", "FakeBackend"]


@dataclass(frozen=True, slots=True)
class Answered:
    """A request as the backend saw it; `done_ns` is None where it never answered."""

    method: str
    arrived_ns: int
    done_ns: int | None


@dataclass(slots=True)
class FakeBackend:
    """ports.Transport and the server behind it, for tests on virtual time.

    - `service_s(method, number)`: how long the number-th request takes; None: it is never answered.
    - `answer(method, params)`: the result, or an Exception whose first argument is the code of an error.
    - `one_at_a_time`: requests queue behind one another, as in a single-threaded server.
    - `crash_at_s`: the connection ends then; `replies` is how often each reply is sent.
    - `capabilities`: what it announces.
    """

    service_s: Callable[[str, int], float | None] = lambda _method, _number: 0.001
    answer: Callable[[str, Any], Any] = lambda _method, _params: None
    one_at_a_time: bool = False
    crash_at_s: float | None = None
    replies: int = 1
    capabilities: dict[str, Any] = field(default_factory=dict)
    log: list[Answered] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    notifications: list[tuple[str, Any]] = field(default_factory=list)
    _parser: FrameParser = field(default_factory=FrameParser)
    _on_bytes: Callable[[bytes], None] | None = None
    _on_closed: Callable[[str], None] | None = None
    _closed: bool = False
    _busy_until_s: float = 0.0

    def start(self, on_bytes: Callable[[bytes], None], on_closed: Callable[[str], None]) -> None:
        self._on_bytes = on_bytes
        self._on_closed = on_closed
        if self.crash_at_s is not None:
            asyncio.get_running_loop().call_at(self.crash_at_s, self.crash)

    def write(self, data: bytes) -> None:
        if self._closed:
            return
        for body in self._parser.feed(data):
            self._take(msgspec.json.decode(body))

    def backlog_bytes(self) -> int:
        return 0

    def close(self) -> None:
        self._closed = True

    def crash(self) -> None:
        """End the connection now."""
        if not self._closed:
            self._closed = True
            if self._on_closed is not None:
                self._on_closed("it crashed as it was told to")

    def send(self, message: dict[str, Any]) -> None:
        """Send a message of the backend's own, such as a notification."""
        if self._on_bytes is not None and not self._closed:
            self._on_bytes(frame(msgspec.json.encode({"jsonrpc": "2.0", **message})))

    def _take(self, message: dict[str, Any]) -> None:
        method, params = message.get("method"), message.get("params") or {}
        if method is None:
            return
        if "id" not in message:
            self.notifications.append((method, params))
            if method == "textDocument/didOpen":
                self.texts[params["textDocument"]["uri"]] = params["textDocument"]["text"]
            return
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        if method in ("initialize", "shutdown"):
            capabilities = {"positionEncoding": "utf-8", **self.capabilities}
            self.send({"id": message["id"], "result": {"capabilities": capabilities}})
            return
        service_s = self.service_s(method, len(self.log))
        arrived_ns = round(now_s * NS_PER_S)
        if service_s is None:
            self.log.append(Answered(method, arrived_ns, None))
            return
        start_s = max(now_s, self._busy_until_s) if self.one_at_a_time else now_s
        done_s = start_s + service_s
        self._busy_until_s = done_s
        self.log.append(Answered(method, arrived_ns, round(done_s * NS_PER_S)))
        loop.call_at(done_s, self._reply, message["id"], method, params)

    def _reply(self, request_id: int, method: str, params: Any) -> None:
        result = self.answer(method, params)
        for _ in range(self.replies):
            if isinstance(result, Exception):
                error = {"code": result.args[0], "message": "as it was told to"}
                self.send({"id": request_id, "error": error})
            else:
                self.send({"id": request_id, "result": result})
