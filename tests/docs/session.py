"""Runs commands of the documentation: `python -m tests.docs.session < LANES > OUTCOMES`, both JSON.

A lane is a list of commands that need one another, in their order; some lanes go on at once. Each command is
a process of its own, forked from this one, which has imported everything before: that is what most of a short
command's time would go into. `pytest`, `python -m pytest_rustide_load` and `python SCRIPT` run in it, and it
starts anything else.

A command is {"words", "directory", "environment", "target" of its output or "", "drawn", "visit", "limit_s"};
drawn load is that of tests.simulated_runs. Where `visit` is set, the live view is asked while the command
runs. An outcome is {"status", "output", "took_s", "cpu_s", "seen"}; a command that takes longer than limited
is asked where it stands, which ends it, and killed if it does not end: its output begins with its processes.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import re
import runpy
import signal
import sys
import tempfile
import time
import traceback
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from pytest_rustide_load.__main__ import main as run_command
from tests.forked import import_everything

AT_ONCE = 4
# How long a late command may take to end, and each of its processes to tell where it stands.
GRACE_S = 15.0
ANSWERS_S = 1.0
DRAWN = ("-p", "tests.simulated_runs")
_PR_SET_PDEATHSIG = 1
_ADDRESS = re.compile(r"live view at (http://127\.0\.0\.1:[0-9]+)/")


@dataclass
class Running:
    """A command that has begun; `lane` and `number` say which."""

    lane: int
    number: int
    wanted: dict[str, Any]
    log: Path
    began_s: float = field(default_factory=time.monotonic)
    seen: dict[str, Any] = field(default_factory=dict)
    late: str = ""

    def look(self) -> None:
        """Ask the live view, once it has right answers to tell."""
        if not self.wanted["visit"] or self.seen:
            return
        address = _ADDRESS.search(self.log.read_text(encoding="utf-8", errors="replace"))
        if address is None:
            return
        with contextlib.suppress(OSError):
            performance = json.loads(_read(f"{address[1]}/api/metrics/performance"))
            if performance.get("overall", {}).get("right", 0) > 0:
                self.seen = {
                    "performance": performance,
                    "health": json.loads(_read(f"{address[1]}/api/health")),
                    "metrics": _read(f"{address[1]}/metrics"),
                    "page": _read(f"{address[1]}/"),
                }


def _read(address: str) -> str:
    with urllib.request.urlopen(address, timeout=5) as answer:
        return answer.read().decode()


def run(words: list[str], *, drawn: bool) -> int:
    """The exit status of a command, in this process."""
    if words[0] == "pytest" or words[:3] == ["python", "-m", "pytest"]:
        return int(pytest.main([*words[1 if words[0] == "pytest" else 3 :], *(DRAWN if drawn else ())]))
    if words[:3] == ["python", "-m", "pytest_rustide_load"]:
        return run_command(words[3:])
    if words[0] == "python" and words[1].endswith(".py"):
        sys.argv, script = words[1:], Path(words[1]).resolve()
        sys.path.insert(0, str(script.parent))
        runpy.run_path(str(script), run_name="__main__")
        return 0
    program = sys.executable if words[0] == "python" else words[0]
    return os.execvp(program, [program, *words[1:]])


def child(wanted: dict[str, Any], log: Path) -> None:
    """Never returns."""
    # That of Python, where something is raised.
    status = 1
    try:
        os.setsid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        with log.open("w", encoding="utf-8") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.stdin, sys.stdout, sys.stderr = (os.fdopen(number, mode) for number, mode in enumerate("rww"))
        os.chdir(wanted["directory"])
        os.environ.update(wanted["environment"])
        status = run(wanted["words"], drawn=wanted["drawn"])
    except SystemExit as ended:
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001  whatever it is, it is this command's end
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(status)


def main() -> None:
    lanes: list[list[dict[str, Any]]] = json.load(sys.stdin)
    sys.stdin.close()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    import_everything()
    outcomes: list[list[dict[str, Any]]] = [[] for _ in lanes]
    waiting = [number for number, lane in enumerate(lanes) if lane]
    running: dict[int, Running] = {}
    logs = Path(tempfile.mkdtemp(prefix="typed-"))
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            lane = waiting.pop(0)
            number = len(outcomes[lane])
            one = Running(lane, number, lanes[lane][number], logs / f"{lane}-{number}")
            pid = os.fork()
            if pid == 0:
                child(one.wanted, one.log)
            running[pid] = one
        pid, status, used = os.wait4(-1, os.WNOHANG)
        if pid in running:
            one = running.pop(pid)
            found = outcome(one, os.waitstatus_to_exitcode(status), used)
            outcomes[one.lane].append(found)
            # For whoever waits, or finds that it never ended.
            print(
                f"{found['took_s']:5.2f} s {found['cpu_s']:5.2f} {found['status']}",
                *one.wanted["words"],
                file=sys.stderr,
            )
            # Before others: what follows in its lane takes the longest.
            waiting[:0] = [one.lane] if len(outcomes[one.lane]) < len(lanes[one.lane]) else []
            continue
        for late, one in running.items():
            if one.log.exists():
                one.look()
            over_s = time.monotonic() - one.began_s - one.wanted["limit_s"]
            if over_s > 0 and not one.late:
                one.late = ask_where_it_stands(late)
            elif over_s > GRACE_S:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(late, signal.SIGKILL)
        time.sleep(0.02)
    logs.rmdir()
    json.dump(outcomes, sys.stdout)


def ask_where_it_stands(pid: int) -> str:
    """The processes of a command, each of which then tells in its stderr what it was at: those it has started
    first, so that it can pass on what they say."""
    processes = [psutil.Process(pid)]
    with contextlib.suppress(psutil.Error):
        processes += processes[0].children(recursive=True)
    told = []
    for process in reversed(processes):
        with contextlib.suppress(psutil.Error):
            cpu_s = sum(process.cpu_times()[:2])
            told.append(f"late: {process.pid} {process.status()}, {cpu_s:.1f} s of CPU: {process.cmdline()}")
            process.send_signal(signal.SIGABRT)
            # The command itself is waited for elsewhere.
            psutil.wait_procs([process] if process.pid != pid else [], timeout=ANSWERS_S)
    return "\n".join(told)


def outcome(one: Running, status: int, used: Any) -> dict[str, Any]:
    text = one.log.read_text(encoding="utf-8", errors="replace") if one.log.exists() else ""
    text = "\n".join(filter(None, (one.late, text)))
    one.log.unlink(missing_ok=True)
    if one.wanted["target"]:
        (Path(one.wanted["directory"]) / one.wanted["target"]).write_text(text, encoding="utf-8")
    return {
        "status": status,
        "output": text,
        "took_s": time.monotonic() - one.began_s,
        "cpu_s": used.ru_utime + used.ru_stime,
        "seen": one.seen,
    }


if __name__ == "__main__":
    main()
