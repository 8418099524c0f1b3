"""BriteVerify against its simulator; there is no official Python SDK."""

from collections.abc import Iterator
from typing import Any

import pytest

from contact_pipeline.core.providers import Fault, Job, JobState, Outcome, Single
from contact_pipeline.core.verdicts import EmailStatus, EmailSubStatus
from contact_pipeline.emails.ports import MailboxAnswer
from contact_pipeline.vendors import briteverify
from contact_pipeline.vendors.briteverify import BriteVerifyMailbox
from contact_pipeline_tests.lab.vendor import Response
from contact_pipeline_tests.lab.vendors.briteverify import BriteVerify
from contact_pipeline_tests.vendors.faults import refused, unavailable

CLARA = "clara.dorn@d1.lab.test"
NOBODY = "no_mailbox-1@d1.lab.test"
ROLE = "role-1@d1.lab.test"
DISPOSABLE = "disposable-1@d1.lab.test"
GREY = "greylisted-1@d1.lab.test"
LIST = "00000000-0000-4000-8000-000000000009"


@pytest.fixture
def vendor() -> Iterator[BriteVerify]:
    with BriteVerify() as vendor:
        yield vendor


@pytest.fixture
def mailbox(vendor: BriteVerify) -> BriteVerifyMailbox:
    return BriteVerifyMailbox(vendor.key, vendor.url)


def finished(mailbox: BriteVerifyMailbox, subjects: list[str]) -> str:
    job = mailbox.upload(subjects, label="cp-1")
    mailbox.start(job)
    while mailbox.state(job) is JobState.RUNNING:
        pass
    return job


def test_it_is_what_the_ports_ask(mailbox: BriteVerifyMailbox) -> None:
    single: Single[MailboxAnswer] = mailbox
    job: Job[MailboxAnswer] = mailbox
    assert single.name == "briteverify"
    assert job.is_findable


def test_single(mailbox: BriteVerifyMailbox, vendor: BriteVerify) -> None:
    assert mailbox.ask("Clara.Dorn@d1.lab.test").answer == MailboxAnswer(
        EmailStatus.VALID, is_disposable=False, is_role=False
    )
    assert vendor.requests[0].headers["authorization"] == f"ApiKey: {vendor.key}"
    assert not vendor.requests[0].query
    role, disposable = mailbox.ask(ROLE), mailbox.ask(DISPOSABLE)
    assert role.answer == MailboxAnswer(EmailStatus.RISKY, EmailSubStatus.ROLE_BASED, is_disposable=False, is_role=True)
    assert disposable.answer == MailboxAnswer(
        EmailStatus.RISKY, EmailSubStatus.DISPOSABLE, is_catch_all=True, is_disposable=True, is_role=False
    )
    assert (disposable.raw_status, disposable.raw_sub_status) == ("accept_all", "disposable")
    assert mailbox.ask(NOBODY).raw_sub_status == "email_account_invalid"
    assert vendor.paid.total() == 4


CASES: dict[tuple[str, str | None], tuple[EmailStatus, EmailSubStatus | None]] = {
    ("valid", None): (EmailStatus.VALID, None),
    ("valid", "role_address"): (EmailStatus.RISKY, EmailSubStatus.ROLE_BASED),
    ("valid", "disposable"): (EmailStatus.RISKY, EmailSubStatus.DISPOSABLE),
    ("accept_all", None): (EmailStatus.CATCH_ALL, None),
    ("accept_all", "role_address"): (EmailStatus.RISKY, EmailSubStatus.ROLE_BASED),
    ("unknown", None): (EmailStatus.UNKNOWN, EmailSubStatus.PROVIDER_UNSURE),
    ("invalid", None): (EmailStatus.INVALID, None),
    ("invalid", "email_address_invalid"): (EmailStatus.INVALID, EmailSubStatus.SYNTAX),
    ("invalid", "email_domain_invalid"): (EmailStatus.INVALID, EmailSubStatus.NO_MAIL_HOST),
    ("invalid", "email_account_invalid"): (EmailStatus.INVALID, EmailSubStatus.MAILBOX_NOT_FOUND),
    ("invalid", "mailbox_full_invalid"): (EmailStatus.RISKY, EmailSubStatus.MAILBOX_FULL),
    ("invalid", "mailbox_full"): (EmailStatus.RISKY, EmailSubStatus.MAILBOX_FULL),
    ("unknown", "mailbox_full"): (EmailStatus.RISKY, EmailSubStatus.MAILBOX_FULL),
    ("invalid", "disposable"): (EmailStatus.INVALID, None),
    ("invalid", "role_address"): (EmailStatus.INVALID, None),
}


