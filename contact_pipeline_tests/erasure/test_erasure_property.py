"""For any history of drops, edits, verdicts, opt-outs, corrections, answers and disclosures: erasing leaves nothing.

What is left is looked for twice: by the program's own proof, and by a dumb search that knows only what the test wrote.
"""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contact_pipeline.erasure.store import ErasureStore
from contact_pipeline.profiles.reviewing import decide_review
from contact_pipeline.rights import desk
from contact_pipeline.rights.requests import open_request
from contact_pipeline.rights.serving import serve_request
from contact_pipeline_tests.lab.erasures import books_are_right, contactable, digits, erase, everything
from contact_pipeline_tests.lab.lab import KEY, Lab, csv

# No needle of the subject is part of an other's value, so that the dumb search need not know whose a row is.
EMAILS = ("quinn.zabriskie@ok.test", "qz.old@ok2.test", "zab@short.test")
NUMBERS = ("+49 1512 7770001", "01512 7770001", "0049 1512 777-0001", "+49 (1512) 777 0001")
NAMES = ("Quinn Zabriskie", "Zabriskie Quinn", "QUINN  ZABRISKIE", "quinn zabriskie")
TITLES = ("Countess", "Clerk", "Miller")
DIGITS = "15127770001"
WORDS = ("zabriskie", "qz.old", "zab@short")
HEADER = "Record ID,email,email 2,name,phone,linkedin url,title,country,Notes"
PAGE = "https://www.linkedin.com/in/quinn-zabriskie"
OTHERS = ("bob@ok.test", "cy@ok.test", "dee@ok2.test", "eve@short.test")
SOURCES = ("crm", "shop", "fair", "newsletter")


@dataclass(frozen=True)
class Row:
    """A row about the subject. Empty cells are left out; at least the address stands in it."""

    email: str
    further: str
    name: str
    phone: str
    page: bool
    title: str
    note: str
    record: bool

    def cells(self) -> str:
        note = self.note.format(email=EMAILS[0])
        page, record, country = PAGE if self.page else "", "77" if self.record else "", "DE" if self.phone else ""
        return f'{record},{self.email},{self.further},{self.name},"{self.phone}",{page},{self.title},{country},"{note}"'


@dataclass
class History:
    """The drops so far."""

    lab: Lab
    keys: list[str] = field(default_factory=list)

    def file(self, source: str, rows: Sequence[Row]) -> None:
        others = [f",{who},,Person {who[0].upper()}{n},,,,," for n, who in enumerate(OTHERS)]
        text = csv(HEADER, others[0], *(row.cells() for row in rows), *others[1:])
        self.keys.append(self.lab.drop(source, text, f"list{len(self.keys)}.csv"))

    @property
    def subject(self) -> int | None:
        """Whom the first address belongs to."""
        rows = self.lab.rows(
            "select c.id from core.contacts c where email_key = %s or exists (select from core.contact_points p"
            " where p.contact_id = c.id and p.email_key = %s) order by 1",
            KEY.email(EMAILS[0]),
            KEY.email(EMAILS[0]),
        )
        return int(rows[0][0]) if rows else None


def loud(text: str, how: int) -> str:
    return (text, text.upper(), text.title(), f" {text} ")[how]


ROWS = st.builds(
    Row,
    email=st.builds(loud, st.just(EMAILS[0]), st.integers(0, 3)),
    further=st.sampled_from(("", EMAILS[1], EMAILS[2].upper())),
    name=st.sampled_from((*NAMES, "")),
    phone=st.sampled_from((*NUMBERS, "")),
    page=st.booleans(),
    title=st.sampled_from((*TITLES, "")),
    note=st.sampled_from(("", "call <{email}>", "see\n{email}", "{email}; later")),
    record=st.booleans(),
)


def replayed(history: History, which: int) -> None:
    history.lab.replay(history.keys[which % len(history.keys)])


def waits(history: History, source: str) -> None:
    """A drop that the gate holds, with two rows of hers."""
    rows = (f"{EMAILS[0]},Quinn Zabriskie,", *[",,Tools"] * 4, f",,{EMAILS[0]}")
    history.keys.append(history.lab.drop(source, csv("email,name,company", *rows), f"held{len(history.keys)}.csv"))


def edited(history: History, column: str, value: str) -> None:
    """By hand, at a prompt."""
    if history.subject is not None:
        history.lab.do(f"update core.contacts set {column} = %s where id = %s", value, history.subject)
        history.lab.run(history.keys[-1])


def opted_out(history: History, who: str) -> None:
    history.lab.passes(minutes=1)
    desk.opt_out(history.lab.session, who, reason="opt_out", source="letter")


def consented(history: History) -> None:
    history.lab.passes(minutes=1)
    if history.subject is not None:
        desk.consent(history.lab.session, EMAILS[0], source="fair", evidence=f"signed by {NAMES[0]}", ip="192.0.2.7")


def corrected(history: History, field_name: str, value: str) -> None:
    """A review, and what a person says is true."""
    lab, subject = history.lab, history.subject
    if subject is None:
        return
    number = lab.value("select coalesce(max(id), 0) + 1 from ops.reviews")
    lab.do(
        "insert into ops.reviews (id, kind, contact_id, field_name, details) overriding system value"
        " values (%s, 'field_disagreement', %s, %s, %s)",
        number, subject, field_name, json.dumps({"sides": [{"value": value, "source": "crm"}]}),
    )  # fmt: skip
    decide_review(lab.session, number, "corrected", reason="looked at it", value=value, field=field_name)


