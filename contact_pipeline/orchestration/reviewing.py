"""What a person decides about a review, and spot checks. What they say outranks every provider and every list."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from contact_pipeline.adapters.postgres.engine import Script
from contact_pipeline.core.errors import UsageError

if TYPE_CHECKING:
    from contact_pipeline.orchestration.pipeline import Pipeline

MOST_ROWS = 200
CORRECTABLE = (
    "name", "given_name", "family_name", "email", "phone", "title", "seniority", "company", "company_domain",
    "linkedin_url", "location", "country",
)  # fmt: skip


def list_reviews(pipeline: "Pipeline", *, kind: str | None, with_closed: bool) -> list[dict[str, Any]]:
    """Reviews, open ones first; no value of a person is in them."""
    with pipeline.connection("review") as connection:
        return Script(connection, "reviews").rows("list", kind=kind, with_closed=with_closed, limit=MOST_ROWS)


def show_review(pipeline: "Pipeline", number: int) -> dict[str, Any]:
    """One review with what speaks against what. Raises UsageError where there is none of that number."""
    with pipeline.connection("review") as connection:
        return _found(Script(connection, "reviews"), number)


def decide_review(
    pipeline: "Pipeline", number: int, decision: str, *, reason: str, value: str | None = None, field: str | None = None
) -> dict[str, Any]:
    """accepted: the proposed value is taken (a spot check: the contact is right). rejected: what the contact has stays.
    Of other kinds the decision is only kept.

    corrected: `value` is what is true, of `field` where the review is not about one. Kept with actor and reason; no
    provider changes a value that a person has decided. Returns the review as it was.
    """
    from contact_pipeline.orchestration.enriching import apply_claims, sound_addresses

    with pipeline.connection(f"review: {reason}") as connection, connection.transaction():
        Script(connection, "contacts").run("lock")  # a run that applies answers now has read what was before
        steps = Script(connection, "reviews", now=pipeline.clock(), actor=pipeline.actor)
        review = _found(steps, number)
        if review["closed_at"] is not None:
            raise UsageError(f"Review {number} is closed: {review['decision']} by {review['closed_by']}.")
        about = field or review["field_name"]
        said = _said(review, decision, value, about)
        if said is not None and about == "email":
            said = sound_addresses([said]).get(said)
            if said is None:
                raise UsageError("That is not an e-mail address.")
        if said is not None:
            source = f"person:{pipeline.actor}"
            told = {"contact_id": review["contact_id"], "field": about, "source": source}
            steps.run("forget_other_persons", "say", **told, value=said)
            apply_claims(pipeline, connection, review["contact_id"])
        steps.run("close", id=number, decision=decision, reason=reason)
    return review


def spot_check(pipeline: "Pipeline", *, top: int) -> dict[str, Any]:
    """Opens a review for each of the `top` most valuable contacts that nobody has checked lately; says what share of
    those decided so far were confirmed (None: none was decided)."""
    policy = pipeline.policy.enrichment
    orders = [*policy.order, None, None, None][:3]
    with pipeline.connection("spot-check") as connection, connection.transaction():
        steps = Script(
            connection, "reviews", now=pipeline.clock(), key_fields=list(policy.key_fields),
            refresh_days=policy.profile_refresh_days, order_1=orders[0], order_2=orders[1], order_3=orders[2],
        )  # fmt: skip
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
