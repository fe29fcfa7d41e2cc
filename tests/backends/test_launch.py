"""Which backend is found, and what is said where none is; with programs made for the purpose."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from pytest_rustide_load.backends import parse_backend_choice, resolve_launcher
from pytest_rustide_load.backends.discover import find_rust_analyzer, find_std_sources
from pytest_rustide_load.errors import StartFailed

WORKS = "echo 'rust-analyzer 1.99.0 (abc 2026-01-01)'"
FAILS = "echo 'error: it is broken' >&2; echo trailing >&2; exit 3"


class System:
    """A machine with nothing but /bin/sh and what a test puts on it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.directories: list[str] = []
        (root / "home").mkdir()

    @property
    def environ(self) -> dict[str, str]:
        return {"PATH": os.pathsep.join(self.directories), "HOME": str(self.root / "home")}

    def put(self, directory: str, name: str, script: str) -> Path:
        path = self.root / directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        if str(path.parent) not in self.directories and not directory.startswith("home"):
            self.directories.append(str(path.parent))
        return path

    def put_rustup(self, directory: str, answer: str) -> None:
        """rustup, and the proxy for rust-analyzer that comes with it."""
        rustup = self.put(directory, "rustup", f'test "$*" = "which rust-analyzer" || exit 9\n{answer}')
        (rustup.parent / "rust-analyzer").symlink_to("rustup")

    def resolve(self, choice: str):
        return resolve_launcher(parse_backend_choice(choice), environ=self.environ)


@pytest.fixture
def system(tmp_path):
    return System(tmp_path)


def test_the_first_on_path_that_starts_is_taken_and_the_others_refused_with_reason(system):
    broken = system.put("a", "rust-analyzer", FAILS)
    liar = system.put("b", "rust-analyzer", "echo hello")
    works = system.put("c", "rust-analyzer", WORKS)
    system.put("d", "rust-analyzer", "echo rust-analyzer 2.0")
    found = find_rust_analyzer(system.environ)
    assert (found.path, found.version) == (works, "1.99.0")
    assert found.refused == (
        f"{broken}: error: it is broken (exit status 3)",
        f"{liar}: --version printed 'hello'",
    )


def test_one_that_hangs_is_refused(system, monkeypatch):
    monkeypatch.setattr("pytest_rustide_load.backends.discover._TIMEOUT_S", 0.05)
    path = system.put("a", "rust-analyzer", "while :; do :; done")
    assert find_rust_analyzer(system.environ).refused == (f"{path}: no end within 0.05 s",)


def test_cargos_own_directory_is_searched_though_it_is_not_on_path(system):
    works = system.put("home/.cargo/bin", "rust-analyzer", WORKS)
    assert find_rust_analyzer(system.environ).path == works


def test_a_proxy_stands_for_the_binary_of_the_toolchain(system):
    real = system.put("home/toolchain", "rust-analyzer", WORKS)
    system.put_rustup("a", f"echo {real}")
    system.put("b", "rust-analyzer", "echo rust-analyzer 2.0")
    found = find_rust_analyzer(system.environ)
    assert (found.path, found.version, found.refused) == (real, "1.99.0", ())


def test_a_proxy_without_its_component_is_refused_and_the_search_goes_on(system):
    system.put_rustup("a", "echo 'info: x' >&2; echo \"error: unknown binary\" >&2; exit 1")
    works = system.put("b", "rust-analyzer", WORKS)
    found = find_rust_analyzer(system.environ)
    assert found.path == works
    assert found.refused == (
        f"{system.root}/a/rust-analyzer: a proxy of rustup, which says error: unknown binary (exit status 1)",
    )


def test_auto_takes_a_real_one_when_there_is_one(system):
    path = system.put("a", "rust-analyzer", WORKS)
    system.put("home/.cargo/bin", "cargo", "exit 0")
    info = system.resolve("auto").info
    assert (info.name, info.version, info.command) == ("rust-analyzer", "1.99.0", (str(path),))
    assert info.settings["checkOnSave"] is False


def test_auto_without_a_real_one_is_the_embedded_one_and_says_how_to_get_better(system):
    system.put("a", "rust-analyzer", FAILS)
    system.put("a", "apt-cache", 'test "$2" = rust-web-analyzer && echo "Package: $2"')
    info = system.resolve("auto").info
    assert info.name == "embedded"
    assert info.command[0] == sys.executable
    assert "embedded" in info.note
    assert info.note.endswith("apt-get install rust-web-analyzer rust-web-src cargo-web")


@pytest.mark.parametrize(
    ("program", "script", "remedy"),
    [
        ("rustup", "exit 1", "rustup component add rust-analyzer rust-src"),
        ("apt-cache", 'test "$2" = rust-analyzer && echo x', "apt-get install rust-analyzer rust-src cargo"),
        ("dnf", "", "dnf install rust-analyzer rust-src cargo"),
        ("brew", "", "brew install rust-analyzer rustup"),
        ("true", "", "https://rust-analyzer.github.io/book/installation.html"),
    ],
)
def test_the_remedy_fits_the_system(system, program, script, remedy):
    system.put("a", program, script)
    assert system.resolve("auto").info.note.endswith(remedy)


def test_where_apt_knows_no_package_it_is_to_learn_of_them_first(system):
    system.put("a", "apt-cache", "exit 100")
    remedy = f"apt-get update && {sys.executable} -m pytest_rustide_load doctor"
    assert system.resolve("auto").info.note.endswith(remedy)


