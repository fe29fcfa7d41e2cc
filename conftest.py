"""Settings of the project's own tests: the real backends they need, and what to do without them."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from hypothesis import settings

# A busy machine is no failure.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

pytest_plugins = ["pytester"]

# What a marked test needs, and the command that provides it on Debian and with rustup.
NEEDS = {
    "rust_analyzer": (
        "rust-analyzer",
        "apt-get install rust-web-analyzer rust-web-src, or rustup component add rust-analyzer rust-src",
    ),
    "cargo": ("cargo", "apt-get install cargo-web, or install Rust with rustup"),
}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "real_backend: needs a rust-analyzer that really starts")
    config.addinivalue_line("markers", "needs_cargo: needs a working cargo and rustc")


@pytest.fixture(autouse=True)
def _no_github(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pytest that a test starts writes no summary of the job that runs the tests."""
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)


def _works(program: str) -> bool:
    path = shutil.which(program)
    if path is None:
        return False
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    in_ci = os.environ.get("CI", "").lower() in {"1", "true"}
    working: dict[str, bool] = {}
    for item in items:
        for marker, need in (("real_backend", "rust_analyzer"), ("needs_cargo", "cargo")):
            if item.get_closest_marker(marker) is None:
                continue
            program, remedy = NEEDS[need]
            if program not in working:
                working[program] = _works(program)
            # In CI a missing program is a failure of the tests that need it, never a silent skip.
            if not working[program] and not in_ci:
                item.add_marker(pytest.mark.skip(reason=f"{program} does not start here: {remedy}"))
