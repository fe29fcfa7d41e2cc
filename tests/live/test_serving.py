"""The live view: what its addresses answer, to whom, and that a viewer who does not read harms nobody."""

from __future__ import annotations

import http.client
import json
import socket
import time

import msgspec
import pytest

pytest.importorskip("uvicorn", reason="needs the live extra: pip install -e '.[test]'")

from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.live.app import live_app
from pytest_rustide_load.live.board import Board
from pytest_rustide_load.live.serving import BackgroundServer
from pytest_rustide_load.report.live import LiveHealth, LiveState, idle_state

pytestmark = pytest.mark.alone


class Run:
    """Stands a second further at each look."""

    def __init__(self) -> None:
        self.looks = 0

    def look(self) -> LiveState:
        self.looks += 1
        idle = idle_state()
        performance = msgspec.structs.replace(
            idle.performance, scenario="x" * 50_000, elapsed_s=float(self.looks)
        )
        health = LiveHealth(status="running", scenario="x", phase="measuring", active_alerts=())
        return msgspec.structs.replace(idle, performance=performance, health=health)


@pytest.fixture
def board():
    return Board()


@pytest.fixture
def port(board, monkeypatch):
    monkeypatch.setattr("pytest_rustide_load.live.board._EVERY_S", 0.01)
    server = BackgroundServer(live_app(board, "<p>page</p>"), port=0, source="--load-live")
    yield int(server.address.rsplit(":", 1)[1].strip("/"))
    server.stop()
    server.stop()


def ask(port: int, path: str, **headers: str) -> tuple[int, str, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type"), answer.read()
    finally:
        connection.close()


def until(condition) -> None:
    deadline_s = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.005)


def test_each_address_answers_and_only_to_its_own_name(board, port):
    assert json.loads(ask(port, "/api/health")[2])["status"] == "idle"
    board.begin(Run().look)
    until(lambda: json.loads(ask(port, "/api/health")[2])["status"] == "running")
    for path, key in {"performance": "operations", "resources": "rss_mb", "errors": "alerts"}.items():
        status, kind, body = ask(port, f"/api/metrics/{path}")
        assert (status, kind) == (200, "application/json")
        assert key in json.loads(body)
    assert json.loads(ask(port, "/api/schema")[2])["/api/health"]["$schema"].startswith(
        "https://json-schema.org"
    )
    status, kind, body = ask(port, "/metrics")
    assert kind == "text/plain; version=0.0.4; charset=utf-8"
    assert body.startswith(b"# HELP rustide_load_running")
    assert ask(port, "/")[2] == b"<p>page</p>"
    assert ask(port, "/", Host="evil.example")[0] == 400
    # Nor does it listen anywhere else, be it on this machine.
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=30)
    assert ask(port, "/api/nothing")[0] == 404
    board.end()
    until(lambda: json.loads(ask(port, "/api/health")[2])["status"] == "idle")


def test_the_stream_tells_what_was_and_what_comes(board, port):
    run = Run()
    board.begin(run.look)
    until(lambda: run.looks > 5)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/events")
    answer = connection.getresponse()
    assert answer.getheader("Content-Type").startswith("text/event-stream")
    seen = []
    while len(seen) < 20:
        line = answer.readline()
        if line.startswith(b"data: "):
            seen.append(json.loads(line[6:])["performance"]["elapsed_s"])
    assert seen[0] == 1.0
    assert seen == sorted(seen)
    connection.close()


def test_a_viewer_that_does_not_read_holds_nobody_up(board, port):
    run = Run()
    board.begin(run.look)
    deaf = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(3)]
    for one in deaf:
        one.sendall(f"GET /events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    # Far more than all buffers on the way hold.
    until(lambda: run.looks > 300)
    assert json.loads(ask(port, "/api/health")[2])["status"] == "running"
    assert all(queue.qsize() <= 4 for queue in board._viewers)
    begin_s = time.monotonic()
    board.end()
    assert time.monotonic() - begin_s < 1
    for one in deaf:
        one.close()


def test_a_port_that_is_taken_is_told():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            ConfigError, match=f"127.0.0.1:{port} cannot be listened on: Address already in use"
        ):
            BackgroundServer(live_app(Board(), ""), port=port, source="--load-live")
