"""What holds for every vendor, whoever it is: each states its facts once (lab/vendors), these tests run over all.

What only one vendor does is in a file of its own beside this one; answers that are too much are in test_hostile.py and
asking/test_overruns.py, documented limits in lab/test_limits.py.
"""

import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import pytest

from contact_pipeline.adapters import http
from contact_pipeline.core.providers import (
    Fault,
    Layer,
    Outcome,
    ProviderRefused,
    ProviderUnavailable,
    Reply,
)
from contact_pipeline.core.verdicts import EmailStatus, PhoneType
from contact_pipeline.emails.ports import MailboxAnswer
from contact_pipeline.phones.ports import LineAnswer
from contact_pipeline.profiles.ports import PersonAnswer, PersonQuestion
from contact_pipeline.vendors import registry
from contact_pipeline_tests.lab.facts import Sample
from contact_pipeline_tests.lab.serve import every_fact
from contact_pipeline_tests.lab.truth import Mailbox
from contact_pipeline_tests.lab.vendor import Request, Response, Vendor
from contact_pipeline_tests.vendors.asking import (
    ASKED,
    CALLS,
    EVERY_CALL,
    EVERY_OFFER,
    EVERY_WAY,
    provider_at,
    provider_of,
    reply_of,
)
from contact_pipeline_tests.vendors.faults import FAULTS, FOR_GOOD

NO_ADDRESS = ("", "a\nb@lab.test", "a\x00b@lab.test", "ä" * 125 + "@lab.test")
NO_QUESTION = (
    PersonQuestion(), PersonQuestion(email="a\nb@lab.test", name="A\nB", company="C"), PersonQuestion(company="C"),
)  # fmt: skip
UNSENDABLE: Mapping[Layer, Sequence[Any]] = {
    Layer.MAILBOX: NO_ADDRESS,
    Layer.ACTIVITY: NO_ADDRESS,
    Layer.CARRIER: ("", "+", "436641234567", "+43 664", "+4366412a", "+1234567890123456", "+٤٣٦٦٤"),
    Layer.COMPANY: ("", "d1\n.lab.test", "d" * 255),
    Layer.PERSON: NO_QUESTION,
    Layer.ADDRESS: NO_QUESTION,
}
NEVER_SEEN = "a-word-that-nobody-has-seen"


def sample_of(layer: Layer, name: str) -> Sample:
    return every_fact()[name].samples[layer]


# A job's subjects are looked at before (asking/asker.py), and its rows are held to them in asking/test_overruns.py.
AT_ONCE = [parameters for parameters in EVERY_WAY if parameters.values[2] != "job"]


def stated(ways: Sequence[Any], fact: str) -> list[Any]:
    """Those of whom a fact is stated; who states nothing is for the first test below."""
    return [
        parameters
        for parameters in ways
        for layer, name, _ in [parameters.values]
        if (facts := every_fact().get(name))
        and (getattr(facts, fact, None) or getattr(facts.samples.get(layer), fact, None))
    ]


@pytest.fixture(scope="module")
def simulators() -> Iterator[Mapping[str, Vendor]]:
    """One of each; a test leaves no planned answers behind."""
    with ExitStack() as opened:
        yield {name: opened.enter_context(facts.simulator()) for name, facts in every_fact().items()}


def texts_of(subject: Any) -> list[str]:
    """What a failure must not quote."""
    if isinstance(subject, str):
        return [subject]
    return [text for text in (subject.email, subject.linkedin_url, subject.family_name) if text]


def ended(call: str, provider: Any, subject: Any) -> Exception | None:
    """The failure of a call; None where it gave an answer."""
    try:
        CALLS[call](provider, subject)
    except (ProviderUnavailable, ProviderRefused) as failure:
        return failure
    return None


