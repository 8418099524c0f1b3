"""Drafted documents say what policy, providers and asset graph say; a change of any of them is found in old ones."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contact_pipeline.compliance.contradictions import contradictions
from contact_pipeline.compliance.documents import IMPACT, INTEREST, NOTICE, SOURCES, draft
from contact_pipeline.compliance.graph import Graph
from contact_pipeline.compliance.impact import RISKS
from contact_pipeline.compliance.markdown_tables import Fact, agrees, facts, mark, table
from contact_pipeline.compliance.register import (
    ASKS,
    CATEGORIES,
    LIST_OF_CHANNEL,
    NAME_SERVERS,
    OPT_OUT_ASSETS,
    REQUEST_ASSETS,
    processing_activities,
    recipients,
)
from contact_pipeline.compliance.safeguards import SAFEGUARDS, in_force
from contact_pipeline.core.providers import Layer
from contact_pipeline.orchestration.build import build_definitions
from contact_pipeline.orchestration.graph import read_graph
from contact_pipeline.policy.file import Policy
from contact_pipeline.vendors.registry import PROBE_ASKS

# Dagster 1.13 calls asset(backfill_policy=…) beta, at import; pinned exactly.
pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")

PROVIDERS = {Layer.MAILBOX: (PROBE_ASKS, "zerobounce"), Layer.CARRIER: ("twilio",), Layer.PERSON: ("hunter",)}
SOURCE: Mapping[str, Any] = {"documentation": "People who | asked.", "lawful_basis": "contract", "purpose": "sales"}
RAW: Mapping[str, Any] = {
    "sender": {"name": "Orchid Ltd.", "postal_address": "1 Street", "contact": "privacy@orchid.example"},
    "sources": {
        "crm": {**SOURCE, "retention_days": 730, "origin": "first_party"},
        "fair-2026": {
            **SOURCE,
            "lawful_basis": "legitimate_interest",
            "assessment_ref": "LIA-1",
            "channels": ["email"],
        },
        "bought": {},
    },
}
POLICY = Policy.model_validate(RAW)


@pytest.fixture(scope="module")
def graph() -> Graph:
    return read_graph(build_definitions())


def of_source(name: str, **changes: object) -> Policy:
    """The policy with one source's section edited; None takes a key out."""
    section = {k: v for k, v in {**RAW["sources"][name], **changes}.items() if v is not None}
    return Policy.model_validate({**RAW, "sources": {**RAW["sources"], name: section}})


def test_names_that_the_code_writes_down_are_in_the_definitions(graph: Graph) -> None:
    missing = [f"{one.kind} {one.name}" for one in SAFEGUARDS if one.name not in graph.enforcers[one.kind]]
    assert not missing, "safeguards that nothing enforces"
    assert {*ASKS, *LIST_OF_CHANNEL.values(), *OPT_OUT_ASSETS, *REQUEST_ASSETS} <= set(graph.assets)
    assert {one for risk in RISKS for one in risk.safeguards} <= set(SAFEGUARDS)
    assert all(risk.safeguards for risk in RISKS)


def test_every_personal_column_of_an_asset_has_a_category(graph: Graph) -> None:
    personal = {name for asset in graph.assets.values() for name, is_personal in asset.columns.items() if is_personal}
    assert personal == {column for columns in CATEGORIES.values() for column in columns}


def test_data_of_people_go_through_these_assets(graph: Graph) -> None:
    path = graph.path_of_people()
    assert {"raw_contacts", "contacts", "enriched_profiles", "compliance_views", "curated/contacts"} <= set(path)
    assert not {"curated/provider_costs", "curated/companies", "provider_balances", "freshness_report"} & set(path)


def test_a_draft_is_the_same_every_time_and_contradicts_nothing(graph: Graph) -> None:
    texts = draft(POLICY, PROVIDERS, graph)
    assert set(texts) == {NOTICE, INTEREST, IMPACT, SOURCES}
    assert texts == draft(
        Policy.model_validate(RAW), dict(reversed(PROVIDERS.items())), read_graph(build_definitions())
    )
    assert contradictions(texts, POLICY, PROVIDERS, graph) == []
    assert contradictions(draft(Policy(), {}, graph), Policy(), {}, graph) == []


