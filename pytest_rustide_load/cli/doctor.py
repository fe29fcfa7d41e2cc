"""`python -m pytest_rustide_load doctor`: what this machine can do for load tests, and the command that mends
each gap.

Looks, and leaves everything as it was. Exit status 0 where load tests can run, even if with less; 1 where
they cannot, or, with --strict, where anything is less than it could be; 2 for wrong usage.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import asdict

from pytest_rustide_load import __version__
from pytest_rustide_load.cli.checkup import Finding, State
from pytest_rustide_load.cli.checkup_machine import machine_findings
from pytest_rustide_load.cli.checkup_software import software_findings

__all__ = ["add_arguments", "render", "run"]

_LOOKS: dict[str, Callable[[], list[Finding]]] = {
    "backends and packages": lambda: software_findings(os.environ),
    "the machine": machine_findings,
}
_COLOURS = {State.OK: "32", State.LESS: "33", State.MISSING: "31"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="as JSON, for a program to read")
    parser.add_argument(
        "--strict", action="store_true", help="exit with 1 for anything that is less than it could be"
    )
    parser.epilog = (
        "exit status: 0 load tests can run here; 1 they cannot (with --strict: or something is less than it "
        "could be); 2 wrong usage"
    )


def run(arguments: argparse.Namespace) -> int:
    """Look at everything; the exit status."""
    found: list[Finding] = []
    for what, look in _LOOKS.items():
        _show_step(f"looking at {what}")
        found += look()
    _show_step("")
    if arguments.json:
        sys.stdout.write(json.dumps([asdict(one) for one in found], indent=2) + "\n")
    else:
        sys.stdout.write(render(found, colour=sys.stdout.isatty() and not os.environ.get("NO_COLOR")) + "\n")
    bad = {State.MISSING, State.LESS} if arguments.strict else {State.MISSING}
    return 1 if any(one.state in bad for one in found) else 0


def render(found: list[Finding], *, colour: bool = False) -> str:
    """A line for each thing looked at, with the command that mends it below where there is one; at the end
    what that comes to."""
    width = max(len(one.name) for one in found)
    lines = [f"pytest-rustide-load {__version__}, Python {platform.python_version()}, {platform.system()}"]
    for one in found:
        state = f"{one.state.value:<7}"
        painted = f"\x1b[{_COLOURS[one.state]}m{state}\x1b[0m" if colour else state
        lines.append(f"{painted}  {one.name:<{width}}  {one.text}")
        if one.mend or one.look:
            what = f"mend it with: {one.mend}" if one.mend else f"look with: {one.look}"
            lines.append(f"{'':<7}  {'':<{width}}  {what}")
    return "\n".join([*lines, "", _conclusion(found)])


def _conclusion(found: list[Finding]) -> str:
    missing = [one.name for one in found if one.state is State.MISSING]
    less = [one.name for one in found if one.state is State.LESS]
    if missing:
        return f"load tests cannot run here: {', '.join(missing)}"
    if less:
        return f"load tests can run here; less than it could be: {', '.join(less)}"
    return "load tests can run here, and nothing is less than it could be"


def _show_step(text: str) -> None:
    """What is being looked at, on a terminal only; "" takes it away."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[2K{text}")
        sys.stderr.flush()
