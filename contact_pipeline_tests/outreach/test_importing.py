"""Returned mails and lists of bounces, from files of every kind into events."""

from pathlib import Path

import pytest

from contact_pipeline.core.errors import ConfigurationError, UsageError
from contact_pipeline.outreach.importing import import_bounces, take_returned
from contact_pipeline.outreach.working_off import work_off
from contact_pipeline_tests.lab.lab import Lab, csv
from contact_pipeline_tests.outreach.told import outcomes

MIA, TOM = "mia-one@ok.test", "tom-one@ok.test"


def report(
    email: str, status: str = "5.1.1", text: str = "550 5.1.1 user unknown", message: str = "m1@quux.example"
) -> str:
    """RFC 3464"""
    return f"""From: MAILER-DAEMON@mx.ok.test
To: returns@quux.example
Subject: Undelivered Mail Returned to Sender
Date: Sun, 01 Nov 2026 10:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.ok.test

Final-Recipient: rfc822; {email}
Action: failed
Status: {status}
Diagnostic-Code: smtp; {text}
--b
Content-Type: text/rfc822-headers

Message-ID: <{message}>
To: {email}
--b--
"""


@pytest.fixture
def people(lab: Lab) -> Lab:
    lab.drop("shop", csv("Name,Email", f"Mia Lopez,{MIA}", f"Tom Ash,{TOM}"))
    return lab


def test_a_folder_of_mails_once(people: Lab, tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_text(report(MIA))
    (tmp_path / "b.eml").write_text(report(TOM, "4.2.2", "452 4.2.2 mailbox full"))
    (tmp_path / "c.eml").write_text(
        "From: tom-one@ok.test\nSubject: Out of office\nAuto-Submitted: auto-replied\n\nBack soon.\n"
    )
    dry = import_bounces(people.session, tmp_path, dry_run=True)
    assert (dry.mails, dry.nothing, dict(dry.said), outcomes(people)) == (3, 1, {"hard": 1, "soft": 1}, [])
    done = import_bounces(people.session, tmp_path)
    assert done.outcomes == {"applied": 2}
    assert import_bounces(people.session, tmp_path).outcomes == {}
    assert people.contact(MIA)["email_sub_status"] == "hard_bounce"
    assert people.contact(TOM)["soft_bounce_count"] == 1
    query = "select bounce_status, bounce_reason, source from core.outreach_history order by bounce_type"
    assert people.rows(query) == [
        ("5.1.1", "user_unknown", "returned_mail"), ("4.2.2", "mailbox_full", "returned_mail"),
    ]  # fmt: skip


def test_a_maildir_is_read_and_emptied(people: Lab) -> None:
    folder = people.settings.root / "returned"
    for part in ("new", "cur", "tmp"):
        (folder / part).mkdir(parents=True)
    for number, email in enumerate((MIA, TOM)):
        (folder / "new" / f"17.{number}.host").write_text(report(email))
    assert take_returned(people.session).mails == 0, "none is named"
    people.with_policy(bounces={"maildir": "returned"})
    assert take_returned(people.session, most=1).mails == 1
    assert take_returned(people.session).said == {"hard": 1}
    assert take_returned(people.session).mails == 0
    assert sorted(path.name for path in (folder / "cur").iterdir()) == ["17.0.host:2,S", "17.1.host:2,S"]
    assert work_off(people.session).counts == {"applied": 2}
    people.with_policy(bounces={"maildir": "nowhere"})
    with pytest.raises(ConfigurationError, match="no Maildir"):
        take_returned(people.session)


def test_a_list_of_bounces(people: Lab, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(csv("Email,Type,Date,Reason", f"{MIA},hard,2026-11-01,user unknown", f"{TOM},soft,,"))
    assert import_bounces(people.session, file).said == {"hard": 1, "soft": 1}
    assert people.value("select bounced_at::date::text from curated.bounces where bounce_type = 'hard'") == "2026-11-01"
    file.write_text(csv("Email,Type", f"{MIA},hard", f"{TOM},sideways"))
    with pytest.raises(UsageError, match="Line 3") as caught:
        import_bounces(people.session, file)
    assert TOM not in str(caught.value)
