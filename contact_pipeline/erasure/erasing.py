"""Erasure (GDPR Art. 17): the ledger first, then tables and files, then the search that proves it.

A crash anywhere is finished by the next start of the program: the ledger outside the database says what was begun, and
every step may be done again. docs/privacy.md tells the order and what is left.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from contact_pipeline.adapters.postgres.alerts import Alerts
from contact_pipeline.adapters.postgres.drop_store import DropStore
from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.core.alerts import ERASURE_UNFINISHED as UNFINISHED
from contact_pipeline.core.ids import disclosure_file_name
from contact_pipeline.drops.archive import rewrite_archived
from contact_pipeline.erasure.ledger import Entry, ErasureLedger
from contact_pipeline.erasure.office import Office, RowNumbers, Say, open_office
from contact_pipeline.erasure.proof import prove, scrub_now
from contact_pipeline.erasure.search_terms import SearchTerms, SubjectValues, search_terms_of
from contact_pipeline.erasure.store import ErasureStore
from contact_pipeline.erasure.subject import claim_loose_rows, domains_of, identify, values_of
from contact_pipeline.people.person import Person, person_of
from contact_pipeline.settings import Settings
from contact_pipeline.stage.contacts_lock import lock_contacts
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)

HALF_DONE = ("begun", "erased")  # steps after which the proof is still to come


@dataclass(frozen=True)
class AskedErasure:
    """What a person asked for, as it stands now. request: its row, checked to be for erasure. person: whom it means.

    Both are asked for anew at each step, since another process may have served it meanwhile. refuse_unidentified raises
    UsageError where nobody has checked that it is the person.
    """

    request: Callable[[], Mapping[str, Any]]
    person: Callable[[Connection, Mapping[str, Any]], Person]
    refuse_unidentified: Callable[[Mapping[str, Any]], None]


def erase_as_asked(
    session: Session,
    asked: AskedErasure,
    *,
    who: str | None = None,
    scrub: bool = False,
    on_step: Say | None = None,
    on_erased: Callable[[], None] | None = None,
) -> dict[str, Any]:
    """Serve a request for erasure and close it. Returns counts, the number of the erasure and its findings.

    who: the address or number as the request has it, where the caller still knows it; what no contact bears is found
    by it, too. scrub: remove dead rows, statistics and log at once instead of at night. on_erased: called before that,
    while the addresses are still known. Serving it again does nothing.
    """
    office = open_office(session, on_step)
    with _one_at_a_time(session):
        found = asked.request()
        if found["state"] != "open":
            return {"outcome": found["outcome"]}
        # A crash may have left this very request half done.
        of_request = [e for e in office.ledger.entries().values() if e.reference == found["reference"]]
        half_done = [entry for entry in of_request if entry.step in HALF_DONE]
        entry = half_done[0] if half_done else _begin(office, asked, found, values_of(who))
        result = _carry_out(office, entry, is_resumed=bool(half_done))
        if on_erased is not None:
            on_erased()
        if scrub:
            scrub_now(office, [entry.id])
    return result


def preview_erasure(session: Session, asked: AskedErasure, *, who: str | None = None) -> dict[str, int]:
    """What would go: contacts, rows, and keys that would be closed for good. Changes nothing."""
    with session.connection("erasure: preview") as connection, connection.transaction():
        store = _store(session, connection)
        person = asked.person(connection, asked.request())
        ids = list(person.contacts)
        values, _ = identify(session, store, ids, values_of(who))
        store.script(STEPS).run("create_doomed", ids=ids)
        claim_loose_rows(session, store, ids, values)
        rows = [len(numbers) for numbers in store.doomed_drops().values()]
        return {
            "contacts": len(ids), "rows": sum(rows), "files": len(rows), "keys": len(values.keys),
            "contacts_that_share": len(person.shared),
        }  # fmt: skip


def erase_contacts(session: Session, public_ids: Sequence[str], *, keep: Sequence[str] = ()) -> dict[str, Any]:
    """Erase contacts whose retention has ended. Their keys stay free, since a new ground may bring them back; nothing
    is searched for afterwards. keep: columns of core.contacts that stay (anonymised instead of erased)."""
    office = open_office(session)
    entry = Entry(str(uuid4()), "retention", session.clock(), contacts=tuple(public_ids), keep=tuple(keep))
    with _one_at_a_time(session):
        office.ledger.begin(entry)
        return _carry_out(office, entry)


def finish_erasures(session: Session) -> int:
    """Finish what a crash, or a database restored from a backup, has left undone; returns how many there were.

    A live erasure of another process is left to it.
    """
    ledger = ErasureLedger(session.settings.erasures, session.ledger)
    ledger.take_over()
    entries = ledger.entries()
    if not entries:
        return 0
    with session.connection("erasure: unfinished") as connection:
        steps = _store(session, connection).script(STEPS)
        keys = {key for entry in entries.values() for key in entry.keys}
        if steps.one("count_keys")["keys"] < len(keys):
            steps.run("remember_keys", hex_keys=list(keys))
        if not _unfinished(entries, steps):
            return 0
        office = open_office(session)
        with _one_at_a_time(session, wait=False) as is_ours:
            # Read again: another process may have finished some.
            left = _unfinished(ledger.entries(), steps) if is_ours else []
            for entry in left:
                if steps.one("failed_lately", fingerprint=f"{UNFINISHED.name}:{entry.id}")["is_so"]:
                    continue  # it takes the contacts' lock: not at every start of anything
                alerts = Alerts(connection)
                alerts.close_alert(UNFINISHED, entry.id)
                try:
                    _carry_out(office, entry, is_resumed=True)
                except Exception:  # whatever it is must not keep everything else from starting
                    alerts.set_alert(UNFINISHED, entry.id, is_on=True, counts={"erasures": 1})
    return len(left)


def scrub_erasures(session: Session) -> dict[str, int]:
    """The night's work for all erasures that wait for it; see `scrub_now`."""
    office = open_office(session)
    with _one_at_a_time(session):
        return scrub_now(office)


