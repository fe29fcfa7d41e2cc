from __future__ import annotations

import os
import subprocess
import sys

import pytest

from pytest_rustide_load.seeds import derive_seed, seeded_random

EXPECTED = 10479767988088652915


def test_seeds_are_the_same_for_ever() -> None:
    # Changing these numbers changes every stored run's plan.
    assert derive_seed(42, "plan", 0) == derive_seed(42, "plan", "0") == EXPECTED
    assert 0 <= EXPECTED < 2**64


def test_consumers_have_seeds_of_their_own() -> None:
    paths = [("a",), ("b",), ("a", "b"), ("ab",), ("a", 1), ("a", 11), ("a", 1, 1), ()]
    seeds = {derive_seed(run_seed, *path) for run_seed in (0, 1, -1) for path in paths}
    assert len(seeds) == 3 * len(paths)


def test_generators_do_not_share_state() -> None:
    first, second = seeded_random(1, "x"), seeded_random(1, "x")
    first.random()
    assert second.random() == seeded_random(1, "x").random()


@pytest.mark.parametrize("hash_seed", ["0", "1", "4711"])
def test_seeds_do_not_depend_on_the_hash_seed(hash_seed: str) -> None:
    code = "from pytest_rustide_load.seeds import *; print(seeded_random(7, 'u', 3).getrandbits(64))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )
    assert int(done.stdout) == seeded_random(7, "u", 3).getrandbits(64)
