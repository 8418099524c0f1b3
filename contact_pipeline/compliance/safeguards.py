"""What protects people, each with the check, asset or job that enforces it. Pure.

A safeguard whose enforcer is not in the definitions is not told to anybody: a test finds it.
"""

from dataclasses import dataclass

from contact_pipeline.compliance.graph import Graph


@dataclass(frozen=True)
class Safeguard:
    """enforced_by: kind and name, as in the definitions."""

    what: str
    kind: str
    name: str

    @property
    def enforced_by(self) -> str:
        """For a reader."""
        return f"{self.kind} `{self.name}`"

    def __str__(self) -> str:
        return f"{self.what} ({self.kind} {self.name})"


ONLY_ALLOWED = Safeguard(
    "Nobody is on a list without a documented ground, or against their word", "check", "lists_hold_only_the_allowed"
)
ENDS_BY_ITSELF = Safeguard(
    "Permissions end with retention, policy and withdrawal, without a person's doing", "asset", "compliance_views"
)
DAILY = Safeguard("That is decided anew every day", "schedule", "refresh_views_schedule")
GATE = Safeguard("A file that is not what it should be is held before it touches anybody", "check", "drop_passes_gate")
ACCOUNTED = Safeguard("Every row of a file is accounted for", "check", "rows_conserved")
OPT_OUT_AT_ONCE = Safeguard(
    "Opt-outs hold in the transaction that reads them, by a keyed hash that outlives the contact", "asset", "contacts"
)
OPT_OUT_MEASURED = Safeguard("How long each opt-out took is shown", "asset", "curated/suppressed")
CONSENT = Safeguard("The state of each consent follows from its events", "asset", "curated/consent_status")
UNDOCUMENTED = Safeguard("Sources without a ground are listed", "asset", "curated/undocumented_sources")
RETENTION = Safeguard("Contacts whose time ends are listed before it does", "asset", "curated/retention_due")
RETIRED = Safeguard("Contacts whose time is over go by themselves, after a warning", "job", "data_retention")
REQUESTS = Safeguard("Requests of people are listed with their day", "asset", "curated/data_subject_requests")
DISCLOSED = Safeguard("A person gets everything that is held of them from one place", "job", "subject_access")
ERASED = Safeguard("An erasure is searched for what it left, and keeps the person out", "job", "subject_erase")
REGISTER = Safeguard("The record of processing follows policy and code", "asset", "curated/processing_register")
FIGURES = Safeguard("Figures say how well all of this works", "asset", "curated/compliance_figures")
MASKED = Safeguard("Readers without pii_reader see names, addresses and numbers masked", "asset", "curated/contacts")
CHECKED_EMAILS = Safeguard("A verdict on an address fits its schema", "check", "validated_emails_fit_schema")
CHECKED_PHONES = Safeguard("A verdict on a number fits its schema", "check", "normalized_phones_fit_schema")
ANSWERS = Safeguard("What providers say of a person fits the person", "check", "enriched_profiles_answers_fit")
DECAY = Safeguard("What has decayed is looked at again", "schedule", "refresh_stale_partitions")
COUNTED = Safeguard("What was sent to a provider is counted, and held against its own count", "check",
                    "provider_balances_agree")  # fmt: skip
SCRUBBED = Safeguard("Dead rows, statistics and logs of the database lose an erased value", "job", "erasure_scrub")
HISTORY = Safeguard("The history of runs holds no value and is kept for 30 days", "job", "prune_dagster_history")

SAFEGUARDS = (
    ONLY_ALLOWED, ENDS_BY_ITSELF, DAILY, GATE, ACCOUNTED, OPT_OUT_AT_ONCE, OPT_OUT_MEASURED, CONSENT, UNDOCUMENTED,
    RETENTION, RETIRED, REQUESTS, DISCLOSED, ERASED, SCRUBBED, REGISTER, FIGURES, MASKED, CHECKED_EMAILS,
    CHECKED_PHONES, ANSWERS, DECAY, COUNTED, HISTORY,
)  # fmt: skip


def in_force(graph: Graph, wanted: tuple[Safeguard, ...] = SAFEGUARDS) -> tuple[Safeguard, ...]:
    """Those whose enforcer is in the definitions."""
    return tuple(one for one in wanted if one.name in graph.enforcers[one.kind])
