"""The command line: `python -m pytest_rustide_load.reference_server` serves over stdin and stdout."""

from __future__ import annotations

import argparse
import sys

from pytest_rustide_load import __version__
from pytest_rustide_load.reference_server import SERVER_NAME


def main(arguments: list[str] | None = None) -> int:
    """Runs the server; returns the exit status."""
    parser = argparse.ArgumentParser(prog=SERVER_NAME, description="A small Rust language server.")
    parser.add_argument("--version", action="version", version=f"{SERVER_NAME} {__version__}")
    parser.add_argument("--stdio", action="store_true", help="serve over stdin and stdout (the default)")
    parser.parse_args(arguments)
    from pytest_rustide_load.reference_server.server import serve_stdio

    return serve_stdio(__version__)


if __name__ == "__main__":
    sys.exit(main())
