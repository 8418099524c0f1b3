"""What people may say after a backup was made, each as one deed on a lab, and the people it is about."""

import csv as csv_module
import io
from collections.abc import Callable
from datetime import timedelta

from contact_pipeline.rights import desk
from contact_pipeline.rights.requests import open_request
from contact_pipeline.rights.serving import serve_request
from contact_pipeline_tests.lab.backups import VERDICTS
from contact_pipeline_tests.lab.lab import Lab, csv

ADA, BO, CY, DI = "ada@ok.test", "bo@ok.test", "cy@ok.test", "di@ok.test"
NUMBERS = {ADA: "+49 30 901820", BO: "+49 30 901821", CY: "+49 30 901822"}
HEADER = "Record ID,email,name,phone"
ROWS = [f"{i},{email},{email[0].upper()} Example,{number}" for i, (email, number) in enumerate(NUMBERS.items(), 1)]
MAIL, CALLS = ("email", ADA), ("phone", ADA)
WORDS = "Ada Example wrote a letter"  # somebody's own words, with a name in them


def people(lab: Lab) -> Lab:
    """Ada, Bo and Cy are customers who may be contacted on both channels."""
    lab.with_policy(email=VERDICTS)
    lab.drop("shop", csv(HEADER, *ROWS))
    return lab


def import_list(lab: Lab, *rows: str, header: str = "email,reason") -> None:
    desk.import_suppressions(lab.session, [f"{line}\n" for line in (header, *rows)], source="partner")


def import_export(lab: Lab) -> None:
    """Our own list, as another installation with the same key wrote it."""
    file = io.StringIO()
    writer = csv_module.writer(file)
    writer.writerow(("subject_key", "channel", "reason", "source", "acted_at", "last_said_at"))
    writer.writerow((lab.session.key.email(ADA).hex(), "email", "legal", "desk", "", lab.now.isoformat()))
    desk.import_suppressions(lab.session, file.getvalue().splitlines(keepends=True), source="other")


def restrict(
    lab: Lab, who: str | None = ADA, *, reference: str = "Q-1", lift: bool = False, by_id: bool = False
) -> None:
    contact = str(lab.contact(who)["public_id"]) if by_id and who else None
    number = open_request(
        lab.session,
        "restrict",
        who=None if contact else who,
        contact=contact,
        reference=reference,
        details={"lift": lift},
        identity_check=WORDS,
    )
    serve_request(lab.session, number)


def opt_out(lab: Lab, who: str = ADA, **more: object) -> None:
    desk.opt_out(lab.session, who, **({"reason": "opt_out", "source": "letter", "evidence": WORDS} | more))  # type: ignore[arg-type]


def held_drop(lab: Lab) -> None:
    """Too many bad rows, and one good opt-out."""
    key = lab.drop("fair", csv("email,name,Email Opt Out", f"{ADA},,yes", ",,", ",,", ",,", "x" * 3), "held.csv")
    assert lab.value("select held_reason is not null from raw.drops where key = %s", key)


def consent_withdrawn(lab: Lab) -> None:
    """By a form that ends the consent, long ago by its date; it holds as of the consent that we have."""
    opt_out(lab, acted_at=lab.now - timedelta(days=400))


# Each closes Ada's named channels, whatever she was allowed before.
CLOSING: dict[str, tuple[Callable[[Lab], None], set[tuple[str, str]]]] = {
    "an opt-out by address": (opt_out, {MAIL}),
    "an opt-out by number": (lambda lab: opt_out(lab, NUMBERS[ADA]), {CALLS}),
    "an opt-out of every channel": (lambda lab: opt_out(lab, channel="any"), {MAIL, CALLS}),
    "an opt-out of another channel": (lambda lab: opt_out(lab, channel="phone"), {CALLS}),
    "a legal matter": (lambda lab: opt_out(lab, reason="legal"), {MAIL}),
    "an opt-out with words for a source": (lambda lab: opt_out(lab, source=WORDS), {MAIL}),
    "a withdrawal dated before the consent": (consent_withdrawn, {MAIL}),
    "a list that is imported": (lambda lab: import_list(lab, f"{ADA},Ada asked us"), {MAIL}),
    "an export of ours that is imported": (import_export, {MAIL}),
    "a restriction": (restrict, {MAIL, CALLS}),
    "a restriction by id": (lambda lab: restrict(lab, by_id=True), {MAIL, CALLS}),
    "a drop with her opt-out": (lambda lab: void(lab.drop("crm", csv("email,Email Opt Out", f"{ADA},yes"))), {MAIL}),
    "a drop of opt-outs by its name": (
        lambda lab: void(lab.drop("optouts", csv("email", ADA), "Ada unsubscribed.csv")), {MAIL},
    ),
    "a held drop with her opt-out": (held_drop, {MAIL}),
    "a drop that closes her record": (
        lambda lab: void(lab.drop("shop", csv("Record ID,name,Do Not Call", "1,A Example,yes"), "two.csv")), {CALLS},
    ),
}  # fmt: skip


def void(_result: object) -> None:
    """Of a deed only what it does counts."""
