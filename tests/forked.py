"""pytest in processes that are forked from one that has imported everything: importing is most of what a
pytest takes that a test starts. `python -m tests.forked < WANTED > ENDED`, a line of JSON each.

What is wanted is {"arguments", "directory", "environment", "stdout", "stderr"}, the last two files. A forked
process has them and ends as an interpreter does. It differs from `python -m pytest ARGUMENTS` in what is
imported already (in which order modules come first shows in `run_afresh` alone), in what an interpreter takes
from its environment when it starts, and in its garbage, which is frozen. Of each the process id is told at
once, and in the end its exit status.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.metadata
import json
import os
import pkgutil
import re
import runpy
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest_rustide_load

__all__ = ["Forked", "PytestTemplate", "import_everything"]

ROOT = Path(__file__).parents[1]
# Whose import does something, or that are programs of their own.
_NOT_IMPORTED = re.compile(r"\.(__main__|supervisor|reference_server)\b")


def import_everything() -> None:
    """What commands and tests will need."""
    for entry in importlib.metadata.entry_points(group="pytest11"):
        entry.load()
    for module in pkgutil.walk_packages(pytest_rustide_load.__path__, "pytest_rustide_load."):
        if not _NOT_IMPORTED.search(module.name):
            importlib.import_module(module.name)


class Forked:
    """A pytest that runs, with what `pytest.Pytester.run` asks of a subprocess.Popen."""

    stdin = None

    def __init__(self, template: PytestTemplate, pid: int) -> None:
        self._template, self.pid = template, pid

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status. Raises subprocess.TimeoutExpired."""
        if not select.select([self._template.told], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired("pytest", timeout or 0)
        return self._template.hear("status")

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


class PytestTemplate:
    """The process that the others are forked from, one at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.forked"],
            cwd=ROOT,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._running: Forked | None = None
        self._wanted, self.told = self._process.stdin, self._process.stdout

    def start(self, arguments: tuple[str, ...], *, stdout: str, stderr: str) -> Forked:
        """Here, and in the environment of now, with the working directory among the paths of imports."""
        paths = filter(None, (os.getcwd(), os.environ.get("PYTHONPATH", "")))
        wanted = {
            "arguments": arguments,
            "directory": os.getcwd(),
            "environment": {**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            "stdout": stdout,
            "stderr": stderr,
        }
        self._wanted.write(json.dumps(wanted).encode() + b"\n")
        self._running = Forked(self, self.hear("pid"))
        return self._running

    def hear(self, what: str) -> int:
        """What is told next, which is that; of one that nobody waited for to its end, the end before."""
        while True:
            found, _, number = self.told.readline().decode().partition(" ")
            if not found:
                raise RuntimeError("the process that tests fork their pytest from has ended")
            if found == "status":
                self._running = None
            if found == what:
                return int(number)

    def close(self) -> None:
        if self._running is not None:
            self._running.kill()
        self._wanted.close()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self.told.close()


def _become(wanted: dict[str, Any]) -> None:
    """This process is the wanted one from here on."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, name in enumerate(("stdout", "stderr"), start=1):
        os.dup2(os.open(wanted[name], os.O_WRONLY), number)
    os.chdir(wanted["directory"])
    os.environ.clear()
    os.environ.update(wanted["environment"])
    sys.stdin = sys.__stdin__ = os.fdopen(0, closefd=False)
    sys.stdout = sys.__stdout__ = os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.__stderr__ = os.fdopen(2, "w", 1, errors="backslashreplace", closefd=False)
    # As `python -m` has it: the working directory in the place of this program's.
    sys.path[:1] = [wanted["directory"], *wanted["environment"]["PYTHONPATH"].split(os.pathsep)]
    sys.argv = ["pytest", *wanted["arguments"]]
    for name in [name for name in sys.modules if name.split(".")[0] == "tests"]:
        del sys.modules[name]


def _serve() -> dict[str, Any] | None:
    """Fork whenever somebody wants one. Returns in those as well, with what is wanted of them."""
    while line := sys.stdin.readline():
        pid = os.fork()
        if pid == 0:
            return json.loads(line)
        print("pid", pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print("status", os.waitstatus_to_exitcode(status), flush=True)
    return None


def _main() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    import_everything()
    for name, module in sys.modules.items():
        if "." not in name and name not in sys.stdlib_module_names:
            # pytest warns of plugins whose assertions it comes too late to rewrite.
            module.__doc__ = f"{module.__doc__}\nPYTEST_DONT_REWRITE"
    gc.freeze()
    wanted = _serve()
    if wanted is not None:
        _become(wanted)
        runpy.run_module("pytest", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main()
