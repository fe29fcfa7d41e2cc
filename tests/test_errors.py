from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load import errors
from pytest_rustide_load.errors import BackendError, ConfigError, Problem, did_you_mean, nearest_name

OPERATIONS = ("completion", "definition", "document_symbols", "hover")


def test_a_config_error_carries_every_problem_with_its_place() -> None:
    error = ConfigError([Problem("one", "budgets.yaml", 3), Problem("two", "--option"), Problem("three")])
    assert str(error) == "budgets.yaml:3: one\n--option: two\nthree"
    assert len(error.problems) == 3


def test_a_config_error_may_be_made_from_a_sentence() -> None:
    assert ConfigError("wrong").problems == (Problem("wrong"),)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("complet", "completion"),
        ("document-symbols", "document_symbols"),
        ("Hover", "hover"),
        ("doc", "document_symbols"),
        ("co", None),
        ("zzz", None),
    ],
)
def test_the_nearest_name_is_found_or_none_is_named(name: str, expected: str | None) -> None:
    assert nearest_name(name, OPERATIONS) == expected


def test_without_a_near_name_all_are_listed() -> None:
    assert did_you_mean("hovr", OPERATIONS) == "did you mean 'hover'?"
    assert did_you_mean("zzz", OPERATIONS) == "known: completion, definition, document_symbols, hover"


@given(st.text(max_size=20))
def test_a_known_name_is_always_the_nearest_to_itself(name: str) -> None:
    assert nearest_name(name, [*OPERATIONS, name]) is not None


def test_a_backend_error_says_how_the_process_ended_and_what_it_wrote_last() -> None:
    tail = "\n".join(f"line {number}" for number in range(50))
    text = str(BackendError("it is gone", exit_code=-9, stderr_tail=tail))
    assert text.startswith("it is gone; killed by signal 9\n")
    assert "line 49" in text
    assert "line 29" not in text
    assert "exit status 3" in str(BackendError("it is gone", exit_code=3))
    assert str(BackendError("it is gone")) == "it is gone"


def test_every_error_is_one_of_ours() -> None:
    classes = [value for name in errors.__all__ if isinstance(value := getattr(errors, name), type)]
    raised = [cls for cls in classes if issubclass(cls, Exception)]
    assert len(raised) == 9
    assert all(issubclass(cls, errors.RustIdeLoadError) for cls in raised)
