"""Reacher's adapter against a simulated Reacher, over real HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest

from contact_pipeline.core.providers import Fault, Outcome, ProviderRefused, ProviderUnavailable
from contact_pipeline.core.verdicts import EmailStatus, EmailSubStatus
from contact_pipeline.vendors.reacher import HOSTED_URL, PRICE_PER_1000, SMTP_FAULTS, ReacherMailbox
from contact_pipeline_tests.lab.vendor import Response
from contact_pipeline_tests.lab.vendors.reacher import Reacher, fault, output

CLARA = "clara.dorn@d1.lab.test"


@pytest.fixture
def vendor() -> Iterator[Reacher]:
    with Reacher() as vendor:
        yield vendor


@pytest.fixture
def reacher(vendor: Reacher) -> ReacherMailbox:
    return ReacherMailbox(vendor.key, vendor.url)


@pytest.mark.parametrize(
    ("subject", "status", "sub_status", "raw", "raw_sub"),
    [
        (CLARA, "valid", None, "safe", None),
        ("no_mailbox-1@d1.lab.test", "invalid", "mailbox_not_found", "invalid", None),
        ("disabled-1@d1.lab.test", "invalid", "mailbox_disabled", "invalid", None),
        ("full-1@d1.lab.test", "risky", "mailbox_full", "risky", None),
        ("catch_all-1@d1.lab.test", "catch_all", None, "risky", None),
        ("disposable-1@d1.lab.test", "risky", "disposable", "risky", None),
        ("role-1@d1.lab.test", "risky", "role_based", "risky", None),
        ("spam_trap-1@d1.lab.test", "valid", None, "safe", None),
        ("greylisted-1@d1.lab.test", "unknown", "greylisted", "unknown", "AsyncSmtpError"),
        ("silent-1@d1.lab.test", "unknown", "smtp_timeout", "unknown", "Timeout"),
        ("clara", "invalid", "syntax", "invalid", None),
    ],
)
def test_truth_of_lab(
    reacher: ReacherMailbox, subject: str, status: str, sub_status: str | None, raw: str, raw_sub: str | None
) -> None:
    reply = reacher.ask(subject)
    assert (reply.outcome, reply.subject) == (Outcome.ANSWERED, subject)
    assert reply.answer and (reply.answer.status, reply.answer.sub_status) == (status, sub_status)
    assert (reply.raw_status, reply.raw_sub_status) == (raw, raw_sub)
    assert (reply.is_known, reply.is_billed, reply.answer.score) == (True, False, None)


@pytest.mark.parametrize("flag", ["is_role_account", "is_disposable"])
def test_no_mailbox_is_invalid_though_reacher_says_risky(vendor: Reacher, reacher: ReacherMailbox, flag: str) -> None:
    vendor.fail.append(Response(output(CLARA, smtp={"is_deliverable": False}, misc={flag: True})))
    reply = reacher.ask(CLARA)
    assert reply.raw_status == "risky"
    assert reply.answer and reply.answer.status is EmailStatus.INVALID
    assert reply.answer.sub_status is EmailSubStatus.MAILBOX_NOT_FOUND


def test_role_at_a_catch_all_domain_is_not_invalid(vendor: Reacher, reacher: ReacherMailbox) -> None:
    smtp = {"is_deliverable": False, "is_catch_all": True}
    vendor.fail.append(Response(output(CLARA, smtp=smtp, misc={"is_role_account": True})))
    answer = reacher.ask(CLARA).answer
    assert answer and (answer.status, answer.sub_status) == (EmailStatus.RISKY, EmailSubStatus.ROLE_BASED)


def test_no_connection_is_no_verdict_though_reacher_says_invalid(vendor: Reacher, reacher: ReacherMailbox) -> None:
    smtp = {"can_connect_smtp": False, "is_deliverable": False}
    vendor.fail.append(Response(output(CLARA, smtp=smtp)))
    reply = reacher.ask(CLARA)
    assert reply.raw_status == "invalid"
    assert reply.answer and reply.answer.status is EmailStatus.UNKNOWN
    assert reply.answer.sub_status is EmailSubStatus.SMTP_FAILURE


def test_no_mx_is_no_verdict_though_reacher_says_invalid(reacher: ReacherMailbox) -> None:
    reply = reacher.ask("clara.dorn@nomx.lab.test")
    assert reply.raw_status == "invalid"
    assert reply.answer and reply.answer.status is EmailStatus.UNKNOWN
    assert reply.answer.sub_status is EmailSubStatus.DNS_FAILURE
    flags = (reply.answer.is_catch_all, reply.answer.is_disposable, reply.answer.is_role)
    assert flags == (None, None, None)  # its `false` means that it did not look


def test_failed_mx_lookup(vendor: Reacher, reacher: ReacherMailbox) -> None:
    body = output(CLARA) | {"mx": {"error": {"type": "IoError", "message": "x"}}, "is_reachable": "unknown"}
    vendor.fail.append(Response(body))
    answer = reacher.ask(CLARA).answer
    assert answer and (answer.status, answer.sub_status) == (EmailStatus.UNKNOWN, EmailSubStatus.DNS_FAILURE)


def test_failed_misc_leaves_its_flags_open(vendor: Reacher, reacher: ReacherMailbox) -> None:
    vendor.fail.append(Response(output(CLARA) | {"misc": {"error": {"type": "x"}}}))
    answer = reacher.ask(CLARA).answer
    assert answer and (answer.status, answer.is_role, answer.is_disposable) == (EmailStatus.VALID, None, None)


@pytest.mark.parametrize(
    ("smtp", "sub_status", "raw_sub"),
    [
        (fault("AsyncSmtpError", "transient: blacklist", "IpBlacklisted"), "blocked_us", "IpBlacklisted"),
        (fault("AsyncSmtpError", "transient: no reverse name", "NeedsRDNS"), "blocked_us", "NeedsRDNS"),
        (fault("AsyncSmtpError", "transient: 4.3.0 try later"), "smtp_failure", "AsyncSmtpError"),
        (fault("AsyncSmtpError", "450 Gray listing in action"), "greylisted", "AsyncSmtpError"),
        (fault("Timeout", {"secs": 10, "nanos": 0}), "smtp_timeout", "Timeout"),
        (fault("IOError", "reset"), "smtp_failure", "IOError"),
        (fault("Socks5", "x"), "provider_error", "Socks5"),
        (fault("HeadlessError", {"x": 1}), "provider_error", "HeadlessError"),
        (fault("YahooError", {}), "provider_error", "YahooError"),
        (fault("GmailError", {}), "provider_error", "GmailError"),
        (fault("Microsoft365Error", {}), "provider_error", "Microsoft365Error"),
        (fault("AnyhowError", ""), "provider_error", "AnyhowError"),
    ],
)
def test_why_unknown(
    vendor: Reacher, reacher: ReacherMailbox, smtp: dict[str, Any], sub_status: str, raw_sub: str
) -> None:
    vendor.fail.append(Response(output(CLARA, smtp=smtp, misc={"is_role_account": True})))
    reply = reacher.ask(CLARA)
    assert reply.answer and (reply.answer.status, reply.answer.sub_status) == (EmailStatus.UNKNOWN, sub_status)
    assert (reply.answer.is_catch_all, reply.answer.is_role) == (None, True)
    assert (reply.raw_sub_status, reply.is_known) == (raw_sub, True)


def test_every_fault_of_the_source_is_in_the_table() -> None:
    words = "YahooError GmailError HeadlessError Microsoft365Error AsyncSmtpError IOError Timeout Socks5 AnyhowError"
    assert set(SMTP_FAULTS) == {*words.split(), "IpBlacklisted", "NeedsRDNS"}


@pytest.mark.parametrize(
    "body",
    [
        output(CLARA) | {"is_reachable": "haunted"},
        output(CLARA, smtp=fault("GhostError")),
        output(CLARA, smtp=fault("AsyncSmtpError", "x", "NeedsExorcism")),
    ],
)
def test_word_never_seen(vendor: Reacher, reacher: ReacherMailbox, body: dict[str, Any]) -> None:
    vendor.fail.append(Response(body))
    reply = reacher.ask(CLARA)
    assert reply.answer and reply.answer.status is EmailStatus.UNKNOWN
    assert reply.answer.sub_status is EmailSubStatus.PROVIDER_UNSURE
    assert not reply.is_known


def test_unknown_without_a_reason(vendor: Reacher, reacher: ReacherMailbox) -> None:
    vendor.fail.append(Response(output(CLARA) | {"is_reachable": "unknown"}))
    reply = reacher.ask(CLARA)
    assert reply.answer and reply.answer.sub_status is EmailSubStatus.PROVIDER_UNSURE
    assert reply.is_known


@pytest.mark.parametrize("key", ["", "wrong"])
def test_missing_or_wrong_secret(vendor: Reacher, key: str) -> None:
    reacher = ReacherMailbox(key, vendor.url)
    for call in (reacher.credits, lambda: reacher.ask(CLARA)):
        with pytest.raises(ProviderRefused) as error:
            call()
        assert error.value.fault is Fault.UNAUTHORIZED


def test_server_without_secret() -> None:
    with Reacher(key="") as vendor:
        reacher = ReacherMailbox(base_url=vendor.url)
        assert reacher.credits() is None
        assert reacher.ask(CLARA).answer
        assert not {"x-reacher-secret", "authorization"} & set(vendor.requests[-1].headers)


def test_credits_asks_about_nobody(vendor: Reacher, reacher: ReacherMailbox) -> None:
    assert reacher.credits() is None
    assert vendor.requests[0].json == {"to_email": ""}
    assert not vendor.paid


def test_hosted_service_takes_its_key_elsewhere(vendor: Reacher, monkeypatch: pytest.MonkeyPatch) -> None:
    assert HOSTED_URL == "https://api.reacher.email"
    monkeypatch.setattr("contact_pipeline.vendors.reacher.HOSTED_URL", vendor.url)
    vendor.fail.append(Response(output(CLARA)))
    ReacherMailbox("hosted-key", vendor.url).ask(CLARA)
    assert vendor.requests[0].headers["authorization"] == "hosted-key"
    assert "x-reacher-secret" not in vendor.requests[0].headers


def test_throttled(vendor: Reacher, reacher: ReacherMailbox) -> None:
    body = {"error": "Rate limit per minute exceeded, please wait 12.5s"}
    vendor.fail.append(Response(body, 429, headers={"Retry-After": "60"}))
    with pytest.raises(ProviderUnavailable) as error:
        reacher.ask(CLARA)
    assert (error.value.fault, error.value.is_sent, error.value.retry_after_s) == (Fault.RATE_LIMITED, False, 12.5)


def test_other_400_stops_the_provider(vendor: Reacher, reacher: ReacherMailbox) -> None:
    vendor.fail.append(Response({"error": "to_email field is required."}, 400))
    with pytest.raises(ProviderRefused) as error:
        reacher.ask(CLARA)
    assert error.value.fault is Fault.BAD_REQUEST


@pytest.mark.parametrize("subject", ["", "a\x00b@d1.lab.test", "a\r\nb@d1.lab.test", "ä" * 125 + "@lab.test"])
def test_never_sends_what_is_no_address(vendor: Reacher, reacher: ReacherMailbox, subject: str) -> None:
    assert reacher.ask(subject).outcome is Outcome.REJECTED
    assert not vendor.requests


def test_address_in_other_case_is_the_same(vendor: Reacher, reacher: ReacherMailbox) -> None:
    vendor.fail.append(Response(output(CLARA.upper())))
    assert reacher.ask(CLARA).answer


def test_is_free() -> None:
    assert PRICE_PER_1000 == 0


def _without(key: str) -> dict[str, Any]:
    body = output(CLARA)
    del body[key]
    return body


@pytest.mark.parametrize(
    ("response", "fault"),
    [
        (Response(output("paul.kern@d1.lab.test")), Fault.OTHER_SUBJECT),
        (Response("<html>maintenance</html>", content_type="text/html"), Fault.BAD_ANSWER),
        (Response(output(CLARA), cut=True), Fault.BAD_ANSWER),
        (Response([]), Fault.BAD_ANSWER),
        *(
            (Response(_without(key)), Fault.BAD_ANSWER)
            for key in ("input", "is_reachable", "misc", "mx", "smtp", "syntax")
        ),
        (Response(output(CLARA) | {"is_reachable": 3}), Fault.BAD_ANSWER),
        (Response(output(CLARA, smtp={"is_catch_all": "no"})), Fault.BAD_ANSWER),
        (Response(output(CLARA) | {"smtp": {"error": "x"}}), Fault.BAD_ANSWER),
        (Response(output(CLARA) | {"smtp": {}}), Fault.BAD_ANSWER),
        (Response({"error": "boom"}, 500), Fault.SERVER_ERROR),
        (Response("", 302, headers={"Location": "/v1/elsewhere"}), Fault.BAD_ANSWER),
    ],
)
def test_no_answer(vendor: Reacher, reacher: ReacherMailbox, response: Response, fault: Fault) -> None:
    vendor.fail.append(response)
    with pytest.raises(ProviderUnavailable) as error:
        reacher.ask(CLARA)
    assert error.value.fault is fault
    assert CLARA not in str(error.value) and vendor.key not in str(error.value)
    assert len(vendor.requests) == 1
