"""SendGrid's Event Webhook: a JSON array, retried for a day, whose sg_event_id was seen to change on retries
(sendgrid-nodejs#1435). So what makes two deliveries one event is message, address, kind and time, besides that number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from contact_pipeline.outreach.bounce_classes import BounceClass, meaning_of
from contact_pipeline.outreach.events import (
    LONGEST_ID,
    Inlet,
    Kind,
    Received,
    Said,
    UnknownKind,
    as_text,
    moment_of,
    objects_of,
    parsed,
    text_of,
)

PLAIN = {
    "processed": Kind.SENT, "delivered": Kind.DELIVERED, "click": Kind.CLICKED, "spamreport": Kind.COMPLAINED,
    "unsubscribe": Kind.UNSUBSCRIBED,
    # They try again by themselves and end with delivered or bounce: nothing has come back yet.
    "deferred": Kind.NOTED, "account_status_change": Kind.NOTED,
    # Somebody may come back to a group; what reopens here is a consent with its proof (docs/privacy.md).
    "group_resubscribe": Kind.NOTED,
}  # fmt: skip
# Suppression lists of theirs that only a person's word fills.
CLOSED_THERE = {"unsubscribed address": "opt_out", "spam reporting address": "complaint"}


def inlet(groups: Mapping[str, str]) -> Inlet:
    """groups: purpose of each unsubscribe group, as the policy maps them; a group that it does not name closes all."""

    def read(event: Mapping[str, Any]) -> Said:
        word = text_of(event, "event").lower()
        said = Said(
            PLAIN.get(word, Kind.NOTED),
            text_of(event, "email", 320),
            moment_of(event.get("timestamp")),
            message_id(text_of(event, "sg_message_id", LONGEST_ID)),
            _campaign(event),
        )
        if word == "open":
            is_machine = event.get("sg_machine_open") is True
            return replace(said, kind=Kind.MACHINE_OPENED if is_machine else Kind.OPENED)
        if word == "bounce":
            return _bounced(event, said)
        if word == "dropped":
            reason = CLOSED_THERE.get(text_of(event, "reason").lower())
            return replace(said, kind=Kind.CLOSED_THERE if reason else Kind.NOTED, reason=reason or "dropped")
        if word == "group_unsubscribe":
            return replace(said, kind=Kind.UNSUBSCRIBED, purpose=groups.get(text_of(event, "asm_group_id"), ""))
        if word not in PLAIN:
            raise UnknownKind
        return said

    return Inlet("sendgrid", _split, read)


def _split(body: bytes, _headers: Mapping[str, str]) -> Sequence[Received]:
    return [
        Received(
            text_of(event, "sg_event_id", LONGEST_ID),
            "\x1f".join((
                text_of(event, "sg_message_id", LONGEST_ID) or text_of(event, "smtp-id", LONGEST_ID),
                text_of(event, "email", 320).lower(), text_of(event, "event"), text_of(event, "timestamp"),
                text_of(event, "url", 500),
            )),
            as_text(event),
        )
        for event in objects_of(parsed(body))
    ]  # fmt: skip


def _bounced(event: Mapping[str, Any], said: Said) -> Said:
    """`bounce` is what they take for final, `blocked` the rest; the status of a blocked one may be 5.x all the same."""
    status, text = text_of(event, "status"), text_of(event, "reason", 2000)
    meaning = meaning_of(status=status, text=text, vendor_word=text_of(event, "bounce_classification"))
    kind = {BounceClass.HARD: Kind.HARD, BounceClass.OURS: Kind.ABOUT_US}.get(meaning.bounce_class, Kind.SOFT)
    is_for_good = text_of(event, "type").lower() != "blocked"
    if is_for_good and meaning.reason == "unclassified":
        kind = Kind.HARD
    elif not is_for_good and kind is Kind.HARD:
        kind = Kind.SOFT
    return replace(said, kind=kind, status=status[:20], reason=meaning.reason)


def message_id(text: str) -> str:
    """What all events of one message have in common; what follows says which of their machines handled it."""
    for sign in (".filter", ".recvd"):
        text = text.partition(sign)[0]
    return text


def _campaign(event: Mapping[str, Any]) -> str:
    for name in ("marketing_campaign_name", "singlesend_name", "campaign"):
        if found := text_of(event, name):
            return found
    category = event.get("category")  # a text or a list of texts
    return text_of({"category": category[0] if isinstance(category, list) and category else category}, "category")