# --- the steps ---------------------------------------------------------------------------------------------------


def _begin(office: Office, asked: AskedErasure, request: Mapping[str, Any], known: SubjectValues) -> Entry:
    """Find out whom and what it is about, and promise it on the disk, outside the database.

    What was promised is finished whatever the request says by then, so who asks has to be known here.
    """
    asked.refuse_unidentified(request)
    session = office.session
    with session.connection("erasure") as connection, connection.transaction():
        store = _store(session, connection)
        person = asked.person(connection, request)
        contacts = store.contacts_of(ids=person.contacts)
        values, channels = identify(session, store, list(contacts), known)
    asked_by = None
    if request["subject_key"] is not None and request["contact_id"] is None:
        asked_by = bytes(request["subject_key"]).hex()
        channels[asked_by] = request["channel"]
    keys = tuple(sorted({*values.keys, *channels}))
    entry = Entry(
        str(uuid4()),
        "request",
        session.clock(),
        request["reference"],
        channels,
        keys,
        tuple(contacts.values()),
        asked=asked_by,
    )
    # Before the values: without its line nobody would ever take them away again.
    office.ledger.begin(entry)
    office.ledger.keep_values(entry.id, values.to_json())
    return entry


def _unfinished(entries: Mapping[str, Entry], steps: Script) -> list[Entry]:
    """Begun and not proved, or proved once and unknown to a database that was restored since."""
    done = {str(row["id"]) for row in steps.rows("done_erasures")}
    return [entry for entry in entries.values() if entry.step in HALF_DONE or entry.id not in done]


def _carry_out(office: Office, entry: Entry, *, is_resumed: bool = False) -> dict[str, Any]:
    """From the promise to the certificate. Every part of it may be done again."""
    session, ledger = office.session, office.ledger
    office.say("tables")
    entry, values, rows, shared = _clear_tables(office, entry)
    office.say("files")
    count = sum(map(len, rows.values()))
    if is_resumed:  # after a crash: whatever file may still hold a row that its table has lost
        with session.connection("erasure") as connection:
            rows = {r["drop_key"]: r["numbers"] for r in _store(session, connection).script(STEPS).rows("erased_drops")}
    _take_from_files(office, rows)
    ledger.note(entry.id, "erased", session.clock())
    office.say("search")
    result = prove(office, entry, values, rows=None if is_resumed else count, sharing=shared)
    with session.connection("erasure") as connection, connection.transaction():
        words = ", ".join(f"{name} {number}" for name, number in result.items())
        steps = _store(session, connection).script(STEPS)
        steps.run(
            "close_request",
            reference=entry.reference,
            hex_keys=list(entry.keys),
            public_ids=list(entry.contacts),
            outcome=f"erased: {words}",
        )
        Alerts(connection).close_alert(UNFINISHED, entry.id)
    ledger.note(entry.id, "scanned", session.clock())  # last: whatever a crash leaves open before is done again
    return result


