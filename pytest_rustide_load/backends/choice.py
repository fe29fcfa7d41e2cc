"""Which backend the user asked for."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from pytest_rustide_load.errors import ConfigError, did_you_mean

__all__ = ["BackendChoice", "parse_backend_choice"]

_NAMES = ("auto", "embedded", "rust-analyzer", "cmd:COMMAND LINE")


@dataclass(frozen=True, slots=True)
class BackendChoice:
    """`kind` is "auto", "embedded", "rust-analyzer" or "cmd"; `command` is set for the last."""

    kind: str
    command: tuple[str, ...] = ()


def parse_backend_choice(text: str) -> BackendChoice:
    """The value of `--ide-backend`. Raises ConfigError."""
    kind, colon, rest = text.strip().partition(":")
    if kind == "cmd" and colon:
        try:
            command = tuple(shlex.split(rest))
        except ValueError as error:
            raise ConfigError(f"{text!r} is not a command line: {error}") from None
        if not command:
            raise ConfigError(f"{text!r} names no command (write it like cmd:my-server --stdio)")
        return BackendChoice("cmd", command)
    if colon or kind not in _NAMES[:3]:
        raise ConfigError(f"unknown backend {text!r}: {did_you_mean(kind, _NAMES)}")
    return BackendChoice(kind)
