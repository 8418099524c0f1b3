"""Opting out and in again, as the tests of reopening do it; with a second opinion at every look."""

from datetime import datetime
from typing import Any

from contact_pipeline.rights import desk
from contact_pipeline_tests.lab.lab import Lab, csv

ADA, BO = "ada@ok.test", "bo@ok.test"
NUMBER, OTHER = "+49 30 901820", "+49 30 901821"
HEADER, ROW = "Record ID,email,name,phone", f"1,{ADA},Ada Example,{NUMBER}"
ALLOWED, CLOSED = "allowed", "suppressed"
OPEN, NO_MAIL, NO_CALLS = (ALLOWED, ALLOWED), (CLOSED, ALLOWED), (ALLOWED, CLOSED)
UNSUBSCRIBED = "unsubscribed.csv"


def close(lab: Lab, who: str = ADA, reason: str = "opt_out", acted_at: datetime | None = None) -> None:
    desk.opt_out(lab.session, who, reason=reason, source="letter", acted_at=acted_at)


def close_further(lab: Lab) -> None:
    lab.drop("shop", csv("Record ID,email,email 2", f"1,{ADA},ada@ok2.test"), "two.csv")
    close(lab, "ada@ok2.test")


def opt_in(lab: Lab, who: str = ADA, evidence: str = "ticked the box", **more: Any) -> None:
    desk.consent(lab.session, who, source="form", evidence=evidence, **more)


def record(lab: Lab, kind: str = "email", *, email: str = ADA, **columns: object) -> None:
    """A consent put in by hand, for one contact."""
    given = {"consent_type": kind, "consent_date": lab.now} | columns
    names, marks = ", ".join(given), ", ".join(["%s"] * len(given))
    lab.do(
        f"insert into core.consent_records (contact_id, {names}) select id, {marks} from core.contacts"
        " where email = %s",
        *given.values(),
        email,
    )


def stands(lab: Lab, email: str = ADA, *, by_hand: bool = False) -> tuple[str, str]:
    """What the rule says; the table says the same at once, and the second opinion agrees: nobody is listed wrongly,
    and whoever is put on a list against the rule is found. by_hand: after a change at the prompt, from the next run on.
    """
    if by_hand:
        lab.sync_permissions()
    why, may = lab.why(email), lab.may(email)
    assert may == tuple(reason == ALLOWED for reason in why)
    lab.do("update ops.permission_sync set is_asked = true")
    report = lab.sync_permissions()
    assert (report.counts["changed"], report.checks[0].passed) == (0, True)
    for column, reason in zip(("can_email", "can_call"), why, strict=True):
        lab.do(f"update core.contacts set {column} = true where email = %s", email)
        lab.do("update ops.permission_sync set is_asked = false")
        assert lab.sync_permissions().checks[0].passed is (reason == ALLOWED), column
        lab.do("update ops.permission_sync set is_asked = true")
        lab.sync_permissions()
    return why
