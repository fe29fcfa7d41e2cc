"""The process: serving over stdin and stdout or over TCP, and when it ends.

Must not know methods or Rust.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.endpoints import LOOPBACK, serve_endpoints
from pytest_rustide_load.reference_server.handlers import register
from pytest_rustide_load.reference_server.server import RustServer
from pytest_rustide_load.reference_server.stream import Connection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pytest_rustide_load.reference_server.faults import Faults
    from pytest_rustide_load.reference_server.server import Hub

_log = logging.getLogger(__name__)
_WATCH_S = 0.5
_LIMIT_BYTES = 1 << 20


def _prepare() -> None:
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s"
    )
    # pygls logs what is answered with an error anyway.
    logging.getLogger("pygls").setLevel(logging.CRITICAL)
    sys.setrecursionlimit(20_000)
    gc.set_threshold(50_000, 20, 50)


def serve_stdio(version: str, hub: Hub, faults: Faults, http_port: int | None = None) -> int:
    """Serves one client over stdin and stdout; returns the exit status. With `http_port` its figures can be
    read there; stderr says where, as stdout is the protocol's."""
    _prepare()
    return asyncio.run(_stdio(version, hub, faults, http_port))


def serve_tcp(
    version: str, address: tuple[str, int], hub: Hub, faults: Faults, http_port: int | None = None
) -> int:
    """Serves any number of clients until the process is ended; says on stdout where it listens."""
    _prepare()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_tcp(version, address, hub, faults, http_port))
    return 0


async def _stdio(version: str, hub: Hub, faults: Faults, http_port: int | None) -> int:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=_LIMIT_BYTES)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    transport, flow = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, sys.stdout.buffer)
    writer = asyncio.StreamWriter(transport, flow, None, loop)
    leaking = asyncio.ensure_future(faults.leak())
    try:
        async with _figures(hub, http_port):
            return await _serve(_server(version, hub, faults), reader, writer)
    finally:
        leaking.cancel()


@contextlib.asynccontextmanager
async def _figures(hub: Hub, port: int | None) -> AsyncIterator[None]:
    """Serves the figures meanwhile, if a port is given."""
    if port is None:
        yield
        return
    endpoints = await serve_endpoints(hub.metrics, port)
    sys.stderr.write(f"figures on http://{LOOPBACK}:{endpoints.sockets[0].getsockname()[1]}\n")
    sys.stderr.flush()
    try:
        yield
    finally:
        endpoints.close()


async def _tcp(
    version: str, address: tuple[str, int], hub: Hub, faults: Faults, http_port: int | None
) -> None:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _serve(_server(version, hub, faults), reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    listener = await asyncio.start_server(client, *address, limit=_LIMIT_BYTES)
    leaking = asyncio.ensure_future(faults.leak())
    name, number = listener.sockets[0].getsockname()[:2]
    sys.stdout.write(f"listening on {name}:{number}\n")
    sys.stdout.flush()
    try:
        async with _figures(hub, http_port), listener:
            await listener.serve_forever()
    finally:
        leaking.cancel()


def _server(version: str, hub: Hub, faults: Faults) -> RustServer:
    server = RustServer(version, hub, faults)
    register(server)
    return server


async def _serve(server: RustServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    """Serves one client until it is done; returns 0 if it said goodbye properly, else 1."""
    protocol = server.protocol
    server.hub.metrics.clients += 1
    protocol.stream_writer = writer
    connection = Connection(reader, writer, server.handle, protocol.refuse)
    status = [1]

    def leave(code: int) -> None:
        status[0] = code
        connection.stopped.set()

    protocol.on_exit = leave
    watch = asyncio.ensure_future(_watch_client(server, connection.stopped))
    try:
        # A client may close its end as soon as it has said `exit`.
        with contextlib.suppress(ConnectionError):
            await connection.run()
    finally:
        watch.cancel()
        server.hub.metrics.clients -= 1
        server.documents.leave()
    return status[0]


async def _watch_client(server: RustServer, stop: asyncio.Event) -> None:
    """Ends the connection when the client's process is gone."""
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
