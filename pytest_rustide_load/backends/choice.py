"""Which backend the user asked for.

Knows only the text of the option; whether such a backend is there is another question.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from pytest_rustide_load.errors import ConfigError, did_you_mean

__all__ = ["BackendChoice", "parse_backend_choice", "parse_compared_choices"]

_NAMES = ("auto", "embedded", "rust-analyzer")
_COMMAND = "cmd:COMMAND LINE"
_TCP = "tcp://HOST:PORT"
_ANALYZER_AT = "rust-analyzer@PATH"
_LABEL = r"[A-Za-z0-9][\w.-]*"
# A comma of a command line is no border: after one stand a label and a backend.
_BORDERS = (
    re.compile(rf",(?={_LABEL}=(?:auto|embedded|rust-analyzer|cmd:|tcp:))"),
    # Else the name of a backend may be mistyped.
    re.compile(rf",(?={_LABEL}=)"),
)


@dataclass(frozen=True, slots=True)
class BackendChoice:
    """`kind` is "auto", "embedded", "rust-analyzer", "cmd" or "tcp"; `command` and `address` are set for the
    last two. A rust-analyzer with a `command` is that one."""

    kind: str
    command: tuple[str, ...] = ()
    address: tuple[str, int] = ("", 0)


def parse_backend_choice(text: str) -> BackendChoice:
    """The value of `--ide-backend`. Raises ConfigError."""
    if text.strip().startswith("rust-analyzer@"):
        path = text.strip().removeprefix("rust-analyzer@")
        if not path:
            raise ConfigError(f"{text!r} names no file (write it like 'rust-analyzer@/path/to/it')")
        return BackendChoice("rust-analyzer", (path,))
    kind, colon, rest = text.strip().partition(":")
    if kind in _NAMES and not colon:
        return BackendChoice(kind)
    if kind == "tcp" and colon:
        return BackendChoice("tcp", address=_address(text, rest))
    if kind != "cmd":
        if "/" in text and "://" not in text:
            raise ConfigError(
                f"{text!r} is a path (write 'rust-analyzer@{text}' for a rust-analyzer, 'cmd:{text}' for "
                "another server)"
            )
        raise ConfigError(
            f"unknown backend {text!r}: {did_you_mean(text.strip(), [*_NAMES, _ANALYZER_AT, _COMMAND, _TCP])}"
        )
    try:
        command = tuple(shlex.split(rest))
    except ValueError as error:
        raise ConfigError(f"{text!r} is not a command line: {error}") from None
    if not command or not command[0]:
        raise ConfigError(f"{text!r} names no command (write it like 'cmd:my-server --stdio')")
    return BackendChoice("cmd", command)


def parse_compared_choices(text: str) -> tuple[tuple[str, BackendChoice], tuple[str, BackendChoice]]:
    """The value of `--load-compare`, LABEL=BACKEND,LABEL=BACKEND: the baseline and what is compared with it.
    Raises ConfigError."""
    ways = [border.split(text.strip()) for border in _BORDERS]
    parts = next((parts for parts in ways if len(parts) == 2), ways[0])
    found = [re.fullmatch(rf"({_LABEL})=(.+)", part, re.DOTALL) for part in parts]
    if len(parts) != 2 or None in found:
        raise ConfigError(f"{text!r} is not two backends with a label each, such as 'A=BACKEND,B=BACKEND'")
    (label, backend), (other, second) = ((one[1], one[2]) for one in found if one is not None)
    if label == other:
        raise ConfigError(f"both backends are called {label!r}")
    return (label, parse_backend_choice(backend)), (other, parse_backend_choice(second))


def _address(text: str, rest: str) -> tuple[str, int]:
    slashes, place = rest[:2], rest[2:]
    host, colon, port = place.rpartition(":")
    if slashes != "//" or not colon or not host or not (port.isdecimal() and 0 < int(port) < 65_536):
        raise ConfigError(f"{text!r} names no address (write it like 'tcp://127.0.0.1:9257')")
    return host.removeprefix("[").removesuffix("]"), int(port)
