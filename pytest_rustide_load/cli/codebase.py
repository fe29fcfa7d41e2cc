"""`python -m pytest_rustide_load codebase`: write a synthetic codebase, or hold sources against real ones.

Prints plain text; knows nothing of tests or servers.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import textwrap
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Any

from pytest_rustide_load import __version__
from pytest_rustide_load.codebase import GENERATOR_VERSION, Codebase, CodebaseSpec, generate_codebase
from pytest_rustide_load.codebase.spec import PROFILES
from pytest_rustide_load.codebase.statistics import STATISTICS, Corpus, StatisticsBuilder, parse_corpus
from pytest_rustide_load.errors import ConfigError, Problem, did_you_mean
from pytest_rustide_load.workspaces import find_repository, materialise, read_sources

__all__ = ["MARKER", "add_arguments", "fit_report", "run"]

MARKER = ".rustide-load.json"

_DEFAULT_SEED = 42
_WIDTH = 79
# Nobody wonders what happens sooner than this.
_PATIENCE_S = 2.0
_TTY_INTERVAL_S = 0.5
_PLAIN_INTERVAL_S = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--profile", metavar="NAME", help=f"a named kind of codebase: {', '.join(PROFILES)} (default: custom)"
    )
    parser.add_argument("--loc", type=int, metavar="N", help="lines of Rust (default: the profile's)")
    parser.add_argument(
        "--seed",
        type=int,
        default=_DEFAULT_SEED,
        metavar="N",
        help="same seed, same bytes (default: %(default)s)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="write the tree here: an empty directory, or one this command wrote",
    )
    parser.add_argument(
        "--report", action="store_true", help="print its statistics beside those of real projects"
    )
    parser.add_argument(
        "--check", type=Path, metavar="PATH", help="print such a report on an existing Cargo project instead"
    )


def run(args: argparse.Namespace) -> int:
    """0 when done; raises ConfigError with what is wrong."""
    _refuse_nonsense(args)
    if args.check is not None:
        _check(args.check)
        return 0
    wanted = {"seed": args.seed, "loc": args.loc, "profile": args.profile}
    codebase = _generate({name: value for name, value in wanted.items() if value is not None})
    if args.out is not None:
        _write(codebase, args.out)
        _say(f"{args.out}: {_plural(len(codebase.paths), 'file')}, {codebase.loc:,} lines of Rust")
    if args.report:
        texts = ((path, codebase.text(path)) for path in codebase.rust_paths)
        _say(fit_report(_measure(texts, len(codebase.rust_paths)), _corpus()))
    return 0


def _refuse_nonsense(args: argparse.Namespace) -> None:
    problems = []
    if args.check is not None:
        others = [name for name in ("profile", "loc", "out") if getattr(args, name) is not None]
        problems += [
            Problem("does not go with --check, which generates nothing", f"--{name}") for name in others
        ]
    elif args.out is None and not args.report:
        problems.append(Problem("nothing to do: give --out DIR, --report or --check PATH"))
    if args.profile is not None and args.profile not in PROFILES:
        known = did_you_mean(args.profile, PROFILES)
        problems.append(Problem(f"unknown profile {args.profile!r}: {known}", "--profile"))
    if problems:
        raise ConfigError(problems)


def _generate(fields: dict[str, Any]) -> Codebase:
    spec = CodebaseSpec(**fields)
    with _progress("generating"):
        return generate_codebase(spec)


def _check(path: Path) -> None:
    repository = find_repository(path)
    builder = _measure(read_sources(repository), len(repository.rust_paths))
    _say(fit_report(builder, _corpus()))
    left_out = len(repository.rust_paths) - builder.files
    if left_out:
        _say(f"Not counted: {_plural(left_out, 'file')}, not in UTF-8 or too large.")


def _measure(texts: Iterable[tuple[str, str]], count: int) -> StatisticsBuilder:
    builder = StatisticsBuilder()
    with _progress("measuring") as progress:
        for number, (_, text) in enumerate(texts, 1):
            builder.add(text)
            progress.text = f"measuring: {number:,} of {count:,} files"
    return builder


def _corpus() -> Corpus:
    data = resources.files("pytest_rustide_load.codebase").joinpath("corpus.json").read_bytes()
    return parse_corpus(data)


# -- the tree


def _write(codebase: Codebase, directory: Path) -> None:
    """Raises ConfigError where `directory` holds anything this command did not write."""
    try:
        for path in _earlier_files(directory):
            (directory / path).unlink(missing_ok=True)
        directory.mkdir(parents=True, exist_ok=True)
        marker = {
            "written_by": "pytest-rustide-load",
            "version": __version__,
            "generator_version": GENERATOR_VERSION,
            "spec": asdict(codebase.spec),
            "content_hash": codebase.content_hash,
            "files": list(codebase.paths),
        }
        # First, so that a tree that was interrupted can be written again.
        (directory / MARKER).write_text(json.dumps(marker, indent=1) + "\n", encoding="utf-8")
        with _progress(f"writing {len(codebase.paths):,} files"):
            materialise(codebase, directory)
    except OSError as error:
        raise ConfigError(Problem(f"cannot be written: {error}", str(directory))) from None


def _earlier_files(directory: Path) -> list[str]:
    """The files an earlier run wrote here."""
    if not directory.exists():
        return []
    if not directory.is_dir():
        raise ConfigError(Problem("is not a directory", str(directory)))
    if not any(directory.iterdir()):
        return []
    try:
        marker = json.loads((directory / MARKER).read_text(encoding="utf-8"))
        if marker["written_by"] != "pytest-rustide-load":
            raise ValueError("written by something else")
        files = [str(path) for path in marker["files"]]
    except (OSError, ValueError, KeyError, TypeError):
        message = (
            f"is not empty and was not written by this command (no {MARKER} of ours in it); give another"
        )
        raise ConfigError(Problem(message, str(directory))) from None
    return [path for path in files if _lies_inside(PurePosixPath(path))]


def _lies_inside(path: PurePosixPath) -> bool:
    return not path.is_absolute() and ".." not in path.parts


# -- the report


def fit_report(builder: StatisticsBuilder, corpus: Corpus) -> str:
    """A table of at most 79 columns: every statistic, its range in the corpus, and its distance."""
    values = builder.finish()
    real = f"{len(corpus.projects)} real projects of {corpus.loc / 1e6:.2f} million"
    lines = [
        f"{_plural(builder.files, 'Rust file')}, {_plural(builder.loc, 'line')}, beside {real}",
        "",
        f"{'':26}{'here':>9}{'min':>9}{'median':>9}{'max':>9}{'distance':>10}",
    ]
    outside = 0
    for name, digits in STATISTICS.items():
        span = corpus.statistics[name]
        label = name.replace("_", " ")
        known = "".join(f"{value:>9.{digits}f}" for value in (span.min, span.median, span.max))
        if name not in values:
            lines.append(f"{label:<26}{'-':>9}{known}{'-':>10}")
            continue
        value = values[name]
        mark = "" if span.holds(value) else "  OUT"
        outside += bool(mark)
        lines.append(f"{label:<26}{value:>9.{digits}f}{known}{span.distance(value):>10.2f}{mark}")
    lines += ["", *_summary(len(values), outside)]
    return "\n".join(lines)


def _summary(count: int, outside: int) -> list[str]:
    verdict = f"{count - outside} of {count} statistics lie within the range of real projects"
    verdict += f"; {outside} {'is' if outside == 1 else 'are'} OUT of it." if outside else "."
    meaning = (
        "distance: 0 is the median of the projects, 1 the outermost of them on that side; each 1 more is "
        "another width of their range. kloc: a thousand lines, with blank ones and comments."
    )
    return [*textwrap.wrap(verdict, _WIDTH), "", *textwrap.wrap(meaning, _WIDTH)]


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


# -- progress


class _Progress:
    """What is being done; shown on stderr once it takes longer than people wait in the dark."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._done = threading.Event()
        self._started_s = time.monotonic()
        self._tty = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._interval_s = _TTY_INTERVAL_S if self._tty else _PLAIN_INTERVAL_S
        self._thread = threading.Thread(target=self._show, daemon=True)
        self._thread.start()

    def _show(self) -> None:
        shown = False
        while not self._done.wait(self._interval_s if shown else _PATIENCE_S):
            shown = True
            elapsed_s = time.monotonic() - self._started_s
            line = f"{self.text} ({elapsed_s:.0f} s)"
            sys.stderr.write(f"\r\x1b[2K{line}" if self._tty else f"{line}\n")
            sys.stderr.flush()
        if shown and self._tty:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()

    def end(self) -> None:
        self._done.set()
        self._thread.join()


@contextmanager
def _progress(text: str) -> Iterator[_Progress]:
    progress = _Progress(text)
    try:
        yield progress
    finally:
        progress.end()
