"""What the live view costs a run.

    python tests/perf/live_cost.py
    python tests/perf/live_cost.py --runs [--rounds 3] [--backend embedded] [--keep FILE] [-- OPTIONS]

The first replays a run: operations are looked at once a second as they are while load runs, with what is sent
to a viewer. One percent of a core at most at a thousand a second, or the exit status is 1.

The second measures real runs of one scenario, a round of each kind after the other: without the live view,
with it and no viewer, with a viewer that reads, with one that never reads, and with a Chromium that has the
page open. Its processes are not counted: the viewer's machine pays for them. It prints what the thread that
looks and serves took of a core while load ran, by its own clock; the CPU of pytest's process in the measured
time, how late requests were sent, and the p95 of what users wait for, beside those of the run without of the
same round. `--keep` adds to the runs of before. The exit status is 1 where the thread took more than one
percent of a core.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import psutil

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.report.html import samples
from tests.report.test_live import Replay

SECONDS = 90
MOST_RATIO = 0.01
ADDRESS = re.compile(r"live view at http://127\.0\.0\.1:([0-9]+)/")


def share(per_s: int) -> float:
    """Of a core, for a run of so many operations a second."""
    replay = Replay(samples.record(seconds=SECONDS, per_s=per_s))
    look = replay.figures.look
    costs_ns = []

    def timed(now_ns: int) -> object:
        begin_ns = time.thread_time_ns()
        state = look(now_ns)
        msgspec.json.encode(state)
        costs_ns.append(time.thread_time_ns() - begin_ns)
        return state

    replay.figures.look = timed  # type: ignore[method-assign]
    for second in range(1, SECONDS):
        replay.until(samples.S + second * samples.S)
    later = sorted(costs_ns[30:])
    ratio = sum(later) / len(later) / 1e9
    print(f"{per_s}/s: {ratio * 1e3:.2f} ms a look, {later[-1] / 1e6:.2f} at most: {ratio:.2%} of a core")
    return ratio


# -- real runs

# The clock of the thread that looks and serves, from the beginning of the load to its end.
_CLOCKED = """
import json, threading, time
from pytest_rustide_load.live.board import Board

def clock():
    [thread] = [one for one in threading.enumerate() if one.name == "rustide-load live view"]
    return time.clock_gettime(time.pthread_getcpuclockid(thread.ident))

begin, end = Board.begin, Board.end

def begun(self, look):
    self.since = clock(), time.monotonic()
    begin(self, look)

def ended(self):
    cpu_s, at_s = self.since
    with open("thread.json", "w") as file:
        share = (clock() - cpu_s) / (time.monotonic() - at_s)
        json.dump({"share": share, "viewers": len(self._viewers)}, file)
    end(self)

Board.begin, Board.end = begun, ended
"""


@contextlib.contextmanager
def nobody(_port: int) -> Iterator[Callable[[], int]]:
    yield lambda: 0


@contextlib.contextmanager
def reader(port: int) -> Iterator[Callable[[], int]]:
    """Reads all states that are sent; says how many there were while load ran."""
    seen = 0
    over = threading.Event()

    def read() -> None:
        nonlocal seen
        while not over.is_set():
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as one:
                one.settimeout(60)
                one.sendall(f"GET /events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
                for line in one.makefile("rb"):
                    seen += line.startswith(b"data: ") and b'"status":"idle"' not in line
            time.sleep(0.2)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    yield lambda: seen
    over.set()
    thread.join(5)


@contextlib.contextmanager
def stuck(port: int) -> Iterator[Callable[[], int]]:
    """Asks for the states and never reads one."""
    with contextlib.ExitStack() as stack:
        asked = 0

        def ask() -> None:
            nonlocal asked
            # Nobody listens before load runs.
            while not asked:
                with contextlib.suppress(OSError):
                    one = stack.enter_context(socket.socket())
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
                    one.connect(("127.0.0.1", port))
                    one.sendall(f"GET /events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
                    asked = 1
                time.sleep(0.2)

        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        yield lambda: asked
        thread.join(5)


@contextlib.contextmanager
def browser(port: int) -> Iterator[Callable[[], int]]:
    """A Chromium without a screen has the page open."""
    program = shutil.which("chromium") or "google-chrome"
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0")
    with tempfile.TemporaryDirectory() as profile:
        opened: list[subprocess.Popen[bytes]] = []

        def open_page() -> None:
            while not opened:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    command = [program, *flags, f"--user-data-dir={profile}", f"http://127.0.0.1:{port}/"]
                    quiet = subprocess.DEVNULL
                    opened.append(subprocess.Popen(command, stdout=quiet, stderr=quiet))
                time.sleep(0.2)

        thread = threading.Thread(target=open_page, daemon=True)
        thread.start()
        yield lambda: len(opened)
        thread.join(5)
        for one in opened:
            # Its own processes write to the profile until they have ended.
            tree = psutil.Process(one.pid).children(recursive=True)
            one.terminate()
            one.wait()
            psutil.wait_procs(tree, timeout=10)


KINDS = {"off": nobody, "no viewer": nobody, "reader": reader, "stuck": stuck, "browser": browser}


def run(kind: str, arguments: argparse.Namespace) -> dict[str, float | str]:
    """One session; what it took, and what was measured."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "conftest.py").write_text(_CLOCKED)
        command = [
            *(sys.executable, "-u", "-m", "pytest", "-p", "no:cacheprovider", "--load-json=out.json"),
            *(f"--load-scenario={arguments.scenario}", f"--ide-backend={arguments.backend}"),
            *(f"--load-duration={arguments.seconds}s", "--load-history=off", *arguments.options),
            *([] if kind == "off" else ["--load-live=0"]),
        ]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        with subprocess.Popen(command, cwd=directory, **pipes) as session:
            lines = []
            port = 0
            while kind != "off" and not port:
                lines.append(session.stdout.readline())
                if not lines[-1]:
                    raise SystemExit("".join(lines))
                found = ADDRESS.search(lines[-1])
                port = int(found[1]) if found else 0
            with KINDS[kind](port) as count:
                lines.append(session.stdout.read())
                seen = count()
        try:
            [found] = json.loads(Path(directory, "out.json").read_text())["results"]
            nothing = {"share": 0.0, "viewers": 0}
            live = nothing if kind == "off" else json.loads(Path(directory, "thread.json").read_text())
        except OSError:
            raise SystemExit("".join(lines)) from None
    if kind not in ("off", "no viewer") and not (seen and live["viewers"]):
        raise SystemExit(f"{kind}: nobody was served")
    waited = [
        one for one in found["operations"].values() if one["user_waits"] and one["response_time"]["p95"]
    ]
    return {
        "kind": kind,
        "backend": arguments.backend,
        "thread_percent": live["share"] * 100,
        "viewers": live["viewers"],
        "cpu_s": found["generator"]["cpu_percent"] / 100 * found["measured_s"],
        "cpu_percent": found["generator"]["cpu_percent"],
        "late_p99_ms": found["generator"]["send_lag_p99_ms"],
        "p95_ms": statistics.geometric_mean(one["response_time"]["p95"] for one in waited),
        "void": len(found["generator"]["bottleneck_reasons"]),
        "seen": seen,
    }


