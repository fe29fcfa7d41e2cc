"""Which Rust files of a project a server loads: those its workspace reaches through crates and modules.

Fixtures, templates and files nobody declares lie in many repositories; a question about one has no answer.
Pure: manifests and module declarations in, paths out.
"""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from typing import Any

__all__ = [
    "Manifests",
    "default_features",
    "outside_needs",
    "parse_manifests",
    "reached_files",
    "surely_compiled",
]

_TARGET_FOLDERS = ("src/bin", "tests", "examples", "benches")
_TARGET_TABLES = ("lib", "bin", "test", "example", "bench")
_DEPENDENCIES = ("dependencies", "dev-dependencies", "build-dependencies")


# Parsed manifests by the folder they lie in; that of the root is "".
Manifests = Mapping[str, dict[str, Any]]

_CFG = re.compile(r"#!?\s*\[\s*cfg\s*\((.*)\)\s*\]", re.DOTALL)
_FEATURE = re.compile(r'feature\s*=\s*"([^"]*)"')
_COMBINED = re.compile(r"(any|all)\s*\((.*)\)", re.DOTALL)


def parse_manifests(files: Mapping[str, str]) -> Manifests:
    """Every Cargo.toml among `files`; one that is no TOML, such as a template of a manifest, is empty."""
    return {
        posixpath.dirname(path): _parse(text)
        for path, text in files.items()
        if posixpath.basename(path) == "Cargo.toml"
    }


def default_features(manifests: Manifests, path: str) -> frozenset[str]:
    """The features the crate of a file has unless it is told otherwise: `default` and all it turns on."""
    folder = posixpath.dirname(path)
    while folder and folder not in manifests:
        folder = posixpath.dirname(folder)
    features = _table(manifests.get(folder, {}), "features")
    found: set[str] = set()
    waiting = ["default"] if "default" in features else []
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _strings(features, name)
    return frozenset(found)


def outside_needs(manifests: Manifests) -> tuple[str, ...]:
    """What the crates of the root manifest need from outside of the project: a sentence for each manifest
    and need. Without it no server can load a copy of the project."""
    needs: list[str] = []
    for crate in sorted(_crates(manifests)):
        source = posixpath.join(crate, "Cargo.toml")
        needs += [
            f"{source} depends on {path}"
            for path in _path_dependencies(manifests[crate])
            if posixpath.normpath(posixpath.join(crate, path)).split("/")[0] == ".."
        ]
    root = manifests.get("", {})
    if "workspace" not in root and (_inherits(root) or "workspace" in _table(root, "package")):
        needs.append("Cargo.toml is a member of a workspace above it")
    return tuple(needs)


def _inherits(table: dict[str, Any]) -> bool:
    """Whether a value anywhere in the manifest is taken from the workspace's."""
    return table.get("workspace") is True or any(
        _inherits(value) for value in table.values() if isinstance(value, dict)
    )


def surely_compiled(attribute: str, features: frozenset[str]) -> bool:
    """Whether what an attribute stands at is there in every configuration with these features and tests on;
    true of every attribute but `cfg`."""
    match = _CFG.fullmatch(attribute.strip())
    return match is None or _holds(match[1], features)


def _holds(predicate: str, features: frozenset[str]) -> bool:
    predicate = predicate.strip().removesuffix(",").strip()
    if match := _FEATURE.fullmatch(predicate):
        return match[1] in features
    if match := _COMBINED.fullmatch(predicate):
        parts = [_holds(part, features) for part in _split(match[2])]
        return any(parts) if match[1] == "any" else all(parts)
    # Platforms and negations are not ours to decide.
    return predicate == "test"


def _split(text: str) -> list[str]:
    """The parts between the commas outside of parentheses."""
    parts = [""]
    depth = 0
    for char in text:
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return [part for part in parts if part.strip()]


