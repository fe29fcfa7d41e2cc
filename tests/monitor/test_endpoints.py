"""What a backend says of itself, asked over HTTP."""

from __future__ import annotations

import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.monitor import EndpointScraper, endpoints
from pytest_rustide_load.stats.observed import Scrape


class Clock:
    """Its first moment is 42."""

    def __init__(self) -> None:
        self.behind_ns = time.perf_counter_ns() - 42
        self.first = True

    def now_ns(self) -> int:
        if self.first:
            self.first = False
            return 42
        return time.perf_counter_ns() - self.behind_ns

    async def sleep_until(self, when_ns: int) -> None:
        raise AssertionError("a scraper does not wait")


@pytest.fixture
def serve():
    """`serve({path: (status, body)})`: the address of a server that answers so, and what it was asked."""
    servers = []

    def start(answers):
        asked = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                status, body = answers.get(self.path, (404, ""))
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", body)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *arguments):
                """Nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}", asked

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_all_endpoints_are_asked_and_their_numbers_kept_by_path(serve):
    url, asked = serve(
        {
            "/api/metrics/performance": (200, json.dumps({"latency": {"p95_ms": 12.5}, "list": [1, 2]})),
            "/api/metrics/resources": (200, json.dumps({"rss_mb": 80, "up": True, "name": "x"})),
            "/api/metrics/errors": (200, '# TYPE e counter\ne_total{kind="a b"} 7 123\nnan NaN\n'),
            "/api/health": (200, "ok"),
        }
    )
    scrape = EndpointScraper(url, Clock()).scrape()
    assert scrape == Scrape(
        42,
        True,
        {
            "performance.latency.p95_ms": 12.5,
            "performance.list.0": 1,
            "performance.list.1": 2,
            "resources.rss_mb": 80,
            "errors.e_total": 7,
        },
    )
    assert len(asked) == 4


def test_a_path_in_the_address_goes_before(serve):
    url, asked = serve({"/tool/api/metrics/errors": (200, '{"a": 1}')})
    assert EndpointScraper(url + "/tool/", Clock()).scrape().values == {"errors.a": 1}
    assert all(path.startswith("/tool/api/") for path in asked)


def test_what_is_missing_or_empty_is_a_problem_and_ill_is_not_healthy(serve):
    url, _ = serve({"/api/metrics/errors": (200, "hello"), "/api/health": (503, "")})
    scrape = EndpointScraper(url, Clock()).scrape()
    assert scrape.healthy is False
    assert scrape.problems == (
        "/api/metrics/performance: status 404",
        "/api/metrics/resources: status 404",
        "/api/metrics/errors: no numbers in the answer",
    )
    assert EndpointScraper(serve({})[0], Clock()).scrape().healthy is None


def test_redirects_are_not_followed(serve):
    elsewhere, asked = serve({"/": (200, '{"a": 1}')})
    url, _ = serve({"/api/metrics/errors": (302, elsewhere)})
    scrape = EndpointScraper(url, Clock()).scrape()
    assert "/api/metrics/errors: status 302" in scrape.problems
    assert asked == []


def test_nobody_there_and_nobody_answering_are_problems_within_the_time_out():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        scrape = EndpointScraper(f"http://127.0.0.1:{port}", Clock(), timeout_s=0.05).scrape()
        assert (scrape.healthy, scrape.values, len(scrape.problems)) == (False, {}, 3)
        assert "timed out" in scrape.problems[0]
    scrape = EndpointScraper(f"http://127.0.0.1:{port}", Clock()).scrape()
    assert "refused" in scrape.problems[0]


def test_an_answer_without_end_is_cut(serve, monkeypatch):
    monkeypatch.setattr(endpoints, "_MAX_ANSWER_BYTES", 1000)
    url, _ = serve({"/api/metrics/errors": (200, "[" + "1," * 5000 + "1]")})
    assert EndpointScraper(url, Clock()).scrape().values == {}


@pytest.mark.parametrize(
    "url", ["", "localhost:80", "ftp://x", "http://", "http://h:x", "http://h?a", "http://h:99999"]
)
def test_what_is_no_address_is_refused(url):
    with pytest.raises(ConfigError, match="is no address"):
        EndpointScraper(url, Clock())


def test_a_password_in_the_address_is_refused_and_not_repeated():
    with pytest.raises(ConfigError) as caught:
        EndpointScraper("http://me:secret@host", Clock())
    assert "secret" not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(st.one_of(JSON.map(json.dumps), st.text()))
def test_any_answer_gives_finite_numbers_or_none(body):
    for name, value in endpoints._numbers("x", body):
        assert name.startswith("x")
        assert abs(value) < float("inf")
