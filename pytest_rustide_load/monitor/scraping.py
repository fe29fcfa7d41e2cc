"""Asks a backend's endpoints again and again while a run goes on, and never holds it up.

A thread of its own does it. Knows nothing of what the numbers mean.
"""

from __future__ import annotations

import threading

from pytest_rustide_load.monitor.endpoints import EndpointScraper
from pytest_rustide_load.stats.observed import Scrape
from pytest_rustide_load.units import NS_PER_S

__all__ = ["Scraping"]

_STOP_S = 1.0


class Scraping:
    """From `start` to `stop` it asks each `interval_s`; what an answer takes too long for is left out. The
    `scrapes` that came in are kept."""

    def __init__(self, scraper: EndpointScraper, *, interval_s: float) -> None:
        self._scraper = scraper
        self._interval_s = interval_s
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._ask, name="rustide-load-scraper", daemon=True)
        self.scrapes: list[Scrape] = []

    @property
    def url(self) -> str:
        return self._scraper.url

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask no more; an answer that is awaited is given up. Idempotent."""
        self._ended.set()
        self._scraper.close()
        if self._thread.is_alive():
            # Whoever hangs in the resolver is not waited for.
            self._thread.join(_STOP_S)

    def _ask(self) -> None:
        while not self._ended.is_set():
            scrape = self._scraper.scrape()
            is_whole = not scrape.problems and scrape.healthy is not False
            if self._ended.is_set() and not (scrape.values and (is_whole or not self.scrapes)):
                # It was cut off by us, if after an answer or two: nothing is wrong with the backend.
                return
            self.scrapes.append(scrape)
            took_s = (self._scraper.now_ns() - scrape.at_ns) / NS_PER_S
            self._ended.wait(max(self._interval_s - took_s, 0.0))
