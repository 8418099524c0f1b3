"""Hunter's adapter against a simulated Hunter, over real HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest

from contact_pipeline.core.providers import Fault, Outcome, ProviderRefused, ProviderUnavailable
from contact_pipeline.core.verdicts import EmailStatus, EmailSubStatus
from contact_pipeline.emails.ports import MailboxAnswer
from contact_pipeline.vendors.hunter.verifier import INVALID_BY_CHECK, STATUSES, HunterMailbox
from contact_pipeline_tests.lab.vendor import Response
from contact_pipeline_tests.lab.vendors.hunter import Hunter, verdict

CLARA = "clara.dorn@d1.lab.test"


@pytest.fixture
def vendor() -> Iterator[Hunter]:
    with Hunter() as vendor:
        yield vendor


@pytest.fixture
def hunter(vendor: Hunter) -> HunterMailbox:
    return HunterMailbox(vendor.key, vendor.url, wait_s=0)


@pytest.mark.parametrize(
    ("local", "status", "sub_status", "raw", "is_billed"),
    [
        ("clara.dorn", "valid", None, "valid", True),
        ("no_mailbox-1", "invalid", "mailbox_not_found", "invalid", True),
        ("disabled-1", "invalid", "mailbox_not_found", "invalid", True),
        ("full-1", "unknown", "provider_unsure", "unknown", False),
        ("catch_all-1", "catch_all", None, "accept_all", True),
        ("disposable-1", "risky", "disposable", "disposable", True),
        ("role-1", "valid", None, "valid", True),
        ("greylisted-1", "unknown", "provider_unsure", "unknown", False),
    ],
)
def test_truth_of_lab(
    vendor: Hunter, hunter: HunterMailbox, local: str, status: str, sub_status: str | None, raw: str, is_billed: bool
) -> None:
    subject = f"{local}@d1.lab.test"
    reply = hunter.ask(subject)
    assert reply.outcome is Outcome.ANSWERED
    assert reply.subject == subject
    assert reply.answer is not None
    assert (reply.answer.status, reply.answer.sub_status) == (status, sub_status)
    assert (reply.raw_status, reply.is_billed, reply.is_known) == (raw, is_billed, True)
    assert vendor.paid[subject] == is_billed


def test_flags_and_score(hunter: HunterMailbox) -> None:
    good, catch_all = hunter.ask(CLARA).answer, hunter.ask("catch_all-1@d1.lab.test").answer
    assert good and catch_all
    assert (good.score, good.is_catch_all, good.is_disposable, good.is_role) == (97, False, False, None)
    assert (catch_all.score, catch_all.is_catch_all) == (76, True)


def test_key_stands_in_no_url(vendor: Hunter, hunter: HunterMailbox) -> None:
    hunter.ask(CLARA)
    assert vendor.requests[0].query == {"email": CLARA}


def test_odd_address_arrives_whole(vendor: Hunter, hunter: HunterMailbox) -> None:
    subject = "Clara+news&x=1#ü@D1.lab.test"
    assert hunter.ask(subject).subject == subject
    assert vendor.requests[0].query["email"] == subject


@pytest.mark.parametrize(
    ("checks", "status", "sub_status"),
    [
        ({"regexp": False}, "invalid", "syntax"),
        ({"mx_records": False, "smtp_server": False, "smtp_check": False}, "invalid", "no_mail_host"),
        ({"smtp_server": False, "smtp_check": False}, "unknown", "smtp_failure"),
        ({"smtp_check": False}, "invalid", "mailbox_not_found"),
        ({"smtp_check": None}, "invalid", None),
        ({}, "invalid", None),
    ],
)
def test_why_invalid(
    vendor: Hunter, hunter: HunterMailbox, checks: dict[str, bool | None], status: str, sub_status: str | None
) -> None:
    vendor.fail.append(Response(verdict(CLARA, "invalid", "undeliverable", 0, **checks)))
    answer = hunter.ask(CLARA).answer
    assert answer and (answer.status, answer.sub_status) == (status, sub_status)


@pytest.mark.parametrize(
    ("result", "checks", "status", "sub_status"),
    [
        ("risky", {}, "valid", None),
        ("risky", {"smtp_check": False}, "unknown", "provider_unsure"),
        ("risky", {"accept_all": True}, "catch_all", None),
        ("risky", {"accept_all": None}, "unknown", "provider_unsure"),
        ("undeliverable", {"smtp_check": False}, "invalid", "mailbox_not_found"),
    ],
)
def test_webmail_is_what_its_checks_say(
    vendor: Hunter,
    hunter: HunterMailbox,
    result: str,
    checks: dict[str, bool | None],
    status: str,
    sub_status: str | None,
) -> None:
    vendor.fail.append(Response(verdict(CLARA, "webmail", result, 60, **checks)))
    answer = hunter.ask(CLARA).answer
    assert answer and (answer.status, answer.sub_status) == (status, sub_status)


@pytest.mark.parametrize("checks", [{"block": True}, {"smtp_server": False, "smtp_check": False}])
def test_unknown_because_of_their_server(vendor: Hunter, hunter: HunterMailbox, checks: dict[str, bool]) -> None:
    vendor.fail.append(Response(verdict(CLARA, "unknown", "risky", 35, **checks)))
    answer = hunter.ask(CLARA).answer
    assert answer and (answer.status, answer.sub_status) == (EmailStatus.UNKNOWN, EmailSubStatus.SMTP_FAILURE)


def test_every_documented_word_is_in_the_table() -> None:
    assert set(STATUSES) == {"valid", "invalid", "accept_all", "webmail", "disposable", "unknown"}
    assert list(INVALID_BY_CHECK) == ["regexp", "mx_records", "smtp_server", "smtp_check"]


def test_word_never_seen(vendor: Hunter, hunter: HunterMailbox) -> None:
    vendor.fail.append(Response(verdict(CLARA, "haunted", "deliverable", 99)))
    reply = hunter.ask(CLARA)
    assert reply.answer and reply.answer.status is EmailStatus.UNKNOWN
    assert reply.answer.sub_status is EmailSubStatus.PROVIDER_UNSURE
    assert (reply.raw_status, reply.is_known) == ("haunted", False)


def test_asks_again_while_in_progress_and_pays_once(vendor: Hunter, hunter: HunterMailbox) -> None:
    vendor.polls = 2
    reply = hunter.ask(CLARA)
    assert reply.answer and reply.answer.status is EmailStatus.VALID
    assert (len(vendor.requests), vendor.paid[CLARA]) == (3, 1)


def test_gives_up_when_it_stays_in_progress(vendor: Hunter, hunter: HunterMailbox) -> None:
    vendor.polls = 99
    with pytest.raises(ProviderUnavailable) as error:
        hunter.ask(CLARA)
    assert error.value.fault is Fault.NOT_READY
    assert len(vendor.requests) == 3


def test_222_is_no_verdict(vendor: Hunter, hunter: HunterMailbox) -> None:
    """And no fault of Hunter's: five such addresses in a row must not stop it."""
    reply = hunter.ask("silent-1@d1.lab.test")
    assert reply.answer == MailboxAnswer(EmailStatus.UNKNOWN, EmailSubStatus.SMTP_FAILURE)
    assert (reply.raw_status, reply.is_billed) == ("222", False)
    assert not vendor.paid


