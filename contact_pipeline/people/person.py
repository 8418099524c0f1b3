"""A person is more than one contact: who shares a key that is one person's alone is that person.

Exclusive keys: an address in any writing of its mailbox, a profile, a mobile number that is valid. An address of a
function (info@) is nobody's alone; one that people of different names share is a household's. Such sharing joins
nobody: it is named, and a person decides (docs/privacy.md).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.emails.roles import is_role_address
from contact_pipeline.people.comparing import is_same
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)

FUNCTION, HOUSEHOLD = "address of a function", "household: another name"


@dataclass(frozen=True)
class Person:
    """contacts: internal ids, those asked about among them. shared: public ids of contacts that only share an address
    of a function or a household, and which of both."""

    contacts: tuple[int, ...] = ()
    shared: Mapping[str, str] = field(default_factory=dict)


def person_of(connection: Connection, ids: Iterable[int]) -> Person:
    """Everybody who is the same person as these contacts, which are one, through any number of shared keys."""
    asked = sorted(set(ids))
    found = persons_of(connection, asked)
    contacts = {contact for person in found for contact in person.contacts}
    shared = {other: why for person in found for other, why in person.shared.items()}
    return Person(tuple(sorted(contacts)), _of_others(connection, contacts, shared))


def persons_of(connection: Connection, ids: Iterable[int]) -> list[Person]:
    """The persons behind these contacts, each once, lowest contact first. All are looked for at once: a file may bring
    a hundred thousand opt-outs."""
    steps, person = Script(connection, STEPS), _Persons(ids)
    shared: dict[int, dict[str, str]] = {}
    frontier = sorted(person.leader)
    while frontier:
        reached: set[int] = set()
        for link in steps.rows("links", ids=frontier):
            if why := _why_not(link):
                shared.setdefault(link["id"], {})[str(link["other_public_id"])] = why
            elif person.join(link["id"], link["other_id"]):
                reached.add(link["other_id"])
        frontier = sorted(reached)
    found = []
    for contacts in person.groups():
        others = {other: why for contact in contacts for other, why in shared.get(contact, {}).items()}
        found.append(Person(contacts, _of_others(connection, contacts, others)))
    return found


def public_ids(connection: Connection, ids: Iterable[int]) -> list[str]:
    """Of these contacts, as they are named to people."""
    return [str(row["public_id"]) for row in Script(connection, STEPS).rows("public_ids", ids=list(ids))]


def opted_out(connection: Connection) -> list[int]:
    """Contacts that the opt-outs of the drop being applied have reached."""
    return [row["id"] for row in Script(connection, STEPS).rows("touched")]


def linked_in_drop(connection: Connection, drop_key: str) -> list[int]:
    """Contacts of a drop that share a number, known to be a mobile one only now, with who has said something."""
    return [row["id"] for row in Script(connection, STEPS).rows("links_of_drop", drop_key=drop_key)]


def holders_of_keys(connection: Connection, keys: Sequence[bytes]) -> list[int]:
    """Contacts that have one of these keys, in any writing."""
    return [row["id"] for row in Script(connection, STEPS).rows("holders", keys=list(keys))]


class _Persons:
    """Which contacts are one person so far: each has a leader (union-find)."""

    def __init__(self, ids: Iterable[int]) -> None:
        self.leader = {contact: contact for contact in ids}

    def join(self, one: int, other: int) -> bool:
        """True when `other` was not known before."""
        is_new = other not in self.leader
        self.leader.setdefault(other, other)
        first, second = sorted((self._find(one), self._find(other)))
        self.leader[second] = first
        return is_new

    def groups(self) -> Iterator[tuple[int, ...]]:
        """The contacts of each person."""
        members: dict[int, list[int]] = {}
        for contact in sorted(self.leader):
            members.setdefault(self._find(contact), []).append(contact)
        return map(tuple, members.values())

    def _find(self, contact: int) -> int:
        while (above := self.leader[contact]) != contact:
            self.leader[contact] = self.leader[above]
            contact = above
        return contact


def _of_others(connection: Connection, contacts: Collection[int], shared: Mapping[str, str]) -> dict[str, str]:
    """Without those that another key joins after all."""
    if not shared:
        return {}
    own = set(public_ids(connection, contacts))
    return {other: why for other, why in shared.items() if other not in own}


def _why_not(link: Mapping[str, Any]) -> str | None:
    """Why the two are not taken for one person."""
    if link["kind"] == "address" and is_role_address(link["value"]):
        return FUNCTION
    if link["name"] and link["other_name"] and not is_same("name", link["name"], link["other_name"]):
        return HOUSEHOLD
    return None


def close_everywhere(session: Session, connection: Connection, ids: Sequence[int]) -> list[dict[str, Any]]:
    """What any contact of a person said against a channel, or has restricted, holds for all of them, at once. To be
    called in the transaction that wrote it down, for the contacts that it reached. Returns the suppressions that this
    adds, as the ledger of facts takes them."""
    persons = persons_of(connection, ids)
    if not persons:
        return []
    steps = Script(connection, STEPS, now=session.clock(), actor=session.actor)
    pairs = [(number, contact) for number, person in enumerate(persons) for contact in person.contacts]
    steps.run("forget_members")
    steps.run("create_members", persons=[n for n, _ in pairs], contacts=[contact for _, contact in pairs])
    steps.run("create_keys")
    added = steps.rows("close_everywhere") + steps.rows("leave_everywhere")
    steps.run("restrict_everywhere", "forbid", "forget_members")
    return added
