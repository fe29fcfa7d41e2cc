"""What `--ide-backend` may say."""

from __future__ import annotations

import pytest

from pytest_rustide_load.backends import BackendChoice, parse_backend_choice, parse_compared_choices
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


def test_a_rust_analyzer_of_any_name_is_one():
    choice = parse_backend_choice("rust-analyzer@/opt/ra-2026-01-05")
    assert choice == BackendChoice("rust-analyzer", ("/opt/ra-2026-01-05",))


def test_two_backends_are_compared_by_their_labels():
    text = "old=rust-analyzer@/a,new=cmd:server --set x,y=1"
    assert parse_compared_choices(text) == (
        ("old", BackendChoice("rust-analyzer", ("/a",))),
        ("new", BackendChoice("cmd", ("server", "--set", "x,y=1"))),
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("A=embedded", "not two backends with a label each"),
        ("embedded,auto", "not two backends"),
        ("A=embedded,B=auto,C=auto", "not two backends"),
        ("A=embedded,A=auto", "both backends are called 'A'"),
        ("A=embeded,B=auto", "did you mean 'embedded'?"),
        ("A=rust-analyzer@,B=auto", "names no file"),
    ],
)
def test_a_comparison_that_is_none_is_told(text, told):
    with pytest.raises(ConfigError) as error:
        parse_compared_choices(text)
    assert told in str(error.value)


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
        (
            "./my/server",
            "'rust-analyzer@./my/server' for a rust-analyzer, 'cmd:./my/server' for another",
        ),
        ("http://127.0.0.1:80", "known: auto"),
        ("tcp://localhost:99999", "names no address"),
    ],
)
def test_anything_else_is_told_what_is_right(text, told):
    with pytest.raises(ConfigError) as error:
        parse_backend_choice(text)
    assert told in str(error.value)
