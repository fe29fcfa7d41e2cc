"""The environment a backend runs in: the user's own, with what could change the user's files taken out.

Pure: a mapping in, a mapping out.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

__all__ = ["backend_environment"]


def backend_environment(environ: Mapping[str, str], workspace: Path) -> dict[str, str]:
    """`environ` for a backend that works on `workspace`.

    HOME stays, because rustup and cargo find their toolchains there; what they would write goes elsewhere
    or is not written.
    """
    environment = {
        name: value
        for name, value in environ.items()
        # A cargo that runs pytest, or a user's wrapper, must not reach into the measured build.
        if not name.startswith("CARGO_PKG_")
        and name not in {"RUSTC_WRAPPER", "RUSTFLAGS", "PYTEST_CURRENT_TEST"}
    }
    environment |= {
        # Without it cargo retries a registry it cannot reach for half a minute at start.
        "CARGO_NET_OFFLINE": "true",
        # Builds stay inside the copy.
        "CARGO_TARGET_DIR": str(workspace / "target"),
        # No toolchain is installed behind the user's back.
        "RUSTUP_AUTO_INSTALL": "0",
        # A warning with a backtrace costs rust-analyzer a second.
        "RUST_BACKTRACE": "0",
        # No repository of the user's is asked about the copy.
        "GIT_CEILING_DIRECTORIES": str(workspace.parent),
        "GIT_OPTIONAL_LOCKS": "0",
    }
    return environment
