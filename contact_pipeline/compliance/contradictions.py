"""Holds documents, as a person completed them, against what policy, providers and asset graph say today. Pure."""

import re
from collections.abc import Iterator, Mapping

from contact_pipeline.compliance.documents import draft
from contact_pipeline.compliance.graph import Graph
from contact_pipeline.compliance.markdown_tables import Fact, agrees, facts, rows_of
from contact_pipeline.compliance.register import Providers
from contact_pipeline.policy.file import Policy

_PICTURE = re.compile(r"^```mermaid\n(.*?)^```", re.MULTILINE | re.DOTALL)


def contradictions(documents: Mapping[str, str], policy: Policy, providers: Providers, graph: Graph) -> list[str]:
    """One line for each fact that is said otherwise, is gone, or is about something that is no more.

    documents: texts by file name. What stands in the place of a mark is the controller's and is not compared; nor are
    further tables, columns and sentences. By document, in the order of a draft.
    """
    found: list[str] = []
    for name, expected in draft(policy, providers, graph).items():
        if name not in documents:
            found.append(f"{name} is missing.")
            continue
        found += [f"{name}: {what}" for what in _in_tables(facts(expected), documents[name])]
        found += [f"{name}: {what}" for what in _in_picture(expected, documents[name])]
    return found


def _in_tables(expected: Mapping[Fact, str], text: str) -> Iterator[str]:
    said = facts(text, {fact.table for fact in expected})
    rows, said_rows = rows_of(expected), rows_of(said)
    for kind, row in sorted(rows - said_rows):
        yield f"{kind} {row} is not in it."
    for kind, row in sorted(said_rows - rows):
        yield f"{kind} {row} is in it, and not in the policy or the program any more."
    for fact, value in expected.items():
        there = said.get(fact, "")
        if (fact.table, fact.row) in said_rows and not agrees(there, value):
            yield f"{fact.table} {fact.row}: {fact.column} is {there!r}, the policy and the program say {value!r}."


def _in_picture(expected: str, text: str) -> Iterator[str]:
    drawn, real = (
        {line.strip() for block in _PICTURE.findall(one) for line in block.splitlines() if line.strip()}
        for one in (text, expected)
    )
    yield from (f"the picture lacks: {line}" for line in sorted(real - drawn))
    yield from (f"the picture shows what is no more: {line}" for line in sorted(drawn - real))
