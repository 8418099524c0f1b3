"""Whom an erasure is about: every writing of the person's values, the keyed hashes that nobody else has, and the rows
that no contact has."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

import pandas as pd

from contact_pipeline.adapters.postgres.engine import beside
from contact_pipeline.emails.canonical import canonical_address
from contact_pipeline.emails.normal_forms import identities
from contact_pipeline.erasure.search_terms import SubjectValues, search_terms_of
from contact_pipeline.erasure.store import ErasureStore
from contact_pipeline.erasure.value_search import likes
from contact_pipeline.people.erased import recogniser
from contact_pipeline.phones.normal_forms import numbers
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)

TAIL = 7  # digits at the end of a number, the same however its beginning is written


def identify(
    session: Session,
    store: ErasureStore,
    ids: Sequence[int],
    known: SubjectValues,
    known_channels: Mapping[str, str] | None = None,
) -> tuple[SubjectValues, dict[str, str]]:
    """What the contacts have, and what is known besides: their values with the keys that no other contact has, and of
    these key → channel. Also keys of values that they had once, or that nobody has judged yet."""
    steps = store.script(STEPS)
    values = known.joined(store.known_values(ids))
    regions = [None, *(row["region"] for row in steps.rows("known_regions", ids=list(ids)))]
    values = values.joined(SubjectValues(numbers=tuple(numbers(values.phones, regions).values())))
    channels = dict(known_channels or {})
    channels |= {bytes(row["key"]).hex(): row["channel"] for row in steps.rows("known_keys", ids=list(ids))}
    written = identities(values.emails)
    of_emails = {email: session.key.email(identity).hex() for email, identity in written.items()}
    mailboxes = {session.key.email(canonical_address(identity)).hex() for identity in written.values()}
    of_numbers = {number: session.key.phone(number).hex() for number in values.numbers}
    channels |= dict.fromkeys(of_emails.values(), "email") | dict.fromkeys(of_numbers.values(), "phone")
    asked_about = channels | dict.fromkeys(mailboxes, "email")
    about = {"hex_keys": list(asked_about), "channels": list(asked_about.values())}
    rows = steps.rows("shared_keys", ids=list(ids), **about)
    others = {row["hex"] for row in rows}
    urls = {row["url"] for row in steps.rows("shared_profiles", ids=list(ids), urls=list(values.profiles))}
    channels = {key: channel for key, channel in channels.items() if key not in others}
    # By the mailbox's own key a row is known again that has another writing of the address.
    profiles = {session.key.profile(url).hex() for url in values.profiles if url not in urls}
    keys = {*channels, *profiles, *(mailboxes - others)}
    for row in steps.rows("known_records", ids=list(ids)):
        if row["record_id"] is not None:
            keys.add(session.key.record(row["source"], row["record_id"]).hex())
        if row["row_key"] is not None:
            keys.add(bytes(row["row_key"]).hex())
    shared = {value for value, key in (of_emails | of_numbers).items() if key in others} | urls
    return replace(
        values, keys=tuple(sorted(keys | (set(known.keys) - others))), shared=tuple(sorted(shared))
    ), channels


def claim_loose_rows(session: Session, store: ErasureStore, ids: Sequence[int], values: SubjectValues) -> SubjectValues:
    """Doom the rows that no contact has and that are the person's by the rule that landing has, too; returns what they
    say of the person besides. A value in somebody else's row (an assistant's note) is left to the search."""
    steps = store.script(STEPS)
    terms = search_terms_of(values).own
    looked_for = (*terms.values, *terms.names, *terms.weak)
    tails = {"".join(filter(str.isdigit, phone))[-TAIL:] for phone in (*values.numbers, *values.phones)}
    rows = steps.rows(
        "loose_rows",
        is_known=bool(looked_for),
        likes=likes(looked_for),
        tails=[f"%{tail}%" for tail in tails if len(tail) == TAIL] or [""],
        records=[row["record_id"] for row in steps.rows("known_records", ids=list(ids)) if row["record_id"]],
    )
    keys = {bytes.fromhex(key) for key in values.keys}
    theirs: list[dict[str, Any]] = []
    for source, of_source in groupby(rows, key=lambda row: row["source"]):
        group = list(of_source)
        texts = [name for name in group[0] if name not in ("row_number", "more_emails", "more_phones")]
        frame = pd.DataFrame(group).astype(dict.fromkeys(texts, "str"))
        is_theirs = recogniser(session, keys, source)(frame)
        theirs += [row for row, is_one in zip(group, is_theirs, strict=True) if is_one]
    steps.run("doom_loose", drops=[row["drop_key"] for row in theirs], numbers=[row["row_number"] for row in theirs])
    return SubjectValues(
        emails=_each(theirs, "email", "more_emails"),
        phones=_each(theirs, "phone", "more_phones"),
        profiles=_each(theirs, "linkedin_url"),
        names=_each(theirs, "name", "given_name", "family_name"),
    )


def _each(rows: Iterable[dict[str, Any]], *columns: str) -> tuple[str, ...]:
    """Every value of these columns, whether of text or of lists, once."""
    found = (row[column] for row in rows for column in columns if row[column])
    return tuple(sorted({text for value in found for text in ([value] if isinstance(value, str) else value)}))


def values_of(who: str | None) -> SubjectValues:
    """What somebody typed, as values."""
    if who is None:
        return SubjectValues()
    if "@" in who:
        return SubjectValues(emails=tuple({who.strip(), *identities([who]).values()}))
    return SubjectValues(phones=(who.strip(),), numbers=tuple(numbers([who], [None]).values()))


def domains_of(values: SubjectValues) -> list[str]:
    """Domains of the addresses, as the memory of domains has them."""
    return sorted({identity.rpartition("@")[2].lower() for identity in identities(values.emails).values()})
