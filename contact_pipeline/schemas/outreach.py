"""What came back from outside: events, the history of every touch, and what analysts read of it.

The DDL is adapters/postgres/sql/tables/{20_core,170_outreach}.sql and views/70_outreach.sql; a test holds both equal.
"""

from contact_pipeline.schemas.columns import Column, Table
from contact_pipeline.schemas.core import SUPPRESSIONS, TIME

INBOUND_EVENTS = Table(
    "ops.inbound_events",
    "Every verified call from outside, one row an event, stored before it is answered and worked off afterwards.",
    (
        Column(
            "id", "bigint", "Row number, given by the database; events are worked off in this order.", nullable=False
        ),
        Column("provider", "text", "Who sent it, for example sendgrid.", nullable=False),
        Column("event_id", "text", "The sender's number of the event, or ours.", personal=True, nullable=False),
        Column(
            "content_key", "bytea", "Keyed hash of what makes two deliveries the same event, where the number may not."
        ),
        Column("received_at", TIME, "When it was stored, UTC.", nullable=False),
        Column("body", "text", "As it came. Emptied 30 days after it was applied, and by an erasure.", personal=True),
        Column("applied_at", TIME, "When it was worked off; empty: it waits."),
        Column("outcome", "text", "What became of it (docs/outreach.md)."),
        Column("subject_key", "bytea", "Keyed hash of the address it is about.", personal=True),
    ),
)

_SENT = Column("sent_at", TIME, "When it was sent, UTC.")
_DELIVERED = Column("delivered_at", TIME, "When the other side took it.")
_MACHINE_OPENED = Column(
    "machine_opened_at", TIME, "When a machine (privacy proxy, scanner) first opened it: no person."
)
_OPENED = Column("opened_at", TIME, "When it was first opened, as far as anybody can tell by a person.")
_CLICKED = Column("clicked_at", TIME, "When a link was first followed.")
_REPLIED = Column("replied_at", TIME, "When the person answered.")
_TIMES = (_SENT, _DELIVERED, _MACHINE_OPENED, _OPENED, _CLICKED, _REPLIED)
_BOUNCE = (
    Column("bounced_at", TIME, "When it came back; of several bounces the one for good, then the first."),
    Column("bounce_type", "text", "hard: for good; soft: for a passing reason.", one_of=("hard", "soft")),
)
_WHY_BOUNCED = (
    Column("bounce_status", "text", "Status code of the bounce (RFC 3463), where there was one."),
    Column("bounce_reason", "text", "What the bounce says, in a word."),
)
_LEFT = (
    Column("complained_at", TIME, "When it was reported as spam."),
    Column("unsubscribed_at", TIME, "When the person left by it."),
)
_VIOLATION = Column(
    "is_violation",
    "boolean",
    "The contact was not to be contacted on this channel when it was recorded.",
    nullable=False,
)
_RECORDED_AT = Column("recorded_at", TIME, "When we first heard of it, UTC.", nullable=False)
_CAMPAIGN = Column("campaign", "text", "Campaign, as the sender calls it.")
_CHANNEL = Column("channel", "text", "email, phone, sms, linkedin, post or meeting.", nullable=False)
_DIRECTION = Column("direction", "text", "Who wrote or called.", nullable=False, one_of=("outbound", "inbound"))
_HEARD_FROM = Column("source", "text", "Who told us first: a sender, a list, a login.")

OUTREACH_HISTORY = Table(
    "core.outreach_history",
    "One row for each message or other touch, on every channel, and what came back. Times come in any order; "
    "each is the first of its kind.",
    (
        Column("id", "bigint", "Row number, given by the database.", nullable=False),
        Column("contact_id", "bigint", "The contact.", nullable=False),
        _CHANNEL, _SENT, _OPENED, _CLICKED, _REPLIED, *_BOUNCE, _DIRECTION,
        Column("touch_key", "bytea", "What makes it the same touch: a hash of message and address, or of the event.",
            nullable=False),
        Column("email_key", "bytea", "Keyed hash of the address it went to.", personal=True),
        Column("message_id", "text", "The sender's id of the message.", personal=True),
        _CAMPAIGN, _HEARD_FROM, _DELIVERED, _MACHINE_OPENED, *_LEFT, *_WHY_BOUNCED, _VIOLATION, _RECORDED_AT,
        Column("recorded_by", "text", "Who of us wrote it down.", personal=True),
    ),
)  # fmt: skip

_PURPOSE = Column("purpose", "text", "The purpose that was left, in our spelling.", nullable=False)

