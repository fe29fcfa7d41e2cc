"""What the tests of the documentation ask."""

from __future__ import annotations

import os

import pytest
from _pytest.config import get_config

from pytest_rustide_load.plugin import options as plugin_options


@pytest.fixture(scope="module")
def everything() -> pytest.Parser:
    """What pytest understands with this plugin and those it works with."""
    config = get_config()
    config.pluginmanager.load_setuptools_entrypoints("pytest11")
    # The terminal that was kept for progress lines is none of ours.
    os.close(plugin_options._terminal_fds.pop())
    return config._parser
