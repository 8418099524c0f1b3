"""Replies of real servers, by their codes and by their words, and what must never follow from them."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contact_pipeline.core.verdicts import EmailStatus, EmailSubStatus
from contact_pipeline.emails.smtp.replies import (
    DEFAULT_GREYLIST_S,
    MOST_TEXT,
    SmtpFinding,
    asks_for_one_recipient,
    judge_rcpt,
    judge_session,
)

WHO = "clara.dorn@d3.lab.test"


def verdict(finding: SmtpFinding) -> str:
    return "/".join(filter(None, (finding.answer.status, finding.answer.sub_status)))


NOT_FOUND = "invalid/mailbox_not_found"
DISABLED = "invalid/mailbox_disabled"
FULL = "risky/mailbox_full"
GREYLISTED = "unknown/greylisted"
FAILURE = "unknown/smtp_failure"
BLOCKED = "unknown/blocked_us"
UNSURE = "unknown/provider_unsure"


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        (250, "2.1.5 Ok", "valid"),
        (250, "Accepted", "valid"),
        (251, "User not local; will forward", "valid"),
        (252, "2.5.2 Cannot VRFY user, will try", UNSURE),
        # not found: by code
        (550, f"5.1.1 <{WHO}>: Recipient address rejected: User unknown in virtual mailbox table", NOT_FOUND),
        (
            550,
            "5.1.1 The email account that you tried to reach does not exist. Please try\n5.1.1 again gsmtp",
            NOT_FOUND,
        ),
        (554, "5.1.1 whatever", NOT_FOUND),
        (550, "5.1.6 Recipient has moved", NOT_FOUND),
        (550, "5.1.2 no such domain here", NOT_FOUND),
        (553, "5.1.3 bad syntax of the local part", NOT_FOUND),
        (550, "#5.1.0 Address rejected.", NOT_FOUND),
        (550, "sorry, no mailbox here by that name. (#5.1.1)", NOT_FOUND),
        (550, "5.1.1. gone", NOT_FOUND),
        # not found: by words
        (550, "No such user here", NOT_FOUND),
        (550, "User unknown", NOT_FOUND),
        (550, f"<{WHO}> is unknown user", NOT_FOUND),
        (550, "Unrouteable address", NOT_FOUND),
        (550, "Invalid Recipient - https://community.mimecast.example/docs/DOC-1369#550 [x.us31]", NOT_FOUND),
        (554, f"delivery error: dd This user doesn't have a yahoo.example account ({WHO}) [0]", NOT_FOUND),
        (550, "5.5.0 Requested action not taken: mailbox unavailable (S2017062302)", NOT_FOUND),
        (550, "5.4.1 Recipient address rejected: Access denied. AS(201806281)", NOT_FOUND),
        (550, "5.3.0 ... No such user", NOT_FOUND),
        (550, "5.7.1 User unknown", NOT_FOUND),
        (550, "5.2.1 No such mailbox", NOT_FOUND),
        (550, "User clara not listed in public Name & Address Book", NOT_FOUND),
        (550, "Utilisateur inconnu", NOT_FOUND),
        (550, "Empfänger unbekannt", NOT_FOUND),
        (551, "Please try elsewhere", NOT_FOUND),
        (550, "5.1.10 Recipient domain has a null MX", "invalid/null_mx"),
        (556, "does not accept mail", "invalid/null_mx"),
        # disabled
        (550, "5.2.1 gone for good", DISABLED),
        (550, "The email account that you tried to reach is disabled", DISABLED),
        (554, "delivery error: dd Sorry, your message cannot be delivered. This account has been disabled", DISABLED),
        (525, "5.7.13 User Account Disabled", DISABLED),
        (550, "user suspended", DISABLED),
        # full
        (452, "4.2.2 The email account that you tried to reach is over quota", FULL),
        (552, "5.2.2 something", FULL),
        (552, "Requested mail action aborted", FULL),
        (550, "mailbox is full", FULL),
        (450, "Mailbox quota exceeded", FULL),
        # greylists
        (451, "4.7.1 Please try again later", GREYLISTED),
        (450, "4.7.1 Recipient temporarily refused", GREYLISTED),
        (450, "4.2.0 Recipient address rejected: Greylisted", GREYLISTED),
        (451, "Graylisted, come back later", GREYLISTED),
        (451, "no reverse dns entry. Come back later. You are greylisted for 20 minutes", GREYLISTED),
        # temporary, without a verdict
        (451, "4.3.0 Local error in processing", FAILURE),
        (450, "4.1.1 User unknown in local recipient table", FAILURE),
        (450, "Requested mail action not taken: mailbox unavailable", FAILURE),
        (452, "4.3.1 Insufficient system storage", FAILURE),
        (450, "4.2.1 The user you are trying to contact is receiving mail too quickly", FAILURE),
        (550, "5.2.1 The user you are trying to contact is receiving mail at a rate that is too high", FAILURE),
        (451, "4.4.3 Temporary server error", FAILURE),
        (452, "4.5.3 Too many recipients", FAILURE),
        # about us
        (550, "5.7.1 Client host rejected: cannot find your reverse hostname", BLOCKED),
        (450, "4.7.1 Client host rejected: cannot find your hostname", BLOCKED),
        (451, "4.7.500 Server busy. Please try again later", BLOCKED),
        (554, "5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", BLOCKED),
        (550, "5.1.1 blocked using zen.spamhaus.org", BLOCKED),
        (550, "https://www.spamhaus.org/query/ip/192.0.2.1", BLOCKED),
        (550, "Blocked - see https://ipcheck.example/?ip=192.0.2.1", BLOCKED),
        (550, "5.1.0 <verify@us.example>: Sender address rejected: User unknown in virtual alias table", BLOCKED),
        (450, "4.1.8 <verify@us.example>: Sender address rejected: Domain not found", BLOCKED),
        (550, "5.1.8 Domain of sender address does not exist", BLOCKED),
        (550, "5.7.606 Access denied, banned sending IP [192.0.2.1]", BLOCKED),
        (554, f"5.7.1 <{WHO}>: Recipient address rejected: Access denied", BLOCKED),
        (550, "5.7.133 sender not authenticated for this group", BLOCKED),
        (550, "5.7.1 RESOLVER.RST.AuthRequired; authentication required", BLOCKED),
        (550, "Requested action not taken: mailbox unavailable\ninvalid DNS MX or A/AAAA resource record", BLOCKED),
        (550, "Requested action not taken: mailbox unavailable\nReject due to SPF policy", BLOCKED),
        (550, "Rejected by policy", BLOCKED),
        (550, "Mailbox unavailable or access denied", BLOCKED),
        (550, "5.7.1 Recipient not found or not authorized", BLOCKED),
        (530, "Must log in", BLOCKED),
        (421, "4.7.0 unusual rate of unsolicited mail from your IP", BLOCKED),
        (452, "4.3.2 Connection rate limit exceeded", BLOCKED),
        # neither: no proof
        (550, "Requested action not taken", UNSURE),
        (550, "", UNSURE),
        (550, "5.0.0 rejected", UNSURE),
        (554, "Transaction failed", UNSURE),
        (553, "no", UNSURE),
        (554, "5.7.1 Relay access denied", FAILURE),
        (550, "User not local or invalid address - Relay denied", FAILURE),
        (503, "5.5.1 Bad sequence of commands", FAILURE),
        (553, "5.6.7 non-ASCII addresses not permitted for that recipient", FAILURE),
        (550, "5.6.7 needs SMTPUTF8", FAILURE),
        (521, "no mail here", FAILURE),
        (354, "go ahead", UNSURE),
        (-1, "HTTP/1.1 400 Bad Request", UNSURE),
    ],
)
def test_replies_to_rcpt(code: int, text: str, expected: str) -> None:
    assert verdict(judge_rcpt(code, text, recipient=WHO)) == expected


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        (554, "No SMTP service here", BLOCKED),
        (554, "5.7.1 blocked using zen.spamhaus.org", BLOCKED),
        (550, "5.1.1 User unknown", BLOCKED),
        (550, "5.7.1 sender rejected", BLOCKED),
        (421, "Service not available, closing transmission channel", FAILURE),
        (421, "4.7.0 too many connections from your IP", BLOCKED),
        (451, "4.7.1 greylisted, try again in 5 minutes", GREYLISTED),
        (452, "4.2.2 mailbox full", FAILURE),
        (521, "host does not accept mail", FAILURE),
        (521, "blacklisted", BLOCKED),
        (554, "5.3.2 System not accepting network messages", FAILURE),
        (-1, "SSH-2.0-OpenSSH", FAILURE),
    ],
)
def test_refusals_before_anybody_was_named(code: int, text: str, expected: str) -> None:
    assert verdict(judge_session(code, text)) == expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("4.7.1 Greylisted, try again in 300 seconds", 300),
        ("4.2.0 Greylisted, see https://postgrey.example/help/lab.test.html", DEFAULT_GREYLIST_S),
        ("4.7.1 Greylisting in action, please come back in 00:05:00", 300),
        ("4.7.1 greylisted for 20 minutes", 1200),
        ("4.7.1 greylisted, wait 90 sec", 90),
        ("4.7.1 greylisted; retry after 1 hour", 3600),
        ("4.7.1 greylisted, please wait at least 5 min", 300),
        ("4.7.1 greylisted, try again in 60s", 60),
        ("4.7.1 greylisted, try again in 99999 hours", 86_400),
        ("4.7.1 greylisted in 3 steps for 7 messages", DEFAULT_GREYLIST_S),
    ],
)
def test_the_wait_is_the_servers(text: str, seconds: float) -> None:
    finding = judge_rcpt(451, text)
    assert (verdict(finding), finding.retry_after_s) == (GREYLISTED, seconds)


def test_other_refusals_have_a_wait_only_where_the_server_names_one() -> None:
    assert judge_rcpt(451, "4.3.0 try again in 10 minutes").retry_after_s == 600
    assert judge_rcpt(451, "4.3.0 try again later").retry_after_s is None
    assert judge_rcpt(550, "5.1.1 user unknown, do not try again in 10 minutes").retry_after_s is None


@pytest.mark.parametrize(
    ("code", "text", "is_leave"),
    [
        (421, "closing", True),
        (450, "4.7.0 not now", True),
        (554, "blocked using zen.spamhaus.org", True),
        (451, "4.7.1 greylisted", False),
        (451, "4.3.0 local error", False),
        (550, "5.7.1 authentication required for this group", False),
        (550, "5.1.1 user unknown", False),
        (250, "2.1.5 ok", False),
    ],
)
def test_who_wants_to_be_left_alone(code: int, text: str, is_leave: bool) -> None:
    assert judge_rcpt(code, text).is_leave is is_leave


@pytest.mark.parametrize("local", ["user.unknown", "blocked", "mailbox_full", "greylisted", "no.such.user", "spamhaus"])
@pytest.mark.parametrize("form", ["<{}> rejected", "{}: rejected", "({}) rejected", "[{}]: rejected"])
def test_the_repeated_address_is_not_read(local: str, form: str) -> None:
    assert verdict(judge_rcpt(550, form.format(f"{local}@d3.lab.test"))) == UNSURE


@pytest.mark.parametrize(
    "text",
    [
        f"5.1.1 <{WHO}>: user unknown",
        f"5.1.1 user {WHO} unknown, (clara.dorn@D3.LAB.TEST)\n5.1.1 Clara.Dorn has left",
        f"5.1.1 [{WHO}] for\x00\x1b[31m verify@us.example",
    ],
)
def test_nobodys_address_is_kept(text: str) -> None:
    kept = judge_rcpt(550, text, recipient=WHO).raw_text
    assert "clara" not in kept.lower()
    assert "@" not in kept
    assert kept.isprintable()


def test_codes_are_kept() -> None:
    assert judge_rcpt(550, "5.1.1 gone").raw_status == "550 5.1.1"
    assert judge_rcpt(550, "4.1.1 gone").raw_status == "550 5.1.1"  # the class is the reply code's
    assert judge_rcpt(550, "gone").raw_status == "550"
    assert judge_rcpt(550, "5.1.1.9 is refused").raw_status == "550"  # an address of the Internet, not a code
    assert not judge_rcpt(550, "gone").is_known
    assert judge_rcpt(550, "5.1.1 gone").is_known


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        (452, "4.5.3 slow", True),
        (452, "Too many recipients", True),
        (550, "5.5.3 Multi-recipient bounce", True),
        (250, "2.1.5 too many recipients for one cake", False),
        (451, "4.3.0 busy", False),
    ],
)
def test_one_recipient_at_a_time(code: int, text: str, expected: bool) -> None:
    assert asks_for_one_recipient(code, text) is expected


def test_a_hostile_text_costs_no_time() -> None:
    started = time.process_time()
    for text in ("user " * 8_000, "over " * 8_000, "a@" * 16_000, "no such " * 5_000, "quota a " * 5_000, "x" * 40_000):
        judge_rcpt(550, text, recipient="x@d3.lab.test")
    assert time.process_time() - started < 1.0


WORDS = st.lists(
    st.sampled_from([
        "5.1.1", "5.2.1", "5.7.1", "5.1.10", "user unknown", "mailbox full", "blocked using x", "disabled account",
        "greylisted", "try again in 5 minutes", "no such user", "\n", "<a@b.example>", "over quota",
    ]),
    max_size=6,
).map(" ".join)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(code=st.integers(-1, 599), text=WORDS | st.text(max_size=40))
def test_only_a_permanent_reply_makes_anybody_invalid(code: int, text: str) -> None:
    finding = judge_rcpt(code, text)
    if finding.answer.status is EmailStatus.INVALID:
        assert 500 <= code < 600
    if finding.answer.status is EmailStatus.VALID:
        assert code in (250, 251)
    if finding.answer.sub_status is EmailSubStatus.GREYLISTED:
        assert finding.retry_after_s
    assert finding.answer.is_catch_all is None
    assert len(finding.raw_text) <= MOST_TEXT
    assert judge_session(code, text).answer.status is EmailStatus.UNKNOWN