def test_451_is_an_erasure_request(vendor: Hunter, hunter: HunterMailbox) -> None:
    vendor.opted_out.add(CLARA)
    reply = hunter.ask(CLARA)
    assert (reply.outcome, reply.answer, reply.is_billed) == (Outcome.OPTED_OUT, None, False)
    assert (reply.raw_status, reply.raw_sub_status) == ("451", "claimed_email")


def test_403_is_the_rate_limit() -> None:
    with Hunter(per_second=1) as vendor:
        hunter = HunterMailbox(vendor.key, vendor.url)
        hunter.ask(CLARA)
        with pytest.raises(ProviderUnavailable) as error:
            hunter.ask(CLARA)
    assert (error.value.fault, error.value.is_sent) == (Fault.RATE_LIMITED, False)


def test_429_is_no_credits(no_retries: None) -> None:
    with Hunter(credits=0.5) as vendor:
        hunter = HunterMailbox(vendor.key, vendor.url)
        assert hunter.credits() == 0.5
        hunter.ask(CLARA)
        assert hunter.ask(CLARA).answer  # again in the same period: free
        with pytest.raises(ProviderRefused) as error:
            hunter.ask("paul.kern@d1.lab.test")
    assert error.value.fault is Fault.NO_CREDITS


def test_wrong_key(vendor: Hunter) -> None:
    hunter = HunterMailbox("wrong", vendor.url)
    for call in (hunter.credits, lambda: hunter.ask(CLARA)):
        with pytest.raises(ProviderRefused) as error:
            call()
        assert error.value.fault is Fault.UNAUTHORIZED


