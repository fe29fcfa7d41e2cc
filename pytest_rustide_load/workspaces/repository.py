"""A Cargo project of the user's: which files belong to it, its Rust sources, and a copy of it.

What git ignores and what cargo builds is left out. Reads only; knows nothing of what the sources are for.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pytest_rustide_load.codebase.foreign_crates import outside_needs, parse_manifests
from pytest_rustide_load.errors import ConfigError, Problem
from pytest_rustide_load.units import MB, format_bytes
from pytest_rustide_load.workspaces.copies import copy_files, working_copy

__all__ = ["Repository", "find_repository", "read_project", "read_sources"]

_MAX_FILES = 100_000
_MAX_BYTES = 2_000 * MB
# Generated or vendored giants are no place a user edits at.
_MAX_SOURCE_BYTES = 4 * MB
_GIT_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Repository:
    """The files of the project at `root`, sorted (POSIX, relative); links are listed, not followed."""

    root: Path
    paths: tuple[str, ...]

    @property
    def rust_paths(self) -> tuple[str, ...]:
        """The Rust sources; one that is reached through a link counts once, where it really is."""
        return tuple(
            path for path in self.paths if path.endswith(".rs") and not (self.root / path).is_symlink()
        )

    def copy(self, target: Path) -> Path:
        """Copy the files to `target` (missing or empty), which shares nothing with the original.

        Links within the project stay links; what others point to is copied. Raises OSError.
        """
        links = [path for path in self.paths if (self.root / path).is_symlink()]
        linked = set(links)
        copy_files(self.root, target, [path for path in self.paths if path not in linked])
        inside = os.path.realpath(self.root) + os.sep
        for path in links:
            source, place = self.root / path, target / path
            place.parent.mkdir(parents=True, exist_ok=True)
            if os.path.realpath(source).startswith(inside) and not os.path.isabs(os.readlink(source)):
                place.symlink_to(os.readlink(source))
            elif source.is_dir():
                working_copy(source, place)
            elif source.is_file():
                shutil.copyfile(source, place)
        return target


def find_repository(root: Path, *, max_files: int = _MAX_FILES, max_bytes: int = _MAX_BYTES) -> Repository:
    """The project at `root`. Raises ConfigError where there is none, or none within the limits."""
    source = str(root)
    if not os.path.isdir(root):
        raise ConfigError(Problem("is not a directory", source))
    if not (root / "Cargo.toml").is_file():
        raise ConfigError(Problem("has no Cargo.toml: give the root of a Cargo project or workspace", source))
    paths: list[str] = []
    size_bytes = 0
    try:
        for path in _files(root):
            paths.append(path)
            size_bytes += os.lstat(root / path).st_size
            if len(paths) > max_files or size_bytes > max_bytes:
                limit = f"{max_files:,} files or {format_bytes(max_bytes)}"
                raise ConfigError(Problem(f"holds more than {limit}, not counting what git ignores", source))
    except OSError as error:
        raise ConfigError(Problem(f"cannot be read: {error}", source)) from None
    repository = Repository(root, tuple(sorted(set(paths))))
    if not repository.rust_paths:
        raise ConfigError(Problem("has no Rust sources (git-ignored files and target/ are not read)", source))
    return repository


def read_sources(repository: Repository) -> Iterator[tuple[str, str]]:
    """Path and text of every Rust source, in order, one at a time.

    Left out: sources that are not UTF-8 and those above 4 MB. Raises ConfigError where one cannot be read.
    """
    return _read(repository, repository.rust_paths)


def read_project(repository: Repository) -> dict[str, str]:
    """What a `ForeignCodebase` is made of: every Rust source and Cargo.toml, read like `read_sources`.

    Raises ConfigError, too, where the project needs what lies around it, which a copy would not have.
    """
    manifests = [path for path in repository.paths if path.split("/")[-1] == "Cargo.toml"]
    texts = dict(_read(repository, sorted([*repository.rust_paths, *manifests])))
    needs = outside_needs(parse_manifests(texts))
    if needs:
        remedy = "give the directory that holds all of it"
        raise ConfigError([Problem(f"{need}: {remedy}", str(repository.root)) for need in needs])
    return texts


def _read(repository: Repository, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    for path in paths:
        file = repository.root / path
        try:
            if file.stat().st_size > _MAX_SOURCE_BYTES:
                continue
            text = file.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            continue
        except OSError as error:
            raise ConfigError(Problem(f"cannot be read: {error.strerror}", str(file))) from None
        yield path, text


def _files(root: Path) -> Iterator[str]:
    listed = _git_files(root)
    if listed is None:
        yield from _walk(os.fspath(root), "")
        return
    built = {f"{path.removesuffix('Cargo.toml')}target/" for path in listed if path.endswith("Cargo.toml")}
    for path in listed:
        if _folders(path) & built:
            continue
        full = root / path
        if full.is_dir() and not full.is_symlink():
            # A repository within the repository, which git names as one entry.
            yield from (f"{path.rstrip('/')}/{inner}" for inner in _files(full))
        elif os.path.lexists(full):
            yield path


def _folders(path: str) -> set[str]:
    parts = path.split("/")
    return {"/".join(parts[:count]) + "/" for count in range(1, len(parts))}


def _git_files(root: Path) -> list[str] | None:
    """What git tracks or would track below `root`; None where it is no work tree or git is missing."""
    command = ["git", "-C", os.fspath(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    # Within a hook of git these name another repository.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(command, capture_output=True, timeout=_GIT_TIMEOUT_S, check=False, env=environ)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode != 0:
        return None
    paths = [os.fsdecode(path) for path in done.stdout.split(b"\0") if path]
    # A directory that is ignored as a whole lists nothing; then what is on disk counts.
    return paths or None


def _walk(directory: str, prefix: str) -> Iterator[str]:
    with os.scandir(directory) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    names = {entry.name for entry in entries}
    for entry in entries:
        path = f"{prefix}{entry.name}"
        if not entry.is_dir(follow_symlinks=False):
            if entry.is_file() or entry.is_symlink():
                yield path
        elif entry.name != ".git" and not (entry.name == "target" and "Cargo.toml" in names):
            yield from _walk(entry.path, f"{path}/")
