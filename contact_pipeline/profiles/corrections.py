"""What a person may correct, and whether a value can stand in that field."""

import re
from collections.abc import Mapping
from typing import Any

from contact_pipeline.core.errors import UsageError
from contact_pipeline.emails.normal_forms import sound_addresses
from contact_pipeline.reading.links import profile_url
from contact_pipeline.schemas.columns import Column
from contact_pipeline.schemas.judged import DERIVED_PROFILES
from contact_pipeline.schemas.landed import LANDED_ROWS, LONGEST_TEXT

CORRECTABLE = (
    "name", "given_name", "family_name", "email", "phone", "title", "seniority", "company", "company_domain",
    "linkedin_url", "location", "country",
)  # fmt: skip
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
