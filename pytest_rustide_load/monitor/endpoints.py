"""What a backend says of itself over HTTP.

The paths are fixed: `/api/metrics/performance`, `/api/metrics/resources`, `/api/metrics/errors` and
`/api/health`, below the address the user names. No other address is ever asked: redirects are not followed.
Knows nothing of what the numbers mean.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import math
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.ports import Clock
from pytest_rustide_load.stats.observed import Scrape
from pytest_rustide_load.units import NS_PER_S

__all__ = ["EndpointScraper"]

_METRICS = ("performance", "resources", "errors")
_MAX_ANSWER_BYTES = 1 << 20
_MAX_VALUES = 1000
# The text format of Prometheus: NAME{LABELS} VALUE [TIMESTAMP]
_EXPOSED = re.compile(r"([A-Za-z_:][\w:]*)(?:\{[^}]*\})?\s+(\S+)(?:\s+-?\d+)?")


class EndpointScraper:
    """Asks the endpoints below `base_url`. Raises ConfigError for what is no such address."""

    def __init__(self, base_url: str, clock: Clock, *, timeout_s: float = 2.0) -> None:
        try:
            parts = urlsplit(base_url)
            port = parts.port
        except ValueError as error:
            raise ConfigError(f"{base_url!r} is no address: {error}") from None
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ConfigError(f"{base_url!r} is no address (write it like http://127.0.0.1:8080)")
        if parts.username is not None:
            raise ConfigError(f"an address with a user's name or password is not taken: {parts.hostname!r}")
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._host = parts.hostname
        self._port = port
        self._prefix = parts.path.rstrip("/")
        self.url = f"{parts.scheme}://{parts.netloc}{self._prefix}"
        self._clock = clock
        self._timeout_s = timeout_s
        self._socket: socket.socket | None = None
        self._closed = False
        # Guards the two: whoever cuts an answer off comes from another thread.
        self._lock = threading.Lock()

    def now_ns(self) -> int:
        return self._clock.now_ns()

    def scrape(self) -> Scrape:
        """Ask all of them, one after the other. Blocks for up to the time-out in all: call it in a thread."""
        at_ns = self._clock.now_ns()
        deadline_ns = at_ns + round(self._timeout_s * NS_PER_S)
        values: dict[str, float] = {}
        problems: list[str] = []
        for name in _METRICS:
            status, body = self._get(f"/api/metrics/{name}", deadline_ns)
            if status != 200:
                problems.append(f"/api/metrics/{name}: {body if status is None else f'status {status}'}")
                continue
            found = dict(_numbers(name, body))
            if not found:
                problems.append(f"/api/metrics/{name}: no numbers in the answer")
            values.update(found)
        status, _ = self._get("/api/health", deadline_ns)
        healthy = None if status == 404 else status is not None and 200 <= status < 300
        return Scrape(at_ns, healthy, values, tuple(problems))

    def close(self) -> None:
        """Give up what is awaited, and ask nothing more. Any thread may call it."""
        with self._lock:
            self._closed = True
        self._cut()

    def _cut(self) -> None:
        with self._lock:
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def _get(self, path: str, deadline_ns: int) -> tuple[int | None, str]:
        """Status and text; without a status, what went wrong."""
        left_s = (deadline_ns - self._clock.now_ns()) / NS_PER_S
        if left_s <= 0:
            return None, "timed out"
        connection = self._connect(left_s)
        # A time-out of the socket is of one piece of an answer; of all of them it is this one.
        timer = threading.Timer(left_s, self._cut)
        timer.daemon = True
        timer.start()
        try:
            connection.connect()
            with self._lock:
                if self._closed:
                    return None, "closed"
                # The connection forgets it as soon as an answer without a length begins.
                self._socket = connection.sock
            connection.request("GET", self._prefix + path, headers={"Accept": "application/json"})
            response = connection.getresponse()
            body = response.read(_MAX_ANSWER_BYTES + 1)
        except (OSError, http.client.HTTPException, ValueError) as error:
            late = self._clock.now_ns() >= deadline_ns
            return None, "timed out" if late else str(error) or type(error).__name__
        finally:
            timer.cancel()
            with self._lock:
                self._socket = None
            connection.close()
        if self._clock.now_ns() >= deadline_ns:
            # What was cut off is no answer, even if it reads like one.
            return None, "timed out"
        if len(body) > _MAX_ANSWER_BYTES:
            return None, f"more than {_MAX_ANSWER_BYTES >> 20} MiB"
        return response.status, body.decode(errors="replace")

    def _connect(self, timeout_s: float) -> http.client.HTTPConnection:
        if self._tls is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=timeout_s)
        return http.client.HTTPSConnection(self._host, self._port, timeout=timeout_s, context=self._tls)


def _numbers(name: str, body: str) -> list[tuple[str, float]]:
    """The finite numbers of an answer in JSON or in the text format of Prometheus, at most a thousand."""
    found: list[tuple[str, float]] = []
    try:
        pairs = _flatten(name, json.loads(body))
    except (ValueError, RecursionError):
        pairs = _exposed(name, body)
    for path, value in pairs:
        if math.isfinite(value) and len(found) < _MAX_VALUES:
            found.append((path, value))
    return found


def _flatten(path: str, value: object) -> Iterator[tuple[str, float]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flatten(f"{path}.{key}", inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _flatten(f"{path}.{index}", inner)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        # Whole numbers may be too large for a float.
        yield path, float(value) if abs(value) < 1e300 else math.inf


def _exposed(name: str, body: str) -> Iterator[tuple[str, float]]:
    for line in body.splitlines():
        match = _EXPOSED.fullmatch(line.strip())
        if match is not None:
            try:
                yield f"{name}.{match.group(1)}", float(match.group(2))
            except ValueError:
                continue
