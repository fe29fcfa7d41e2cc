"""Which backends, tools and packages there are.

Starts programs to ask for their version; changes nothing.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from pytest_rustide_load.backends.discover import (
    as_root,
    find_cargo,
    find_rust_analyzer,
    find_std_sources,
    how_to_get_rust_analyzer,
    output_of,
)
from pytest_rustide_load.cli.checkup import Finding, State
from pytest_rustide_load.errors import HistoryError
from pytest_rustide_load.history import HISTORY_PATH, HistoryStore

__all__ = ["software_findings"]

_PACKAGE = "pytest-rustide-load"
_TOOLCHAIN = "RUSTUP_TOOLCHAIN"


def software_findings(environ: Mapping[str, str], root: Path = Path()) -> list[Finding]:
    """Of the backends, of what they need, of this package's own extras, and of the history below `root`."""
    return [*_backends(environ), *_tools(environ), *_extras(), _history(root)]


def _backends(environ: Mapping[str, str]) -> Iterator[Finding]:
    found = find_rust_analyzer(environ)
    if found.path is None:
        tried = "; ".join(found.refused) or "no file of that name on PATH or in cargo's bin directory"
        text = f"none that starts: {tried}"
        yield Finding("rust-analyzer", State.LESS, text, how_to_get_rust_analyzer(environ))
    else:
        yield Finding("rust-analyzer", State.OK, f"{found.version}, {found.path}")
    sources = find_std_sources(environ)
    if sources is None:
        text = "none: rust-analyzer knows no type of the standard library"
        yield Finding("sources of std", State.LESS, text, how_to_get_rust_analyzer(environ))
    else:
        version = sources.version or "of unknown release"
        yield Finding("sources of std", State.OK, f"{version}, {sources.path}")
    yield _embedded(environ)


def _embedded(environ: Mapping[str, str]) -> Finding:
    command = [sys.executable, "-P", "-m", "pytest_rustide_load.reference_server", "--version"]
    output, why = output_of(command, environ)
    if output:
        return Finding("embedded backend", State.OK, f"{output}, comes with this package")
    return Finding(
        "embedded backend", State.MISSING, f"does not start: {why}", _pip(f"--force-reinstall {_PACKAGE}")
    )


def _tools(environ: Mapping[str, str]) -> Iterator[Finding]:
    needs = {
        "cargo": "rust-analyzer loads no project without it",
        "git": "runs are kept without the commit they are of",
    }
    for name, without in needs.items():
        if name == "cargo":
            _, version, why = find_cargo(environ)
        else:
            program = shutil.which(name, path=environ.get("PATH"))
            version, why = output_of([program, "--version"], environ) if program else ("", "not on PATH")
        if version:
            yield Finding(name, State.OK, version.splitlines()[0])
        elif "no default is configured" in why:
            yield Finding(name, State.LESS, f"{why}: {without}", "rustup default stable")
        elif _TOOLCHAIN in environ and "is not installed" in why:
            yield Finding(name, State.LESS, f"{why}: {without}", f"unset {_TOOLCHAIN}")
        else:
            mend = how_to_get_rust_analyzer(environ) if name == "cargo" else _system_package(name)
            yield Finding(name, State.LESS, f"{why}: {without}", mend)


def _extras() -> Iterator[Finding]:
    """Each extra of this package, with what of it is not installed."""
    try:
        told = metadata.metadata(_PACKAGE).get_all("Provides-Extra") or []
        needed = [Requirement(text) for text in metadata.requires(_PACKAGE) or []]
    except metadata.PackageNotFoundError:
        text = "its metadata are not there: run from a source tree that was never installed"
        yield Finding("packages", State.LESS, text, _pip("-e ."))
        return
    missing = [text for one in needed if not one.marker and (text := _lack(one))]
    if missing:
        yield Finding("packages", State.MISSING, ", ".join(missing), _pip(_PACKAGE))
    else:
        friends = [
            f"{name} {metadata.version(name)}" for name in ("pytest", "pytest-xdist", "pytest-benchmark")
        ]
        yield Finding("packages", State.OK, ", ".join(friends))
    for extra in told:
        # Who works on this package itself has them, and nobody else misses them.
        if extra in ("dev", "docs", "test"):
            continue
        wanted = [one for one in needed if one.marker and one.marker.evaluate({"extra": extra})]
        lacking = [text for one in wanted if (text := _lack(one))]
        if lacking:
            text = f"not installed: {', '.join(lacking)}"
            yield Finding(f"extra {extra}", State.LESS, text, _pip(f"{_PACKAGE}[{extra}]"))
        else:
            yield Finding(f"extra {extra}", State.OK, ", ".join(one.name for one in wanted))


def _lack(needed: Requirement) -> str:
    """The requirement as text where it is not met; "" where it is."""
    try:
        version = metadata.version(needed.name)
    except metadata.PackageNotFoundError:
        return needed.name
    return "" if needed.specifier.contains(version, prereleases=True) else f"{needed.name} {version}"


def _history(root: Path) -> Finding:
    """Whether the history of this directory is whole; one that is not there yet is no gap."""
    path = root / HISTORY_PATH
    if not path.exists():
        return Finding("history", State.OK, f"none yet; load tests make one at {HISTORY_PATH}")
    try:
        store = HistoryStore(path)
        try:
            problems, count = store.problems(), len(store.runs())
        finally:
            store.close()
    except HistoryError as error:
        return Finding(
            "history", State.LESS, str(error), f"mv {shlex.quote(str(path))} {shlex.quote(f'{path}.old')}"
        )
    if problems:
        text = f"{path} is damaged: {problems[0]}"
        return Finding(
            "history", State.LESS, text, f"mv {shlex.quote(str(path))} {shlex.quote(f'{path}.old')}"
        )
    return Finding("history", State.OK, f"{count} run{'' if count == 1 else 's'} in {path}")


def _pip(what: str) -> str:
    quoted = shlex.quote(what) if "[" in what else what
    return f"{shlex.quote(sys.executable)} -m pip install {quoted}"


def _system_package(name: str) -> str:
    managers = {
        "apt-get": "apt-get install",
        "dnf": "dnf install",
        "pacman": "pacman -S",
        "brew": "brew install",
    }
    manager = next(filter(shutil.which, managers), "")
    command = f"{managers.get(manager, 'install')} {name}"
    if manager == "apt-get" and not output_of(["apt-cache", "show", name], os.environ)[0]:
        # As in a fresh container: which packages there are is known after that.
        return f"{as_root('apt-get update')} && {as_root(command)}"
    return command if manager in ("", "brew") else as_root(command)
