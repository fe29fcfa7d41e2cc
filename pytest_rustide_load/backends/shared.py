"""Backends over TCP: one that was found listening, or one process that serves a whole team.

Knows nothing of LSP. Addresses that are not loopback are used only because the user named them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import resource
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from pytest_rustide_load.backends.transport import PipeTransport
from pytest_rustide_load.errors import Crashed, StartFailed
from pytest_rustide_load.ports import BackendInfo

if TYPE_CHECKING:
    from pytest_rustide_load.backends.process import BackendProcess
    from pytest_rustide_load.errors import BackendError

__all__ = [
    "Connection",
    "SharedServer",
    "SocketTransport",
    "TcpLauncher",
    "allow_connections",
    "listening_process",
    "serve_many",
]

_CONNECT_S = 10.0
_LISTENING = re.compile(rb"listening on (\S+):(\d+)\s")
_SAYS_WHERE_S = 30.0


class SocketTransport(PipeTransport):
    """ports.Transport over a connected socket, which it takes over and closes."""

    def __init__(self, connected: socket.socket) -> None:
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = connected
        super().__init__(os.dup(connected.fileno()), os.dup(connected.fileno()))

    def _stop_writing(self) -> None:
        super()._stop_writing()
        # Closing one of two descriptors tells the other end nothing.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def _end(self, reason: str) -> None:
        super()._end(reason)
        self._socket.close()


class Connection:
    """ports.RunningBackend of one client of a server that may have others.

    `pid` is 0 where the server's process is not known. Of a `server` of our own the last connection that is
    stopped ends the process.
    """

    def __init__(
        self,
        info: BackendInfo,
        transport: SocketTransport,
        *,
        pid: int,
        started_ns: int,
        server: SharedServer | None = None,
    ) -> None:
        self._info = info
        self._transport = transport
        self._server = server
        self._stopped = False
        self.started_ns = started_ns
        self.pid = pid
        self.backend_pid = pid if server is None else server.process.backend_pid

    @property
    def info(self) -> BackendInfo:
        return self._info

    @property
    def exit_code(self) -> int | None:
        return None if self._server is None else self._server.process.exit_code

    def transport(self) -> SocketTransport:
        return self._transport

    def stderr_tail(self) -> str:
        """What a process of ours wrote; nothing is known of another's."""
        return "" if self._server is None else self._server.process.stderr_tail()

    def end_error(self, doing: str) -> BackendError | None:
        """How the server's end while `doing` something is to be reported; None while it lives."""
        if self.exit_code is None:
            return None
        return Crashed(
            f"{self._info.name} ended while {doing}", exit_code=self.exit_code, stderr_tail=self.stderr_tail()
        )

    def kill(self) -> None:
        """SIGKILL the server's processes at once, if they are ours: every client's connection ends."""
        if self._server is not None:
            self._server.process.kill()

    async def stop(self, *, grace_s: float) -> None:
        """Close the connection; the server's process ends with the last one, if it is ours. Idempotent."""
        if self._stopped:
            return
        self._stopped = True
        self._transport.close()
        self._transport.abort()
        if self._server is not None:
            await self._server.left(grace_s)


class SharedServer:
    """A process that listens at `address`. `connect()` for each client; it ends with the last of them."""

    def __init__(self, process: BackendProcess, address: tuple[str, int]) -> None:
        self.process = process
        self.address = address
        self._clients = 0

    @property
    def ended(self) -> bool:
        return self.process.exit_code is not None

    async def connect(self) -> Connection:
        """One more client. Raises StartFailed."""
        self._clients += 1
        started_ns = time.perf_counter_ns() if self._clients > 1 else self.process.started_ns
        info = self.process.info
        try:
            transport = await _connect(self.address, info.name)
        except BaseException:
            await self.left(0)
            raise
        return Connection(info, transport, pid=self.process.pid, started_ns=started_ns, server=self)

    async def left(self, grace_s: float) -> None:
        """A client is gone."""
        self._clients -= 1
        if self._clients <= 0:
            await self.process.stop(grace_s=min(grace_s, 0.1))


