"""Whatever the octets are: nothing raises, nothing takes long, and nobody who did not get the mail is named."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_pipeline.outreach.mails import read_returned
from contact_pipeline_tests.outreach.test_mails_answers import feedback
from contact_pipeline_tests.outreach.test_mails_systems import SYSTEMS
from contact_pipeline_tests.outreach.written_reports import (
    DAEMON,
    ENVELOPE,
    GONE,
    SENDER,
    group,
    mail,
    multipart,
    notification,
    original,
)

WHOLE = notification(group())
REPORTS = [WHOLE, feedback(), *(message for message, _ in SYSTEMS.values())]
# Nobody of these is ever the one who did not get a mail.
OTHERS = {SENDER, ENVELOPE, DAEMON, "postmaster@mx.relay.example", "postmaster@mail-a.example"}
WORDS = st.sampled_from(
    [
        *("could not be delivered to", "550 5.1.1 User unknown", "please contact", "(generated from ", "RCPT TO:"),
        *("Final-Recipient: rfc822;", "Original-Recipient: rfc822;", "Action: failed\n", "Status: 5.1.1\n"),
        *("\n", "\n\n", " ", "<", ">", ":", ")", "From:", "Recipient:", "--frontier\n"),
        *("Content-Type: message/rfc822\n\n", "Reporting-MTA: dns; a\n", GONE, *OTHERS),
    ]
)


def nobody_else(message: bytes) -> None:
    for one in read_returned(message):
        if one.kind != "reply":
            assert one.recipient not in OTHERS


@given(st.binary(max_size=2000))
def test_no_octets_raise(octets: bytes) -> None:
    assert read_returned(octets)


@given(st.sampled_from(REPORTS), st.integers(min_value=0, max_value=1 << 30))
def test_damaged_reports_name_nobody_else(message: bytes, seed: int) -> None:
    chance = random.Random(seed)
    octets = bytearray(message)
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(octets))
        what = chance.randrange(3)
        if what == 0:
            octets[place] = chance.randrange(256)
        elif what == 1:
            del octets[place : place + chance.randrange(40)]
        else:
            octets[place:place] = chance.choice(
                [b"\n", b"\n\n", b"\0", b"--frontier\n", b"=?utf-8?b?", b"\xff\xfe", b" "]
            )
    read_returned(bytes(octets))


@given(st.lists(WORDS, max_size=40))
def test_whatever_a_report_says_nobody_else_is_named(words: list[str]) -> None:
    body = "".join(words)
    nobody_else(mail(f"It could not be delivered.\n{body}\n\n--- Original message ---\n\n{original()}"))
    nobody_else(multipart(("text/plain", "x"), ("message/delivery-status", body), ("message/rfc822", original())))


def quick(message: bytes, seconds: float = 3) -> None:
    begin = time.perf_counter()
    assert read_returned(message)
    assert time.perf_counter() - begin < seconds


def nested(depth: int) -> bytes:
    """Multiparts in multiparts."""
    opened = "".join(f"Content-Type: multipart/mixed; boundary=b{at}\n\n--b{at}\n" for at in range(depth))
    return f"From: {DAEMON}\nSubject: Undeliverable\n{opened}".encode()


HEAD = f"From: {DAEMON}\nTo: {ENVELOPE}\nSubject: Undelivered Mail Returned to Sender\n".encode()
FIELDS = HEAD + b"Content-Type: message/delivery-status\n\n"
FAILURES = b"".join(b"zz~%d@mail-a.example: 550 no\n" % at for at in range(60_000))


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(nested(5000), id="nested"),
        pytest.param(b"Content-Type: message/rfc822\n\n" * 100_000, id="mails in mails"),
        pytest.param(b"Content-Type: multipart/report; boundary=b\n\n" + b"--b\n\n" * 300_000, id="empty parts"),
        pytest.param(HEAD + b"\n" + WHOLE * 3000, id="5 MB of reports"),
        pytest.param(HEAD + b"Subject: " + b"=?utf-8?q?a?= " * 100_000 + b"\n\nx", id="encoded words"),
        pytest.param(HEAD + b"X: " + b"a\n b" * 500_000, id="folded"),
        pytest.param(HEAD + b"\nfailed " + b"a@" * 2_000_000, id="at signs"),
        pytest.param(HEAD + b"\nfailed " + b"a" * 4_000_000, id="one word"),
        pytest.param(HEAD + b"\nfailed " + b"a@b." * 1_000_000, id="one domain"),
        pytest.param(HEAD + b"\nfailed\n" + b"zz~%d@mail-a.example\n" * 200_000, id="addresses"),
        pytest.param(HEAD + b"\nfailed\n" + FAILURES, id="failures"),
        pytest.param(HEAD + b"\n" + b"<a " * 1_000_000, id="brackets"),
        pytest.param(HEAD + b"Content-Type: text/html\n\n" + b"<script>" * 400_000, id="scripts"),
        pytest.param(HEAD + b"Content-Type: text/html\n\n" + b"<" * 4_000_000, id="open tags"),
        pytest.param(HEAD + b"Content-Type: text/html\n\n" + b"&#" * 2_000_000, id="entities"),
        pytest.param(HEAD + b"Content-Type: text/plain; charset=punycode\n\n" + b"a-" * 500_000, id="punycode"),
        pytest.param(HEAD + b"Content-Type: text/plain; charset=unicode_escape\n\n\\d\\N{", id="escapes"),
        pytest.param(HEAD + b"Subject: =?punycode?q?a-b?= =?unicode_escape?b?XGQ=?= =?utf-8?b?x?=\n\nx", id="words"),
        pytest.param(HEAD + b"Content-Type: text/plain; charset=" + b"x" * 500_000 + b"\n\nfailed", id="charset"),
        pytest.param(HEAD + b"Content-Transfer-Encoding: base64\n\n" + b"=" * 3_000_000, id="base64"),
        pytest.param(FIELDS + b"Final-Recipient: rfc822; a@b.example\n" * 100_000, id="groups"),
        pytest.param(HEAD + b"Date: " + b"1 " * 500_000 + b"\n\nfailed", id="date"),
        pytest.param(HEAD + b"\n" + b"\0" * 5_000_000, id="nothing"),
        pytest.param(b"\n" * 1_000_000, id="blank"),
        pytest.param(b"", id="empty"),
    ],
)
def test_hostile_mails_take_no_time(message: bytes) -> None:
    quick(message)
