"""NeverBounce against its simulator; the vendor's own SDK keeps that honest."""

from collections.abc import Iterator
from typing import Any

import neverbounce_sdk
import pytest

from contact_pipeline.core.providers import Fault, Job, JobState, Outcome, Single
from contact_pipeline.core.verdicts import EmailStatus, EmailSubStatus
from contact_pipeline.emails.ports import MailboxAnswer
from contact_pipeline.vendors import neverbounce
from contact_pipeline.vendors.neverbounce import NeverBounceMailbox
from contact_pipeline_tests.lab.vendor import Response
from contact_pipeline_tests.lab.vendors.neverbounce import NeverBounce
from contact_pipeline_tests.vendors.faults import refused, unavailable

CLARA = "clara.dorn@d1.lab.test"
NOBODY = "no_mailbox-1@d1.lab.test"
SILENT = "silent-1@d1.lab.test"


@pytest.fixture
def vendor() -> Iterator[NeverBounce]:
    with NeverBounce() as vendor:
        yield vendor


@pytest.fixture
def mailbox(vendor: NeverBounce) -> NeverBounceMailbox:
    return NeverBounceMailbox(vendor.key, vendor.url)


def test_it_is_what_the_ports_ask(mailbox: NeverBounceMailbox) -> None:
    single: Single[MailboxAnswer] = mailbox
    job: Job[MailboxAnswer] = mailbox
    assert single.name == "neverbounce"
    assert job.is_findable
    assert job.limits.job_from == 2  # its policy forbids to loop single checks
    assert job.limits.job_size * 272 < 25 * 1024 * 1024  # {"email": "<254>"}, fits into one upload


def test_single(mailbox: NeverBounceMailbox, vendor: NeverBounce) -> None:
    reply = mailbox.ask("Clara.Dorn@d1.lab.test")
    assert reply.answer == MailboxAnswer(EmailStatus.VALID, None, None, False, False, False)
    assert reply.raw_status == "valid"
    assert reply.raw_sub_status == "has_dns,has_dns_mx,smtp_connectable"
    unsure = mailbox.ask(SILENT)
    assert unsure.answer == MailboxAnswer(EmailStatus.UNKNOWN, EmailSubStatus.SMTP_FAILURE, None, None, False, False)
    assert unsure.is_billed  # a single check always costs
    assert vendor.paid[SILENT] == 1
    assert not vendor.requests[0].query  # neither key nor address in a URL


RISKY, INVALID, UNKNOWN = EmailStatus.RISKY, EmailStatus.INVALID, EmailStatus.UNKNOWN


@pytest.mark.parametrize(
    ("result", "flags", "status", "sub_status"),
    [
        ("valid", [], EmailStatus.VALID, None),
        ("valid", ["role_account"], RISKY, EmailSubStatus.ROLE_BASED),
        ("valid", ["disposable_email"], RISKY, EmailSubStatus.DISPOSABLE),
        ("valid", ["role_account", "spamtrap_network"], RISKY, EmailSubStatus.SPAM_TRAP),
        ("valid", ["free_email_host", "contains_alias", "profanity", "squatter_host"], EmailStatus.VALID, None),
        ("invalid", [], INVALID, None),
        ("invalid", ["role_account"], INVALID, None),
        ("invalid", ["bad_syntax"], INVALID, EmailSubStatus.SYNTAX),
        ("invalid", ["has_dns", "bad_dns", "spelling_mistake"], INVALID, EmailSubStatus.TYPO),
        ("invalid", ["bad_dns"], INVALID, EmailSubStatus.NO_MAIL_HOST),
        ("invalid", ["smtp_connectable"], INVALID, EmailSubStatus.MAILBOX_NOT_FOUND),
        ("disposable", ["has_dns"], RISKY, EmailSubStatus.DISPOSABLE),
        ("catchall", ["accepts_all"], EmailStatus.CATCH_ALL, None),
        ("catchall", ["accepts_all", "role_account"], RISKY, EmailSubStatus.ROLE_BASED),
        ("unknown", [], UNKNOWN, EmailSubStatus.PROVIDER_UNSURE),
        ("unknown", ["temporary_dns_error"], UNKNOWN, EmailSubStatus.DNS_FAILURE),
        ("unknown", ["connect_fails"], UNKNOWN, EmailSubStatus.SMTP_FAILURE),
        ("valid", ["a_flag_of_next_year"], EmailStatus.VALID, None),
    ],
)
def test_every_result_and_flag(
    mailbox: NeverBounceMailbox,
    vendor: NeverBounce,
    result: str,
    flags: list[str],
    status: EmailStatus,
    sub_status: EmailSubStatus | None,
) -> None:
    vendor.words[CLARA] = result, flags
    reply = mailbox.ask(CLARA)
    assert reply.answer
    assert (reply.answer.status, reply.answer.sub_status) == (status, sub_status)
    assert reply.answer.is_role == ("role_account" in flags)
    assert reply.is_known