@contextmanager
def recorded(simulator: Vendor) -> Iterator[list[Response]]:
    """What the simulator answers meanwhile."""
    answer, told = simulator.answer, list[Response]()

    def record(request: Request) -> Response:
        told.append(answer(request))
        return told[-1]

    simulator.answer = record  # type: ignore[method-assign]
    try:
        yield told
    finally:
        simulator.answer = answer  # type: ignore[method-assign]


def test_every_vendor_states_its_facts() -> None:
    """A new file in contact_pipeline/vendors without them is not held by this suite, so it fails it."""
    assert set(every_fact()) == set(registry.vendors())
    for name, vendor in registry.vendors().items():
        assert set(every_fact()[name].samples) == set(vendor.offers), name


@pytest.mark.parametrize(("layer", "name"), EVERY_OFFER)
def test_what_it_says_it_can_do_is_what_it_can(layer: Layer, name: str) -> None:
    provider = provider_at("http://127.0.0.1:1", layer, name)
    limits = provider.limits
    assert provider.name == name
    assert limits.calls >= 1 and limits.seconds > 0 and limits.connections >= 1
    assert (limits.batch_size > 1) == hasattr(provider, "ask_batch")
    assert (limits.job_size > 0) == hasattr(provider, "upload")
    assert hasattr(provider, "ask") or hasattr(provider, "upload")
    if hasattr(provider, "upload"):
        assert 1 <= limits.job_from <= limits.job_size
        assert isinstance(getattr(provider, "is_findable", None), bool)
        assert all(hasattr(provider, call) for call in ("find", "start", "state", "results"))


@pytest.mark.parametrize(("layer", "name", "way"), EVERY_WAY)
def test_the_right_answer_comes_back_whichever_way_it_is_asked(
    simulators: Mapping[str, Vendor], layer: Layer, name: str, way: str
) -> None:
    sample = sample_of(layer, name)
    getattr(simulators[name], "read", set()).clear()  # PhantomBuster's agent opens no page twice
    reply = reply_of(provider_of(simulators[name], layer), way, sample.subject)
    assert (reply.outcome, reply.subject, reply.is_known) == (Outcome.ANSWERED, sample.subject, True)
    assert {field: getattr(reply.answer, field) for field in sample.right} == sample.right
    assert reply.raw_status  # the vendor's own word is kept beside ours


@pytest.mark.parametrize(("layer", "name", "call"), EVERY_CALL)
def test_every_fault_has_its_name(simulators: Mapping[str, Vendor], layer: Layer, name: str, call: str) -> None:
    """Sent once, with neither key nor subject in what is said of it; and only what a person has to mend is for good."""
    simulator, facts, sample = simulators[name], every_fact()[name], sample_of(layer, name)
    provider = provider_of(simulator, layer)
    found, expected = {}, {}
    for status, (response, usual) in FAULTS.items():
        simulator.fail.append(response)
        before = len(simulator.requests)
        failure = ended(call, provider, sample.subject)
        sent = len(simulator.requests) - before
        simulator.fail.clear()
        if not sent:
            assert call not in ASKED and failure is None
            return
        fault = facts.faults.get(f"{call} {status}", facts.faults.get(status, usual))
        if call in facts.unread and failure is None and fault is Fault.BAD_ANSWER:
            fault = None
        expected[status] = fault, fault in FOR_GOOD, 1
        found[status] = getattr(failure, "fault", None), isinstance(failure, ProviderRefused), sent
        assert not any(secret in repr(failure) for secret in (simulator.key, *texts_of(sample.subject)))
        context = failure.__context__ if failure else None
        assert context is None or isinstance(context, ProviderUnavailable)  # others name the URL, or quote the body
        if fault is Fault.RATE_LIMITED and isinstance(failure, ProviderUnavailable):
            assert not failure.is_sent  # turned away at the door
            assert failure.retry_after_s == 90 or status != "429"
    assert found == expected


