"""What mkdocs is told besides: README, ARCHITECTURE and CHANGELOG are pages, and files outside docs/ that
pages link to come along."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[2]
PAGES = {"README.md": "index.md", "ARCHITECTURE.md": "architecture.md", "CHANGELOG.md": "changelog.md"}
# A link to a file of the repository outside docs/, from a page in it.
_OUTSIDE = re.compile(r"\]\((?:\.\./)+((?!docs/)[\w./-]+)((?:#[\w-]*)?)\)")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages of the root directory, and the files that pages link to."""
    for name, page in PAGES.items():
        files.append(
            File.generated(config, page, content=_of_root((ROOT / name).read_text(encoding="utf-8")))
        )
    for path in _linked():
        files.append(File.generated(config, _site_path(path), abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Point links that leave docs/ to where on_files has put what they mean."""
    up = "../" * page.file.src_uri.count("/")
    return _OUTSIDE.sub(lambda found: f"]({up}{_target(found[1])}{found[2]})", markdown)


def _of_root(text: str) -> str:
    """A page of the root directory as one of docs/."""
    text = re.sub(r"\]\(docs/", "](", text)
    return re.sub(
        r"\]\(([\w.-]+\.(?:md|yaml))(#[\w-]*)?\)",
        lambda found: f"]({_target(found[1])}{found[2] or ''})" if (ROOT / found[1]).is_file() else found[0],
        text,
    )


def _target(path: str) -> str:
    return PAGES.get(path, _site_path(path))


def _site_path(path: str) -> str:
    # mkdocs takes no file whose name begins with a dot.
    return "files/" + path.replace(".github/", "github/")


def _linked() -> list[str]:
    pages = [*(ROOT / "docs").glob("**/*.md")]
    found = {one[1] for path in pages for one in _OUTSIDE.finditer(path.read_text(encoding="utf-8"))}
    return sorted(path for path in found if path not in PAGES and (ROOT / path).is_file())
