"""The picture of the rooms in docs/decisions.md, drawn from the imports: `make picture`.

An arrow that follows from others is left out, so what is drawn is the least that says who may reach whom.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Mapping, Set
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "contact_pipeline"
DOCUMENT = ROOT / "docs" / "decisions.md"
DRAWN = re.compile(r"(?<=<!-- rooms -->\n).*?(?=<!-- /rooms -->)", re.DOTALL)


def layers() -> list[list[str]]:
    """Rooms by floor, the uppermost first, as the contract of pyproject.toml has them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    (contract,) = (c for c in contracts["contracts"] if c.get("containers") == [PACKAGE])
    return [[room.strip() for room in floor.split("|")] for floor in contract["layers"]]


def arrows() -> dict[str, set[str]]:
    """Room → rooms that its files import."""
    found: dict[str, set[str]] = {room: set() for floor in layers() for room in floor}
    for path in (ROOT / PACKAGE).rglob("*.py"):
        room = path.relative_to(ROOT / PACKAGE).with_suffix("").parts[0]
        if room == "__init__":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            if module.startswith(f"{PACKAGE}."):
                found[room].add(module.split(".")[1])
    return {room: to - {room} for room, to in found.items()}


def reduced(graph: Mapping[str, Set[str]]) -> dict[str, set[str]]:
    """Without the arrows that a longer way replaces."""

    def reach(start: str) -> set[str]:
        return {start}.union(*(reach(room) for room in graph[start]))

    return {
        room: {to for to in targets if not any(to in reach(other) for other in targets if other != to)}
        for room, targets in graph.items()
    }


def picture() -> str:
    """Mermaid, and a table of the rooms: what each owns (its docstring) and how many lines of Python it has."""
    drawn = ["```mermaid", "flowchart TD"]
    for number, floor in enumerate(layers()):
        drawn.append(f"  subgraph floor{number} [ ]")
        drawn += [f"    {room}" for room in floor]
        drawn.append("  end")
    drawn += [f"  {room} --> {to}" for room, targets in reduced(arrows()).items() for to in sorted(targets)]
    table = ["| room | owns | lines |", "|---|---|---|"]
    for room in (room for floor in layers() for room in floor):
        files = sorted((ROOT / PACKAGE / room).rglob("*.py")) or [ROOT / PACKAGE / f"{room}.py"]
        lines = sum(file.read_text(encoding="utf-8").count("\n") for file in files)
        says = ast.get_docstring(ast.parse(files[0].read_text(encoding="utf-8"))) or ""
        table.append(f"| `{room}` | {says.splitlines()[0]} | {round(lines, -2) or 100:,} |")
    return "\n".join([*drawn, "```", "", *table, ""])


def main() -> None:
    """Write it into the document."""
    text = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(DRAWN.sub(lambda _: picture(), text, count=1), encoding="utf-8")
    sys.stdout.write(f"{DOCUMENT.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
