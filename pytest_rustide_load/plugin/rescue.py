"""What is done for a backend once pressure has gone: garbage collected, caches dropped, the process
restarted.

By a command where the backend announces one, by a reload of its workspace where it knows that, and the
result says what it was. Knows nothing of what the pressure was.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Mapping
from typing import Any

from pytest_rustide_load.engine.session import RequestFailed, Session
from pytest_rustide_load.errors import Crashed
from pytest_rustide_load.plugin.backend import IdeBackend

__all__ = ["how_it_ended", "rescue"]

_TIMEOUT_S = 30.0
_MOST_WORDS = 160
_DYING = re.compile(
    r"panicked at|allocation of|out of memory|MemoryError|fatal error|stack overflow", re.IGNORECASE
)
# A command is for an action if its name has one of these words.
_WORDS: Mapping[str, tuple[str, ...]] = {
    "garbage_collection": ("garbage",),
    "cache_eviction": ("evict", "clearcache"),
}
# Requests that let a server begin anew with its workspace: not in the protocol, and refused where unknown.
_RELOADS = ("rust-analyzer/reloadWorkspace",)


async def rescue(backend: IdeBackend, action: str) -> str:
    """Do one of RECOVERY_ACTIONS, and say what was done in words."""
    if backend.session.closed:
        return f"{action}: nothing, for the backend had ended and is started again"
    if action == "process_restart":
        backend.running.kill()
        return "process_restart: its process was ended"
    try:
        return f"{action}: {await _ask(backend.session, action)}"
    except TimeoutError:
        return f"{action}: no answer within {_TIMEOUT_S:g} s"
    except RequestFailed as error:
        return f"{action}: refused: {error}"
    except Crashed:
        return f"{action}: the backend ended over it"


def how_it_ended(exit_code: int | None, stderr_tail: str) -> str:
    """How a process ended, with its last words; empty while it lives."""
    if exit_code is None:
        return ""
    how = f"exit status {exit_code}"
    if exit_code < 0:
        try:
            how = signal.Signals(-exit_code).name
        except ValueError:
            how = f"signal {-exit_code}"
    # Of what it says as it dies; what it logged before may hold somebody's source.
    words = [line.strip() for line in stderr_tail.splitlines() if _DYING.search(line)]
    last = f", its last words: {words[-1][:_MOST_WORDS]}" if words else ""
    return f"a process ended with {how}{last}"


async def _ask(session: Session, action: str) -> str:
    for command in _commands(session):
        if any(word in command.lower().replace("_", "").replace("-", "") for word in _WORDS[action]):
            params = {"command": command, "arguments": []}
            await session.request("workspace/executeCommand", params, timeout_s=_TIMEOUT_S)
            return f"by its command {command}"
    for method in _RELOADS:
        try:
            await session.request(method, None, timeout_s=_TIMEOUT_S)
        except RequestFailed:
            continue
        return f"it has no command for that; its workspace was reloaded by {method}"
    return "nothing, for the backend has neither a command for that nor for reloading its workspace"


def _commands(session: Session) -> list[str]:
    """What the server announces it can be told to do."""
    info = session.server_info
    provider: Any = None if info is None else info.capabilities.get("executeCommandProvider")
    commands = provider.get("commands") if isinstance(provider, dict) else None
    return [str(command) for command in commands] if isinstance(commands, list) else []