def test_documents_say_what_the_policy_says(graph: Graph) -> None:
    """Read from the documents and held against the policy itself, not against another draft."""
    texts = draft(POLICY, PROVIDERS, graph)
    notice, register = facts(texts[NOTICE]), facts(texts[SOURCES])
    for name, source in POLICY.sources.items():
        row = {fact.column: cell for fact, cell in register.items() if fact[:2] == ("source", name)}
        assert row["origin"] == source.origin
        assert row["channels"] == notice[Fact("source", name, "channels")] == ", ".join(source.channels)
        assert (row["documentation"] == source.documentation) == bool(source.documentation)
        days = POLICY.retention_days(name)
        assert row["kept"].startswith(f"{days} days" if days else "no end is set")
        basis = (source.lawful_basis or "none documented").replace("_", " ")
        assert row["ground"].startswith(basis) and notice[Fact("source", name, "ground")].startswith(basis)
    assert register[Fact("source", "bought", "missing")] == "documentation, lawful_basis, purpose, retention_days"
    assert register[Fact("source", "crm", "missing")] == "nothing"
    who = [notice[Fact("who", key, "what")] for key in ("name", "postal address", "contact")]
    assert who == ["Orchid Ltd.", "1 Street", "privacy@orchid.example"]
    assert notice[Fact("recipient", "twilio", "of the lists")] == "crm"  # the fair's people are not called
    assert notice[Fact("recipient", "zerobounce", "of the lists")] == "crm, fair-2026"
    assert notice[Fact("recipient", NAME_SERVERS, "of the lists")] == "bought, crm, fair-2026"
    assert "## LIA-1\n" in texts[INTEREST] and "| crm " not in texts[INTEREST]
    every_safeguard = {(one.what, one.enforced_by) for one in SAFEGUARDS if one.name in graph.enforcers[one.kind]}
    told = facts(texts[IMPACT], ["safeguard"])
    assert {(fact.row, cell) for fact, cell in told.items()} == every_safeguard
    for text in texts.values():
        assert "**[controller: " in text


def test_the_picture_is_the_graph_with_its_recipients(graph: Graph) -> None:
    text = draft(POLICY, PROVIDERS, graph)[IMPACT]
    lines = {line.strip() for line in text.partition("```mermaid\n")[2].partition("```")[0].splitlines()}
    path = graph.path_of_people()
    for key in path:
        for dep in set(graph.assets[key].deps) & set(path):
            assert f"{dep} --> {key.replace('/', '_')}" in lines
    assert {'source_fair_h2026[/"fair-2026"/]', "source_fair_h2026 --> raw_contacts"} <= lines
    assert {"validated_emails -. asks .-> smtp", "normalized_phones -. asks .-> twilio"} <= lines
    assert not any("provider_costs" in line for line in lines)


