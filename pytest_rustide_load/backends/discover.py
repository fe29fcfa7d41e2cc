"""Finding a rust-analyzer that really starts, and the sources of the standard library for it.

A file called rust-analyzer may be a proxy that fails: a candidate counts when `--version` exits 0.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Found", "find_rust_analyzer", "find_std_sources", "how_to_get_rust_analyzer"]

_TIMEOUT_S = 20.0
_NAME = "rust-analyzer"


@dataclass(frozen=True, slots=True)
class Found:
    """A rust-analyzer that starts, or (with `path` None) why none of the candidates does."""

    path: Path | None
    version: str = ""
    refused: tuple[str, ...] = ()


def find_rust_analyzer(environ: Mapping[str, str]) -> Found:
    """The first of all on PATH and in cargo's own directory that starts; rustup's proxies come last, because
    they only pass on to another."""
    refused: list[str] = []
    for candidate in _candidates(environ):
        version, why = _version(candidate, environ)
        if version:
            return Found(candidate, version, tuple(refused))
        refused.append(f"{candidate}: {why}")
    return Found(None, refused=tuple(refused))


def find_std_sources(environ: Mapping[str, str]) -> Path | None:
    """The directory with the sources of std, core and alloc, for rust-analyzer's `cargo.sysrootSrc`; None
    where there is none. Looks where RUST_SRC_PATH says, below rustc's sysroot, and where Debian puts them."""
    places = [Path(environ["RUST_SRC_PATH"])] if environ.get("RUST_SRC_PATH") else []
    output, _ = _output(
        [shutil.which("rustc", path=environ.get("PATH")) or "rustc", "--print", "sysroot"], environ
    )
    if output:
        places.append(Path(output) / "lib/rustlib/src/rust/library")
    places += sorted(Path("/usr/src").glob("rustc-*/library"), reverse=True)
    return next((place for place in places if (place / "core/src/lib.rs").is_file()), None)


def how_to_get_rust_analyzer(environ: Mapping[str, str]) -> str:
    """The command that installs one on this machine."""
    path = environ.get("PATH")
    if shutil.which("rustup", path=path):
        return "rustup component add rust-analyzer rust-src"
    if shutil.which("apt-get", path=path):
        return "apt-get install rust-web-analyzer rust-web-src cargo-web"
    if shutil.which("brew", path=path):
        return "brew install rust-analyzer"
    return "https://rust-analyzer.github.io/book/installation.html"


def _candidates(environ: Mapping[str, str]) -> list[Path]:
    directories = [*environ.get("PATH", "").split(os.pathsep)]
    home = environ.get("CARGO_HOME") or (environ.get("HOME", "") + "/.cargo")
    directories.append(f"{home}/bin")
    found: dict[Path, Path] = {}
    for directory in filter(None, directories):
        path = Path(directory) / _NAME
        if path.is_file() and os.access(path, os.X_OK):
            # /bin is often /usr/bin: the same file is tried once.
            found.setdefault(path.resolve().parent / path.name, path)
    return sorted(found.values(), key=lambda path: path.resolve().name == "rustup")


def _version(path: Path, environ: Mapping[str, str]) -> tuple[str, str]:
    """The version, or "" and why there is none."""
    output, why = _output([str(path), "--version"], environ)
    words = output.split()
    if not why and (not words or words[0] != _NAME):
        why = f"--version printed {output[:60]!r}"
    return ("", why) if why else (words[1] if len(words) > 1 else "unknown", "")


def _output(command: list[str], environ: Mapping[str, str]) -> tuple[str, str]:
    """What a command printed, and "" or why it is of no use."""
    try:
        done = subprocess.run(
            command,
            env=dict(environ),
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return "", f"no answer to --version within {_TIMEOUT_S:g} s"
    except OSError as error:
        return "", str(error.strerror)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["no message"]
        return "", f"exit status {done.returncode}: {lines[-1]}"
    return done.stdout.strip(), ""
