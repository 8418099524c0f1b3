"""Which addresses are one mailbox, by keyed hashes: core.address_keys has those whose canonical writing is another.

An address that is not in it is its mailbox's own writing.
"""

from collections.abc import Iterable

from contact_pipeline.adapters.postgres.engine import Connection, Script, beside, statements
from contact_pipeline.core.pii import SubjectKey
from contact_pipeline.emails.canonical import canonical_address

STEPS = beside(__file__)


def remember_address_keys(connection: Connection, addresses: Iterable[str], key: SubjectKey) -> None:
    """addresses: in the spelling that identity uses. In key order, so that two drops over the same people do not wait
    for each other in a circle."""
    differing = {
        key.email(address): key.email(mailbox)
        for address in addresses
        if (mailbox := canonical_address(address)) != address.lower()
    }
    if differing:
        pairs = sorted(differing.items())
        exact, mailboxes = [key for key, _ in pairs], [key for _, key in pairs]
        Script(connection, STEPS).run("remember", exact=exact, canonical=mailboxes)


def fill_address_keys(connection: Connection, key: SubjectKey) -> None:
    """Once for a database that is older than this table: the mailboxes of all addresses and opt-outs that it has."""
    with connection.transaction():
        done = connection.execute(
            "insert into core.policy_values (name, value) values ('address_keys', 1) on conflict do nothing"
        ).rowcount
        if not done:
            return
        with connection.cursor(name="addresses") as addresses:  # on the server: a million are not held at once
            addresses.execute(statements(STEPS)["addresses"])
            while rows := addresses.fetchmany(50_000):
                remember_address_keys(connection, (address for (address,) in rows), key)
        Script(connection, STEPS).run("fill_suppressions")
