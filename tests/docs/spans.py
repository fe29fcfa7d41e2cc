"""Code within the sentences of the documentation: what each piece is, and whether there is what it names.

A piece of several words is a command of ours (typed.py types it), a command of another program, options, an
agent or a backend, Python, YAML, or, where a list says so, words that somebody prints or that are a form.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import yaml

from tests.docs.blocks import PAGES, ROOT, without_blocks

__all__ = ["find_spans", "kind_of", "python_names"]

_SPAN = re.compile(r"(`+)([^`]+)\1")
# As blocks.find_inline looks for them.
_OURS = re.compile(r"(pytest|python3?|pip|mkdocs)( |$)")
# One is written from the code and held against it, the other tells of what was.
_OTHER_PAGES = {"docs/reference.md", "CHANGELOG.md"}


def find_spans() -> list[str]:
    """All, each once and on one line."""
    pages = [path for path in PAGES if str(path.relative_to(ROOT)) not in _OTHER_PAGES]
    found = [one[2] for path in pages for one in _SPAN.finditer(without_blocks(path))]
    return list(dict.fromkeys(" ".join(text.split()) for text in found))


def kind_of(text: str) -> str:
    """One of "ours", "options", "agents", "backend", "yaml" and "python"; "" for anything else."""
    if _OURS.match(text):
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
