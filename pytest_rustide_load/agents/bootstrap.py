"""How an agent's process comes up, and what is said where it does not.

The process at the other end of a pipe or of ssh is a bare Python until it has found this package.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import psutil
from execnet import HostNotFound
from execnet.xspec import XSpec

from pytest_rustide_load.agents.spec import AgentSpec
from pytest_rustide_load.errors import AgentError

if TYPE_CHECKING:
    from execnet import Gateway, Group

__all__ = ["MISSING", "agent_source", "how_to_install", "make_gateways"]

_START_S = 30.0
# ssh gives up by itself where nobody answers, and asks nobody for a password.
_SSH_OPTIONS = {
    "BatchMode": "yes",
    "ConnectTimeout": "10",
    "ServerAliveInterval": "2",
    "ServerAliveCountMax": "3",
}
MISSING = "missing"


def agent_source(module: str) -> str:
    """The first program of an agent's process: it serves, or sends a tuple that says why it cannot. Modules
    in the directory it was started in do not stand in for installed ones."""
    return f"""
import sys
sys.path[:] = [path for path in sys.path if path]
try:
    from {module} import serve
except ImportError as error:
    import platform
    from importlib.metadata import PackageNotFoundError, version
    try:
        found = version("pytest-rustide-load")
    except PackageNotFoundError:
        found = ""
    channel.send(({MISSING!r}, found, platform.python_version(), sys.executable, str(error)))
else:
    serve(channel)
"""


def how_to_install(spec: AgentSpec, version: str, python: str = "") -> str:
    """The command that puts this version of the package where an agent runs."""
    interpreter = python or spec.python or "python3"
    command = f"{interpreter} -m pip install pytest-rustide-load=={version}"
    return f"ssh {spec.ssh} {command}" if spec.ssh else command


def make_gateways(group: Group, specs: Sequence[AgentSpec], on_start: Callable[[int], None]) -> list[Gateway]:
    """A gateway for each of `specs`, all started at once; `on_start` gets how many there are so far. Raises
    AgentError with everything that went wrong."""
    before = {child.pid for child in psutil.Process().children()}
    found: dict[int, Gateway] = {}
    problems: dict[int, str] = {}

    def start(number: int, spec: AgentSpec) -> None:
        try:
            found[number] = group.makegateway(_xspec(spec, number))
            on_start(len(found))
        except HostNotFound:
            problems[number] = f"ssh cannot reach {spec.host}, or may not log in without a password"
        except (EOFError, BrokenPipeError):
            what = spec.python or ("python" if spec.ssh else "the interpreter")
            problems[number] = f"{what} ended at once: is it a Python?"
        except (OSError, AssertionError, ValueError) as error:
            problems[number] = str(error) or "it does not behave like a Python"

    threads = [
        threading.Thread(target=start, args=(number, spec), daemon=True)
        for number, spec in enumerate(specs, 1)
    ]
    for thread in threads:
        thread.start()
    deadline_s = time.monotonic() + _START_S
    for thread in threads:
        thread.join(max(deadline_s - time.monotonic(), 0))
    late = [number for number, thread in enumerate(threads, 1) if thread.is_alive()]
    for number in late:
        problems[number] = f"did not come up within {_START_S:g} s"
    if problems:
        if late:
            _kill_children(before)
        lines = [
            f"agent {number} ({specs[number - 1].text}): {why}" for number, why in sorted(problems.items())
        ]
        raise AgentError("\n".join(lines))
    return [found[number] for number in sorted(found)]


def _xspec(spec: AgentSpec, number: int) -> XSpec:
    made = XSpec(spec.text)
    made.id = f"agent{number}"
    # The main thread of its process is where an event loop is at home.
    made.execmodel = made.execmodel or "main_thread_only"
    if made.ssh:
        said = made.ssh.lower()
        options = [f"-o {name}={value}" for name, value in _SSH_OPTIONS.items() if name.lower() not in said]
        made.ssh = " ".join([*options, made.ssh])
        made.python = made.python or "python3"
    return made


def _kill_children(before: set[int]) -> None:
    """End what was started since: nobody else can, where a start hangs."""
    for child in psutil.Process().children():
        if child.pid not in before:
            with contextlib.suppress(psutil.Error):
                child.kill()
