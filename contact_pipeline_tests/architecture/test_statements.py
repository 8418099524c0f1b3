"""Statements live in files, by name: each name that code says is written there, each that is written is said somewhere,
and PostgreSQL understands every one of them on a migrated database, also those that no test happens to run."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import psycopg
import pytest

import contact_pipeline
from contact_pipeline.adapters.postgres.engine import connect, statements

PACKAGE = Path(contact_pipeline.__file__).parent
SCRIPTS = {
    path.stem: statements(path.stem) for path in sorted((PACKAGE / "adapters/postgres/sql/stages").glob("*.sql"))
}
MODULES = {str(path.relative_to(PACKAGE)): ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
CALLS = {"run", "rows", "one"}
# Temporary tables that one file makes and another reads: what runs before it. (script, step)
BEFORE: Mapping[str, tuple[tuple[str, str], ...]] = {
    "contacts_again": tuple(
        ("contacts", f"create_{table}")
        for table in ("incoming", "restrictions", "resolved", "placed", "merged", "golden")
    ),
    "suppressions": (("contacts", "create_restrictions"),),
    "person": (("contacts", "create_restrictions"), ("suppressions", "create_touched")),
    "erasure": (("emails", "create_due"), ("emails", "create_judged")),
}


# --- names --------------------------------------------------------------------------------------------------------


def scripts_in(node: ast.AST) -> set[str]:
    """Files of statements that an expression or a module opens."""
    found = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name):
            place = {"Script": 1, "statements": 0}.get(each.func.id)
            if place is not None and len(each.args) > place and isinstance(each.args[place], ast.Constant):
                found.add(str(ast.literal_eval(each.args[place])))
        if isinstance(each, ast.ClassDef):
            lines = (line for line in each.body if isinstance(line, ast.Assign))
            found |= {ast.literal_eval(line.value) for line in lines if ast.unparse(line.targets[0]) == "script"}
    return found


@cache
def scripts_of(module: str) -> frozenset[str]:
    """Those that a module opens itself."""
    return frozenset(scripts_in(MODULES[module]))


@cache
def in_reach(module: str) -> frozenset[str]:
    """And those that a module which it imports opens: it is handed their steps."""
    found = set(scripts_of(module))
    for node in ast.walk(MODULES[module]):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{contact_pipeline.__name__}."):
            other = "/".join(str(node.module).split(".")[1:]) + ".py"
            found |= scripts_of(other) if other in MODULES else set()
    return frozenset(found)


def opened_as(scope: ast.AST) -> dict[str, set[str]]:
    """Name of a variable or attribute → the files that are opened under it; `run = steps.run` counts as well."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(scope):
        if not isinstance(node, ast.Assign):
            continue
        (target, value) = (node.targets[0], node.value)
        pairs = zip(target.elts, value.elts, strict=False) if (
            isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)) else [(target, value)]  # fmt: skip
        for name, what in pairs:
            if scripts := scripts_in(what):
                found.setdefault(ast.unparse(name), set()).update(scripts)
            elif isinstance(what, ast.Attribute) and what.attr in CALLS:
                found.setdefault(ast.unparse(name), set()).update(found.get(ast.unparse(what.value), ()))
    return found


def said(module: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Each step that a module runs by name, with the files in which it may be written."""
    tree = MODULES[module]
    everywhere, reach = opened_as(tree), in_reach(module)
    scopes = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for scope in scopes:
        here = opened_as(scope)
        for call in (node for node in ast.walk(scope) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Attribute) and call.func.attr in CALLS:
                receiver = call.func.value
                name = ast.unparse(receiver)
                known = scripts_in(receiver) or here.get(name) or everywhere.get(name)
            elif isinstance(call.func, ast.Name) and call.func.id in here:
                known = here[call.func.id]
            else:
                continue
            for argument in call.args:
                for text in literals(argument):
                    yield text, frozenset(known or reach)


def literals(argument: ast.expr) -> list[str]:
    """A text, or either text of `a if x else b`."""
    if isinstance(argument, ast.IfExp):
        return literals(argument.body) + literals(argument.orelse)
    return [argument.value] if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else []


@pytest.mark.parametrize("module", sorted(name for name in MODULES if in_reach(name)))
def test_the_steps_named_are_written(module: str) -> None:
    unknown = {
        (step, *sorted(scripts)) for step, scripts in said(module)
        if scripts and not any(step in SCRIPTS[script] for script in scripts)
    }  # fmt: skip
    assert not unknown


@pytest.mark.parametrize("script", sorted(SCRIPTS))
def test_the_steps_written_are_named(script: str) -> None:
    names: set[str] = set()
    patterns: set[str] = set()
    for module in MODULES:
        if script not in in_reach(module):
            continue
        for node in ast.walk(MODULES[module]):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                names.add(node.value)
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant) and len(node.values) == 2:
                patterns.add(str(node.values[0].value))
    dead = [step for step in SCRIPTS[script] if step not in names and not step.startswith(tuple(patterns))]
    assert not dead


def test_every_file_has_a_module_that_opens_it() -> None:
    assert set(SCRIPTS) == set().union(*(scripts_of(module) for module in MODULES))


# --- texts in code ----------------------------------------------------------------------------------------------

VERB = re.compile(r"\s*(select|insert into|update|delete from|with|create|alter|drop|lock|copy|merge|truncate)\s")
CLAUSE = re.compile(r"\b(from|into|set|table|values|as|using|on)\b")
# What is left, and why: nothing joins them.
IN_CODE = {
    "people/store.py": 1,  # its columns and the rows it reads are put together
    "adapters/postgres/exporting.py": 1,  # has no file
    "erasure/value_search.py": 1,  # has no file
    "stage/verdict_store.py": 1,  # one statement for two files
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
PARAMETER = re.compile(r"%\((\w+)\)s")
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


@pytest.mark.parametrize("script", sorted(SCRIPTS))
def test_every_statement_is_understood(database_url: str, script: str) -> None:
    refused = {}
    with connect(database_url) as connection, connection.transaction(force_rollback=True):
        for other, step in BEFORE.get(script, ()):
            for command in commands(SCRIPTS[other][step]):
                understood(connection, command)
        for step, text in SCRIPTS[script].items():
            for command in commands(text):
                try:
                    with connection.transaction():
                        understood(connection, command)
                except psycopg.Error as error:
                    refused[step] = str(error)
    assert not refused
