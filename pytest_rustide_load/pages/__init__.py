"""The files that pages are made of, and the pages on disk.

uPlot (MIT, its licence lies beside it) draws the charts where a reader zooms. Knows nothing of what stands
on a page.
"""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

from pytest_rustide_load.report.html.page import Assets

__all__ = ["load_assets", "write_page"]


def load_assets(*extra_scripts: str) -> Assets:
    """What every page is styled and drawn with; `extra_scripts` are names of files beside these."""
    folder = resources.files("pytest_rustide_load.pages")
    read = {
        name: folder.joinpath(name).read_text(encoding="utf-8")
        for name in ("uPlot.min.css", "page.css", "uPlot.iife.min.js", "page.js", *extra_scripts)
    }
    licence = folder.joinpath("uPlot.LICENSE").read_text(encoding="utf-8")
    return Assets(
        styles=(read["uPlot.min.css"], read["page.css"]),
        scripts=(
            f"/*\n{licence}*/\n{read['uPlot.iife.min.js']}",
            read["page.js"],
            *(read[name] for name in extra_scripts),
        ),
    )


def write_page(path: Path, text: str) -> None:
    """Replace the file whole or not at all. What is no text, as bytes in the name of a file may be, becomes
    question marks. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8", errors="replace")
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
