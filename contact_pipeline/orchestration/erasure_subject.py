"""Whom an erasure is about: every writing of the person's values, and the keyed hashes that nobody else has."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from contact_pipeline.adapters.postgres.erasure_store import PostgresErasureStore
from contact_pipeline.adapters.postgres.value_search import likes
from contact_pipeline.compliance import SubjectValues, needles_of
from contact_pipeline.emails import normalize_emails
from contact_pipeline.phones import normalize_phones

if TYPE_CHECKING:
    from contact_pipeline.orchestration.pipeline import Pipeline


def identify(
    pipeline: "Pipeline", store: PostgresErasureStore, ids: Sequence[int], known: SubjectValues
) -> tuple[SubjectValues, dict[str, str]]:
    """What the contacts have, and `known`: their values with the keys that no other contact has, and of these key →
    channel. Also keys of values that they had once, or that nobody has judged yet."""
    values = known.joined(store.known_values(ids))
    regions = [None, *(row["region"] for row in store.steps.rows("known_regions", ids=list(ids)))]
    values = values.joined(SubjectValues(numbers=tuple(numbers(values.phones, regions).values())))
    channels = {bytes(row["key"]).hex(): row["channel"] for row in store.steps.rows("known_keys", ids=list(ids))}
    channels |= {pipeline.key.email(identity).hex(): "email" for identity in identities(values.emails).values()}
    channels |= {pipeline.key.phone(number).hex(): "phone" for number in values.numbers}
    shared = store.steps.rows("shared_keys", ids=list(ids), hex_keys=list(channels), channels=list(channels.values()))
    for row in shared:
        del channels[row["hex"]]
    keys = {*channels, *(pipeline.key.profile(url).hex() for url in values.profiles)}
    for row in store.steps.rows("known_records", ids=list(ids)):
        if row["record_id"] is not None:
            keys.add(pipeline.key.record(row["source"], row["record_id"]).hex())
        if row["row_key"] is not None:
            keys.add(bytes(row["row_key"]).hex())
    return values.joined(SubjectValues(keys=tuple(keys))), channels


def values_of(who: str | None) -> SubjectValues:
    """What somebody typed, as values."""
    if who is None:
        return SubjectValues()
    if "@" in who:
        return SubjectValues(emails=tuple({who.strip(), *identities([who]).values()}))
    return SubjectValues(phones=(who.strip(),), numbers=tuple(numbers([who], [None]).values()))


def recognised(pipeline: "Pipeline", store: PostgresErasureStore, keys: Sequence[str]) -> SubjectValues:
    """Addresses and numbers of rows that no contact has, by their keyed hash: the request names only that."""
    found = [row["value"] for row in store.steps.rows("loose_points") if row["value"]]
    emails = {
        written: identity for written, identity in identities(value for value in found if "@" in value).items()
        if pipeline.key.email(identity).hex() in keys
    }  # fmt: skip
    called = {
        written: number for written, number in numbers([v for v in found if "@" not in v], [None]).items()
        if pipeline.key.phone(number).hex() in keys
    }  # fmt: skip
    return SubjectValues(
        emails=tuple({*emails, *emails.values()}), phones=tuple(called), numbers=tuple(set(called.values()))
    )


def doom_loose(store: PostgresErasureStore, values: SubjectValues) -> None:
    """Rows that no contact has and that bear one of the values as a whole."""
    needles = needles_of(values)
    if not needles.values:
        return
    rows = store.steps.rows("loose_rows", likes=likes(needles.values))
    theirs = [row for row in rows if needles.pattern.search(row["text"].lower())]
    store.steps.run(
        "doom_loose", drops=[row["drop_key"] for row in theirs], numbers=[row["row_number"] for row in theirs]
    )


def domains_of(values: SubjectValues) -> list[str]:
    """Domains of the addresses, as the memory of domains has them."""
    return sorted({identity.rpartition("@")[2].lower() for identity in identities(values.emails).values()})


def identities(emails: Iterable[str]) -> dict[str, str]:
    """As written → in the spelling that identity uses; as written where there is none."""
    written = pd.Series(list(emails), dtype="str")
    if written.empty:
        return {}
    normalized = normalize_emails(written)["email_normalized"]
    return dict(zip(written, normalized.where(normalized.notna(), written.str.strip()), strict=True))


def numbers(phones: Sequence[str], regions: Sequence[str | None]) -> dict[str, str]:
    """As written → in E.164, for those that can be read by one of the regions (None: with a country code)."""
    pairs = [(phone, region) for phone in phones for region in regions]
    frame = pd.DataFrame(pairs, columns=["phone", "region"]).astype({"phone": "str"})
    read = normalize_phones(frame)["phone_e164"]
    return {phone: number for (phone, _), number in zip(pairs, read, strict=True) if isinstance(number, str)}
