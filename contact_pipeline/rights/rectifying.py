"""What a person says is wrong about them becomes right (GDPR Art. 16), and stays so.

Their word outranks every provider and every list. An address or number that changes is judged anew before it is used.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from contact_pipeline.adapters.postgres.engine import Connection
from contact_pipeline.core.errors import UsageError
from contact_pipeline.profiles.enriching import open_store
from contact_pipeline.profiles.planning import VERIFIED
from contact_pipeline.profiles.reviewing import say
from contact_pipeline.stage.session import Session


def rectify(
    session: Session, connection: Connection, ids: Sequence[int], values: Mapping[str, str], *, named: Sequence[int]
) -> str:
    """Write the values of every contact of one person; returns what was done, in names of fields. All of them or none.

    named: those of `ids` that the request itself means; only their address or number is the one that was wrong.
    """
    for contact_id in ids:
        ours = values if contact_id in named else {f: v for f, v in values.items() if f not in VERIFIED}
        if ours:
            _rectify_one(session, connection, contact_id, ours)
    return f"corrected: {', '.join(sorted(values))} of {len(ids)} contact{'s' if len(ids) > 1 else ''}"


def _rectify_one(session: Session, connection: Connection, contact_id: int, values: Mapping[str, str]) -> None:
    (contact,) = open_store(session, connection, "").contacts([contact_id])
    if _contradicted(contact, values):
        raise UsageError("The contact's name would still say what was wrong: correct that in the same request.")
    if refused := say(session, connection, contact_id, values):
        raise UsageError(
            f"Nothing was corrected, as {', '.join(refused)} cannot be taken: another contact has that address, or it "
            "is known to be dead. Look at both contacts first."
        )


def _contradicted(contact: Mapping[str, Any], values: Mapping[str, str]) -> list[str]:
    """Parts of the name that fit the whole one and, corrected alone, would not any longer.

    The other way round the parts follow by themselves."""
    return [
        part
        for part in ("given_name", "family_name")
        if part in values
        and "name" not in values
        and contact["name"]
        and contact[part]
        and contact[part].casefold() in contact["name"].casefold()
        and values[part].casefold() not in contact["name"].casefold()
    ]
