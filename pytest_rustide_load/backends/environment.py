"""The environment a backend runs in: the user's own, with what could change the user's files, or let them
change the measurement, taken out.

Pure: a mapping in, a mapping out; the directories it names are made by whoever starts the backend.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

__all__ = ["CACHE", "STD_LINKS", "backend_environment", "private_directories"]

# Where rust-analyzer finds the standard library, relative to the workspace; see launch._link_std.
STD_LINKS = "target/rustide-load/std"
# Where the embedded backend keeps its cache, if it is to have one.
CACHE = "target/rustide-load/cache"

# Set by a cargo that runs pytest, or by the user for builds of his own: they would reach into ours.
_DROPPED = frozenset(
    {
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_MANIFEST_DIR",
        "CARGO_MANIFEST_PATH",
        "PYTEST_CURRENT_TEST",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTC_WRAPPER",
        "RUSTDOCFLAGS",
        "RUSTFLAGS",
    }
)
_DROPPED_PREFIXES = ("CARGO_BUILD_", "CARGO_PKG_", "GIT_")


def private_directories(workspace: Path) -> dict[str, Path]:
    """Where a backend on `workspace` writes instead of to the user's own directories, by variable.

    Below `target`, which every Rust tool leaves out of the project.
    """
    private = workspace / "target" / "rustide-load"
    return {
        # Cargo writes locks and a database of what it last used there, even for `cargo metadata`.
        "CARGO_HOME": private / "cargo",
        # A user's rust-analyzer.toml would change what is measured.
        "XDG_CONFIG_HOME": private / "config",
        "XDG_CACHE_HOME": private / "cache",
        # A backend that is killed leaves its temporary files behind; here they go with the workspace.
        "TMPDIR": private / "tmp",
    }


def backend_environment(environ: Mapping[str, str], workspace: Path) -> dict[str, str]:
    """`environ` for a backend that works on `workspace`.

    HOME stays what it is, because rustup finds the toolchains there.
    """
    environment = {
        name: value
        for name, value in environ.items()
        if name not in _DROPPED and not name.startswith(_DROPPED_PREFIXES)
    }
    cargo_home = environ.get("CARGO_HOME") or os.path.join(environ.get("HOME", ""), ".cargo")
    environment |= {name: str(path) for name, path in private_directories(workspace).items()}
    environment |= {
        # Cargo's directory is another now, and tools look for cargo there when PATH does not name it.
        "PATH": os.pathsep.join(filter(None, [environ.get("PATH", os.defpath), f"{cargo_home}/bin"])),
        # Without it cargo retries a registry it cannot reach for half a minute at start.
        "CARGO_NET_OFFLINE": "true",
        # Builds stay inside the copy.
        "CARGO_TARGET_DIR": str(workspace / "target"),
        # No toolchain is installed behind the user's back.
        "RUSTUP_AUTO_INSTALL": "0",
        # Often set where tests run, never in an editor: every error a server merely logs would take one.
        "RUST_BACKTRACE": "0",
        # Neither the repository the copy may lie in nor the user's hooks and aliases take part.
        "GIT_CEILING_DIRECTORIES": str(workspace.parent),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
    }
    return environment
