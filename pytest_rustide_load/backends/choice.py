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
_TCP = "tcp://HOST:PORT"


@dataclass(frozen=True, slots=True)
class BackendChoice:
    """`kind` is "auto", "embedded", "rust-analyzer", "cmd" or "tcp"; `command` and `address` are set for the
    last two."""

    kind: str
    command: tuple[str, ...] = ()
    address: tuple[str, int] = ("", 0)


def parse_backend_choice(text: str) -> BackendChoice:
    """The value of `--ide-backend`. Raises ConfigError."""
    kind, colon, rest = text.strip().partition(":")
    if kind in _NAMES and not colon:
        return BackendChoice(kind)
    if kind == "tcp" and colon:
        return BackendChoice("tcp", address=_address(text, rest))
    if kind != "cmd":
        raise ConfigError(
            f"unknown backend {text!r}: {did_you_mean(text.strip(), [*_NAMES, _COMMAND, _TCP])}"
        )
    try:
        command = tuple(shlex.split(rest))
    except ValueError as error:
        raise ConfigError(f"{text!r} is not a command line: {error}") from None
    if not command or not command[0]:
        raise ConfigError(f"{text!r} names no command (write it like 'cmd:my-server --stdio')")
    return BackendChoice("cmd", command)


def _address(text: str, rest: str) -> tuple[str, int]:
    slashes, place = rest[:2], rest[2:]
    host, colon, port = place.rpartition(":")
    if slashes != "//" or not colon or not host or not (port.isdecimal() and 0 < int(port) < 65_536):
        raise ConfigError(f"{text!r} names no address (write it like 'tcp://127.0.0.1:9257')")
    return host.removeprefix("[").removesuffix("]"), int(port)
