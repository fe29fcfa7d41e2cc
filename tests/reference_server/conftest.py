"""Fixtures: Rust snippets with marks in them, and a client for the server as a real process."""

from __future__ import annotations

import json
import os
import queue
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_rustide_load.reference_server.resolve import Resolver
from pytest_rustide_load.reference_server.workspace import Workspace

_FILE = re.compile(r"^//- (\S+)\n", re.MULTILINE)
_TIMEOUT_S = 30.0


class Snippet:
    """A workspace written as one string.

    `//- /path` begins a file (else it is /src/lib.rs of crate `demo`), `$0` stands before the name asked
    about, `/*def*/` before the name that declares it, `/*use*/` before each use of it.
    """

    def __init__(self, root: Path, code: str) -> None:
        parts = _FILE.split(code)
        files = dict(zip(parts[1::2], parts[2::2], strict=True)) or {"/src/lib.rs": code}
        if not any(name.endswith("Cargo.toml") for name in files):
            files["/Cargo.toml"] = '[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2021"\n'
        self.root = root
        self.cursor: tuple[str, int] | None = None
        self.marks: dict[str, list[tuple[str, int]]] = {"def": [], "use": []}
        for name, text in files.items():
            path = root / name.lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self._without_cursor(str(path), text), encoding="utf-8", newline="")
        self.workspace = Workspace()
        for _ in self.workspace.load(root):
            pass
        self.resolver = Resolver(self.workspace)

    def _without_cursor(self, path: str, text: str) -> str:
        at = text.find("$0")
        if at >= 0:
            self.cursor = (path, len(text[:at].encode()))
            text = text[:at] + text[at + 2 :]
        for mark, places in self.marks.items():
            data = text.encode()
            places.extend((path, match.end()) for match in re.finditer(rf"/\*{mark}\*/".encode(), data))
        return text

    @property
    def at(self) -> tuple[Any, int]:
        assert self.cursor is not None
        return self.workspace.files[self.cursor[0]], self.cursor[1]

    def definitions(self) -> list[tuple[str, int]]:
        return sorted((place.file.path, place.start) for place in self.resolver.definitions(*self.at))

    def references(self) -> list[tuple[str, int]]:
        places = {
            (place.file.path, place.start)
            for symbol in self.resolver.symbols_at(*self.at)
            for place in self.resolver.references(symbol)
        }
        return sorted(places)


@pytest.fixture
def snippet(tmp_path: Path) -> Callable[[str], Snippet]:
    return lambda code: Snippet(tmp_path, code)


@pytest.fixture
def check(snippet: Callable[[str], Snippet]) -> Callable[[str], Snippet]:
    """Asserts that the cursor's name is declared at the `def` marks and, if any is given, used at the `use`
    marks and nowhere else."""

    def run(code: str) -> Snippet:
        made = snippet(code)
        assert made.definitions() == sorted(made.marks["def"])
        if made.marks["use"]:
            assert made.references() == sorted(made.marks["use"])
        return made

    return run


