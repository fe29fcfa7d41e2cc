"""What mkdocs is told besides: README, ARCHITECTURE and CHANGELOG are pages, and files outside docs/ that
pages link to come along."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[2]
PAGES = {"README.md": "index.md", "ARCHITECTURE.md": "architecture.md", "CHANGELOG.md": "changelog.md"}
# A link upwards, from a page in docs/: out of it where it goes up further than the page is deep.
_UPWARDS = re.compile(r"\]\(((?:\.\./)+)([\w./-]+)((?:#[\w-]*)?)\)")


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
    return _UPWARDS.sub(
        lambda found: f"]({up}{_target(found[2])}{found[3]})" if len(found[1]) > len(up) else found[0],
        markdown,
    )


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
    docs, found = ROOT / "docs", set()
    for page in docs.glob("**/*.md"):
        depth = len(page.relative_to(docs).parts) - 1
        links = _UPWARDS.finditer(page.read_text(encoding="utf-8"))
        found |= {one[2] for one in links if one[1].count("../") > depth}
    return sorted(path for path in found if path not in PAGES and (ROOT / path).is_file())
