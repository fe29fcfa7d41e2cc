"""Which backend the user asked for.

Knows only the text of the option; whether such a backend is there is another question.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from pytest_rustide_load.errors import ConfigError, did_you_mean

__all__ = ["BackendChoice", "parse_backend_choice"]

_NAMES = ("auto", "embedded", "rust-analyzer")
_COMMAND = "cmd:COMMAND LINE"


@dataclass(frozen=True, slots=True)
class BackendChoice:
    """`kind` is "auto", "embedded", "rust-analyzer" or "cmd"; `command` is set for the last."""

    kind: str
    command: tuple[str, ...] = ()


def parse_backend_choice(text: str) -> BackendChoice:
    """The value of `--ide-backend`. Raises ConfigError."""
    kind, colon, rest = text.strip().partition(":")
    if kind in _NAMES and not colon:
        return BackendChoice(kind)
    if kind == "tcp" and colon:
        raise ConfigError(f"{text!r}: backends are started as processes and spoken to over stdio, not TCP")
    if kind != "cmd":
        raise ConfigError(f"unknown backend {text!r}: {did_you_mean(text.strip(), [*_NAMES, _COMMAND])}")
    try:
        command = tuple(shlex.split(rest))
    except ValueError as error:
        raise ConfigError(f"{text!r} is not a command line: {error}") from None
    if not command or not command[0]:
        raise ConfigError(f"{text!r} names no command (write it like 'cmd:my-server --stdio')")
    return BackendChoice("cmd", command)
