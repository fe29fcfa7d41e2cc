"""The server's own figures over HTTP."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Connect = Callable[..., Any]


@pytest.fixture
def served(connect: Connect, tmp_path: Path) -> tuple[Any, int]:
    (tmp_path / "lib.rs").write_text("pub fn f() {}\n")
    client = connect(tmp_path, arguments=("--http", "0"))
    said = client.process.stderr.readline().decode()
    assert said.startswith("figures on http://127.0.0.1:")
    client.initialize()
    client.wait_ready()
    return client, int(said.rpartition(":")[2])


def _ask(port: int, path: str, method: str = "GET") -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def test_requests_and_errors_are_counted_where_they_happen(served: tuple[Any, int], tmp_path: Path) -> None:
    client, port = served
    uri = (tmp_path / "lib.rs").as_uri()
    for _ in range(5):
        client.at("hover", uri, 0, 7)
    assert "error" in client.reply(client.send("no/such", {}))
    status, performance = _ask(port, "/api/metrics/performance")
    hover = performance["methods"]["textDocument/hover"]
    assert (status, hover["requests"]) == (200, 5)
    assert 0 < hover["p50_ms"] <= hover["p95_ms"] <= hover["max_ms"]
    assert _ask(port, "/api/metrics/errors") == (200, {"errors": 1, "by_code": {"-32601": 1}})
    _, resources = _ask(port, "/api/metrics/resources")
    assert resources["clients"] == 1
    assert resources["rss_peak_mb"] > 10
    assert _ask(port, "/api/health") == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("GET", "/api/../etc", 404), ("POST", "/api/health", 405)],
)
def test_nothing_else_is_answered(served: tuple[Any, int], method: str, path: str, status: int) -> None:
    assert _ask(served[1], path, method)[0] == status


def test_endless_headers_and_garbage_do_no_harm(served: tuple[Any, int]) -> None:
    _, port = served
    for data, start in ((b"GET /" + b"x" * 20_000, b"HTTP/1.1 431"), (b"\x00\r\n\r\n", b"HTTP/1.1 400")):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(data)
            assert connection.recv(12) == start
    assert _ask(port, "/api/health")[0] == 200
