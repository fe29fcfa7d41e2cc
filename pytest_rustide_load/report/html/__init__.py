"""Results as pages for a browser: one file each, readable without a script and without a network.

Pure: values in, text out. Imported where a page is asked for, and nowhere else.
"""

from __future__ import annotations

from pytest_rustide_load.report.html.page import Assets
from pytest_rustide_load.report.html.session import render_report

__all__ = ["Assets", "render_report"]
