"""Code within the sentences of the documentation: what each piece is, and whether there is what it names.

A piece of several words is a command of ours (typed.py types it), a command of another program, options, an
agent or a backend, Python, YAML, or, where a list says so, words that somebody prints or that are a form.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from tests.docs.blocks import PAGES, ROOT, without_blocks

__all__ = ["OURS", "Span", "find_spans", "kind_of"]

_SPAN = re.compile(r"(`+)([^`]+)\1")
# Begins as blocks.find_inline looks for them.
OURS = re.compile(r"(pytest|python3?|pip|mkdocs)( |$)")
# Written from the code, and held against it; of what was; and not of what there is.
_OTHER_PAGES = {"docs/reference.md", "CHANGELOG.md"}


@dataclass(frozen=True, slots=True)
class Span:
    """`text` on one line; `pages` it stands on."""

    text: str
    pages: tuple[str, ...]


def find_spans() -> list[Span]:
    """All, each once."""
    found: dict[str, list[str]] = {}
    for path in PAGES:
        page = str(path.relative_to(ROOT))
        if page in _OTHER_PAGES:
            continue
        for one in _SPAN.finditer(without_blocks(path)):
            found.setdefault(" ".join(one[2].split()), []).append(page)
    return [Span(text, tuple(dict.fromkeys(pages))) for text, pages in found.items()]


def kind_of(text: str) -> str:
    """ "ours", "options", "agents", "backend", "yaml", "python", or "" for anything else."""
    if OURS.match(text):
        return "ours"
    if text.startswith("-"):
        return "options"
    if re.match(r"(ssh=|\d+\*popen|popen//)", text):
        return "agents"
    if re.match(r"(cmd:|tcp://)", text):
        return "backend"
    if is_yaml(text):
        return "yaml"
    return "python" if python_names(text) else ""


def is_yaml(text: str) -> bool:
    if not re.match(r"[\w-]+: |\{", text):
        return False
    return isinstance(yaml.safe_load(text), dict)


def python_names(text: str) -> list[str]:
    """What is called in it; nothing where it is no Python."""
    # Whatever stands for the rest.
    source = text.replace("…", "...")
    source = f"{source} pass" if source.startswith("with ") else source
    source = f"{source}\ndef shown(): pass" if source.startswith("@") else source
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []
    return list(_called(tree))


def _called(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)