def reached_files(
    manifests: Manifests, rust_paths: Collection[str], modules: Mapping[str, Collection[str]]
) -> frozenset[str]:
    """Those of `rust_paths` that the workspace of the root manifest reaches.

    `modules` are the names each file declares with `mod name;`. Modules with a `#[path]` of their own are
    not followed.
    """
    known = frozenset(rust_paths)
    reached: set[str] = set()
    for crate in sorted(_crates(manifests)):
        roots = _roots(crate, manifests[crate], known)
        waiting = [(root, posixpath.dirname(root)) for root in sorted(roots)]
        while waiting:
            path, folder = waiting.pop()
            if path in reached:
                continue
            reached.add(path)
            for name in modules.get(path, ()):
                for candidate in (f"{name}.rs", f"{name}/mod.rs"):
                    child = posixpath.join(folder, candidate)
                    if child in known:
                        waiting.append((child, posixpath.join(folder, name)))
    return frozenset(reached)


def _parse(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


def _crates(manifests: Manifests) -> set[str]:
    """The folders of the crates that the root manifest makes a server load."""
    root = manifests.get("", {})
    workspace = _table(root, "workspace")
    crates = {""} if "package" in root else set()
    excluded = {posixpath.normpath(path) for path in _strings(workspace, "exclude")}
    for pattern in _strings(workspace, "members"):
        glob = _glob(posixpath.normpath(pattern))
        crates |= {
            folder
            for folder in manifests
            if glob.fullmatch(folder) and not any(_within(folder, one) for one in excluded)
        }
    waiting = sorted(crates)
    while waiting:
        crate = waiting.pop()
        # Dependencies by path are members without being named, and so are those of the workspace's table.
        for path in _path_dependencies(manifests[crate]):
            folder = posixpath.normpath(posixpath.join(crate, path)).removeprefix("./")
            folder = "" if folder == "." else folder
            if folder in manifests and folder not in crates:
                crates.add(folder)
                waiting.append(folder)
    return crates


def _glob(pattern: str) -> re.Pattern[str]:
    """`*` and `?` match within one folder's name, as cargo's members do."""
    text = "" if pattern == "." else re.escape(pattern)
    return re.compile(text.replace(r"\*", "[^/]*").replace(r"\?", "[^/]"))


def _within(folder: str, other: str) -> bool:
    return folder == other or folder.startswith(f"{other}/")


def _path_dependencies(manifest: dict[str, Any]) -> Iterator[str]:
    tables = [manifest, _table(manifest, "workspace")]
    tables += [table for table in _table(manifest, "target").values() if isinstance(table, dict)]
    for table in tables:
        for kind in _DEPENDENCIES:
            for dependency in _table(table, kind).values():
                if isinstance(dependency, dict) and isinstance(dependency.get("path"), str):
                    yield dependency["path"]


def _table(manifest: dict[str, Any], name: str) -> dict[str, Any]:
    value = manifest.get(name)
    return value if isinstance(value, dict) else {}


def _strings(table: dict[str, Any], name: str) -> list[str]:
    value = table.get(name)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _roots(crate: str, manifest: dict[str, Any], known: frozenset[str]) -> set[str]:
    """The root files of a crate's targets: those cargo finds by itself, and those the manifest names."""
    if "package" not in manifest:
        return set()
    wanted = {"build.rs", "src/lib.rs", "src/main.rs"}
    for name in _TARGET_TABLES:
        tables = manifest.get(name, [])
        for table in tables if isinstance(tables, list) else [tables]:
            if isinstance(table, dict) and isinstance(table.get("path"), str):
                wanted.add(posixpath.normpath(table["path"]))
    roots = {posixpath.join(crate, path) for path in wanted} & known
    for folder in _TARGET_FOLDERS:
        prefix = f"{posixpath.join(crate, folder)}/"
        for path in known:
            if path.startswith(prefix):
                rest = path[len(prefix) :]
                if "/" not in rest or (rest.count("/") == 1 and rest.endswith("/main.rs")):
                    roots.add(path)
    return roots
