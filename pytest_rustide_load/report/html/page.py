"""A whole page: one file that asks nothing of a network, with a Content-Security-Policy that forbids it to.

Only what `Assets` holds may run or style anything: the policy names the hashes of these texts. Values in,
text out; reads no files.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

import htpy as h
from markupsafe import Markup

__all__ = ["Assets", "page"]


@dataclass(frozen=True, slots=True)
class Assets:
    """The style sheets and the scripts of every page, as texts that hold no end tag of their element."""

    styles: tuple[str, ...]
    scripts: tuple[str, ...]


def page(title: str, body: h.Node, assets: Assets, *, connects: bool = False) -> str:
    """The document. `connects` allows its script to ask the server it came from, as a live view has to."""
    document = h.html(lang="en")[
        h.head[
            h.meta(charset="utf-8"),
            h.meta(http_equiv="Content-Security-Policy", content=policy(assets, connects=connects)),
            h.meta(name="viewport", content="width=device-width, initial-scale=1"),
            h.meta(name="referrer", content="no-referrer"),
            h.meta(name="color-scheme", content="light dark"),
            # A browser asks for one where none is named.
            h.link(rel="icon", href="data:,"),
            h.title[title],
            (h.style[Markup(text)] for text in assets.styles),  # noqa: S704  files of this package
        ],
        h.body[
            h.a(".skip", href="#content")["Skip to the content"],
            body,
            (h.script[Markup(text)] for text in assets.scripts),  # noqa: S704  files of this package
        ],
    ]
    return f"{document}\n"


def policy(assets: Assets, *, connects: bool = False) -> str:
    """Nothing is allowed but these very styles and scripts, and the empty icon."""
    parts = [
        "default-src 'none'",
        f"style-src {' '.join(_hash(text) for text in assets.styles) or _NONE}",
        f"script-src {' '.join(_hash(text) for text in assets.scripts) or _NONE}",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    if connects:
        parts.append("connect-src 'self'")
    return "; ".join(parts)


_NONE = "'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