@pytest.mark.parametrize("flags", [[], ["role_account"]])
def test_a_word_nobody_has_seen(mailbox: NeverBounceMailbox, vendor: NeverBounce, flags: list[str]) -> None:
    vendor.words[CLARA] = "brilliant", flags
    reply = mailbox.ask(CLARA)
    assert reply.answer
    assert (reply.answer.status, reply.answer.sub_status) == (UNKNOWN, EmailSubStatus.PROVIDER_UNSURE)
    assert not reply.is_known


@pytest.mark.parametrize(
    "body",
    [
        {"result": 0, "flags": []},
        {"result": "valid", "flags": "role_account"},
        {"result": "valid", "flags": [1]},
        {"result": "valid"},
        {"result": "valid", "flags": [], "address_info": [CLARA]},
    ],
)
def test_wrong_types(mailbox: NeverBounceMailbox, vendor: NeverBounce, body: dict[str, Any]) -> None:
    response = Response({"status": "success", **body})
    assert unavailable(vendor, lambda: mailbox.ask(CLARA), response).fault is Fault.BAD_ANSWER


def test_an_answer_about_somebody_else(mailbox: NeverBounceMailbox, vendor: NeverBounce) -> None:
    body = {"status": "success", "result": "valid", "flags": [], "address_info": {"original_email": NOBODY}}
    assert unavailable(vendor, lambda: mailbox.ask(CLARA), Response(body)).fault is Fault.OTHER_SUBJECT


@pytest.mark.parametrize(
    ("status", "message", "fault"),
    [
        ("auth_failure", "Invalid API key", Fault.UNAUTHORIZED),
        ("bad_referrer", "The originator of this request is not trusted", Fault.FORBIDDEN),
        ("general_failure", "Insufficient credits", Fault.NO_CREDITS),
        ("general_failure", "Something else", Fault.BAD_REQUEST),
    ],
)
def test_errors_for_a_person(
    mailbox: NeverBounceMailbox, vendor: NeverBounce, status: str, message: str, fault: Fault
) -> None:
    vendor.fail.append(Response({"status": status, "message": message, "execution_time": 1}))
    assert refused(lambda: mailbox.ask(CLARA)) is fault


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        ("throttle_triggered", Fault.RATE_LIMITED),
        ("temp_unavail", Fault.SERVER_ERROR),
        ("a_status_of_next_year", Fault.BAD_ANSWER),
    ],
)
def test_errors_that_pass(mailbox: NeverBounceMailbox, vendor: NeverBounce, status: str, fault: Fault) -> None:
    response = Response({"status": status, "message": "x", "execution_time": 1})
    assert unavailable(vendor, lambda: mailbox.ask(CLARA), response).fault is fault


def test_wrong_key_and_no_credits(mailbox: NeverBounceMailbox, vendor: NeverBounce) -> None:
    stranger = NeverBounceMailbox("other", vendor.url)
    assert refused(stranger.credits) is refused(lambda: stranger.ask(CLARA)) is Fault.UNAUTHORIZED
    job = mailbox.upload([CLARA, NOBODY], label="cp-1")
    vendor.credits = 1
    assert refused(lambda: mailbox.start(job)) is Fault.NO_CREDITS
    vendor.credits = 0
    assert refused(lambda: mailbox.ask(CLARA)) is Fault.NO_CREDITS
    assert not vendor.paid


def test_credits(mailbox: NeverBounceMailbox, vendor: NeverBounce) -> None:
    vendor.credits = 512
    assert mailbox.credits() == 512  # paid and free
    vendor.is_monthly = True
    assert mailbox.credits() is None


@pytest.mark.parametrize("subject", ["", "a\nb@lab.test", "a" * 250 + "@lab.test"])
def test_what_must_not_be_sent(mailbox: NeverBounceMailbox, vendor: NeverBounce, subject: str) -> None:
    assert mailbox.ask(subject).outcome is Outcome.REJECTED
    assert not vendor.requests


