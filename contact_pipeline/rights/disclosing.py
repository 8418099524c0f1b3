"""Everything held of a person, as one ZIP for them (GDPR Art. 15), or what was provided of it (Art. 20).

Every table with a contact_id is in it, also one that joins the database later; the rest is named in disclosure.sql.
What is other people's stays out (Art. 15(4)), and the ZIP says so.
"""

import csv
import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from contact_pipeline.adapters.files import replace_file
from contact_pipeline.adapters.postgres.engine import ACTOR, Connection, Script, beside
from contact_pipeline.core.system_errors import about_file
from contact_pipeline.emails.normal_forms import sound_addresses
from contact_pipeline.people.person import Person
from contact_pipeline.profiles.planning import question_about
from contact_pipeline.profiles.ports import person_from
from contact_pipeline.profiles.questions import PERSON_LAYERS
from contact_pipeline.profiles.screening import is_about
from contact_pipeline.rights.disclosure_page import About, render_page
from contact_pipeline.rights.disclosure_schema import StoredColumn, json_schema
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)

READ_AT_ONCE = 50_000
# Found by key or by row in disclosure.sql; of the others contact_id says enough.
BY_KEY = (
    "core.contacts", "raw.landed_rows", "raw.quarantined_rows", "core.sources", "core.suppressions",
    "audit.retractions", "ops.provider_calls", "core.provider_answers", "ops.reviews", "ops.subject_requests",
)  # fmt: skip
# Portability is about what was provided, by the person or by who gave us the list (Art. 20(1)); verdicts, scores, what
# we concluded and our own books are not. Empty: all columns.
PROVIDED: Mapping[str, tuple[str, ...]] = {
    "core.contacts": (
        "public_id", "name", "given_name", "family_name", "email", "phone", "company", "company_domain", "title",
        "linkedin_url", "location", "country", "consent_date", "consent_source", "consent_ip",
        "legitimate_interest_basis", "data_source", "source_date", "processing_purpose", "retention_period",
        "opt_out_date", "deletion_requested", "email_opt_out_date", "email_opt_out_reason", "suppression_list",
    ),
    "core.contact_points": ("kind", "value", "created_at"),
    "core.contact_sources": ("drop_key", "row_number", "source", "record_id", "source_date", "landed_at"),
    "core.consent_records": (),
    "core.outreach_history": (),
    "core.suppressions": ("channel", "reason", "source", "acted_at", "received_at"),
    "raw.landed_rows": (
        "drop_key", "row_number", "record_id", "name", "given_name", "family_name", "email", "more_emails", "phone",
        "more_phones", "company", "title", "linkedin_url", "location", "country", "claims", "extra",
    ),
}  # fmt: skip

STAFF = "our staff"
PROGRAMS = frozenset({ACTOR, "contacts", "enriched_profiles", "compliance_views"})
# A spreadsheet runs a cell that begins like this (OWASP, CSV injection); an apostrophe makes it text. E.164 is none.
_FORMULA, _NUMBER = re.compile(r"[=+\-@\t\r]"), re.compile(r"\+[0-9]+")

Row = Mapping[str, Any]


@dataclass
class Disclosure:
    """rows and columns by table, also of tables without a row: they were looked at. withheld: rows or parts by why."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    columns: dict[str, list[StoredColumn]] = field(default_factory=dict)
    withheld: Counter[str] = field(default_factory=Counter)


def disclose(session: Session, connection: Connection, request: Row, person: Person, target: Path) -> str:
    """Write the ZIP for a person's contacts; returns what is in it, in counts. In a transaction of one snapshot."""
    ids = person.contacts
    found = gather(session, connection, request, ids)
    found.withheld.update(f"a record that shares something with yours ({why})" for why in person.shared.values())
    if request["kind"] == "export":
        found = _provided(found)
    sender = session.policy.sender
    about = About(
        reference=request["reference"],
        right=request["kind"],
        made_at=session.clock(),
        sender=sender.name,
        postal_address=sender.postal_address,
        contact=sender.contact,
        data_protection_officer=sender.data_protection_officer,
    )

    def write(sink: BinaryIO) -> None:
        with zipfile.ZipFile(sink, "w") as archive:
            for name, text in _files(found, about):
                archive.writestr(zipfile.ZipInfo(name, about.made_at.timetuple()[:6]), text, zipfile.ZIP_DEFLATED)

    try:
        replace_file(target, write)
    except OSError as error:
        raise about_file(error, f"The ZIP {target}", cannot_be="written") from None
    filled = [rows for rows in found.rows.values() if rows]
    return f"disclosed: {sum(map(len, filled))} rows of {len(filled)} tables, {len(ids)} contact(s)"


