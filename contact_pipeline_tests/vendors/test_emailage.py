"""EmailAge's adapter, and the vendor's own client, against a simulated EmailAge, over real HTTP."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from emailage.client import EmailageClient

from contact_pipeline.core.providers import Fault, Outcome, ProviderRefused, ProviderUnavailable
from contact_pipeline.emails.ports import ActivityAnswer
from contact_pipeline.vendors.emailage import REFUSALS, STATUSES, WAITS, EmailAgeActivity
from contact_pipeline_tests.lab.vendor import Response
from contact_pipeline_tests.lab.vendors.emailage import EmailAge, envelope, failure, result

CLARA = "clara.dorn@d1.lab.test"
PAUL = "paul.kern@d1.lab.test"


@pytest.fixture
def vendor() -> Iterator[EmailAge]:
    with EmailAge() as vendor:
        yield vendor


@pytest.fixture
def emailage(vendor: EmailAge) -> EmailAgeActivity:
    return EmailAgeActivity(vendor.key, vendor.secret, vendor.url)


def test_risk_and_nothing_else(vendor: EmailAge, emailage: EmailAgeActivity) -> None:
    reply = emailage.ask("no_mailbox-1@d1.lab.test")
    assert reply.outcome is Outcome.ANSWERED
    assert reply.answer == ActivityAnswer(risk_score=90)  # no activity: its dates count its customers' questions
    assert (reply.raw_status, reply.raw_sub_status, reply.is_known, reply.is_billed) == ("902", "2/1", True, True)
    assert vendor.paid == {"no_mailbox-1@d1.lab.test": 1}


def test_keeps_nothing_of_the_person(vendor: EmailAge, emailage: EmailAgeActivity) -> None:
    vendor.fail.append(envelope(CLARA, [result(CLARA)]))
    kept = repr(emailage.ask(CLARA)).replace(CLARA, "")
    for told in ("Clara Dorn", "19800105", "female", "Graz", "social.lab", "2026-11-01", "Nothing special"):
        assert told not in kept


@pytest.mark.parametrize(
    ("score", "risk"),
    [("0", 0), ("000", 0), ("071", 7), ("500", 50), ("902", 90), ("999", 100), (500, 50), ("", None)],
)
def test_scale(vendor: EmailAge, emailage: EmailAgeActivity, score: object, risk: int | None) -> None:
    vendor.fail.append(envelope(CLARA, [result(CLARA, EAScore=score)]))
    answer = emailage.ask(CLARA).answer
    assert answer and answer.risk_score == risk


@pytest.mark.parametrize(("state", "risk"), [("0", None), *((str(n), 50) for n in range(1, 6)), (2, 50)])
def test_status_words(vendor: EmailAge, emailage: EmailAgeActivity, state: object, risk: int | None) -> None:
    vendor.fail.append(envelope(CLARA, [result(CLARA, EAScore="500", EAStatusID=state)]))
    reply = emailage.ask(CLARA)
    assert reply.answer and (reply.answer.risk_score, reply.is_known) == (risk, True)


def test_status_never_seen(vendor: EmailAge, emailage: EmailAgeActivity) -> None:
    vendor.fail.append(envelope(CLARA, [result(CLARA, EAScore="500", EAStatusID="77")]))
    reply = emailage.ask(CLARA)
    assert reply.answer == ActivityAnswer()
    assert (reply.raw_status, reply.is_known) == ("500", False)


def test_knows_nothing(vendor: EmailAge, emailage: EmailAgeActivity) -> None:
    vendor.fail.append(envelope(CLARA, []))
    reply = emailage.ask(CLARA)
    assert (reply.outcome, reply.answer) == (Outcome.NOT_FOUND, None)


@pytest.mark.parametrize("subject", ["clara+news@d1.lab.test", "Clara~d_o-r.n&a=b%20@d1.lab.test", '"a b"@d1.lab.test'])
def test_signs_odd_addresses(emailage: EmailAgeActivity, subject: str) -> None:
    assert emailage.ask(subject).outcome is Outcome.ANSWERED


def test_signs_from_many_threads(vendor: EmailAge, emailage: EmailAgeActivity) -> None:
    subjects = [f"person-{number}@d1.lab.test" for number in range(40)]
    with ThreadPoolExecutor(10) as pool:
        replies = list(pool.map(emailage.ask, subjects))
    assert [reply.subject for reply in replies] == subjects
    assert all(reply.outcome is Outcome.ANSWERED for reply in replies)
    assert len({request.query["oauth_nonce"] for request in vendor.requests}) == 40


def test_wrong_key_and_wrong_secret(vendor: EmailAge) -> None:
    for key, secret in (("wrong", vendor.secret), (vendor.key, "wrong")):
        with pytest.raises(ProviderRefused) as error:
            EmailAgeActivity(key, secret, vendor.url).ask(CLARA)
        assert error.value.fault is Fault.UNAUTHORIZED


def test_no_credits() -> None:
    with EmailAge(credits=1) as vendor:
        emailage = EmailAgeActivity(vendor.key, vendor.secret, vendor.url)
        assert emailage.credits() is None
        emailage.ask(CLARA)
        with pytest.raises(ProviderRefused) as error:
            emailage.ask(PAUL)
    assert error.value.fault is Fault.NO_CREDITS


def test_wrong_clock(vendor: EmailAge, emailage: EmailAgeActivity, monkeypatch: pytest.MonkeyPatch) -> None:
    late = time.time() - 3600
    monkeypatch.setattr("oauthlib.oauth1.rfc5849.generate_timestamp", lambda: str(int(late)))
    with pytest.raises(ProviderRefused) as error:
        emailage.ask(CLARA)
    assert "clock" in str(error.value)


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_codes_that_need_a_person(vendor: EmailAge, emailage: EmailAgeActivity, code: str) -> None:
    vendor.fail.append(failure(CLARA, code))
    with pytest.raises(ProviderRefused) as error:
        emailage.ask(CLARA)
    assert error.value.fault is REFUSALS[code][0]


@pytest.mark.parametrize("code", [*WAITS, "4711", "0"])
def test_codes_that_pass(vendor: EmailAge, emailage: EmailAgeActivity, code: str) -> None:
    vendor.fail.append(failure(CLARA, code))
    with pytest.raises(ProviderUnavailable) as error:
        emailage.ask(CLARA)
    assert error.value.fault is WAITS.get(code, Fault.BAD_ANSWER)
    assert error.value.is_sent is (code not in WAITS)


def test_every_documented_code_is_in_a_table() -> None:
    documented = {str(code) for code in (*range(3001, 3017), 400, 401, 403, 404, 405, 503)}
    assert {*REFUSALS, *WAITS, "3007"} == documented
    assert set(STATUSES) == set("012345")


def test_malformed_address(emailage: EmailAgeActivity) -> None:
    reply = emailage.ask("nobody")
    assert (reply.outcome, reply.raw_status, reply.is_billed) == (Outcome.REJECTED, "3007", False)


@pytest.mark.parametrize("subject", ["", "a\x00b@d1.lab.test", "a\nb@d1.lab.test", "ä" * 125 + "@lab.test"])
def test_never_sends_what_is_no_address(vendor: EmailAge, emailage: EmailAgeActivity, subject: str) -> None:
    assert emailage.ask(subject).outcome is Outcome.REJECTED
    assert not vendor.requests


def test_address_in_other_case_is_the_same(vendor: EmailAge, emailage: EmailAgeActivity) -> None:
    vendor.fail.append(envelope(CLARA, [result(CLARA)]))
    assert emailage.ask(CLARA.upper()).answer


def test_throttled(vendor: EmailAge, emailage: EmailAgeActivity) -> None:
    vendor.fail.append(Response("", 503, headers={"Retry-After": "60"}))
    with pytest.raises(ProviderUnavailable) as error:
        emailage.ask(CLARA)
    assert error.value.fault is Fault.RATE_LIMITED


@pytest.mark.parametrize(
    ("response", "fault"),
    [
        (envelope(PAUL, [result(PAUL)]), Fault.OTHER_SUBJECT),
        (envelope(CLARA, [result(PAUL)]), Fault.OTHER_SUBJECT),
        (envelope(PAUL, []), Fault.OTHER_SUBJECT),
        (Response("<html>maintenance</html>", content_type="text/html"), Fault.BAD_ANSWER),
        (Response(envelope(CLARA, [result(CLARA)]).body, cut=True), Fault.BAD_ANSWER),
        (Response([]), Fault.BAD_ANSWER),
        (Response({"query": {"email": CLARA}}), Fault.BAD_ANSWER),
        (envelope(CLARA, [result(CLARA, EAScore="high")]), Fault.BAD_ANSWER),
        (envelope(CLARA, [result(CLARA, EAScore="1000")]), Fault.BAD_ANSWER),
        (envelope(CLARA, [result(CLARA, EAScore="-1")]), Fault.BAD_ANSWER),
        (envelope(CLARA, [result(CLARA, EAScore=None)]), Fault.BAD_ANSWER),
        (envelope(CLARA, [result(CLARA, EAStatusID=None)]), Fault.BAD_ANSWER),
        (envelope(CLARA, [result(CLARA), result(CLARA)]), Fault.TOO_MANY_ROWS),
        (Response({}, 500), Fault.SERVER_ERROR),
        (Response("", 429, headers={"Retry-After": "60"}), Fault.RATE_LIMITED),
        (Response("", 302, headers={"Location": "/elsewhere"}), Fault.BAD_ANSWER),
    ],
)
def test_no_answer(vendor: EmailAge, emailage: EmailAgeActivity, response: Response, fault: Fault) -> None:
    vendor.fail.append(response)
    with pytest.raises(ProviderUnavailable) as error:
        emailage.ask(CLARA)
    assert error.value.fault is fault
    assert CLARA not in str(error.value) and vendor.secret not in str(error.value)
    assert len(vendor.requests) == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_vendors_own_client(vendor: EmailAge, method: str) -> None:
    client = EmailageClient(vendor.key, vendor.secret, http_method=method)
    client.set_api_domain(vendor.url)
    answer = client.query_email("clara+news@d1.lab.test")
    assert answer["responseStatus"]["status"] == "success"
    assert answer["query"]["results"][0]["email"] == "clara+news@d1.lab.test"
    assert vendor.paid == {"clara+news@d1.lab.test": 1}


def test_vendors_own_client_with_wrong_token(vendor: EmailAge) -> None:
    client = EmailageClient(vendor.key, "wrong")
    client.set_api_domain(vendor.url)
    assert client.query_email(CLARA)["responseStatus"]["errorCode"] == "3001"
