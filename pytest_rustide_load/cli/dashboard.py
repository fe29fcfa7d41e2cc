"""`python -m pytest_rustide_load dashboard`: the history as pages, in a directory or served on loopback.

Joins history and report; measures nothing and changes nothing in the history.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pytest_rustide_load.cli.dashboard_site import Site
from pytest_rustide_load.errors import ConfigError, HistoryError, Problem
from pytest_rustide_load.history import HISTORY_PATH
from pytest_rustide_load.live.serving import LOOPBACK, require_extra, serve_until_interrupted, trusted
from pytest_rustide_load.pages import write_page

__all__ = ["add_arguments", "run"]

_KEPT = 50


def add_arguments(parser: argparse.ArgumentParser) -> None:
    usual = str(HISTORY_PATH)
    parser.add_argument("--path", default=usual, metavar="FILE", help="the history (default: %(default)s)")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument(
        "--out", metavar="DIR", help="write the pages there, to be opened or uploaded as they are"
    )
    where.add_argument(
        "--serve",
        nargs="?",
        const=0,
        type=_port,
        metavar="PORT",
        help=f"serve them on {LOOPBACK}, as fresh as the history is, until interrupted (needs the extra "
        "live; default: a free port)",
    )
    parser.add_argument(
        "--limit",
        type=_count,
        default=_KEPT,
        metavar="N",
        help="so many runs of each scenario get a page of their own (default: %(default)s)",
    )
    parser.epilog = (
        "exit status: 0 done; 1 there is no history, or the pages could not be written; 2 wrong usage"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write or serve; the exit status. Raises HistoryError, ConfigError."""
    path = Path(arguments.path)
    if not path.exists():
        raise HistoryError(f"there is no history at {path}: load tests make one, or name another with --path")
    if arguments.out is not None:
        return _write(Site(path, arguments.limit), Path(arguments.out))

    _serve(path, arguments.limit, arguments.serve)
    return 0


def _serve(path: Path, limit: int, port: int) -> None:
    require_extra("--serve")
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import HTMLResponse, PlainTextResponse, Response
    from starlette.routing import Route

    def answer(request: Request) -> Response:
        try:
            # A site of its own for each question: the history is read as it is then.
            text = Site(path, limit).render(request.path_params["name"])
        except HistoryError as error:
            return PlainTextResponse(str(error), status_code=500)
        if text is None:
            return PlainTextResponse("there is no such page", status_code=404)
        return HTMLResponse(text, headers={"Cache-Control": "no-store"})

    def told(address: str) -> None:
        sys.stdout.write(f"serving {path} at {address} (Ctrl-C ends it)\n")
        sys.stdout.flush()

    app = Starlette(routes=[Route("/{name:path}", answer)], middleware=trusted())
    serve_until_interrupted(app, port=port, on_ready=told, source="--serve")


def _write(site: Site, folder: Path) -> int:
    names = site.names()
    try:
        for done, name in enumerate(names, 1):
            text = site.render(name)
            if text is not None:
                write_page(folder / name, text)
            if sys.stderr.isatty():
                sys.stderr.write(f"\r\x1b[2K{done} of {len(names)} pages")
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[2K")
    except OSError as error:
        raise ConfigError(Problem(f"cannot be written: {error.strerror}", str(folder))) from None
    sys.stdout.write(f"{len(names)} pages written: {folder / 'index.html'}\n")
    return 0


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port")
    return int(text)
