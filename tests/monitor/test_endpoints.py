"""What a backend says of itself, asked over HTTP and held against what was measured."""

from __future__ import annotations

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.monitor import EndpointScraper, Scrape, compare_with_outside, endpoints
from pytest_rustide_load.stats import ResourceSample

S = 1_000_000_000
MB = 1_000_000


class Clock:
    def now_ns(self) -> int:
        return 42

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


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(st.one_of(JSON.map(json.dumps), st.text()))
def test_any_answer_gives_finite_numbers_or_none(body):
    for name, value in endpoints._numbers("x", body):
        assert name.startswith("x")
        assert abs(value) < float("inf")


def samples():
    """80 MB and a quarter of a core, ten times a second for five seconds."""
    return [ResourceSample(at * S // 10, 80 * MB, at * S // 40, 1, 1, 0, 0) for at in range(51)]


def test_what_agrees_and_what_does_not_are_told_apart():
    values = {
        "resources.rss_mb": 82.0,
        "resources.memory_used_bytes": 200.0 * MB,
        "resources.cpu_usage_percent": 27.0,
        "resources.cpu_ratio": 0.9,
        "performance.p95_ms": 5.0,
    }
    scrapes = [Scrape(at * S, True, values) for at in (2, 3, 4)]
    found = {a.name: a for a in compare_with_outside(scrapes, samples())}
    assert {name: a.agrees for name, a in found.items()} == {
        "resources.cpu_ratio": False,
        "resources.cpu_usage_percent": True,
        "resources.memory_used_bytes": False,
        "resources.rss_mb": True,
    }
    assert found["resources.rss_mb"].measured == 80 * MB
    assert found["resources.cpu_usage_percent"].measured == pytest.approx(0.25)
    assert found["resources.rss_mb"].moments == 3


def test_moments_nobody_sampled_are_not_compared():
    assert compare_with_outside([Scrape(99 * S, True, {"rss_mb": 1, "cpu_ratio": 1})], samples()) == ()
    assert compare_with_outside([Scrape(0, True, {"rss_mb": 1})], []) == ()
