"""Every KPI there is: what it is a share of, what an unknown does to it, where it comes from, what is good. The only
place that knows; the policy's [goals], docs/kpis.md, Dagster's descriptions, /metrics and dashboards come from here.

How each is counted: quality/kpis.sql, by the same names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Scope = Literal["all", "source", "drop", "provider", "country"]
OF_CONTACTS: tuple[Scope, ...] = ("all", "source", "drop", "country")


@dataclass(frozen=True)
class Kpi:
    """name: as in ops.kpi_history.metric. title, definition, denominator, unknowns: for people. nothing: why there is
    no figure, where the denominator is 0. sources: the tables that are read. goal: the default; is_at_most: what is
    above it misses it, else what is below. scopes: for what a row is written.
    """

    name: str
    title: str
    definition: str
    denominator: str
    unknowns: str
    nothing: str
    sources: tuple[str, ...]
    goal: float
    scopes: tuple[Scope, ...] = OF_CONTACTS
    is_at_most: bool = False
    unit: Literal["share", "days"] = "share"

    @property
    def least_step(self) -> float:
        """A difference of less is never odd: half a point of a share, a quarter of a day."""
        return 0.005 if self.unit == "share" else 0.25


_UNKNOWN_IS_NOT_VALID = "Unknown counts as not valid; its share stands beside the figure."
_ADDRESS = "Published contacts with an e-mail address."
_NO_ADDRESS = "No published contact has an e-mail address."
_NO_CONTACT = "There are no contacts."

KPIS = (
    Kpi(
        "email_deliverability_rate", "E-mail deliverability",
        "Contacts whose first address is valid.", _ADDRESS, _UNKNOWN_IS_NOT_VALID, _NO_ADDRESS,
        ("core.contacts",), 0.94,
    ),
    Kpi(
        "mailable_deliverability_rate", "Deliverability of the mailable list",
        "Contacts whose first address is valid, of those who may be written to.",
        "Contacts in curated.mailable_contacts.",
        "Unknown counts as not valid; with the default mailable_verdicts nobody unknown is on the list.",
        "Nobody may be written to.", ("core.contacts",), 0.95,
    ),
    Kpi(
        "phone_validation_rate", "Phone validation",
        "Contacts whose first number is valid.", "Published contacts with a phone number.", _UNKNOWN_IS_NOT_VALID,
        "No published contact has a phone number.", ("core.contacts",), 0.87,
    ),
    Kpi(
        "enrichment_completeness", "Completeness of profiles",
        "Key fields that are filled.", "Published contacts, times the fields of `[enrichment] key_fields`.",
        "None: a field is filled or it is not.", "There are no published contacts.", ("core.contacts",), 0.72,
    ),
    Kpi(
        "data_freshness", "Data freshness",
        "Contacts whose first address was judged with an answer in the last 90 days.", _ADDRESS,
        "An address that nobody ever answered for counts as not fresh.", _NO_ADDRESS, ("core.contacts",), 0.85,
    ),
    Kpi(
        "duplicate_rate", "Duplicates",
        "Contacts that are a further record of somebody who is there already.", "Published contacts.",
        "Until duplicates are looked for nobody knows, so there is no figure.", "Duplicates are not looked for yet.",
        (), 0.02, is_at_most=True, scopes=("all",),
    ),
    Kpi(
        "consent_coverage", "Documented ground",
        "Contacts with a documented ground that holds today and no wish to be erased.", "Contacts that are not erased.",
        "A ground that nobody documented, or whose end nobody could read, is none.", _NO_CONTACT,
        ("core.contacts", "core.contact_sources", "core.sources", "core.consent_records"), 1.0,
    ),
    Kpi(
        "opt_out_processing_time", "Time until an opt-out holds",
        "Days from a person's word (of a file: from its arrival) until it held here, on average; the slowest are in"
        " curated.compliance_figures.", "Opt-outs of the last 30 days; bounces and erasures are nobody's.",
        "None: both moments are always known.", "Nobody opted out in the last 30 days.",
        ("core.suppressions",), 2.5, scopes=("all", "source"), is_at_most=True, unit="days",
    ),
    Kpi(
        "data_retention_compliance", "Kept no longer than allowed",
        "Contacts whose last ground has not ended.", "Contacts for which an end is set.",
        "An end that nobody could read counts as not kept.", "No contact has an end set.",
        ("core.contacts", "core.contact_sources", "core.sources"), 0.98,
    ),
    Kpi(
        "bounce_rate", "Messages that came back",
        "Messages that came back, hard or soft.", "E-mails of the last 30 days whose end is known: delivered or back.",
        "A message whose end nobody told is left out; its share stands beside the figure.",
        "Of no e-mail of the last 30 days the end is known.", ("core.outreach_history",), 0.05,
        scopes=("all", "source", "provider", "country"), is_at_most=True,
    ),
    Kpi(
        "response_rate", "Messages that were answered",
        "Messages that were answered.", "Messages of the last 90 days, on any channel, by tools that tell of answers.",
        "Messages of tools that never told of an answer are left out; their share stands beside the figure.",
        "No message of the last 90 days went through a tool that tells of answers.", ("core.outreach_history",), 0.12,
        scopes=("all", "source", "provider", "country"),
    ),
    Kpi(
        "enrichment_api_uptime", "Uptime of paid services",
        "Calls that were answered, whatever the answer.", "Calls of the last 30 days to any provider that have ended.",
        "A call of which nobody can tell whether it was done counts as not answered.",
        "No provider was called in the last 30 days.", ("ops.provider_calls",), 0.998, scopes=("all", "provider"),
    ),
    Kpi(
        "high_confidence_share", "Contacts of high confidence",
        "Contacts of whom at least one source is trusted by `[goals] high_confidence` (0.9) or more.",
        "Published contacts.", "A contact without any stated confidence counts as not.",
        "There are no published contacts.", ("core.contacts", "core.contact_sources"), 0.907,
    ),
)  # fmt: skip

KPI_OF: Mapping[str, Kpi] = {kpi.name: kpi for kpi in KPIS}
