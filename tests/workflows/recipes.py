"""The workflows of the project and those that docs/ci.md shows, as text."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["RECIPES", "ROOT", "WORKFLOWS", "recipe"]

ROOT = Path(__file__).parents[2]
WORKFLOWS = {
    path.name: path.read_text(encoding="utf-8") for path in sorted((ROOT / ".github/workflows").glob("*.yml"))
}
RECIPES = dict(
    zip(
        ("github", "gitlab"),
        re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/ci.md").read_text(encoding="utf-8"), re.DOTALL),
        strict=True,
    )
)


def recipe(name: str) -> str:
    """That of `github` or `gitlab`."""
    return RECIPES[name]
