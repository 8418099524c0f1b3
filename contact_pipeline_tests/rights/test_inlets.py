"""Each kind of fact has one validation (core/said.py and what it names), whatever the inlet: the desk, requests,
reviews, lists that are imported, lists that are dropped. A table of kinds and inlets, each against the same wrong
values."""

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from contact_pipeline.core import said
from contact_pipeline.core.errors import UsageError
from contact_pipeline.people.facts import BOOK
from contact_pipeline.profiles.reviewing import decide_review
from contact_pipeline.rights import desk
from contact_pipeline.rights.replaying import bring_back
from contact_pipeline.rights.requests import open_request
from contact_pipeline.schemas.curated import CHANNELS
from contact_pipeline_tests.lab.lab import Lab, csv

ADA = "ada@ok.test"
Inlet = Callable[[Lab, str], None]


@contextmanager
def quietly(wrong: str) -> Iterator[None]:
    """It is refused, and what was wrong is not repeated."""
    with pytest.raises(UsageError) as refused:
        yield
    assert wrong not in str(refused.value)


def of_moment(text: str) -> datetime:
    """As the command line reads it."""
    return said.moment(text)


def imported(lab: Lab, header: str, row: str) -> None:
    desk.import_suppressions(lab.session, io.StringIO(csv(header, row)), source="list")


def reviewed(lab: Lab, field: str, value: str) -> None:
    lab.do("insert into ops.reviews (kind, contact_id) select 'spot_check', id from core.contacts")
    number = lab.value("select max(id) from ops.reviews")
    decide_review(lab.session, number, "corrected", reason="a call", value=value, field=field)


def exported(lab: Lab, **wrong: str) -> None:
    """A row of an export of ours, with something wrong in it."""
    row = {"subject_key": "ab" * 16, "channel": "email", "reason": "opt_out", "last_said_at": "2026-01-01"} | wrong
    imported(lab, ",".join(row), ",".join(row.values()))


WRONG: Mapping[str, tuple[str, ...]] = {
    "moment": ("2099-01-01", "1811-01-01", "2026-01-01T10:00+23:00"),
    "subject": ("ada.ok.test", "@", "12", ""),
    "channel": ("pigeon",),
    "ip": ("999.1.2.3", "localhost"),
    "email": ("ada.ok.test", "@"),
    "country": ("Narnia",),
}
# (kind, inlet): who refuses a wrong value. What lists say of a channel that is closed is below: it holds in any case.
REFUSED: Mapping[tuple[str, str], Inlet] = {
    ("moment", "opt-out --date"): lambda lab, v: _opt_out(lab, acted_at=of_moment(v)),
    ("moment", "opt-out --received"): lambda lab, v: _opt_out(lab, received_at=of_moment(v)),
    ("moment", "consent --date"): lambda lab, v: _consent(lab, given_at=of_moment(v)),
    ("moment", "requests open --received"): lambda lab, v: _request(lab, received_at=of_moment(v)),
    ("moment", "import: acted_at"): lambda lab, v: imported(lab, "email,acted_at", f"{ADA},{v}"),
    ("moment", "import of an export: last_said_at"): lambda lab, v: exported(lab, last_said_at=v),
    ("subject", "opt-out"): lambda lab, v: _opt_out(lab, who=v),
    ("subject", "consent"): lambda lab, v: _consent(lab, who=v),
    ("subject", "requests open"): lambda lab, v: _request(lab, who=v),
    ("subject", "import: email"): lambda lab, v: imported(lab, "email,reason", f"{v},opt_out"),
    ("subject", "import: phone"): lambda lab, v: imported(lab, "phone,reason", f"{v},opt_out"),
    ("channel", "opt-out --channel"): lambda lab, v: _opt_out(lab, channel=v),
    ("channel", "consent --channel"): lambda lab, v: _consent(lab, channel=v),
    ("channel", "import of an export"): lambda lab, v: exported(lab, channel=v),
    ("ip", "consent --ip"): lambda lab, v: _consent(lab, ip=v),
    ("email", "rectify"): lambda lab, v: _request(lab, kind="rectify", details={"email": v}),
    ("email", "review correct"): lambda lab, v: reviewed(lab, "email", v),
    ("country", "rectify"): lambda lab, v: _request(lab, kind="rectify", details={"country": v}),
    ("country", "review correct"): lambda lab, v: reviewed(lab, "country", v),
}


def _opt_out(lab: Lab, *, who: str = ADA, reason: str = "opt_out", **more: object) -> None:
    desk.opt_out(lab.session, who, reason=reason, source="letter", **more)  # type: ignore[arg-type]


