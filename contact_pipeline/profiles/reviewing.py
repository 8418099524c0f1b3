"""What a person decides about a review, and spot checks. What they say outranks every provider and every list."""

from collections.abc import Mapping
from typing import Any

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.core.errors import UsageError
from contact_pipeline.people.comparing import is_same
from contact_pipeline.profiles.corrections import CORRECTABLE, checked_corrections
from contact_pipeline.profiles.deciding import decide_again
from contact_pipeline.profiles.enriching import open_store
from contact_pipeline.profiles.enrichment_store import EnrichmentStore
from contact_pipeline.profiles.planning import PARTS, VERIFIED
from contact_pipeline.stage.contacts_lock import lock_contacts
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)

MOST_ROWS = 200


def list_reviews(session: Session, *, kind: str | None, with_closed: bool) -> list[dict[str, Any]]:
    """Reviews, open ones first; no value of a person is in them."""
    with session.connection("review") as connection:
        return Script(connection, STEPS).rows("list", kind=kind, with_closed=with_closed, limit=MOST_ROWS)


def show_review(session: Session, number: int) -> dict[str, Any]:
    """One review with what speaks against what. Raises UsageError where there is none of that number."""
    with session.connection("review") as connection:
        return _found(Script(connection, STEPS), number)


def decide_review(
    session: Session, number: int, decision: str, *, reason: str, value: str | None = None, field: str | None = None
) -> dict[str, Any]:
    """accepted: the proposed value is taken (a spot check: the contact is right). rejected: what the contact has stays.
    Of other kinds the decision is only kept.

    corrected: `value` is what is true, of `field` where the review is not about one. Kept with actor and reason; no
    provider changes a value that a person has decided. Returns the review as it was.
    """
    with session.connection(f"review: {reason}") as connection, connection.transaction():
        lock_contacts(connection)  # a run that applies answers now has read what was before
        steps = Script(connection, STEPS, now=session.clock(), actor=session.actor)
        review = _found(steps, number)
        if review["closed_at"] is not None:
            raise UsageError(f"Review {number} is closed: {review['decision']} by {review['closed_by']}.")
        about = field or review["field_name"]
        said = _said(review, decision, value, about)
        if said is not None and about and (decision == "corrected" or about == "email"):
            said = checked_corrections({about: said})[about]  # as for a correction that the person asked for
        if said is not None:
            say(session, connection, review["contact_id"], {about: said})
        steps.run("close", id=number, decision=decision, reason=reason)
    return review


def say(session: Session, connection: Any, contact_id: int, values: Mapping[str, str]) -> tuple[str, ...]:
    """What a person says is true of the contact's fields, as their word; the values follow from it at once.

    Returns the fields that did not take their value: an address that another contact has, or one known to be dead.
    """
    source = f"person:{session.actor}"
    steps = Script(connection, STEPS, now=session.clock(), contact_id=contact_id, source=source)
    for field, value in values.items():
        steps.run("forget_other_persons", "say", field=field, value=value)
    store = open_store(session, connection, "")
    decide_again(session, store, [contact_id])
    (contact,) = store.contacts([contact_id])
    # What the rule over sources leaves as it was: an older word of a person, and what only differs in spelling.
    left = {field: value for field, value in values.items() if contact[field] != value and field not in PARTS}
    for field in VERIFIED & left.keys():
        if contact[field] and is_same(field, contact[field], left[field]):
            del left[field]  # the same address or number
    refused = tuple(
        field for field in left if field in VERIFIED and _is_unfit(session, store, contact_id, field, left[field])
    )
    written = {field: value for field, value in left.items() if field not in refused}
    history = [
        {"contact_id": contact_id, "field": field, "old": contact[field], "new": new, "source": source, "confidence": 1}
        for field, new in written.items()
    ]
    row = {"contact_id": contact_id} | written
    if "email" in written:
        row["email_key"] = session.key.email(written["email"]).hex()
    store.apply([row] if written else [], history, enriched_by=session.actor)
    return refused


def _is_unfit(session: Session, store: EnrichmentStore, contact_id: int, field: str, value: str) -> bool:
    """Whether an address or number is another contact's, or known to be dead."""
    claims = [row for row in store.origins([contact_id]) if row["field"] == field and row["value"] == value]
    if any(row["status"] == "invalid" for row in claims):
        return True
    key = session.key.email(value)
    return field == "email" and store.taken([key]).get(key, contact_id) != contact_id


def spot_check(session: Session, *, top: int) -> dict[str, Any]:
    """Opens a review for each of the `top` most valuable contacts that nobody has checked lately; says what share of
    those decided so far were confirmed (None: none was decided)."""
    policy = session.policy.enrichment
    orders = [*policy.order, None, None, None][:3]
    with session.connection("spot-check") as connection, connection.transaction():
        steps = Script(
            connection,
            STEPS,
            now=session.clock(),
            key_fields=list(policy.key_fields),
            refresh_days=policy.profile_refresh_days,
            order_1=orders[0],
            order_2=orders[1],
            order_3=orders[2],
        )
        opened = steps.run("open_spot_checks", top=top)
        share = steps.one("spot_check_share")
    decided = share["decided"]
    return {"opened": opened, **share, "share_confirmed": share["confirmed"] / decided if decided else None}


def _found(steps: Script, number: int) -> dict[str, Any]:
    rows = steps.rows("show", id=number)
    if not rows:
        raise UsageError(f"There is no review {number}. `contact-pipeline review list` shows them.")
    return rows[0]


def _said(review: Mapping[str, Any], decision: str, value: str | None, field: str | None) -> str | None:
    """The value that the decision makes true; None: it is about no value."""
    details, present = review["details"] or {}, review.get(review["field_name"] or "")
    if decision == "corrected":
        if not value or field is None:
            raise UsageError("Say what is true: --value TEXT, and --field NAME where the review is not about one.")
        if field not in CORRECTABLE:
            raise UsageError(f"{field} is not a field that can be corrected: {', '.join(CORRECTABLE)}.")
        return value
    if review["kind"] != "field_disagreement":
        return None
    if decision == "rejected":
        return present
    proposed = [side["value"] for side in details.get("sides", []) if side["value"] != present]
    return proposed[0] if proposed else present
