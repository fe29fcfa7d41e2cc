"""YAML from people: what is refused, each with its line, and that nothing short takes long."""

from __future__ import annotations

from pathlib import Path

import pytest

import pytest_rustide_load
from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.yamltree import parse_own_yaml, parse_yaml

# Each of nine lines stands for nine times the one before: 9^9 values, in 300 characters.
LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{own}: &{own} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, own in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("users: 1\nusers: 2\n", "s.yaml:2: 'users' stands here again, first on line 1"),
        (
            "operations:\n\thover: 1/s\n",
            "s.yaml:2: not YAML: while scanning for the next token found character",
        ),
        ("a: 1\n---\nb: 2\n", "s.yaml:2: not YAML: expected a single document in the stream"),
        ("a: 1\nb: \x00\n", "s.yaml:2: not YAML: the character U+0000 stands for nothing"),
        ("a: &a {b: 1}\nc: {<<: *a}\n", "s.yaml:2: '<<' is not obeyed"),
        ("a: !!python/object/apply:os.system [ls]\n", "s.yaml:1: a value of the unknown kind"),
        ("a: !mine 3\n", "s.yaml:1: a value of the unknown kind '!mine'"),
        ("[a]: 3\n", "s.yaml:1: a key that is no text"),
        ("a: &a [*a]\n", "s.yaml:1: an alias that contains itself"),
        ("a: " + "9" * 400, "s.yaml:1: '99999999999999999999999999999…999999999': too long a number"),
        ("a: " + "9" * 5_000, "s.yaml:1: '99999999999999999999999999999…999999999': too long a number"),
        ("a: " + "[" * 5_000 + "]" * 5_000, "s.yaml: not YAML that anybody writes: nested too deeply"),
        (LAUGHS, "s.yaml: more than 100,000 values"),
    ],
)
def test_what_is_no_yaml_of_a_person_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_yaml(text, "s.yaml")
    [problem] = error.value.problems
    assert str(problem).startswith(told)
    assert len(str(problem)) < 300


def test_what_comes_with_the_package_is_read_faster_and_as_the_same():
    texts = [path.read_text() for path in Path(pytest_rustide_load.__file__).parent.rglob("*.yaml")]
    assert len(texts) > 10
    for text in texts:
        assert parse_own_yaml(text, "own.yaml") == parse_yaml(text, "own.yaml")
