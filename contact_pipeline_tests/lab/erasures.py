"""Erasing on the bench, and a search that shares nothing with the code under test: every table's text, every byte."""

import json
import re
from collections.abc import Iterable
from typing import Any

from contact_pipeline.erasure.ledger import ErasureLedger
from contact_pipeline.rights.requests import open_request
from contact_pipeline.rights.serving import erase_subject
from contact_pipeline_tests.lab.lab import KEY, Lab

HEADER = "Record ID,email,name,phone,company,linkedin url"
EMAIL, NAME, NUMBER = "ada@ok.test", "Ada Exemplary", "+4915123970846"
WRITTEN, STORED = "+49 1512 3970846", "Ada@ok.test"  # the number as the list has it; the address as the table has it
PAGE = "https://www.linkedin.com/in/ada-exemplary"
ADA = f"7,{STORED},{NAME},{WRITTEN},Analytical Engines,{PAGE}"
BOB = "8,bob@ok.test,Bob Ordinary,+49 1512 3456701,Analytical Engines,"
TRACES = (EMAIL, "exemplary", "3970846", "397 0846", "397-0846")
TABLES = (
    "select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace"
    " where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') and c.relkind = 'r'"
    " and c.relpersistence = 'p' order by 1"
)


def asked(
    lab: Lab,
    who: str | None = EMAIL,
    *,
    contact: str | None = None,
    reference: str | None = None,
    identity: str = "call back",
) -> int:
    """A request for erasure is written down; returns its number."""
    return open_request(lab.session, "erase", who=who, contact=contact, reference=reference, identity_check=identity)


def erase(lab: Lab, who: str | None = EMAIL, *, contact: str | None = None, **options: Any) -> dict[str, Any]:
    """As the command line does it."""
    request = asked(lab, who, contact=contact)
    return erase_subject(lab.session, request, who=who, **options)


def everything(lab: Lab) -> dict[str, str]:
    """Every table as text and every file with its name, in lower case; the keys are apart."""
    found = {name: str(lab.rows(f"select t::text from {name} t")) for (name,) in lab.rows(TABLES)}
    root = lab.settings.root
    apart = (lab.settings.key_file.parent, lab.settings.incoming)
    for path in (p for p in root.rglob("*") if p.is_file() and not any(p.is_relative_to(a) for a in apart)):
        found[path.relative_to(root).as_posix()] = f"{path.name}\n{path.read_bytes().decode('latin-1')}"
    return {name: text.lower() for name, text in found.items()}


def traces(lab: Lab, words: Iterable[str] = TRACES) -> list[tuple[str, str]]:
    """Where something of the person is left: (table or file, what)."""
    return [(name, word) for name, text in everything(lab).items() for word in words if word.lower() in text]


def digits(text: str) -> str:
    """Only these, to find a number however it is spaced."""
    return re.sub(r"[^0-9]", "", text)


def books_are_right(lab: Lab) -> bool:
    """rows_in = loaded + merged + quarantined + erased for every drop, and as the rows themselves say."""
    return (
        lab.rows(
            "select d.key from raw.drops d left join lateral (select count(*) filter (where outcome = 'loaded') as"
            " loaded, count(*) filter (where outcome = 'merged') as merged,"
            " count(*) filter (where outcome = 'quarantined') as bad,"
            " count(*) filter (where outcome = 'erased') as erased, count(*) as landed from raw.landed_rows r"
            " where r.drop_key = d.key) n on true where d.applied_at is not null"
            " and (rows_in <> rows_loaded + rows_merged"
            " + rows_quarantined + rows_erased or n.landed <> rows_in or (n.loaded, n.merged, n.bad, n.erased)"
            " <> (rows_loaded, rows_merged, rows_quarantined, rows_erased))"
        )
        == []
    )


def ledger_of(lab: Lab) -> ErasureLedger:
    return ErasureLedger(lab.settings.erasures, lab.session.ledger)


def ledger_lines(lab: Lab) -> list[str]:
    """What erasures have written into the ledger, torn lines and all."""
    return [line for file in sorted(lab.settings.ledger.glob("erasures-*")) for line in file.read_text().splitlines()]


def certificate(lab: Lab, erasure: str) -> dict[str, Any]:
    """The file; the table holds the same."""
    text = (lab.settings.erasures / "certificates" / f"{erasure}.json").read_text()
    found: dict[str, Any] = json.loads(text)
    assert found == lab.value("select certificate from ops.erasures where id = %s", erasure)
    assert ledger_of(lab).sealed(found) == found
    return found


def contactable(lab: Lab, email: str = EMAIL, number: str = NUMBER) -> list[tuple[Any, ...]]:
    """Contacts with one of these keys, first or further, that somebody might write to or call: nobody, once erased."""
    lab.sync_permissions()
    return lab.rows(
        "select c.id, c.can_email, c.can_call from core.contacts c where (c.can_email and (c.email_key = %s or exists"
        " (select from core.contact_points p where p.contact_id = c.id and p.email_key = %s))) or (c.can_call and"
        " (c.phone_key = %s or exists (select from core.contact_points p where p.contact_id = c.id"
        " and p.phone_key = %s)))",
        KEY.email(email),
        KEY.email(email),
        KEY.phone(number),
        KEY.phone(number),
    )
