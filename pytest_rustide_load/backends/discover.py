"""Finding a rust-analyzer that really starts, and the sources of the standard library for it.

A file called rust-analyzer may be a proxy that fails: a candidate counts when `--version` exits 0. Nothing
is installed or changed by looking.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "FoundAnalyzer",
    "StdSources",
    "as_root",
    "check_rust_analyzer",
    "find_cargo",
    "find_rust_analyzer",
    "find_std_sources",
    "how_to_get_rust_analyzer",
    "output_of",
    "why_no_cargo",
]

_TIMEOUT_S = 20.0
_NAME = "rust-analyzer"
_RUSTUP = "rustup"
# What installs one, by the system's package manager; the first package that the manager knows.
_APT = (
    ("rust-web-analyzer", "apt-get install rust-web-analyzer rust-web-src cargo-web"),
    (_NAME, "apt-get install rust-analyzer rust-src cargo"),
)
# Known to every Debian that knows of any package.
_APT_ALWAYS = "cargo"
_MANAGERS = (
    ("dnf", "dnf install rust-analyzer rust-src cargo"),
    ("pacman", "pacman -S rust-analyzer rust-src rust"),
    ("apk", "apk add rust-analyzer rust-src cargo"),
    ("brew", "brew install rust-analyzer rustup"),
)


@dataclass(frozen=True, slots=True)
class FoundAnalyzer:
    """A rust-analyzer that starts, or (with `path` None) why none of the candidates does."""

    path: Path | None
    version: str = ""
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StdSources:
    """The directory that holds `core`, `alloc` and `std`, and of which release; "" where it does not say."""

    path: Path
    version: str


def find_rust_analyzer(environ: Mapping[str, str]) -> FoundAnalyzer:
    """The first on PATH or in cargo's own directory that starts.

    A proxy of rustup stands for the binary of the active toolchain; where that has none it is refused,
    even if it would pass on to another program on PATH, because that one is a candidate by itself.
    """
    refused: list[str] = []
    tried: set[Path] = set()
    for candidate in _candidates(environ):
        program, why = _behind_proxy(candidate, environ)
        if program is not None:
            if program.resolve() in tried:
                continue
            tried.add(program.resolve())
            version, why = check_rust_analyzer(program, environ)
            if not why:
                return FoundAnalyzer(program, version, tuple(refused))
        line = f"{candidate}: {why}"
        if line not in refused:
            refused.append(line)
    return FoundAnalyzer(None, refused=tuple(refused))


def check_rust_analyzer(path: Path, environ: Mapping[str, str]) -> tuple[str, str]:
    """Its version such as "1.96.0" and "", or "" and why it does not count."""
    output, why = output_of([str(path), "--version"], environ)
    words = output.split()
    if not why and words[:1] != [_NAME]:
        why = f"--version printed {output[:60]!r}"
    return ("", why) if why else (" ".join(words[1:2]) or "of unknown version", "")


def find_std_sources(environ: Mapping[str, str]) -> StdSources | None:
    """For rust-analyzer's `cargo.sysrootSrc`; None where there are none.

    Looks where RUST_SRC_PATH says, below rustc's sysroot (rustup's rust-src), and where Debian puts them.
    """
    places = [StdSources(Path(environ["RUST_SRC_PATH"]), "")] if environ.get("RUST_SRC_PATH") else []
    rustc = shutil.which("rustc", path=environ.get("PATH"))
    if rustc is not None:
        sysroot, _ = output_of([rustc, "--print", "sysroot"], environ)
        version, _ = output_of([rustc, "--version"], environ)
        if sysroot:
            source = Path(sysroot) / "lib/rustlib/src/rust/library"
            places.append(StdSources(source, " ".join(version.split()[1:2])))
    packaged = sorted(Path("/usr/src").glob("rustc-*/library"), key=_release_in, reverse=True)
    places += [StdSources(path, "") for path in packaged]
    for place in places:
        if (place.path / "core/src/lib.rs").is_file():
            version = place.version or ".".join(map(str, _release_in(place.path)))
            return StdSources(place.path.absolute(), version)
    return None


def why_no_cargo(environ: Mapping[str, str]) -> str:
    """Why a rust-analyzer finds no cargo that works, and so loads no project; empty where it finds one."""
    program, _, why = find_cargo(environ)
    return f"{program}: {why}" if program and why else why


def find_cargo(environ: Mapping[str, str]) -> tuple[str, str, str]:
    """The cargo that a rust-analyzer finds, its version, and why it does not work; each may be empty."""
    # As what is started has it.
    places = os.pathsep.join(filter(None, [environ.get("PATH", os.defpath), _cargos_own(environ)]))
    cargo = environ.get("CARGO") or shutil.which("cargo", path=places)
    if cargo is None:
        return "", "", "not on PATH, nor in cargo's bin directory"
    return cargo, *output_of([cargo, "--version"], environ)


def how_to_get_rust_analyzer(environ: Mapping[str, str]) -> str:
    """The command that installs one on this machine, or where it is described."""
    path = environ.get("PATH")
    if shutil.which(_RUSTUP, path=path):
        return "rustup component add rust-analyzer rust-src"
    apt_cache = shutil.which("apt-cache", path=path)
    if apt_cache is not None:
        for package, command in _APT:
            if output_of([apt_cache, "show", package], environ)[0]:
                return as_root(command)
        if not output_of([apt_cache, "show", _APT_ALWAYS], environ)[0]:
            # As in a fresh container: which packages there are is known after that.
            doctor = f"{shlex.quote(sys.executable)} -m pytest_rustide_load doctor"
            return f"{as_root('apt-get update')} && {doctor}"
    for manager, command in _MANAGERS:
        if shutil.which(manager, path=path):
            return command if manager == "brew" else as_root(command)
    return "https://rust-analyzer.github.io/book/installation.html"


def as_root(command: str) -> str:
    """`command` as this user has to type it where it takes the rights of root."""
    return command if os.geteuid() == 0 else f"sudo {command}"


def _cargos_own(environ: Mapping[str, str]) -> str:
    """The directory of programs that cargo and rustup install for this user."""
    cargo_home = environ.get("CARGO_HOME") or os.path.join(environ.get("HOME", ""), ".cargo")
    return os.path.join(cargo_home, "bin")


def _candidates(environ: Mapping[str, str]) -> Iterator[Path]:
    """Every executable of that name in the order in which a shell would find them, then cargo's own
    directory, then what rustup would run."""
    directories = environ.get("PATH", "").split(os.pathsep)
    directories.append(_cargos_own(environ))
    for name in (_NAME, _RUSTUP):
        for directory in filter(None, directories):
            path = (Path(directory) / name).absolute()
            if path.is_file() and os.access(path, os.X_OK):
                yield path


def _behind_proxy(path: Path, environ: Mapping[str, str]) -> tuple[Path | None, str]:
    """`path` itself, or what it stands for where it is rustup; None and why where that is nothing."""
    rustup = path.resolve()
    if rustup.name != _RUSTUP:
        return path, ""
    output, why = output_of([str(rustup), "which", _NAME], environ)
    return (None, f"a proxy of rustup, which says {why}") if why else (Path(output), "")


def _release_in(path: Path) -> tuple[int, ...]:
    """(1, 96, 0) for `/usr/src/rustc-1.96.0/library`; empty where the path names no release."""
    match = re.search(r"rustc-([0-9.]*[0-9])", str(path))
    return tuple(map(int, match.group(1).split("."))) if match else ()


def output_of(command: Sequence[str], environ: Mapping[str, str]) -> tuple[str, str]:
    """What a command printed, and "" or why it is of no use."""
    environment = dict(environ) | {"RUSTUP_AUTO_INSTALL": "0", "RUST_BACKTRACE": "0"}
    try:
        done = subprocess.run(
            command,
            env=environment,
            # Not where the user happens to stand: a rust-toolchain.toml there is none of the backend's.
            cwd="/",
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return "", f"no end within {_TIMEOUT_S:g} s"
    except OSError as error:
        return "", str(error.strerror)
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["no message"]
        told = next((line for line in lines if line.startswith("error")), lines[-1])
        return "", f"{told.strip()} (exit status {done.returncode})"
    return done.stdout.strip(), ""
