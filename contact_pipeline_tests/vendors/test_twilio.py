"""Twilio Lookup's adapter, and Twilio's own client, against a simulated Twilio, over real HTTP."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from contact_pipeline.core.providers import Fault, Outcome, ProviderRefused, ProviderUnavailable
from contact_pipeline.core.verdicts import PhoneStatus, PhoneSubStatus, PhoneType
from contact_pipeline.phones.ports import LineAnswer, VoipKind
from contact_pipeline.vendors.twilio import LINE_STATUSES, TYPES, VALIDATION_ERRORS, TwilioLookup
from contact_pipeline_tests.lab.vendor import Response
from contact_pipeline_tests.lab.vendors.twilio import Twilio, body, error, line_type

MOBILE = "+436641234560"


@pytest.fixture
def vendor() -> Iterator[Twilio]:
    with Twilio() as vendor:
        yield vendor


@pytest.fixture
def twilio(vendor: Twilio) -> TwilioLookup:
    return TwilioLookup(vendor.sid, vendor.key, vendor.url)


@pytest.fixture
def with_status(vendor: Twilio) -> TwilioLookup:
    return TwilioLookup(vendor.sid, vendor.key, vendor.url, with_line_status=True)


@pytest.mark.parametrize(
    ("digit", "kind", "voip_kind", "carrier", "is_active", "raw"),
    [
        (0, "mobile", None, "Lab Mobile", True, "mobile"),
        (1, "mobile", None, "Lab Mobile", False, "mobile"),
        (2, "landline", None, "Lab Fixed", True, "landline"),
        (3, "voip", "fixed", "Lab Cable", True, "fixedVoip"),
        (4, "voip", "non_fixed", "Lab App", True, "nonFixedVoip"),
        (5, "toll_free", None, None, None, "tollFree"),
        (6, "premium", None, None, None, "premium"),
        (7, "personal", None, None, None, "personal"),
        (9, "unknown", None, None, False, "unknown"),
    ],
)
def test_truth_of_lab(
    vendor: Twilio,
    twilio: TwilioLookup,
    with_status: TwilioLookup,
    digit: int,
    kind: str,
    voip_kind: str | None,
    carrier: str | None,
    is_active: bool | None,
    raw: str,
) -> None:
    number = MOBILE[:-1] + str(digit)
    reply = twilio.ask(number)
    assert (reply.outcome, reply.subject) == (Outcome.ANSWERED, number)
    assert reply.answer == LineAnswer(
        PhoneStatus.VALID,
        line_type=PhoneType(kind),
        voip_kind=VoipKind(voip_kind) if voip_kind else None,
        carrier=carrier,
        country="AT",
        is_active=None,  # nobody asked for the line's status
    )
    assert (reply.raw_status, reply.raw_sub_status, reply.is_known, reply.is_billed) == (raw, None, True, True)
    answer = with_status.ask(number).answer
    assert answer and answer.is_active is is_active
    assert vendor.paid[number] == 2


def test_request_on_the_wire(vendor: Twilio, twilio: TwilioLookup, with_status: TwilioLookup) -> None:
    twilio.ask(MOBILE)
    with_status.ask(MOBILE)
    assert [request.path for request in vendor.requests] == ["/v2/PhoneNumbers/%2B436641234560"] * 2
    fields = [request.query["Fields"] for request in vendor.requests]
    assert fields == ["line_type_intelligence", "line_type_intelligence,line_status"]


@pytest.mark.parametrize("word", sorted(TYPES))
def test_every_type(vendor: Twilio, twilio: TwilioLookup, word: str) -> None:
    vendor.fail.append(Response(body(MOBILE, line_type_intelligence=line_type(word))))
    reply = twilio.ask(MOBILE)
    assert reply.answer and (reply.answer.line_type, reply.answer.voip_kind) == TYPES[word]
    assert reply.is_known


def test_every_documented_word_is_in_a_table() -> None:
    types = "landline mobile fixedVoip nonFixedVoip personal tollFree premium sharedCost uan voicemail pager unknown"
    assert set(TYPES) == set(types.split())
    errors = "TOO_SHORT TOO_LONG INVALID_BUT_POSSIBLE INVALID_COUNTRY_CODE INVALID_LENGTH NOT_A_NUMBER"
    assert set(VALIDATION_ERRORS) == set(errors.split())
    assert set(LINE_STATUSES) == {"active", "reachable", "unreachable", "inactive", "unknown"}


@pytest.mark.parametrize(
    "package", [None, line_type(None), line_type(None, error_code=60600), line_type("mobile", "X", error_code=60601)]
)
def test_package_that_says_nothing(vendor: Twilio, twilio: TwilioLookup, package: dict[str, Any] | None) -> None:
    vendor.fail.append(Response(body(MOBILE, line_type_intelligence=package)))
    reply = twilio.ask(MOBILE)
    assert reply.answer == LineAnswer(PhoneStatus.VALID, country="AT")
    code = package and package["error_code"]
    assert (reply.raw_status, reply.raw_sub_status, reply.is_known) == (None, str(code) if code else None, True)


def test_canada_without_approval(twilio: TwilioLookup) -> None:
    reply = twilio.ask("+14165550120")
    assert reply.answer == LineAnswer(PhoneStatus.VALID, country="CA")
    assert reply.raw_sub_status == "60601"


@pytest.mark.parametrize(
    ("status", "is_active", "is_known", "raw_sub"),
    [
        ({"status": "active", "error_code": None}, True, True, "active"),
        ({"status": "Reachable", "error_code": None}, True, True, "Reachable"),
        ({"status": "unreachable", "error_code": None}, True, True, "unreachable"),
        ({"status": "inactive", "error_code": None}, False, True, "inactive"),
        ({"status": "unknown", "error_code": None}, None, True, "unknown"),
        ({"status": "haunted", "error_code": None}, None, False, "haunted"),
        ({"status": None, "error_code": 60606}, None, True, "60606"),
        ({"status": "inactive", "error_code": 60606}, None, True, "60606"),
        (None, None, True, None),
    ],
)
def test_line_status(
    vendor: Twilio,
    with_status: TwilioLookup,
    status: dict[str, Any] | None,
    is_active: bool | None,
    is_known: bool,
    raw_sub: str | None,
) -> None:
    vendor.fail.append(Response(body(MOBILE, line_status=status, line_type_intelligence=line_type("mobile"))))
    reply = with_status.ask(MOBILE)
    assert reply.answer and (reply.answer.is_active, reply.answer.status) == (is_active, PhoneStatus.VALID)
    assert (reply.is_known, reply.raw_sub_status) == (is_known, raw_sub)


def test_line_status_nobody_asked_for_is_not_read(vendor: Twilio, twilio: TwilioLookup) -> None:
    status = {"status": "inactive", "error_code": None}
    vendor.fail.append(Response(body(MOBILE, line_status=status, line_type_intelligence=line_type("mobile"))))
    answer = twilio.ask(MOBILE).answer
    assert answer and answer.is_active is None


def test_both_packages_fail(vendor: Twilio, with_status: TwilioLookup) -> None:
    packages = {
        "line_type_intelligence": line_type(None, error_code=60600),
        "line_status": {"status": None, "error_code": 60606},
    }
    vendor.fail.append(Response(body(MOBILE, **packages)))
    assert with_status.ask(MOBILE).raw_sub_status == "60600,60606"


@pytest.mark.parametrize("word", sorted(VALIDATION_ERRORS))
def test_invalid_number(vendor: Twilio, twilio: TwilioLookup, word: str) -> None:
    vendor.fail.append(Response(body(MOBILE, valid=False, validation_errors=[word], country_code=None)))
    reply = twilio.ask(MOBILE)
    assert reply.outcome is Outcome.ANSWERED
    assert reply.answer == LineAnswer(PhoneStatus.INVALID, VALIDATION_ERRORS[word])
    assert (reply.raw_status, reply.raw_sub_status, reply.is_known) == ("invalid", word, True)


def test_invalid_as_the_simulator_says_it(twilio: TwilioLookup) -> None:
    assert twilio.ask("+4366412").answer == LineAnswer(PhoneStatus.INVALID, PhoneSubStatus.TOO_SHORT)


def test_words_never_seen(vendor: Twilio, twilio: TwilioLookup) -> None:
    vendor.fail.append(Response(body(MOBILE, valid=False, validation_errors=["HAUNTED"])))
    vendor.fail.append(Response(body(MOBILE, line_type_intelligence=line_type("crystalBall"))))
    first, second = twilio.ask(MOBILE), twilio.ask(MOBILE)
    assert first.answer and (first.answer.status, first.is_known) == (PhoneStatus.UNKNOWN, False)
    assert second.answer and (second.answer.line_type, second.is_known) == (PhoneType.UNKNOWN, False)
    assert second.raw_status == "crystalBall"


def test_invalid_without_a_reason(vendor: Twilio, twilio: TwilioLookup) -> None:
    vendor.fail.append(Response(body(MOBILE, valid=False, country_code=None)))
    assert twilio.ask(MOBILE).answer == LineAnswer(PhoneStatus.INVALID)


def test_refused_number_and_number_out_of_coverage(vendor: Twilio, twilio: TwilioLookup) -> None:
    vendor.fail.extend([error(404, 20404, "Not found"), error(400, 60600, "Unprovisioned or out of coverage")])
    first, second = twilio.ask(MOBILE), twilio.ask(MOBILE)
    assert (first.outcome, first.raw_status, first.is_billed) == (Outcome.REJECTED, "20404", False)
    assert (second.outcome, second.raw_status, second.is_billed) == (Outcome.NOT_FOUND, "60600", False)


@pytest.mark.parametrize(("status", "code"), [(404, 1), (400, 20001)])
def test_other_client_errors_stop_the_provider(vendor: Twilio, twilio: TwilioLookup, status: int, code: int) -> None:
    vendor.fail.append(error(status, code, "no"))
    with pytest.raises(ProviderRefused) as refusal:
        twilio.ask(MOBILE)
    assert refusal.value.fault is Fault.BAD_REQUEST


def test_wrong_token(vendor: Twilio) -> None:
    twilio = TwilioLookup(vendor.sid, "wrong", vendor.url)
    for call in (twilio.credits, lambda: twilio.ask(MOBILE)):
        with pytest.raises(ProviderRefused) as refusal:
            call()
        assert refusal.value.fault is Fault.UNAUTHORIZED


def test_credits_is_free_and_about_nobody(vendor: Twilio, twilio: TwilioLookup) -> None:
    assert twilio.credits() is None
    assert not vendor.paid
    assert "Fields" not in vendor.requests[0].query
    assert vendor.requests[0].path.endswith("%2B12025550100")


@pytest.mark.parametrize("subject", ["", "+", "436641234560", "+43 664", "+4366412a", "+1234567890123456", "+٤٣٦٦٤"])
def test_never_sends_what_is_no_e164(vendor: Twilio, twilio: TwilioLookup, subject: str) -> None:
    reply = twilio.ask(subject)
    assert (reply.outcome, reply.is_billed) == (Outcome.REJECTED, False)
    assert not vendor.requests


GOOD = body(MOBILE, line_type_intelligence=line_type("mobile", "Lab Mobile"))


@pytest.mark.parametrize(
    ("response", "fault"),
    [
        (Response(body("+436641234561", line_type_intelligence=line_type("mobile"))), Fault.OTHER_SUBJECT),
        (Response("<html>maintenance</html>", content_type="text/html"), Fault.BAD_ANSWER),
        (Response(GOOD, cut=True), Fault.BAD_ANSWER),
        (Response([]), Fault.BAD_ANSWER),
        (Response({"phone_number": MOBILE}), Fault.BAD_ANSWER),
        (Response(GOOD | {"valid": "true"}), Fault.BAD_ANSWER),
        (Response(GOOD | {"validation_errors": "TOO_LONG"}), Fault.BAD_ANSWER),
        (Response(GOOD | {"line_type_intelligence": "mobile"}), Fault.BAD_ANSWER),
        (Response(GOOD | {"line_type_intelligence": line_type("mobile") | {"type": 3}}), Fault.BAD_ANSWER),
        (Response({k: v for k, v in GOOD.items() if k != "line_type_intelligence"}), Fault.BAD_ANSWER),
        (Response({}, 500), Fault.SERVER_ERROR),
        (Response({}, 403), Fault.FORBIDDEN),
        (Response({"code": 20429, "status": 429}, 429, headers={"Retry-After": "60"}), Fault.RATE_LIMITED),
        (Response("", 302, headers={"Location": "/elsewhere"}), Fault.BAD_ANSWER),
    ],
)
def test_no_answer(vendor: Twilio, twilio: TwilioLookup, response: Response, fault: Fault) -> None:
    vendor.fail.append(response)
    with pytest.raises(ProviderUnavailable) as failure:
        twilio.ask(MOBILE)
    assert failure.value.fault is fault
    assert MOBILE not in str(failure.value) and vendor.key not in str(failure.value)
    assert len(vendor.requests) == 1


class _Loopback(TwilioHttpClient):  # type: ignore[misc]
    """Sends the vendor's own client to the simulator: it has no setting for another host."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._host = urlsplit(url).netloc

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        parts = urlsplit(url)
        assert parts.netloc == "lookups.twilio.com"
        return super().request(method, urlunsplit(("http", self._host, *parts[2:])), *args, **kwargs)


def test_vendors_own_client(vendor: Twilio) -> None:
    client = Client(vendor.sid, vendor.key, http_client=_Loopback(vendor.url))
    found = client.lookups.v2.phone_numbers(MOBILE).fetch(fields="line_type_intelligence,line_status")
    assert (found.phone_number, found.valid, found.country_code) == (MOBILE, True, "AT")
    assert found.line_type_intelligence["type"] == "mobile"
    assert found.line_status["status"] == "reachable"
    assert vendor.paid == {MOBILE: 1}


def test_vendors_own_client_with_wrong_token(vendor: Twilio) -> None:
    client = Client(vendor.sid, "wrong", http_client=_Loopback(vendor.url))
    with pytest.raises(TwilioRestException) as failure:
        client.lookups.v2.phone_numbers(MOBILE).fetch()
    assert (failure.value.status, failure.value.code) == (401, 20003)
