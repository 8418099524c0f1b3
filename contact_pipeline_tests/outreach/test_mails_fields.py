"""Reports with fields: delivery status notifications (RFC 3464, RFC 6533), whole and broken; whose address is taken."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from contact_pipeline.outreach.bounce_classes import BounceClass
from contact_pipeline.outreach.mails import Returned, read_returned
from contact_pipeline_tests.outreach.written_reports import (
    DAEMON,
    DATE,
    ENVELOPE,
    FULL,
    GONE,
    MESSAGE_ID,
    SENDER,
    THIRD,
    group,
    mail,
    multipart,
    notification,
    original,
)

HARD, SOFT, OURS, NONE = BounceClass.HARD, BounceClass.SOFT, BounceClass.OURS, BounceClass.NONE
FIELDS = f"Reporting-MTA: dns; mx.relay.example\n\n{group()}"


def only(message: bytes) -> Returned:
    [one] = read_returned(message)
    return one


def recipients(message: bytes) -> list[str | None]:
    return [one.recipient for one in read_returned(message)]


def test_a_notification_says_whom_why_which_mail_and_when() -> None:
    one = only(notification(group(more="Last-Attempt-Date: Mon, 05 Jan 2026 12:00:00 +0100\n")))
    assert (one.kind, one.recipient, one.status, one.message_id) == ("bounce", GONE, "5.1.1", MESSAGE_ID)
    assert one.meaning is not None
    assert (one.meaning.bounce_class, one.meaning.reason) == (HARD, "user_unknown")
    assert one.occurred_at == datetime(2026, 1, 5, 12, tzinfo=timezone(timedelta(hours=1)))


def test_one_entry_for_each_recipient() -> None:
    found = read_returned(
        notification(
            group(),
            group(FULL, status="5.2.2", diagnostic="smtp; 552 5.2.2 over quota"),
            group(THIRD, status="5.7.1", diagnostic="smtp; 550 5.7.1 blocked by policy"),
        )
    )
    assert {one.recipient: one.meaning and one.meaning.bounce_class for one in found} == {
        GONE: HARD,
        FULL: SOFT,
        THIRD: OURS,
    }


@pytest.mark.parametrize(
    ("action", "status", "kind", "reason"),
    [
        ("delivered", "2.0.0", "delivered", "delivered"),
        ("relayed", "2.0.0", "delivered", "relayed"),
        ("expanded", "2.0.0", "delivered", "expanded"),
        ("delayed", "4.4.1", "not_ours", "delayed"),
        ("Failed (bad address)", "5.1.1", "bounce", "user_unknown"),
    ],
)
def test_what_was_done(action: str, status: str, kind: str, reason: str) -> None:
    one = only(notification(group(action=action, status=status, diagnostic="")))
    assert one.kind == kind
    assert one.meaning is not None
    assert one.meaning.reason == reason


def test_whom_the_mail_was_for_goes_before_where_it_was_sent_on_to() -> None:
    assert recipients(notification(group(THIRD, more=f"Original-Recipient: rfc822;{GONE}\n"))) == [GONE]


def test_an_original_recipient_that_is_no_address_is_passed_over() -> None:
    assert recipients(notification(group(more="Original-Recipient: rfc822;unknown\n"))) == [GONE]


def test_our_own_envelope_goes_before_both() -> None:
    local, _, domain = GONE.partition("@")
    message = notification(group(THIRD)).replace(
        f"To: <{ENVELOPE}>".encode(), f"To: <returns+{local}={domain}@post.sender.test>".encode()
    )
    assert recipients(message) == [GONE]


def test_an_address_that_leads_to_two_people_is_good_if_one_of_them_has_the_mail() -> None:
    one_has_it = group(FULL, action="delivered", status="2.0.0", diagnostic="")
    expanded = f"Original-Recipient: rfc822;{GONE}\n"
    one = only(notification(group(THIRD, more=expanded), one_has_it + expanded))
    assert (one.kind, one.recipient) == ("delivered", GONE)

    local, _, domain = GONE.partition("@")
    ours = f"To: <returns+{local}={domain}@post.sender.test>".encode()
    one = only(notification(group(THIRD), one_has_it).replace(f"To: <{ENVELOPE}>".encode(), ours))
    assert (one.kind, one.recipient) == ("delivered", GONE)


@pytest.mark.parametrize(
    "envelope",
    [
        "news-return-17-zz=mail-a.example@post.sender.test",
        "bounces-zz=mail-a.example@post.sender.test",
        "bounces+zz=mail-a.example@post.sender.test",
        "prvs=1234abcdef=bounces+zz=mail-a.example@post.sender.test",
    ],
)
def test_envelopes_that_hold_the_recipient(envelope: str) -> None:
    assert recipients(mail("It could not be delivered.", headers=f"Delivered-To: {envelope}\n")) == [
        "zz@mail-a.example"
    ]


@pytest.mark.parametrize(
    "envelope",
    [
        "prvs=1234abcdef=zz@mail-a.example",
        "SRS0=abcd=XY=mail-a.example=zz@relay.example",
        "SRS0+abcd=mail-a.example@relay.example",
        "returns+2026-01-05@post.sender.test",
    ],
)
def test_envelopes_that_hold_somebody_else(envelope: str) -> None:
    assert recipients(mail("It could not be delivered.", headers=f"Delivered-To: {envelope}\n")) == [None]


def test_our_own_header_in_what_was_sent() -> None:
    sent = f"X-Outreach-Recipient: {GONE}\n{original(THIRD)}"
    fields = f"Reporting-MTA: dns; mx.relay.example\n\n{group(THIRD)}"
    message = multipart(("text/plain", "Sorry."), ("message/delivery-status", fields), ("text/rfc822-headers", sent))
    assert recipients(message) == [GONE]


def test_an_address_of_international_letters() -> None:
    fields = (
        "Reporting-MTA: dns; a\n\nFinal-Recipient: utf-8; zz\\x{FC}~@mail-a.example\nAction: failed\nStatus: 5.1.1\n"
    )
    assert recipients(multipart(("message/global-delivery-status", fields))) == ["zzü~@mail-a.example"]


def test_an_x400_address_gives_the_one_inside() -> None:
    fields = (
        "Final-Recipient: x400; /DDA:RFC-822=zz~gone~1(a)mail-a.example/P=RELAY/\nAction: failed\nStatus: 5.1.1\n\n"
        "Final-Recipient: x400; /S=nobody/P=RELAY/C=XX/\nAction: failed\nStatus: 5.1.1\n"
    )
    assert recipients(multipart(("message/delivery-status", f"Reporting-MTA: dns; a\n\n{fields}"))) == [GONE]


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(multipart(("text/plain", "x"), ("text/plain", FIELDS)), id="part of another type"),
        pytest.param(mail(f"Reports:\n\n{FIELDS}\n{original()}"), id="no parts"),
        pytest.param(
            multipart(("message/delivery-status", FIELDS.replace("\n\n", "\n"))), id="no blank line before the group"
        ),
        pytest.param(
            multipart(("message/delivery-status", FIELDS.replace("\n", "\n\n"))), id="blank lines in the group"
        ),
        pytest.param(
            multipart(("message/delivery-status", FIELDS.replace(": ", ":\n ", 3))), id="fields folded at once"
        ),
        pytest.param(multipart(("Message/Delivery-Status", FIELDS.upper())), id="capitals"),
        pytest.param(
            mail(
                f"--wrong\nContent-Type: message/delivery-status\n\n{FIELDS}\n--wrong--\n",
                headers="Content-Type: multipart/report; boundary=right\n",
            ),
            id="another boundary",
        ),
        pytest.param(
            multipart(("message/rfc822", notification(group()).decode()), kind="multipart/mixed"), id="report sent on"
        ),
        pytest.param(
            multipart(("text/plain\nContent-Transfer-Encoding: base64", "!!!"), ("message/delivery-status", FIELDS)),
            id="text that cannot be decoded",
        ),
    ],
)
def test_broken_notifications(message: bytes) -> None:
    one = only(message)
    assert (one.kind, (one.recipient or "").lower(), one.status) == ("bounce", GONE, "5.1.1")


def test_two_groups_without_a_line_between_them() -> None:
    fields = f"Reporting-MTA: dns; a\n\n{group()}{group(FULL, status='5.2.2', diagnostic='')}"
    found = read_returned(multipart(("message/delivery-status", fields)))
    assert [(one.recipient, one.status) for one in found] == [(GONE, "5.1.1"), (FULL, "5.2.2")]


def test_a_status_without_an_answer_is_read_with_the_words() -> None:
    words = f"Delivery failed to:\n\n  {GONE}\n    mail.local: unknown user\n"
    one = only(notification(group(status="5.5.0", diagnostic=""), text=words))
    assert one.meaning is not None
    assert one.meaning.reason == "user_unknown"


def test_the_footer_of_a_report_is_no_reason() -> None:
    words = f"Delivery failed:\n\n  {GONE}\n\n____________\nThis mail was scanned for spam and viruses.\n"
    one = only(notification(group(status="5.0.0", diagnostic=""), text=words))
    assert one.meaning is not None
    assert one.meaning.bounce_class is SOFT


def test_a_read_receipt_is_no_bounce() -> None:
    fields = f"Reporting-UA: reader\nFinal-Recipient: rfc822;{GONE}\nDisposition: manual-action/MDN-sent; displayed\n"
    message = multipart(
        ("text/plain", "It was read."),
        ("message/disposition-notification", fields),
        kind="multipart/report; report-type=disposition-notification",
        subject="Read: What we make",
        sender=GONE,
    )
    assert [one.kind for one in read_returned(message)] == ["not_ours"]


def test_nobody_of_the_original_and_no_daemon_is_taken() -> None:
    words = (
        f"Your message could not be delivered.\nFrom: {SENDER}\nPlease contact ask~us~@post.sender.test or {DAEMON}.\n"
    )
    assert recipients(
        mail(
            f"{words}\n\n{original('everybody~@lists.test')}".replace("Subject: What", "List-Id: <a.b>\nSubject: What")
        )
    ) == [None]


@pytest.mark.parametrize("somebody", [SENDER, ENVELOPE, DAEMON])
def test_a_field_that_names_the_sender_or_the_daemon_is_not_believed(somebody: str) -> None:
    assert recipients(notification(group(somebody), to="everybody~@lists.test, other~@lists.test")) == [None]
    assert recipients(notification(group(somebody))) == [GONE]


def test_a_header_that_names_the_sender_is_not_believed() -> None:
    body = f"It could not be delivered.\n\n{original('everybody~@lists.test, other~@lists.test')}"
    assert recipients(mail(body, headers=f"X-Failed-Recipients: {SENDER}, {DAEMON}\n")) == [None]


def test_a_mail_to_oneself_can_come_back() -> None:
    assert recipients(notification(group(SENDER), to=SENDER)) == [SENDER]


def test_whom_a_report_says_to_write_to_is_not_taken() -> None:
    words = f"Delivery failed: {GONE}: 550 User unknown\nQuestions? The mailbox {THIRD} answers if delivery fails.\n"
    assert recipients(mail(words)) == [GONE]


def test_the_status_of_a_report_in_words() -> None:
    assert only(mail(f"Your message failed:\n\n<{GONE}>: 550 5.1.1 User unknown\n")).status == "5.1.1"
    assert only(mail(f"Your message failed:\n\n<{GONE}>: 550 User unknown\n")).status == "550"
    assert only(mail(f"Your message failed:\n\n<{GONE}>: User unknown\n")).status == ""


def test_who_signs_a_report_is_not_taken() -> None:
    words = f"Your message could not be delivered.\n\n  {GONE}: 550 User unknown\n\nRegards\n{THIRD}\nhelp@c.example\n"
    assert recipients(mail(f"{words}\n\n--- Original message ---\n\n{original()}")) == [GONE]


def test_a_support_desk_can_be_the_one_that_is_gone() -> None:
    assert recipients(mail("<support@mail-c.example>: 550 User unknown\n")) == ["support@mail-c.example"]


def test_a_date_without_a_zone_is_utc_and_none_is_none() -> None:
    message = mail("It could not be delivered.").replace(DATE.encode(), b"Mon, 05 Jan 2026 10:11:12")
    assert only(message).occurred_at == datetime(2026, 1, 5, 10, 11, 12, tzinfo=UTC)
    assert only(message.replace(b"Mon, 05 Jan 2026 10:11:12", b"yesterday")).occurred_at is None