@pytest.mark.parametrize("words", CASES, ids=str)
def test_every_documented_pair(mailbox: BriteVerifyMailbox, vendor: BriteVerify, words: tuple[str, str | None]) -> None:
    vendor.words[CLARA] = words
    for reply in (mailbox.ask(CLARA), *mailbox.results(finished(mailbox, [CLARA]))):
        assert reply.answer
        assert (reply.answer.status, reply.answer.sub_status) == CASES[words]
        assert reply.is_known
        assert (reply.raw_status, reply.raw_sub_status) == words


@pytest.mark.parametrize("words", [("brilliant", None), ("valid", "telepathic"), ("valid", "email_account_invalid")])
def test_a_word_nobody_has_seen(
    mailbox: BriteVerifyMailbox, vendor: BriteVerify, words: tuple[str, str | None]
) -> None:
    vendor.words[CLARA] = words
    for reply in (mailbox.ask(CLARA), *mailbox.results(finished(mailbox, [CLARA]))):
        assert reply.answer
        assert (reply.answer.status, reply.answer.sub_status) == (EmailStatus.UNKNOWN, EmailSubStatus.PROVIDER_UNSURE)
        assert not reply.is_known


@pytest.mark.parametrize(
    "email",
    [
        None,
        [CLARA],
        {"address": CLARA, "status": 1},
        {"address": CLARA, "status": ""},
        {"address": 7, "status": "valid"},
        {"address": CLARA, "status": "valid", "disposable": "no"},
        {"address": CLARA, "status": "valid", "error_code": 5},
    ],
)
def test_wrong_types(mailbox: BriteVerifyMailbox, vendor: BriteVerify, email: Any) -> None:
    response = Response({"email": email, "duration": 0.1})
    assert unavailable(vendor, lambda: mailbox.ask(CLARA), response).fault is Fault.BAD_ANSWER


@pytest.mark.parametrize(
    "body",
    [
        {"num_pages": "many", "results": []},
        {"num_pages": 1, "results": {}},
        {"num_pages": 1, "results": [{"email": {"email": CLARA}, "status": "valid"}]},
        {"num_pages": 1, "results": [{"email": CLARA}]},
    ],
)
def test_wrong_types_of_results(mailbox: BriteVerifyMailbox, vendor: BriteVerify, body: dict[str, Any]) -> None:
    response = Response({"status": "success", **body})
    assert unavailable(vendor, lambda: list(mailbox.results(LIST)), response).fault is Fault.BAD_ANSWER


def test_an_answer_about_somebody_else(mailbox: BriteVerifyMailbox, vendor: BriteVerify) -> None:
    response = Response({"email": {"address": NOBODY, "status": "valid"}})
    assert unavailable(vendor, lambda: mailbox.ask(CLARA), response).fault is Fault.OTHER_SUBJECT


def test_a_rejected_subject(mailbox: BriteVerifyMailbox, vendor: BriteVerify) -> None:
    vendor.fail.append(Response({"errors": {"default": "invalid or missing query parameter"}}, 400))
    reply = mailbox.ask(CLARA)
    assert (reply.outcome, reply.is_billed) == (Outcome.REJECTED, False)
    html = Response("<html>", 400, "text/html")
    assert unavailable(vendor, lambda: mailbox.ask(CLARA), html).fault is Fault.BAD_ANSWER


