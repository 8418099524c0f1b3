"""Rows of an erased person, recognised by keyed hash before anything of them is stored."""

import json
import re
from collections.abc import Callable, Set

import pandas as pd

from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.emails.canonical import canonical_address
from contact_pipeline.emails.syntax import normalize_emails
from contact_pipeline.people.apply import identity_keys
from contact_pipeline.phones.normalize import numbers_to_restrict
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)

ADDRESS = re.compile(r"""[^\s"'<>(),;:|\\\[\]]+@[^\s"'<>(),;:|\\\[\]]+\.[^\s"'<>(),;:|\\\[\].]+""")
IsErased = Callable[[pd.DataFrame], "pd.Series[bool]"]


def erased_rows(session: Session, connection: Connection, source: str) -> IsErased | None:
    """For a drop of this source, inside the transaction that lands it; None while nobody was ever erased.

    An erasure that begins meanwhile waits for this transaction.
    """
    steps = Script(connection, STEPS)
    steps.rows("landing_begins")
    keys = {bytes(row["subject_key"]) for row in steps.rows("erased_keys")}
    return recogniser(session, keys, source) if keys else None


def recogniser(session: Session, keys: Set[bytes], source: str) -> IsErased:
    """Tells whose rows of this source are: those of who has one of the keys.

    By any address, profile or record id; where a row has none of them, by its number or all of its values. A row that
    could not be read into columns is known by any address in the text that is kept of it.
    """
    key, default_region = session.key, session.policy.source(source).default_region

    def mailbox(address: str) -> bytes:
        return key.email(canonical_address(address))

    def bears_address(written: "pd.Series[str]") -> list[list[object]]:
        found = _normalized(written)
        return [_bears(found, key.email, keys), _bears(found, mailbox, keys)]

    def is_theirs(rows: pd.DataFrame) -> "pd.Series[bool]":
        found = identity_keys(rows, source, key)
        known = found["email_key"].isin(keys) | found["row_key"].isin(keys)
        nameless = rows[["record_id", "email", "more_emails", "linkedin_url"]].isna().all(axis=1)
        parts = [
            _bears(rows["record_id"], lambda value: key.record(source, value), keys),
            _bears(rows["linkedin_url"], key.profile, keys),
            _bears(_first_addresses(rows, found), mailbox, keys),
            *bears_address(rows["more_emails"].dropna().explode().astype("str")),
            _bears(_numbers(rows[nameless & rows["phone"].notna()], default_region), key.phone, keys),
            *bears_address(_addresses(rows.loc[nameless, "extra"])),
        ]
        return known | rows.index.isin([label for part in parts for label in part])

    return is_theirs


def _addresses(texts: "pd.Series[str]") -> "pd.Series[str]":
    """Whatever looks like an address in these JSON objects of texts, under the label of its row."""
    found = [
        (label, address)
        for label, text in texts.dropna().items()
        for cell in json.loads(text).values()
        for address in ADDRESS.findall(str(cell))
    ]
    return pd.Series([a for _, a in found], index=[label for label, _ in found], dtype="str")


def _bears(values: "pd.Series[str]", key_of: Callable[[str], bytes], keys: Set[bytes]) -> list[object]:
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
    return numbers_to_restrict(frame)["phone_e164"]


def _first_addresses(rows: pd.DataFrame, prepared: pd.DataFrame) -> "pd.Series[str]":
    """Also one that breaks the syntax: who was erased under it is known by it."""
    normalized = prepared["email_normalized"]
    return normalized.where(normalized.notna(), rows["email"].str.strip())
