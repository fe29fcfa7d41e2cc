"""Many clients on one server over TCP: one index, and each client's own open documents."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from pytest_rustide_load.reference_server.faults import Faults
from pytest_rustide_load.reference_server.handlers import register
from pytest_rustide_load.reference_server.serve import _serve
from pytest_rustide_load.reference_server.server import Hub, RustServer

_LIB = "pub mod part;\npub fn f() -> u8 { part::value() }\n"
_PART = "pub fn value() -> u8 { 1 }\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "demo"\nversion = "0.1.0"\n')
    (tmp_path / "src" / "lib.rs").write_text(_LIB)
    (tmp_path / "src" / "part.rs").write_text(_PART)
    return tmp_path


def _names(client: Any, uri: str) -> list[str]:
    found = client.request("textDocument/documentSymbol", {"textDocument": {"uri": uri}})
    return [one["name"] for one in found]


def _line_of_value(client: Any, project: Path) -> list[int]:
    found = client.at("definition", (project / "src" / "lib.rs").as_uri(), 1, 27)
    return [one["range"]["start"]["line"] for one in found]


def test_each_client_sees_its_own_open_documents(shared_server: Any, project: Path) -> None:
    one, two, three = (shared_server.client(project) for _ in range(3))
    for client in (one, two, three):
        client.initialize()
        client.wait_ready()
        assert client.statuses() == [False, True]
    part = (project / "src" / "part.rs").as_uri()
    one.open(part, "// one\n" + _PART)
    two.open(part, "pub fn added() {}\n// two\n" + _PART)
    for _ in range(3):
        assert _line_of_value(one, project) == [1]
        assert _line_of_value(two, project) == [2]
        assert _line_of_value(three, project) == [0]
        assert _names(one, part) == ["value"]
        assert _names(two, part) == ["added", "value"]
        assert one.request("rust-analyzer/viewFileText", {"uri": part}).startswith("// one")
        assert three.request("rust-analyzer/viewFileText", {"uri": part}) == _PART


def test_edits_of_clients_in_turn_reach_their_own_documents(shared_server: Any, project: Path) -> None:
    clients = [shared_server.client(project) for _ in range(2)]
    part = (project / "src" / "part.rs").as_uri()
    for client in clients:
        client.initialize()
        client.open(part, _PART)
    insert = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}
    for step in range(10):
        for number, client in enumerate(clients):
            change = {"range": insert, "text": f"// {number} {step}\n"}
            document = {"uri": part, "version": step + 2}
            params = {"textDocument": document, "contentChanges": [change]}
            client.notify("textDocument/didChange", params)
    for number, client in enumerate(clients):
        expected = "".join(f"// {number} {step}\n" for step in reversed(range(10))) + _PART
        assert client.request("rust-analyzer/viewFileText", {"uri": part}) == expected


def test_a_client_that_leaves_takes_its_documents_with_it(shared_server: Any, project: Path) -> None:
    one, two = (shared_server.client(project) for _ in range(2))
    part = (project / "src" / "part.rs").as_uri()
    for client in (one, two):
        client.initialize()
        client.wait_ready()
    one.open(part, "pub fn other() {}\n")
    assert _line_of_value(one, project) == []
    assert one.request("shutdown", None) is None
    one.notify("exit", None)
    assert not one.pump()
    assert _line_of_value(two, project) == [0]
    again = shared_server.client(project)
    again.initialize()
    again.wait_ready()
    assert _line_of_value(again, project) == [0]


def test_a_client_that_is_gone_before_its_answer_is_no_error() -> None:
    class Gone:
        """What is left of a connection that the other end has closed."""

        def write(self, data: bytes) -> None:
            """Nobody reads it."""

        async def drain(self) -> None:
            raise ConnectionResetError

    async def serve() -> int:
        reader = asyncio.StreamReader()
        body = b'{"jsonrpc":"2.0","id":1,"method":"shutdown"}'
        reader.feed_data(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        reader.feed_eof()
        server = RustServer("0", Hub(), Faults())
        register(server)
        return await _serve(server, reader, cast(asyncio.StreamWriter, Gone()))

    assert asyncio.run(serve()) == 1


def test_five_clients_asking_at_once_get_answers_about_their_own_text(
    shared_server: Any, project: Path
) -> None:
    clients = [shared_server.client(project) for _ in range(5)]
    part = (project / "src" / "part.rs").as_uri()
    for client in clients:
        client.initialize()
    for number, client in enumerate(clients):
        client.wait_ready()
        client.open(part, "\n" * number + _PART)
    for version in range(2, 12):
        asked = []
        for client in clients:
            start = {"line": 0, "character": 0}
            change = {"range": {"start": start, "end": start}, "text": "\n"}
            client.notify(
                "textDocument/didChange",
                {"textDocument": {"uri": part, "version": version}, "contentChanges": [change]},
            )
            asked.append(client.send("rust-analyzer/viewFileText", {"uri": part}))
        for number, client in enumerate(clients):
            assert client.reply(asked[number])["result"] == "\n" * (number + version - 1) + _PART
    for number, client in enumerate(clients):
        assert _line_of_value(client, project) == [number + 10]
