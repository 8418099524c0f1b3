"""EmailListVerify against its simulator. Its Python SDK speaks to the older host only, so none runs here."""

from collections.abc import Iterator
from typing import Any

import pytest

from contact_pipeline.core.providers import Fault, Job, JobState, Outcome, Single
from contact_pipeline.core.verdicts import EmailStatus, EmailSubStatus
from contact_pipeline.emails.ports import MailboxAnswer
from contact_pipeline.vendors import emaillistverify
from contact_pipeline.vendors.emaillistverify import EmailListVerifyMailbox
from contact_pipeline_tests.lab.vendor import Response
from contact_pipeline_tests.lab.vendors.emaillistverify import EmailListVerify
from contact_pipeline_tests.vendors.faults import refused, unavailable

CLARA = "clara.dorn@d1.lab.test"
NOBODY = "no_mailbox-1@d1.lab.test"
ROLE = "role-1@d1.lab.test"
GREY = "greylisted-1@d1.lab.test"


@pytest.fixture
def vendor() -> Iterator[EmailListVerify]:
    with EmailListVerify() as vendor:
        yield vendor


@pytest.fixture
def mailbox(vendor: EmailListVerify) -> EmailListVerifyMailbox:
    return EmailListVerifyMailbox(vendor.key, vendor.url)


def test_it_is_what_the_ports_ask(mailbox: EmailListVerifyMailbox) -> None:
    single: Single[MailboxAnswer] = mailbox
    job: Job[MailboxAnswer] = mailbox
    assert single.name == "emaillistverify"
    assert not job.is_findable


def test_single(mailbox: EmailListVerifyMailbox, vendor: EmailListVerify) -> None:
    reply = mailbox.ask("Clara.Dorn@d1.lab.test")
    assert reply.answer == MailboxAnswer(EmailStatus.VALID, is_role=False)
    assert mailbox.ask(NOBODY).raw_status == "email_disabled"
    assert mailbox.ask(ROLE).answer == MailboxAnswer(EmailStatus.RISKY, EmailSubStatus.ROLE_BASED, is_role=True)
    assert vendor.paid[ROLE] == 1
    assert "secret" not in vendor.requests[0].query  # the key travels in a header


EXPECTED = {
    "ok": (EmailStatus.VALID, None),
    "ok_for_all": (EmailStatus.CATCH_ALL, None),
    "email_disabled": (EmailStatus.INVALID, EmailSubStatus.MAILBOX_DISABLED),
    "invalid_mx": (EmailStatus.INVALID, EmailSubStatus.NO_MAIL_HOST),
    "invalid_syntax": (EmailStatus.INVALID, EmailSubStatus.SYNTAX),
    "disposable": (EmailStatus.RISKY, EmailSubStatus.DISPOSABLE),
    "spamtrap": (EmailStatus.RISKY, EmailSubStatus.SPAM_TRAP),
    "dead_server": (EmailStatus.UNKNOWN, EmailSubStatus.SMTP_FAILURE),
    "smtp_protocol": (EmailStatus.UNKNOWN, EmailSubStatus.SMTP_FAILURE),
    "antispam_system": (EmailStatus.UNKNOWN, EmailSubStatus.BLOCKED_US),
    "unknown": (EmailStatus.UNKNOWN, EmailSubStatus.PROVIDER_UNSURE),
}


@pytest.mark.parametrize("word", [*EXPECTED])
def test_every_documented_word(mailbox: EmailListVerifyMailbox, vendor: EmailListVerify, word: str) -> None:
    vendor.words[CLARA] = word
    reply = mailbox.ask(CLARA)
    assert reply.answer
    assert (reply.answer.status, reply.answer.sub_status) == EXPECTED[word]
    assert reply.is_known
    assert reply.is_billed == bool(vendor.paid)


def test_the_table_is_the_documented_one() -> None:
    assert set(emaillistverify._RESULTS) == set(EXPECTED)


def test_an_invalid_role_stays_invalid(mailbox: EmailListVerifyMailbox, vendor: EmailListVerify) -> None:
    vendor.words[ROLE] = "email_disabled"
    answer = mailbox.ask(ROLE).answer
    assert answer
    assert (answer.status, answer.is_role) == (EmailStatus.INVALID, True)


@pytest.mark.parametrize("word", ["accept_all", "role", "brilliant"])
def test_a_word_nobody_has_seen(mailbox: EmailListVerifyMailbox, vendor: EmailListVerify, word: str) -> None:
    vendor.words[ROLE] = word
    reply = mailbox.ask(ROLE)
    assert reply.answer == MailboxAnswer(EmailStatus.UNKNOWN, EmailSubStatus.PROVIDER_UNSURE, is_role=True)
    assert not reply.is_known
    assert reply.raw_status == word


@pytest.mark.parametrize(
    "body",
    [
        {"email": CLARA, "result": 1},
        {"email": CLARA, "result": ""},
        {"email": CLARA},
        {"email": None, "result": "ok"},
        {"email": CLARA, "result": "ok", "isRole": "no"},
    ],
)
def test_wrong_types(mailbox: EmailListVerifyMailbox, vendor: EmailListVerify, body: dict[str, Any]) -> None:
    assert unavailable(vendor, lambda: mailbox.ask(CLARA), Response(body)).fault is Fault.BAD_ANSWER


