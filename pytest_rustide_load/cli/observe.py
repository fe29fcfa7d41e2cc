"""`python -m pytest_rustide_load observe -- SERVER`: what an editor asks of its server, as a scenario.

An editor is told to start this in place of the server. Every byte goes through as it is, before it is looked
at; what is written holds counts, lengths and moments, and no text.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import select
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

__all__ = ["OutFile", "add_arguments", "run"]

_CHUNK_BYTES = 256 * 1024
_LOOK_S = 0.2
_SAVE_S = 60.0
# How long a server may take to read what is left when its editor is gone, then to end, and then when it is
# told to.
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
    out = OutFile(args.out)
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
        """Whether all that was seen is in the file."""
        with seen:
            try:
                text = observed.scenario(command=Path(program).name)
            except ValueError:
                return False
        return out.write(text)

    status = _stand_between([program, *args.server[1:]], saw, save)
    saved = save()
    with seen:
        if not observed.rates():
            _say("nothing was asked that a scenario could ask: no file was written")
            return status
        if saved:
            minutes = f"{observed.active_s / 60:.1f} active minutes"
            _say(f"{out.path}: what was asked in {minutes}; run it with: pytest {out.path}")
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
    gone, at_once = threading.Event(), threading.Event()

    def tell(_number: int, _frame: object) -> None:
        at_once.set()
        gone.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, tell)
    to_server, from_server = child.stdin.fileno(), child.stdout.fileno()
    # Who waits for a server that does not read has to see its editor go.
    os.set_blocking(to_server, False)

    def up() -> None:
        if not _pump(0, to_server, saw):
            at_once.set()
        child.stdin.close()  # type: ignore[union-attr]  # see above
        gone.set()

    # Who waits for an editor that says nothing more ends with the process.
    threading.Thread(target=up, daemon=True).start()
    down = threading.Thread(target=_pump, args=(from_server, 1), daemon=True)
    down.start()
    saved_s = time.monotonic()
    while child.poll() is None:
        if gone.wait(_LOOK_S):
            _end(child, at_once=at_once.is_set())
            break
        if time.monotonic() - saved_s >= _SAVE_S:
            # An editor that is killed takes us along.
            saved_s = time.monotonic()
            save()
    down.join(_GRACE_S)
    # What even a kill does not end within its time is left to the kernel.
    ended = -signal.SIGKILL if child.returncode is None else child.returncode
    return ended if ended >= 0 else 128 - ended


def _pump(source: int, sink: int, saw: Callable[[bytes], None] | None = None) -> bool:
    """Everything from one descriptor to the other, until either ends. False where the source has ended, and
    the sink, which does not block, did not take the rest in time."""
    until_s: float | None = None
    try:
        while data := os.read(source, _CHUNK_BYTES):
            left = memoryview(data)
            try:
                while left:
                    try:
                        left = left[os.write(sink, left) :]
                    except BlockingIOError:
                        until_s = _wait(source, sink, until_s)
            finally:
                # It was asked, whatever became of it.
                if saw is not None:
                    saw(data)
    except TimeoutError:
        return False
    except OSError:
        pass
    return True


def _wait(source: int, sink: int, until_s: float | None) -> float | None:
    """Until the sink takes more, or the source is seen to have ended. Returns until when the sink has time:
    it has no end (None) before that of the source. TimeoutError when it is over."""
    poll = select.poll()
    poll.register(sink, select.POLLOUT)
    if until_s is None:
        # The end of a pipe is told of without being asked for, and of both though there is more to read.
        poll.register(source, select.POLLRDHUP)
        ended = any(ready == source for ready, _ in poll.poll())
        return time.monotonic() + _GRACE_S if ended else None
    if not poll.poll(max(until_s - time.monotonic(), 0.0) * 1_000):
        raise TimeoutError
    return until_s


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


class OutFile:
    """A file of the wanted name, or the next that is not there yet: editors start their servers again and
    again, and several at once. It is there from the first `write`, and its `path` known. ConfigError where it
    cannot be."""

    def __init__(self, wanted: Path) -> None:
        name = wanted.name
        if not name.endswith(_SUFFIX) or name == _SUFFIX:
            raise ConfigError(f"--out {wanted}: the name of a scenario file ends with {_SUFFIX}")
        if not wanted.parent.is_dir():
            raise ConfigError(f"--out {wanted}: there is no directory {wanted.parent}")
        self._wanted = wanted.absolute()
        self.path: Path | None = None
        self._written: tuple[int, ...] = ()

    def write(self, text: str) -> bool:
        """Whole or not at all; whether it could."""
        beside = self._wanted.with_name(f".{self._wanted.name}.{os.getpid()}")
        try:
            beside.write_text(text, encoding="utf-8")
            if self.path is not None and _identity(self.path) == self._written:
                beside.replace(self.path)
            else:
                # Nothing is there yet, or what somebody else wrote since.
                self.path = self._take(beside)
            self._written = _identity(self.path)
        except OSError as error:
            _say(f"cannot write {self.path or self._wanted}: {error.strerror}")
            with contextlib.suppress(OSError):
                beside.unlink()
            return False
        return True

    def _take(self, text: Path) -> Path:
        """Put it under the first name that is free. Whoever looks for one at the same time finds it taken."""
        number, found = 1, self._wanted
        while True:
            try:
                found.touch(exist_ok=False)
                break
            except FileExistsError:
                number += 1
                found = self._wanted.with_name(f"{self._wanted.name.removesuffix(_SUFFIX)}-{number}{_SUFFIX}")
        try:
            return text.replace(found)
        except OSError:
            found.unlink()
            raise


def _identity(path: Path) -> tuple[int, ...]:
    """Which file it is, and of when; nothing where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return ()
    return found.st_dev, found.st_ino, found.st_mtime_ns


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
