"""`python -m pytest_rustide_load COMMAND`: the tools that are not tests.

Knows only the commands' modules; each is imported when it is asked for.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from pytest_rustide_load import __version__
from pytest_rustide_load.errors import RustIdeLoadError, did_you_mean, missing_package

__all__ = ["main"]

COMMANDS = {
    "budgets": "suggest limits from what was measured before, or check those that stand",
    "codebase": "write a synthetic Rust codebase, or compare any Cargo project with real-world statistics",
    "dashboard": "the history as pages, in a directory or served on loopback",
    "doctor": "tell what this machine can do for load tests, and the command that mends each gap",
    "history": "list, show, export or forget what was measured before",
    "observe": "stand between an editor and its server, and write what is asked as a scenario",
    "selftest": "measure the load generator itself on this machine",
}


def _usage() -> str:
    width = max(map(len, COMMANDS))
    rows = [f"  {name:<{width}}  {text}" for name, text in COMMANDS.items()]
    return "\n".join(
        [
            "usage: python -m pytest_rustide_load COMMAND [options]",
            "",
            *rows,
            "",
            "COMMAND --help tells its options. Load tests themselves run under pytest: pytest --load-list",
        ]
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status (2: wrong usage, 1: the command failed)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in {"-h", "--help"}:
        sys.stdout.write(_usage() + "\n")
        return 0 if arguments else 2
    if arguments[0] == "--version":
        sys.stdout.write(f"pytest-rustide-load {__version__}\n")
        return 0
    name = arguments[0]
    if name not in COMMANDS:
        sys.stderr.write(f"unknown command {name!r}: {did_you_mean(name, COMMANDS)}\n\n{_usage()}\n")
        return 2
    try:
        return _run(name, arguments[1:])
    except RustIdeLoadError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return 130


def _run(name: str, arguments: Sequence[str]) -> int:
    try:
        module = importlib.import_module(f"{__package__}.cli.{name}")
    except ModuleNotFoundError as error:
        # Without one of this package's own requirements not even the doctor comes.
        raise RustIdeLoadError(missing_package(error)) from None
    parser = argparse.ArgumentParser(prog=f"python -m pytest_rustide_load {name}", description=COMMANDS[name])
    module.add_arguments(parser)
    return int(module.run(parser.parse_args(arguments)))


if __name__ == "__main__":
    raise SystemExit(main())