@pytest.mark.parametrize(
    ("requests", "left"),
    [
        ({"credits": {"used": 10, "available": 50, "remaining": 40}, "verifications": {"used": 0, "available": 9}}, 40),
        ({"credits": {"used": 10, "available": 50}}, 40),
        ({"searches": {"used": 1, "available": 2}, "verifications": {"used": 8, "available": 1000}}, 992),
    ],
)
def test_credits(vendor: Hunter, hunter: HunterMailbox, requests: dict[str, Any], left: float) -> None:
    vendor.fail.append(Response({"data": {"requests": requests}}))
    assert hunter.credits() == left


def test_credits_in_another_shape(vendor: Hunter, hunter: HunterMailbox) -> None:
    vendor.fail.append(Response({"data": {"requests": {}}}))
    with pytest.raises(ProviderUnavailable) as error:
        hunter.credits()
    assert error.value.fault is Fault.BAD_ANSWER


@pytest.mark.parametrize("subject", ["", "a\x00b@d1.lab.test", "a\nb@d1.lab.test", "ä" * 125 + "@lab.test"])
def test_never_sends_what_is_no_address(vendor: Hunter, hunter: HunterMailbox, subject: str) -> None:
    reply = hunter.ask(subject)
    assert (reply.outcome, reply.is_billed) == (Outcome.REJECTED, False)
    assert not vendor.requests


def test_address_that_hunter_refuses(hunter: HunterMailbox) -> None:
    reply = hunter.ask("nobody")
    assert (reply.outcome, reply.raw_status, reply.raw_sub_status) == (Outcome.REJECTED, "400", "invalid_email")


def test_other_400_stops_the_provider(vendor: Hunter, hunter: HunterMailbox) -> None:
    vendor.fail.append(Response({"errors": [{"id": "wrong_params", "code": 400}]}, 400))
    with pytest.raises(ProviderRefused) as error:
        hunter.ask(CLARA)
    assert error.value.fault is Fault.BAD_REQUEST


def test_address_in_other_case_is_the_same(vendor: Hunter, hunter: HunterMailbox) -> None:
    assert hunter.ask(CLARA.title()).answer


@pytest.mark.parametrize(
    ("response", "fault"),
    [
        (Response(verdict("paul.kern@d1.lab.test", "valid")), Fault.OTHER_SUBJECT),
        (Response("<html>maintenance</html>", content_type="text/html"), Fault.BAD_ANSWER),
        (Response(verdict(CLARA, "valid"), cut=True), Fault.BAD_ANSWER),
        (Response({"data": None}), Fault.BAD_ANSWER),
        (Response("<html>blocked in your country</html>", 451, content_type="text/html"), Fault.BAD_ANSWER),
        (Response([verdict(CLARA, "valid")]), Fault.BAD_ANSWER),
        (Response(verdict(CLARA, "valid", score=101)), Fault.BAD_ANSWER),
        (Response(verdict(CLARA, "valid", score=True)), Fault.BAD_ANSWER),
        (Response({"data": {"status": 1, "email": CLARA}}), Fault.BAD_ANSWER),
        (Response({"data": {"status": "valid"}}), Fault.BAD_ANSWER),
        (Response({"data": {"status": "valid", "email": CLARA, "accept_all": "no"}}), Fault.BAD_ANSWER),
        (Response({}, 500), Fault.SERVER_ERROR),
        (Response("", 302, headers={"Location": "/v2/elsewhere"}), Fault.BAD_ANSWER),
    ],
)
def test_no_answer(vendor: Hunter, hunter: HunterMailbox, response: Response, fault: Fault) -> None:
    vendor.fail.append(response)
    with pytest.raises(ProviderUnavailable) as error:
        hunter.ask(CLARA)
    assert error.value.fault is fault
    assert CLARA not in str(error.value) and vendor.key not in str(error.value)
    assert len(vendor.requests) == 1