def answered(history: History, layer: str) -> None:
    """As the enrichment store writes it: whose an answer is, is known by the question."""
    lab, key = history.lab, KEY.email(EMAILS[0])
    if history.subject is None:
        return
    facts = {"name": NAMES[0], "email": EMAILS[1], "linkedin_url": PAGE, "title": "Countess"}
    lab.do("insert into core.profile_questions values (%s, %s) on conflict do nothing", history.subject, key)
    call = lab.value(
        "insert into ops.provider_calls (provider, layer, endpoint, subject_key, price, session, reserved_at,"
        " settled_at, outcome) values ('hunter', %s, 'single', %s, 0.02, 0, now(), now(), 'answered') returning id",
        layer,
        key,
    )
    lab.do(
        "insert into core.provider_answers values (%s, %s, %s, 'hunter', %s, now())",
        call,
        key,
        layer,
        json.dumps(facts),
    )


def disclosed(history: History) -> None:
    """The person's own access request; its ZIP lies in HOME."""
    lab = history.lab
    lab.passes(minutes=1)
    request = open_request(
        lab.session, "access", who=EMAILS[0], reference=f"A-{lab.now:%H%M}", identity_check="call back"
    )
    serve_request(lab.session, request)


DO: Mapping[str, Callable[..., None]] = {
    "drop": History.file, "replay": replayed, "hold": waits, "edit": edited, "opt out": opted_out, "consent": consented,
    "correct": corrected, "answer": answered, "disclose": disclosed,
}  # fmt: skip
Action = tuple[Any, ...]


def action(name: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Action]:
    return st.tuples(st.just(name), *arguments)


DROPPED = action("drop", st.sampled_from(SOURCES), st.lists(ROWS, min_size=1, max_size=3))
ACTIONS = st.one_of(
    DROPPED,
    action("replay", st.integers(0, 5)),
    action("hold", st.sampled_from(SOURCES)),
    action("edit", st.just("title"), st.sampled_from(("Miss Zabriskie", "Smith"))),
    action("edit", st.just("name"), st.sampled_from(("Quinn Zabriskie-Roe", "Nobody"))),
    action("edit", st.just("email"), st.sampled_from((EMAILS[1], EMAILS[2]))),
    action("opt out", st.sampled_from((EMAILS[0], NUMBERS[0]))),
    action("consent"),
    action("correct", st.sampled_from(("name", "title")), st.sampled_from(NAMES[:2])),
    action("answer", st.sampled_from(("person", "address"))),
    action("disclose"),
)


def of_others(lab: Lab) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that is about somebody else."""
    ids = "(select id from core.contacts where email = any (%s))"
    tables = ("contact_sources", "contact_points", "email_validations", "phone_validations", "consent_records")
    found = {
        t: lab.rows(f"select to_jsonb(t) from core.{t} t where contact_id in {ids} order by 1", [*OTHERS])
        for t in tables
    }
    found["contacts"] = lab.rows("select to_jsonb(t) from core.contacts t where email = any (%s) order by 1", [*OTHERS])
    found["landed"] = lab.rows("select to_jsonb(t) from raw.landed_rows t where email = any (%s) order by 1", [*OTHERS])
    found["audit"] = lab.rows(
        f"select to_jsonb(t) from audit.changes t where contact_id in {ids} order by 1", [*OTHERS]
    )
    return found


def left_of_the_subject(lab: Lab) -> list[tuple[str, str]]:
    """Found without the code under test."""
    found = everything(lab)
    left = [(name, word) for name, text in found.items() for word in WORDS if word in text]
    return left + [(name, "number") for name, text in found.items() if DIGITS in digits(text)]


def start_anew(lab: Lab) -> None:
    lab.forget_everything()
    lab.reports.clear()
    for folder in (lab.settings.home, lab.settings.rejected):
        shutil.rmtree(folder, ignore_errors=True)


SOME = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])


@SOME
@given(DROPPED, st.lists(ACTIONS, max_size=5), st.sampled_from(("address", "contact")))
def test_any_history_leaves_nothing(lab: Lab, first: Action, actions: list[Action], by: str) -> None:
    start_anew(lab)
    history = History(lab)
    for name, *arguments in (first, *actions):
        DO[name](history, *arguments)
    others = of_others(lab)
    if by == "contact" or any(action[:2] == ("edit", "email") for action in actions):
        # An address that was replaced by hand says no longer who it was.
        theirs = lab.rows("select id from core.contacts where not email = any (%s) or email is null", [*OTHERS])
        assert [erase(lab, None, contact=str(number))["findings"] for (number,) in theirs] == [0] * len(theirs)
    assert erase(lab, EMAILS[0])["findings"] == 0
    assert left_of_the_subject(lab) == []
    assert of_others(lab) == others
    assert books_are_right(lab)
    for key in history.keys:
        lab.replay(key)
    assert left_of_the_subject(lab) == [] and books_are_right(lab)
    assert contactable(lab, EMAILS[0], f"+49{DIGITS}") == []


def test_the_dumb_search_finds_what_is_there(lab: Lab) -> None:
    """Else the property would hold for a program that does nothing."""
    history = History(lab)
    history.file("crm", [Row(EMAILS[0], EMAILS[1], NAMES[0], NUMBERS[2], True, "", "see\n{email}", True)])
    disclosed(history)
    found = {name for name, _ in left_of_the_subject(lab)}
    assert found >= {"core.contacts", "core.contact_points", "core.email_validations", "raw.landed_rows"}
    assert any(name.startswith("home/archive/") for name in found)
    # And the proof says so where a step was left out.
    with patch.object(ErasureStore, "_delete"), patch.object(ErasureStore, "redact"):
        assert erase(lab, EMAILS[0])["findings"] > 3