def test_wrong_key_and_no_credits(mailbox: BriteVerifyMailbox, vendor: BriteVerify) -> None:
    stranger = BriteVerifyMailbox("other", vendor.url)
    for call in (stranger.credits, lambda: stranger.ask(CLARA), lambda: stranger.upload([CLARA], label="l")):
        assert refused(call) is Fault.UNAUTHORIZED
    vendor.credits = 0
    assert mailbox.credits() == 0
    assert refused(lambda: mailbox.ask(CLARA)) is Fault.NO_CREDITS
    vendor.fail.append(Response({"status": "invalid_data", "message": "Not enough credits."}, 422))
    assert refused(lambda: mailbox.start(LIST)) is Fault.NO_CREDITS
    assert not vendor.paid


@pytest.mark.parametrize("subject", ["", "a\nb@lab.test", "a" * 250 + "@lab.test"])
def test_what_must_not_be_sent(mailbox: BriteVerifyMailbox, vendor: BriteVerify, subject: str) -> None:
    assert mailbox.ask(subject).outcome is Outcome.REJECTED
    assert not vendor.requests


def test_job(mailbox: BriteVerifyMailbox, vendor: BriteVerify) -> None:
    vendor.page_size = 2  # `num_pages` is a text on the first pages and a number on the last
    subjects = [CLARA, NOBODY, GREY, ROLE, DISPOSABLE]
    job = mailbox.upload(subjects, label="cp-1")
    assert not vendor.paid
    assert mailbox.find("cp-1") is None
    assert mailbox.state(job) is JobState.WAITING
    mailbox.start(job)
    mailbox.start(job)  # the answer of the first start may have been lost
    assert vendor.paid.total() == 5
    assert unavailable(vendor, lambda: list(mailbox.results(job))).fault is Fault.NOT_READY
    assert mailbox.state(job) is JobState.RUNNING
    assert mailbox.state(job) is JobState.FINISHED
    replies = list(mailbox.results(job))
    assert [reply.subject for reply in replies] == subjects
    assert [reply.raw_status for reply in replies] == ["valid", "invalid", "unknown", "valid", "accept_all"]
    assert replies[0].answer == MailboxAnswer(EmailStatus.VALID)  # v3 states no flags
    assert replies[3].answer == MailboxAnswer(EmailStatus.RISKY, EmailSubStatus.ROLE_BASED, is_role=True)


@pytest.mark.parametrize("word", [*briteverify._STATES, "daydreaming"])
def test_job_states(mailbox: BriteVerifyMailbox, vendor: BriteVerify, word: str) -> None:
    vendor.fail.append(Response({"id": LIST, "state": word, "errors": None}))
    assert mailbox.state(LIST) is briteverify._STATES.get(word, JobState.RUNNING)


def test_a_list_it_does_not_know_any_more(mailbox: BriteVerifyMailbox, vendor: BriteVerify) -> None:
    assert mailbox.state(LIST) is JobState.FAILED  # 404
    assert unavailable(vendor, lambda: list(mailbox.results(LIST))).fault is Fault.JOB_FAILED  # 400
    assert unavailable(vendor, lambda: mailbox.start(LIST)).fault is Fault.JOB_FAILED
    vendor.fail.append(Response({"id": LIST, "state": "complete", "errors": [{"code": "expired", "message": "x"}]}))
    assert mailbox.state(LIST) is JobState.FAILED


@pytest.mark.parametrize("word", ["exceeds_limit", "missing_data", "duplicate_data"])
def test_an_upload_it_does_not_take(mailbox: BriteVerifyMailbox, vendor: BriteVerify, word: str) -> None:
    vendor.fail.append(Response({"status": word, "message": "x"}, 400))
    assert refused(lambda: mailbox.upload([CLARA], label="l")) is Fault.BAD_REQUEST


def test_the_bulk_host_is_another_one() -> None:
    assert BriteVerifyMailbox("k")._bulk._base_url == briteverify.BULK_BASE_URL
    assert BriteVerifyMailbox("k", "https://lab:1")._bulk._base_url == "https://lab:1"