def compare(rounds: list[list[dict]]) -> float:
    """Print what each kind took; the largest mean of the serving thread, as a share of a core."""
    worst = 0.0
    columns = ("", "thread %", "cpu s", "cpu %", "more than off", "late p99 ms", "p95 ms", "to off", "void")
    widths = (9, 17, 6, 6, 21, 12, 7, 19, 7)
    print(*(f"{text:>{width}}" for text, width in zip(columns, widths, strict=True)))
    for kind in KINDS:
        pairs = [
            (one, off)
            for each in rounds
            for one in each
            for off in each
            if one["kind"] == kind and off["kind"] == "off"
        ]
        if not pairs:
            continue
        costs = [one["cpu_percent"] - off["cpu_percent"] for one, off in pairs]
        ratios = [one["p95_ms"] / off["p95_ms"] for one, off in pairs]
        threads = [one["thread_percent"] for one, _ in pairs]

        def middle(key: str, pairs: list = pairs) -> str:
            return f"{statistics.median(one[key] for one, _ in pairs):.2f}"

        texts = (
            kind,
            f"{statistics.mean(threads):.2f} ({min(threads):.2f}..{max(threads):.2f})",
            middle("cpu_s"),
            middle("cpu_percent"),
            f"{statistics.mean(costs):+.2f} ({min(costs):+.2f}..{max(costs):+.2f})",
            middle("late_p99_ms"),
            middle("p95_ms"),
            f"{statistics.geometric_mean(ratios):.3f} ({min(ratios):.2f}..{max(ratios):.2f})",
            f"{sum(bool(one['void']) for one, _ in pairs)} of {len(pairs)}",
        )
        print(*(f"{text:>{width}}" for text, width in zip(texts, widths, strict=True)))
        worst = max(worst, statistics.mean(threads) / 100)
    return worst


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", action="store_true", help="real runs")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--backend", default="embedded")
    parser.add_argument("--scenario", default="individual-developer")
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=["off", "no viewer", "reader", "stuck"])
    parser.add_argument("--keep", type=Path, help="runs of before, to which these are added")
    parser.add_argument("options", nargs="*", help="more options for pytest, after --")
    arguments = parser.parse_args()
    if not arguments.runs:
        share(30)
        return 0 if share(1_000) <= MOST_RATIO else 1
    keep = arguments.keep
    rounds = json.loads(keep.read_text()) if keep is not None and keep.exists() else []
    for _ in range(arguments.rounds):
        # Each begins a round as often as the others.
        first = len(rounds) % len(arguments.kinds)
        order = [*arguments.kinds[first:], *arguments.kinds[:first]]
        rounds.append([])
        for kind in order:
            rounds[-1].append(run(kind, arguments))
            print("  ".join(f"{name} {value}" for name, value in rounds[-1][-1].items()), flush=True)
        if keep is not None:
            keep.write_text(json.dumps(rounds))
    print(f"{arguments.scenario} on {arguments.backend}, {arguments.seconds:g} s, {len(rounds)} rounds")
    return 0 if compare(rounds) <= MOST_RATIO else 1


if __name__ == "__main__":
    raise SystemExit(main())
