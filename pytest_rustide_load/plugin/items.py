"""Built-in scenarios as test items.

Knows how an item is named, run and reported; the running itself is the runtime's.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from pytest_rustide_load.plugin.runtime import get_runtime

if TYPE_CHECKING:
    from pytest_rustide_load.workload import Scenario

__all__ = ["ScenarioItem"]

_PREFIX = "rustide-load"


class ScenarioItem(pytest.Item):
    """One scenario of the library, on a codebase and a backend of its own."""

    def __init__(self, *, scenario: Scenario, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scenario = scenario
        self.add_marker(pytest.mark.load_scenario(scenario.name))

    @classmethod
    def make(cls, session: pytest.Session, scenario: Scenario) -> ScenarioItem:
        """The item of `scenario`; its node id does not depend on the directory."""
        item: ScenarioItem = cls.from_parent(
            session, name=scenario.name, nodeid=f"{_PREFIX}::{scenario.name}", scenario=scenario
        )
        return item

    def runtest(self) -> None:
        get_runtime(self.config).run(self, self.scenario)

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        return _PREFIX, None, self.name
