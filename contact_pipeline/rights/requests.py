"""What people asked of us (GDPR Art. 15-20): written down with its deadline, served, closed.

A row of ops.subject_requests names nobody: who asked is a keyed hash, and whom that means is looked up when the request
is served. What was done is said in words and counts.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.core import said
from contact_pipeline.core.errors import UsageError
from contact_pipeline.core.ids import as_number, as_uuid
from contact_pipeline.people.facts import fact_transaction
from contact_pipeline.people.person import Person, public_ids
from contact_pipeline.profiles.corrections import checked_corrections
from contact_pipeline.rights.closing import contacts_of, remember_mailbox
from contact_pipeline.rights.job_tokens import issue_token
from contact_pipeline.rights.request_person import Request, person_of_request
from contact_pipeline.rights.subjects import subject_of
from contact_pipeline.schemas.rights import REQUEST_KINDS, SUBJECT_REQUESTS
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)

_REFERENCE = next(c.pattern for c in SUBJECT_REQUESTS.columns if c.name == "reference") or ""


def open_request(
    session: Session,
    kind: str,
    *,
    who: str | None = None,
    contact: str | None = None,
    reference: str | None = None,
    received_at: datetime | None = None,
    identity_check: str = "",
    details: Mapping[str, Any] | None = None,
) -> int:
    """Write a request down, or find the one that was; returns its number.

    who: an address or number, kept as a keyed hash only. contact: public or internal id. Neither: the request of that
    reference. details: fields and values of rectify, {"lift": True} of restrict. Without a reference the person's own
    open request of this kind is found again. Raises UsageError where the reference stands for something else.
    """
    if kind not in REQUEST_KINDS:
        raise UsageError(f"{kind} is no right that the program serves: {', '.join(REQUEST_KINDS)}.")
    if reference is not None and not re.fullmatch(_REFERENCE, reference):
        raise UsageError("A reference is up to 60 letters, digits and . _ / - (no @: it names nobody).")
    now = session.clock()
    try:
        received_at = received_at and said.moment(received_at, now=now)
    except ValueError as error:
        raise UsageError(f"--received is wrong: {error}. Say when the request reached us.") from None
    identity_check = identity_check.strip()
    _names_nobody(identity_check)
    asked = _details(kind, details)
    with fact_transaction(session, "request") as (connection, facts):
        steps = Script(connection, STEPS, now=now, actor=session.actor)
        wanted: dict[str, Any] = {
            "kind": kind, "details": None if asked is None else json.dumps(asked), "reference": reference,
            "identity_check": identity_check or None, "received_at": received_at or now,
        } | _subject(session, connection, steps, who, contact)  # fmt: skip
        if wanted["key"] is None and wanted["contact_id"] is None:
            if reference is None:
                raise UsageError("Whose request is it? Give an address, a number with its country code, or --contact.")
            number = _known(steps, reference)
            _agree(connection, find_request(connection, number), wanted, asked)
        else:
            number = _opened(steps, connection, wanted, asked, is_new_letter=received_at is not None)
        if identity_check:
            steps.run("identify", id=number, how=identity_check)
        facts.request(number)
    return number


def find_request(connection: Connection, request_id: int) -> dict[str, Any]:
    """The row, with ends_at (the deadline as it stands) and latest_at (how far it may be extended).

    Raises UsageError where there is none of that number.
    """
    rows = Script(connection, STEPS).rows("find", id=request_id)
    if not rows:
        raise UsageError(f"There is no request {request_id}. `contact-pipeline requests list` shows them.")
    return rows[0]


def list_requests(session: Session, *, only_open: bool = False) -> list[dict[str, Any]]:
    """Open ones first, the most urgent of them on top; no value of a person is in them."""
    with session.connection("request") as connection:
        return Script(connection, STEPS).rows("list", only_open=only_open, now=session.clock())


def extend_request(session: Session, reference: str, *, until: datetime, reason: str) -> None:
    """Up to two further months, within the first one, and the person is told why (GDPR Art. 12(3))."""
    _is_said(reason, "--reason must say why; the person has to be told.")
    with fact_transaction(session, f"request {reference}") as (connection, facts):
        steps, request = _open_one(connection, reference)
        if session.clock() > request["due_at"]:
            raise UsageError("The month is over: an extension and its reason had to be told within it (Art. 12(3)).")
        if not request["ends_at"] < until <= request["latest_at"]:
            raise UsageError(
                f"It may be extended to a day after {request['ends_at']:%Y-%m-%d} and not after "
                f"{request['latest_at']:%Y-%m-%d}: two further months (Art. 12(3))."
            )
        steps.run("extend", id=request["id"], until=until, reason=reason)
        facts.request(request["id"])


def refuse_request(session: Session, reference: str, *, reason: str) -> None:
    """Close it without doing it. The person is told why, and where to complain, within the month (GDPR Art. 12(4))."""
    _is_said(reason, "--reason must say why; the person has to be told.")
    with fact_transaction(session, f"request {reference}") as (connection, facts):
        steps, request = _open_one(connection, reference)
        now, actor = session.clock(), session.actor
        steps.run("close", id=request["id"], state="refused", outcome=reason, ids=None, now=now, actor=actor)
        facts.request(request["id"])


def note_identity(session: Session, reference: str, *, how: str) -> str:
    """How we know that it is the person (GDPR Art. 12(6)). Returns the token with which a job may serve it once."""
    _is_said(how, "--how must say how you know that it is the person.")
    with fact_transaction(session, f"request {reference}") as (connection, facts):
        steps, request = _open_one(connection, reference)
        steps.run("identify", id=request["id"], how=how.strip())
        facts.request(request["id"])
        return issue_token(session, connection, request)


def refuse_unidentified(request: Request) -> None:
    """What cannot be undone is not done for somebody who may be anybody (GDPR Art. 12(6)). Raises UsageError."""
    if not request["identity_check"]:
        raise UsageError(
            f"{request['reference']} is not done: nobody has written down how you know that it is the person, and an "
            f"erasure cannot be undone. Say it with --identity HOW, or `requests identity {request['reference']} --how "
            "TEXT`. The request stays open."
        )


def lock_request(connection: Connection, request_id: int) -> dict[str, Any]:
    """The row, which nobody else serves until the transaction ends."""
    return Script(connection, STEPS).one("find_for_update", id=request_id)


def close_request(session: Session, connection: Connection, request_id: int, *, outcome: str, ids: list[int]) -> None:
    """It is done. outcome: words and counts. ids: whom it meant. To be called in the transaction that did it."""
    steps = Script(connection, STEPS, now=session.clock(), actor=session.actor)
    steps.run("close", id=request_id, state="done", outcome=outcome, ids=ids)


def preview_request(session: Session, request_id: int) -> dict[str, Any]:
    """What serving it would touch: reference, kind, deadline, public ids, names of fields. No value."""
    with session.connection("request") as connection:
        request = find_request(connection, request_id)
        person = person_of_request(session, connection, request) if request["state"] == "open" else Person()
        ids = list(person.contacts)
        found = public_ids(connection, ids)
    return {
        "reference": request["reference"], "kind": request["kind"], "state": request["state"],
        "due_at": request["ends_at"], "identity_check": request["identity_check"],
        "contacts": found,
        "shared": dict(person.shared),
        "fields": sorted(request["details"] or {}) if request["kind"] == "rectify" else [],
        "lifts": bool((request["details"] or {}).get("lift")) if request["kind"] == "restrict" else False,
    }  # fmt: skip


def _details(kind: str, details: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """As they are kept. None: nobody said."""
    if details is not None and kind == "rectify":
        return checked_corrections(details)
    return {"lift": bool(details.get("lift"))} if details is not None and kind == "restrict" else None


def _subject(
    session: Session, connection: Connection, steps: Script, who: str | None, contact: str | None
) -> dict[str, Any]:
    """key and channel, or contact_id; nothing of what was given is kept."""
    if who is not None and contact is not None:
        raise UsageError("Give an address or number, or --contact, not both.")
    found: dict[str, Any] = {"key": None, "channel": None, "contact_id": None}
    if who is not None:
        subject = subject_of(session, who)
        remember_mailbox(connection, subject)
        found |= {"key": subject.key, "channel": subject.channel}
    elif contact is not None:
        rows = steps.rows("contact", id=as_number(contact), public_id=as_uuid(contact))
        if not rows:
            raise UsageError("There is no contact with that id.")
        found["contact_id"] = rows[0]["id"]
    return found


def _opened(
    steps: Script,
    connection: Connection,
    wanted: Mapping[str, Any],
    asked: Mapping[str, Any] | None,
    *,
    is_new_letter: bool,
) -> int:
    """is_new_letter: it has a date of its own, so it is not what is written down already."""
    is_known = wanted["reference"] is not None and steps.rows("by_reference", **wanted)
    if wanted["kind"] == "rectify" and asked is None and not is_known:
        raise UsageError("Say what is to be corrected: --set field=value.")
    if wanted["reference"] is None and not is_new_letter and (same := steps.rows("same_open", **wanted)):
        return int(same[0]["id"])
    if made := [] if is_known else steps.rows("open", **wanted):  # another process may have just opened it
        if wanted["reference"] is None:
            steps.run("make_reference", id=made[0]["id"])
        return int(made[0]["id"])
    number = _known(steps, wanted["reference"])
    _agree(connection, find_request(connection, number), wanted, asked)
    return number


def _agree(
    connection: Connection, request: Request, wanted: Mapping[str, Any], asked: Mapping[str, Any] | None
) -> None:
    """A reference that was given before means the same matter, or it is refused."""
    steps, reference, is_open = Script(connection, STEPS), request["reference"], request["state"] == "open"
    if request["kind"] != wanted["kind"]:
        raise UsageError(f"{reference} is written down as a request for {request['kind']}.")
    if is_open and asked is not None and request["details"] is None:  # came out of the ledger, which has no values
        steps.run("say_again", id=request["id"], details=json.dumps(asked))
    elif is_open and asked is not None and asked != request["details"]:
        raise UsageError(f"{reference} is written down with something else to do; refuse it, and open another.")
    key = None if request["subject_key"] is None else bytes(request["subject_key"])
    if wanted["key"] is not None:
        is_theirs = key == wanted["key"]
        if not is_open and key is None and request["contact_id"] is None:  # erased, with whose request it was
            is_theirs = steps.one("is_erased", key=wanted["key"])["is_erased"]
    elif wanted["contact_id"] is not None:
        is_theirs = request["contact_id"] == wanted["contact_id"]
        if is_open and request["contact_id"] is None and key is not None:
            is_theirs = wanted["contact_id"] in contacts_of(connection, key, request["channel"])
            if is_theirs:
                steps.run("name_contact", id=request["id"], contact_id=wanted["contact_id"])
    else:
        is_theirs = True
    if not is_theirs:
        raise UsageError(f"{reference} is written down for somebody else.")


def _known(steps: Script, reference: str) -> int:
    rows = steps.rows("by_reference", reference=reference)
    if not rows:
        raise UsageError(f"There is no request {reference}. `contact-pipeline requests list` shows them.")
    return int(rows[0]["id"])


def _open_one(connection: Connection, reference: str) -> tuple[Script, dict[str, Any]]:
    steps = Script(connection, STEPS)
    number = _known(steps, reference)
    if lock_request(connection, number)["state"] != "open":
        request = find_request(connection, number)
        raise UsageError(f"{reference} is closed: {request['state']} on {request['closed_at']:%Y-%m-%d}.")
    return steps, find_request(connection, number)


def _is_said(text: str, otherwise: str) -> None:
    if not text.strip():
        raise UsageError(otherwise)
    _names_nobody(text)


def _names_nobody(text: str) -> None:
    """Requests outlive the people who made them."""
    if "@" in text:
        raise UsageError("Write no address into it: requests name nobody.")