@pytest.mark.parametrize(
    ("policy", "documents", "said"),
    [
        (of_source("crm", lawful_basis="consent"), {NOTICE, IMPACT, SOURCES}, "crm: ground is 'contract"),
        (of_source("crm", retention_days=365), {NOTICE, IMPACT, SOURCES}, "'365 days"),
        (of_source("crm", retention_days=None), {NOTICE, IMPACT, SOURCES}, "'no end is set: "),
        (of_source("crm", channels=["phone"]), {NOTICE, IMPACT, SOURCES}, "crm: channels is 'email, phone'"),
        (of_source("crm", origin="vendor"), {NOTICE, IMPACT, SOURCES}, "crm: origin is 'first_party'"),
        (of_source("fair-2026", origin="first_party"),
         {NOTICE, INTEREST, IMPACT, SOURCES}, "people were is 'not asked'"),
        (of_source("crm", purpose=None), {NOTICE, IMPACT, SOURCES}, "purpose is 'sales', the policy"),
        (of_source("crm", purpose="service"), {NOTICE, IMPACT, SOURCES}, "crm: purpose is 'sales'"),
        (of_source("crm", documentation="Others."), {NOTICE, IMPACT, SOURCES}, "'Others.'"),
        (of_source("fair-2026", assessment_ref="LIA-2"), {INTEREST, SOURCES}, "assessment is 'LIA-1'"),
        (of_source("fair-2026", assessment_ref=None), {NOTICE, INTEREST, IMPACT, SOURCES}, "does not count"),
        (of_source("bought", **SOURCE), {NOTICE, IMPACT, SOURCES}, "bought: missing is 'documentation"),
        (Policy.model_validate({**RAW, "sender": {**RAW["sender"], "name": "Rose Ltd."}}),
         {NOTICE, INTEREST, IMPACT, SOURCES}, "who name: what is 'Orchid Ltd.'"),
        (Policy.model_validate({**RAW, "sender": {**RAW["sender"], "postal_address": "2 Street"}}),
         {NOTICE, INTEREST, IMPACT, SOURCES}, "who postal address"),
        (Policy.model_validate({**RAW, "retention": {"action": "anonymise"}}),
         {NOTICE, IMPACT, SOURCES}, "then made anonymous"),
        (Policy.model_validate({**RAW, "retention": {"purposes": {"sales": 30}}}),
         {NOTICE, INTEREST, IMPACT, SOURCES}, "'30 days"),
        (Policy.model_validate({**RAW, "sources": {**RAW["sources"], "new": {}}}),
         {NOTICE, IMPACT, SOURCES}, "source new is not in it"),
        (Policy.model_validate({**RAW, "sources": {"crm": RAW["sources"]["crm"]}}),
         {NOTICE, INTEREST, IMPACT, SOURCES}, "source bought is in it, and not in the policy"),
    ],
)  # fmt: skip
def test_a_changed_policy_is_found_in_old_documents(
    graph: Graph, policy: Policy, documents: set[str], said: str
) -> None:
    found = contradictions(draft(POLICY, PROVIDERS, graph), policy, PROVIDERS, graph)
    assert {line.partition(":")[0] for line in found} == documents
    assert any(said in line for line in found), found


@pytest.mark.parametrize(
    ("providers", "said"),
    [
        ({**PROVIDERS, Layer.MAILBOX: ("zerobounce", "hunter")}, "recipient smtp"),
        ({**PROVIDERS, Layer.ACTIVITY: ("emailage",)}, "recipient emailage is not in it"),
        ({}, "recipient twilio is in it"),
    ],
)
def test_another_provider_is_found_in_old_documents(
    graph: Graph, providers: Mapping[Layer, tuple[str, ...]], said: str
) -> None:
    found = contradictions(draft(POLICY, PROVIDERS, graph), POLICY, providers, graph)
    assert any(line.startswith(f"{NOTICE}: {said}") for line in found), found
    assert any(line.startswith(f"{IMPACT}: the picture ") for line in found), found


def test_a_changed_graph_is_found_in_old_documents(graph: Graph) -> None:
    old = draft(POLICY, PROVIDERS, graph)
    unchecked = replace(graph, enforcers={**graph.enforcers, "check": frozenset()})
    found = contradictions(old, POLICY, PROVIDERS, unchecked)
    assert any("safeguard Every row of a file is accounted for is in it, and not" in line for line in found), found
    assert not [one for one in in_force(unchecked) if one.kind == "check"]
    gone = {key: asset for key, asset in graph.assets.items() if key != "curated/suppressed"}
    found = contradictions(old, POLICY, PROVIDERS, replace(graph, assets=gone))
    assert f"{IMPACT}: the picture shows what is no more: compliance_views --> curated_suppressed" in found
    contacts = replace(graph.assets["contacts"], columns={**graph.assets["contacts"].columns, "shoe_size": True})
    found = contradictions(old, POLICY, PROVIDERS, replace(graph, assets={**graph.assets, "contacts": contacts}))
    assert f"{NOTICE}: kind of data shoe_size is not in it." in found


