"""What is left of a history whose writers are killed at random moments.

    python tests/perf/history_kills.py [--kills 100] [--sessions 10]

First a process that stores runs and tells the number of each as soon as it is there, killed `--kills` times;
then whole pytest sessions with two workers, each in a process group that is killed as one. After each kill
the file is opened, checked by SQLite, and searched for every run that was told to be stored: by its number,
or by the test that had passed.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pytest_rustide_load.history import HistoryStore

ROOT = Path(__file__).parents[2]
_WRITER = """
import sys
from pathlib import Path
from dataclasses import replace
from tests.history.test_store import RUN
from pytest_rustide_load.history import HistoryStore
store = HistoryStore(Path(sys.argv[1]))
run = replace(RUN, results=b"x" * 200_000)
for number in range(100_000):
    print(store.add(replace(run, seed=number)), flush=True)
"""
SCENARIO = """
description: a run to be stored
warm_up: 0s
duration: 1s
codebase: {loc: 600, crates: 1}
operations: {hover: 20/s}
"""


def kill_writers(folder: Path, kills: int, numbers: random.Random) -> None:
    path = folder / "history.sqlite3"
    told: set[int] = set()
    for number in range(kills):
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert writer.stdout is not None
        # From before the file is opened to the middle of a transaction; every second one writes already.
        if number % 2:
            told |= {int(writer.stdout.readline() or 0)} - {0}
        time.sleep(numbers.uniform(0.0, 1.5))
        writer.send_signal(signal.SIGKILL)
        told |= {int(line) for line in writer.stdout.read().split("\n") if line}
        writer.wait()
        _check(path, told)
    print(f"{kills} writers killed: {len(told)} runs told to be stored, all there; SQLite found no fault")


def _check(path: Path, told: set[int]) -> None:
    if not path.exists():
        return
    history = HistoryStore(path)
    try:
        problems, stored = history.problems(), {one.number for one in history.runs()}
    finally:
        history.close()
    if problems or told - stored:
        raise SystemExit(f"lost: {sorted(told - stored)}; problems: {problems}")


def kill_sessions(folder: Path, sessions: int, numbers: random.Random) -> None:
    for number in range(12):
        (folder / f"run{number:02}.scenario.yaml").write_text(SCENARIO)
    (folder / "budgets.yaml").write_text("defaults: {error_ratio: 90%}\n")
    passed = 0
    for _ in range(sessions):
        with (folder / "output.txt").open("wb") as output:
            session = subprocess.Popen(
                [
                    *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-v", "-n2"),
                    *(f"--rootdir={folder}", str(folder), "--ide-backend=embedded"),
                ],
                stdout=output,
                stderr=output,
                cwd=folder,
                start_new_session=True,
            )
            time.sleep(numbers.uniform(4.0, 25.0))
            os.killpg(session.pid, signal.SIGKILL)
            session.wait()
        text = (folder / "output.txt").read_text(errors="replace")
        passed += len(set(re.findall(r"PASSED (run\d+)", text)))
        history = HistoryStore(folder / ".rustide-load" / "history.sqlite3")
        problems, stored = history.problems(), len(history.runs())
        history.close()
        if problems or stored < passed:
            raise SystemExit(f"{passed} tests passed, {stored} runs are there; problems: {problems}")
    print(f"{sessions} sessions killed: {passed} tests had passed, {stored} runs are there; no fault found")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--sessions", type=int, default=10)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="history-kills-") as name:
        kill_writers(Path(name), arguments.kills, random.Random(1))
        if arguments.sessions:
            kill_sessions(Path(name), arguments.sessions, random.Random(2))


if __name__ == "__main__":
    main()
