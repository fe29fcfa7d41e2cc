"""Starting backends and ending them: which one, in which environment, and the whole of its process tree.

Knows nothing of LSP, scenarios or pytest.
"""

from __future__ import annotations

from pytest_rustide_load.backends.choice import BackendChoice, parse_backend_choice, parse_compared_choices
from pytest_rustide_load.backends.launch import CommandLauncher, resolve_launcher
from pytest_rustide_load.backends.process import BackendProcess, start_process
from pytest_rustide_load.backends.shared import allow_connections
from pytest_rustide_load.backends.transport import PipeTransport

__all__ = [
    "BackendChoice",
    "BackendProcess",
    "CommandLauncher",
    "PipeTransport",
    "allow_connections",
    "parse_backend_choice",
    "parse_compared_choices",
    "resolve_launcher",
    "start_process",
]
