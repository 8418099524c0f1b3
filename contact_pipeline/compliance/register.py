"""Record of processing activities (GDPR Art. 30), computed from policy, configured providers and asset graph.

Pure. What only the controller knows is said to be so, never guessed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from contact_pipeline.compliance.graph import Graph
from contact_pipeline.compliance.safeguards import in_force
from contact_pipeline.core.providers import Layer
from contact_pipeline.policy.file import Policy

Providers = Mapping[Layer, Sequence[str]]  # who is asked, in words for people, in the policy's order

UNKNOWN = "the controller has to say"
NAME_SERVERS = "name servers (the domain of an address)"  # every address, documented or not, is judged by its domain

# Which asset asks which layers; tests hold its names to the graph.
ASKS = {
    "validated_emails": (Layer.MAILBOX, Layer.ACTIVITY),
    "normalized_phones": (Layer.CARRIER,),
    "enriched_profiles": (Layer.PERSON, Layer.ADDRESS, Layer.COMPANY, Layer.IDENTITY),
}
LAYERS_OF_CHANNEL = {"email": ASKS["validated_emails"], "phone": ASKS["normalized_phones"]}
LIST_OF_CHANNEL = {"email": "curated/mailable_contacts", "phone": "curated/callable_contacts"}
OPT_OUT_ASSETS = ("raw_contacts", "contacts", "compliance_views", "curated/suppressed")
REQUEST_ASSETS = ("curated/data_subject_requests",)

# Personal columns of the assets' tables in words for people; tests hold it to be complete.
CATEGORIES = {
    "name": ("name", "given_name", "family_name"),
    "e-mail address": ("email", "more_emails", "email_typo_suggestion"),
    "phone number": ("phone", "phone_e164", "phone_extension", "more_phones"),
    "job title and rank": ("title", "seniority"),
    "address of a public profile": ("linkedin_url",),
    "place": ("location",),
    "IP address of a consent": ("consent_ip",),
    "reason of an opt-out": ("email_opt_out_reason",),
    "number at the source": ("record_id",),
    "further cells of the file": ("claims", "extra"),
    "earlier and later values of these": ("old_value", "new_value", "details"),
    "keyed hash of an address or number": ("email_key", "phone_key", "subject_key", "fields_key"),
    "reports of messages": ("event_id", "body"),
    "login of who wrote it": (
        "created_by", "updated_by", "created_login", "updated_login", "changed_by", "closed_by", "exported_by",
        "retracted_by", "ruled_by", "login",
    ),
}  # fmt: skip
_CATEGORY = {column: category for category, columns in CATEGORIES.items() for column in columns}


@dataclass(frozen=True)
class Activity:
    """One row of the record; the columns of core.processing_activities."""

    activity: str
    source: str | None
    purpose: str
    lawful_basis: str
    assessment_ref: str
    controller: str
    data_protection_officer: str
    categories_of_people: str
    categories_of_data: list[str]
    recipients: list[str]
    transfers: str
    retention: str
    safeguards: list[str]
    assets: list[str]


def processing_activities(policy: Policy, providers: Providers, graph: Graph) -> list[Activity]:
    """A row for each source with its purpose, then what the pipeline does of its own. The same input, the same rows."""
    path = graph.path_of_people()
    rows = [_of_source(policy, providers, graph, name, path) for name in sorted(policy.sources)]
    return rows + list(_own(policy, providers, graph, path))


def recipients(policy: Policy, providers: Providers, name: str) -> list[str]:
    """Who is given data of a source's people: of its channels, the configured providers, where a ground is documented.

    A row may state a ground of its own where the source is documented, so documentation alone lets it be asked about.
    """
    source, wanted = policy.source(name), set[Layer]()
    if source.documentation:
        wanted |= {layer for channel in source.channels for layer in LAYERS_OF_CHANNEL[channel]}
        if source.channels:
            wanted |= set(ASKS["enriched_profiles"]) - {Layer.IDENTITY}
        if name in policy.enrichment.linkedin.sources:
            wanted.add(Layer.IDENTITY)
    return [NAME_SERVERS, *_asked(providers, wanted)]


def basis(policy: Policy, name: str) -> str:
    """The ground as the policy documents it, in its words."""
    source = policy.source(name)
    if source.is_documented:
        return str(source.lawful_basis)
    if source.lawful_basis and source.documentation:
        return f"{source.lawful_basis} without an assessment: does not count"
    if source.lawful_basis:
        return f"{source.lawful_basis} without documentation: does not count"
    if source.documentation:
        return "none documented: only where a row of the file states a legitimate interest of its own"
    return "none documented: nobody is contacted"


def retention(policy: Policy, name: str) -> str:
    """When the data of a source's people go."""
    days = policy.retention_days(name)
    after = {"erase": "erased", "anonymise": "made anonymous"}[policy.retention.action]
    if days is None:
        return f"no end is set: {UNKNOWN}"
    return f"{days} days after the source date, else the landing, or less where the row says so; then {after}"


