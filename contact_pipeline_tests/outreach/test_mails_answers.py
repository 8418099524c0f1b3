"""What is no bounce: complaints (RFC 5965), answers of machines and of people, warnings. And where mails lie."""

from pathlib import Path

import pytest

from contact_pipeline.outreach.mails import messages_in, read_returned
from contact_pipeline_tests.outreach.written_reports import (
    ENVELOPE,
    GONE,
    MESSAGE_ID,
    SENDER,
    THIRD,
    mail,
    multipart,
    original,
)


def feedback(kind: str = "abuse", more: str = "", to: str = GONE, sent: str = "") -> bytes:
    """A feedback report as RFC 5965 has it."""
    fields = f"Feedback-Type: {kind}\nUser-Agent: Loop/1.0\nVersion: 1\n{more}"
    fields += "Arrival-Date: Mon, 05 Jan 2026 08:00:00 +0000\n"
    return multipart(
        ("text/plain", "This is a report about a mail."),
        ("message/feedback-report", fields),
        ("message/rfc822", sent or original(to)),
        kind="multipart/report; report-type=feedback-report",
        subject="FW: What we make",
        sender="Loop <feedback~@loop.example>",
    )


@pytest.mark.parametrize("kind", ["abuse", "Abuse", "fraud", "opt-out", "other", "virus"])
def test_a_complaint(kind: str) -> None:
    [one] = read_returned(feedback(kind, f"Original-Rcpt-To: <{GONE}>\n"))
    assert (one.kind, one.recipient, one.message_id, one.meaning) == ("complaint", GONE, MESSAGE_ID, None)
    assert one.occurred_at is not None
    assert one.occurred_at.hour == 8


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", "dmarc", ""])
def test_what_is_reported_and_is_no_complaint(kind: str) -> None:
    assert [one.kind for one in read_returned(feedback(kind, f"Original-Rcpt-To: <{GONE}>\n"))] == ["not_ours"]


@pytest.mark.parametrize(
    ("more", "to", "expected"),
    [
        (f"Removal-Recipient: {GONE}\n", THIRD, GONE),
        ("Original-Mail-From: <returns+zz=mail-a.example@post.sender.test>\n", THIRD, "zz@mail-a.example"),
        ("Original-Rcpt-To: <redacted@mail-a.example>\n", GONE, GONE),
        ("Original-Rcpt-To: [redacted]\n", "redacted@mail-a.example", None),
        ("", GONE, GONE),
        ("", "d41d8cd98f00b204e9800998ecf8427e@mail-a.example", None),
        ("", "undisclosed-recipients:;", None),
        ("", f"{GONE}, {THIRD}", None),
        ("", SENDER, None),
    ],
)
def test_who_complains(more: str, to: str, expected: str | None) -> None:
    assert [one.recipient for one in read_returned(feedback(more=more, to=to))] == [expected]


def test_our_own_header_says_who_complains_where_all_else_is_redacted() -> None:
    sent = f"X-Outreach-Recipient: {GONE}\n{original('redacted@mail-a.example')}"
    assert [
        one.recipient for one in read_returned(feedback(more="Original-Rcpt-To: redacted@x.example\n", sent=sent))
    ] == [GONE]


def test_a_complaint_of_outlook_com() -> None:
    message = multipart(
        ("message/rfc822", f"X-HmXmrOriginalRecipient: {GONE}\n{original(THIRD)}"),
        kind="multipart/mixed",
        subject="complaint about message from 192.0.2.10",
        sender="staff@hotmail.com",
    )
    assert [(one.kind, one.recipient) for one in read_returned(message)] == [("complaint", GONE)]


