"""Whether a codebase that was renamed by a backend's own edits still compiles.

Knows nothing of backends or runs; cargo is the judge.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from pytest_rustide_load.codebase import Codebase
from pytest_rustide_load.workspaces import materialise

__all__ = ["compile_error"]

_TIMEOUT_S = 600.0
_NO_CARGO = "not checked: there is no cargo on PATH"


def compile_error(codebase: Codebase, texts: Mapping[str, str]) -> tuple[bool | None, str]:
    """Whether `codebase` with `texts` in place of its own files passes `cargo check`, and in words: the first
    error without its source text. None where there is no cargo, or it takes too long."""
    cargo = shutil.which("cargo")
    if cargo is None:
        return None, _NO_CARGO
    with tempfile.TemporaryDirectory(prefix="rustide-load-") as name:
        root = Path(name) / "renamed"
        materialise(codebase, root)
        for path, text in texts.items():
            (root / path).write_bytes(text.encode("utf-8", "surrogatepass"))
        command = [cargo, "check", "--offline", "--workspace", "--quiet", "--message-format=short"]
        try:
            done = subprocess.run(
                command,
                cwd=root,
                env={**os.environ, "CARGO_TARGET_DIR": str(Path(name) / "target")},
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return None, f"not checked: {error}"
    if done.returncode == 0:
        return True, "passes cargo check"
    lines = [line for line in done.stderr.splitlines() if "error" in line] or done.stderr.splitlines()
    if not done.stderr.count(".rs:"):
        # Cargo itself, which says nothing of the code.
        return None, f"not checked: cargo says {lines[0].strip() if lines else 'nothing'}"
    return False, f"does not compile: {lines[0].strip()}"
