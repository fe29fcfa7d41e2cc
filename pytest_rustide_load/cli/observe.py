"""`python -m pytest_rustide_load observe -- SERVER`: what an editor asks of its server, as a scenario.

An editor is told to start this in place of the server. Every byte goes through as it is, before it is looked
at; what is written holds counts, lengths and moments, and no text.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from pytest_rustide_load.errors import ConfigError, ProtocolError, RustIdeLoadError, did_you_mean
from pytest_rustide_load.lsp.framing import FrameError, FrameParser
from pytest_rustide_load.lsp.observed import Observed
from pytest_rustide_load.report.table import Cell, render_table
from pytest_rustide_load.scenarios import load_scenarios
from pytest_rustide_load.workload import Scenario

__all__ = ["add_arguments", "run"]

_CHUNK_BYTES = 256 * 1024
_LOOK_S = 0.2
_SAVE_S = 60.0
# How long a server may take to end when its editor is gone, and then when it is told to.
_GRACE_S = 2.0
_SUFFIX = ".scenario.yaml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    usual = f"observed{_SUFFIX}"
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(usual),
        metavar="FILE",
        help=f"the scenario, NAME{_SUFFIX}; never over one that is there (default: %(default)s)",
    )
    parser.add_argument(
        "--against",
        metavar="SCENARIO",
        help="tell at the end how a built-in scenario differs from what was seen",
    )
    parser.add_argument(
        "server", nargs="+", metavar="SERVER", help="after --: the server, with its arguments"
    )


def run(args: argparse.Namespace) -> int:
    """Be the server, as far as the editor can tell; the exit status is its own. Raises RustIdeLoadError."""
    scenarios = load_scenarios()
    against = None if args.against is None else scenarios.get(args.against)
    if args.against is not None and against is None:
        raise ConfigError(f"unknown scenario {args.against!r}: {did_you_mean(args.against, scenarios)}")
    program = shutil.which(args.server[0])
    if program is None:
        raise ConfigError(f"there is no program {args.server[0]!r}, or it may not be executed")
    out = _free(args.out)
    observed, seen = Observed(), threading.Lock()
    parser = FrameParser()

    def saw(data: bytes) -> None:
        with seen:
            at_ns = time.monotonic_ns()
            try:
                bodies = parser.feed(data)
            except FrameError as error:
                bodies = error.bodies
            except ProtocolError:
                # Whatever this is, it is none of our business any more.
                return
            for body in bodies:
                observed.saw(at_ns, body)

    def save() -> bool:
        with seen:
            try:
                text = observed.scenario(command=Path(program).name)
            except ValueError:
                return False
        _write(out, text)
        return True

    status = _stand_between([program, *args.server[1:]], saw, save)
    if not save():
        _say("nothing was asked that a scenario could ask: no file was written")
        return status
    _say(f"{out}: what was asked in {observed.active_s / 60:.1f} active minutes; run it with: pytest {out}")
    if against is not None:
        _say(_compared(observed, against))
    return status


def _stand_between(command: list[str], saw: Callable[[bytes], None], save: Callable[[], object]) -> int:
    """Pass on everything between our own input and output and a process of `command`, until it ends, and end
    it where the editor is gone. Its exit status, 128 and more for a signal."""
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            preexec_fn=_end_with_parent,  # noqa: PLW1509  there are no threads yet
        )
    except OSError as error:
        raise RustIdeLoadError(f"cannot start {command[0]}: {error.strerror}") from error
    assert child.stdin is not None  # noqa: S101  as asked for
    assert child.stdout is not None  # noqa: S101  as asked for
    gone = threading.Event()
    told: list[int] = []

    def tell(number: int, _frame: object) -> None:
        told.append(number)
        gone.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, tell)
    to_server, from_server = child.stdin.fileno(), child.stdout.fileno()

    def up() -> None:
        _pump(0, to_server, saw)
        child.stdin.close()  # type: ignore[union-attr]  # see above
        gone.set()

    # Who waits for an editor that says nothing more ends with the process.
    threading.Thread(target=up, daemon=True).start()
    down = threading.Thread(target=_pump, args=(from_server, 1), daemon=True)
    down.start()
    saved_s = time.monotonic()
    while child.poll() is None:
        if gone.wait(_LOOK_S):
            _end(child, at_once=bool(told))
        elif time.monotonic() - saved_s >= _SAVE_S:
            # An editor that is killed takes us along.
            saved_s = time.monotonic()
            save()
    down.join(_GRACE_S)
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


def _pump(source: int, sink: int, saw: Callable[[bytes], None] | None = None) -> None:
    """Everything from one descriptor to the other, until either ends."""
    try:
        while data := os.read(source, _CHUNK_BYTES):
            left = memoryview(data)
            while left:
                left = left[os.write(sink, left) :]
            if saw is not None:
                saw(data)
    except OSError:
        return


def _end(child: subprocess.Popen[bytes], *, at_once: bool) -> None:
    """Let it end by itself, as its input has; then, or `at_once`, make it."""
    for make in (child.terminate, child.kill) if at_once else (lambda: None, child.terminate, child.kill):
        make()
        try:
            child.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            continue
        return


def _end_with_parent() -> None:
    if sys.platform.startswith("linux"):
        import ctypes

        # PR_SET_PDEATHSIG: should we be killed, the kernel takes the server along.
        ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)


def _free(wanted: Path) -> Path:
    """A file of that name that is not there yet: editors start their servers again and again."""
    name = wanted.name
    if not name.endswith(_SUFFIX) or name == _SUFFIX:
        raise ConfigError(f"--out {wanted}: the name of a scenario file ends with {_SUFFIX}")
    if not wanted.parent.is_dir():
        raise ConfigError(f"--out {wanted}: there is no directory {wanted.parent}")
    number, found = 1, wanted
    while found.exists():
        number += 1
        found = wanted.with_name(f"{name.removesuffix(_SUFFIX)}-{number}{_SUFFIX}")
    return found.absolute()


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        _say(f"cannot write {path}: {error.strerror}")


def _compared(observed: Observed, scenario: Scenario) -> str:
    """How often each operation was asked, and how often a user of the scenario asks it, in a minute."""
    said: dict[str, float] = {}
    users = [scenario.of_user(user) for user in range(scenario.users)]
    for pattern in (pattern for user in users for pattern in user.patterns):
        rate = pattern.rate_per_s
        each = (
            (rate.low + rate.high) / 2
            if pattern.think_time_s is None
            else 1 / max(pattern.think_time_s, 1e-9)
        )
        said[pattern.operation] = said.get(pattern.operation, 0.0) + each / len(users)
    seen = {name: (low + high) / 2 for name, (low, high) in observed.rates().items()}
    rows = []
    for name in dict.fromkeys([*seen, *said]):
        there, here = seen.get(name, 0.0) * 60, said.get(name, 0.0) * 60
        times = f"{here / there:.3g}x" if there and here else "only seen" if there else "only there"
        rows.append((Cell(name, left=True), Cell(f"{there:.3g}"), Cell(f"{here:.3g}"), Cell(times)))
    return "\n".join(render_table(("a minute", "seen", scenario.name, "times"), rows, 80))


def _say(text: str) -> None:
    # What stands on standard output is the server's.
    sys.stderr.write(f"observe: {text}\n")
