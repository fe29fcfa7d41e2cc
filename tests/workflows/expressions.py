"""Expressions of GitHub Actions, as far as workflows here use them: values by name, literals, `!`, `==`,
`!=`, `&&`, `||`, brackets and the status functions. Anything else is an error, so that nothing is quietly
taken for another thing.

The rules: https://docs.github.com/actions/reference/evaluate-expressions-in-workflows-and-actions
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["evaluate", "interpolate", "is_met"]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>\d+)|(?P<name>[\w.-]+)|(?P<sign>&&|\|\||[=!]=|[!()]))"
)
_STATUS = {
    "success": lambda failed: not failed,
    "failure": bool,
    "always": lambda _: True,
    "cancelled": lambda _: False,
}


class _Reader:
    """Recursive descent, `||` first. Both sides are always read, and none has an effect."""

    def __init__(self, text: str, contexts: Mapping[str, Any], *, failed: bool) -> None:
        self.contexts, self.failed, self.tokens = contexts, failed, []
        text, at = text.strip(), 0
        while at < len(text):
            found = _TOKEN.match(text, at)
            assert found is not None, f"cannot read {text[at:]!r} in the expression {text!r}"
            self.tokens.append((found.lastgroup, found[found.lastgroup]))
            at = found.end()

    def whole(self) -> Any:
        value = self.either()
        assert not self.tokens, f"what is {self.tokens} for?"
        return value

    def takes(self, *signs: str) -> str:
        if self.tokens and self.tokens[0][0] == "sign" and self.tokens[0][1] in signs:
            return self.tokens.pop(0)[1]
        return ""

    def either(self) -> Any:
        value = self.both()
        while self.takes("||"):
            other = self.both()
            value = value or other
        return value

    def both(self) -> Any:
        value = self.compared()
        while self.takes("&&"):
            other = self.compared()
            value = value and other
        return value

    def compared(self) -> Any:
        value = self.single()
        while sign := self.takes("==", "!="):
            same = _comparable(value) == _comparable(self.single())
            value = same == (sign == "==")
        return value

    def single(self) -> Any:
        if self.takes("!"):
            return not self.single()
        if self.takes("("):
            value = self.either()
            assert self.takes(")")
            return value
        kind, text = self.tokens.pop(0)
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return int(text)
        assert kind == "name", text
        if self.takes("("):
            assert self.takes(")"), f"{text} takes no arguments here"
            return _STATUS[text](self.failed)
        if text in {"true", "false"}:
            return text == "true"
        first, *rest = text.split(".")
        # A context that does not exist is a mistake, a value of it that is not there is null.
        value: Any = self.contexts[first]
        for name in rest:
            value = value.get(name) if isinstance(value, Mapping) else None
        return value


def _comparable(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def evaluate(text: str, contexts: Mapping[str, Any], *, failed: bool = False) -> Any:
    """The value of an expression, without its brackets."""
    return _Reader(text, contexts, failed=failed).whole()


def interpolate(value: Any, contexts: Mapping[str, Any]) -> Any:
    """With every `${{ … }}` in it replaced, in lists and mappings too. What is nothing but one keeps its
    kind."""
    if isinstance(value, Mapping):
        return {name: interpolate(one, contexts) for name, one in value.items()}
    if isinstance(value, list):
        return [interpolate(one, contexts) for one in value]
    if not isinstance(value, str):
        return value
    whole = re.fullmatch(r"\s*\$\{\{(.*?)\}\}\s*", value)
    if whole and "${{" not in whole[1]:
        return evaluate(whole[1], contexts)
    return re.sub(r"\$\{\{(.*?)\}\}", lambda one: _as_text(evaluate(one[1], contexts)), value)


def _as_text(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def is_met(condition: Any, contexts: Mapping[str, Any], *, failed: bool) -> bool:
    """An `if:`, which is false after a failure unless it asks for the status itself."""
    text = str(condition).strip()
    text = text[3:-2] if text.startswith("${{") and text.endswith("}}") else text
    asks = re.search(r"\b(success|failure|always|cancelled)\(", text) is not None
    return bool(evaluate(text, contexts, failed=failed)) and (asks or not failed)
