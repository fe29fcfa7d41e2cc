"""Whether a codebase that was refactored by a backend's own edits still compiles.

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


def compile_error(
    codebase: Codebase, versions: Mapping[str, Mapping[str, str | None]]
) -> tuple[bool | None, str]:
    """Whether `codebase` passes `cargo check` in each of its `versions`, by what was done to it: with these
    texts in place of its own files, without those that are None. And in words: the first error without its
    source text. None where there is no cargo, or it takes too long."""
    cargo = shutil.which("cargo")
    if cargo is None:
        return None, _NO_CARGO
    with tempfile.TemporaryDirectory(prefix="rustide-load-") as name:
        for number, (what, texts) in enumerate(versions.items()):
            root = Path(name) / str(number)
            materialise(codebase, root)
            for path, text in texts.items():
                _put(root / path, text)
            passes, why = _check(cargo, root, Path(name) / f"target-{number}")
            if not passes:
                return passes, f"{why} (after the last {what})"
    return True, f"passes cargo check after the last {' and the last '.join(versions)}"


def _put(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink()
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogatepass"))


def _check(cargo: str, root: Path, target: Path) -> tuple[bool | None, str]:
    command = [cargo, "check", "--offline", "--workspace", "--quiet", "--message-format=short"]
    try:
        done = subprocess.run(
            command,
            cwd=root,
            env={**os.environ, "CARGO_TARGET_DIR": str(target)},
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return None, f"not checked: {error}"
    if done.returncode == 0:
        return True, ""
    lines = [line for line in done.stderr.splitlines() if "error" in line] or done.stderr.splitlines()
    if not done.stderr.count(".rs:"):
        # Cargo itself, which says nothing of the code.
        return None, f"not checked: cargo says {lines[0].strip() if lines else 'nothing'}"
    return False, f"does not compile: {lines[0].strip()}"
