"""A server on loopback, until interrupted or in a thread of its own.

Listens on 127.0.0.1 only, and answers only who asks for that very name: a page from elsewhere that makes a
browser ask under another one gets nothing. Knows nothing of what is served.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from pytest_rustide_load.errors import ConfigError, Problem

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from uvicorn import Server

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
    with contextlib.closing(listen(port, source)) as listening:
        on_ready(_address(listening))
        _server(app).run(sockets=[listening])


class BackgroundServer:
    """Serves in a thread of its own from its making until `stop`. Raises ConfigError where that cannot be."""

    def __init__(self, app: Starlette, *, port: int, source: str) -> None:
        self._listening = listen(port, source)
        self.address = _address(self._listening)
        self._server = _server(app)
        self._thread = threading.Thread(
            target=self._server.run,
            kwargs={"sockets": [self._listening]},
            name="rustide-load live view",
            daemon=True,
        )
        self._thread.start()

    def stop(self) -> None:
        """End it, whoever still listens. Idempotent."""
        self._server.should_exit = True
        self._thread.join(_STOP_S * 2)
        self._listening.close()


def _server(app: Starlette) -> Server:
    import uvicorn

    return uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,
            log_level="critical",
            access_log=False,
            lifespan="auto",
            server_header=False,
            timeout_graceful_shutdown=_STOP_S,
            limit_concurrency=_WAITING,
        )
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
