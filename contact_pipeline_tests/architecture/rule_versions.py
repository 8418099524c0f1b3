"""What makes up each rule whose version decides what is due again, and the hashes that were recorded with the versions.

    python -m contact_pipeline_tests.architecture.rule_versions

records them as they are now (rule_versions.json). Comments, docstrings, imports, annotations and formatting do not
count.
"""

import ast
import hashlib
import importlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from contact_pipeline.adapters.postgres.engine import statements
from contact_pipeline.adapters.postgres.migrate import read_sql

RECORD = Path(__file__).with_suffix(".json")
COMMAND = "python -m contact_pipeline_tests.architecture.rule_versions"
PACKAGE = "contact_pipeline"
PLACE = Path(__file__).resolve().parents[2] / PACKAGE


@dataclass(frozen=True)
class Rule:
    """One version. constant: `module:NAME` of what is raised; modules below `contact_pipeline`; statements: files of
    the rooms; functions: of sql/functions."""

    constant: str
    modules: tuple[str, ...]
    statements: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """Our own part of it: versions of libraries stand behind, and differ from one installation to another."""
        module, _, name = self.constant.partition(":")
        return str(getattr(importlib.import_module(f"{PACKAGE}.{module}"), name)).split()[0]

    @property
    def sources(self) -> str:
        """Hash of all that the rule is made of."""
        texts = [python_of(name) for name in self.modules]
        texts += [
            plain_sql(text) for name in self.statements for _, text in sorted(statements(PLACE / f"{name}.sql").items())
        ]
        texts += [plain_sql(read_sql(f"functions/{name}")) for name in self.functions]
        return hashlib.sha256("\x1e".join(texts).encode()).hexdigest()[:16]


# Modules of the rooms of pure rules that no stored result follows from.
NO_RULES = {
    "reading.rewriting": "takes rows out of an archived file",
}
ROOMS = ("reading", "wording", "decoding")


def _pure_modules() -> list[str]:
    """Every module of the rooms of pure rules but those: how a file lands follows from all of them."""
    found = (path for room in ROOMS for path in (PLACE / room).glob("*.py") if path.stem != "__init__")
    return sorted({f"{path.parent.name}.{path.stem}" for path in found} - NO_RULES.keys())


# The one table: a stage asks for its version, and a test asks whether the sources are those of the version.
RULES = {
    "landing": Rule("drops.landed_rows:LANDING_RULES", (
        "drops.landed_rows", "schemas.landed", "core.number_shapes", *_pure_modules(),
    )),
    "contacts": Rule(
        "people.apply:APPLY_RULES", ("people.apply", "people.sharing", "people.remarks", "emails.canonical"),
        ("people/store", "people/applied_again", "people/suppressions", "people/sharing", "people/remarks"),
        ("parts", "retention", "standing"),
    ),
    "emails": Rule("emails.rules:RULES_VERSION", (
        "emails.algebra", "emails.combinations", "emails.disposable", "emails.domain", "emails.free_providers",
        "emails.lookalikes", "emails.mailbox", "emails.roles",
        "emails.rules", "emails.smtp.replies", "emails.syntax", "emails.validated_emails", "emails.verdict",
    ), ("emails/store",)),
    "phones": Rule(
        "phones.numbering:RULES_VERSION",
        ("phones.normalize", "phones.normalized_phones", "phones.numbering", "core.number_shapes"),
        ("phones/store",),
    ),
    "profiles": Rule("profiles.rules:PROFILE_RULES", (
        "people.comparing", "people.names", "people.romanising", "people.short_forms", "profiles.claims",
        "profiles.identity",
        "profiles.merging", "profiles.planning", "profiles.precedence", "profiles.rules", "profiles.screening",
    ), ("profiles/enrichment_store", "profiles/publishing_store"), ("parts",)),
}  # fmt: skip


def python_of(name: str) -> str:
    """The module's code as a text that only changes when it does, whatever Python writes it."""
    file = importlib.import_module(f"{PACKAGE}.{name}").__file__
    return plain_python(Path(str(file)).read_text(encoding="utf-8"))


def plain_python(text: str) -> str:
    """A module's syntax tree, written down here: ast.dump differs between versions of Python."""
    return "".join(_written(ast.parse(text)))


def _written(node: object) -> Iterator[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return
    if isinstance(node, ast.AST):
        yield f"({type(node).__name__}"
        for field, value in sorted(ast.iter_fields(node)):
            if field in _NOT_CODE or value is None or value == []:
                continue
            yield f" {field}="
            yield from _written(_without_docstring(node, value) if field == "body" else value)
        yield ")"
    elif isinstance(node, list):
        for each in node:
            yield from _written(each)
    else:
        yield repr(node)


_NOT_CODE = {"annotation", "ctx", "kind", "returns", "type_comment", "type_ignores", "type_params"}
_WITH_DOCSTRING = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def _without_docstring(node: ast.AST, body: object) -> object:
    if isinstance(node, _WITH_DOCSTRING) and isinstance(body, list) and ast.get_docstring(node) is not None:
        return body[1:]
    return body


_SQL = re.compile(r"('(?:[^']|'')*')|(?:--[^\n]*|\s)+")


def plain_sql(text: str) -> str:
    """Without comments, with one space where there was any; what stands in quotes stays."""
    return _SQL.sub(lambda found: found[1] or " ", text).strip()


def now() -> dict[str, dict[str, str]]:
    """Every rule's version and the hash of its sources, as they are."""
    return {name: {"version": rule.version, "sources": rule.sources} for name, rule in RULES.items()}


def fault(name: str, recorded: dict[str, str], found: dict[str, str]) -> str | None:
    """What has to be done about a rule; None: nothing."""
    if recorded == found:
        return None
    if recorded["version"] == found["version"]:
        return (
            f"The sources of the rule {name!r} have changed and its version has not ({found['version']}), so nothing"
            f" that was decided before would be decided anew. Raise {RULES[name].constant}, then run `{COMMAND}` to"
            " record it. Only if no result can differ: run the command without raising."
        )
    return f"The rule {name!r} has another version ({found['version']}): run `{COMMAND}` to record it."


def main() -> None:
    """Record what is."""
    RECORD.write_text(json.dumps(now(), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
