"""Whom an address or number means, by its keyed hash. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from contact_pipeline.core.errors import UsageError
from contact_pipeline.emails.canonical import canonical_address
from contact_pipeline.emails.syntax import normalize_emails
from contact_pipeline.phones.normalize import numbers_to_restrict
from contact_pipeline.stage.session import Session


@dataclass(frozen=True)
class Subject:
    """Whose address or number it is. channel: of the address or number itself. canonical_key: of an address, the one
    that all writings of its mailbox share."""

    channel: str
    key: bytes
    canonical_key: bytes | None = None


def subject_of(session: Session, who: str) -> Subject:
    """EMAIL or PHONE (with its country code) as somebody wrote it. Raises UsageError for what is neither."""
    found = subjects_of(session, [who]).get(who)
    if found is None:
        raise UsageError("That is neither an e-mail address nor a phone number with its country code (+49 …).")
    return found


def subjects_of(session: Session, written: Iterable[str]) -> dict[str, Subject]:
    """As written → whose it is, of many at once; what is neither address nor number is left out."""
    every = sorted(set(written))
    addresses = pd.Series([text for text in every if "@" in text], dtype="str")
    numbers = [text for text in every if "@" not in text and text.strip()]
    found: dict[str, Subject] = {}
    if len(addresses):
        for text, address in zip(addresses, normalize_emails(addresses.str.strip())["email_normalized"], strict=True):
            if isinstance(address, str):
                mailbox = session.key.email(canonical_address(address))
                found[text] = Subject("email", session.key.email(address), mailbox)
    if numbers:
        frame = pd.DataFrame({"phone": [text.strip() for text in numbers], "region": [None] * len(numbers)})
        for text, e164 in zip(numbers, numbers_to_restrict(frame)["phone_e164"], strict=True):
            if isinstance(e164, str):
                found[text] = Subject("phone", session.key.phone(e164))
    return found
