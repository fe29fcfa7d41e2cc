"""Backends over TCP: connecting to one that listens, one process for several clients, and who ends what."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from pathlib import Path

import pytest

from pytest_rustide_load.backends import parse_backend_choice, resolve_launcher
from pytest_rustide_load.backends.process import start_process
from pytest_rustide_load.backends.shared import SocketTransport, TcpLauncher, listening_process, serve_many
from pytest_rustide_load.errors import StartFailed
from pytest_rustide_load.ports import BackendInfo


def _echo_transport() -> tuple[SocketTransport, socket.socket]:
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    other, _ = listener.accept()
    listener.close()
    client.setblocking(False)
    return SocketTransport(client), other


def test_bytes_go_both_ways_and_our_end_is_told():
    async def run() -> tuple[bytes, bytes, list[str]]:
        transport, other = _echo_transport()
        got = bytearray()
        ends: list[str] = []
        transport.start(got.extend, ends.append)
        transport.write(b"to it")
        loop = asyncio.get_running_loop()
        other.setblocking(False)
        heard = await loop.sock_recv(other, 100)
        await loop.sock_sendall(other, b"from it")
        while not got:
            await asyncio.sleep(0)
        transport.close()
        # Nothing more comes from us: the other end reads our end.
        assert await loop.sock_recv(other, 100) == b""
        other.close()
        transport.abort()
        return heard, bytes(got), ends

    assert asyncio.run(run()) == (b"to it", b"from it", ["closed by this side"])


def test_a_server_that_resets_the_connection_is_told():
    async def run() -> list[str]:
        transport, other = _echo_transport()
        ends: list[str] = []
        transport.start(lambda _data: None, ends.append)
        other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        other.close()
        while not ends:
            await asyncio.sleep(0)
        return ends

    [reason] = asyncio.run(run())
    assert "reset" in reason or "closed" in reason


def test_nobody_listening_is_told_with_the_address():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(StartFailed, match=f"127.0.0.1:{port}.*is it listening"):
        asyncio.run(TcpLauncher(("127.0.0.1", port)).launch(Path()))


def test_the_process_behind_a_port_of_this_machine_is_found():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert listening_process(listener.getsockname()[1]) == os.getpid()
    assert listening_process(1) == 0


def test_one_embedded_process_serves_several_and_ends_with_the_last(tmp_path):
    async def run() -> None:
        launcher = resolve_launcher(parse_backend_choice("embedded"), environ=os.environ)
        assert launcher.shares
        server = await launcher.share(tmp_path)
        first, second = await server.connect(), await server.connect()
        assert first.pid == second.pid > 0
        await first.stop(grace_s=0.1)
        assert second.exit_code is None
        await second.stop(grace_s=0.1)
        await second.stop(grace_s=0.1)
        assert second.exit_code is not None

    asyncio.run(run())


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("print('hello', flush=True)", "ended: it closed its output"),
        ("import sys; sys.exit(3)", "ended: it closed its output"),
    ],
)
def test_one_that_does_not_say_where_it_listens_is_told(tmp_path, code, told):
    async def run() -> None:
        info = BackendInfo("mute", "", (sys.executable, "-c", code))
        process = await start_process(info, os.environ, tmp_path)
        with pytest.raises(StartFailed, match=told):
            await serve_many(process)
        assert process.exit_code is not None

    asyncio.run(run())
