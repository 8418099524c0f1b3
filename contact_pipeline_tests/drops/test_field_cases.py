"""Trouble that people reported in public, as small files: each comes out as a careful person expects, or is held with a
word that helps. golden/field_cases/README.md says what is in a case."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from contact_pipeline.policy.file import Policy
from contact_pipeline_tests.lab.lab import Lab

FOLDER = Path(__file__).parents[1] / "golden" / "field_cases"
CASES = {path.name.removesuffix(".expected.json"): path for path in sorted(FOLDER.glob("*.expected.json"))}
# Cases that belong together, in this order: what one says holds for the next.
AFTER = {"14b": "14a", "31b": "31a", "40": "39", "52b": "52a", "62": "61"}
WHY = (
    "select p.{0}_reason from core.contact_permissions p join core.contacts c on c.id = p.contact_id where c.email = %s"
)
# The lab's DNS knows none of the cases' domains: such an address is permitted and cannot be delivered to.
PERMITTED = {"email": {"allowed", "invalid"}, "phone": {"allowed"}}
PLAIN = ("name", "given_name", "family_name", "company", "title", "email", "country", "phone_e164", "location")


def number(case: str) -> str:
    return case.partition("-")[0]


def by_number(wanted: str) -> str:
    return next(case for case in CASES if number(case) == wanted)


def drop_case(lab: Lab, case: str) -> str | None:
    """The drop's key; None: the file was refused."""
    expected = json.loads(CASES[case].read_text(encoding="utf-8"))
    source = f"c{number(case)}"
    (file,) = (path for path in FOLDER.glob(f"{case}.csv*"))
    try:
        key = lab.register(source, file.read_bytes(), expected["file_name_as_dropped"])
    except (AssertionError, ValueError):
        return None
    lab.run(key)
    lab.sync_permissions()
    return key


@pytest.fixture
def door(lab: Lab) -> Lab:
    given = tomllib.loads((FOLDER / "policy.toml").read_text(encoding="utf-8"))
    sources = {
        name: said | {"electronic_marketing": "none", "electronic_marketing_reason": "Invented people."}
        for name, said in given["sources"].items()
    }
    policy = Policy.model_validate(given | {"sources": sources})
    lab.with_policy(**policy.model_dump())
    return lab


@pytest.mark.parametrize("case", CASES)
def test_field_case(door: Lab, case: str) -> None:
    before = AFTER.get(number(case))
    if before:
        drop_case(door, by_number(before))
    key = drop_case(door, case)
    expected = json.loads(CASES[case].read_text(encoding="utf-8"))["expected"]
    held = key is None or door.value("select held_reason from raw.drops where key = %s", key)
    if expected.get("held_or_rejected") or (held and "or" in expected):
        assert held, "neither held nor refused"
        return
    assert not held, held
    faults = list(unmet(door, key or "", expected))
    assert not faults, "\n".join(faults)


def unmet(lab: Lab, key: str, expected: dict[str, Any]) -> Any:
    """What is not as expected."""
    mine = "c.id in (select contact_id from core.contact_sources where drop_key = %s)"
    count = lab.value("select count(distinct contact_id) from core.contact_sources where drop_key = %s", key)
    if isinstance(wanted := expected.get("contact_count"), int) and count != wanted:
        yield f"{count} contacts, not {wanted}"
    names = {name for (name,) in lab.rows(f"select c.name from core.contacts c where {mine}", key)}
    for absent in expected.get("absent", ()):
        if absent in names:
            yield f"{absent} became a person"
    for wanted in expected.get("contacts", ()):
        yield from _contact(lab, key, wanted)
    for channel, column in (("email", "can_email"), ("phone", "can_call")):
        for address, allowed in expected.get(column, {}).items():
            every = [email for (email,) in lab.rows(f"select distinct email from core.contacts c where {mine}", key)]
            for email in [address] if "@" in address else every:
                why = [reason for (reason,) in lab.rows(WHY.format(channel), email)]
                # Who is not there cannot be written to.
                if (allowed and not why) or any((reason in PERMITTED[channel]) is not allowed for reason in why):
                    yield f"{email}: {column} is not {allowed}: {why}"
    for address in expected.get("mailable", {}):  # all of the cases say no
        why = [reason for (reason,) in lab.rows(WHY.format("email"), address)]
        if set(why) & PERMITTED["email"] or not lab.value("select count(*) from core.suppressions"):
            yield f"{address} is mailable"
    if isinstance(wanted := expected.get("suppressions"), int):
        found = lab.value("select count(distinct subject_key) from core.suppressions where drop_key = %s", key)
        if found != wanted:
            yield f"{found} suppressions, not {wanted}"
    for column in ("consent_date", "opt_out_date"):
        for address, day in expected.get(column, {}).items():
            said = lab.rows(f"select {column} at time zone 'UTC' from core.contacts where email = %s", address)
            got = str(said[0][0]) if said and said[0][0] else ""
            if got and not got.startswith(day[:10]):
                yield f"{address}: {column} {got}, not {day}"


def _contact(lab: Lab, key: str, wanted: dict[str, Any]) -> Any:
    email = wanted.get("email", "")
    column, value = ("email", email) if "@" in email else ("name", wanted.get("name"))
    with lab.psql() as connection:
        cursor = connection.execute(f"select {', '.join(PLAIN)} from core.contacts c where {column} = %s", (value,))
        found = [dict(zip(PLAIN, row, strict=True)) for row in cursor.fetchall()]
    if not found:
        there = lab.rows("select name, email, phone, email_status, email_sub_status from core.contacts")
        yield f"nobody is {value}; there are {there}"
        return
    for field, text in wanted.items():
        got = found[0].get(field)
        if field not in PLAIN or not _is_met(field, got, text):
            yield f"{value}: {field} is {got!r}, not {text!r}"


def _is_met(field: str, got: Any, text: Any) -> bool:
    if text is None:
        return got is None
    if got == text or (isinstance(text, str) and str(got) in text):
        return True
    return (field == "location" and str(got).startswith(str(text).rstrip("…"))) or (field == "email" and "kept" in text)
