"""The documentation as a site: it builds without a warning, and every page is in its navigation."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT

CONFIG = ROOT / "docs/site/mkdocs.yml"


def test_every_page_is_in_the_navigation():
    text = CONFIG.read_text(encoding="utf-8")
    shown = set(re.findall(r": ([\w/-]+\.md)$", text, re.MULTILINE))
    made = {"index.md", "architecture.md", "changelog.md"}
    there = {str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").glob("**/*.md")}
    assert shown == there | made


def test_it_builds_and_no_link_leads_nowhere(tmp_path: Path):
    pytest.importorskip("mkdocs", reason="needs the test extra: pip install -e '.[test]'")
    done = subprocess.run(
        # With -q warnings are not counted.
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", CONFIG, "-d", tmp_path / "site"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    index = (tmp_path / "site/index.html").read_text(encoding="utf-8")
    assert "pytest-rustide-load" in index
    assert (tmp_path / "site/guides/baselines.html").is_file()
    assert (tmp_path / "site/images/report.png").is_file()
    assert (tmp_path / "site/files/github/workflows/performance.yml").is_file()
    # Nothing of what builds it, and nothing that asks another host for anything.
    assert not list((tmp_path / "site").glob("**/*.py"))
    assert re.findall(r'(?:src|<link[^>]*href)="(?:https?:)?//[^"]*"', index) == []
