"""Alerts, who was told of them, and what people decided.

The DDL is adapters/postgres/sql/tables/{30_ops,280_alerting}.sql; a test holds both equal.
"""

from contact_pipeline.schemas.columns import Column, Table
from contact_pipeline.schemas.core import TIME
from contact_pipeline.schemas.ops import COUNTS

CHANNELS = ("slack", "email", "webhook", "pagerduty")

ALERTS = Table(
    "ops.alerts",
    "What a person should look at; at most one open alert for each rule and subject.",
    (
        Column("id", "bigint", "Row number, given by the database.", nullable=False),
        Column("rule", "text", "Rule that raised it.", nullable=False),
        Column("severity", "text", "How urgent.", nullable=False, one_of=("info", "warning", "error")),
        Column(
            "fingerprint", "text", "Rule and subject, for example drop_held:<drop>; never a person.", nullable=False
        ),
        Column("counts", "jsonb", COUNTS, nullable=False),
        Column("opened_at", TIME, "When it was raised, UTC.", nullable=False),
        Column("closed_at", TIME, "When it passed; empty: open."),
        Column("told_at", TIME, "When a message of it was first written for a channel; empty: nobody was told."),
        Column("told_last_at", TIME, "When the last one was."),
        Column("told_severity", "text", "How urgent it was then."),
        Column("escalated_at", TIME, "When it was escalated, since nobody had acknowledged it."),
        Column("acknowledged_at", TIME, "When somebody took it on: it is neither repeated nor escalated any more."),
        Column("acknowledged_by", "text", "Who.", personal=True),
        Column("settled_at", TIME, "When its end was told to those who had been told of it."),
    ),
)

ALERT_DELIVERIES = Table(
    "ops.alert_deliveries",
    "Each message about an alert, on each channel: what it says, whether it was taken, how it fails. Written before it "
    "is sent.",
    (
        Column("id", "bigint", "Row number, given by the database; messages go out in its order.", nullable=False),
        Column("alert_id", "bigint", "The alert.", nullable=False),
        Column("channel", "text", "By which way.", nullable=False, one_of=CHANNELS),
        Column("kind", "text", "What it says.", nullable=False,
               one_of=("opened", "repeated", "escalated", "acknowledged", "resolved")),
        Column("number", "integer", "Of this kind, for this alert and channel.", nullable=False, at_least=1),
        Column("key", "uuid", "Sent along: a receiver knows a repetition by it.", nullable=False),
        Column("message", "jsonb", "What is sent: rule, subject, counts, what to do. No personal value.",
               nullable=False),
        Column("told_in", "bigint", "The delivery that says it, where many alerts of a rule share one message."),
        Column("state", "text", "sending: on its way, or the program was killed and nobody knows; dropped: not needed "
               "any more.", nullable=False, one_of=("waiting", "sending", "sent", "failed", "dropped")),
        Column("attempts", "integer", "Tries that were begun.", nullable=False, at_least=0),
        Column("planned_at", TIME, "When it was written, UTC.", nullable=False),
        Column("next_try_at", TIME, "Not before.", nullable=False),
        Column("finished_at", TIME, "When it was taken, given up or dropped."),
        Column("fault", "text", "How the last try failed; no address, no secret."),
    ),
)  # fmt: skip

ALERT_DECISIONS = Table(
    "ops.alert_decisions",
    "Who acknowledged, muted or unmuted what, and why. Append-only.",
    (
        Column("id", "bigint", "Row number, given by the database.", nullable=False),
        Column("decision", "text", "What was decided.", nullable=False, one_of=("acknowledged", "muted", "unmuted")),
        Column("about", "text", "A rule by its name, or one alert by its fingerprint.", nullable=False),
        Column("muted_until", TIME, "Nobody is told until then."),
        Column("reason", "text", "Why.", nullable=False),
        Column("decided_by", "text", "Who.", personal=True, nullable=False),
        Column("login", "text", "Login of the session; nobody can name another.", personal=True, nullable=False),
        Column("decided_at", TIME, "When, UTC.", nullable=False),
    ),
)

ALERT_TABLES = (ALERTS, ALERT_DELIVERIES, ALERT_DECISIONS)
