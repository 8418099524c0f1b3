"""Outreach: what became of messages by channel, campaign and month, and what came back."""

from starlette.responses import Response

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.web.inside import charts
from contact_pipeline.web.inside.asked import Asked
from contact_pipeline.web.inside.tables import Column, Table

STEPS = beside(__file__)

COUNTS = (
    Column("sent", "Sent", "number"),
    Column("delivered", "Delivered", "number"),
    Column("opened", "Opened", "number"),
    Column("replied", "Answered", "number"),
    Column("bounced", "Came back", "number"),
)


def outreach(asked: Asked) -> Response:
    """The endpoint."""
    with asked.reading() as connection:
        read = Script(connection, STEPS)
        months, campaigns, bounces = read.rows("channels"), read.rows("campaigns"), read.rows("bounces")
    tables = (
        Table(
            "channels",
            "Channels by month",
            (
                Column("month", "Month"),
                Column("channel", "Channel"),
                *COUNTS,
                Column("response_rate", "Answered", "share"),
                Column("bounce_rate", "Came back", "share"),
            ),
            months,
            empty="Nobody has told us of a message yet: `outreach log`, senders' events, or a dropped list.",
        ),
        Table(
            "campaigns",
            "Campaigns",
            (
                Column("campaign", "Campaign"),
                Column("month", "Month"),
                Column("channel", "Channel"),
                *COUNTS,
                Column("unsubscribed", "Left", "number"),
                Column("complained", "Complained", "number"),
            ),
            campaigns,
            empty="None.",
        ),
        Table(
            "bounces",
            "What came back, the newest first",
            (
                Column("bounced_at", "When"),
                Column("email", "Address"),
                Column("bounce_type", "Kind"),
                Column("bounce_status", "Code"),
                Column("bounce_reason", "Why", "words"),
                Column("source", "Told by"),
                Column("campaign", "Campaign"),
                Column("contact_id", "Contact", "id", link="/contacts/{}"),
            ),
            bounces,
            empty="Nothing.",
            has_csv=False,
        ),
    )
    rates = {
        channel: [(row["month"], row["bounce_rate"]) for row in reversed(months) if row["channel"] == channel]
        for channel in dict.fromkeys(row["channel"] for row in months)
    }
    return asked.show(
        "outreach.html",
        tables={table.name: table for table in tables},
        chart=charts.line(rates, title="Share of messages that came back, by month", goal=0.05),
        channels=list(rates),
    )