@pytest.mark.parametrize(
    ("subject", "headers"),
    [
        ("Out of Office: What we make", ""),
        ("Automatic reply: What we make", "Auto-Submitted: auto-replied\n"),
        ("Abwesenheitsnotiz", f"In-Reply-To: <{MESSAGE_ID}>\n"),
        ("Réponse automatique : What we make", ""),
        ("Fuera de la oficina", ""),
        ("Risposta automatica", ""),
        ("Resposta automática: What we make", ""),
        ("Automatisch antwoord: What we make", ""),
        ("Odpowiedź automatyczna", ""),
        ("Автоответ: What we make", ""),
        ("自動返信: What we make", ""),
        ("自动回复: What we make", ""),
        ("Re: What we make", "X-Autoreply: yes\n"),
        ("Re: What we make", "Precedence: auto_reply\n"),
        ("Re: What we make", f"Auto-Submitted: auto-replied\nIn-Reply-To: <{MESSAGE_ID}>\n"),
    ],
)
def test_answers_of_machines_are_nothing(subject: str, headers: str) -> None:
    body = f"I am away and could not read your mail. In my absence write to {THIRD}. It cannot be delivered to me.\n"
    for envelope in (ENVELOPE, "returns+zz=mail-a.example@post.sender.test"):
        message = mail(body, subject=subject, sender=GONE, headers=headers).replace(
            ENVELOPE.encode(), envelope.encode()
        )
        for one_path in (message, message.replace(b"Return-Path: <>\n", b"")):
            assert [(one.kind, one.recipient) for one in read_returned(one_path)] == [("not_ours", None)]


def test_an_answer_of_a_person() -> None:
    message = mail(
        f"Please send it again, the first could not be delivered:\n> Recipient: {THIRD}\n> 550 5.1.1 User unknown\n",
        subject="Re: your delivery problem",
        sender=f"Somebody <{GONE}>",
        headers=f"In-Reply-To: <{MESSAGE_ID}>\nReferences: <{MESSAGE_ID}>\n",
    ).replace(b"Return-Path: <>\n", b"")
    [one] = read_returned(message)
    assert (one.kind, one.recipient, one.message_id, one.meaning) == ("reply", GONE, MESSAGE_ID, None)


def test_a_mail_that_answers_nothing() -> None:
    message = mail("Good morning.", subject="A question", sender=GONE).replace(b"Return-Path: <>\n", b"")
    assert [(one.kind, one.recipient) for one in read_returned(message)] == [("not_ours", None)]


@pytest.mark.parametrize(
    "warning",
    [
        "This is a warning message only.\nYou do not need to resend it.\n\nThese addresses had transient errors:",
        "A message that you sent has not yet been delivered to:\nNo action is required on your part.",
        "There was a problem delivering your mail. Delivery attempts will continue for 3 days:",
    ],
)
def test_a_warning_that_a_mail_is_late_is_nothing(warning: str) -> None:
    [one] = read_returned(mail(f"{warning}\n\n  {GONE}\n", subject="Warning: message delayed"))
    assert (one.kind, one.recipient) == ("not_ours", GONE)
    assert one.meaning is not None
    assert one.meaning.reason == "delayed"


def test_where_mails_lie(tmp_path: Path) -> None:
    first, second = mail("one"), mail("two\n\nFrom here on\n")
    file = tmp_path / "one.eml"
    file.write_bytes(first)
    assert list(messages_in(file)) == [first]

    box = tmp_path / "all.mbox"
    quoted = second.replace(b"\nFrom here", b"\n>From here")
    box.write_bytes(
        b"From a@b Mon Jan  5 10:11:12 2026\n" + first + b"\n\nFrom a@b Mon Jan  5 10:11:12 2026\n" + quoted + b"\n"
    )
    assert [one.strip() for one in messages_in(box)] == [first.strip(), second.strip()]

    maildir = tmp_path / "Maildir"
    for name in ("cur", "new", "tmp"):
        (maildir / name).mkdir(parents=True)
    (maildir / "new" / "1.host").write_bytes(first)
    (maildir / "cur" / "2.host:2,S").write_bytes(second)
    (maildir / "tmp" / "3.host").write_bytes(b"half")
    assert list(messages_in(maildir)) == [first, second]

    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "b.eml").write_bytes(second)
    (folder / "a.eml").write_bytes(first)
    (folder / ".hidden.eml").write_bytes(first)
    (folder / "picture.png").write_bytes(b"\x89PNG")
    assert list(messages_in(folder)) == [first, second]
    assert ENVELOPE.encode() in first


def test_a_place_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(messages_in(tmp_path / "nowhere"))
