"""The addresses of the live view. Knows nothing of where the figures come from."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

import msgspec

from pytest_rustide_load.live.board import Board
from pytest_rustide_load.live.serving import trusted
from pytest_rustide_load.report.live import LiveState, live_schema
from pytest_rustide_load.report.prometheus import CONTENT_TYPE, render_prometheus

if TYPE_CHECKING:
    from starlette.applications import Starlette

__all__ = ["live_app"]

# Says that it is still there, so that proxies and viewers do not give up.
_QUIET_S = 15.0


def live_app(board: Board, page: str) -> Starlette:
    """The application: the page, the four documents, their schema, a stream of events, and Prometheus."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import HTMLResponse, Response, StreamingResponse
    from starlette.routing import Route

    uncached = {"Cache-Control": "no-store"}

    def document(part: Callable[[LiveState], object]) -> Callable[[Request], object]:
        async def answer(_: Request) -> Response:
            body = msgspec.json.encode(part(board.state))
            return Response(body, media_type="application/json", headers=uncached)

        return answer

    async def first(_: Request) -> Response:
        return HTMLResponse(page, headers=uncached)

    async def schema(_: Request) -> Response:
        return Response(msgspec.json.encode(live_schema()), media_type="application/json")

    async def prometheus(_: Request) -> Response:
        return Response(render_prometheus(board.state), headers={**uncached, "Content-Type": CONTENT_TYPE})

    async def events(_: Request) -> Response:
        return StreamingResponse(_stream(board), media_type="text/event-stream", headers=uncached)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        watching = asyncio.create_task(board.watch())
        try:
            yield
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching

    return Starlette(
        routes=[
            Route("/", first),
            Route("/events", events),
            Route("/metrics", prometheus),
            Route("/api/schema", schema),
            Route("/api/health", document(lambda state: state.health)),
            Route("/api/metrics/performance", document(lambda state: state.performance)),
            Route("/api/metrics/resources", document(lambda state: state.resources)),
            Route("/api/metrics/errors", document(lambda state: state.errors)),
        ],
        middleware=trusted(),
        lifespan=lifespan,
    )


async def _stream(board: Board) -> AsyncIterator[bytes]:
    """Server-sent events, one for each state."""
    states = board.states()
    coming = asyncio.ensure_future(anext(states))
    try:
        while True:
            done, _ = await asyncio.wait({coming}, timeout=_QUIET_S)
            if not done:
                yield b": still here\n\n"
                continue
            yield b"".join(b"data: %b\n\n" % state for state in coming.result())
            coming = asyncio.ensure_future(anext(states))
    finally:
        coming.cancel()
        # Only one that waits no longer can be closed.
        with contextlib.suppress(asyncio.CancelledError):
            await coming
        await states.aclose()
