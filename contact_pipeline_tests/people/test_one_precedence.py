"""The contacts stage decides in SQL, for all contacts at once, what `profiles.precedence` decides for one field.

Facts that no run of drops would give are written down as they are (any trust, any moment, ties, empty cells), a drop
touches everybody, and then the rule in Python reads the facts and has to name the same winner.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contact_pipeline.profiles.precedence import Candidate, FieldRule, Origin, Place, Precedence
from contact_pipeline_tests.lab.lab import KEY, START, Lab, csv

FIELDS = ("name", "email", "phone", "company", "title", "linkedin_url", "location")
# What is believed of a list is the trust in its source, and nothing that a list says grows old.
LISTS = Precedence(trust={}, fields=dict.fromkeys(FIELDS, FieldRule(half_life_days=math.inf)))
BOUNCED = "gone@ok.test"
MOMENTS = tuple(START - timedelta(days=days) for days in (400, 90, 2))
# Between equals the key decides, by code points wherever the server stands: a hyphen comes before digits and letters.
DROPS = ("20260101-crm-00000001", "20260101-crm-2-00000001", "20260101-crm_2-00000001", "20260101-crm2-00000001")
RESTRICTIONS = (["email:unsubscribed"], ["phone:opt_out"], ["email:hard_bounce"], ["email:opt_out", "phone:opt_out"])
CLAIMS: tuple[dict[str, str], ...] = (
    {"processing_purpose": "offers"}, {"consent_date": "2026-03-01T00:00:00+00:00", "consent_source": "form"},
    {"consent_date": "2025-03-01T00:00:00+00:00", "consent_source": "fair", "processing_purpose": "news"}, {},
)  # fmt: skip


@dataclass(frozen=True)
class Said:
    """One row of a list, or what somebody of ours said of a single field (login set)."""

    source: str
    values: dict[str, str]
    source_date: datetime | None
    landed_at: datetime
    drop: str
    restrictions: list[str] | None
    claims: dict[str, str] | None
    login: str | None
    confidence: Decimal = field(default=Decimal("0.50"))


VALUES = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(("One", "Two", "Three")) for name in FIELDS if name != "email"}
    | {"email": st.sampled_from((BOUNCED, "two@ok.test", "three@ok.test"))},
)  # fmt: skip
SAID = st.builds(
    Said,
    st.sampled_from(("crm", "shop", "fair", "nobody")),  # the policy does not know the last
    VALUES,
    st.none() | st.sampled_from(MOMENTS),
    st.sampled_from(MOMENTS),
    st.sampled_from(DROPS),
    st.none() | st.sampled_from(RESTRICTIONS),
    st.none() | st.sampled_from(CLAIMS),
    st.sampled_from((None, None, None, None, "ann", "bea")),
    st.sampled_from((Decimal("0.10"), Decimal("0.90"))),
)
PEOPLE = st.lists(st.lists(SAID, min_size=1, max_size=5), min_size=1, max_size=12)
TRUST = st.fixed_dictionaries({name: st.sampled_from((0, 0.4, 0.8)) for name in ("crm", "shop", "fair")})


def address(number: int) -> str:
    return f"person{number}@ok.test"


def write(connection: psycopg.Connection, person: int, said: list[Said]) -> None:
    """The contact, as an earlier run left it (its values are nobody's), and what was said of it."""
    connection.execute(
        "insert into core.contacts (id, email, email_key, title, processing_purpose) overriding system value"
        " values (%s, %s, %s, 'Clerk', 'as before')",
        (person, address(person), KEY.email(address(person))),
    )
    connection.execute(
        "insert into core.contact_points (contact_id, kind, value, position, email_key)"
        " values (%s, 'email', %s, 0, %s)",
        (person, BOUNCED, KEY.email(BOUNCED)),
    )
    for index, one in enumerate(said):
        number = 100 * person + index
        if one.login:
            connection.cursor().executemany(
                "insert into core.profile_claims (contact_id, field_name, data_source, value, confidence_score,"
                " claimed_at) values (%s, %s, %s, %s, 1, %s) on conflict do nothing",
                [(person, name, f"person:{one.login}", value, one.landed_at) for name, value in one.values.items()],
            )
            continue
        row = {"drop_key": one.drop, "row_number": number, "contact_id": person, "outcome": "merged",
               "restrictions": one.restrictions, "claims": None if one.claims is None else json.dumps(one.claims),
               "confidence": one.confidence} | one.values  # fmt: skip
        insert(connection, "raw.landed_rows", row)
        row = {"contact_id": person, "drop_key": one.drop, "row_number": number, "source": one.source,
               "confidence": one.confidence, "source_date": one.source_date, "landed_at": one.landed_at}  # fmt: skip
        insert(connection, "core.contact_sources", row)


def insert(connection: psycopg.Connection, table: str, row: dict[str, Any]) -> None:
    places = ", ".join(["%s"] * len(row))
    connection.execute(f"insert into {table} ({', '.join(row)}) values ({places})", list(row.values()))


def rows_of(lab: Lab, person: int) -> list[dict[str, Any]]:
    """Every row of a list about one contact, unordered, with what is known of its source."""
    query = """
    select to_jsonb(r) || jsonb_build_object('source', cs.source, 'said_at', coalesce(cs.source_date, cs.landed_at),
        'trust', coalesce(s.trust, 0), 'confidence', cs.confidence, 'email', coalesce(r.email_normalized, r.email))
    from core.contact_sources cs join raw.landed_rows r using (drop_key, row_number)
    left join core.sources s on s.name = cs.source where cs.contact_id = %s
    """
    return [row for (row,) in lab.rows(query, person)]


def as_candidate(row: dict[str, Any], value: str) -> Candidate:
    said_at, place = datetime.fromisoformat(row["said_at"]), Place(row["drop_key"], row["row_number"])
    return Candidate(value, Origin.BOUGHT, row["source"], row["trust"], said_at, place=place)


def candidates(lab: Lab, person: int, rows: list[dict[str, Any]], name: str) -> Iterator[Candidate]:
    """Everybody who says something of a field that may be its value."""
    for row in rows:
        if row[name] and not (name == "email" and row[name] == BOUNCED):
            yield as_candidate(row, row[name])
    query = "select value, data_source, claimed_at from core.profile_claims where contact_id = %s and field_name = %s"
    for value, source, said_at in lab.rows(query, person, name):
        yield Candidate(value, Origin.PERSON, source, 1.0, said_at.astimezone(UTC), place=Place(source))


def first(name: str, said: list[Candidate]) -> Candidate | None:
    return next(iter(LISTS.ranked(name, said, START)), None)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck),
          phases=(Phase.explicit, Phase.generate))  # fmt: skip
