"""Where the embedded backend answers differently from rust-analyzer: run as a script on a Cargo project.

    python tests/perf/server_differences.py PROJECT [--only PART] [--examples N] [--no-references]

Both get the same questions: definition, references and hover at every name, completion after every dot, the
symbols of every document. What differs is counted by construct, which is the kinds of the syntax nodes around
the name, and shown with places. The project must be one that compiles; nothing in it is changed but `target`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from tree_sitter import Node

from pytest_rustide_load.backends import parse_backend_choice, resolve_launcher
from pytest_rustide_load.engine import RealClock, Session, new_event_loop
from pytest_rustide_load.engine.session import RequestFailed
from pytest_rustide_load.reference_server import syntax
from pytest_rustide_load.reference_server.stdlib import library

TIMEOUT_S = 60.0
AT_ONCE = 16
NAMES = frozenset(
    {
        "identifier",
        "type_identifier",
        "field_identifier",
        "shorthand_field_identifier",
        "self",
        "super",
        "crate",
    }
)
WHOLE = frozenset({"lifetime", "label"})
PLACEHOLDER = re.compile(rb"\{([A-Za-z_]\w*)(?:[:}])")


@dataclass(frozen=True)
class Name:
    """A name in a file, and the construct it stands in."""

    path: Path
    line: int
    column: int
    text: str
    construct: str
    after_dot: bool

    @property
    def where(self) -> str:
        return f"{self.path}:{self.line + 1}:{self.column + 1}"


@dataclass
class Asked:
    """A running server."""

    name: str
    session: Session
    ready_s: float


def names_of(path: Path) -> Iterator[Name]:
    data = path.read_bytes()
    pending: list[tuple[Node, tuple[str, ...]]] = [(syntax.parse(data).root_node, ())]
    while pending:
        node, around = pending.pop()
        if node.type in NAMES or (node.type in WHOLE and node.child_count):
            line, column = node.start_point
            text = (node.text or b"").decode()
            previous = node.prev_sibling
            dot = previous is not None and previous.type == "."
            yield Name(path, line, column, text, " < ".join(around[:2]), dot)
            continue
        if node.type == "string_content":
            for found in PLACEHOLDER.finditer(node.text or b""):
                line, column = node.start_point
                if b"\n" not in (node.text or b"")[: found.start()]:
                    yield Name(path, line, column + found.start(1), found[1].decode(), "format string", False)
            continue
        kind = node.type
        if kind in {"identifier", "primitive_type"} or kind in syntax.COMMENTS:
            continue
        pending.extend((child, (kind, *around)) for child in reversed(node.children))


def members_of(files: list[Path]) -> frozenset[str]:
    """Names of fields and functions of these files that the standard library does not have as well."""
    text = b"\n".join(path.read_bytes() for path in files)
    found = re.findall(rb"\bfn (\w+)|(?:^|[{,])\s*(?:pub(?:\([^)]*\))? )?(\w+):\s", text, re.MULTILINE)
    known = re.findall(rb"\w+", library().file.data)
    return frozenset(name.decode() for pair in found for name in pair if name) - {
        one.decode() for one in known
    }


async def start(kind: str, root: Path) -> Asked:
    launcher = resolve_launcher(parse_backend_choice(kind), environ=os.environ)
    began = time.monotonic()
    running = await launcher.launch(root)
    session = Session(running.transport(), RealClock(), settings=running.info.settings)
    ready = asyncio.Event()
    busy = False

    def on_status(raw: msgspec.Raw, _now_ns: int) -> None:
        nonlocal busy
        quiescent = msgspec.json.decode(raw).get("quiescent")
        busy = busy or not quiescent
        if quiescent and busy:
            ready.set()

    session.on_notification("experimental/serverStatus", on_status)
    await session.initialize(root, initialization_options=running.info.settings, process_id=os.getpid())
    async with asyncio.timeout(180):
        await ready.wait()
    return Asked(kind, session, time.monotonic() - began)


async def ask(server: Asked, method: str, params: dict[str, Any]) -> Any:
    for _ in range(20):
        try:
            return await server.session.request(method, params, timeout_s=TIMEOUT_S)
        except RequestFailed as error:
            if error.code != -32801:
                return f"error {error.code}"
            await asyncio.sleep(0.2)
    return "content modified"


def places(result: Any, root: Path) -> frozenset[str]:
    found = result if isinstance(result, list) else [] if result is None else [result]
    shown = set()
    prefix = root.as_uri() + "/"
    for one in found:
        if isinstance(one, str):
            shown.add(one)
            continue
        uri = one.get("targetUri") or one["uri"]
        start = (one.get("targetSelectionRange") or one["range"])["start"]
        if uri.startswith(prefix) and not uri.startswith(f"{prefix}target/"):
            shown.add(f"{uri.removeprefix(prefix)}:{start['line'] + 1}:{start['character'] + 1}")
    return frozenset(shown)


def code_blocks(result: Any) -> list[str]:
    if not isinstance(result, dict):
        return []
    contents = result["contents"]
    value = contents["value"] if isinstance(contents, dict) else str(contents)
    return re.findall(r"```rust\n(.*?)\n```", value, re.DOTALL)


def hover_lines(result: Any) -> frozenset[str]:
    """Of a local its type; of an item what its header begins with, up to parameters, fields or bounds."""
    blocks = code_blocks(result)
    if not blocks:
        return frozenset()
    block = blocks[0] if len(blocks) == 1 else blocks[1]
    lines = [line.split(" //")[0].strip() for line in block.split("\n") if not line.startswith("//")]
    if len(lines) > 1 and re.match(r"(pub |unsafe )*(impl|trait)\b", lines[0]):
        lines = lines[1:]
    line = re.sub(r"\b(let|mut)\b ?| ?\+ 'static|'\w+ |<'\w+>|'\w+, |, (Global|RandomState)\b", "", lines[0])
    if len(blocks) > 1:
        line = re.split(r"[(<{;:=]", line.removeprefix("pub "))[0]
    return frozenset({re.sub(r"[\s{;,()]+", " ", line).strip()})


def labels(result: Any) -> frozenset[str]:
    items = result["items"] if isinstance(result, dict) else result or []
    if isinstance(items, str):
        return frozenset({items})
    kept = [item for item in items if item.get("kind") not in {14, 15}]
    return frozenset(re.split(r"\W", item["label"].removeprefix("r#"))[0] for item in kept)


def flat_symbols(result: Any, depth: int = 0) -> set[str]:
    found = set()
    for one in result or ():
        found.add(f"{one['name']} {one['selectionRange']['start']['line'] + 1}")
        found |= flat_symbols(one.get("children"), depth + 1)
    return found


class Differences:
    """What differed, by question and construct."""

    def __init__(self) -> None:
        self.asked: dict[str, int] = defaultdict(int)
        self.found: dict[tuple[str, str], list[str]] = defaultdict(list)

    def compare(self, part: str, name: Name, real: frozenset[str], own: frozenset[str]) -> None:
        self.asked[part] += 1
        if real != own:
            missing, more = sorted(real - own), sorted(own - real)
            self.found[part, name.construct].append(
                f"{name.where} `{name.text}`  missing {missing[:5]}  unexpected {more[:5]}"
            )

    def report(self, root: Path, examples: int) -> str:
        lines = []
        for (part, construct), shown in sorted(
            self.found.items(), key=lambda item: (item[0][0], -len(item[1]))
        ):
            lines.append(f"\n{part}: {len(shown)} in {construct}")
            lines += [f"    {one}".replace(f"{root}/", "") for one in shown[:examples]]
        total = dict.fromkeys(self.asked, 0)
        for (part, _), shown in self.found.items():
            total[part] += len(shown)
        lines.append("")
        lines += [f"{part}: {total[part]} of {count} differ" for part, count in self.asked.items()]
        return "\n".join(lines)


async def compare(root: Path, options: argparse.Namespace) -> str:
    files = sorted(path for path in root.rglob("*.rs") if "target" not in path.relative_to(root).parts)
    names = [name for path in files for name in names_of(path) if options.only in str(path)]
    declared = members_of(files)
    servers = [await start(kind, root) for kind in ("rust-analyzer", "embedded")]
    differences = Differences()
    gate = asyncio.Semaphore(AT_ONCE)

    async def both(method: str, params: dict[str, Any]) -> list[Any]:
        return list(await asyncio.gather(*(ask(server, method, params) for server in servers)))

    async def one_name(name: Name) -> None:
        at = {
            "textDocument": {"uri": name.path.as_uri()},
            "position": {"line": name.line, "character": name.column},
        }
        async with gate:
            real, own = (places(one, root) for one in await both("textDocument/definition", at))
            differences.compare("definition", name, real, own)
            if real and options.references:
                extra = {"context": {"includeDeclaration": False}}
                real, own = (
                    places(one, root) for one in await both("textDocument/references", {**at, **extra})
                )
                differences.compare("references", name, real, own)
            if real:
                real, own = (hover_lines(one) for one in await both("textDocument/hover", at))
                differences.compare("hover", name, real, own)
            if name.after_dot and name.text != "await":
                real, own = (labels(one) & declared for one in await both("textDocument/completion", at))
                differences.compare("completion", name, real, own & real)

    async def one_file(path: Path) -> None:
        params = {"textDocument": {"uri": path.as_uri()}}
        async with gate:
            real, own = (
                frozenset(flat_symbols(one)) for one in await both("textDocument/documentSymbol", params)
            )
        differences.compare("symbols", Name(path, 0, 0, path.name, "file", False), real, own)

    await asyncio.gather(*map(one_name, names), *map(one_file, files))
    for server in servers:
        await server.session.shutdown()
    ready = ", ".join(f"{server.name} ready in {server.ready_s:.1f} s" for server in servers)
    return differences.report(root, options.examples) + "\n" + ready


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("project", type=Path)
    parser.add_argument("--only", default="", help="names in files whose path contains this")
    parser.add_argument("--examples", type=int, default=8)
    parser.add_argument("--no-references", dest="references", action="store_false")
    options = parser.parse_args()
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        print(runner.run(compare(options.project.resolve(), options)))


if __name__ == "__main__":
    main()