def gather(session: Session, connection: Connection, request: Row, ids: Sequence[int]) -> Disclosure:
    """Whatever any table holds of them, without what is other people's."""
    key = None if request["subject_key"] is None else bytes(request["subject_key"])
    steps = Script(connection, STEPS, ids=list(ids), key=key, request_id=request["id"])
    steps.run("create_reader")
    found, names = Disclosure(), [row["name"] for row in steps.rows("tables_about")]
    for name in sorted({*names, *BY_KEY}):
        found.rows[name] = [] if name in BY_KEY else [row["row"] for row in steps.rows("rows_about", name=name)]
    keys = {bytes(row["key"]) for row in steps.rows("email_keys")}
    named = _rows_that_name(session, steps, keys | ({key} if key and request["channel"] == "email" else set()))
    by_key = steps.rows("rows_by_key", drop_keys=[row[0] for row in named], row_numbers=[row[1] for row in named])
    contacts = [row["row"] for row in by_key if row["name"] == "core.contacts"]
    for row in by_key:
        if kept := _without_others(row["name"], row["row"], row["is_shared"], ids, contacts, found.withheld):
            found.rows[row["name"]].append(kept)
    for name, rows in found.rows.items():
        found.rows[name] = sorted(map(_without_staff, rows), key=lambda r: (r.get("id") or 0, json.dumps(r)))
    for column in steps.rows("columns_of", names=list(found.rows)):
        stored = StoredColumn(column["column_name"], column["kind"], column["is_nullable"])
        found.columns.setdefault(column["name"], []).append(stored)
    return found


def fix_snapshot(connection: Connection) -> None:
    """Everything that this transaction reads is as of one moment."""
    Script(connection, STEPS).run("one_snapshot")


def _rows_that_name(session: Session, steps: Script, keys: set[bytes]) -> list[tuple[str, int]]:
    """Landed rows without a contact that have one of these addresses, in whatever writing."""
    named: list[tuple[str, int]] = []
    last: Row = {"drop_key": "", "row_number": 0}
    while keys:
        chunk = steps.rows("rows_of_nobody", **last, limit=READ_AT_ONCE)
        if not chunk:
            break
        said = [(row, [a for a in (row["email"], *(row["more_emails"] or ())) if a]) for row in chunk]
        sound = sound_addresses(address for _, addresses in said for address in addresses)
        theirs = {address for address, normal in sound.items() if session.key.email(normal) in keys}
        named += [(row["drop_key"], row["row_number"]) for row, found in said if not theirs.isdisjoint(found)]
        last = {"drop_key": chunk[-1]["drop_key"], "row_number": chunk[-1]["row_number"]}
    return named


def _without_others(
    name: str, row: dict[str, Any], is_shared: bool, ids: Sequence[int], contacts: Sequence[Row], withheld: Counter[str]
) -> dict[str, Any] | None:
    """The row as it may be shown; None: not at all."""
    if name == "core.provider_answers":
        # What was asked about may be somebody else's: a page, an address that has another name at the provider.
        is_of_person = row["layer"] in map(str, PERSON_LAYERS)
        if is_shared or (is_of_person and row["facts"] and not _is_about_any(contacts, row["facts"])):
            withheld["answers of providers that are, or may be, about somebody else"] += 1
            return None
    elif name == "ops.provider_calls" and is_shared:
        withheld["details of answers about a number that others share"] += row["facts"] is not None
        return row | {"facts": None, "reference": None}
    elif name == "ops.reviews" and (row["kind"] == "identity_conflict" or row["other_contact_id"]):
        withheld["details of questions that are about somebody else, too"] += row["details"] is not None
        row = row | {"details": None}
        if row["contact_id"] not in ids:
            row = row | {"contact_id": None, "drop_key": None, "row_number": None}
    return row


def _is_about_any(contacts: Sequence[Row], facts: Mapping[str, Any]) -> bool:
    answer = person_from(facts)
    return any(is_about(question_about(contact), answer) for contact in contacts)


def _without_staff(row: dict[str, Any]) -> dict[str, Any]:
    """Who of us did it is not the person's business (CJEU C-579/21), and another contact's number is another's."""
    shown: dict[str, Any] = {}
    for name, value in row.items():
        if name.endswith("contact_id") and name != "contact_id":
            shown[name] = None
        elif name.endswith(("_by", "login")) and value and value not in PROGRAMS:
            shown[name] = STAFF
        else:
            shown[name] = _without_logins(value)
    return shown


def _without_logins(value: Any) -> Any:
    """person:<login>, wherever a source is named."""
    if isinstance(value, dict):
        return {name: _without_logins(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_logins(inner) for inner in value]
    return f"person:{STAFF}" if isinstance(value, str) and re.fullmatch(r"person:\S+", value) else value


def _provided(found: Disclosure) -> Disclosure:
    shown = Disclosure(withheld=found.withheld)
    for table, names in PROVIDED.items():
        columns = [column for column in found.columns[table] if not names or column.name in names]
        wanted = {column.name for column in columns}
        shown.columns[table] = columns
        shown.rows[table] = [{name: v for name, v in row.items() if name in wanted} for row in found.rows[table]]
    return shown


def _files(found: Disclosure, about: About) -> Iterator[tuple[str, str]]:
    data = about.facts() | {"withheld": dict(+found.withheld), "tables": found.rows}
    yield "index.html", render_page(found.rows, dict(+found.withheld), about)
    yield "data.json", json.dumps(data, indent=1, ensure_ascii=False)
    yield "schema.json", json.dumps(json_schema(found.columns), indent=1, ensure_ascii=False)
    for name, rows in found.rows.items():
        if rows:
            yield f"csv/{name}.csv", _as_csv(rows)


def _as_csv(rows: Sequence[Row]) -> str:
    """For reading in a spreadsheet; data.json has the values as they are."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False)
    is_formula = isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.fullmatch(value)
    return f"'{value}" if is_formula else value
