"""`--load-live`: where the running load test stands, on loopback.

Joins the run, the figures and the server. Serves from a thread of its own, so that a slow viewer holds nobody
up; looks at the run once a second.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from pytest_rustide_load.errors import ConfigError, Problem
from pytest_rustide_load.live.app import live_app
from pytest_rustide_load.live.board import Board
from pytest_rustide_load.live.serving import BackgroundServer, listen, require_extra
from pytest_rustide_load.pages import load_assets
from pytest_rustide_load.plugin.options import LIVE_PORT, is_worker
from pytest_rustide_load.ports import Clock
from pytest_rustide_load.report.html.live import render_live_page
from pytest_rustide_load.report.live import LiveState, idle_state

if TYPE_CHECKING:
    from pytest_rustide_load.report.live import LiveFigures
    from pytest_rustide_load.report.live_counts import CountedFigures

__all__ = ["LiveView", "settle"]

_OPTION = "--load-live"


def settle(config: pytest.Config) -> None:
    """Make sure in the controlling process that there is a port, and put its number in place of 0, so that it
    can be told and workers serve on it. Raises UsageError."""
    try:
        require_extra(_OPTION)
        text = str(config.option.load_live)
        if not text.isdecimal() or int(text) > 65_535:
            message = f"{text!r} is no port; what follows the option is taken for one: write {_OPTION}=0"
            raise ConfigError(Problem(message, _OPTION))
        with contextlib.closing(listen(int(text), _OPTION)) as listening:
            config.option.load_live = str(listening.getsockname()[1])
    except ConfigError as error:
        raise pytest.UsageError(str(error)) from None


class LiveView:
    """The server of one process; it begins with the first run. Load tests of several workers take turns, so a
    worker lets the port go after each run."""

    def __init__(self, config: pytest.Config) -> None:
        self._hurried = is_worker(config)
        # A worker reads the command line as it was typed.
        inherited = getattr(config, "workerinput", {}).get(LIVE_PORT)
        self._port = int(inherited or config.option.load_live)
        self._board = Board()
        self._server: BackgroundServer | None = None

    @contextlib.contextmanager
    def watching(
        self, make_figures: Callable[[], LiveFigures | CountedFigures | None], clock: Clock
    ) -> Iterator[None]:
        """Show a run while the body goes on. `make_figures` is asked for what is shown of it until it has
        begun."""
        self._serve()
        figures: LiveFigures | CountedFigures | None = None

        def look() -> LiveState:
            nonlocal figures
            figures = figures or make_figures()
            return idle_state() if figures is None else figures.look(clock.now_ns())

        self._board.begin(look)
        try:
            yield
        finally:
            self._board.end()
            if self._hurried:
                self.close()

    def close(self) -> None:
        """Idempotent."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def _serve(self) -> None:
        if self._server is not None:
            return
        page = render_live_page(load_assets("live.js"))
        try:
            self._server = BackgroundServer(live_app(self._board, page), port=self._port, source=_OPTION)
        except ConfigError as error:
            # The load goes on without an audience.
            warnings.warn(f"no live view: {error}", stacklevel=2)
