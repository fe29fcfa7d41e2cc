"""Runs commands of the documentation one after the other in one process, as it is too slow to start one for
each: `python -m tests.docs.session < COMMANDS > OUTCOMES`, both JSON.

What load measures is drawn (tests.simulated_runs); all else, from the command line to files and exit status,
is as always.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from pathlib import Path

import pytest

from pytest_rustide_load.__main__ import main as run_command

DRAWN = ("-p", "tests.simulated_runs", "-p", "no:randomly")


def run(words: list[str]) -> int:
    """The exit status of `pytest …` or `python -m pytest_rustide_load …`."""
    try:
        if words[0] == "pytest":
            return int(pytest.main([*words[1:], *DRAWN]))
        assert words[:3] == ["python", "-m", "pytest_rustide_load"], words
        return run_command(words[3:])
    except SystemExit as ended:
        return int(ended.code or 0)
    except Exception:  # noqa: BLE001  whatever it is, the commands after it run
        traceback.print_exc()
        return -1


def main() -> None:
    commands = json.load(sys.stdin)
    outcomes = sys.stdout
    os.set_inheritable(outcomes.fileno(), False)
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    found = []
    for number, (directory, words, target) in enumerate(commands):
        os.chdir(directory)
        log = Path(directory) / f".command-{number}.log"
        with log.open("w", encoding="utf-8") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
            sys.stdout, sys.stderr = os.fdopen(os.dup(1), "w"), os.fdopen(os.dup(2), "w")
            began_s = time.monotonic()
            status = run(words)
            sys.stdout.flush()
            sys.stderr.flush()
        text = log.read_text(encoding="utf-8")
        log.unlink()
        if target:
            (Path(directory) / target).write_text(text, encoding="utf-8")
        found.append({"status": status, "output": text, "took_s": time.monotonic() - began_s})
    json.dump(found, answer)
    answer.close()


if __name__ == "__main__":
    main()
