"""One client's connection to one server: requests out, replies to whoever asked, questions answered.

Knows nothing of scenarios or samples. Nothing the server sends raises into the event loop: what is no
message is counted, and a stream that lost its frame boundaries closes the session.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from pytest_rustide_load.engine.server_requests import REFRESHES, ServerRequests
from pytest_rustide_load.errors import Crashed, NotReady, ProtocolError, RustIdeLoadError
from pytest_rustide_load.lsp.capabilities import client_capabilities
from pytest_rustide_load.lsp.framing import MAX_BODY_BYTES, FrameError, FrameParser, frame
from pytest_rustide_load.lsp.messages import (
    Incoming,
    MalformedMessage,
    ReplyError,
    decode_incoming,
    decode_value,
    encode,
    encode_notification,
    encode_request,
)
from pytest_rustide_load.lsp.pending import PendingTable, Stray
from pytest_rustide_load.ports import Clock, Transport

__all__ = ["CLOSED", "Reply", "RequestFailed", "ServerInfo", "Session", "SessionCounters"]

# The error of a Reply that will never come because the connection is gone.
CLOSED: Final = ReplyError(None, "connection closed")
_NO_PARAMS = b""

NotificationHandler = Callable[[msgspec.Raw, int], None]


class RequestFailed(RustIdeLoadError):
    """A request was answered with an error; `code` is None where the server gave none."""

    def __init__(self, method: str, code: int | None, message: str) -> None:
        self.method = method
        self.code = code
        super().__init__(f"{method}: error {code}: {message}")


@dataclass(slots=True)
class Reply:
    """The end of a request. Of `result` and `error` one is set; `error` is CLOSED when the connection
    ended first, and then `done_ns` is when that was seen. `result` is None when the reply had neither."""

    done_ns: int
    result: msgspec.Raw | None
    error: ReplyError | None


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """What the server said in its reply to `initialize`."""

    name: str
    version: str
    capabilities: Mapping[str, Any]
    position_encoding: str


@dataclass(slots=True)
class SessionCounters:
    """What came over the wire; `duplicate_replies` answer an id that was answered before,
    `late_replies` one that was given up, `unknown_replies` one that was never asked. `log_messages` are
    among the `notifications`."""

    replies: int = 0
    duplicate_replies: int = 0
    late_replies: int = 0
    unknown_replies: int = 0
    malformed_messages: int = 0
    protocol_errors: int = 0
    notifications: int = 0
    log_messages: int = 0
    server_requests: int = 0
    bytes_in: int = 0
    bytes_out: int = 0


class Session:
    """`initialize` first; then `send`, `notify`, `cancel` at will; `shutdown` at the end.

    Must be used from the event loop's thread only. `settings` answer `workspace/configuration`; `on_refresh`
    gets the method of each refresh the server asks for; `on_apply_edit` gets the parameters of an edit the
    server wants made and says whether it was (without it none is). A body beyond `max_body_bytes` is a
    protocol error, and that ends the session.
    """

    def __init__(
        self,
        transport: Transport,
        clock: Clock,
        *,
        settings: Mapping[str, Any] | None = None,
        position_encodings: Sequence[str] = ("utf-8", "utf-16"),
        refresh_support: bool = True,
        on_refresh: Callable[[str], None] | None = None,
        on_apply_edit: Callable[[msgspec.Raw], bool] | None = None,
        max_body_bytes: int = MAX_BODY_BYTES,
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._server_requests = ServerRequests(settings or {}, apply_edit=on_apply_edit)
        self._offered_encodings = tuple(position_encodings)
        self._refresh_support = refresh_support
        self.on_refresh = on_refresh
        self._parser = FrameParser(max_body_bytes=max_body_bytes)
        self._pending: PendingTable[Callable[[Reply], None]] = PendingTable()
        self._handlers: dict[str, tuple[NotificationHandler, ...]] = {}
        self._closed_callbacks: list[Callable[[str], None]] = []
        self.counters = SessionCounters()
        self.closed = False
        self.abandoned = False
        self.close_reason = ""
        self.position_encoding = "utf-16"
        self.server_info: ServerInfo | None = None
        transport.start(self._on_bytes, self._on_closed)

    # -- out

    def send(self, method: str, params: bytes, on_reply: Callable[[Reply], None]) -> int:
        """Send a request whose `params` are JSON already, empty for none; returns its id.

        `on_reply` is called once, from the event loop: with the reply, or with CLOSED. On a closed
        session that happens before `send` returns.
        """
        request_id = self._pending.add(on_reply)
        if self.closed:
            self._pending.take(request_id)
            on_reply(Reply(self._clock.now_ns(), None, CLOSED))
        else:
            self._write(encode_request(request_id, method, params))
        return request_id

    def notify(self, method: str, params: bytes) -> None:
        """Send a notification whose `params` are JSON already, empty for none."""
        self._write(encode_notification(method, params))

    def cancel(self, request_id: int) -> None:
        """Ask the server to give up a request; its reply is still awaited."""
        self._write(encode_notification("$/cancelRequest", b'{"id":%d}' % request_id))

    def forget(self, request_id: int) -> None:
        """Stop waiting: `on_reply` will not be called, and a reply that comes counts as late."""
        self._pending.forget(request_id)

    async def request(self, method: str, params: object, *, timeout_s: float) -> Any:
        """Ask, without parameters where `params` is None, and wait: the decoded result.

        Raises RequestFailed for an error reply or a result that cannot be decoded, TimeoutError after
        `timeout_s`, Crashed when the connection ends.
        """
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

        def done(reply: Reply) -> None:
            if not future.done():
                future.set_result(reply)

        request_id = self.send(method, _NO_PARAMS if params is None else encode(params), done)
        try:
            async with asyncio.timeout(timeout_s):
                reply = await future
        except TimeoutError:
            self.forget(request_id)
            raise TimeoutError(f"no answer to {method} within {timeout_s:g} s") from None
        if reply.error is CLOSED:
            raise Crashed(f"the connection ended before the answer to {method}: {self.close_reason}")
        if reply.error is not None:
            raise RequestFailed(method, reply.error.code, reply.error.message)
        try:
            return None if reply.result is None else decode_value(reply.result)
        except MalformedMessage as error:
            raise RequestFailed(method, None, f"a result that cannot be decoded: {error}") from None

    async def initialize(
        self,
        root: Path,
        *,
        initialization_options: Mapping[str, Any] | None = None,
        timeout_s: float = 60.0,
        process_id: int | None = None,
    ) -> ServerInfo:
        """The handshake. Raises NotReady where the server answers with an error, nonsense or not in time,
        Crashed where it ends."""
        uri = root.as_uri()
        folders = [{"uri": uri, "name": root.name}]
        self._server_requests.folders = folders
        params = {
            "processId": process_id,
            "clientInfo": {"name": "pytest-rustide-load"},
            "rootUri": uri,
            "workspaceFolders": folders,
            "initializationOptions": dict(initialization_options or {}),
            "capabilities": client_capabilities(
                self._offered_encodings, refresh_support=self._refresh_support
            ),
        }
        try:
            result = await self.request("initialize", params, timeout_s=timeout_s)
        except TimeoutError:
            raise NotReady(f"no answer to initialize within {timeout_s:g} s") from None
        except RequestFailed as error:
            raise NotReady(f"initialize was refused: {error}") from None
        if not isinstance(result, dict) or not isinstance(result.get("capabilities"), dict):
            raise NotReady("the answer to initialize holds no capabilities")
        info = result.get("serverInfo")
        info = info if isinstance(info, dict) else {}
        capabilities = result["capabilities"]
        encoding = capabilities.get("positionEncoding") or "utf-16"
        if encoding not in self._offered_encodings and encoding != "utf-16":
            raise NotReady(f"the server chose the position encoding {encoding!r}, which was not offered")
        self.position_encoding = encoding
        self.server_info = ServerInfo(
            str(info.get("name", "")), str(info.get("version", "")), capabilities, encoding
        )
        self.notify("initialized", b"{}")
        return self.server_info

    async def shutdown(self, *, timeout_s: float = 5.0) -> None:
        """`shutdown`, `exit`, end of the connection; a server that heeds neither is left to signals."""
        if not self.closed:
            # Whatever it answers, `exit` follows; who does not leave is made to by its owner.
            with contextlib.suppress(TimeoutError, RequestFailed, Crashed):
                await self.request("shutdown", None, timeout_s=timeout_s)
            self.notify("exit", _NO_PARAMS)
        self._transport.close()

    def abandon(self, reason: str) -> None:
        """Take the server for gone: all that is awaited ends as CLOSED."""
        self.abandoned = True
        self._on_closed(reason)
        self._transport.close()

    # -- in

    def on_notification(self, method: str, handler: NotificationHandler) -> Callable[[], None]:
        """Call `handler(params, arrived_ns)` for each notification of `method`; returns what ends that."""
        handlers = self._handlers.get(method, ())
        self._handlers[method] = (*handlers, handler)

        def stop() -> None:
            kept = [other for other in self._handlers.get(method, ()) if other is not handler]
            self._handlers[method] = tuple(kept)

        return stop

    def on_closed(self, callback: Callable[[str], None]) -> None:
        """Call `callback(reason)` when the connection ends; at once where it has."""
        if self.closed:
            callback(self.close_reason)
        else:
            self._closed_callbacks.append(callback)

    def in_flight(self) -> int:
        """Requests whose reply is awaited."""
        return len(self._pending)

    def _write(self, body: bytes) -> None:
        if self.closed:
            return
        data = frame(body)
        self._transport.write(data)
        # Counted when it is on its way already.
        self.counters.bytes_out += len(data)

    def _on_bytes(self, data: bytes) -> None:
        # One stamp for every frame that this chunk completes: they arrived together, and nothing was
        # decoded before it was taken.
        now_ns = self._clock.now_ns()
        self.counters.bytes_in += len(data)
        try:
            bodies = self._parser.feed(data)
        except ProtocolError as error:
            for body in error.bodies if isinstance(error, FrameError) else ():
                self._on_body(body, now_ns)
            self.counters.protocol_errors += 1
            self._on_closed(f"protocol error: {error}")
            self._transport.close()
            return
        for body in bodies:
            self._on_body(body, now_ns)

    def _on_body(self, body: bytes, now_ns: int) -> None:
        try:
            message = decode_incoming(body)
        except MalformedMessage:
            self.counters.malformed_messages += 1
            return
        if message.method is not msgspec.UNSET:
            self._on_method(message, message.method, now_ns)
            return
        on_reply = self._pending.take(message.id)
        if on_reply is None:
            self._on_stray_reply(message.id)
            return
        self.counters.replies += 1
        error = None if message.error is msgspec.UNSET else message.error
        result = None if message.result is msgspec.UNSET or error is not None else message.result
        on_reply(Reply(now_ns, result, error))

    def _on_stray_reply(self, request_id: object) -> None:
        kind = self._pending.classify(request_id)
        if kind is Stray.LATE:
            self.counters.late_replies += 1
        elif kind is Stray.DUPLICATE:
            self.counters.duplicate_replies += 1
        else:
            self.counters.unknown_replies += 1

    def _on_method(self, message: Incoming, method: str, now_ns: int) -> None:
        params = msgspec.Raw(b"null") if message.params is msgspec.UNSET else message.params
        if message.id is msgspec.UNSET:
            self.counters.notifications += 1
            if method == "window/logMessage":
                self.counters.log_messages += 1
            for handler in self._handlers.get(method, ()):
                handler(params, now_ns)
            return
        self.counters.server_requests += 1
        self._write(self._server_requests.answer(message.id, method, params))
        if method in REFRESHES and self.on_refresh is not None:
            self.on_refresh(method)

    def _on_closed(self, reason: str) -> None:
        if self.closed:
            return
        self.closed = True
        self.close_reason = reason
        now_ns = self._clock.now_ns()
        for on_reply in self._pending.take_all():
            on_reply(Reply(now_ns, None, CLOSED))
        callbacks, self._closed_callbacks = self._closed_callbacks, []
        for callback in callbacks:
            callback(reason)
