"""What a person says is wrong about them becomes right (GDPR Art. 16), and stays so. No Dagster here.

Their word outranks every provider and every list. An address or number that changes is judged anew before it is used.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from contact_pipeline.adapters.postgres.engine import Connection
from contact_pipeline.core.errors import UsageError
from contact_pipeline.emails.normal_forms import sound_addresses
from contact_pipeline.profiles.enriching import open_store
from contact_pipeline.profiles.planning import VERIFIED
from contact_pipeline.profiles.reviewing import CORRECTABLE, say
from contact_pipeline.reading.links import profile_url
from contact_pipeline.schemas.columns import Column
from contact_pipeline.schemas.judged import DERIVED_PROFILES
from contact_pipeline.schemas.landed import LANDED_ROWS, LONGEST_TEXT
from contact_pipeline.stage.session import Session

_LIKE = {
    "email": "an e-mail address", "linkedin_url": "a LinkedIn profile's address", "company_domain": "a domain",
    "country": "two capital letters, ISO 3166-1",
}  # fmt: skip
_RULES: Mapping[str, Column] = {c.name: c for table in (DERIVED_PROFILES, LANDED_ROWS) for c in table.columns}


def checked_corrections(values: Mapping[str, Any]) -> dict[str, str]:
    """field → value in our spelling. Raises UsageError naming the field that is wrong, never its value."""
    if not values:
        raise UsageError("Say what is to be corrected: --set field=value.")
    return {field: _checked(field, str(value).strip()) for field, value in values.items()}


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


def _checked(field: str, value: str) -> str:
    if field not in CORRECTABLE:
        raise UsageError(f"{field} is not a field that can be corrected: {', '.join(CORRECTABLE)}.")
    if not value:
        # An empty field is filled again: a list that still has the value would bring it back at the next run.
        raise UsageError(
            f"{field}: a value can be corrected, not emptied. To have it removed, the person asks for erasure."
        )
    rule = _RULES.get(field)
    longest = (rule.longest if rule else None) or LONGEST_TEXT
    if len(value) > longest or not value.isprintable():
        raise UsageError(f"{field}: too long, or not one line of text.")
    if field == "email":
        found = sound_addresses([value]).get(value)
    elif field == "linkedin_url":
        found = profile_url(value)
    elif field == "company_domain":
        found = value.lower()
    else:
        found = value
    if found is None or (rule and rule.pattern and not re.fullmatch(rule.pattern, found)):
        raise UsageError(f"{field}: that is no value of it ({_LIKE.get(field, 'see docs/data-dictionary.md')}).")
    return found


def _contradicted(contact: Mapping[str, Any], values: Mapping[str, str]) -> list[str]:
    """Parts of the name that fit the whole one and, corrected alone, would not any longer.

    The other way round the parts follow by themselves."""
    return [
        part for part in ("given_name", "family_name")
        if part in values and "name" not in values and contact["name"] and contact[part]
        and contact[part].casefold() in contact["name"].casefold()
        and values[part].casefold() not in contact["name"].casefold()
    ]  # fmt: skip
