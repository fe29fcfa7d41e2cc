"""Endpoints asked while a run goes on: whatever they do, nobody waits for them."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pytest_rustide_load.monitor import EndpointScraper, Scraping
from pytest_rustide_load.stats.observed import Scrape

pytestmark = pytest.mark.alone


class RealClock:
    def now_ns(self) -> int:
        return time.perf_counter_ns()

    async def sleep_until(self, when_ns: int) -> None:
        raise AssertionError("a scraper does not wait")


@pytest.fixture
def server():
    """The address of one that counts how often it was asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"rss_mb": 5}')

        def log_message(self, *arguments):
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@contextlib.contextmanager
def trickle():
    """The address of a server whose answer never ends, a byte now and then, and who is served."""
    connections: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ended = threading.Event()

        def serve():
            while not ended.is_set():
                with contextlib.suppress(OSError):
                    listener.settimeout(0.02)
                    connection, _ = listener.accept()
                    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n[")
                    connections.append(connection)
                for connection in connections:
                    with contextlib.suppress(OSError):
                        connection.sendall(b" ")
            for connection in connections:
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", connections
        finally:
            ended.set()
            thread.join()


def wait_for(condition):
    deadline_s = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


def scraper_threads():
    return [thread for thread in threading.enumerate() if thread.name == "rustide-load-scraper"]


def test_it_asks_again_and_again_until_it_is_stopped(server):
    scraping = Scraping(EndpointScraper(server + "/", RealClock()), interval_s=0.02)
    assert scraping.url == server
    scraping.start()
    wait_for(lambda: len(scraping.scrapes) >= 3)
    scraping.stop()
    scraping.stop()
    assert scraper_threads() == []
    assert all(scrape.healthy and scrape.values["resources.rss_mb"] == 5 for scrape in scraping.scrapes)
    moments = [scrape.at_ns for scrape in scraping.scrapes]
    assert moments == sorted(set(moments))


def test_a_look_that_is_cut_off_in_the_end_is_no_unhealthy_one():
    class Cut:
        """The second look is in the middle when it is closed."""

        url = "http://127.0.0.1:1"

        def __init__(self):
            self.looks, self.asked, self.closed = 0, threading.Event(), threading.Event()

        def now_ns(self):
            return 0

        def scrape(self):
            self.looks += 1
            if self.looks == 1:
                return Scrape(0, True, {"performance.p50": 1.0}, ())
            self.asked.set()
            assert self.closed.wait(60)
            return Scrape(1, False, {"performance.p50": 1.0}, ("/api/metrics/errors: closed",))

        def close(self):
            self.closed.set()

    scraper = Cut()
    scraping = Scraping(scraper, interval_s=0)
    scraping.start()
    assert scraper.asked.wait(60)
    scraping.stop()
    wait_for(lambda: scraper_threads() == [])
    assert [scrape.healthy for scrape in scraping.scrapes] == [True]


def test_an_answer_that_never_ends_is_cut_at_the_time_out_and_given_up_at_the_end():
    with trickle() as (url, connections):
        scrape = EndpointScraper(url, RealClock(), timeout_s=0.2).scrape()
        assert (scrape.healthy, scrape.values) == (False, {})
        assert all("timed out" in problem or "performance" in problem for problem in scrape.problems)
        # Its own time-out is far away.
        scraping = Scraping(EndpointScraper(url, RealClock(), timeout_s=600), interval_s=1)
        served = len(connections)
        scraping.start()
        wait_for(lambda: len(connections) > served)
        scraping.stop()
        wait_for(lambda: scraper_threads() == [])
        assert scraping.scrapes == []


def test_nobody_there_is_no_more_than_a_problem():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    scraping = Scraping(EndpointScraper(f"http://127.0.0.1:{port}", RealClock()), interval_s=0.02)
    scraping.start()
    wait_for(lambda: len(scraping.scrapes) >= 2)
    scraping.stop()
    assert "refused" in scraping.scrapes[0].problems[0]
