"""Rows that bring an erased person back, recognised by keyed hash before anything of them is stored."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd

from contact_pipeline.adapters.postgres.engine import Connection, Script
from contact_pipeline.emails import normalize_emails
from contact_pipeline.people import IdentityNormalizers, identity_keys
from contact_pipeline.phones import normalize_phones

if TYPE_CHECKING:
    from contact_pipeline.orchestration.pipeline import Pipeline

IsErased = Callable[[pd.DataFrame], "pd.Series[bool]"]


def erased_rows(pipeline: "Pipeline", connection: Connection, source: str) -> IsErased | None:
    """For a drop of this source, inside the transaction that lands it; None while nobody was ever erased.

    A row is an erased person's by any of its addresses, its profile, its source's record id or, where it has none of
    them, by its number or all of its values. An erasure that begins meanwhile waits for this transaction.
    """
    steps = Script(connection, "erasure")
    steps.rows("landing_begins")
    keys = {bytes(row["subject_key"]) for row in steps.rows("erased_keys")}
    if not keys:
        return None
    default_region = pipeline.policy.source(source).default_region

    def is_erased(rows: pd.DataFrame) -> "pd.Series[bool]":
        key = pipeline.key
        found = identity_keys(rows, source, key, IdentityNormalizers(normalize_emails, normalize_phones))
        known = found["email_key"].isin(keys) | found["row_key"].isin(keys)
        bare = rows[["record_id", "email", "more_emails", "linkedin_url"]].isna().all(axis=1) & rows["phone"].notna()
        parts = [
            _bears(rows["record_id"], lambda value: key.record(source, value), keys),
            _bears(rows["linkedin_url"], key.profile, keys),
            _bears(_normalized(rows["more_emails"].dropna().explode().astype("str")), key.email, keys),
            _bears(_numbers(rows[bare], default_region), key.phone, keys),
        ]
        return known | rows.index.isin([label for part in parts for label in part])

    return is_erased


def _bears(values: "pd.Series[str]", key_of: Callable[[str], bytes], keys: set[bytes]) -> list[object]:
    """Index labels of the values whose keyed hash is known."""
    present = values.dropna()
    return [label for label, value in zip(present.index, present, strict=True) if key_of(value) in keys]


def _normalized(emails: "pd.Series[str]") -> "pd.Series[str]":
    """In the spelling that identity uses; as written where there is none."""
    if emails.empty:
        return emails
    normalized = normalize_emails(emails.reset_index(drop=True))["email_normalized"].set_axis(emails.index)
    return normalized.where(normalized.notna(), emails)


def _numbers(rows: pd.DataFrame, default_region: str | None) -> "pd.Series[str]":
    if rows.empty:
        return pd.Series(dtype="str")
    regions = [region if isinstance(region, str) else default_region for region in rows["country"]]
    frame = pd.DataFrame({"phone": rows["phone"], "region": pd.Series(regions, index=rows.index, dtype="str")})
    return normalize_phones(frame)["phone_e164"]
