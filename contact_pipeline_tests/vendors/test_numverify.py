"""Numverify's adapter against a simulated Numverify, behind both of its doors, over real HTTP."""

from collections.abc import Iterator

import pytest

from contact_pipeline.core.providers import Fault, Outcome, ProviderRefused, ProviderUnavailable
from contact_pipeline.core.verdicts import PhoneStatus, PhoneSubStatus, PhoneType
from contact_pipeline.phones.ports import LineAnswer
from contact_pipeline.vendors.numverify import BASE_URLS, LINE_TYPES, REFUSALS, ApiStyle, NumverifyLookup
from contact_pipeline_tests.lab.vendor import Response
from contact_pipeline_tests.lab.vendors.numverify import Numverify, failure, validation

MOBILE = "+436641234560"
DIGITS = MOBILE[1:]


@pytest.fixture
def vendor() -> Iterator[Numverify]:
    with Numverify() as vendor:
        yield vendor


@pytest.fixture(params=list(ApiStyle))
def numverify(vendor: Numverify, request: pytest.FixtureRequest) -> NumverifyLookup:
    return NumverifyLookup(vendor.key, vendor.url, api_style=request.param)


@pytest.mark.parametrize(
    ("digit", "kind", "carrier", "raw"),
    [
        (0, "mobile", "Lab Mobile", "mobile"),
        (1, "mobile", "Lab Mobile", "mobile"),
        (2, "landline", "Lab Fixed", "landline"),
        (3, "voip", "Lab Cable", "voip"),
        (5, "toll_free", None, "toll_free"),
        (6, "premium", None, "premium_rate"),
        (7, "special", None, "special_services"),
        (9, None, None, None),
    ],
)
def test_truth_of_lab(
    vendor: Numverify, numverify: NumverifyLookup, digit: int, kind: str | None, carrier: str | None, raw: str | None
) -> None:
    number = MOBILE[:-1] + str(digit)
    reply = numverify.ask(number)
    assert (reply.outcome, reply.subject) == (Outcome.ANSWERED, number)
    line_type = PhoneType(kind) if kind else None
    # is_active stays open: it knows ranges only, even where nobody has the number
    assert reply.answer == LineAnswer(PhoneStatus.VALID, line_type=line_type, carrier=carrier, country="AT")
    assert (reply.raw_status, reply.raw_sub_status, reply.is_known, reply.is_billed) == ("valid", raw, True, True)
    assert vendor.paid == {number[1:]: 1}


def test_where_the_key_stands(vendor: Numverify) -> None:
    NumverifyLookup(vendor.key, vendor.url).ask(MOBILE)
    NumverifyLookup(vendor.key, vendor.url, api_style="marketplace").ask(MOBILE)
    legacy, marketplace = vendor.requests
    assert (legacy.path, legacy.query) == ("/api/validate", {"access_key": vendor.key, "number": DIGITS})
    assert "apikey" not in legacy.headers
    assert (marketplace.path, marketplace.query) == ("/number_verification/validate", {"number": DIGITS})
    assert marketplace.headers["apikey"] == vendor.key


def test_hosts() -> None:
    assert BASE_URLS == {"legacy": "https://apilayer.net", "marketplace": "https://api.apilayer.com"}
    with pytest.raises(ValueError, match="newest"):
        NumverifyLookup("key", api_style="newest")


def test_invalid_number(numverify: NumverifyLookup) -> None:
    reply = numverify.ask("+1415555")
    assert reply.answer == LineAnswer(PhoneStatus.INVALID, PhoneSubStatus.NOT_IN_PLAN)
    assert (reply.raw_status, reply.raw_sub_status, reply.is_known) == ("invalid", None, True)


@pytest.mark.parametrize("word", sorted(LINE_TYPES))
def test_every_line_type(vendor: Numverify, numverify: NumverifyLookup, word: str) -> None:
    vendor.fail.append(Response(validation(DIGITS, line_type=word)))
    reply = numverify.ask(MOBILE)
    assert reply.answer and (reply.answer.line_type, reply.is_known) == (LINE_TYPES[word], True)


def test_every_documented_word_is_in_the_table() -> None:
    documented = "mobile landline special_services toll_free premium_rate satellite paging voip pager"
    assert set(LINE_TYPES) == set(documented.split())


