"""The process's figures over HTTP, on the loopback address only and only to be read.

Must not know what is counted or Rust.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_rustide_load.reference_server.metrics import Metrics

LOOPBACK = "127.0.0.1"
_LIMIT_BYTES = 8192
_PATIENCE_S = 5.0
_MOST_AT_ONCE = 16


async def serve_endpoints(metrics: Metrics, port: int) -> asyncio.Server:
    """Listens on the loopback address (port 0 takes a free one). Raises OSError where it cannot."""
    answers: dict[str, Callable[[], dict[str, Any]]] = {
        "/api/metrics/performance": metrics.performance,
        "/api/metrics/resources": metrics.resources,
        "/api/metrics/errors": metrics.errors,
        "/api/health": lambda: {"status": "ok"},
    }
    open_now = 0

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal open_now
        open_now += 1
        try:
            if open_now > _MOST_AT_ONCE:
                writer.write(_response(HTTPStatus.SERVICE_UNAVAILABLE))
            else:
                async with asyncio.timeout(_PATIENCE_S):
                    head = await reader.readuntil(b"\r\n\r\n")
                    writer.write(_answer(head, answers))
                    await writer.drain()
        except asyncio.LimitOverrunError:
            writer.write(_response(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE))
        except (asyncio.IncompleteReadError, TimeoutError, ConnectionError):
            # Whoever leaves in mid-question or asks nothing is owed no answer.
            pass
        finally:
            open_now -= 1
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    return await asyncio.start_server(client, LOOPBACK, port, limit=_LIMIT_BYTES)


def _answer(head: bytes, answers: dict[str, Callable[[], dict[str, Any]]]) -> bytes:
    words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        return _response(HTTPStatus.BAD_REQUEST)
    if words[0] != "GET":
        return _response(HTTPStatus.METHOD_NOT_ALLOWED)
    found = answers.get(words[1].partition("?")[0])
    return _response(HTTPStatus.NOT_FOUND) if found is None else _response(HTTPStatus.OK, found())


def _response(status: HTTPStatus, value: dict[str, Any] | None = None) -> bytes:
    body = json.dumps(value if value is not None else {"error": status.phrase}).encode()
    allow = "Allow: GET\r\n" if status is HTTPStatus.METHOD_NOT_ALLOWED else ""
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n{allow}"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode("latin-1") + body
