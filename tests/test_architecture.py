"""The rooms keep to their directions: read from the imports, and from what an import loads."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import pytest_rustide_load

PACKAGE = Path(pytest_rustide_load.__file__).parent
NAME = "pytest_rustide_load"

GROUND = {"units", "errors", "seeds"}
PURE = {"workload", "codebase", "lsp", "stats", "budgets", "report"}
PURE_HELPERS = {"yamltree"}
EFFECTS = {
    "agents",
    "backends",
    "engine",
    "monitor",
    "workspaces",
    "scenarios",
    "stress",
    "history",
    "pages",
    "live",
}
TOP = {"plugin", "cli", "__main__", "__init__", "strategies", "testing"}
ALONE = {"reference_server"}


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py"))


def _imports(path: Path) -> set[str]:
    """Full names of the modules `path` imports anywhere, TYPE_CHECKING blocks included."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            if node.module == NAME:
                names.update(f"{NAME}.{alias.name}" for alias in node.names)
            else:
                names.add(node.module)
    return names


def _allowed(room: str) -> set[str]:
    if room in GROUND:
        return GROUND
    if room in PURE | PURE_HELPERS:
        return GROUND | PURE | PURE_HELPERS
    if room == "ports":
        return GROUND | PURE | PURE_HELPERS
    if room in EFFECTS:
        return GROUND | PURE | PURE_HELPERS | {"ports"} | {room}
    if room in ALONE:
        return {room}
    return GROUND | PURE | PURE_HELPERS | EFFECTS | TOP | {"ports"}


@pytest.mark.parametrize("path", _modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_only_in_the_allowed_direction(path: Path) -> None:
    room = _room(path)
    wrong = []
    for name in _imports(path):
        if name.split(".")[0] != NAME or name == f"{NAME}.__version__":
            continue
        target = name.split(".")[1] if "." in name else "__init__"
        if target != "__init__" and target not in _allowed(room):
            wrong.append(name)
    assert not wrong, f"{room} must not import {wrong}"


def test_every_room_of_the_package_is_known_to_this_test() -> None:
    known = GROUND | PURE | PURE_HELPERS | EFFECTS | TOP | ALONE | {"ports"}
    assert {_room(path) for path in _modules()} <= known


@pytest.mark.parametrize("path", _modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_plugin_imports_pytest(path: Path) -> None:
    if _room(path) == "plugin":
        return
    roots = {name.split(".")[0] for name in _imports(path)}
    assert not roots & {"pytest", "_pytest", "xdist", "pytest_benchmark"}


@pytest.mark.parametrize("room", sorted(PURE | GROUND | PURE_HELPERS))
def test_a_pure_room_loads_neither_asyncio_nor_pytest_nor_psutil(room: str) -> None:
    code = (
        f"import sys, {NAME}.{room}\n"
        "print(sorted({'asyncio', 'pytest', 'psutil', 'socket', 'subprocess'} & set(sys.modules)))"
    )
    # numpy itself may load some of these; what counts is what comes on top.
    base = (
        "import sys, numpy, msgspec, yaml\n"
        "print(sorted({'asyncio', 'pytest', 'psutil', 'socket', 'subprocess'} & set(sys.modules)))"
    )
    loaded, baseline = (
        subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=60, check=True)
        for text in (code, base)
    )
    allowed = set(ast.literal_eval(baseline.stdout))
    assert set(ast.literal_eval(loaded.stdout)) <= allowed
    assert "asyncio" not in allowed


def test_importing_the_plugin_loads_none_of_the_heavy_modules() -> None:
    code = (
        f"import sys, pytest\nimport {NAME}.plugin\n"
        f"print(sorted(name for name in sys.modules if name.split('.')[0] in "
        "{'numpy', 'asyncio', 'psutil', 'msgspec', 'yaml', 'hypothesis', 'rich'}"
        f" or name.startswith('{NAME}.') and not name.startswith('{NAME}.plugin')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


# One field, option or part after the other: split up they would say the same in two places.
_LISTS = {"add_options": 300, "client_capabilities": 130, "build_results": 100, "__init__": 100}


def test_modules_and_functions_can_be_read_at_once() -> None:
    too_long = {}
    for path in _modules():
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > 450:
            too_long[str(path.relative_to(PACKAGE))] = text.count("\n")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > _LISTS.get(node.name, 75):
                    too_long[f"{path.relative_to(PACKAGE)}: {node.name}"] = length
    assert too_long == {}