class Wire:
    """Speaks to a server over two streams; answers what the server asks."""

    def __init__(
        self, reader: Any, writer: Any, root: Path | None, encodings: tuple[str, ...] | None
    ) -> None:
        self.reader = reader
        self.writer = writer
        self.root = root
        self.encodings = encodings
        self.replies: dict[Any, dict[str, Any]] = {}
        self.notifications: list[dict[str, Any]] = []
        self._inbox: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._last = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while True:
            size = 0
            while (line := self._line()) not in {b"\r\n", b""}:
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    size = int(value)
            if line == b"":
                self._inbox.put(None)
                return
            self._inbox.put(json.loads(self.reader.read(size)))

    def _line(self) -> bytes:
        try:
            return bytes(self.reader.readline())
        except (OSError, ValueError):
            return b""

    def raw(self, data: bytes) -> None:
        self.writer.write(data)
        self.writer.flush()

    def write(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.raw(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def notify(self, method: str, params: Any) -> None:
        self.write({"method": method, "params": params})

    def send(self, method: str, params: Any) -> int:
        self._last += 1
        self.write({"id": self._last, "method": method, "params": params})
        return self._last

    def pump(self) -> bool:
        """Takes one message; False at the end of the stream."""
        message = self._inbox.get(timeout=_TIMEOUT_S)
        if message is None:
            return False
        if "method" in message and "id" in message:
            self.write({"id": message["id"], "result": None})
        elif "method" in message:
            self.notifications.append(message)
        else:
            self.replies[message["id"]] = message
        return True

    def reply(self, identity: Any) -> dict[str, Any]:
        while identity not in self.replies:
            assert self.pump(), "the server went away"
        return self.replies.pop(identity)

    def request(self, method: str, params: Any) -> Any:
        reply = self.reply(self.send(method, params))
        assert "error" not in reply, reply
        return reply["result"]

    def initialize(self, *, process_id: int | None = None, status: bool = True) -> dict[str, Any]:
        general = {"positionEncodings": list(self.encodings)} if self.encodings is not None else {}
        result: dict[str, Any] = self.request(
            "initialize",
            {
                "processId": process_id or os.getpid(),
                "rootUri": self.root.as_uri() if self.root is not None else None,
                "capabilities": {
                    "general": general,
                    "workspace": {"fileOperations": {"willRename": True}},
                    "experimental": {"serverStatusNotification": status},
                },
            },
        )
        self.notify("initialized", {})
        return result

    def statuses(self) -> list[bool]:
        return [
            note["params"]["quiescent"]
            for note in self.notifications
            if note["method"] == "experimental/serverStatus"
        ]

    def wait_ready(self) -> None:
        while self.statuses()[-1:] != [True]:
            assert self.pump(), "the server went away"

    def at(self, method: str, uri: str, line: int, column: int, **more: Any) -> Any:
        position = {"line": line, "character": column}
        return self.request(
            f"textDocument/{method}", {"textDocument": {"uri": uri}, "position": position, **more}
        )

    def open(self, uri: str, text: str, version: int = 1) -> None:
        document = {"uri": uri, "languageId": "rust", "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})


def _start(arguments: tuple[str, ...]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "pytest_rustide_load.reference_server", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()


class Client(Wire):
    """A server process of its own, spoken to over its standard streams."""

    def __init__(
        self,
        root: Path | None,
        encodings: tuple[str, ...] | None = ("utf-8", "utf-16"),
        arguments: tuple[str, ...] = (),
    ) -> None:
        self.process = _start(arguments)
        super().__init__(self.process.stdout, self.process.stdin, root, encodings)

    def wait_exit(self) -> int:
        return self.process.wait(_TIMEOUT_S)

    def close(self) -> None:
        _end(self.process)


class SharedServer:
    """A server process that many clients connect to."""

    def __init__(self) -> None:
        self.process = _start(("--tcp", "127.0.0.1:0"))
        assert self.process.stdout is not None
        said = self.process.stdout.readline().decode()
        self.address = said.removeprefix("listening on ").strip()
        self._sockets: list[socket.socket] = []

    def client(self, root: Path) -> Wire:
        host, _, port = self.address.rpartition(":")
        connection = socket.create_connection((host, int(port)), timeout=_TIMEOUT_S)
        self._sockets.append(connection)
        return Wire(connection.makefile("rb"), connection.makefile("wb"), root, ("utf-8",))

    def close(self) -> None:
        _end(self.process)
        for connection in self._sockets:
            connection.close()


@pytest.fixture
def shared_server() -> Iterator[SharedServer]:
    server = SharedServer()
    yield server
    server.close()


@pytest.fixture
def connect() -> Iterator[Callable[..., Client]]:
    """Starts servers; all are gone after the test."""
    clients: list[Client] = []

    def start(root: Path | None = None, **options: Any) -> Client:
        clients.append(Client(root, **options))
        return clients[-1]

    yield start
    for client in clients:
        client.close()
