"""One drop's rows become contacts: keys for identity, points, opt-outs. Refuses to judge: that is for later stages.

The matching itself is set-based and lives with its statements (people/store.sql); this module
prepares what it needs, chunk by chunk, from pure functions.
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from contact_pipeline.core.pii import SubjectKey
from contact_pipeline.emails.canonical import canonical_address
from contact_pipeline.emails.syntax import normalize_emails
from contact_pipeline.people.store import ROW_IDENTITY, ContactStore
from contact_pipeline.phones.normalize import every_reading, numbers_to_restrict

APPLY_RULES = "contacts-3"


Closed = tuple[bytes | None, bytes | None]  # the exact key, and the canonical one of an address


def apply_drop(
    store: ContactStore,
    *,
    source: str,
    regions: Sequence[str | None],
    key: SubjectKey,
) -> None:
    """Hand the store every unapplied row's keys, further points and opt-outs."""
    for rows in store.chunks(restricted_only=False):
        prepared = identity_keys(rows, source, key)
        store.add_rows(prepared)
        points = _points(rows, key)
        store.add_points(points)
        store.add_addresses(
            pd.concat([prepared["email_normalized"], points.loc[points["kind"] == "email", "value"]]).dropna()
        )
        store.add_restrictions(_restrictions(rows, prepared, regions, key))
    for rows in store.chunks(restricted_only=True, rows="outcome = 'quarantined'"):
        store.add_restrictions(_restrictions(rows, identity_keys(rows, source, key), regions, key))


def read_opt_outs(store: ContactStore, *, source: str, regions: Sequence[str | None], key: SubjectKey) -> None:
    """Only the opt-outs, also of rows that cannot be used: for a drop that is held, and for a file that holds nothing
    else. regions: the source's own first, then any in which a number may have been written."""
    for rows in store.chunks(restricted_only=True, rows=f"({store.rows} or outcome = 'quarantined')"):
        prepared = identity_keys(rows, source, key)
        store.add_restrictions(_restrictions(rows, prepared, regions, key))


def identity_keys(rows: pd.DataFrame, source: str, key: SubjectKey) -> pd.DataFrame:
    """What each row is recognised by: row_number, record_id, profile_url, email_normalized, email_key and, for rows
    that have none of these, row_key."""
    prepared = rows[["row_number", "record_id"]].copy()
    prepared["profile_url"] = rows["linkedin_url"]
    prepared["email_normalized"] = normalize_emails(rows["email"])["email_normalized"]
    identity = prepared["email_normalized"]  # only a valid address is somebody's
    prepared["email_key"] = [None if pd.isna(v) else key.email(v) for v in identity]
    bare = rows["record_id"].isna() & identity.isna() & rows["linkedin_url"].isna()
    prepared["row_key"] = None
    if bare.any():
        values = rows.loc[bare, [*ROW_IDENTITY, "email"]]
        prepared["row_key"] = pd.Series(
            [key.row(source, _told_apart(row)) for row in values.itertuples(index=False)],
            index=values.index,
            dtype=object,
        )
    return prepared


def _told_apart(row: tuple[Any, ...]) -> list[str | None]:
    """The values by which a bare row is known again; an address that breaks the syntax is one of them."""
    *values, email = (None if pd.isna(value) else value for value in row)
    return [*values, email] if email else values


def _points(rows: pd.DataFrame, key: SubjectKey) -> pd.DataFrame:
    emails = _exploded(rows, "more_emails")
    normalized = normalize_emails(emails["value"])["email_normalized"]
    emails["value"] = normalized.where(normalized.notna(), emails["value"])
    emails["email_key"] = [key.email(v) for v in emails["value"]]
    emails["kind"] = "email"
    phones = _exploded(rows, "more_phones")
    phones["email_key"] = None
    phones["kind"] = "phone"
    return pd.concat([frame for frame in (emails, phones) if len(frame)] or [emails])


def _exploded(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """One row for each value of a list column, with its position from 1."""
    present = rows.loc[rows[column].notna(), ["row_number", column]]
    records: list[tuple[Any, ...]] = [
        (number, value, position)
        for number, values in present.itertuples(index=False)
        for position, value in enumerate(values, start=1)
    ]
    return pd.DataFrame(records, columns=["row_number", "value", "position"]).astype({"value": "str"})


def _restrictions(
    rows: pd.DataFrame,
    prepared: pd.DataFrame,
    regions: Sequence[str | None],
    key: SubjectKey,
) -> pd.DataFrame:
    """Each opt-out with the key of every address or number of its row. A bounce is about the first address only."""
    restricted = rows[rows["restrictions"].notna()]
    addresses = prepared.loc[restricted.index, "email_normalized"].to_dict()
    records: list[tuple[Any, ...]] = []
    phones = _row_phones(restricted, regions, key)
    nobody: Closed = (None, None)
    for row in restricted.itertuples():
        restrictions: list[str] = row.restrictions  # type: ignore[assignment] # a column of lists
        first = addresses[row.Index]
        for restriction in restrictions:
            channel, _, reason = restriction.partition(":")
            closed: list[Closed]
            if channel in ("phone", "sms"):
                closed = [(k, None) for k in phones.get(row.Index, [])]
            else:
                closed = [_mailbox(first, key) if isinstance(first, str) else nobody]
                if reason != "hard_bounce" and isinstance(row.more_emails, list):
                    further = normalize_emails(pd.Series(row.more_emails, dtype="str"))["email_normalized"]
                    closed += [_mailbox(value, key) for value in further.dropna()]
            records += [(row.row_number, channel, reason, *keys) for keys in closed or [nobody]]
    return pd.DataFrame(records, columns=["row_number", "channel", "reason", "subject_key", "canonical_key"])


def _mailbox(address: str, key: SubjectKey) -> Closed:
    """The address's own key and that of all writings of its mailbox."""
    return key.email(address), key.email(canonical_address(address))


def _row_phones(rows: pd.DataFrame, regions: Sequence[str | None], key: SubjectKey) -> dict[Any, list[bytes]]:
    """Keys of the numbers of rows that restrict calls, by index label. A number that the row's country or the source's
    region cannot read is closed as every region of the policy may have written it."""
    calls = rows[[any(not r.startswith("email:") for r in rs) for rs in rows["restrictions"]]]
    records = [
        (row.Index, phone, row.country if isinstance(row.country, str) else regions[0])
        for row in calls.itertuples()
        for phone in [row.phone, *(row.more_phones if isinstance(row.more_phones, list) else [])]
        if isinstance(phone, str)
    ]
    frame = pd.DataFrame(records, columns=["label", "phone", "region"]).astype({"phone": "str", "region": "str"})
    keys: dict[Any, list[bytes]] = {}
    read = numbers_to_restrict(frame[["phone", "region"]])["phone_e164"]
    for label, e164 in zip(frame["label"], read, strict=True):
        if isinstance(e164, str):
            keys.setdefault(label, []).append(key.phone(e164))
    unread = frame[read.isna()]
    readings = every_reading(sorted(set(unread["phone"])), regions) if len(unread) else {}
    for label, phone in zip(unread["label"], unread["phone"], strict=True):
        keys.setdefault(label, []).extend(key.phone(e164) for e164 in readings[phone])
    return keys
