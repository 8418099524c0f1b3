"""The tables of one contact's page: which there are depends on what the reader may see."""

from collections.abc import Mapping, Sequence
from typing import Any

from contact_pipeline.quality import looking
from contact_pipeline.web.inside.asked import Asked
from contact_pipeline.web.inside.tables import Column, Table


def contact_tables(
    sections: Mapping[str, Sequence[Mapping[str, Any]]],
    changes: Sequence[Mapping[str, Any]],
    known: Sequence[Mapping[str, Any]],
    asked: Asked,
) -> dict[str, Table]:
    """sections: of curated. changes: of curated.audit_trail. known: of looking.explain; empty: not for this reader."""
    what_changed = (
        (
            Column("changed_at", "When"),
            Column("field", "Field", "words"),
            Column("old_value", "From"),
            Column("new_value", "To"),
            Column("changed_by", "By"),
            Column("source", "Source"),
            Column("reason", "Why", "words"),
        )
        if asked.role.audits_as
        else (
            Column("changed_at", "When"),
            Column("field", "Field", "words"),
            Column("changed_by", "By"),
            Column("source", "Source"),
            Column("reason", "Why", "words"),
        )
    )
    made = [
        Table("changes", "History", what_changed, changes, empty="Nothing has changed since it came."),
        Table(
            "touches",
            "Touches",
            (
                Column("sent_at", "When"),
                Column("channel", "Channel"),
                Column("campaign", "Campaign"),
                Column("source", "By"),
                Column("delivered_at", "Delivered"),
                Column("opened_at", "Opened"),
                Column("replied_at", "Answered"),
                Column("bounced_at", "Came back"),
            ),
            sections["touches"],
            empty="Nobody has written to or called this contact, as far as we were told.",
        ),
        Table(
            "consents",
            "Consents",
            (
                Column("channel", "Channel"),
                Column("state", "State"),
                Column("given_at", "Given"),
                Column("withdrawn_at", "Withdrawn"),
                Column("source", "Source"),
                Column("purpose", "Purpose"),
                Column("has_evidence", "Proof"),
            ),
            sections["consents"],
            empty="None.",
        ),
    ]
    if known:
        (all_of,) = known[:1]
        verdicts = [row | {"value": row["email"]} for row in all_of["emails"]]
        verdicts += [row | {"value": row["phone"]} for row in all_of["phones"]]
        made += [
            Table(
                "values",
                "Where each value comes from",
                (
                    Column("field", "Field", "words"),
                    Column("value", "Value"),
                    Column("is_in_use", "In use"),
                    Column("source", "Said by"),
                    Column("confidence", "Trust", "share"),
                    Column("drop_key", "Drop", link="/drops/{}"),
                    Column("row_number", "Row", "number"),
                    Column("landed_at", "When"),
                ),
                looking.values(asked.session, all_of["contact"]["id"]),
                empty="No row of a drop says anything.",
            ),
            Table(
                "history",
                "Values that replaced others",
                (
                    Column("field_name", "Field", "words"),
                    Column("new_value", "Value"),
                    Column("old_value", "Before"),
                    Column("data_source", "Said by"),
                    Column("confidence_score", "Confidence", "share"),
                    Column("enriched_at", "When"),
                ),
                all_of["history"],
            ),
            Table(
                "claims",
                "What else is said",
                (
                    Column("field_name", "Field", "words"),
                    Column("value", "Value"),
                    Column("data_source", "Said by"),
                    Column("confidence_score", "Confidence", "share"),
                    Column("claimed_at", "When"),
                ),
                all_of["claims"],
                empty="No provider and none of our people has said anything.",
            ),
            Table(
                "verdicts",
                "Verdicts",
                (
                    Column("value", "Address or number"),
                    Column("layer", "Layer", "words"),
                    Column("provider", "Asked"),
                    Column("status", "Status", "words"),
                    Column("sub_status", "Because", "words"),
                    Column("validated_at", "When"),
                ),
                verdicts,
                empty="Nothing was judged yet.",
            ),
            Table(
                "points",
                "Further addresses and numbers",
                (
                    Column("kind", "Kind"),
                    Column("value", "Value"),
                    Column("status", "Status", "words"),
                    Column("verified_at", "When"),
                ),
                all_of["points"],
            ),
            Table(
                "suppressions",
                "Closed channels",
                (
                    Column("channel", "Channel"),
                    Column("reason", "Why", "words"),
                    Column("source", "Said by"),
                    Column("created_at", "Since"),
                ),
                all_of["suppressions"],
                empty="None is closed.",
            ),
            Table(
                "bill",
                "What it has cost",
                (
                    Column("provider", "Provider"),
                    Column("layer", "Layer", "words"),
                    Column("calls", "Calls", "number"),
                    Column("price", "USD", "money"),
                    Column("last_at", "Last"),
                ),
                looking.bill(asked.session, all_of["contact"]["id"]),
                empty="No provider was paid for this contact.",
            ),
        ]
    return {table.name: table for table in made}