def _consent(lab: Lab, *, who: str = ADA, **more: object) -> None:
    desk.consent(lab.session, who, source="form", evidence="a form", **more)  # type: ignore[arg-type]


def _request(lab: Lab, *, who: str = ADA, kind: str = "access", **more: object) -> None:
    open_request(lab.session, kind, who=who, **more)  # type: ignore[arg-type]


def test_every_kind_has_wrong_values() -> None:
    assert {kind for kind, _ in REFUSED} == set(WRONG)


@pytest.mark.parametrize(("kind", "inlet"), REFUSED)
def test_no_inlet_takes_what_another_refuses(kind: str, inlet: str, lab: Lab) -> None:
    lab.drop("crm", csv("Email,Name", f"{ADA},Ada Quux"))
    before = lab.rows("select * from core.suppressions"), lab.rows("select * from core.consent_records")
    for wrong in WRONG[kind]:
        if kind == "moment" and "import" not in inlet:
            try:
                of_moment(wrong)
            except ValueError:  # refused where the command line reads it
                continue
        with quietly(wrong or "\0"):
            REFUSED[kind, inlet](lab, wrong)
    assert (lab.rows("select * from core.suppressions"), lab.rows("select * from core.consent_records")) == before
    assert lab.rows("select 1 from ops.subject_requests") == []


@pytest.mark.parametrize(
    "close",
    [
        lambda lab, words: imported(lab, "email,reason", f"{ADA},{words}"),
        lambda lab, words: exported(lab, subject_key=lab.session.key.email(ADA).hex(), reason=words),
        lambda lab, words: _opt_out(lab, reason=words),
    ],
    ids=["import", "import of an export", "opt-out --reason"],
)
def test_an_opt_out_holds_whatever_its_wording(close: Inlet, lab: Lab) -> None:
    """Somebody's own words stay out, as they may name a person."""
    close(lab, "as Ada Quux told us on the phone")
    assert lab.rows("select channel, reason from core.suppressions") == [("email", "opt_out")]


@pytest.mark.parametrize("column", ["consent_date", "opt_out_date", "email_opt_out_date", "source_date"])
def test_a_dropped_list_tells_of_nothing_that_is_yet_to_come(column: str, lab: Lab) -> None:
    key = lab.drop("newsletter", csv(f"email,{column},consent_source", f"{ADA},2099-01-01,form"))
    assert lab.value("select claims -> %s from raw.landed_rows", column) is None
    assert "2099-01-01" in str(lab.value("select extra from raw.landed_rows"))
    assert f"{column}:in_the_future" in str(lab.value("select repairs from raw.drops where key = %s", key))
    assert lab.may(ADA)[0] is False
    closed = lab.rows("select 1 from core.suppressions where channel = 'email'")
    assert bool(closed) == ("opt_out" in column)  # it closes the channel, whenever that was
    lab.passes(days=1)
    if "opt_out" in column:  # and not for ever, as a date beyond every later consent would
        _consent(lab)
        assert lab.rows("select distinct last_said_at < now() + interval '1 year' from core.suppressions") == [(True,)]


def test_a_fact_of_the_ledger_lies_not_after_its_line(lab: Lab) -> None:
    """As a list told it to an earlier version."""
    fact = {
        "kind": "suppression", "subject": lab.session.key.email(ADA), "mailbox": None, "channel": "email",
        "reason": "opt_out", "source": "list", "acted_at": "2099-01-01T00:00:00+00:00", "received_at": lab.now,
        "created_at": lab.now, "said_at": "2099-01-01T00:00:00+00:00", "is_exact": True,
    }  # fmt: skip
    lab.session.ledger.append(BOOK, lab.now, fact)
    bring_back(lab.session)
    assert lab.rows("select acted_at, last_said_at from core.suppressions") == [(lab.now, lab.now)]


def test_a_moment_is_of_the_writers_day() -> None:
    now = datetime(2026, 11, 2, 20, 0, tzinfo=UTC)
    assert said.moment("2026-11-03", now=now) == now  # it is the third in Kiritimati
    assert said.moment("2026-11-02T21:00+02:00", now=now) == now - timedelta(hours=1)
    for late in ("2026-11-04", "2026-11-03T00:00+00:00"):
        with pytest.raises(ValueError, match="future"):
            said.moment(late, now=now)


def test_the_spelling_of_an_address_is_one() -> None:
    assert said.ip_address(" FE80::0001%eth0 ") == "fe80::1"
    assert said.channel("any", of=(*CHANNELS, "any")) == "any"
