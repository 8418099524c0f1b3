"""The views that say on what ground each contact stands. The DDL is sql/views/50_ground.sql; a test compares both."""

from contact_pipeline.schemas.columns import Column, Table
from contact_pipeline.schemas.core import TIME

_CONTACT = Column("contact_id", "uuid", "The contact's id for readers (core.contacts.public_id).", nullable=False)
_CHANNEL = Column("channel", "text", "Channel.", nullable=False, one_of=("email", "phone"))

GROUND_VIEWS = (
    Table(
        "curated.consent_status",
        "State of each consent, derived from the events (GDPR Art. 7): the last word for a channel counts.",
        (
            _CONTACT,
            _CHANNEL,
            Column(
                "state",
                "text",
                "What counts now: given; claimed (a bare date of a list); withdrawn (or the channel was closed since).",
                nullable=False,
                one_of=("given", "claimed", "withdrawn"),
            ),
            Column("given_at", TIME, "When it was last given."),
            Column("withdrawn_at", TIME, "When it was last withdrawn."),
            Column("source", "text", "Where it was last given."),
            Column("purpose", "text", "What for."),
            Column("notice_version", "text", "Version of the privacy notice that was shown."),
            Column("has_evidence", "boolean", "Words or a document prove it."),
        ),
    ),
    Table(
        "curated.suppressed",
        "Contacts whose address or number was closed, how long that took, and whether the person has reopened it.",
        (
            _CONTACT,
            _CHANNEL,
            Column("reason", "text", "Why.", nullable=False),
            Column("source", "text", "Who said so.", nullable=False),
            Column("acted_at", TIME, "When the person acted, as far as anybody knows."),
            Column("received_at", TIME, "When we learned of it."),
            Column("effective_at", TIME, "When it took effect here."),
            Column("processing_days", "double precision", "Days from the first of these to the last.", at_least=0),
            Column("processing_business_days", "integer", "The same without weekends; CAN-SPAM allows 10.", at_least=0),
            Column("reopened_at", TIME, "When the person, proved, opted in again after that; empty: still closed."),
        ),
    ),
    Table(
        "curated.undocumented_sources",
        "Sources for which the policy names no ground: what they brought cannot be used.",
        (
            Column("source", "text", "Source.", nullable=False),
            Column("drops", "bigint", "Drops that came from it.", nullable=False),
            Column("contacts", "bigint", "Contacts that it named.", nullable=False),
            Column("last_landed_at", TIME, "When the last one landed."),
        ),
    ),
    Table(
        "curated.retention_due",
        "Contacts whose last ground ends within the policy's warning_days (30), or has ended: their data have to go.",
        (
            _CONTACT,
            Column("source", "text", "Source whose ground lasts longest."),
            Column("ends_at", TIME, "When it ends."),
            Column("is_over", "boolean", "It has ended."),
        ),
    ),
)
