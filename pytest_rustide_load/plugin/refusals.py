"""Sessions that end before anything runs, with a sentence.

Loads on every pytest run: imports nothing but pytest and the standard library's smallest parts.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from pytest_rustide_load.plugin.options import is_worker

__all__ = ["own_requirements", "refuse"]


@contextlib.contextmanager
def own_requirements() -> Iterator[None]:
    """In the body load machinery is imported: where something that it takes is not installed, a sentence says
    so. Raises UsageError."""
    try:
        yield
    except ModuleNotFoundError as error:
        from pytest_rustide_load.errors import missing_package

        raise pytest.UsageError(f"load tests: {missing_package(error)}") from None


def refuse(config: pytest.Config, items: list[pytest.Item], texts: list[str]) -> None:
    """End the session before anything runs, with exit status 4 and these texts. Raises UsageError, but in a
    worker."""
    # pytest plans what was collected all the same, and what cannot be run cannot be planned.
    items.clear()
    if not is_worker(config):
        raise pytest.UsageError("\n".join(texts))
    # A worker that raises here looks like a crash to the controller. It runs nothing instead and the
    # controller ends the session.
    config.workeroutput["rustide_load_problems"] = texts  # type: ignore[attr-defined]  # xdist adds it
