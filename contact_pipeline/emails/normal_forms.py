"""Addresses as written → in the spelling that identity uses."""

from collections.abc import Iterable

import pandas as pd

from contact_pipeline.emails.syntax import normalize_emails


def identities(emails: Iterable[str]) -> dict[str, str]:
    """As written → in the spelling that identity uses; as written where there is none."""
    written = pd.Series(list(emails), dtype="str")
    if written.empty:
        return {}
    normalized = normalize_emails(written)["email_normalized"]
    return dict(zip(written, normalized.where(normalized.notna(), written.str.strip()), strict=True))


def sound_addresses(addresses: Iterable[str]) -> dict[str, str]:
    """As written → normal form, of those that are addresses at all."""
    distinct = pd.Series(sorted(set(addresses)), dtype="str")
    if distinct.empty:
        return {}
    parsed = normalize_emails(distinct)
    usable = parsed["email_normalized"].notna()
    return dict(zip(distinct[usable], parsed.loc[usable, "email_normalized"], strict=True))
