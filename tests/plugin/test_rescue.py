"""How the end of a process reads."""

from __future__ import annotations

import pytest

from pytest_rustide_load.plugin.rescue import how_it_ended


@pytest.mark.parametrize(
    ("code", "words", "told"),
    [
        (None, "still here", ""),
        (0, "", "a process ended with exit status 0"),
        (-6, "one\nmemory allocation of 24 bytes failed\n\n", "memory allocation of 24 bytes failed"),
        (-9, "WARN response: fn secret() {}", "a process ended with SIGKILL"),
        (-9, "", "a process ended with SIGKILL"),
        (-99, "", "a process ended with signal 99"),
    ],
)
def test_an_end_is_told_with_the_last_words(code, words, told):
    found = how_it_ended(code, words)
    assert found.endswith(told)
    assert (code != -6) or found.startswith("a process ended with SIGABRT, its last words: ")