def test_job(mailbox: NeverBounceMailbox, vendor: NeverBounce, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neverbounce, "_PAGE", 2)
    vendor.polls = 2  # the second start asks once
    subjects = [CLARA, NOBODY, SILENT, "role-1@d1.lab.test", "Not An Address"]
    vendor.words["Not An Address"] = "invalid", ["bad_syntax"]
    job = mailbox.upload(subjects, label="cp-1")
    assert not vendor.paid  # an upload costs nothing,
    assert mailbox.find("cp-1") == job  # and is found again
    assert mailbox.state(job) is JobState.WAITING
    mailbox.start(job)
    assert vendor.paid.total() == 4
    mailbox.start(job)  # the answer of the first start may have been lost
    assert vendor.paid.total() == 4
    assert mailbox.find("cp-1") == job
    assert mailbox.state(job) is JobState.RUNNING
    assert mailbox.state(job) is JobState.FINISHED
    replies = list(mailbox.results(job))
    assert [reply.subject for reply in replies] == subjects
    assert [reply.raw_status for reply in replies] == ["valid", "invalid", "unknown", "valid", "invalid"]
    assert [reply.is_billed for reply in replies] == [True, True, True, True, False]
    assert sum(request.path.endswith("results") for request in vendor.requests) == 3


def test_find_prefers_the_job_that_is_paid(mailbox: NeverBounceMailbox, vendor: NeverBounce) -> None:
    assert mailbox.find("cp-1") is None
    first, second = mailbox.upload([CLARA], label="cp-1"), mailbox.upload([CLARA], label="cp-1")
    mailbox.upload([CLARA], label="cp-10")
    assert mailbox.find("cp-1") == first
    mailbox.start(second)
    assert mailbox.find("cp-1") == second
    vendor.jobs[int(second)].status = "failed"
    assert mailbox.find("cp-1") == first
    other = {"id": 7, "filename": "cp-10", "job_status": "waiting"}
    vendor.fail.append(Response({"status": "success", "results": [other]}))  # a search may be wider than asked
    assert mailbox.find("cp-1") is None


@pytest.mark.parametrize("word", [*neverbounce._STATES, "daydreaming"])
def test_job_states(mailbox: NeverBounceMailbox, vendor: NeverBounce, word: str) -> None:
    vendor.fail.append(Response({"status": "success", "id": 1, "job_status": word}))
    assert mailbox.state("1") is neverbounce._STATES.get(word, JobState.RUNNING)


def test_a_job_it_does_not_know(mailbox: NeverBounceMailbox, vendor: NeverBounce) -> None:
    assert mailbox.state("1") is JobState.FAILED
    assert unavailable(vendor, lambda: list(mailbox.results("1"))).fault is Fault.JOB_FAILED


def test_a_job_that_will_not_start(mailbox: NeverBounceMailbox, vendor: NeverBounce) -> None:
    job = mailbox.upload([CLARA], label="cp-1")
    vendor.fail.append(Response({"status": "general_failure", "message": "Not today", "execution_time": 1}))
    assert unavailable(vendor, lambda: mailbox.start(job)).fault is Fault.JOB_FAILED


def test_the_vendors_own_sdk_agrees(vendor: NeverBounce, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neverbounce_sdk.utils.API_ROOT", vendor.url)
    sdk = neverbounce_sdk.client(api_key=vendor.key)
    vendor.credits = 100
    assert sdk.account_info()["credits_info"]["paid_credits_remaining"] == 90
    assert sdk.single_check(NOBODY, address_info=True)["result"] == "invalid"
    job = sdk.jobs_create([{"email": CLARA}, {"email": SILENT}], filename="cp-1", auto_parse=True)["job_id"]
    assert next(sdk.jobs_search(filename="cp-1"))["id"] == job
    assert sdk.jobs_status(job)["job_status"] == "waiting"
    sdk.jobs_start(job)
    assert sdk.jobs_status(job)["job_status"] == "running"
    assert sdk.jobs_status(job)["job_status"] == "complete"
    results = sdk.jobs_results(job)
    assert [next(results)["verification"]["result"] for _ in range(2)] == ["valid", "unknown"]
    with pytest.raises(neverbounce_sdk.AuthFailure):
        neverbounce_sdk.client(api_key="other").account_info()