PURPOSE_SUPPRESSIONS = Table(
    "core.purpose_suppressions",
    "Who left one list and not the whole channel, by keyed hash, channel and purpose. Rows outlive the contact.",
    tuple(
        {column.name: column for column in (*SUPPRESSIONS.columns, _PURPOSE)}[name]
        for name in (
            "subject_key", "canonical_key", "channel", "purpose", "reason", "source", "acted_at", "received_at",
            "created_at", "last_said_at", "recorded_by",
        )
    ),
)  # fmt: skip

_CONTACT_ID = Column("contact_id", "uuid", "The contact's id for readers (core.contacts.public_id).", nullable=False)
_MONTH = Column("month", "date", "First day of the month in which it was sent.", nullable=False)


def _count(name: str, meaning: str) -> Column:
    return Column(name, "bigint", meaning, nullable=False, at_least=0)


def _share(name: str, meaning: str) -> Column:
    return Column(name, "double precision", meaning, at_least=0, at_most=1)


CURATED_OUTREACH_HISTORY = Table(
    "curated.outreach_history",
    "Every touch of a contact on every channel, and what came back.",
    (
        _CONTACT_ID, _CHANNEL, _DIRECTION, _CAMPAIGN, _HEARD_FROM, *_TIMES, *_BOUNCE, *_LEFT, _VIOLATION, _RECORDED_AT,
    ),
)  # fmt: skip

CURATED_BOUNCES = Table(
    "curated.bounces",
    "Messages that came back, with the address as it is known today.",
    (
        _CONTACT_ID,
        Column(
            "email",
            "text",
            "Address that it went to; empty while no drop of the contact is published. Masked but for pii_reader.",
            personal=True,
        ),
        *_BOUNCE,
        *_WHY_BOUNCED,
        _HEARD_FROM,
        _CAMPAIGN,
        Column("is_first_address", "boolean", "It is the contact's first address."),
        Column(
            "soft_bounce_count", "integer", "Messages to the first address that came back in a row.", nullable=False
        ),
        Column("suppress_email_reason", "text", "Why the first address is closed, if it is."),
    ),
)

ENGAGEMENT = Table(
    "curated.engagement",
    "What became of the messages to a contact, by campaign and month. Opens by machines are apart.",
    (
        _CONTACT_ID,
        _CAMPAIGN,
        _MONTH,
        _CHANNEL,
        _count("sent", "Messages."),
        _count("delivered", "Taken by the other side."),
        _count("opened", "Opened, as far as anybody can tell by a person."),
        _count("machine_opened", "Opened by a machine."),
        _count("clicked", "With a link followed."),
        _count("replied", "Answered."),
        _count("bounced", "Came back."),
        _count("complained", "Reported as spam."),
        _count("unsubscribed", "By which the person left."),
        Column("last_active_at", TIME, "Last sign of the person: an open, a click or an answer."),
    ),
)

CHANNEL_SUMMARY = Table(
    "curated.channel_summary",
    "What each channel gave, by month.",
    (
        _CHANNEL,
        _MONTH,
        _count("sent", "Messages or other touches from us."),
        _count("delivered", "Taken by the other side, as far as anybody told."),
        _count("opened", "Opened by a person."),
        _count("replied", "Answered."),
        _count("bounced", "Came back."),
        _share("response_rate", "Answered of sent."),
        _share("bounce_rate", "Came back, of those whose end is known."),
    ),
)

VERDICT_QUALITY = Table(
    "curated.verdict_quality",
    "How often messages came back, by what had been said of the address before: P(bounce | verdict). Of messages whose "
    "end is known.",
    (
        Column("status", "text", "Verdict before the message was sent.", nullable=False),
        Column("layer", "text", "Layer that gave it.", nullable=False),
        Column("provider", "text", "Who gave it.", nullable=False),
        Column(
            "mail_host_family",
            "text",
            "Whose servers take the mail, by MX: google, microsoft …, other; unknown: not asked.",
        ),
        _count("messages", "Messages after that verdict."),
        _count("bounces", "Of these came back."),
        _count("hard_bounces", "Of these for good."),
        _share("bounce_rate", "Share that came back."),
        _share("bounce_rate_low", "Lower end of the 95 % interval (Wilson)."),
        _share("bounce_rate_high", "Upper end of the 95 % interval (Wilson)."),
    ),
)

OUTREACH_TABLES = (OUTREACH_HISTORY, PURPOSE_SUPPRESSIONS, INBOUND_EVENTS)
OUTREACH_VIEWS = (CURATED_OUTREACH_HISTORY, CURATED_BOUNCES, ENGAGEMENT, CHANNEL_SUMMARY, VERDICT_QUALITY)
