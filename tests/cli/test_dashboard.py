"""The dashboard: which pages there are, that they hang together, and who may ask for them."""

from __future__ import annotations

import http.client
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_rustide_load.__main__ import main
from tests.browser.histories import write_history
from tests.report.html import samples
from tests.report.html.test_report import Document

pytest.importorskip("starlette", reason="needs the live extra: pip install -e '.[test]'")


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    path = tmp_path_factory.mktemp("history") / "history.sqlite3"
    write_history(path, name="<b>Odd / name</b>")
    return path


def test_every_link_leads_to_a_page_and_every_page_is_whole(history, tmp_path, capsys):
    folder = tmp_path / "site"
    assert main(["dashboard", "--path", str(history), "--out", str(folder), "--limit", "5"]) == 0
    assert capsys.readouterr().out == f"10 pages written: {folder / 'index.html'}\n"
    pages = {path.name: Document(text_of(path)) for path in folder.iterdir()}
    runs = {f"run-{number}.html" for number in (8, 9, 10, 11, 12, 13)}
    odd = "scenario-b-odd-name-b-1.html"
    assert set(pages) == {"index.html", "compare.html", odd, "scenario-small-team-2.html", *runs}
    for document in pages.values():
        links = {one["href"] for one in document.named("a")}
        assert {link for link in links if not link.startswith("#")} <= set(pages)
    words = pages["index.html"].text()
    assert "13 runs in history.sqlite3" in words
    assert "<b>Odd / name</b>" in words
    assert "hover p95" in words
    assert "WORSE" in words
    assert "1 run, none complete" in words
    # The latest run first; of each series where it stands, how far it went, and where it stepped.
    index = text_of(folder / "index.html")
    latest = index.partition('aria-label="The latest runs of all scenarios"')[2]
    assert [int(number) for number in re.findall(r">run ([0-9]+)<", latest)] == [*range(13, 0, -1)]
    card = index.partition(">hover p95</th>")[2].partition("</tr>")[0]
    series = re.search(r"<strong>hover p95</strong> WORSE[^<]*, drift (\+[0-9.]+%)", text_of(folder / odd))
    assert f">{series[1]}<" in card
    last = samples.results(seconds=6, seed=12, slower=3.0).operations["hover"].response_time.p95
    assert f">{last:.3g} ms<" in card
    steps = text_of(folder / odd).count(": a step at run ")
    assert index.count('class="mark change"') == steps > 0
    shown = pages[odd].text()
    assert "12 comparable runs on embedded, from run 1 to 12" in shown
    assert re.search(r"a step at run [678] \(0{11}[567]\): ", shown)


def test_a_missing_history_and_a_folder_that_cannot_be_written_are_told(history, tmp_path, capsys):
    assert main(["dashboard", "--path", str(tmp_path / "none"), "--out", str(tmp_path)]) == 1
    assert "there is no history at" in capsys.readouterr().err
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert main(["dashboard", "--path", str(history), "--out", str(blocked)]) == 1
    assert "cannot be written: " in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["dashboard", "--path", str(history)])


def test_it_is_served_on_loopback_to_those_who_ask_for_that_name(history):
    command = [sys.executable, "-m", "pytest_rustide_load", "dashboard", "--path", str(history), "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        try:
            line = server.stdout.readline()
            port = int(re.search(r"at http://127\.0\.0\.1:([0-9]+)/", line)[1])

            def ask(path: str, **headers: str) -> tuple[int, str]:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                connection.request("GET", path, headers=headers)
                answer = connection.getresponse()
                found = answer.status, answer.read().decode()
                connection.close()
                return found

            status, text = ask("/")
            assert status == 200
            assert "Load test history" in text
            assert ask("/run-12.html")[0] == 200
            assert ask("/run-99.html") == (404, "there is no such page")
            assert ask("/../../etc/passwd")[0] == 404
            assert ask("/", Host="evil.example")[0] == 400
        finally:
            server.send_signal(signal.SIGINT)
            _, errors = server.communicate(timeout=60)
    assert server.returncode == 130
    assert errors == "interrupted\n"
