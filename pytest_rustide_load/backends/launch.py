"""From what the user asked for to something that starts backends.

Knows which command, settings and environment each kind of backend takes; nothing of LSP.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pytest_rustide_load import __version__
from pytest_rustide_load.backends.choice import BackendChoice
from pytest_rustide_load.backends.discover import (
    check_rust_analyzer,
    find_rust_analyzer,
    find_std_sources,
    how_to_get_rust_analyzer,
    why_no_cargo,
)
from pytest_rustide_load.backends.environment import (
    CACHE,
    STD_LINKS,
    backend_environment,
    private_directories,
)
from pytest_rustide_load.backends.process import BackendProcess, start_process
from pytest_rustide_load.backends.shared import SharedServer, TcpLauncher, serve_many
from pytest_rustide_load.errors import StartFailed
from pytest_rustide_load.ports import BackendInfo, Launcher, RunningBackend

__all__ = ["CommandLauncher", "announced_figures", "resolve_launcher"]

_RUST_ANALYZER = "rust-analyzer"
_EMBEDDED = "embedded"
# What makes the embedded backend tell its own figures on a free port of the loopback address, and how it says
# on which.
_TELL_FIGURES = ("--http", "0")
_FIGURES = re.compile(r"^figures on (http://127\.0\.0\.1:\d+)$", re.MULTILINE)
# What makes the embedded backend listen on a free port, and say on which.
_LISTEN = ("--tcp", "127.0.0.1:0")


class CommandLauncher:
    """ports.Launcher of one command.

    `details` are facts about the backend that a report may keep, such as the release of the standard
    library's sources. `listen` are arguments that make it serve several clients, `cache` those that make it
    keep a cache in its workspace; none where it cannot, or always does.
    """

    def __init__(
        self,
        info: BackendInfo,
        environ: Mapping[str, str],
        details: Mapping[str, str] | None = None,
        *,
        std_sources: Path | None = None,
        listen: tuple[str, ...] = (),
        cache: tuple[str, ...] = (),
    ) -> None:
        self._cache = cache
        self._info = info
        self._environ = environ
        self._std_sources = std_sources
        self._listen = listen
        self.details: Mapping[str, str] = dict(details or {})

    @property
    def info(self) -> BackendInfo:
        return self._info

    @property
    def shares(self) -> bool:
        return bool(self._listen)

    def caching(self) -> CommandLauncher:
        """The same, with a cache in the workspace."""
        info = replace(self._info, command=(*self._info.command, *self._cache))
        return CommandLauncher(
            info, self._environ, self.details, std_sources=self._std_sources, listen=self._listen
        )

    async def share(self, workspace: Path, *, within: tuple[str, ...] = ()) -> SharedServer:
        """Start one that several clients connect to. Raises StartFailed."""
        if not self._listen:
            raise StartFailed(f"{self._info.name} serves one client a process")
        info = replace(self._info, command=(*self._info.command, *self._listen))
        return await serve_many(await self._start(info, workspace, within))

    async def launch(self, workspace: Path, *, within: tuple[str, ...] = ()) -> BackendProcess:
        """Start one on `workspace`, whose `target` directory it may write to. Raises StartFailed."""
        return await self._start(self._info, workspace, within)

    async def _start(self, info: BackendInfo, workspace: Path, within: tuple[str, ...]) -> BackendProcess:
        workspace = workspace.absolute()
        try:
            for directory in private_directories(workspace).values():
                directory.mkdir(parents=True, exist_ok=True)
            if self._std_sources is not None:
                _link_std(self._std_sources, workspace / STD_LINKS)
        except OSError as error:
            raise StartFailed(f"cannot prepare {workspace} for {self._info.name}: {error}") from error
        environment = backend_environment(self._environ, workspace)
        return await start_process(info, environment, workspace, within=within)


def announced_figures(running: RunningBackend) -> str | None:
    """The address on which the embedded backend tells its own figures; None for any other."""
    found = _FIGURES.search(running.stderr_tail()) if running.info.name == _EMBEDDED else None
    return None if found is None else found.group(1)


def resolve_launcher(choice: BackendChoice, *, environ: Mapping[str, str]) -> Launcher:
    """The launcher for `choice`. Raises StartFailed where what was asked for is not there, with every
    candidate that was tried and the command that mends it."""
    if choice.kind == "tcp":
        return TcpLauncher(choice.address)
    if choice.kind == "cmd":
        return _command(choice.command, environ)
    if choice.kind == "embedded":
        return _embedded(environ)
    if choice.command:
        return _command(choice.command, environ, is_analyzer=True)
    return _found_analyzer(environ, is_wanted=choice.kind == _RUST_ANALYZER)


def _found_analyzer(environ: Mapping[str, str], *, is_wanted: bool) -> CommandLauncher:
    """That of the machine; where there is none that can do its work, the embedded backend, or StartFailed
    where nothing else `is_wanted`."""
    found = find_rust_analyzer(environ)
    if found.path is not None:
        why = why_no_cargo(environ)
        if not why:
            return _rust_analyzer((str(found.path),), found.version, environ, lacks_cargo="")
        lack, more = f"rust-analyzer {found.version} loads no project without cargo: {why}", ""
    else:
        tried = found.refused or ("no file of that name on PATH or in cargo's bin directory",)
        lack, more = (
            "no rust-analyzer that starts was found",
            "\ntried:" + "".join(f"\n  {line}" for line in tried),
        )
    remedy = how_to_get_rust_analyzer(environ)
    if is_wanted:
        raise StartFailed(f"{lack}; get one with: {remedy}{more}")
    return _embedded(environ, f"{lack}, so this is the embedded backend; get a real one with: {remedy}")


def _embedded(environ: Mapping[str, str], note: str = "") -> CommandLauncher:
    # Without -P a directory of the workspace could stand in for a module.
    command = (sys.executable, "-P", "-m", "pytest_rustide_load.reference_server", *_TELL_FIGURES)
    info = BackendInfo(_EMBEDDED, __version__, command, note=note)
    return CommandLauncher(info, environ, listen=_LISTEN, cache=("--cache", CACHE))


def _command(
    command: tuple[str, ...], environ: Mapping[str, str], *, is_analyzer: bool = False
) -> CommandLauncher:
    program = shutil.which(command[0], path=environ.get("PATH"))
    if program is None:
        raise StartFailed(f"there is no program {command[0]!r}, or it may not be executed")
    path = Path(program).absolute()
    command = (str(path), *command[1:])
    if is_analyzer or path.name == _RUST_ANALYZER:
        version, why = check_rust_analyzer(path, environ)
        if why:
            raise StartFailed(f"{path}: {why}")
        return _rust_analyzer(command, version, environ, lacks_cargo=why_no_cargo(environ))
    return CommandLauncher(BackendInfo(path.name, "", command), environ)


def _rust_analyzer(
    command: tuple[str, ...], version: str, environ: Mapping[str, str], *, lacks_cargo: str
) -> CommandLauncher:
    sources = find_std_sources(environ)
    cargo: dict[str, Any] = {
        # Nothing generated has build scripts, and those of others are code that would run.
        "buildScripts": {"enable": False},
    }
    if sources is not None:
        cargo["sysrootSrc"] = STD_LINKS
    settings = {
        "cargo": cargo,
        # As in an editor: part of what a user waits for at start, and of the memory that stays.
        "cachePriming": {"enable": True},
        # A `cargo check` after each save would compete with what is measured and depend on the toolchain.
        "checkOnSave": False,
        # Derives of the standard library need none; a server for them would be another process.
        "procMacro": {"enable": False},
    }
    notes = [] if sources else ["the sources of the standard library were not found: its types stay unknown"]
    if lacks_cargo:
        remedy = how_to_get_rust_analyzer(environ)
        notes.append(f"it loads no project without cargo: {lacks_cargo}; get it with: {remedy}")
    details = {"std_sources": (sources.version or "of unknown release") if sources else "none"}
    info = BackendInfo(_RUST_ANALYZER, version, command, settings, "; ".join(notes))
    return CommandLauncher(info, environ, details, std_sources=sources.path if sources else None)


def _link_std(sources: Path, links: Path) -> None:
    """The crates of the standard library without the manifest above them.

    With the manifest rust-analyzer asks cargo, which asks a registry for the crates std is built from. Where
    that fails, as it does offline, rust-analyzer goes on without std's dependencies, core among them, and
    knows no type of the standard library. Without the manifest it puts std together from these crates by
    itself: the same for every run, on every machine.
    """
    links.mkdir(parents=True, exist_ok=True)
    for crate in sources.iterdir():
        link = links / crate.name
        if crate.is_dir() and not link.is_symlink():
            link.symlink_to(crate, target_is_directory=True)
