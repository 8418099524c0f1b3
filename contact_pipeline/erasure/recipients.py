"""Recipients of what was erased here erase it, too, and the certificate says what they answered (GDPR Art. 17(2), 19).

Who they are, and how they are asked, is not known here. Addresses are known until the scrub, encrypted; afterwards a
recipient that still holds one finds it in its own list, and its keyed hash tells whose erasure it was.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.erasure.ledger import ErasureLedger
from contact_pipeline.erasure.proof import certificate_to_change
from contact_pipeline.erasure.search_terms import SubjectValues
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)


@dataclass(frozen=True)
class Untold:
    """An erasure whose addresses are still known. acknowledged: by these recipients. Never printed."""

    erasure: str
    emails: tuple[str, ...]
    acknowledged: frozenset[str]

    def __repr__(self) -> str:
        return f"Untold({self.erasure})"


def untold(session: Session) -> list[Untold]:
    """Erasures on request, as long as their addresses are known; without those that other contacts have, too."""
    ledger = ErasureLedger(session.settings.erasures, session.ledger)
    waiting = ledger.waiting()
    if not waiting:
        return []
    entries = [entry for name, entry in ledger.entries().items() if name in waiting and entry.step == "scanned"]
    with session.connection("erasure: recipients") as connection:
        rows = Script(connection, STEPS).rows("acknowledged", ids=[entry.id for entry in entries])
    by_whom = {str(row["id"]): frozenset(row["recipients"]) for row in rows}
    found = []
    for entry in entries:
        if kept := ledger.values(entry.id):
            values = SubjectValues.from_json(kept)
            emails = tuple(sorted({*values.emails} - {*values.shared}))
            found.append(Untold(entry.id, emails, by_whom.get(entry.id, frozenset())))
    return found


def acknowledge(session: Session, recipient: str, keys: Collection[str], answer: str) -> None:
    """Into the certificate of every erasure of one of these keys (hex) that the recipient has erased them. answer: the
    recipient's own, a word or the number of its job."""
    ledger = ErasureLedger(session.settings.erasures, session.ledger)
    wanted = {entry.id: len(found) for entry in ledger.entries().values() if (found := {*entry.keys} & {*keys})}
    for erasure, addresses in wanted.items():
        with session.connection("erasure: recipients") as connection, connection.transaction():
            certificate = certificate_to_change(connection, erasure)
            if not certificate:
                continue  # asked again when it is proved
            certificate["recipients"] = [
                *certificate.get("recipients", ()),
                {
                    "recipient": recipient, "addresses": addresses, "answer": answer,
                    "acknowledged_at": session.clock().isoformat(),
                },
            ]  # fmt: skip
            sealed = json.dumps(ledger.sealed(certificate))
            Script(connection, STEPS).run("keep_certificate", id=erasure, certificate=sealed)
            ledger.write_certificate(erasure, certificate)  # within: the next one reads what this one has written
