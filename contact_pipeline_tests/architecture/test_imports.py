"""Imports as they are, wherever they stand: none hides from the contracts in pyproject.toml."""

import ast
from collections.abc import Iterator, Mapping, Set
from pathlib import Path

import pytest

import contact_pipeline

ROOT = Path(contact_pipeline.__file__).parent
FILES = sorted(path for path in ROOT.rglob("*.py"))
MODULES = {
    ".".join((ROOT.name, *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in FILES
}


def imported(tree: ast.AST) -> Iterator[str]:
    """Modules of ours that a file names in an import, at its top or anywhere else in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == ROOT.name:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in MODULES else str(node.module)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)


def circles(arrows: Mapping[str, Set[str]]) -> set[frozenset[str]]:
    """Modules that import each other, over however many steps."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            new = arrows.get(waiting.pop(), frozenset()) - seen
            seen |= new
            waiting += new
        return seen

    reach = {module: reached(module) for module in arrows}
    return {
        frozenset(other for other in reach[module] if module in reach.get(other, ()))
        for module in arrows
        if module in reach[module]
    }


def test_no_files_import_each_other() -> None:
    arrows = {module: set(imported(ast.parse(path.read_text()))) for module, path in MODULES.items()}
    assert circles(arrows) == set()


def test_a_circle_would_be_seen() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == {frozenset("abc")}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_import_of_ours_is_for_the_type_checker_alone(path: Path) -> None:
    """It would be an arrow that nobody sees: what is needed for a type is needed."""
    blocks = [
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    ]
    assert [module for block in blocks for module in imported(block)] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_an_import_inside_a_function_says_what_it_saves(path: Path) -> None:
    text = path.read_text()
    lines = text.splitlines()
    silent = []
    for function in ast.walk(ast.parse(text)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            inside = sorted(node.lineno for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom))
            if inside and "#" not in lines[inside[0] - 1] and not lines[inside[0] - 2].strip().startswith("#"):
                silent.append(inside[0])
    assert silent == [], "say above the import what it saves; to break a circle it must not stand there"


# --- rules ----------------------------------------------------------------------------------------------------

ROOMS = (
    "compliance",
    "drops",
    "emails",
    "erasure",
    "people",
    "phones",
    "profiles",
    "quality",
    "reading",
    "rights",
    "wording",
    "decoding",
)
GROUND = {"stage", "asking", "adapters"}
# Without statements beside them, and allowed to reach the ground: stages and use cases that only call others, and files
# about folders and descriptors. Everything else in a room is a rule, and pure.
USE_CASES = {
    "drops/deciding", "drops/folder", "drops/intake", "drops/raw_contacts", "drops/store", "emails/validated_emails",
    "erasure/ledger", "erasure/office", "erasure/owned_files", "erasure/value_search", "people/contacts",
    "phones/normalized_phones", "profiles/deciding", "profiles/questions", "quality/views", "rights/rectifying",
    "rights/subjects",
}  # fmt: skip


def test_a_rule_reaches_no_ground() -> None:
    reaching = {
        str(path.relative_to(ROOT).with_suffix(""))
        for path in FILES
        if path.relative_to(ROOT).parts[0] in ROOMS
        and not path.with_suffix(".sql").exists()
        and GROUND & {module.split(".")[1] for module in imported(ast.parse(path.read_text())) if "." in module}
    }
    assert reaching == USE_CASES


# --- size -----------------------------------------------------------------------------------------------------

MOST_LINES = 4_000  # of Python; beyond that nobody knows a room


@pytest.mark.parametrize("room", sorted(p.name for p in ROOT.iterdir() if (p / "__init__.py").exists()))
def test_a_room_can_be_known(room: str) -> None:
    # Migrations are a line of history, each of which names an SQL file and is never read again.
    known = [path for path in (ROOT / room).rglob("*.py") if path.parent.name != "versions"]
    lines = sum(path.read_text().count("\n") for path in known)
    assert room == "vendors" or lines <= MOST_LINES