def test_an_answer_about_somebody_else(mailbox: EmailListVerifyMailbox, vendor: EmailListVerify) -> None:
    response = Response({"email": NOBODY, "result": "ok", "isRole": False})
    assert unavailable(vendor, lambda: mailbox.ask(CLARA), response).fault is Fault.OTHER_SUBJECT


def test_a_rejected_subject(mailbox: EmailListVerifyMailbox, vendor: EmailListVerify) -> None:
    vendor.fail.append(Response({"statusCode": 400, "message": "email must be an email", "error": "Bad Request"}, 400))
    reply = mailbox.ask(CLARA)
    assert (reply.outcome, reply.is_billed) == (Outcome.REJECTED, False)


def test_wrong_key_and_no_credits(mailbox: EmailListVerifyMailbox, vendor: EmailListVerify) -> None:
    stranger = EmailListVerifyMailbox("other", vendor.url)
    for call in (stranger.credits, lambda: stranger.ask(CLARA), lambda: stranger.upload([CLARA], label="l")):
        assert refused(call) is Fault.UNAUTHORIZED
    vendor.fail.append(Response("key_not_valid", content_type="text/html"))
    assert refused(lambda: mailbox.ask(CLARA)) is Fault.UNAUTHORIZED
    vendor.credits = 0
    assert mailbox.credits() == 0
    assert refused(lambda: mailbox.ask(CLARA)) is Fault.NO_CREDITS  # a word, with HTTP 200
    assert refused(lambda: mailbox.upload([CLARA], label="l")) is Fault.NO_CREDITS  # a text, with HTTP 403
    for response in (
        Response("error_credit", content_type="text/html"),
        Response({"email": CLARA, "result": "error_credit"}),
    ):
        vendor.fail.append(response)
        assert refused(lambda: mailbox.ask(CLARA)) is Fault.NO_CREDITS
    vendor.fail.append(Response("error_credit", content_type="text/html"))
    assert refused(lambda: mailbox.upload([CLARA], label="l")) is Fault.NO_CREDITS
    assert not vendor.paid


def test_a_403_page_is_about_no_credits(mailbox: EmailListVerifyMailbox, vendor: EmailListVerify) -> None:
    page = Response("<html>Credits: the shield team, for too many reasons</html>", 403, "text/html")
    assert unavailable(vendor, lambda: mailbox.ask(CLARA), page).fault is Fault.FORBIDDEN


def test_credits_without_subscription(mailbox: EmailListVerifyMailbox, vendor: EmailListVerify) -> None:
    vendor.credits = 100
    assert mailbox.credits() == 100
    vendor.fail.append(Response({"onDemand": {"available": 7}, "subscription": None}))
    assert mailbox.credits() == 7


@pytest.mark.parametrize("subject", ["", "a\nb@lab.test", "a" * 250 + "@lab.test"])
def test_what_must_not_be_sent(mailbox: EmailListVerifyMailbox, vendor: EmailListVerify, subject: str) -> None:
    assert mailbox.ask(subject).outcome is Outcome.REJECTED
    assert not vendor.requests


def test_job(mailbox: EmailListVerifyMailbox, vendor: EmailListVerify) -> None:
    subjects = [CLARA, NOBODY, GREY, '"quoted, local"@d1.lab.test']
    job = mailbox.upload(subjects, label="cp-1")
    assert mailbox.find("cp-1") is None
    assert unavailable(vendor, lambda: list(mailbox.results(job))).fault is Fault.NOT_READY
    assert mailbox.state(job) is JobState.RUNNING
    mailbox.start(job)
    assert mailbox.state(job) is JobState.FINISHED
    replies = list(mailbox.results(job))
    assert [reply.subject for reply in replies] == subjects
    assert [reply.raw_status for reply in replies] == ["ok", "email_disabled", "unknown", "ok"]
    assert [reply.is_billed for reply in replies] == [True, True, False, True]
    assert vendor.paid.total() == 3


def test_one_list_too_many_waits(mailbox: EmailListVerifyMailbox, vendor: EmailListVerify) -> None:
    for number in range(5):
        mailbox.upload([CLARA], label=f"cp-{number}")
    failure = unavailable(vendor, lambda: mailbox.upload([CLARA], label="cp-5"))
    assert (failure.fault, failure.is_sent) == (Fault.RATE_LIMITED, False)


@pytest.mark.parametrize("word", [*emaillistverify._STATES, "daydreaming"])
def test_job_states(mailbox: EmailListVerifyMailbox, vendor: EmailListVerify, word: str) -> None:
    vendor.fail.append(Response({"status": word, "progress": 1}))
    assert mailbox.state("abcdef") is emaillistverify._STATES.get(word, JobState.RUNNING)


def test_a_list_it_does_not_know(mailbox: EmailListVerifyMailbox, vendor: EmailListVerify) -> None:
    assert mailbox.state("abcdef") is JobState.FAILED
    assert unavailable(vendor, lambda: list(mailbox.results("abcdef"))).fault is Fault.JOB_FAILED


@pytest.mark.parametrize("body", ["email,other\na@lab.test,ok\n", "email,ELV Result\na@lab.test\n", "result\nok\n"])
def test_a_broken_result_file(mailbox: EmailListVerifyMailbox, vendor: EmailListVerify, body: str) -> None:
    response = Response(body, content_type="text/csv")
    assert unavailable(vendor, lambda: list(mailbox.results("abcdef")), response).fault is Fault.BAD_ANSWER