@given(PEOPLE, TRUST)
def test_the_stage_and_the_rule_name_the_same_winner(
    lab: Lab, people: list[list[Said]], trust: dict[str, float]
) -> None:
    lab.forget_everything()
    with lab.psql() as connection:
        for source, share in trust.items():
            connection.execute("update core.sources set trust = %s where name = %s", (share, source))
        connection.execute(
            "insert into core.suppressions (subject_key, channel, reason, source)"
            " values (%s, 'email', 'hard_bounce', 'lab')",
            (KEY.email(BOUNCED),),
        )
        for person, said in enumerate(people, start=1):
            write(connection, person, said)
    before = len(people)
    lab.take("last", csv("email", *(address(person) for person in range(1, before + 1))))
    assert lab.value("select count(*) from core.contacts") == before
    for person in range(1, before + 1):
        check(lab, person)


def check(lab: Lab, person: int) -> None:
    columns = (*FIELDS, "processing_purpose", "consent_source", "suppress_email", "suppress_phone", "hard_bounce")
    row_now = lab.row(f"select {', '.join(columns)} from core.contacts where id = %s", person)
    stands = dict(zip(columns, row_now, strict=True))
    rows = rows_of(lab, person)
    had: dict[str, str | None] = dict.fromkeys(FIELDS) | {"email": address(person), "title": "Clerk"}
    query = """
    select field_name, new_value, data_source, confidence_score from core.enrichment_history
    where contact_id = %s and enriched_by = 'contacts' and data_source not like 'derived:%%'
    """
    told = {name: rest for name, *rest in lab.rows(query, person)}
    for name in FIELDS:
        winner = first(name, list(candidates(lab, person, rows, name)))
        value = winner.value if winner else had[name]
        assert stands[name] == value, name
        # Who said it first in rank among the lists; what only somebody of ours says is history already.
        sayer = first(name, [as_candidate(row, value) for row in rows if value and row[name] == value])
        changed = value != had[name] and sayer is not None
        assert (name in told) == changed, name
        if changed and sayer:
            row = next(row for row in rows if Place(row["drop_key"], row["row_number"]) == sayer.place)
            confidence = None if row["confidence"] is None else Decimal(str(row["confidence"]))
            assert told[name] == [value, sayer.source, confidence], name
    judged = first("name", [as_candidate(row, json.dumps(row["claims"])) for row in rows if row["claims"] is not None])
    words = json.loads(judged.value) if judged else {}
    assert stands["processing_purpose"] == words.get("processing_purpose", "as before")
    consents = [as_candidate(r, json.dumps(r["claims"])) for r in rows if r["claims"] and "consent_date" in r["claims"]]
    consent = first("name", consents)
    assert stands["consent_source"] == (json.loads(consent.value)["consent_source"] if consent else None)
    # Restrictions are not voted on: one row is enough.
    stopped = {one for row in rows for one in row["restrictions"] or ()}
    assert not stands["hard_bounce"], "a bounce is about the address of its row, and closes that key"
    assert stands["suppress_email"] == any(one.startswith("email:") for one in stopped - {"email:hard_bounce"})
    assert stands["suppress_phone"] == any(one.startswith("phone:") for one in stopped)