def categories_of_data(graph: Graph, keys: Iterable[str]) -> list[str]:
    """Of the personal columns of these assets' tables. Sorted; a column without a category stands for itself."""
    columns = {name for key in keys for name, is_personal in graph.assets[key].columns.items() if is_personal}
    return sorted({_CATEGORY.get(name, name) for name in columns})


def _asked(providers: Providers, layers: Iterable[Layer]) -> list[str]:
    return sorted({name for layer in layers for name in providers.get(layer, ())})


def _controller(policy: Policy) -> str:
    sender = policy.sender
    parts = (sender.name or f"name: {UNKNOWN}", sender.postal_address or f"postal address: {UNKNOWN}", sender.contact)
    return ", ".join(part for part in parts if part)


def _transfers(told: Sequence[str]) -> str:
    return f"{UNKNOWN}: where each recipient is, and what covers the transfer" if told else "none by this program"


def _of_source(policy: Policy, providers: Providers, graph: Graph, name: str, path: Sequence[str]) -> Activity:
    source, told = policy.source(name), recipients(policy, providers, name)
    closed = {view for channel, view in LIST_OF_CHANNEL.items() if channel not in source.channels}
    if not source.documentation:
        closed = set(LIST_OF_CHANNEL.values())
    assets = [key for key in path if key not in closed]
    return Activity(
        activity=f"{source.purpose or 'contacts'}: {name}",
        source=name,
        purpose=source.purpose or UNKNOWN,
        lawful_basis=basis(policy, name),
        assessment_ref=source.assessment_ref,
        controller=_controller(policy),
        data_protection_officer=policy.sender.data_protection_officer or UNKNOWN,
        categories_of_people=source.documentation or UNKNOWN,
        categories_of_data=categories_of_data(graph, assets),
        recipients=told,
        transfers=_transfers(told),
        retention=retention(policy, name),
        safeguards=[str(one) for one in in_force(graph)],
        assets=assets,
    )


def _own(policy: Policy, providers: Providers, graph: Graph, path: Sequence[str]) -> Iterable[Activity]:
    grounds = sorted({str(s.lawful_basis) for s in policy.sources.values() if s.is_documented})
    as_source = f"as the source: {', '.join(grounds) or 'none is documented'}"
    proof = "GDPR Art. 6(1)(c) with 5(2), 12(3) and 17: proof that a duty was done"
    everybody = "everybody whom a file names"
    with_ground = [key for key in path if key not in LIST_OF_CHANNEL.values()]
    checks, enriching = ("validated_emails", "normalized_phones"), ("contacts", "enriched_profiles")

    def own(
        activity: str,
        purpose: str,
        lawful_basis: str,
        people: str,
        assets: Sequence[str],
        kept: str,
        told: Sequence[str] = (),
        data: Sequence[str] | None = None,
    ) -> Activity:
        there = [key for key in assets if key in graph.assets]
        return Activity(
            activity=activity,
            source=None,
            purpose=purpose,
            lawful_basis=lawful_basis,
            assessment_ref="",
            controller=_controller(policy),
            data_protection_officer=policy.sender.data_protection_officer or UNKNOWN,
            categories_of_people=people,
            categories_of_data=categories_of_data(graph, there) if data is None else list(data),
            recipients=list(told),
            transfers=_transfers(told),
            retention=kept,
            safeguards=[str(one) for one in in_force(graph)],
            assets=there,
        )

    yield own(
        "undeclared sources",
        "to hold what arrives until somebody documents it",
        "none documented: nobody is contacted",
        everybody,
        with_ground,
        f"no end is set: {UNKNOWN}",
        [NAME_SERVERS],
    )
    yield own(
        "validation",
        "accuracy (GDPR Art. 5(1)(d)): whether addresses and numbers are right",
        as_source,
        everybody,
        checks,
        "with the contact",
        [NAME_SERVERS, *_asked(providers, [layer for key in checks for layer in ASKS[key]])],
    )
    yield own(
        "enrichment",
        "to fill what is missing or decayed",
        as_source,
        "people with a documented ground who said no word against it",
        enriching,
        "with the contact",
        _asked(providers, ASKS["enriched_profiles"]),
    )
    hashes = ["keyed hash of an address or number"]
    yield own(
        "suppression list",
        "to honour opt-outs, also when a later file brings the person back",
        "GDPR Art. 6(1)(c) with 7(3) and 21(3); CAN-SPAM, 15 U.S.C. 7704(a)(4)",
        "people who opted out",
        OPT_OUT_ASSETS,
        "no end: it has to outlive the contact",
        data=hashes,
    )
    yield own(
        "requests of people",
        "to answer in time, and to prove it",
        proof,
        "people who asked for something",
        REQUEST_ASSETS,
        f"no end is set: {UNKNOWN}",
        data=[*hashes, "what is to be corrected, until that is done"],
    )
    yield own(  # jobs and files outside the database: no asset
        "ledger",
        "to prove an erasure, and to hold to what people said when a file or a backup brings them back",
        proof,
        "people who opted out, asked for something, or were restricted or erased",
        (),
        "no end: a backup may be restored at any time",
        data=hashes,
    )
