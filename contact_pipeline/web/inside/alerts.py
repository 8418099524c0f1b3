"""`/alerts`: what waits for a person, why, and since when; who takes one on is neither told again nor passed over."""

from starlette.responses import Response

from contact_pipeline.alerting.deciding import acknowledge, list_alerts
from contact_pipeline.core.alerts import what_to_do
from contact_pipeline.web.inside.asked import Asked
from contact_pipeline.web.inside.tables import Column, Table

SAID = {"taken": "Taken on: nobody is told of it again while it stays as it is."}


def alerts(asked: Asked) -> Response:
    """The open ones, the gravest first. POST: somebody takes one on."""
    if asked.is_post:
        acknowledge(asked.session, asked.field("alert"), reason=asked.field("reason", longest=500))
        return asked.go("/alerts", "taken")
    found = list_alerts(asked.session)
    table = Table(
        "alerts",
        "Open alerts",
        (
            Column("title", "Alert"), Column("severity", "Severity"), Column("where", "Where"),
            Column("numbers", "How many"), Column("opened_at", "Since"), Column("told_at", "People told"),
            Column("acknowledged_at", "Taken on"),
            Column("muted_until", "Muted until"), Column("because_of", "Because of"),
        ),
        [
            row
            | {
                "where": row["fingerprint"].partition(":")[2],
                "numbers": ", ".join(f"{number} {name}".replace("_", " ") for name, number in row["counts"].items()),
                "to_do": _sentence(what_to_do(row["rule"])),
            }
            for row in found["alerts"]
        ],
        empty="None. Nothing waits for a person.",
    )  # fmt: skip
    channels = Table(
        "channels",
        "How people are told",
        (
            Column("channel", "Channel"), Column("waiting", "Waiting", "number"),
            Column("failed", "Given up", "number"), Column("last_sent_at", "Last sent"), Column("fault", "Last fault"),
        ),
        found["channels"],
        empty="By no channel: nobody is told of anything. docs/operations.md says how to name one.",
    )  # fmt: skip
    tables = {"alerts": table, "channels": channels}
    return asked.show("alerts.html", tables=tables, said=SAID.get(asked.query.get("said", ""), ""))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""
