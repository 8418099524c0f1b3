"""Reviews: questions that only a person can decide, one after the other; each button has a key."""

import json
from typing import Any

from starlette.responses import Response

from contact_pipeline.core.errors import UsageError
from contact_pipeline.core.ids import as_number
from contact_pipeline.profiles.corrections import CORRECTABLE
from contact_pipeline.profiles.reviewing import decide_review, list_reviews, show_review
from contact_pipeline.web.inside.asked import Asked, NotFound
from contact_pipeline.web.inside.seen import note_views
from contact_pipeline.web.inside.tables import Column, Table, shown

DECISIONS = ("accepted", "rejected", "corrected")
SAID = {word: f"The last one was {word}." for word in DECISIONS}
LISTED = (
    Column("id", "Review", link="/reviews/{}"),
    Column("kind", "Question", "words"),
    Column("field_name", "About", "words"),
    Column("opened_at", "Since"),
    Column("contact_id", "Contact", "id", link="/contacts/{}"),
)


def reviews(asked: Asked) -> Response:
    """The open ones, oldest first, and what was decided lately."""
    found = list_reviews(asked.session, kind=asked.query.get("kind") or None, with_closed=False)
    closed = [row for row in list_reviews(asked.session, kind=None, with_closed=True) if row["closed_at"]]
    tables = (
        Table("open", "Open, the oldest first", LISTED, found, empty="None. Nothing waits for a person."),
        Table(
            "closed",
            "Decided",
            (*LISTED[:3], Column("closed_at", "When"), Column("closed_by", "By"), Column("decision", "How")),
            sorted(closed, key=lambda row: row["closed_at"], reverse=True)[:50],
        ),
    )
    return asked.show(
        "reviews.html", tables={table.name: table for table in tables}, first=found[0]["id"] if found else None
    )


def one_review(asked: Asked) -> Response:
    """What speaks against what. POST: a decision, then the next one."""
    number = as_number(asked.path["id"])
    if number is None:
        raise NotFound("There is no such review.")
    if asked.is_post:
        return _decide(asked, number)
    review = show_review(asked.session, number)
    if review["public_id"]:
        with asked.session.connection("page review") as connection:
            note_views(connection, asked.user, "review", [str(review["public_id"])])
    details: dict[str, Any] = dict(review["details"] or {})
    sides = details.pop("sides", [])
    columns = [Column(name, name.replace("_", " ").capitalize(), _kind(name)) for name in (sides[0] if sides else ())]
    return asked.show(
        "review.html",
        review=review,
        tables={
            "sides": Table("sides", "What is said", columns, sides, empty="Nothing stands against it.", has_csv=False)
        },
        details=[
            (name.replace("_", " "), _text(value)) for name, value in details.items() if value not in (None, "", [])
        ],
        fields=CORRECTABLE,
        said=SAID.get(asked.query.get("said", ""), ""),
    )


def _decide(asked: Asked, number: int) -> Response:
    decision, reason = asked.field("decision"), asked.field("reason")
    if decision not in DECISIONS:
        raise UsageError("Accept it, reject it, or say what is true.")
    if not reason:
        raise UsageError("Say why: it is kept with the decision.")
    value = asked.field("value") or None
    field = asked.field("field") or None
    decide_review(
        asked.session, number, decision, reason=reason, value=value if decision == "corrected" else None, field=field
    )
    rest = list_reviews(asked.session, kind=None, with_closed=False)
    return asked.go(f"/reviews/{rest[0]['id']}" if rest else "/reviews", decision)


def _kind(name: str) -> str:
    return "share" if name in ("confidence", "confidence_score") else "text"


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else shown(value)
