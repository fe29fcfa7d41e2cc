"""What `--ide-backend` may say."""

from __future__ import annotations

import pytest

from pytest_rustide_load.backends import BackendChoice, parse_backend_choice
from pytest_rustide_load.errors import ConfigError


@pytest.mark.parametrize("name", ["auto", "embedded", "rust-analyzer"])
def test_names_stand_for_themselves(name):
    assert parse_backend_choice(f" {name} ") == BackendChoice(name)


def test_a_command_line_is_split_as_a_shell_would():
    choice = parse_backend_choice("cmd:my-server --stdio 'a b' C:\\ d")
    assert choice == BackendChoice("cmd", ("my-server", "--stdio", "a b", "C: d"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rust-analyser", "did you mean 'rust-analyzer'?"),
        ("rust_analyzer", "did you mean 'rust-analyzer'?"),
        ("Auto", "did you mean 'auto'?"),
        ("zzz", "known: auto, cmd:COMMAND LINE, embedded, rust-analyzer"),
        ("auto:x", "did you mean 'auto'?"),
        ("", "known: auto"),
        ("cmd", "names no command"),
        ("cmd:", "names no command"),
        ("cmd:''", "names no command"),
        ("cmd:a 'b", "No closing quotation"),
        ("tcp://127.0.0.1:9257", "not TCP"),
    ],
)
def test_anything_else_is_told_what_is_right(text, told):
    with pytest.raises(ConfigError) as error:
        parse_backend_choice(text)
    assert told in str(error.value)
