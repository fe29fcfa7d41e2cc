"""The command line: `python -m pytest_rustide_load.reference_server` serves over stdin and stdout."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pytest_rustide_load import __version__
from pytest_rustide_load.reference_server import SERVER_NAME
from pytest_rustide_load.reference_server.faults import FAULT_HELP, parse_faults


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdigit() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return host.strip("[]"), int(port)


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port")
    return int(text)


def _megabytes(text: str) -> int:
    """Bytes of a size in megabytes. Raises ArgumentTypeError."""
    number = text.upper().removesuffix("MB").strip()
    if not number.isdigit() or int(number) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no size in megabytes, such as 500MB")
    return int(number) << 20


def main(arguments: list[str] | None = None) -> int:
    """Runs the server; returns the exit status."""
    parser = argparse.ArgumentParser(prog=SERVER_NAME, description="A small Rust language server.")
    parser.add_argument("--version", action="version", version=f"{SERVER_NAME} {__version__}")
    parser.add_argument("--stdio", action="store_true", help="serve over stdin and stdout (the default)")
    parser.add_argument(
        "--tcp",
        type=_address,
        metavar="HOST:PORT",
        help="serve many clients on one shared workspace instead; port 0 takes a free one and prints it",
    )
    parser.add_argument(
        "--http",
        type=_port,
        metavar="PORT",
        help="also tell its figures as JSON on this port of 127.0.0.1; 0 takes a free one; printed on stderr",
    )
    parser.add_argument(
        "--cache",
        type=Path,
        metavar="FOLDER",
        help="keep what files declare in this folder, for faster starts; nothing is kept by default",
    )
    parser.add_argument(
        "--memory-limit",
        type=_megabytes,
        metavar="MB",
        help="drop what can be found anew when the process takes more memory than this, e.g. 500MB",
    )
    parser.add_argument(
        "--fault", action="append", default=[], metavar="FAULT", help=FAULT_HELP.replace("%", "%%")
    )
    options = parser.parse_args(arguments)
    try:
        faults = parse_faults(options.fault)
    except ValueError as error:
        parser.error(str(error))
    from pytest_rustide_load.reference_server.serve import serve_stdio, serve_tcp
    from pytest_rustide_load.reference_server.server import Hub

    hub = Hub(options.memory_limit, options.cache)
    if options.tcp is not None:
        return serve_tcp(__version__, options.tcp, hub, faults, options.http)
    return serve_stdio(__version__, hub, faults, options.http)


if __name__ == "__main__":
    sys.exit(main())
