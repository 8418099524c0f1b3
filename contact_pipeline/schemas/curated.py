"""The views of schema `curated`: what analysts read. A contact is visible once a drop that brought it is published.

The DDL is adapters/postgres/sql/views/20_curated.sql; a test holds both equal.
"""

from dataclasses import replace

from contact_pipeline.schemas.access import ACCESS_VIEWS
from contact_pipeline.schemas.columns import Column, Table
from contact_pipeline.schemas.core import CONTACTS, TIME
from contact_pipeline.schemas.figures import FIGURE_VIEWS
from contact_pipeline.schemas.ground import GROUND_VIEWS
from contact_pipeline.schemas.kpis import COST_VIEW, KPI_VIEW
from contact_pipeline.schemas.outreach import OUTREACH_VIEWS
from contact_pipeline.schemas.pages import QUALITY_COUNTS_VIEW
from contact_pipeline.schemas.profiles import CURATED_COMPANIES, IDENTITY_CONFIRMATION
from contact_pipeline.schemas.providers import PROVIDER_COSTS

MASKED = ("name", "given_name", "family_name", "email", "phone_e164", "linkedin_url", "consent_ip")
CHANNELS = ("email", "phone")

# The answers of core.permission (sql/views/10_permissions.sql), in the order in which they are looked for.
PERMISSION_REASONS = (
    "deletion_requested", "restricted", "suppressed", "consent_withdrawn", "hard_bounce", "no_address",
    "not_identified", "invalid", "other_purpose", "no_prior_consent", "retention_unreadable", "retention_expired",
    "no_lawful_basis", "allowed",
)  # fmt: skip

_CONTACT_ID = Column("contact_id", "uuid", "The contact's id for readers (core.contacts.public_id).", nullable=False)
_DROP_KEY = Column("drop_key", "text", "The drop.", nullable=False)
_PURPOSES = Column("purposes", "text[]", "For what the contact may be used on this channel.", nullable=False)
_SOURCE = Column("source", "text", "Source of the drop.", nullable=False)


def _contact_columns(*names: str) -> tuple[Column, ...]:
    """Columns of core.contacts as readers see them: personal ones may be masked."""
    of = {column.name: column for column in CONTACTS.columns}
    return tuple(
        replace(of[name], meaning=f"{of[name].meaning} Masked for readers without pii_reader.")
        if name in MASKED
        else of[name]
        for name in names
    )


_CONTACTS = (
    _CONTACT_ID,
    *_contact_columns(
        "name", "given_name", "family_name", "email", "email_status", "email_sub_status", "phone_e164", "phone_status",
        "phone_sub_status", "phone_type", "phone_country", "company", "company_domain", "title", "linkedin_url",
        "location", "country", "can_email", "can_call", "data_source", "consent_date", "consent_source",
    ),
    # Shown as text, so that a mask can stand in its place.
    *(replace(column, kind="text") for column in _contact_columns("consent_ip")),
    Column("drop_key", "text", "The latest published drop that named the contact.", nullable=False),
    *_contact_columns("updated_at"),
)  # fmt: skip


def _rate(name: str, of: str, meaning: str, counted: str, total: str, unknown: str) -> tuple[Column, ...]:
    """A rate of curated.data_quality, with what it is a share of and how much of that nobody knows."""
    return (
        Column(name, "double precision", f"{meaning}, 0-1. Unknown never counts as valid.", at_least=0, at_most=1),
        Column(f"{of}_numerator", "bigint", counted),
        Column(f"{of}_denominator", "bigint", total),
        Column(f"{of}_unknown_share", "double precision", unknown, at_least=0, at_most=1),
    )


