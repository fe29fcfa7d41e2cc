"""Synthetic Rust codebases with an oracle: the right answer at every place a user may point to.

Pure: the same spec gives the same bytes everywhere; no files, clock or servers.
"""

from __future__ import annotations

from pytest_rustide_load.codebase.codebase import Codebase
from pytest_rustide_load.codebase.generate import generate_codebase
from pytest_rustide_load.codebase.oracle import Oracle
from pytest_rustide_load.codebase.places import LANDMARK_KINDS, DocumentSymbol, EditSite, Landmark, Location
from pytest_rustide_load.codebase.spec import GENERATOR_VERSION, CodebaseSpec

__all__ = [
    "GENERATOR_VERSION",
    "LANDMARK_KINDS",
    "Codebase",
    "CodebaseSpec",
    "DocumentSymbol",
    "EditSite",
    "Landmark",
    "Location",
    "Oracle",
    "generate_codebase",
]
