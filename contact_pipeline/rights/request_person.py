"""Whom a request of a person means: an address or number is looked up when the request is served."""

from collections.abc import Mapping
from typing import Any

from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.core.errors import UsageError
from contact_pipeline.emails.normal_forms import identities
from contact_pipeline.people.person import Person, person_of, persons_of, public_ids
from contact_pipeline.phones.normal_forms import numbers
from contact_pipeline.rights.closing import contacts_of, holders_of
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)

Request = Mapping[str, Any]  # a row of ops.subject_requests

IN_ANY_WRITING = ("restrict", "erase", "object")  # a match by another writing of the address may only restrict


def person_of_request(session: Session, connection: Connection, request: Request) -> Person:
    """Whom the request means now: the contact that was named, or all that have the address or number, first or further,
    with every other contact of the same person. What restricts or erases finds the address in any writing.

    Raises UsageError where the address or number is several people's (a switchboard, info@, a family): a person says
    whom, and the others that share it are named in `shared`.
    """
    steps = Script(connection, STEPS)
    if request["contact_id"] is not None:
        return person_of(connection, [row["id"] for row in steps.rows("living", id=request["contact_id"])])
    if request["subject_key"] is None:
        return Person()
    key = bytes(request["subject_key"])
    known = (holders_of if request["kind"] in IN_ANY_WRITING else contacts_of)(connection, key, request["channel"])
    ids = sorted(set(known) | _unjudged(session, steps, key, request["channel"]))
    persons = persons_of(connection, ids)
    if len(persons) < 2:
        return persons[0] if persons else Person()
    if request["channel"] == "phone":
        why = "A number of several people says nothing about who asks"
    elif steps.one("is_of_a_function", ids=ids, key=key)["is_of_a_function"]:
        why = "An address of a function is several people's"
    else:
        why = "People of different names have this address"
    found = ", ".join(public_ids(connection, ids))
    raise UsageError(f"{why}. Say whom: --contact ID --request-ref {request['reference']}, where ID is one of {found}.")


def _unjudged(session: Session, steps: Script, key: bytes, channel: str) -> set[int]:
    """Contacts whose address or number has no key yet: written by hand, and not judged since."""
    rows = steps.rows("unjudged", channel=channel)
    if channel == "email":
        written = identities(row["value"] for row in rows)
        return {row["id"] for row in rows if session.key.email(written[row["value"]]) == key}
    return {
        row["id"]
        for row in rows
        for number in numbers([row["value"]], [None, row["region"]]).values()
        if session.key.phone(number) == key
    }


def contacts_named(session: Session, connection: Connection, request: Request, ids: list[int]) -> list[int]:
    """Of the person's contacts those that the request itself means."""
    if request["contact_id"] is not None:
        return [request["contact_id"]]
    key, steps = bytes(request["subject_key"]), Script(connection, STEPS)
    known = contacts_of(connection, key, request["channel"])
    return sorted(set(known) | _unjudged(session, steps, key, request["channel"]) & set(ids))