@pytest.mark.parametrize(("layer", "name", "call"), EVERY_CALL)
def test_where_nobody_listens_nothing_was_sent(no_retries: None, layer: Layer, name: str, call: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    failure = ended(call, provider_at(url, layer, name), sample_of(layer, name).subject)
    if failure is None:
        assert call not in ASKED
        return
    assert isinstance(failure, ProviderUnavailable)
    assert (failure.fault, failure.is_sent) == (Fault.CONNECTION, False)


@pytest.mark.parametrize(("layer", "name", "call"), EVERY_CALL)
def test_who_accepts_and_says_nothing_is_left(
    monkeypatch: pytest.MonkeyPatch, layer: Layer, name: str, call: str
) -> None:
    """It may have been billed, so it is not sent again."""
    monkeypatch.setattr(http, "LONGEST_ANSWER_S", 0.1)
    monkeypatch.setattr(http, "LONGEST_DOWNLOAD_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        failure = ended(call, provider_at(url, layer, name), sample_of(layer, name).subject)
        if failure is None:
            assert call not in ASKED
            return
        assert isinstance(failure, ProviderUnavailable)
        assert failure.fault in (Fault.TIMEOUT, Fault.TOO_SLOW) and failure.is_sent


@pytest.mark.parametrize(("layer", "name"), EVERY_OFFER)
def test_a_wrong_key_stops_it(simulators: Mapping[str, Vendor], layer: Layer, name: str) -> None:
    provider, facts = provider_of(simulators[name], layer, key="another"), every_fact()[name]
    paid = simulators[name].paid.total()
    for call in CALLS:
        if call in ("credits", "ask", "ask_batch", "upload") and hasattr(provider, call):
            before = len(simulators[name].requests)
            failure = ended(call, provider, sample_of(layer, name).subject)
            if len(simulators[name].requests) > before:
                assert isinstance(failure, ProviderRefused), call
                assert failure.fault is facts.wrong_key
                assert "another" not in str(failure)
            else:
                assert call not in ASKED
    assert simulators[name].paid.total() == paid


@pytest.mark.parametrize(("layer", "name", "way"), stated(EVERY_WAY, "no_credits"))
def test_without_credits_nothing_is_answered(no_retries: None, layer: Layer, name: str, way: str) -> None:
    facts = every_fact()[name]
    with facts.simulator(credits=0) as simulator, pytest.raises((ProviderRefused, ProviderUnavailable)) as failure:
        reply_of(provider_of(simulator, layer), way, sample_of(layer, name).subject)
    assert getattr(failure.value, "fault", None) is facts.no_credits
    assert not simulator.paid


@pytest.mark.parametrize(("layer", "name", "way"), AT_ONCE)
def test_what_must_not_be_sent_is_not(simulators: Mapping[str, Vendor], layer: Layer, name: str, way: str) -> None:
    provider, before = provider_of(simulators[name], layer), len(simulators[name].requests)
    for subject in UNSENDABLE[layer]:
        reply = reply_of(provider, way, subject)
        assert (reply.outcome, reply.answer, reply.is_billed) == (Outcome.REJECTED, None, False)
    assert len(simulators[name].requests) == before


@pytest.mark.parametrize(("layer", "name", "way"), stated(AT_ONCE, "other"))
def test_an_answer_about_another_is_nobodys(
    simulators: Mapping[str, Vendor], layer: Layer, name: str, way: str
) -> None:
    """The simulator's own answer about somebody else, given for the one that was asked about."""
    sample, simulator = sample_of(layer, name), simulators[name]
    provider = provider_of(simulator, layer)
    with recorded(simulator) as told:
        assert reply_of(provider, way, sample.other).outcome is Outcome.ANSWERED
    simulator.fail.append(told[-1])
    with pytest.raises(ProviderUnavailable) as failure:
        reply_of(provider, way, sample.subject)
    assert failure.value.fault is Fault.OTHER_SUBJECT
    assert not any(text in str(failure.value) for who in (sample.subject, sample.other) for text in texts_of(who))


def says_nothing(reply: Reply[Any]) -> bool:
    """Whether a reply decides nothing about its subject."""
    if reply.outcome is not Outcome.ANSWERED:
        return reply.answer is None
    match reply.answer:
        case MailboxAnswer():
            return reply.answer.status is EmailStatus.UNKNOWN
        case LineAnswer():
            return reply.answer.line_type in (None, PhoneType.UNKNOWN) and not reply.answer.is_active
        case PersonAnswer():  # their company may be known all the same
            return replace(reply.answer, company_facts=None) == PersonAnswer()
    return False


@pytest.mark.parametrize(("layer", "name", "way"), stated(EVERY_WAY, "nobody"))
def test_what_nobody_can_tell_is_not_made_up(
    simulators: Mapping[str, Vendor], layer: Layer, name: str, way: str
) -> None:
    nobody = sample_of(layer, name).nobody
    assert says_nothing(reply_of(provider_of(simulators[name], layer), way, nobody))


MAILBOXES = [parameters for parameters in EVERY_WAY if parameters.values[0] is Layer.MAILBOX]


@pytest.mark.parametrize(("layer", "name", "way"), MAILBOXES)
def test_no_mailbox_is_judged_against_the_truth(
    simulators: Mapping[str, Vendor], layer: Layer, name: str, way: str
) -> None:
    """A fault of the infrastructure is no verdict; nobody's mailbox is never valid, and a good one never invalid."""
    provider = provider_of(simulators[name], layer)
    answers: dict[Mailbox, Any] = {t: reply_of(provider, way, f"{t}-1@d1.lab.test").answer for t in Mailbox}
    found = {truth: answer.status for truth, answer in answers.items()}
    assert {found[Mailbox.GREYLISTED], found[Mailbox.SILENT]} == {EmailStatus.UNKNOWN}
    assert {found[Mailbox.NO_MAILBOX], found[Mailbox.DISABLED]} == {EmailStatus.INVALID}
    assert found[Mailbox.DELIVERABLE] is EmailStatus.VALID
    assert found[Mailbox.CATCH_ALL] is EmailStatus.CATCH_ALL
    assert EmailStatus.INVALID not in {found[truth] for truth in (Mailbox.ROLE, Mailbox.SPAM_TRAP, Mailbox.ABUSE)}


def spoilt(value: Any, by: Any) -> Iterator[Any]:
    """The value once for each of its leaves, with that one replaced."""
    match value:
        case dict():
            for name, inner in value.items():
                yield from (value | {name: worse} for worse in spoilt(inner, by))
        case list():
            for number, inner in enumerate(value):
                yield from ([*value[:number], worse, *value[number + 1 :]] for worse in spoilt(inner, by))
        case str() | bool() | int() | float() if not (by is NEVER_SEEN and not isinstance(value, str)):
            yield by


@pytest.mark.parametrize("by", [NEVER_SEEN, None, [], {}], ids=["a word never seen", "null", "list", "object"])
@pytest.mark.parametrize(("layer", "name"), [p for p in EVERY_OFFER if p.values[0] in (Layer.MAILBOX, Layer.CARRIER)])
def test_a_word_that_is_not_the_vendors_makes_no_other_verdict(
    simulators: Mapping[str, Vendor], layer: Layer, name: str, by: Any
) -> None:
    """Every leaf of an honest answer in turn: what was invalid is still that, or unknown, or no answer; never valid."""
    sample, simulator = sample_of(layer, name), simulators[name]
    provider: Any = provider_of(simulator, layer)
    for subject in filter(None, (sample.subject, sample.other, sample.nobody)):
        with recorded(simulator) as told:
            honest = provider.ask(subject)
        for body in spoilt(told[-1].body, by):
            simulator.fail.append(Response(body, told[-1].status))
            try:
                reply = provider.ask(subject)
            except ProviderUnavailable:
                continue
            finally:
                simulator.fail.clear()
            status = reply.answer and reply.answer.status
            assert status in (None, "unknown", honest.answer.status), body