def _clear_tables(office: Office, entry: Entry) -> tuple[Entry, SubjectValues, RowNumbers, Mapping[str, str]]:
    """Everything in the database, in one transaction, and what was disclosed to them. Returns the entry with what was
    found meanwhile, what to look for afterwards, the rows to take out of each drop's file, and who stays though they
    share an address (Person.shared)."""
    session, ledger = office.session, office.ledger
    kept = ledger.values(entry.id)
    known = (SubjectValues.from_json(kept) if kept else SubjectValues()).joined(SubjectValues(keys=entry.keys))
    with session.connection(f"erasure {entry.id}") as connection, connection.transaction():
        lock_contacts(connection)
        store = _store(session, connection)
        steps = store.script(STEPS)
        steps.run("await_disclosures")
        steps.run("open_erasure", id=entry.id, reference=entry.reference, reason=entry.reason, began_at=entry.began_at)
        contacts = _contacts_now(store, entry)
        ids = list(contacts)
        sharing = person_of(connection, ids).shared if entry.reason == "request" else {}
        values, channels = identify(session, store, ids, known, entry.channels)
        if entry.reason == "request":
            entry = _amended(office, entry, values, channels, contacts)
            steps.run("wait_for_landings")  # nothing of the person is landed from here on
            steps.run("remember_keys", hex_keys=list(entry.keys))
        steps.run("take_back_withdrawn", "create_doomed", ids=ids)
        if entry.reason == "request":
            values = values.joined(claim_loose_rows(session, store, ids, values))
            gone = [row["id"] for row in steps.rows("gone_contacts")]
            ids, values = ids + gone, values.joined(store.known_values(gone))
            ledger.keep_values(entry.id, values.to_json())
        for row in steps.rows("exports_of", ids=ids, hex_keys=list(entry.keys)):
            # Before the commit: afterwards nothing tells any more whose they are.
            export_path(office.settings, row["reference"]).unlink(missing_ok=True)
        for part in office.settings.exports.glob(".*.part"):  # nobody writes one now, see await_disclosures
            part.unlink(missing_ok=True)
        rows = store.erase(ids, hex_keys=values.keys, keep=entry.keep)
        if entry.reason == "request":
            _forget_names(store, search_terms_of(values), ids, list(entry.keys), list(rows))
            steps.run("forget_domains", domains=domains_of(values))
            steps.run("forget_catch_alls", domains=domains_of(values))
            steps.run("suppress", hex_keys=list(entry.channels), channels=list(entry.channels.values()))
            steps.run("forget_address_keys", hex_keys=list(entry.keys))
        steps.run("note_erased", id=entry.id)
    return entry, values, rows, sharing


def _contacts_now(store: ErasureStore, entry: Entry) -> dict[int, str]:
    """The contacts of the entry that are not erased yet, and whoever has the address that was asked by.

    Rows may have come since, and in a database restored from a backup everything is back. A number finds nobody: others
    may have it, too.
    """
    if entry.reason == "retention":
        rows = store.script(STEPS).rows("still_due", public_ids=list(entry.contacts))
        return {row["id"]: str(row["public_id"]) for row in rows}
    by_address = entry.asked is not None and entry.channels.get(entry.asked) == "email"
    found = store.contacts_of(public_ids=entry.contacts, keys=[bytes.fromhex(entry.asked or "")] if by_address else [])
    return store.contacts_of(ids=person_of(store.connection, found).contacts)


def _amended(
    office: Office, entry: Entry, values: SubjectValues, channels: Mapping[str, str], contacts: Mapping[int, str]
) -> Entry:
    """With the keys and contacts as they are now, on the disk before they go: some have come since it was begun, and a
    key that somebody else has by now is left to them."""
    new = replace(
        entry,
        channels=channels,
        keys=values.keys,
        contacts=tuple(dict.fromkeys([*entry.contacts, *contacts.values()])),
        step="begun",
    )
    if new != replace(entry, step="begun"):
        office.ledger.begin(new, office.session.clock())
    return new


def _forget_names(
    store: ErasureStore, terms: SearchTerms, ids: Sequence[int], keys: Sequence[str], drops: Sequence[str]
) -> None:
    """A list of one person is often named after them, and what our people wrote about their requests may name them.

    A single name may be another word (`fair april.csv`): in the name of a file only whole names count.
    """
    whole_names = replace(terms, names=tuple(name for name in terms.names if " " in name), weak=())
    for row in store.script(STEPS).rows("file_names", drops=list(drops)):
        name = whole_names.redacted(row["file_name"], is_tied=True)
        if name != row["file_name"]:
            store.script(STEPS).run("rename_file", drop_key=row["key"], file_name=name)
    for row in store.script(STEPS).rows("free_words", ids=list(ids), hex_keys=list(keys)):
        words = {name: text and terms.redacted(text, is_tied=True) for name, text in row.items() if name != "id"}
        if words != {name: row[name] for name in words}:
            store.script(STEPS).run("reword_request", id=row["id"], **words)


def export_path(settings: Settings, reference: str) -> Path:
    """Where a disclosure under this file number is kept."""
    return settings.exports / disclosure_file_name(reference)


def _take_from_files(office: Office, rows: RowNumbers) -> None:
    """Write the archived files again without these rows; each is whole at any moment."""
    with office.session.connection("erasure") as connection:
        drops = {drop.key: drop for drop in DropStore(connection).all() if drop.key in rows}
    for key, numbers in rows.items():
        rewrite_archived(office.session, drops[key], frozenset(numbers))


def _store(session: Session, connection: Connection) -> ErasureStore:
    return ErasureStore(connection, now=session.clock(), actor=session.actor)


@contextmanager
def _one_at_a_time(session: Session, *, wait: bool = True) -> Iterator[bool]:
    """Held on a connection of its own, so that a crash frees it. False: another process has it, and wait is off."""
    with session.connection("erasure: turn") as connection:
        steps = Script(connection, STEPS)
        if wait:
            steps.rows("take_turn")
            yield True
        else:
            yield steps.one("try_turn")["is_ours"]
