"""Statements live in files, by name: each name that code says is written there, each that is written is said somewhere,
and PostgreSQL understands every one of them on a migrated database, also those that no test happens to run."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
import pytest

import contact_pipeline
from contact_pipeline.adapters.postgres.engine import connect, statements

PACKAGE = Path(contact_pipeline.__file__).parent
SCRIPTS = {
    str(path.relative_to(PACKAGE).with_suffix("")): statements(path)
    for path in sorted(PACKAGE.rglob("*.sql"))
    if "adapters/postgres/sql" not in path.as_posix()  # tables, views and functions: the migrations'
}
MODULES = {
    str(path.relative_to(PACKAGE).with_suffix("")): ast.parse(path.read_text("utf-8"))
    for path in sorted(PACKAGE.rglob("*.py"))
}
CALLS = {"run", "rows", "one"}
# A base class runs the steps that its subclasses hand it as `steps`.
BASES: Mapping[str, str] = {"emails/store": "stage/verdict_store", "phones/store": "stage/verdict_store"}
# Temporary tables that one file makes and another reads: what runs before it. (file, step)
BEFORE: Mapping[str, tuple[tuple[str, str], ...]] = {
    "people/applied_again": tuple(
        ("people/store", f"create_{table}")
        for table in ("incoming", "restrictions", "resolved", "placed", "merged", "golden")
    ),
    "people/suppressions": (("people/store", "create_restrictions"),),
    "people/remarks": (
        ("people/store", "create_incoming"),
        ("people/store", "create_resolved"),
        ("people/store", "create_placed"),
    ),
    "people/sharing": (
        ("people/store", "create_incoming"),
        ("people/store", "create_resolved"),
        ("people/store", "create_placed"),
    ),
    "people/person": (("people/store", "create_restrictions"), ("people/suppressions", "create_touched")),
    "stage/verdict_store": (("emails/store", "create_due"), ("emails/store", "create_judged")),
    "erasure/subject": (("erasure/erasing", "create_doomed"),),
    "erasure/store": (("erasure/erasing", "create_doomed"),),
}


# --- names --------------------------------------------------------------------------------------------------------


def texts(module: str) -> tuple[set[str], tuple[str, ...]]:
    """The texts in a module, and the beginnings of those that are put together."""
    nodes = list(ast.walk(MODULES[module]))
    whole = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    joined = (node.values for node in nodes if isinstance(node, ast.JoinedStr) and len(node.values) == 2)
    return whole, tuple(str(first.value) for first, _ in joined if isinstance(first, ast.Constant))


def said(module: str) -> Iterator[str]:
    """Each step that a module runs by name."""
    for call in (node for node in ast.walk(MODULES[module]) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Attribute) and call.func.attr in CALLS:
            for argument in call.args:
                yield from literals(argument)


def literals(argument: ast.expr) -> list[str]:
    """A text, or either text of `a if x else b`."""
    if isinstance(argument, ast.IfExp):
        return literals(argument.body) + literals(argument.orelse)
    return [argument.value] if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else []


@pytest.mark.parametrize("file", sorted(SCRIPTS))
def test_a_file_of_statements_lies_beside_its_module(file: str) -> None:
    assert "STEPS = beside(__file__)" in ast.unparse(MODULES[file])


@pytest.mark.parametrize("module", sorted(MODULES))
def test_nobody_runs_the_steps_of_another_module(module: str) -> None:
    """What others need of them is a function."""
    opened = {
        ast.unparse(call.args[{"Script": 1, "statements": 0}[call.func.id]])
        for call in ast.walk(MODULES[module])
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("Script", "statements")
    }
    assert opened <= {"STEPS", "steps", "self.steps"}
    assert "STEPS" not in opened or module in SCRIPTS


@pytest.mark.parametrize("file", sorted(SCRIPTS))
def test_the_steps_named_are_written(file: str) -> None:
    of_subclasses = {step for sub, base in BASES.items() if base == file for step in SCRIPTS[sub]}
    assert set(said(file)) - set(SCRIPTS[file]) - of_subclasses == set()


@pytest.mark.parametrize("file", sorted(SCRIPTS))
def test_the_steps_written_are_named(file: str) -> None:
    names: set[str] = set()
    beginnings: tuple[str, ...] = ()
    for module in (file, *([BASES[file]] if file in BASES else [])):
        whole, begun = texts(module)
        names, beginnings = names | whole, beginnings + begun
    assert [step for step in SCRIPTS[file] if step not in names and not step.startswith(beginnings)] == []


# --- texts in code ----------------------------------------------------------------------------------------------

VERB = re.compile(r"\s*(select|insert into|update|delete from|with|create|alter|drop|lock|copy|merge|truncate)\s")
CLAUSE = re.compile(r"\b(from|into|set|table|values|as|using|on)\b")
# What is left, and why: nothing joins them.
IN_CODE = {
    "people/store": 1,  # its columns and the rows it reads are put together
    "adapters/postgres/exporting": 1,  # has no file
    "erasure/value_search": 1,  # has no file
    "stage/verdict_store": 1,
}


def long_texts(tree: ast.AST) -> list[int]:
    """Lines at which a statement of more than one line stands in code."""
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(v.value) if isinstance(v, ast.Constant) else "x" for v in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            text = node.value
        else:
            continue
        if node.end_lineno != node.lineno and VERB.match(text) and CLAUSE.search(text):
            found.append(node.lineno)
    return found


def test_statements_in_code_are_one_line_long() -> None:
    found = {name: len(lines) for name, tree in MODULES.items() if (lines := long_texts(tree))}
    assert found == IN_CODE


def test_a_long_statement_is_found() -> None:
    one, many = 'a = "select 1 from b"\n', 'a = (\n"select 1"\n" from b"\n)\n'
    assert [long_texts(ast.parse(text)) for text in (one, many, many.replace('"sel', 'f"{c}sel'))] == [[], [2], []]
    assert long_texts(ast.parse('"""Lists.\nselect nothing from here.\n"""\n')) == []
    assert long_texts(ast.parse('a = f"""\nselect {b}\nfrom c"""\n')) == [1]


# --- statements ---------------------------------------------------------------------------------------------------

COMMENT = re.compile(r"('(?:[^']|'')*')|--[^\n]*")
PARAMETER = re.compile(r"%\((\w+)\)[sb]")
PREPARABLE = ("select", "insert", "update", "delete", "with", "values")
# What PostgreSQL cannot tell from where a parameter stands; the driver writes these as text or as numbers.
TYPES = {"now": "timestamptz", "said_at": "timestamptz", "enriched_by": "text"}
# Not asked: it takes away what the next steps read, or has to be the first of its transaction.
NOT_RUN = ("drop table", "set transaction")


def commands(text: str) -> list[str]:
    """The statements of one step, without comments."""
    plain = COMMENT.sub(lambda found: found[1] or "", text)
    parts = [plain] if "$$" in plain else plain.split(";\n")
    return [part.strip() for part in parts if part.strip() and not part.strip().startswith(NOT_RUN)]


def understood(connection: psycopg.Connection, command: str) -> None:
    """Have PostgreSQL parse and plan it; what makes or drops temporary tables is carried out, on no rows."""
    verb = command.split(None, 1)[0].lower()
    if verb in PREPARABLE:
        places: dict[str, int] = {}

        def place(found: re.Match[str]) -> str:
            number = places.setdefault(found[1], len(places) + 1)
            return f"${number}"

        text = PARAMETER.sub(place, command).replace("%%", "%")
        types = ", ".join(TYPES.get(name, "unknown") for name in places)
        connection.execute(f"prepare it{f' ({types})' if types else ''} as {text}".encode())
        connection.execute("deallocate it")
        return
    if made := re.match(r"create temporary table (\w+)", command):
        connection.execute(f"drop table if exists pg_temp.{made[1]}")
    text = PARAMETER.sub(lambda found: f"null::{TYPES[found[1]]}" if found[1] in TYPES else "null", command)
    connection.execute(text.replace("%%", "%").encode())


@pytest.mark.parametrize("file", sorted(SCRIPTS))
def test_every_statement_is_understood(database_url: str, file: str) -> None:
    refused = {}
    with connect(database_url) as connection, connection.transaction(force_rollback=True):
        for other, step in BEFORE.get(file, ()):
            for command in commands(SCRIPTS[other][step]):
                understood(connection, command)
        for step, text in SCRIPTS[file].items():
            for command in commands(text):
                try:
                    with connection.transaction():
                        understood(connection, command)
                except psycopg.Error as error:
                    refused[step] = str(error)
    assert not refused
