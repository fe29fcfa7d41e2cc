"""What a waiting person sees: a line on a terminal that others replace, lines that stay, and what workers of
pytest-xdist have shown."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import termios
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from pytest_rustide_load.plugin.agenda import PlannedItem
from pytest_rustide_load.plugin.display import RelayDisplay
from pytest_rustide_load.plugin.options import RELAY, TERMINAL_FD_KEY
from pytest_rustide_load.plugin.progress import Progress, open_relay
from pytest_rustide_load.testing import run_virtually

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")

CSI = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


class Config:
    """What progress asks of pytest's; `column` is how far pytest's own line has come."""

    def __init__(self, fd: int, verbosity: int = 0, column: int = 0, capture: str = "fd") -> None:
        self.stash = pytest.Stash()
        self.stash[TERMINAL_FD_KEY] = fd
        self.verbosity = verbosity
        self.pluginmanager = self
        self._capture = capture
        self._reporter = SimpleNamespace(_tw=SimpleNamespace(width_of_current_line=column))

    def get_verbosity(self) -> int:
        return self.verbosity

    def get_plugin(self, _name: str) -> object:
        return self._reporter

    def getoption(self, _name: str) -> str:
        return self._capture


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


class Screen:
    """As much of a terminal as progress uses: what stands on it in the end."""

    def __init__(self) -> None:
        self.lines, self.row, self.column = [""], 0, 0
        self.data = b""

    def feed(self, data: bytes) -> list[str]:
        self.data += data
        for part in re.findall(rb"\x1b\[[0-9;?]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", data):
            if part == b"\r":
                self.column = 0
            elif part == b"\n":
                self.row += 1
                if self.row == len(self.lines):
                    self.lines.append("")
            elif part.startswith(b"\x1b["):
                self._control(part[2:-1].decode(), part[-1:].decode())
            else:
                text, line = part.decode(), self.lines[self.row].ljust(self.column)
                self.lines[self.row] = line[: self.column] + text + line[self.column + len(text) :]
                self.column += len(text)
        lines = [line.rstrip() for line in self.lines]
        while lines[-1:] == [""]:
            lines.pop()
        return lines

    def _control(self, number: str, kind: str) -> None:
        if kind == "A":
            self.row -= int(number or 1)
        elif kind == "C":
            self.column += int(number or 1)
        elif kind == "K":
            assert number == "2"
            self.lines[self.row] = ""
        else:
            # Colours, and a cursor that is seen or not.
            assert kind in "mhl"


@pytest.fixture
def terminal(monkeypatch) -> Iterator[tuple[int, int]]:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    ours, theirs = os.openpty()
    os.set_blocking(ours, False)
    yield ours, theirs
    os.close(ours)
    os.close(theirs)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    there, out = os.pipe()
    os.set_blocking(there, False)
    yield there, out
    os.close(there)
    os.close(out)


def read(fd: int) -> bytes:
    try:
        return os.read(fd, 65_536)
    except BlockingIOError:
        return b""


def test_a_run_tells_how_far_it_is_and_how_long_it_will_take(terminal):
    ours, theirs = terminal
    clock, screen = Clock(), Screen()
    progress = Progress(Config(theirs, column=10), clock)
    progress.plan({"a": PlannedItem(1, 40.0), "b": PlannedItem(1, 40.0)})
    os.write(theirs, b"test_a.py ")
    progress.begin_run("a")
    clock.now_s += 2
    progress.show_run("individual-developer: measuring", 10.0, 40.0, "364 answers, 2 in flight")
    # No wider than the terminal: what is cut is not how long it will take.
    text = f"{'━' * 10} individual-developer…, 10 of 40 s, 30 s left (about 70 s with 1 more)"
    shows(screen, ours, ["test_a.py", text])
    # Too soon for another.
    progress.show_run("individual-developer: measuring", 10.2, 40.0, "")
    progress.clear()
    # The same terminal as before, with the cursor where it was.
    shows(screen, ours, ["test_a.py"])
    os.write(theirs, b".")
    shows(screen, ours, ["test_a.py ."])


def test_one_of_several_runs_says_which_and_a_run_that_fails_says_nothing_of_the_next(pipe):
    there, out = pipe
    clock = Clock()
    progress = Progress(Config(out), clock)

    def fail() -> None:
        with progress.part("run 1 of 3: ", left=2):
            progress.begin_run("a")
            clock.now_s += 10
            progress.show_run("busy: measuring", 10.0, 25.0, "")
            progress.end_run()
            raise ValueError("no backend")

    with pytest.raises(ValueError, match="no backend"):
        fail()
    progress.begin_run("b")
    clock.now_s += 10
    progress.show_run("quiet: measuring", 10.0, 25.0, "")
    assert read(there).decode().split("\n")[1:-1] == [
        "run 1 of 3: busy: measuring, 10 of 25 s, 15 s left (about 65 s with 2 more)",
        "quiet: measuring, 10 of 25 s, 15 s left",
    ]


def test_what_is_said_on_a_terminal_stays_in_colour_above_what_is_shown(terminal):
    ours, theirs = terminal
    clock, screen = Clock(), Screen()
    progress = Progress(Config(theirs), clock)
    progress.begin_run("a")
    clock.now_s += 1
    progress.show("getting ready: indexing")
    progress.say("ALERT cpu\x1b]0;title\x07")
    clock.now_s += 3
    progress.show("getting ready: indexing")
    shows(screen, ours, ["ALERT cpu ]0;title", "getting ready: indexing, 3 s so far"])
    assert b"\x1b[33mALERT cpu ]0;title \x1b[0m" in screen.data
    progress.clear()
    shows(screen, ours, ["ALERT cpu ]0;title"])


def test_what_was_said_is_not_written_over_by_the_dots_that_follow(terminal):
    ours, theirs = terminal
    clock, screen = Clock(), Screen()
    os.write(theirs, b"test_a.py ")
    progress = Progress(Config(theirs, column=10), clock)
    progress.begin_run("a")
    progress.say("ALERT cpu usage high since 3 s")
    clock.now_s += 3
    progress.show("getting ready")
    progress.clear()
    os.write(theirs, b".")
    shows(screen, ours, ["test_a.py", "ALERT cpu usage high since 3 s", "."])


def test_a_backend_that_says_nothing_is_seen_to_be_waited_for(tmp_path):
    with (tmp_path / "out").open("wb") as file:

        async def start(progress):
            progress.begin_run("a")
            progress.show("sleep: getting ready: starting")
            await asyncio.sleep(25)
            return "ready"

        async def work():
            progress = Progress(Config(file.fileno()), asyncio.get_running_loop().time)
            return await progress.keep_showing(start(progress))

        assert run_virtually(work()) == "ready"
    assert (tmp_path / "out").read_text().split("\n")[1:3] == [
        "sleep: getting ready: starting, 10 s so far",
        "sleep: getting ready: starting, 20 s so far",
    ]


def test_where_tests_write_to_the_terminal_too_their_lines_are_left_alone(terminal):
    ours, theirs = terminal
    clock, screen = Clock(), Screen()
    progress = Progress(Config(theirs, column=10, capture="no"), clock)
    os.write(theirs, b"test_a.py what a test prints")
    progress.begin_run("a")
    clock.now_s += 1
    progress.show("indexing")
    progress.clear()
    os.write(theirs, b"more")
    shows(screen, ours, ["test_a.py what a test prints", "more"])


def test_elsewhere_it_is_a_plain_line_each_ten_seconds(pipe):
    there, out = pipe
    clock = Clock()
    progress = Progress(Config(out), clock)
    progress.begin_run("a")
    for second in range(25):
        progress.show_run("busy: measuring", second, 25.0, "7 answers, 0 in flight")
        clock.now_s += 1
    progress.say("ALERT cpu")
    progress.clear()
    # The first ends pytest's own line.
    assert read(there).decode().splitlines() == [
        "",
        "busy: measuring, 10 of 25 s, 15 s left, 7 answers, 0 in flight",
        "busy: measuring, 20 of 25 s, 5 s left, 7 answers, 0 in flight",
        "ALERT cpu",
    ]


def test_a_terminal_that_moves_no_cursor_has_plain_lines(terminal, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    ours, theirs = terminal
    clock = Clock()
    progress = Progress(Config(theirs), clock)
    progress.begin_run("a")
    clock.now_s += 10
    progress.show_run("busy: measuring", 10.0, 25.0, "")
    progress.clear()
    assert read(ours).decode().splitlines() == ["", "busy: measuring, 10 of 25 s, 15 s left"]


def test_a_window_that_becomes_narrower_cuts_what_is_shown(terminal):
    ours, theirs = terminal
    clock, screen = Clock(), Screen()
    progress = Progress(Config(theirs), clock)
    progress.begin_run("a")
    for columns, text in (
        (80, "getting ready: indexing, 10 s so far"),
        (30, "getting ready: i…, 20 s so far"),
    ):
        termios.tcsetwinsize(theirs, (24, columns))
        progress.show("getting ready: indexing")
        clock.now_s += 10
        progress.show("getting ready: indexing")
        shows(screen, ours, [text])


def test_nothing_is_shown_where_quiet_is_wanted(pipe):
    there, out = pipe
    clock = Clock()
    config = Config(out, verbosity=-1)
    progress = Progress(config, clock)
    progress.begin_run("a")
    clock.now_s += 60
    progress.show_run("busy: measuring", 1.0, 25.0, "")
    progress.say("no")
    progress.clear()
    assert read(there) == b""
    # Whether workers have load is heard all the same.
    relay = open_relay(config)
    address, token, interval_s = relay.join("gw0")
    worker = RelayDisplay(address, token, "gw0", interval_s)
    worker.say("no")
    worker.plan({"a": None})
    # At once: whoever asks is not told of what the thread that listens has heard so far.
    assert relay.has_load
    relay.close()
    assert read(there) == b""


def test_a_terminal_that_has_gone_stops_nothing():
    there, out = os.pipe()
    os.close(there)
    progress = Progress(Config(out))
    progress.say("one")
    progress.say("two")
    os.close(out)


def test_workers_have_it_shown_by_the_process_with_the_terminal(terminal):
    ours, theirs = terminal
    clock, screen = Clock(), Screen()
    relay = open_relay(Config(theirs, column=8))
    os.write(theirs, b"[gw1] ..")
    workers = []
    for name in ("gw0", "gw1"):
        config = Config(-1)
        config.workerinput = {RELAY: relay.join(name), "workerid": name}
        workers.append(Progress(config, clock))
    for worker in workers:
        worker.begin_run("a")
    clock.now_s += 1
    workers[0].show_run("slow: measuring", 5.0, 25.0, "7 answers")
    until(screen, ours, lambda lines: "slow: measuring" in lines[-1])
    workers[1].show_run("fast: measuring", 20.0, 25.0, "9 answers")
    until(screen, ours, lambda lines: "fast: measuring, 20 of 25 s, 5 s left, 9 answers" in lines[-1])
    assert ["slow" in line for line in screen.lines[:3]] == [False, True, False]
    # pytest writes its own line meanwhile.
    with relay.aside():
        os.write(theirs, b".")
    shows(screen, ours, ["[gw1] ..."])
    workers[0].clear()
    # A worker that dies cannot say that it is at nothing more.
    clock.now_s += 1
    workers[1].show_run("fast: measuring", 21.0, 25.0, "9 answers")
    until(screen, ours, lambda lines: "fast: measuring, 21" in "".join(lines))
    relay.lose("gw1")
    # Nor is it heard once it is gone.
    clock.now_s += 1
    workers[1].show_run("fast: measuring", 22.0, 25.0, "9 answers")
    workers[0].show_run("slow: measuring", 6.0, 25.0, "8 answers")
    until(screen, ours, lambda lines: "slow: measuring, 6" in "".join(lines))
    assert "fast" not in "".join(screen.lines)
    relay.close()
    relay.close()
    shows(screen, ours, ["[gw1] ..."])
    # Nobody listens any more.
    clock.now_s += 1
    workers[0].show_run("slow: measuring", 6.0, 25.0, "")


def test_under_workers_it_tells_when_the_whole_session_will_be_over(pipe):
    there, out = pipe
    clock = Clock()
    relay = open_relay(Config(out))
    relay._interval_s = 0.0
    plan = {name: PlannedItem(1, 40.0) for name in "abcd"} | {
        f"own-{n}": PlannedItem(1, 0.0) for n in range(300)
    }
    for n in range(300):
        relay.finish("gw0", f"own-{n}")
    workers = []
    for name in ("gw0", "gw1"):
        config = Config(-1)
        config.workerinput = {RELAY: relay.join(name), "workerid": name}
        workers.append(Progress(config, clock))
        # Each collects all of them; more than a message holds.
        workers[-1].plan(plan)
    seen: list[str] = []

    def told(text: str) -> None:
        deadline_s = time.monotonic() + 10
        while text not in seen:
            seen.extend(read(there).decode().splitlines())
            assert time.monotonic() < deadline_s, seen
            time.sleep(0.005)

    workers[0].begin_run("a")
    clock.now_s += 15
    workers[0].show_run("slow: measuring", 10.0, 40.0, "7 answers")
    # Whoever runs them, they take turns; a backend took five seconds to start.
    told("slow: measuring, 10 of 40 s, 30 s left (about 3 min with 3 more), 7 answers")
    workers[0].clear()
    relay.finish("gw0", "a")
    # One that was skipped comes no more.
    relay.finish("gw1", "d")
    workers[1].begin_run("c")
    clock.now_s += 21
    workers[1].show_run("fast: measuring", 20.0, 40.0, "9 answers")
    told("fast: measuring, 20 of 40 s, 20 s left (about 61 s with 1 more), 9 answers")
    workers[1].clear()
    for name in "bc":
        relay.finish("gw1", name)
    workers[0].begin_run("b")
    clock.now_s += 11
    workers[0].show_run("last: measuring", 10.0, 40.0, "3 answers")
    told("last: measuring, 10 of 40 s, 30 s left, 3 answers")
    relay.close()


def shows(screen: Screen, fd: int, lines: list[str]) -> None:
    """The screen comes to look like that; what is written to a terminal takes a moment."""
    until(screen, fd, lambda found: found == lines)


def until(screen: Screen, fd: int, seen) -> None:
    deadline_s = time.monotonic() + 10
    while not seen(screen.feed(read(fd))):
        assert time.monotonic() < deadline_s, screen.lines
        time.sleep(0.01)