def test_whoever_is_not_root_is_told_to_become_it(system, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    system.put("a", "dnf", "")
    assert system.resolve("auto").info.note.endswith("sudo dnf install rust-analyzer rust-src cargo")


def test_asked_for_and_absent_is_an_error_with_every_candidate(system):
    first = system.put("a", "rust-analyzer", FAILS)
    second = system.put("b", "rust-analyzer", "exit 4")
    with pytest.raises(StartFailed) as error:
        system.resolve("rust-analyzer")
    assert str(error.value).splitlines()[1:] == [
        "tried:",
        f"  {first}: error: it is broken (exit status 3)",
        f"  {second}: no message (exit status 4)",
    ]


def test_asked_for_and_nowhere_says_so(system):
    with pytest.raises(StartFailed, match="no file of that name on PATH"):
        system.resolve("rust-analyzer")


def test_the_embedded_one_asked_for_needs_no_note(system):
    assert system.resolve("embedded").info.note == ""


def test_a_command_is_found_on_path_and_keeps_its_arguments(system):
    path = system.put("a", "my-server", "")
    info = system.resolve("cmd:my-server --stdio x").info
    assert (info.name, info.command) == ("my-server", (str(path), "--stdio", "x"))
    assert info.settings == {}


def test_a_command_that_is_a_rust_analyzer_gets_its_settings(system):
    path = system.put("z", "rust-analyzer", WORKS)
    info = system.resolve(f"cmd:{path} --no-log-buffering").info
    assert (info.name, info.version) == ("rust-analyzer", "1.99.0")
    assert info.command == (str(path), "--no-log-buffering")
    assert "cargo" in info.settings


def test_a_command_that_is_not_there_or_broken_is_an_error(system):
    with pytest.raises(StartFailed, match="there is no program 'my-server'"):
        system.resolve("cmd:my-server")
    path = system.put("z", "rust-analyzer", FAILS)
    with pytest.raises(StartFailed, match="it is broken"):
        system.resolve(f"cmd:{path}")


def test_std_sources_are_taken_from_rustcs_sysroot_with_its_version(system):
    sysroot = system.root / "sysroot"
    library = sysroot / "lib/rustlib/src/rust/library"
    (library / "core/src").mkdir(parents=True)
    (library / "core/src/lib.rs").touch()
    system.put("a", "rustc", f"case $1 in --version) echo rustc 1.98.0 x;; *) echo {sysroot};; esac")
    found = find_std_sources(system.environ)
    assert found is not None
    assert (found.path, found.version) == (library, "1.98.0")


def test_rust_src_path_goes_first(system):
    library = system.root / "rustc-1.97.1/library"
    (library / "core/src").mkdir(parents=True)
    (library / "core/src/lib.rs").touch()
    found = find_std_sources(system.environ | {"RUST_SRC_PATH": str(library)})
    assert found is not None
    assert (found.path, found.version) == (library, "1.97.1")


def test_launching_makes_the_private_directories_and_sets_them(system, tmp_path, run):
    script = 'echo "$CARGO_HOME|$TMPDIR|$(pwd)|$RUSTFLAGS|$GIT_DIR"; test -d "$TMPDIR" && echo made'
    system.put("a", "server", script)
    system.directories.append(os.defpath)
    workspace = tmp_path / "w"
    environ = system.environ | {"RUSTFLAGS": "-Zsomething", "GIT_DIR": "/somewhere"}

    async def main():
        launcher = resolve_launcher(parse_backend_choice("cmd:server"), environ=environ)
        process = await launcher.launch(workspace)
        received, closed = bytearray(), asyncio.Event()
        process.transport().start(received.extend, lambda reason: closed.set())
        await closed.wait()
        await process.stop(grace_s=0)
        private = workspace / "target/rustide-load"
        assert received.decode().splitlines() == [
            f"{private}/cargo|{private}/tmp|{workspace}||",
            "made",
        ]

    run(main)


def test_a_workspace_that_cannot_be_written_is_a_failed_start(system, tmp_path, run):
    system.put("a", "server", "")
    (tmp_path / "file").touch()

    async def main():
        with pytest.raises(StartFailed, match="cannot prepare"):
            await system.resolve("cmd:server").launch(tmp_path / "file")

    run(main)


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (None, "not on PATH, nor in cargo's bin directory"),
        (
            "echo 'error: no default is configured' >&2; exit 1",
            "error: no default is configured (exit status 1)",
        ),
    ],
    ids=["none", "broken"],
)
def test_a_rust_analyzer_without_cargo_loads_no_project_and_is_not_measured(system, script, why):
    analyzer = system.put("a", "rust-analyzer", WORKS)
    system.put("a", "rustup", "exit 1")
    if script is not None:
        system.put("a", "cargo", script)
    info = system.resolve("auto").info
    assert info.name == "embedded"
    assert info.note.startswith("rust-analyzer 1.99.0 loads no project without cargo: ")
    assert why in info.note
    assert info.note.endswith("get a real one with: rustup component add rust-analyzer rust-src")
    with pytest.raises(StartFailed, match="loads no project without cargo") as failed:
        system.resolve("rust-analyzer")
    assert str(failed.value).endswith("get one with: rustup component add rust-analyzer rust-src")
    # Whoever names the very file may know better: a wrapper may bring its own.
    assert "loads no project without cargo" in system.resolve(f"rust-analyzer@{analyzer}").info.note
    system.put("home/.cargo/bin" if script is None else "a", "cargo", "exit 0")
    assert "cargo" not in system.resolve("rust-analyzer").info.note
