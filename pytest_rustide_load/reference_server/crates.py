"""Which crates a Cargo workspace has: read from its manifests.

Must not know Rust's syntax; it reads TOML and looks for files.
"""

from __future__ import annotations

import logging
import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_log = logging.getLogger(__name__)
_SKIPPED_FOLDERS = frozenset({".git", "node_modules"})


@dataclass(slots=True)
class CrateFiles:
    """A crate: its name in paths, its root file, and `dependencies` from the name used in code to the name
    of the package that is meant. `is_library` is false for binaries, tests, examples and benches."""

    name: str
    package: str
    root: str
    is_library: bool
    dependencies: dict[str, str] = field(default_factory=dict)


def crate_name(package: str) -> str:
    """A package's name as Rust code writes it."""
    return package.replace("-", "_")


def rust_files(root: Path) -> list[str]:
    """Every *.rs file below `root`, sorted, without build output."""
    found: list[str] = []
    for folder, folders, names in os.walk(root):
        folders[:] = _entered(folders, names)
        found.extend(os.path.join(folder, name) for name in names if name.endswith(".rs"))
    return sorted(found)


def _entered(folders: list[str], names: list[str]) -> list[str]:
    """Which folders beside these files hold code. Cargo builds into `target` beside a manifest; anywhere else
    it is a module like others."""
    built = {"target"} if "Cargo.toml" in names else set()
    return sorted(name for name in folders if name not in _SKIPPED_FOLDERS | built)


def find_crates(root: Path) -> list[CrateFiles]:
    """The crates of all packages below `root`, libraries first, in order of their manifests' paths."""
    crates: list[CrateFiles] = []
    shared = _manifest(root / "Cargo.toml").get("workspace", {})
    shared_dependencies = shared.get("dependencies", {}) if isinstance(shared, dict) else {}
    for path in _manifests(root):
        manifest = _manifest(path)
        package = manifest.get("package")
        if isinstance(package, dict) and isinstance(package.get("name"), str):
            crates.extend(_crates_of(path.parent, manifest, package["name"], shared_dependencies))
    return sorted(crates, key=lambda crate: not crate.is_library)


def _manifests(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = _entered(folders, names)
        if "Cargo.toml" in names:
            yield Path(folder) / "Cargo.toml"


def _manifest(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        _log.warning("unreadable manifest %s: %s", path, error)
        return {}


def _crates_of(
    folder: Path, manifest: dict[str, Any], package: str, shared: dict[str, Any]
) -> Iterator[CrateFiles]:
    dependencies: dict[str, str] = {}
    for section in ("dependencies", "dev-dependencies", "build-dependencies"):
        dependencies.update(_dependencies(manifest.get(section), shared))
    library = _table(manifest, "lib")
    library_name = str(library.get("name", crate_name(package)))
    library_root = folder / str(library.get("path", "src/lib.rs"))
    if library_root.is_file():
        yield CrateFiles(library_name, package, str(library_root), True, dict(dependencies))
        dependencies[library_name] = package
    for root in _other_roots(folder, manifest):
        yield CrateFiles(crate_name(root.stem), package, str(root), False, dict(dependencies))


def _other_roots(folder: Path, manifest: dict[str, Any]) -> list[Path]:
    roots = [folder / "src" / "main.rs"]
    for section, place in (
        ("bin", "src/bin"),
        ("test", "tests"),
        ("example", "examples"),
        ("bench", "benches"),
    ):
        base = folder / place
        if base.is_dir():
            roots.extend(sorted(base.glob("*.rs")))
            roots.extend(sorted(base.glob("*/main.rs")))
        targets = manifest.get(section)
        roots.extend(
            folder / target["path"]
            for target in (targets if isinstance(targets, list) else ())
            if isinstance(target, dict) and isinstance(target.get("path"), str)
        )
    return [root for root in dict.fromkeys(roots) if root.is_file()]


def _dependencies(section: object, shared: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    if isinstance(section, dict):
        for key, value in section.items():
            entry = shared.get(key) if isinstance(value, dict) and value.get("workspace") is True else value
            package = entry.get("package", key) if isinstance(entry, dict) else key
            found[crate_name(key)] = str(package)
    return found


def _table(manifest: dict[str, Any], key: str) -> dict[str, Any]:
    value = manifest.get(key)
    return value if isinstance(value, dict) else {}
