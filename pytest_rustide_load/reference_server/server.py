"""The server: one connection's handlers, indexing beside them, start and end of the process.

Must not know Rust; it asks the resolver and puts answers into the protocol's shapes.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from pytest_rustide_load.reference_server import SERVER_NAME
from pytest_rustide_load.reference_server.convert import path_of
from pytest_rustide_load.reference_server.documents import Documents
from pytest_rustide_load.reference_server.protocol import Protocol
from pytest_rustide_load.reference_server.resolve import Resolver
from pytest_rustide_load.reference_server.stream import Connection
from pytest_rustide_load.reference_server.text import UTF8, UTF16
from pytest_rustide_load.reference_server.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

_log = logging.getLogger(__name__)
_SLICE_S = 0.005
_WATCH_S = 0.5
# Reading bodies ahead makes the first answers fast; on a big workspace it must not put off being ready.
_PRIME_S = 3.0


class RustServer(LanguageServer):
    """What one client is told about a workspace."""

    protocol: Protocol

    def __init__(self, version: str, workspace: Workspace) -> None:
        super().__init__(SERVER_NAME, version, protocol_cls=Protocol)
        self.rust = workspace
        self.resolver = Resolver(workspace)
        self.documents = Documents(workspace, UTF16)
        self.roots: list[Path] = []
        self.tells_status = False

    @property
    def encoding(self) -> str:
        return self.documents.encoding

    def begin(self, params: types.InitializeParams) -> None:
        """Takes what the client said in `initialize`."""
        self.documents.encoding = self.protocol.encoding = _encoding(params)
        self.roots = _roots(params)
        experimental = params.capabilities.experimental
        if not isinstance(experimental, dict):
            experimental = getattr(experimental, "__dict__", None) or _asdict(experimental)
        self.tells_status = bool(experimental.get("serverStatusNotification"))
        self.protocol.initialized = True

    def tell_status(self, quiescent: bool) -> None:
        if self.tells_status:
            self.protocol.write(
                {
                    "jsonrpc": "2.0",
                    "method": "experimental/serverStatus",
                    "params": {"health": "ok", "quiescent": quiescent},
                }
            )

    async def index(self) -> None:
        """Reads the workspace in slices, between messages."""
        self.tell_status(False)
        for root in self.roots:
            await _in_slices(self.rust.load(root))
        await _in_slices(self.resolver.prime(), limit_s=_PRIME_S)
        # What has been read lives as long as the server: no collection needs to look at it again.
        gc.collect()
        gc.freeze()
        self.tell_status(True)


async def _in_slices(steps: Iterator[object], limit_s: float = float("inf")) -> None:
    """Takes the steps, at most for `limit_s`, letting messages through every few milliseconds."""
    start = time.perf_counter()
    slice_end = start + _SLICE_S
    for _ in steps:
        now = time.perf_counter()
        if now - start > limit_s:
            return
        if now > slice_end:
            await asyncio.sleep(0)
            slice_end = time.perf_counter() + _SLICE_S


def _asdict(value: object) -> dict[str, Any]:
    fields = getattr(value, "_asdict", None)
    return fields() if fields is not None else {}


def _encoding(params: types.InitializeParams) -> str:
    general = params.capabilities.general
    offered = (
        [str(getattr(one, "value", one)) for one in (general.position_encodings or ())] if general else []
    )
    return UTF8 if UTF8 in offered else UTF16


def _roots(params: types.InitializeParams) -> list[Path]:
    uris = [folder.uri for folder in params.workspace_folders or ()]
    if not uris and params.root_uri:
        uris = [params.root_uri]
    paths = [Path(path_of(uri)) for uri in uris]
    if not paths and params.root_path:
        paths = [Path(params.root_path)]
    return [path for path in paths if path.is_dir()]


async def _watch_parent(server: RustServer, stop: asyncio.Event) -> None:
    """Ends the server when the client's process is gone."""
    while not stop.is_set():
        await asyncio.sleep(_WATCH_S)
        client = server.process_id
        if client is not None and not _alive(client):
            _log.warning("the client's process is gone")
            stop.set()


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        stat = Path(f"/proc/{process}/stat").read_bytes()
    except OSError:
        return True
    return stat.rpartition(b")")[2].split()[:1] != [b"Z"]


async def serve(server: RustServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    """Serves one client until it is done; returns the exit status."""
    protocol = server.protocol
    protocol.stream_writer = writer
    connection = Connection(reader, writer, protocol.dispatch, protocol.refuse)
    status = [1]

    def leave(code: int) -> None:
        status[0] = code
        connection.stopped.set()

    protocol.on_exit = leave
    watch = asyncio.ensure_future(_watch_parent(server, connection.stopped))
    try:
        await connection.run()
    finally:
        watch.cancel()
    return status[0]


def serve_stdio(version: str) -> int:
    """Serves one client over stdin and stdout."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("pygls").setLevel(logging.CRITICAL)
    sys.setrecursionlimit(20_000)
    gc.set_threshold(50_000, 20, 50)
    return asyncio.run(_stdio(version))


async def _stdio(version: str) -> int:
    from pytest_rustide_load.reference_server.handlers import register

    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    transport, flow = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, sys.stdout.buffer)
    writer = asyncio.StreamWriter(transport, flow, None, loop)
    server = RustServer(version, Workspace())
    register(server)
    return await serve(server, reader, writer)
