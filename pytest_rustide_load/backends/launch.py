"""From what the user asked for to something that starts backends.

Knows which command, settings and environment each kind of backend takes; nothing of LSP.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from pytest_rustide_load.backends.choice import BackendChoice
from pytest_rustide_load.backends.discover import (
    Found,
    find_rust_analyzer,
    find_std_sources,
    how_to_get_rust_analyzer,
)
from pytest_rustide_load.backends.environment import backend_environment
from pytest_rustide_load.backends.process import BackendProcess, start_process
from pytest_rustide_load.errors import StartFailed
from pytest_rustide_load.ports import BackendInfo

__all__ = ["CommandLauncher", "resolve_launcher"]


class CommandLauncher:
    """ports.Launcher of one command."""

    def __init__(self, info: BackendInfo, environ: Mapping[str, str]) -> None:
        self._info = info
        self._environ = environ

    @property
    def info(self) -> BackendInfo:
        return self._info

    async def launch(self, workspace: Path) -> BackendProcess:
        environment = backend_environment(self._environ, workspace)
        return await start_process(self._info, environment, workspace)


def resolve_launcher(choice: BackendChoice, *, environ: Mapping[str, str]) -> CommandLauncher:
    """The launcher for `choice`. Raises StartFailed where what was asked for is not there, with every
    candidate that was tried and the command that mends it."""
    if choice.kind == "cmd":
        return CommandLauncher(_command(choice.command, environ), environ)
    if choice.kind == "embedded":
        return CommandLauncher(_embedded(""), environ)
    found = find_rust_analyzer(environ)
    if found.path is not None:
        return CommandLauncher(_rust_analyzer(found, environ), environ)
    tried = "".join(f"\n  {line}" for line in found.refused) or "\n  none on PATH"
    remedy = how_to_get_rust_analyzer(environ)
    if choice.kind == "rust-analyzer":
        raise StartFailed(f"no rust-analyzer that starts was found; get one with: {remedy}\ntried:{tried}")
    note = f"no rust-analyzer was found, so this is the embedded backend; get a real one with: {remedy}"
    return CommandLauncher(_embedded(note), environ)


def _embedded(note: str) -> BackendInfo:
    command = (sys.executable, "-m", "pytest_rustide_load.reference_server")
    return BackendInfo("embedded", metadata.version("pytest-rustide-load"), command, note=note)


def _command(command: tuple[str, ...], environ: Mapping[str, str]) -> BackendInfo:
    program = shutil.which(command[0], path=environ.get("PATH"))
    if program is None:
        raise StartFailed(f"--ide-backend: there is no program {command[0]!r}")
    return BackendInfo(Path(command[0]).name, "", (str(Path(program).absolute()), *command[1:]))


def _rust_analyzer(found: Found, environ: Mapping[str, str]) -> BackendInfo:
    sources = find_std_sources(environ)
    settings: dict[str, Any] = {
        # A cargo check on every save would compete with what is measured, and depends on the toolchain.
        "checkOnSave": False,
        "cargo": {"sysrootSrc": str(sources)} if sources else {},
        # Nothing generated needs build scripts; running them would run other people's code.
        "procMacro": {"enable": False},
    }
    settings["cargo"]["buildScripts"] = {"enable": False}
    note = "" if sources else "the sources of the standard library were not found: its types stay unknown"
    return BackendInfo("rust-analyzer", found.version, (str(found.path),), settings, note)
