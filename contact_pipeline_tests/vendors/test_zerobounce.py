"""ZeroBounce against its simulator; the vendor's own SDK keeps that honest."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
import zerobouncesdk

from contact_pipeline.core.providers import Batch, Fault, Job, JobState, Outcome, Single
from contact_pipeline.core.verdicts import EmailStatus, EmailSubStatus
from contact_pipeline.emails.ports import ActivityAnswer, MailboxAnswer
from contact_pipeline.vendors import zerobounce
from contact_pipeline.vendors.zerobounce import ZeroBounceActivity, ZeroBounceMailbox
from contact_pipeline_tests.lab.truth import active_days_of
from contact_pipeline_tests.lab.vendor import Response
from contact_pipeline_tests.lab.vendors.zerobounce import _SANDBOX, ZeroBounce
from contact_pipeline_tests.vendors.faults import HTML, refused, unavailable

CLARA = "clara.dorn@d1.lab.test"
NOBODY = "no_mailbox-1@d1.lab.test"
GREY = "greylisted-1@d1.lab.test"


@pytest.fixture
def vendor() -> Iterator[ZeroBounce]:
    with ZeroBounce() as vendor:
        yield vendor


@pytest.fixture
def mailbox(vendor: ZeroBounce) -> ZeroBounceMailbox:
    return ZeroBounceMailbox(vendor.key, vendor.url)


@pytest.fixture
def activity(vendor: ZeroBounce) -> ZeroBounceActivity:
    return ZeroBounceActivity(vendor.key, vendor.url)


def test_it_is_what_the_ports_ask(mailbox: ZeroBounceMailbox, activity: ZeroBounceActivity) -> None:
    single: Single[MailboxAnswer] = mailbox
    batch: Batch[MailboxAnswer] = mailbox
    job: Job[MailboxAnswer] = mailbox
    other: Single[ActivityAnswer] = activity
    assert {single.name, batch.name, job.name, other.name} == {"zerobounce"}
    assert not job.is_findable


def test_single(mailbox: ZeroBounceMailbox, vendor: ZeroBounce) -> None:
    reply = mailbox.ask(NOBODY)
    assert reply.outcome is Outcome.ANSWERED
    assert reply.answer == MailboxAnswer(EmailStatus.INVALID, EmailSubStatus.MAILBOX_NOT_FOUND)
    assert (reply.raw_status, reply.raw_sub_status) == ("invalid", "mailbox_not_found")
    assert reply.is_billed
    assert vendor.paid[NOBODY] == 1
    assert mailbox.ask(CLARA).answer == MailboxAnswer(EmailStatus.VALID)


def test_unknown_is_free_and_no_verdict(mailbox: ZeroBounceMailbox, vendor: ZeroBounce) -> None:
    reply = mailbox.ask(GREY)
    assert reply.answer == MailboxAnswer(EmailStatus.UNKNOWN, EmailSubStatus.GREYLISTED)
    assert not reply.is_billed
    assert not vendor.paid


def test_an_answer_in_lower_case_is_the_same_subject(mailbox: ZeroBounceMailbox) -> None:
    assert mailbox.ask("Clara.Dorn@D1.lab.test").subject == "Clara.Dorn@D1.lab.test"


@pytest.mark.parametrize("words", [(*words, answer) for words, answer in zerobounce._MAILBOXES.items()], ids=str)
def test_every_documented_pair(
    mailbox: ZeroBounceMailbox, vendor: ZeroBounce, words: tuple[str, str, MailboxAnswer]
) -> None:
    status, sub_status, answer = words
    vendor.words[CLARA] = status, sub_status
    reply = mailbox.ask(CLARA)
    assert reply.answer == answer
    assert reply.is_known
    assert reply.is_billed == (status != "unknown")


def test_the_table_holds_what_the_sdk_knows() -> None:
    sub_statuses = {sub for _, sub in zerobounce._MAILBOXES} | set(zerobounce._OWN_LISTS)
    assert {word.value for word in zerobouncesdk.ZBValidateSubStatus} <= sub_statuses
    assert {word.value for word in zerobouncesdk.ZBValidateStatus if word.value} <= {
        status for status, _ in zerobounce._MAILBOXES
    }


def test_the_words_that_matter(mailbox: ZeroBounceMailbox, vendor: ZeroBounce) -> None:
    risky = EmailStatus.RISKY
    for words, expected in {
        ("invalid", "mailbox_quota_exceeded"): (risky, EmailSubStatus.MAILBOX_FULL),
        ("spamtrap", ""): (risky, EmailSubStatus.SPAM_TRAP),
        ("do_not_mail", "possible_trap"): (risky, EmailSubStatus.SPAM_TRAP),
        ("abuse", ""): (risky, EmailSubStatus.ABUSE),
        ("do_not_mail", "toxic"): (risky, EmailSubStatus.DO_NOT_MAIL),
        ("do_not_mail", "disposable"): (risky, EmailSubStatus.DISPOSABLE),
        ("do_not_mail", "role_based_catch_all"): (risky, EmailSubStatus.ROLE_BASED),
        ("catch-all", ""): (EmailStatus.CATCH_ALL, None),
        ("unknown", "antispam_system"): (EmailStatus.UNKNOWN, EmailSubStatus.BLOCKED_US),
        ("do_not_mail", "blocked"): (risky, EmailSubStatus.DO_NOT_MAIL),
        ("valid", "allowed"): (EmailStatus.UNKNOWN, EmailSubStatus.MAILBOX_NOT_CHECKED),
    }.items():
        vendor.words[CLARA] = words
        answer = mailbox.ask(CLARA).answer
        assert answer
        assert (answer.status, answer.sub_status) == expected


@pytest.mark.parametrize("words", [("valid", "telepathic"), ("brilliant", ""), ("catch_all", "")])
def test_a_word_nobody_has_seen(mailbox: ZeroBounceMailbox, vendor: ZeroBounce, words: tuple[str, str]) -> None:
    vendor.words[CLARA] = words
    reply = mailbox.ask(CLARA)
    assert reply.answer == MailboxAnswer(EmailStatus.UNKNOWN, EmailSubStatus.PROVIDER_UNSURE)
    assert not reply.is_known
    assert reply.raw_status == words[0]


@pytest.mark.parametrize("name", sorted(_SANDBOX))
def test_sandbox(mailbox: ZeroBounceMailbox, vendor: ZeroBounce, name: str) -> None:
    reply = mailbox.ask(f"{name}@example.com")
    assert (reply.raw_status, reply.raw_sub_status or "") == _SANDBOX[name]
    assert reply.is_known
    assert not reply.is_billed
    assert not vendor.paid


def test_a_removed_period_is_the_same_subject(mailbox: ZeroBounceMailbox, vendor: ZeroBounce) -> None:
    body = {"address": CLARA, "status": "valid", "sub_status": "leading_period_removed"}
    vendor.fail.append(Response(body))
    assert mailbox.ask(f".{CLARA}").answer == MailboxAnswer(EmailStatus.VALID)
    vendor.fail.append(Response(body | {"sub_status": ""}))
    assert unavailable(vendor, lambda: mailbox.ask(f".{CLARA}")).fault is Fault.OTHER_SUBJECT


@pytest.mark.parametrize(
    "body",
    [
        {"address": CLARA, "status": 5, "sub_status": ""},
        {"address": CLARA, "status": "", "sub_status": ""},
        {"address": CLARA, "status": "valid", "sub_status": False},
        {"address": None, "status": "valid", "sub_status": ""},
        {"address": [CLARA], "status": "valid"},
        {"error": ["x"]},
    ],
)
def test_wrong_types(mailbox: ZeroBounceMailbox, vendor: ZeroBounce, body: dict[str, Any]) -> None:
    assert unavailable(vendor, lambda: mailbox.ask(CLARA), Response(body)).fault is Fault.BAD_ANSWER


@pytest.mark.parametrize("body", [{"found": "true"}, {"found": None}, {"found": True, "active_in_days": 30}])
def test_wrong_types_of_activity(activity: ZeroBounceActivity, vendor: ZeroBounce, body: dict[str, Any]) -> None:
    assert unavailable(vendor, lambda: activity.ask(CLARA), Response(body)).fault is Fault.BAD_ANSWER


def test_an_answer_about_somebody_else(mailbox: ZeroBounceMailbox, vendor: ZeroBounce) -> None:
    other = {"address": NOBODY, "status": "valid", "sub_status": ""}
    assert unavailable(vendor, lambda: mailbox.ask(CLARA), Response(other)).fault is Fault.OTHER_SUBJECT
    batch = Response({"email_batch": [other], "errors": []})
    assert unavailable(vendor, lambda: mailbox.ask_batch([CLARA]), batch).fault is Fault.OTHER_SUBJECT


def test_greylist_processing_is_not_ready(mailbox: ZeroBounceMailbox, vendor: ZeroBounce) -> None:
    response = Response({"message": "Greylist processing is still in progress."})
    assert unavailable(vendor, lambda: mailbox.ask(CLARA), response).fault is Fault.NOT_READY


def test_wrong_key_and_no_credits_share_a_text(vendor: ZeroBounce) -> None:
    stranger, late = ZeroBounceMailbox("other", vendor.url), ZeroBounceActivity("other", vendor.url)
    for call in (
        stranger.credits,
        lambda: stranger.ask(CLARA),
        lambda: stranger.ask_batch([CLARA]),
        lambda: stranger.upload([CLARA], label="l"),
        lambda: stranger.state("file-1"),
        lambda: list(stranger.results("file-1")),
        lambda: late.ask(CLARA),
    ):
        assert refused(call) is Fault.UNAUTHORIZED
    vendor.credits = 0
    mailbox, activity = ZeroBounceMailbox(vendor.key, vendor.url), ZeroBounceActivity(vendor.key, vendor.url)
    assert mailbox.credits() == 0
    for call in (
        lambda: mailbox.ask(CLARA),
        lambda: mailbox.ask_batch([CLARA]),
        lambda: mailbox.upload([CLARA], label="l"),
        lambda: activity.ask(CLARA),
    ):
        assert refused(call) is Fault.NO_CREDITS
    assert not vendor.paid


def test_a_refusal_with_credits_left_is_transient(mailbox: ZeroBounceMailbox, vendor: ZeroBounce) -> None:
    vendor.fail.append(Response({"error": "Invalid API key or your account ran out of credits"}))
    assert unavailable(vendor, lambda: mailbox.ask(CLARA)).fault is Fault.SERVER_ERROR


@pytest.mark.parametrize("subject", ["", "a\nb@lab.test", "a" * 250 + "@lab.test"])
def test_what_must_not_be_sent(
    mailbox: ZeroBounceMailbox, activity: ZeroBounceActivity, vendor: ZeroBounce, subject: str
) -> None:
    assert mailbox.ask(subject).outcome is activity.ask(subject).outcome is Outcome.REJECTED
    assert mailbox.ask_batch([subject])[0].outcome is Outcome.REJECTED
    assert not vendor.requests


def test_batch(mailbox: ZeroBounceMailbox, vendor: ZeroBounce) -> None:
    subjects = [CLARA, "Bo.Lind@d2.lab.test", NOBODY, GREY, *(f"p{n}@d3.lab.test" for n in range(96))]
    replies = {reply.subject: reply for reply in mailbox.ask_batch(subjects)}
    assert set(replies) == set(subjects)
    assert all(reply.outcome is Outcome.ANSWERED for reply in replies.values())
    assert replies[NOBODY].raw_status == "invalid"
    assert len(vendor.requests) == 1
    assert isinstance(vendor.requests[0].json["timeout"], str)  # a number is answered with the wrong-key error
    assert mailbox.limits.batch_size == 100


def test_a_batch_that_leaves_one_out(mailbox: ZeroBounceMailbox, vendor: ZeroBounce) -> None:
    answer = {"address": CLARA, "status": "valid", "sub_status": ""}
    error = {"email_address": NOBODY, "error": "Malformed."}
    vendor.fail.append(Response({"email_batch": [answer], "errors": [error]}))
    replies = {reply.subject: reply for reply in mailbox.ask_batch([CLARA, NOBODY, GREY])}
    assert replies[CLARA].outcome is Outcome.ANSWERED
    assert replies[NOBODY].outcome is Outcome.REJECTED
    assert replies[GREY].outcome is Outcome.FAILED
    assert not replies[NOBODY].is_billed


def test_job(mailbox: ZeroBounceMailbox, vendor: ZeroBounce) -> None:
    subjects = [CLARA, NOBODY, GREY, '"quoted, local"@d1.lab.test']
    job = mailbox.upload(subjects, label="cp-1")
    assert mailbox.find("cp-1") is None
    assert vendor.paid.total() == 3  # at once, but not for the unknown one
    assert unavailable(vendor, lambda: list(mailbox.results(job))).fault is Fault.NOT_READY
    assert mailbox.state(job) is JobState.RUNNING
    mailbox.start(job)
    assert mailbox.state(job) is JobState.FINISHED
    replies = list(mailbox.results(job))
    assert [reply.subject for reply in replies] == subjects
    assert [reply.raw_status for reply in replies] == ["valid", "invalid", "unknown", "valid"]
    assert [reply.is_billed for reply in replies] == [True, True, False, True]
    assert {reply.reference for reply in replies} == {job}


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ({"file_status": "Queued"}, JobState.RUNNING),
        ({"file_status": "Processing"}, JobState.RUNNING),
        ({"file_status": "In Progress"}, JobState.RUNNING),
        ({"file_status": "Complete"}, JobState.FINISHED),
        ({"file_status": "Failed"}, JobState.FAILED),
        ({"file_status": "Daydreaming"}, JobState.RUNNING),
        ({"file_status": "Processing", "error_reason": "broken"}, JobState.FAILED),
    ],
)
def test_job_states(mailbox: ZeroBounceMailbox, vendor: ZeroBounce, status: dict[str, str], state: JobState) -> None:
    vendor.fail.append(Response({"success": True, "file_id": "file-1", **status}))
    assert mailbox.state("file-1") is state


def test_a_file_it_does_not_know(mailbox: ZeroBounceMailbox, vendor: ZeroBounce) -> None:
    assert mailbox.state("gone") is JobState.FAILED
    assert unavailable(vendor, lambda: list(mailbox.results("gone"))).fault is Fault.JOB_FAILED
    failure = Response({"success": False, "message": "File is empty."})
    assert unavailable(vendor, lambda: mailbox.upload([CLARA], label="l"), failure).fault is Fault.JOB_FAILED


@pytest.mark.parametrize(
    "body",
    [
        "Email Address,Other\na@lab.test,valid\n",
        "Email Address,ZB Status,ZB Sub Status\na@lab.test,valid\n",
        "Email Address,ZB Status,ZB Sub Status\na@lab.test,,\n",
        'Email Address,ZB Status,ZB Sub Status\n"a@lab.test,valid,\n',
    ],
)
def test_a_broken_result_file(mailbox: ZeroBounceMailbox, vendor: ZeroBounce, body: str) -> None:
    response = Response(body, content_type="application/octet-stream")
    assert unavailable(vendor, lambda: list(mailbox.results("file-1")), response).fault is Fault.BAD_ANSWER


def test_the_bulk_host_is_another_one() -> None:
    assert ZeroBounceMailbox("k")._bulk._base_url == zerobounce.BULK_BASE_URL
    assert ZeroBounceMailbox("k", "https://api-us.zerobounce.net")._bulk._base_url == zerobounce.BULK_BASE_URL
    assert ZeroBounceMailbox("k", "https://lab:1")._bulk._base_url == "https://lab:1"


@pytest.mark.parametrize("words", zerobounce._ACTIVITIES.items(), ids=str)
def test_every_activity_word(
    activity: ZeroBounceActivity, vendor: ZeroBounce, words: tuple[str, ActivityAnswer]
) -> None:
    word, answer = words
    vendor.fail.append(Response({"found": True, "active_in_days": word}))
    reply = activity.ask(CLARA)
    assert (reply.answer, reply.raw_status, reply.is_known) == (answer, word, True)


def test_activity_is_a_range_and_no_score(activity: ZeroBounceActivity, vendor: ZeroBounce) -> None:
    for address in (f"person{n}@d1.lab.test" for n in range(40)):
        days, reply = active_days_of(address), activity.ask(address)
        if days is None:
            assert (reply.outcome, reply.answer) == (Outcome.NOT_FOUND, None)
            continue
        assert reply.answer
        assert (reply.answer.not_within_days or 0) < days <= (reply.answer.active_within_days or 10_000)
        assert reply.answer.engagement_score is reply.answer.risk_score is None


def test_activity_that_says_little(activity: ZeroBounceActivity, vendor: ZeroBounce) -> None:
    vendor.fail += [
        Response({"found": True, "active_in_days": None}),
        Response({"found": True, "active_in_days": "yesterday"}),
        Response({"error": "email must be specified"}, 400),
    ]
    silent, strange, rejected = (activity.ask(CLARA) for _ in range(3))
    assert (silent.answer, silent.is_known) == (ActivityAnswer(), True)
    assert (strange.answer, strange.is_known) == (ActivityAnswer(), False)
    assert rejected.outcome is Outcome.REJECTED


def test_the_vendors_own_sdk_agrees(vendor: ZeroBounce, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zerobouncesdk.ZeroBounce, "BULK_BASE_URL", f"{vendor.url}/v2")
    sdk = zerobouncesdk.ZeroBounce(vendor.key, f"{vendor.url}/v2")
    vendor.credits = 100
    assert sdk.get_credits().credits == "100"
    answer = sdk.validate(NOBODY)
    assert answer.status is zerobouncesdk.ZBValidateStatus.invalid
    assert answer.sub_status is zerobouncesdk.ZBValidateSubStatus.mailbox_not_found
    batch = sdk.validate_batch(
        [zerobouncesdk.ZBValidateBatchElement(CLARA), zerobouncesdk.ZBValidateBatchElement(GREY)]
    )
    assert [item.status.value for item in batch.email_batch] == ["valid", "unknown"]
    assert sdk.get_activity("person1@d1.lab.test").found is (active_days_of("person1@d1.lab.test") is not None)
    sent = sdk.send_file_stream(io.BytesIO(f"Email Address\n{CLARA}\n".encode()), "l.csv", 1, has_header_row=True)
    assert sent.success
    assert sdk.file_status(sent.file_id).file_status == "Processing"
    assert sdk.file_status(sent.file_id).file_status == "Complete"
    with pytest.raises(zerobouncesdk.ZBApiException):
        zerobouncesdk.ZeroBounce("other", f"{vendor.url}/v2").validate(CLARA)


def test_html_on_the_bulk_host_is_no_table(mailbox: ZeroBounceMailbox, vendor: ZeroBounce) -> None:
    assert unavailable(vendor, lambda: list(mailbox.results("file-1")), HTML).fault is Fault.BAD_ANSWER
