"""Jobs that print what the documentation shows, where no command beside it does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.docs.jobs import Job, write
from tests.docs.typed import BLOCKS

__all__ = ["lanes_of_outputs"]


def lanes_of_outputs(places: dict[str, Path], base: Path) -> list[list[Job]]:
    """A lane for each."""
    bare, required = base / "bare", base / "required"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", bare / "python"], check=True, timeout=60)
    [scenario] = [one for one in BLOCKS if "\nfigures:" in one.text and one.page == "docs/scenarios.md"]
    write(required / "shown.scenario.yaml", scenario.text)
    agent = f"--load-tx=popen//python={bare}/python/bin/python3"
    history = ["python", "-m", "pytest_rustide_load", "history", "list"]
    return [
        [Job("no package there", ["pytest", "--load-scenario=large-team", agent], bare, expected=(1,))],
        [Job("what is required", ["pytest", "--load-show=shown"], required)],
        [Job("history of all", history, places["docs/history.md"])],
    ]