def test_what_the_controller_filled_in_is_left_alone_and_what_was_generated_is_not(graph: Graph) -> None:
    texts = draft(POLICY, PROVIDERS, graph)
    filled = {name: text.replace("**[controller: ", "Ours: ").replace("]**", " (2026)") for name, text in texts.items()}
    filled[NOTICE] += "\nA sentence of ours.\n\n| our table | note |\n| --- | --- |\n| crm | whatever |\n"
    filled[SOURCES] = (
        filled[SOURCES].replace("| missing |", "| missing | looked at |").replace("nothing |", "nothing | May |")
    )
    assert contradictions(filled, POLICY, PROVIDERS, graph) == []
    forged = {**filled, SOURCES: filled[SOURCES].replace("730 days", "7300 days")}
    (line,) = contradictions(forged, POLICY, PROVIDERS, graph)
    assert line.startswith(f"{SOURCES}: source crm: kept is '7300 days")
    del forged[SOURCES]
    assert contradictions(forged, POLICY, PROVIDERS, graph) == [f"{SOURCES} is missing."]


def test_tables_are_read_as_they_were_written() -> None:
    text = "x\n\n" + table(["a", "b"], [["1", "p | q\nr"], ["2", ""]]) + "\n" + table(["c", "d"], [])
    assert facts(text) == {Fact("a", "1", "b"): "p | q r", Fact("a", "2", "b"): "", Fact("c", "none", "d"): "-"}
    assert agrees("no end: 3 years", f"no end: {mark('how long')}")
    assert agrees(f"no end: {mark('how long')}", f"no end: {mark('how long')}")
    assert not agrees("730 days", f"no end: {mark('how long')}")
    assert not agrees("", mark("purpose"))


def test_a_source_without_documentation_is_told_to_nobody() -> None:
    assert recipients(POLICY, PROVIDERS, "bought") == [NAME_SERVERS]
    every = {layer: (f"asked-{layer}",) for layer in Layer}
    linkedin = {"linkedin": {"sources": ["crm"], "agent": "1"}}
    crm = recipients(Policy.model_validate({**RAW, "enrichment": linkedin}), every, "crm")
    assert crm == [NAME_SERVERS, *sorted(f"asked-{layer}" for layer in Layer)]
    fair = set(recipients(POLICY, every, "fair-2026"))
    assert fair == {NAME_SERVERS, *(f"asked-{layer}" for layer in Layer if layer not in ("carrier", "identity"))}


def test_the_record_names_every_recipient_of_every_activity(graph: Graph) -> None:
    rows = {row.activity: row for row in processing_activities(POLICY, PROVIDERS, graph)}
    assert rows["validation"].recipients == [
        NAME_SERVERS,
        "smtp (the mail server of the address)",
        "twilio",
        "zerobounce",
    ]
    assert rows["enrichment"].recipients == ["hunter"]
    assert {"curated/mailable_contacts", "curated/callable_contacts"} <= set(rows["sales: crm"].assets)
    assert "curated/callable_contacts" not in rows["sales: fair-2026"].assets
    assert not set(LIST_OF_CHANNEL.values()) & set(rows["contacts: bought"].assets)
    assert len({row.activity for row in rows.values()}) == len(POLICY.sources) + 6
    assert all(set(row.assets) <= set(graph.assets) for row in rows.values())


def test_the_own_policy_of_the_repository_can_be_drafted(graph: Graph) -> None:
    from contact_pipeline.policy.file import load_policy
    from contact_pipeline.vendors.registry import provider_names

    policy = load_policy(Path(__file__).parents[2] / "contact_pipeline.toml", provider_names())
    assert policy.sender.is_complete
    assert contradictions(draft(policy, {}, graph), policy, {}, graph) == []
