"""The proof of an erasure: every table, file and log is searched for the person's values, and a certificate says what
was searched, how much of it, and what was found. It names nobody.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from contact_pipeline.adapters.files import replace_file
from contact_pipeline.adapters.postgres.drop_store import DropRecord, DropStore
from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.decoding.containers import as_table
from contact_pipeline.decoding.file_kinds import TEXT
from contact_pipeline.drops.archive import drop_options, rewrite_archived
from contact_pipeline.erasure.ledger import Entry
from contact_pipeline.erasure.office import Office
from contact_pipeline.erasure.owned_files import OwnedFile, Searched, bears_whole
from contact_pipeline.erasure.scrubbing import scrub_tables
from contact_pipeline.erasure.search_terms import SearchTerms, SubjectValues, search_terms_of
from contact_pipeline.erasure.store import ErasureStore
from contact_pipeline.erasure.value_search import NOT_ABOUT_PEOPLE, Found, ValueSearch
from contact_pipeline.people.erased import recogniser
from contact_pipeline.reading.drop_file import open_drop
from contact_pipeline.reading.rewriting import rewrite_texts, rows_where

STEPS = beside(__file__)

ELSEWHERE = ("what was sent to providers or exported by hand", "files that wait in INCOMING: checked when they land")
EMBEDDED_UNTIL_SCRUBBED = ("dead rows, indexes, statistics and write-ahead log of the database: at the next scrub",)
EXTERNAL = ("heap, write-ahead log, logs and backups of the external server",)
RETENTION = ("everything: the keys stay free and nobody was asked about, so nothing was looked for",)


def prove(
    office: "Office", entry: Entry, values: SubjectValues, *, rows: int | None, sharing: Mapping[str, str]
) -> dict[str, Any]:
    """Search, take out what no contact owns, search that again, and write the certificate. Returns its numbers.

    rows: how many were erased; None, after a crash: as many as the contacts' tables say. sharing: public ids of
    contacts that stay though they share an address, and why.
    """
    session, ledger = office.session, office.ledger
    certificate: dict[str, Any] = {
        "erasure": entry.id, "reason": entry.reason, "program": version("contact-pipeline"),
        "began_at": entry.began_at.isoformat(), "searched_at": session.clock().isoformat(),
        "server": "external" if office.settings.database_url else "embedded",
        "findings": 0, "shared": 0, "cleaned": 0, "tables": [], "files": [],
        "contacts_that_share": [{"contact": who, "why": why} for who, why in sorted(sharing.items())],
    }  # fmt: skip
    shared_writings: frozenset[str] = frozenset()
    with session.connection("erasure: proof") as connection:
        store = ErasureStore(connection, now=session.clock(), actor=session.actor)
        ids = [row["id"] for row in store.script(STEPS).rows("proof_contacts", public_ids=list(entry.contacts))]
        certificate["contacts"] = len(ids)
        certificate["rows_erased"] = store.script(STEPS).one("erased_rows", ids=ids)["rows"] if rows is None else rows
        if entry.reason == "request":
            terms = search_terms_of(values)
            certificate["values_looked_for"] = len(terms.values) + len(terms.keys) + len(terms.names)
            search = ValueSearch(connection, terms, ids)
            found = []
            for table in search.tables():
                result, cleaned = _search_table(store, search, table)
                found.append(result)
                certificate["cleaned"] += cleaned
            shared_writings = terms.shared.union(*(f.substrings for f in found))
            certificate["cleaned"] += office.files.overwrite(terms.own)
            files = _search_files(office, connection, terms, ids)
            certificate["tables"] = [
                {"table": f.table, "rows": f.rows, "bytes": f.size, "findings": f.findings, "shared": f.shared}
                for f in found
            ]
            certificate["files"] = files
            for part in (*certificate["tables"], *files):
                certificate["findings"] += part["findings"]
                certificate["shared"] += part["shared"]
            certificate["values_that_others_share"] = len(shared_writings)
        certificate["not_searched"] = _not_searched(office, entry)
        findings = certificate["findings"] if entry.reason == "request" else None
        with connection.transaction():
            sealed = ledger.sealed(certificate)
            store.script(STEPS).run("note_scanned", id=entry.id, findings=findings, certificate=json.dumps(sealed))
    ledger.keep_shared(entry.id, sorted(shared_writings))
    ledger.write_certificate(entry.id, certificate)
    numbers = {name: certificate[name] for name in ("contacts", "rows_erased", "findings", "shared")}
    return {"erasure": entry.id} | numbers


def _search_table(store: ErasureStore, search: ValueSearch, table: str) -> tuple[Found, int]:
    """A find in a row that no other contact has goes, too: an alert, an event of Dagster, a file's name.

    Returns what is left after that, and in how many rows something went.
    """
    found = search.search(table)
    if not found.findings:
        return found, 0
    with store.connection.transaction():
        store.allow_erasing()
        for ctid, texts in search.texts(table, found.ctids):
            # In somebody else's row the name may be a namesake's.
            is_theirs = ctid not in found.of_others
            clean = {
                name: search.terms.redacted(text, is_tied=is_theirs and name not in NOT_ABOUT_PEOPLE)
                for name, text in texts.items()
            }
            store.redact(table, ctid, texts, {name: text for name, text in clean.items() if text != texts[name]})
    left = search.search(table)
    return left, found.findings - left.findings


def _search_files(
    office: "Office", connection: Connection, terms: SearchTerms, ids: Sequence[int]
) -> list[dict[str, Any]]:
    found = office.files.search(office.files, terms.values)
    parts = []
    for kind, searched in sorted(found.items()):
        if kind == "archive":
            findings, shared = _of_whom(office, connection, searched, terms, ids)
        else:
            findings = sum(bears_whole(path, terms.own) for path in searched.where)
            shared = len(searched.where) - findings
        part = {"kind": kind, "files": searched.files, "bytes": searched.size, "findings": findings, "shared": shared}
        parts.append(part | ({"unreadable": searched.unreadable} if searched.unreadable else {}))
    return parts


def _of_whom(
    office: "Office", connection: Connection, searched: Searched, terms: SearchTerms, ids: Sequence[int]
) -> tuple[int, int]:
    """Finds in archived files: (nobody's or the person's, another contact's), each row once.

    In a file that has not landed yet the rows that are the person's are taken out; a value that stands in a row of
    nobody, or outside of rows (a report's title, a person for a header), is overwritten.
    """
    findings = shared = 0
    drops = {drop.archived_as: drop for drop in DropStore(connection).all()}
    for path in searched.where:
        if (drop := drops.get(path.name)) is None:
            findings += 1
            continue
        file = _ArchivedFile(office, connection, path, drop, terms)
        file.unpack()
        theirs, others = file.finds(ids)
        if theirs:
            file.clean(theirs, terms.keys)
            theirs, others = file.finds(ids)
        findings += len(theirs)
        shared += len(others)
    return findings, shared


@dataclass(frozen=True)
class _ArchivedFile:
    office: "Office"
    connection: Connection
    path: Path
    drop: DropRecord
    terms: SearchTerms

    def unpack(self) -> None:
        """A workbook or card file becomes the text that is read of it: what was found may be in a hidden sheet."""
        with self.path.open("rb") as stream:
            is_packed = as_table(stream).kind != TEXT
        if is_packed:
            rewrite_archived(self.office.session, self.drop, frozenset())

    def finds(self, ids: Sequence[int]) -> tuple[list[int | None], set[int]]:
        """Numbers of rows that bear a value (None: outside of rows): those that may be cleaned, and those of other
        contacts that stay, since the value is theirs, too. What is the person's alone goes from a row of another, too:
        somebody's note."""
        with self.path.open("rb") as stream:
            numbers = rows_where(stream, lambda text: _bears(self.terms, text), **self._reading())
        steps = Script(self.connection, STEPS)
        owners = steps.rows("owners", drop_key=self.drop.key, numbers=[number for number in numbers if number])
        others = {row["row_number"] for row in owners if row["contact_id"] not in ids}
        theirs = {row["row_number"] for row in owners} - others
        left = {number for number in numbers if number not in theirs}
        if left and (others or self.terms.shared):  # what others have, too, is no find in their rows, nor of nobody
            with self.path.open("rb") as stream:
                own = set(rows_where(stream, lambda text: _bears(self.terms.own, text), **self._reading()))
            others = {number for number in left - own if number is not None}
            left &= own
        return [*theirs, *sorted(left, key=lambda number: number or 0)], others

    def clean(self, numbers: Sequence[int | None], keys: Sequence[str]) -> None:
        """Take out whole rows where the file has not landed, and the values of the rest."""
        if self.drop.rows_in is None:
            rewrite_archived(self.office.session, self.drop, self._theirs(keys))
        with self.path.open("rb") as stream:
            redacted, wanted = self.terms.redacted, set(numbers)

            def change(number: int | None, text: str) -> str:
                return redacted(text) if number in wanted else text

            DropStore(self.connection).note_rewriting(self.drop.key)
            replace_file(self.path, lambda sink: rewrite_texts(stream, sink, change, **self._reading()))

    def _theirs(self, keys: Sequence[str]) -> frozenset[int]:
        """Rows of the file that landing would know as the person's."""
        is_theirs = recogniser(self.office.session, {bytes.fromhex(key) for key in keys}, self.drop.source)
        with self.path.open("rb") as stream:
            opened = open_drop(stream, **self._reading())
            return frozenset(
                int(number) for rows in opened.chunks() for number in rows.loc[is_theirs(rows), "row_number"]
            )

    def _reading(self) -> dict[str, Any]:
        return {"file_name": self.drop.file_name, "options": drop_options(self.office.session.policy, self.drop.source)}


def _bears(terms: SearchTerms, text: str) -> bool:
    return terms.pattern.search(text.lower()) is not None


def _not_searched(office: "Office", entry: Entry) -> list[str]:
    if entry.reason == "retention":
        return [*RETENTION]
    return [*ELSEWHERE, *(EXTERNAL if office.settings.database_url else EMBEDDED_UNTIL_SCRUBBED)]


def scrub_now(office: "Office", erasures: Sequence[str] | None = None) -> dict[str, int]:
    """Remove what deleting leaves behind, search the bytes, complete the certificates. None: all that wait for it.

    Values that rows of others hold, too, cannot be told apart in bytes and are left out of that search; how many they
    are is in the certificate. Returns erasures, bytes and findings.
    """
    session, ledger = office.session, office.ledger
    for entry in ledger.entries().values():
        if entry.step == "scrubbed":  # a crash may have left them
            ledger.forget_values(entry.id)
    waiting = [e for e in ledger.entries().values() if e.step == "scanned" and (erasures is None or e.id in erasures)]
    if not waiting:
        return {"erasures": 0, "bytes": 0, "findings": 0}
    is_ours = office.settings.database_url is None
    with session.connection("erasure: scrub") as connection:
        office.say("scrub")
        scrubbed = scrub_tables(connection, is_own_server=is_ours, ship_log=session.ship_log)
    office.say("bytes")
    wanted = {entry.id: _exclusive(office, entry) for entry in waiting}
    files: list[OwnedFile] = [*office.files, *office.files.of_database()]
    found = office.files.search(files, sorted({needle for terms in wanted.values() for needle in terms}))
    size, total = sum(s.size for s in found.values()), 0
    for entry in waiting:
        hits = sum(s.hits[needle] for s in found.values() for needle in wanted[entry.id])
        total += hits
        _complete(office, entry, found, scrubbed, hits, looked_for=len(wanted[entry.id]))
    return {"erasures": len(waiting), "bytes": size, "findings": total}


def _exclusive(office: "Office", entry: Entry) -> list[str]:
    kept = office.ledger.values(entry.id)
    if kept is None:
        return []
    shared = office.ledger.shared(entry.id)
    return [needle for needle in search_terms_of(SubjectValues.from_json(kept)).values if needle not in shared]


def certificate_to_change(connection: Connection, erasure: str) -> dict[str, Any]:
    """As it is now; nobody else changes it before this transaction ends. Empty: it is not proved yet."""
    rows = Script(connection, STEPS).rows("certificate", id=erasure)
    return dict(rows[0]["certificate"] or {}) if rows else {}


def _complete(
    office: "Office", entry: Entry, found: dict[str, Searched], tables: Sequence[str], hits: int, *, looked_for: int
) -> None:
    session, ledger = office.session, office.ledger
    with session.connection("erasure: scrub") as connection, connection.transaction():
        steps = Script(connection, STEPS, now=session.clock(), id=entry.id)
        certificate = certificate_to_change(connection, entry.id)
        certificate["scrub"] = {
            "at": session.clock().isoformat(), "tables": list(tables), "values_looked_for": looked_for,
            "bytes": {kind: s.size for kind, s in sorted(found.items())},
            "files": {kind: s.files for kind, s in sorted(found.items())},
            "unreadable": sum(s.unreadable for s in found.values()), "findings": hits,
        }  # fmt: skip
        parts = (*certificate["tables"], *certificate["files"])
        certificate["findings"] = sum(part["findings"] for part in parts) + hits
        certificate["not_searched"] = [w for w in certificate["not_searched"] if w not in EMBEDDED_UNTIL_SCRUBBED]
        sealed = ledger.sealed(certificate)
        findings = certificate["findings"] if entry.reason == "request" else None
        steps.run("note_scrubbed", findings=findings, certificate=json.dumps(sealed))
    ledger.write_certificate(entry.id, certificate)
    ledger.note(entry.id, "scrubbed", session.clock())
    ledger.forget_values(entry.id)  # last: without them nothing could be looked for again
