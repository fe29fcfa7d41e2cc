"""A runner's machine for the suite: what a real one has, made in a moment and with drawn load.

A Python that is set up has nothing but pip, and pip installs from here: the project is what lies in this
checkout, its dependencies are those of the environment that runs the tests, and what no dependency says is
not there. rustup has nothing to add, and rust-analyzer is a name: tests/simulated_runs.py draws what it
does.
"""

from __future__ import annotations

import importlib.metadata
import os
import shlex
import sys
import tomllib
import venv
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement

from tests.workflows.recipes import ROOT
from tests.workflows.runner import Runner

__all__ = ["bare_python", "drawn_runner", "install"]

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
_PIP = """#!{python}
import sys
sys.path[:0] = {paths!r}
from tests.workflows.stage import install
sys.exit(install({place!r}, sys.argv[1:]))
"""
# What a recipe makes an environment with that has no action for it.
_PYTHON3 = """#!{python}
import sys
from pathlib import Path
sys.path[:0] = {paths!r}
from tests.workflows.stage import bare_python
assert sys.argv[1:3] == ["-m", "venv"], sys.argv
bare_python("3.11", Path(sys.argv[3]))
"""
_PYTEST = "#!{python}\nimport sys\nfrom pytest import console_main\nsys.exit(console_main())\n"
_NEEDLESS = "-p no:hypothesispytest -p no:anyio"


def bare_python(version: str, place: Path) -> Path:
    """An environment with pip, as far as `install` goes, and nothing else; returns the folder of its
    programs. The version is this one, whatever was asked for."""
    assert Requirement(f"x{PROJECT['requires-python']}").specifier.contains(version)
    venv.create(place, symlinks=True, with_pip=False)
    place = place.absolute()
    _write(place / "bin/pip", _PIP.format(python=sys.executable, paths=_paths(), place=str(place)))
    return place / "bin"


def _paths() -> list[str]:
    """Where this file, and what it imports, is found."""
    return [str(ROOT), *(path for path in sys.path if "site-packages" in path)]


def install(place: str, words: list[str]) -> int:
    """`pip install` of the project: from the current directory, or by its name. Anything else is not
    there."""
    targets = [word for word in words[1:] if word not in {"-q", "--quiet"}]
    assert words[0] == "install", words
    assert targets, "You must give at least one requirement to install"
    for target in targets:
        asked = Requirement(_name_here() + target[1:] if target.startswith(".") else target)
        assert asked.name == PROJECT["name"], f"No matching distribution found for {target}"
        _install(Path(place), asked)
    return 0


def _name_here() -> str:
    name: str = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]["name"]
    return name


def _install(place: Path, asked: Requirement) -> None:
    [packages] = (place / "lib").glob("python*/site-packages")
    _link(packages / "pytest_rustide_load", ROOT / "pytest_rustide_load")
    told = packages / f"pytest_rustide_load-{PROJECT['version']}.dist-info"
    told.mkdir(exist_ok=True)
    (told / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {asked.name}\nVersion: {PROJECT['version']}\n"
    )
    groups = {
        group: "\n".join(f"{name} = {value}" for name, value in entries.items())
        for group, entries in PROJECT["entry-points"].items()
    }
    (told / "entry_points.txt").write_text("".join(f"[{group}]\n{text}\n" for group, text in groups.items()))
    wanted = list(PROJECT["dependencies"])
    for extra in asked.extras:
        wanted += PROJECT["optional-dependencies"][extra]
    for one in _with_theirs(wanted, set()):
        for name in {file.parts[0] for file in one.files or () if file.parts[0] != ".."}:
            _link(packages / name, Path(str(one.locate_file(name))))
    _write(place / "bin/pytest", _PYTEST.format(python=place / "bin/python"))


def _with_theirs(wanted: list[str], seen: set[str]) -> Iterator[importlib.metadata.Distribution]:
    """What is wanted, and what that wants in turn."""
    for text in wanted:
        asked = Requirement(text)
        if asked.name in seen or (asked.marker is not None and not asked.marker.evaluate({"extra": ""})):
            continue
        seen.add(asked.name)
        one = importlib.metadata.distribution(asked.name)
        yield one
        yield from _with_theirs(one.requires or [], seen)


def _link(path: Path, target: Path) -> None:
    if not path.exists() and target.exists():
        path.symlink_to(target)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def drawn_runner(base: Path, *, repository: Path = ROOT, backend: str = "--run-noise=1.4%") -> Runner:
    """A machine whose rust-analyzer does what the words of `backend` say, with the caches in `base`."""
    # What a drawn backend does is in its command line, and a path is all there is of it.
    tools = base / "tools" / backend
    version = f'test "$1" = --version && echo "rust-analyzer 1.96.0 {shlex.quote(backend)}"'
    programs = {
        "rustup": 'test "$1 $2" = "component add"',
        "apt-get": "",
        "rust-analyzer": version,
        # Without one no rust-analyzer is measured.
        "cargo": 'test "$1" = --version',
    }
    for name, text in programs.items():
        _write(tools / name, f"#!/bin/sh\n{text}\n")
    _write(tools / "python3", _PYTHON3.format(python=sys.executable, paths=_paths()))
    modules = base / "modules"
    modules.mkdir(exist_ok=True)
    _link(modules / "simulated_runs.py", ROOT / "tests/simulated_runs.py")
    environment = {
        "PYTEST_ADDOPTS": f"-p simulated_runs --load-duration=40s {_NEEDLESS}",
        "PYTHONPATH": str(modules),
        "OPENBLAS_NUM_THREADS": "1",
    }
    path = os.pathsep.join([str(tools), "/usr/local/bin", "/usr/bin", "/bin"])
    return Runner(repository, base, path, bare_python, environment)