def test_word_never_seen(vendor: Numverify, numverify: NumverifyLookup) -> None:
    vendor.fail.append(Response(validation(DIGITS, line_type="crystal_ball")))
    reply = numverify.ask(MOBILE)
    assert reply.answer and (reply.answer.line_type, reply.is_known) == (PhoneType.UNKNOWN, False)
    assert reply.raw_sub_status == "crystal_ball"


def test_empty_words_say_nothing(vendor: Numverify, numverify: NumverifyLookup) -> None:
    vendor.fail.append(Response(validation(DIGITS, line_type="", carrier="", country_code="")))
    assert numverify.ask(MOBILE).answer == LineAnswer(PhoneStatus.VALID)


def test_wrong_key(vendor: Numverify) -> None:
    for style in ApiStyle:
        with pytest.raises(ProviderRefused) as error:
            NumverifyLookup("wrong", vendor.url, api_style=style).ask(MOBILE)
        assert error.value.fault is Fault.UNAUTHORIZED


@pytest.mark.parametrize("style", list(ApiStyle))
def test_no_credits(style: ApiStyle, no_retries: None) -> None:
    with Numverify(credits=1) as vendor:
        numverify = NumverifyLookup(vendor.key, vendor.url, api_style=style)
        assert numverify.credits() is None
        numverify.ask(MOBILE)
        with pytest.raises(ProviderRefused) as error:
            numverify.ask(MOBILE)
    assert error.value.fault is Fault.NO_CREDITS


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_codes_that_need_a_person(vendor: Numverify, numverify: NumverifyLookup, code: int) -> None:
    vendor.fail.append(failure(code))
    with pytest.raises(ProviderRefused) as error:
        numverify.ask(MOBILE)
    assert error.value.fault is REFUSALS[code][0]


@pytest.mark.parametrize("code", [210, 211])
def test_number_that_it_refuses(vendor: Numverify, numverify: NumverifyLookup, code: int) -> None:
    vendor.fail.append(failure(code))
    reply = numverify.ask(MOBILE)
    assert (reply.outcome, reply.answer, reply.is_billed) == (Outcome.REJECTED, None, False)
    assert reply.raw_status == str(code)


@pytest.mark.parametrize("subject", ["", "+", DIGITS, "+43 664", "+4366412a", "+1234567890123456", "+٤٣٦٦٤"])
def test_never_sends_what_is_no_e164(vendor: Numverify, numverify: NumverifyLookup, subject: str) -> None:
    reply = numverify.ask(subject)
    assert (reply.outcome, reply.is_billed) == (Outcome.REJECTED, False)
    assert not vendor.requests


GOOD = validation(DIGITS)


@pytest.mark.parametrize(
    ("response", "fault"),
    [
        (Response(validation("436641234561")), Fault.OTHER_SUBJECT),
        (Response("<html>maintenance</html>", content_type="text/html"), Fault.BAD_ANSWER),
        (Response(GOOD, cut=True), Fault.BAD_ANSWER),
        (Response([]), Fault.BAD_ANSWER),
        (Response({"success": True}), Fault.BAD_ANSWER),
        (Response({"success": False, "error": "no"}), Fault.BAD_ANSWER),
        (Response(GOOD | {"valid": 1}), Fault.BAD_ANSWER),
        (Response(GOOD | {"number": int(DIGITS)}), Fault.BAD_ANSWER),
        (Response(GOOD | {"line_type": ["mobile"]}), Fault.BAD_ANSWER),
        (Response({k: v for k, v in GOOD.items() if k != "carrier"}), Fault.BAD_ANSWER),
        (failure(106), Fault.RATE_LIMITED),
        (failure(999), Fault.BAD_ANSWER),
        (Response({"message": "Too many requests"}, 429, headers={"Retry-After": "60"}), Fault.RATE_LIMITED),
        (Response("<html>slow down</html>", 429, headers={"Retry-After": "60"}), Fault.RATE_LIMITED),
        (Response({}, 500), Fault.SERVER_ERROR),
        (Response("", 302, headers={"Location": "/elsewhere"}), Fault.BAD_ANSWER),
    ],
)
def test_no_answer(vendor: Numverify, numverify: NumverifyLookup, response: Response, fault: Fault) -> None:
    vendor.fail.append(response)
    with pytest.raises(ProviderUnavailable) as error:
        numverify.ask(MOBILE)
    assert error.value.fault is fault
    assert DIGITS not in str(error.value) and vendor.key not in str(error.value)
    assert len(vendor.requests) == 1
