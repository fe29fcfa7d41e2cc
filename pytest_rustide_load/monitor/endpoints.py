"""What a backend says of itself over HTTP.

The paths are fixed: `/api/metrics/performance`, `/api/metrics/resources`, `/api/metrics/errors` and
`/api/health`, below the address the user names. No other address is ever asked: redirects are not followed.
Knows nothing of what the numbers mean.
"""

from __future__ import annotations

import http.client
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.ports import Clock

__all__ = ["EndpointScraper", "Scrape"]

_METRICS = ("performance", "resources", "errors")
_MAX_ANSWER_BYTES = 1 << 20
_MAX_VALUES = 1000
# The text format of Prometheus: NAME{LABELS} VALUE [TIMESTAMP]
_EXPOSED = re.compile(r"([A-Za-z_:][\w:]*)(?:\{[^}]*\})?\s+(\S+)(?:\s+-?\d+)?")


@dataclass(frozen=True, slots=True)
class Scrape:
    """What the endpoints said at one moment of the run's time axis.

    `values` are the numbers by their path in the answer, such as `resources.memory.rss_mb`. `healthy` is None
    where there is no health check. `problems` say which endpoint did not answer as it should.
    """

    at_ns: int
    healthy: bool | None
    values: Mapping[str, float]
    problems: tuple[str, ...] = ()


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
        self._secure = parts.scheme == "https"
        self._host = parts.hostname
        self._port = port
        self._prefix = parts.path.rstrip("/")
        self._clock = clock
        self._timeout_s = timeout_s

    def scrape(self) -> Scrape:
        """Ask all of them, one after the other. Blocks for up to the time-out each: call it in a thread."""
        at_ns = self._clock.now_ns()
        values: dict[str, float] = {}
        problems: list[str] = []
        for name in _METRICS:
            status, body = self._get(f"/api/metrics/{name}")
            if status != 200:
                problems.append(f"/api/metrics/{name}: {body if status is None else f'status {status}'}")
                continue
            found = dict(_numbers(name, body))
            if not found:
                problems.append(f"/api/metrics/{name}: no numbers in the answer")
            values.update(found)
        status, _ = self._get("/api/health")
        healthy = None if status == 404 else status is not None and 200 <= status < 300
        return Scrape(at_ns, healthy, values, tuple(problems))

    def _get(self, path: str) -> tuple[int | None, str]:
        """Status and text; without a status, what went wrong."""
        connect = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = connect(self._host, self._port, timeout=self._timeout_s)
        try:
            connection.request("GET", self._prefix + path, headers={"Accept": "application/json"})
            response = connection.getresponse()
            body = response.read(_MAX_ANSWER_BYTES + 1)
        except (OSError, http.client.HTTPException) as error:
            return None, str(error) or type(error).__name__
        finally:
            connection.close()
        if len(body) > _MAX_ANSWER_BYTES:
            return None, f"more than {_MAX_ANSWER_BYTES >> 20} MiB"
        return response.status, body.decode(errors="replace")


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
