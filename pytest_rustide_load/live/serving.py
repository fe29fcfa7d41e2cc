"""A server on loopback, until interrupted or in a thread of its own.

Listens on 127.0.0.1 only, and answers only who asks for that very name: a page from elsewhere that makes a
browser ask under another one gets nothing. Knows nothing of what is served.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from pytest_rustide_load.errors import ConfigError, Problem

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from uvicorn import Config

__all__ = ["LOOPBACK", "BackgroundServer", "listen", "require_extra", "serve_until_interrupted", "trusted"]

LOOPBACK = "127.0.0.1"
# Whoever listens to a stream is let go after so long.
_STOP_S = 2
_WAITING = 64


def require_extra(source: str) -> None:
    """Raises ConfigError, about the option `source`, where the extra is not installed."""
    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        mend = "pip install 'pytest-rustide-load[live]'"
        raise ConfigError(Problem(f"needs {error.name}, which is not installed: {mend}", source)) from None


def trusted() -> list[Middleware]:
    """For applications: other names than the loopback's are refused."""
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    return [Middleware(TrustedHostMiddleware, allowed_hosts=[LOOPBACK, "localhost"], www_redirect=False)]


def serve_until_interrupted(
    app: Starlette, *, port: int, on_ready: Callable[[str], None], source: str
) -> None:
    """Serve until SIGINT or SIGTERM. `on_ready` is told the address; port 0 takes a free one. Raises
    ConfigError, about the option `source`, where the port is taken."""
    import uvicorn

    with contextlib.closing(listen(port, source)) as listening:
        on_ready(_address(listening))
        uvicorn.Server(_config(app)).run(sockets=[listening])


class QuietServer(Protocol):
    """A server that runs in the calling thread until another ends it."""

    def run(self, sockets: list[socket.socket] | None = None) -> None: ...

    def end(self) -> None: ...


class BackgroundServer:
    """Serves in a thread of its own from its making until `stop`. Raises ConfigError where that cannot be."""

    def __init__(self, app: Starlette, *, port: int, source: str) -> None:
        self._listening = listen(port, source)
        self.address = _address(self._listening)
        self._server = _quiet_server(app)
        self._thread = threading.Thread(
            target=self._server.run,
            kwargs={"sockets": [self._listening]},
            name="rustide-load live view",
            daemon=True,
        )
        self._thread.start()

    def stop(self) -> None:
        """End it, whoever still listens. Idempotent."""
        self._server.end()
        self._thread.join(_STOP_S * 2)
        self._listening.close()


def _quiet_server(app: Starlette) -> QuietServer:
    import uvicorn

    class Quiet(uvicorn.Server):
        """Sleeps until it is told to end. uvicorn's own looks ten times a second whether it should, which
        beside a run that is measured costs more than all that is served."""

        def __init__(self, config: Config) -> None:
            super().__init__(config)
            self._ending: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None

        async def main_loop(self) -> None:
            over = asyncio.Event()
            self._ending = asyncio.get_running_loop(), over
            if not await self.on_tick(0):
                await over.wait()

        def end(self) -> None:
            """May be called from any thread, and more than once."""
            self.should_exit = True
            if self._ending is not None:
                loop, over = self._ending
                # It may have ended already.
                with contextlib.suppress(RuntimeError):
                    loop.call_soon_threadsafe(over.set)

    return Quiet(_config(app))


def _config(app: Starlette) -> Config:
    import uvicorn

    return uvicorn.Config(
        app,
        log_config=None,
        log_level="critical",
        access_log=False,
        lifespan="auto",
        server_header=False,
        # It would have to be told anew each second.
        date_header=False,
        timeout_graceful_shutdown=_STOP_S,
        limit_concurrency=_WAITING,
    )


def listen(port: int, source: str) -> socket.socket:
    """A socket that listens on loopback; port 0 takes a free one. Raises ConfigError about `source`."""
    try:
        return socket.create_server((LOOPBACK, port))
    except OSError as error:
        # Python's own text would name the address once more.
        place = f"{LOOPBACK}:{port} cannot be listened on: {os.strerror(error.errno or 0)}"
        raise ConfigError(Problem(place, source)) from None


def _address(listening: socket.socket) -> str:
    return f"http://{LOOPBACK}:{listening.getsockname()[1]}/"