class TcpLauncher:
    """ports.Launcher of a server that listens already, at an address the user named: each launch is one more
    client of it. Whose process that is only matters where it `finds_process`."""

    shares = True
    # Whether a server of somebody else is there shows when one connects.
    ended = False

    def __init__(self, address: tuple[str, int], *, finds_process: bool = True) -> None:
        host, port = address
        self.address = address
        self._finds_process = finds_process
        place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._info = BackendInfo(f"tcp://{place}", "", (place,))
        self.details: Mapping[str, str] = {}

    @property
    def info(self) -> BackendInfo:
        return self._info

    def caching(self) -> TcpLauncher:
        """Itself: what a server of somebody else keeps is its own business."""
        return self

    async def launch(
        self,
        workspace: Path,  # noqa: ARG002  the server hears of it in LSP
        *,
        within: tuple[str, ...] = (),  # noqa: ARG002  nothing is started
    ) -> Connection:
        """Connect. Raises StartFailed."""
        started_ns = time.perf_counter_ns()
        transport = await _connect(self.address, self._info.name)
        looks = self._finds_process and _is_local(self.address[0])
        pid = listening_process(self.address[1]) if looks else 0
        return Connection(self._info, transport, pid=pid, started_ns=started_ns)

    async def share(self, workspace: Path, *, within: tuple[str, ...] = ()) -> TcpLauncher:  # noqa: ARG002
        """What further clients `connect` to: itself."""
        return self

    async def connect(self) -> Connection:
        """One more client. Raises StartFailed."""
        return await self.launch(Path())


async def serve_many(process: BackendProcess) -> SharedServer:
    """A process that says on stdout where it listens. Raises StartFailed; nothing is left running then."""
    said = bytearray()
    done: asyncio.Future[tuple[str, int]] = asyncio.get_running_loop().create_future()

    def on_bytes(data: bytes) -> None:
        if done.done():
            return
        said.extend(data)
        found = _LISTENING.search(said)
        if found is not None and not done.done():
            done.set_result((found[1].decode(), int(found[2])))

    def on_closed(reason: str) -> None:
        if not done.done():
            done.set_exception(StartFailed(f"{process.info.name} ended: {reason}"))

    process.transport().start(on_bytes, on_closed)
    try:
        async with asyncio.timeout(_SAYS_WHERE_S):
            address = await done
    except (TimeoutError, StartFailed) as error:
        await process.stop(grace_s=0)
        why = str(error) or f"it did not say where it listens within {_SAYS_WHERE_S:g} s"
        raise StartFailed(
            f"{process.info.name} cannot serve a team: {why}", stderr_tail=process.stderr_tail()
        ) from None
    except BaseException:
        process.kill()
        raise
    return SharedServer(process, address)


def allow_connections() -> None:
    """Let this process, and those it starts, have as many descriptors as they may: every client takes
    three, and its server one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def listening_process(port: int) -> int:
    """The process of this machine that listens on `port`, as far as one may see it; 0 otherwise."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.Error:
        return 0
    for connection in connections:
        # An address is a pair of host and port, or nothing.
        if connection.status == psutil.CONN_LISTEN and tuple(connection.laddr)[1:] == (port,):
            return connection.pid or 0
    return 0


async def _connect(address: tuple[str, int], name: str) -> SocketTransport:
    loop = asyncio.get_running_loop()
    why = ""
    try:
        async with asyncio.timeout(_CONNECT_S):
            found = await loop.getaddrinfo(*address, type=socket.SOCK_STREAM)
            for family, kind, protocol, _, place in found:
                connected = socket.socket(family, kind, protocol)
                connected.setblocking(False)
                try:
                    await loop.sock_connect(connected, place)
                except OSError as error:
                    connected.close()
                    why = error.strerror or str(error)
                    continue
                except BaseException:
                    connected.close()
                    raise
                return SocketTransport(connected)
    except TimeoutError:
        why = f"no answer within {_CONNECT_S:g} s"
    except OSError as error:
        why = error.strerror or str(error)
    host, port = address
    raise StartFailed(f"cannot connect to {name} at {host}:{port}: {why}; is it listening there?")


def _is_local(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")
