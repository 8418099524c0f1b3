"""The rule of identity at ingest, read row by row: the reference that the set-based SQL must agree with.

A key (record id within its source, e-mail, profile URL, bare row) belongs to the contact of the first row that bore it.
A row goes to the contact of its best known key, else it makes a new one. An e-mail that belongs to another contact than
the record id is a review.

Across drops the rule is kept only while keys are plain: a key that rows give to two contacts is contested (which of
them a later drop finds is left open), and of a contact's profile URLs only the one in use is remembered.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

Key = tuple[str | None, ...]


class Row(NamedTuple):
    """One row; None is an empty cell."""

    record_id: str | None = None
    email: str | None = None
    profile: str | None = None
    name: str | None = None

    @property
    def is_contact(self) -> bool:
        return any(self)


@dataclass
class SequentialRule:
    """The world after some rows."""

    owner: dict[Key, int] = field(default_factory=dict)
    contacts: int = 0
    reviews: list[tuple[int, int]] = field(default_factory=list)

    def keys(self, source: str, row: Row) -> list[Key]:
        """Best first."""
        keys: list[Key] = []
        if row.record_id:
            keys.append(("record", source, row.record_id))
        if row.email:
            keys.append(("email", row.email.lower()))
        if row.profile:
            keys.append(("profile", row.profile))
        return keys or [("row", source, row.name)]

    def is_plain(self, source: str, row: Row) -> bool:
        """All known keys of the row belong to one contact, which has no other profile."""
        owners = {self.owner[key] for key in self.keys(source, row) if key in self.owner}
        profiles = {key for key, owner in self.owner.items() if key[0] == "profile" and owner in owners}
        return len(owners) <= 1 and (not row.profile or profiles <= {("profile", row.profile)})

    def take(self, source: str, row: Row) -> tuple[str, int]:
        """(outcome, contact) of the next row."""
        keys = self.keys(source, row)
        known = [self.owner[key] for key in keys if key in self.owner]
        contact = known[0] if known else self.contacts
        if not known:
            self.contacts += 1
        if row.record_id and row.email and self.owner.get(("email", row.email.lower()), contact) != contact:
            self.reviews.append((contact, self.owner["email", row.email.lower()]))
        for key in keys:
            self.owner.setdefault(key, contact)
        return ("merged" if known else "loaded"), contact
