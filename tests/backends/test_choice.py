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


def test_an_address_is_that_of_a_server_that_listens():
    assert parse_backend_choice("tcp://127.0.0.1:9257").address == ("127.0.0.1", 9257)
    assert parse_backend_choice("tcp://[::1]:80").address == ("::1", 80)


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
        ("tcp:127.0.0.1:9257", "tcp://127.0.0.1:9257"),
        ("tcp://localhost", "names no address"),
        ("tcp://:80", "names no address"),
        ("tcp://localhost:99999", "names no address"),
    ],
)
def test_anything_else_is_told_what_is_right(text, told):
    with pytest.raises(ConfigError) as error:
        parse_backend_choice(text)
    assert told in str(error.value)