CURATED_VIEWS = (
    Table("curated.contacts", "Every published contact, one row each, with its verdicts and permissions.", _CONTACTS),
    Table(
        "curated.mailable_contacts",
        "Contacts who may be e-mailed now for the purpose of their source, by the rule and not by a flag, with a "
        "verdict that the policy accepts (email.mailable_verdicts).",
        (*_CONTACTS, _PURPOSES),
    ),
    Table(
        "curated.callable_contacts",
        "Contacts who may be called now for the purpose of their source, by the rule and not by a flag, with a "
        "verdict that the policy accepts (phone.callable_verdicts).",
        (*_CONTACTS, _PURPOSES),
    ),
    Table(
        "curated.contact_purposes",
        "For outlets: each purpose for which a contact may be used now on a channel. mailable_for(purpose) and "
        "callable_for(purpose) give the contacts.",
        (
            _CONTACT_ID,
            Column("channel", "text", "Channel.", nullable=False, one_of=CHANNELS),
            Column("purpose", "text", "The purpose, in one spelling: small letters and _.", nullable=False),
        ),
    ),
    Table(
        "curated.contactability",
        "For each contact and channel whether it may be used, and the first reason why not (rule: core.permission).",
        (
            _CONTACT_ID,
            Column("channel", "text", "Channel.", nullable=False, one_of=CHANNELS),
            Column(
                "allowed",
                "boolean",
                "May be used; whether the verdict is good enough is another question.",
                nullable=False,
            ),
            Column(
                "reason", "text", "First rule that forbids, else allowed.", nullable=False, one_of=PERMISSION_REASONS
            ),
        ),
    ),
    Table(
        "curated.quarantine",
        "Rows that could not be used, with reasons, of every drop, published or not.",
        (
            _DROP_KEY,
            _SOURCE,
            Column("row_number", "bigint", "Row within the drop, from 1.", nullable=False),
            Column("stage", "text", "Stage that refused it.", nullable=False),
            Column("reasons", "text[]", "Rule names, never values.", nullable=False),
            Column("created_at", TIME, "When it was refused, UTC.", nullable=False),
        ),
    ),
    Table(
        "curated.data_quality",
        "Rates for each published drop (as its contacts stand now) and for each day (all contacts, as they stood).",
        (
            Column("scope", "text", "What the row is about.", nullable=False, one_of=("drop", "day")),
            Column("drop_key", "text", "The drop; empty for a day."),
            Column("day", "date", "Day measured, or on which the drop arrived.", nullable=False),
            *_rate(
                "email_deliverability_rate",
                "email_deliverability",
                "Share of e-mail addresses that are valid",
                "Contacts whose e-mail is valid.",
                "Contacts with an e-mail.",
                "Share of the denominator whose verdict is unknown.",
            ),
            *_rate(
                "phone_validation_rate",
                "phone_validation",
                "Share of phone numbers that are valid",
                "Contacts whose number is valid.",
                "Contacts with a number.",
                "Share of the denominator whose verdict is unknown.",
            ),
            *_rate(
                "enrichment_completeness",
                "enrichment_completeness",
                "Share of filled key fields (name, email, phone, company, title, linkedin_url, location)",
                "Key fields that are filled.",
                "Key fields: seven for each contact.",
                "Always 0: a field is filled or it is not.",
            ),
            *_rate(
                "data_freshness",
                "data_freshness",
                "Share of e-mail addresses judged in the last 90 days",
                "Contacts whose e-mail was judged in the last 90 days.",
                "Contacts with an e-mail.",
                "Share of the denominator that no layer ever answered for.",
            ),
            *_rate(
                "mailable_valid_rate",
                "mailable_valid",
                "Share of the mailable list that is valid",
                "Mailable contacts whose e-mail is valid.",
                "Contacts in curated.mailable_contacts.",
                "Share of the denominator whose verdict is unknown.",
            ),
            Column("mailable_valid_goal", "double precision", "The goal for mailable_valid_rate.", nullable=False),
        ),
    ),
    Table(
        "curated.freshness",
        "How old the verdicts are, by source and layer. A contact counts for the source of its latest drop.",
        (
            _SOURCE,
            Column(
                "layer",
                "text",
                "Which verdict: email and phone are the free layers, the others are providers'.",
                nullable=False,
                one_of=(*CHANNELS, "mailbox", "activity", "carrier", "person", "identity", "company"),
            ),
            Column(
                "contacts",
                "bigint",
                "Contacts with what it is about: an address, a number, a profile, a company.",
                nullable=False,
            ),
            Column("never_answered", "bigint", "Of these, never judged with an answer.", nullable=False),
            Column("due", "bigint", "Of these, due to be judged.", nullable=False),
            Column("fresh_share", "double precision", "Share judged within its period.", at_least=0, at_most=1),
            Column("oldest_verified_at", TIME, "Oldest verdict; empty: none."),
            Column("newest_verified_at", TIME, "Newest verdict; empty: none."),
        ),
    ),
    KPI_VIEW,
    QUALITY_COUNTS_VIEW,
    COST_VIEW,
    IDENTITY_CONFIRMATION,
    CURATED_COMPANIES,
    *GROUND_VIEWS,
    *FIGURE_VIEWS,
    PROVIDER_COSTS,
    *OUTREACH_VIEWS,
    *ACCESS_VIEWS,
)
