"""pygls' protocol with this server's documents and connection.

pygls structures messages, negotiates capabilities and calls handlers; documents are kept by the workspace
instead, whose trees follow each edit. Must not know what handlers do.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol, lsp_method

from pytest_rustide_load.reference_server import stream

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from lsprotocol.types import ResponseError

_log = logging.getLogger(__name__)
_INTERNAL_ERROR = -32603


class Protocol(LanguageServerProtocol):
    """One client's connection. `on_exit(status)` is called when the client says so."""

    stream_writer: asyncio.StreamWriter | None = None
    on_exit: Callable[[int], None] | None = None
    on_refusal: Callable[[int], None] | None = None
    initialized = False
    encoding = "utf-16"
    _held_ratio = 0.0
    _held_since_ns = 0

    def dispatch(self, message: stream.Message) -> None:
        """Handles one decoded message; every request is answered, also one that makes no sense."""
        identity, method = message.get("id"), message.get("method")
        request = method is not None and identity is not None
        if request and self._shutdown:
            self.refuse(identity, stream.INVALID_REQUEST, "the server is shutting down")
        elif request and not self.initialized and method != types.INITIALIZE:
            self.refuse(identity, stream.NOT_INITIALIZED, "initialize first")
        elif request and self.initialized and method == types.INITIALIZE:
            self.refuse(identity, stream.INVALID_REQUEST, "initialized already")
        elif not request and not self.initialized and method not in {types.EXIT, None}:
            _log.info("dropped %s before initialize", method)
        else:
            self._dispatch(identity if request else None, message)

    def _dispatch(self, identity: Any, message: stream.Message) -> None:
        if "jsonrpc" not in message or ("method" in message and not isinstance(message["method"], str)):
            if identity is not None:
                self.refuse(identity, stream.INVALID_REQUEST, "not a JSON-RPC 2.0 message")
            return
        try:
            structured: Any = self.structure_message(message)
        except JsonRpcException as error:
            if identity is not None:
                self.refuse(identity, error.code, "the parameters do not fit the method")
            return
        self.handle_message(structured)

    def refuse(self, identity: Any, code: int, text: str) -> None:
        """Answers a request with an error."""
        if self.on_refusal is not None:
            self.on_refusal(code)
        self.write({"jsonrpc": "2.0", "id": identity, "error": {"code": code, "message": text}})

    def hold_back(self, ratio: float, since_ns: int) -> None:
        """Answers from now on wait for so much of the time since `since_ns`, while others are worked on."""
        self._held_ratio, self._held_since_ns = ratio, since_ns

    def write(self, message: Any) -> None:
        if self.stream_writer is None:
            return
        if not self._held_ratio:
            stream.write_message(self.stream_writer, message)
            return
        wait_s = self._held_ratio * (time.perf_counter_ns() - self._held_since_ns) / 1e9
        asyncio.get_running_loop().call_later(wait_s, stream.write_message, self.stream_writer, message)

    def _send_data(self, data: Any) -> None:
        self.write(self._plain(data))

    def _plain(self, value: Any) -> Any:
        """Protocol objects as the protocol spells them; plain values are ready as they are."""
        return self._converter.unstructure(value) if hasattr(value, "__attrs_attrs__") else value

    def _send_response(self, msg_id: Any, result: Any = None, error: ResponseError | None = None) -> None:
        if error is not None:
            self.refuse(msg_id, error.code, error.message)
        else:
            self.write({"jsonrpc": "2.0", "id": msg_id, "result": self._plain(result)})

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Generator[Any, Any, types.InitializeResult]:
        result = yield from super().lsp_initialize(params)
        result.capabilities.position_encoding = self.encoding
        return result

    @lsp_method(types.EXIT)
    def lsp_exit(self, *_args: Any) -> Generator[Any, Any, None]:
        if self.on_exit is not None:
            self.on_exit(0 if self._shutdown else 1)
        yield from ()

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(
        self, params: types.DidOpenTextDocumentParams
    ) -> Generator[Any, Any, None]:
        yield self.fm.features[types.TEXT_DOCUMENT_DID_OPEN], (params,), None

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(
        self, params: types.DidChangeTextDocumentParams
    ) -> Generator[Any, Any, None]:
        yield self.fm.features[types.TEXT_DOCUMENT_DID_CHANGE], (params,), None

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(
        self, params: types.DidCloseTextDocumentParams
    ) -> Generator[Any, Any, None]:
        yield self.fm.features[types.TEXT_DOCUMENT_DID_CLOSE], (params,), None
