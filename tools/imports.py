# SPDX-License-Identifier: GPL-3.0-or-later
"""List which module of Easel imports which; lazy imports and those for type checkers count too.

python tools/imports.py            # a table: files, longest file, imports between rooms, circles
python tools/imports.py ROOT       # the same of another checkout
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Container, Iterator, Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
NOT_SHIPPED: Final = frozenset({"tests", "bench", "tools", "docs", "findings", "dist", "demo-out"})

Graph = Mapping[str, frozenset[str]]


def shipped_files(root: Path) -> Iterator[Path]:
    """Yield all Python files of the extension."""
    for path in sorted(root.rglob("*.py")):
        first = path.relative_to(root).parts[0]
        if first not in NOT_SHIPPED and not first.startswith("."):
            yield path


def module_name(path: Path, root: Path) -> str:
    """Return a module's name, such as `scene.masks.masks`; a package's own name; empty for the root."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def import_graph(root: Path = ROOT) -> dict[str, frozenset[str]]:
    """Map each module to those of Easel that it imports anywhere in its file."""
    files = {module_name(path, root): path for path in shipped_files(root)}
    return {name: frozenset(_imports(path, name, files.keys())) - {name} for name, path in files.items()}


def circles(graph: Graph) -> list[list[str]]:
    """Return groups of modules that all reach each other (strongly connected, Tarjan's algorithm)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in graph[node]:
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            place = stack.index(node)
            group = stack[place:]
            del stack[place:]
            if len(group) > 1:
                found.append(sorted(group))

    for node in graph:
        if node not in index:
            visit(node)
    return found


def room_of(module: str, rooms: Container[str]) -> str:
    """Return the room of a module: `scene.masks`, `client`; at the top level, its own name."""
    return module if module in rooms else module.rpartition(".")[0] or module


def depth_of(graph: Graph) -> int:
    """Return the length of the longest chain of imports, in modules; a circle counts as one."""
    groups = {name: group[0] for group in circles(graph) for name in group}
    known: dict[str, int] = {}

    def depth(name: str) -> int:
        name = groups.get(name, name)
        if name not in known:
            known[name] = 0
            members = [member for member in graph if groups.get(member, member) == name]
            below = {groups.get(other, other) for member in members for other in graph[member]} - {name}
            known[name] = 1 + max(map(depth, below), default=0)
        return known[name]

    return max(map(depth, graph), default=0)


def _imports(path: Path, name: str, modules: Container[str]) -> Iterator[str]:
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        parts = package.split(".") if package else []
        base = ".".join([*parts[: len(parts) - node.level + 1], *(node.module or "").split(".")]).strip(".")
        for alias in node.names:
            inner = f"{base}.{alias.name}".strip(".")
            yield inner if inner in modules else base


def table(root: Path) -> list[tuple[str, str]]:
    """Return figures about the structure of the code."""
    graph = import_graph(root)
    files = list(shipped_files(root))
    lines = {path: len(path.read_text("utf-8").splitlines()) for path in files}
    longest = max(files, key=lines.__getitem__)
    packages = frozenset(module_name(path, root) for path in files if path.name == "__init__.py")
    folders = Counter(path.parent for path in files if path.name != "__init__.py")
    fullest, most = folders.most_common(1)[0]
    between = {
        (room_of(name, packages), room_of(other, packages))
        for name, others in graph.items()
        for other in others
        if room_of(name, packages) != room_of(other, packages)
    }
    scene_rooms = {
        room: frozenset(to for of, to in between if of == room and to.startswith("scene"))
        for room in packages
        if room.startswith("scene")
    }
    rings = circles(graph)
    return [
        ("Python files", str(len(files))),
        ("at the top level", str(sum(path.parent == root for path in files))),
        ("fullest folder", f"{most} in {fullest.relative_to(root)}"),
        ("longest file", f"{lines[longest]} lines, {longest.relative_to(root)}"),
        ("rooms", str(len(packages))),
        ("imports between modules", str(sum(map(len, graph.values())))),
        ("pairs of rooms with imports", str(len(between))),
        ("longest chain of imports", str(depth_of(graph))),
        ("floors of rooms inside scene/", str(depth_of(scene_rooms))),
        ("circles", f"{len(rings)}, of {sum(map(len, rings))} modules"),
        *((f"circle {number}", ", ".join(ring)) for number, ring in enumerate(rings, 1)),
    ]


if __name__ == "__main__":
    for label, value in table(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT):
        print(f"{label:30} {value}")
