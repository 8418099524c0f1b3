"""PhantomBuster's LinkedIn Profile Scraper against a simulated one, over real HTTP."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from contact_pipeline.core.providers import Fault, Job, JobState, Outcome, Reply
from contact_pipeline.profiles.ports import CompanyAnswer, PersonAnswer, PersonQuestion
from contact_pipeline.vendors.phantombuster import AGAIN_AFTER_S, PhantomBusterProfiles
from contact_pipeline_tests.lab.persons import Person, known_company, known_person
from contact_pipeline_tests.lab.vendor import Response, Vendor
from contact_pipeline_tests.lab.vendors.phantombuster import PhantomBuster, row
from contact_pipeline_tests.vendors.faults import refused, unavailable

AGENT = "4711"


def _page(person: Person) -> str:
    return f"https://www.linkedin.com/in/{person.linkedin}"


INES, ELIN = known_person("ines.okafor@d2.lab.test"), known_person("elin.varga@d3.lab.test")
BY_PAGE, ELINS = PersonQuestion(linkedin_url=_page(INES)), PersonQuestion(linkedin_url=_page(ELIN))
WITH_ADDRESS = PersonQuestion(email=INES.email, linkedin_url=_page(INES), name="Ines Okafor")
NOBODY = PersonQuestion(linkedin_url="https://www.linkedin.com/in/nobody-at-all")


@pytest.fixture
def vendor() -> Iterator[PhantomBuster]:
    with PhantomBuster(agent=AGENT, polls=0) as vendor:
        yield vendor


@pytest.fixture
def profiles(vendor: PhantomBuster) -> PhantomBusterProfiles:
    return PhantomBusterProfiles(vendor.key, AGENT, vendor.url)


def _run(profiles: PhantomBusterProfiles, *questions: PersonQuestion) -> list[Reply[PersonAnswer]]:
    """A whole job of a vendor that finishes at once."""
    job = profiles.upload(questions, label="cp-1")
    assert profiles.state(job) is JobState.FINISHED
    return list(profiles.results(job))


def _rows(vendor: Vendor, profiles: PhantomBusterProfiles, rows: object, *questions: PersonQuestion) -> Any:
    """The replies to a job whose result is this."""
    job = profiles.upload(questions, label="cp-1")
    vendor.fail.append(Response({"resultObject": rows if isinstance(rows, str) else json.dumps(rows)}))
    return list(profiles.results(job))


def test_it_is_what_the_ports_ask(profiles: PhantomBusterProfiles) -> None:
    job: Job[PersonAnswer] = profiles
    assert job.name == "phantombuster"
    assert (job.limits.job_size, job.limits.job_from) == (50, 1)
    assert not job.is_findable and job.find("cp-1") is None
    assert not hasattr(profiles, "ask")


def test_a_whole_job(vendor: PhantomBuster, profiles: PhantomBusterProfiles) -> None:
    vendor.polls = 2
    questions = [WITH_ADDRESS, ELINS, NOBODY]
    job = profiles.upload(questions, label="cp-1")
    assert [profiles.state(job) for _ in range(3)] == [JobState.RUNNING, JobState.RUNNING, JobState.FINISHED]
    profiles.start(job)  # it has long been
    ines, elin, nobody = profiles.results(job)
    assert [reply.subject for reply in (ines, elin, nobody)] == questions
    assert ines.subject is WITH_ADDRESS
    d2 = known_company("d2.lab.test")
    page = "https://www.linkedin.com/company/d2-lab/"
    assert ines.answer == PersonAnswer(
        name="Ines Okafor",
        given_name="Ines",
        family_name="Okafor",
        title="VP Sales",
        company="D2 SAS",
        company_domain="d2.lab.test",
        linkedin_url=_page(INES),
        location="Lyon, France",
        has_photo=True,
        company_facts=CompanyAnswer("D2 SAS", "d2.lab.test", d2.industry, linkedin_url=page),
    )
    assert elin.answer and elin.answer.has_photo is False
    assert (ines.outcome, ines.raw_status, ines.reference, ines.is_billed) == (Outcome.ANSWERED, "row", job, True)
    assert (nobody.outcome, nobody.answer, nobody.raw_status) == (Outcome.NOT_FOUND, None, "error")
    assert nobody.is_billed  # the page was opened, and that took time
    assert vendor.paid.total() == 3
    assert sum(request.method == "POST" for request in vendor.requests) == 1


def test_launch(vendor: PhantomBuster, profiles: PhantomBusterProfiles) -> None:
    slow = PhantomBusterProfiles(vendor.key, AGENT, vendor.url, seconds_per_profile=20)
    twelve = [PersonQuestion(linkedin_url=f"https://www.linkedin.com/in/somebody-{number}") for number in range(12)]
    job = slow.upload([*twelve, twelve[0]], label="cp-1")
    body = vendor.requests[-1].json
    assert body == {
        "id": AGENT,
        "bonusArgument": {
            "profileUrls": [question.linkedin_url for question in twelve],
            "spreadsheetUrl": "",
            "numberOfAddsPerLaunch": 12,
            "secondsPerProfile": 20,
        },
        "saveArgument": False,
    }
    assert vendor.containers[job].argument["sessionCookie"] == "of-a-member"  # the agent's own, which we never see
    assert vendor.paid.total() == 12
    vendor.saved["spreadsheetUrl"] = "https://sheets.lab.test/old-list"
    profiles.state(job)
    profiles.upload([ELINS], label="cp-2")
    bonus = vendor.requests[-1].json["bonusArgument"]
    assert (bonus["spreadsheetUrl"], bonus["secondsPerProfile"]) == (ELINS.linkedin_url, 3)
    profiles.upload(twelve, label="cp-3")
    assert "https://sheets.lab.test/old-list" not in vendor.paid


def test_nobody_with_a_page(vendor: PhantomBuster, profiles: PhantomBusterProfiles) -> None:
    questions = [
        PersonQuestion(email=INES.email),
        PersonQuestion(linkedin_url="https://www.linkedin.com/company/d2-lab"),
        PersonQuestion(linkedin_url="https://elsewhere.test/in/ines"),
        PersonQuestion(linkedin_url="https://notlinkedin.com/in/ines"),
        PersonQuestion(linkedin_url="https://[linkedin.com/in/ines"),
        PersonQuestion(linkedin_url="https://www.linkedin.com/in/a\nb"),
    ]
    replies = _run(profiles, *questions)
    assert [reply.subject for reply in replies] == questions
    assert {(reply.outcome, reply.is_billed) for reply in replies} == {(Outcome.REJECTED, False)}
    assert not vendor.requests
    mixed = _run(profiles, questions[0], BY_PAGE)
    assert [reply.outcome for reply in mixed] == [Outcome.REJECTED, Outcome.ANSWERED]


def test_two_questions_with_one_page(vendor: PhantomBuster, profiles: PhantomBusterProfiles) -> None:
    replies = _run(profiles, WITH_ADDRESS, BY_PAGE)
    assert [reply.subject for reply in replies] == [WITH_ADDRESS, BY_PAGE]
    assert replies[0].answer == replies[1].answer is not None
    assert [reply.is_billed for reply in replies] == [True, False]
    assert vendor.paid.total() == 1


def test_read_before_tells_nothing_and_is_free(vendor: PhantomBuster, profiles: PhantomBusterProfiles) -> None:
    vendor.read |= {INES.linkedin, ELIN.linkedin}
    job = profiles.upload([BY_PAGE, ELINS], label="cp-1")
    assert profiles.state(job) is JobState.FINISHED
    assert list(profiles.results(job)) == [
        Reply(question, Outcome.ANSWERED, PersonAnswer(), raw_status="null", reference=job, is_billed=False)
        for question in (BY_PAGE, ELINS)
    ]
    assert not vendor.paid
    output = requests.get(
        f"{vendor.url}/api/v2/agents/fetch-output",
        params={"id": AGENT},
        headers={"X-Phantombuster-Key": vendor.key},
        timeout=5,
    ).json()
    assert "already processed" in output["output"]  # it says so nowhere else


def test_not_reached_is_for_another_day(vendor: PhantomBuster, profiles: PhantomBusterProfiles) -> None:
    vendor.pages_left = 1
    ines, elin = _run(profiles, BY_PAGE, ELINS)
    assert ines.outcome is Outcome.ANSWERED
    assert (elin.subject, elin.outcome, elin.is_billed) == (ELINS, Outcome.PENDING, False)
    assert (elin.raw_status, elin.retry_after_s) == ("no_row", AGAIN_AFTER_S)
    assert _run(profiles, ELINS)[0].outcome is Outcome.ANSWERED


def test_rows_about_others_are_nobodys_answer(vendor: PhantomBuster, profiles: PhantomBusterProfiles) -> None:
    replies = _rows(vendor, profiles, [row(ELIN, _page(ELIN))], BY_PAGE)
    assert [(reply.subject, reply.outcome) for reply in replies] == [(BY_PAGE, Outcome.PENDING)]


def test_a_page_that_led_elsewhere(vendor: PhantomBuster, profiles: PhantomBusterProfiles) -> None:
    """Whether that is still the same person is decided where all providers' answers come."""
    [reply] = _rows(vendor, profiles, [row(ELIN, _page(INES))], BY_PAGE)
    assert reply.subject is BY_PAGE and reply.answer.linkedin_url == _page(ELIN)
    stranger = known_person("stranger-ines.okafor@d2.lab.test")
    question = PersonQuestion(
        linkedin_url=f"https://www.linkedin.com/in/stranger-{INES.linkedin}", email=stranger.email
    )
    [reply] = _run(profiles, question)
    assert reply.answer and reply.answer.name == stranger.name


@pytest.mark.parametrize(
    "names",
    [
        {"profileUrl": "http://de.LinkedIn.com/in/J%C3%BCrgen-D/?miniProfile=1"},
        {"profileUrl": "linkedin.com/in/jürgen-d"},
        {"linkedinProfileUrl": "https://www.linkedin.com/in/J%c3%bcrgen-d/"},
        {"linkedinProfileSlug": "jürgen-d", "profileUrl": None},
        {"profileUrl": "https://www.linkedin.com/sales/lead/1", "linkedinProfileSlug": "Jürgen-D"},
    ],
)
def test_a_page_in_another_writing(
    vendor: PhantomBuster, profiles: PhantomBusterProfiles, names: dict[str, str | None]
) -> None:
    question = PersonQuestion(linkedin_url="https://www.linkedin.com/in/j%C3%BCrgen-d")
    [reply] = _rows(vendor, profiles, [{"firstName": "Jürgen", **names}], question)
    assert reply.subject is question
    assert reply.answer.linkedin_url in {
        f"https://www.linkedin.com/in/{slug}" for slug in ("j%c3%bcrgen-d", "jürgen-d")
    }
    assert (reply.answer.given_name, reply.answer.name) == ("Jürgen", None)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"companyWebsite": "http://WWW.D2.Lab.Test:8080/x?y"}, {"company_domain": "d2.lab.test"}),
        ({"companyWebsite": "d2.lab.test"}, {"company_domain": "d2.lab.test"}),
        ({"companyWebsite": "https://[broken"}, {"company_domain": None}),
        ({"companyWebsite": "soon"}, {"company_domain": None}),
        ({"companyWebsite": ""}, {"company_domain": None}),
        ({"companyIndustry": None}, {"company_facts": None}),
        ({"professionalEmail": "ines@d2.lab.test"}, {"email": "ines@d2.lab.test"}),
        ({"linkedinProfileImageUrl": None}, {"has_photo": None}),
        ({"linkedinProfileImageUrl": None, "profileImageUrl": ""}, {"has_photo": False}),
        ({"firstName": ""}, {"name": None, "given_name": None}),
        ({"linkedinJobTitle": None}, {"title": None}),
    ],
)
def test_fields(
    vendor: PhantomBuster, profiles: PhantomBusterProfiles, fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    [reply] = _rows(vendor, profiles, [row(INES, _page(INES)) | fields], BY_PAGE)
    assert {name: getattr(reply.answer, name) for name in expected} == expected
    assert reply.answer.last_active_on is None  # refreshedAt is the agent's visit


@pytest.mark.parametrize("word", ["absurd", "formula"])
def test_what_is_odd_is_passed_on_as_it_is(profiles: PhantomBusterProfiles, word: str) -> None:
    person = known_person(f"{word}-ines.okafor@d2.lab.test")
    [reply] = _run(profiles, PersonQuestion(linkedin_url=_page(person)))
    assert reply.answer and (reply.answer.title, reply.answer.given_name) == (person.title, person.given)


def test_another_error_is_no_missing_page(vendor: PhantomBuster, profiles: PhantomBusterProfiles) -> None:
    row = {"profileUrl": BY_PAGE.linkedin_url, "error": "Session cookie expired"}
    assert [reply.outcome for reply in _rows(vendor, profiles, [row], BY_PAGE)] == [Outcome.PENDING]


def test_collected_by_another_process(vendor: PhantomBuster, profiles: PhantomBusterProfiles) -> None:
    job = profiles.upload([WITH_ADDRESS, NOBODY], label="cp-1")
    other = PhantomBusterProfiles(vendor.key, AGENT, vendor.url)
    assert other.state(job) is JobState.FINISHED
    ines, nobody = other.results(job)
    assert (ines.subject, nobody.subject) == (BY_PAGE, NOBODY)  # what a page alone can say
    assert (ines.outcome, nobody.outcome) == (Outcome.ANSWERED, Outcome.NOT_FOUND)
    vendor.fail.append(Response({"resultObject": None}))
    assert list(other.results(job)) == []


def test_results_in_a_file(vendor: PhantomBuster, profiles: PhantomBusterProfiles) -> None:
    vendor.files = "here"
    assert _run(profiles, BY_PAGE)[0].answer
    vendor.files = "elsewhere"  # our key goes nowhere else
    job = profiles.upload([ELINS], label="cp-2")
    profiles.state(job)
    assert unavailable(vendor, lambda: list(profiles.results(job))).fault is Fault.BAD_ANSWER
    for place in (f"{vendor.url}.elsewhere.test/f.json", f"{vendor.url}@elsewhere.test/f.json", "/f.json", "", None, 7):
        body = Response({"resultObject": json.dumps({"jsonUrl": place, "csvURL": "x"})})
        assert unavailable(vendor, lambda: list(profiles.results(job)), body).fault is Fault.BAD_ANSWER


NO_ROWS: list[object] = [12, "text", [1], ["row"], [{}], [{"profileUrl": ""}], [{"profileUrl": 7}]]
NO_ROWS += [[{"profileUrl": "https://elsewhere.test/in/ines"}], {"csvURL": "https://files.lab.test/result.csv"}]


@pytest.mark.parametrize("result", ["nonsense", "[{", "", "[" * 100_000, *map(json.dumps, NO_ROWS)])
def test_results_in_another_shape(vendor: PhantomBuster, profiles: PhantomBusterProfiles, result: str) -> None:
    body = Response({"resultObject": result})
    assert unavailable(vendor, lambda: list(profiles.results("7")), body).fault is Fault.BAD_ANSWER


WRONG: list[dict[str, object]] = [{"firstName": 1}, {"location": ["Lyon"]}, {"companyName": {"name": "D2"}}]
WRONG += [{"companyWebsite": True}, {"linkedinJobTitle": 3}, {"professionalEmail": False}, {"companyIndustry": 5}]
WRONG += [{"linkedinProfileImageUrl": True}, {"linkedinCompanyUrl": 9}, {"error": 404}]


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_types(vendor: PhantomBuster, profiles: PhantomBusterProfiles, wrong: dict[str, Any]) -> None:
    rows = [row(ELIN, _page(ELIN)), row(INES, _page(INES)) | wrong]
    job = profiles.upload([BY_PAGE, ELINS], label="cp-1")
    body = Response({"resultObject": json.dumps(rows)})
    error = unavailable(vendor, lambda: list(profiles.results(job)), body)
    assert error.fault is Fault.BAD_ANSWER
    assert INES.linkedin not in str(error) and error.__context__ is None


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ({"status": "starting"}, JobState.RUNNING),
        ({"status": "running", "exitCode": None}, JobState.RUNNING),
        ({"status": "unknown"}, JobState.RUNNING),
        ({"status": "daydreaming"}, JobState.RUNNING),
        ({"status": "launch error"}, JobState.FAILED),
        ({"status": "finished", "exitCode": 0, "id": "7"}, JobState.FINISHED),
        ({"status": "finished", "exitCode": None}, JobState.FINISHED),
        ({"status": "finished", "exitCode": 1}, JobState.FAILED),
        ({"status": "finished", "exitCode": "0"}, Fault.BAD_ANSWER),
        ({"status": "finished", "exitCode": False}, Fault.BAD_ANSWER),
        ({"status": "finished"}, JobState.FINISHED),
        ({"status": 2}, Fault.BAD_ANSWER),
        ({"status": "finished", "exitCode": 0, "id": 7}, Fault.BAD_ANSWER),
        ({"status": "finished", "exitCode": 0, "id": "8"}, Fault.OTHER_SUBJECT),
    ],
)
def test_job_states(
    vendor: PhantomBuster, profiles: PhantomBusterProfiles, body: dict[str, Any], state: JobState | Fault
) -> None:
    if isinstance(state, Fault):
        assert unavailable(vendor, lambda: profiles.state("7"), Response(body)).fault is state
    else:
        vendor.fail.append(Response(body))
        assert profiles.state("7") is state


def test_an_agent_without_a_session_fails(vendor: PhantomBuster, profiles: PhantomBusterProfiles) -> None:
    del vendor.saved["sessionCookie"]
    assert profiles.state(profiles.upload([BY_PAGE], label="cp-1")) is JobState.FAILED
    assert profiles.state("no-such-job") is JobState.FAILED
    page = Response("<html>no such page</html>", 404, content_type="text/html")
    assert unavailable(vendor, lambda: profiles.state("7"), page).fault is Fault.BAD_ANSWER
    assert not vendor.paid


@pytest.mark.parametrize("body", [{"containerId": 7}, {"containerId": ""}, {"containerId": None}, {"data": {}}])
def test_a_launch_without_a_job(vendor: PhantomBuster, profiles: PhantomBusterProfiles, body: dict[str, Any]) -> None:
    error = unavailable(vendor, lambda: profiles.upload([BY_PAGE], label="cp-1"), Response(body))
    assert (error.fault, error.is_sent) == (Fault.BAD_ANSWER, True)  # it may run: for a person


def test_all_slots_taken_and_no_time_left(vendor: PhantomBuster, no_retries: None) -> None:
    profiles = PhantomBusterProfiles(vendor.key, AGENT, vendor.url)
    vendor.polls = 1
    first = profiles.upload([BY_PAGE], label="cp-1")
    error = unavailable(vendor, lambda: profiles.upload([ELINS], label="cp-2"))
    assert (error.fault, error.is_sent) == (Fault.RATE_LIMITED, False)
    assert [profiles.state(first), profiles.state(first)] == [JobState.RUNNING, JobState.FINISHED]
    vendor.credits = 0
    assert unavailable(vendor, lambda: profiles.upload([ELINS], label="cp-2")).fault is Fault.RATE_LIMITED
    vendor.credits = 1
    assert profiles.upload([ELINS], label="cp-2")


def test_refusals(vendor: PhantomBuster, profiles: PhantomBusterProfiles) -> None:
    stranger = PhantomBusterProfiles("other", AGENT, vendor.url)
    for call in (
        stranger.credits,
        lambda: stranger.upload([BY_PAGE], label="cp-1"),
        lambda: stranger.state("7"),
        lambda: list(stranger.results("7")),
    ):
        assert refused(call) is Fault.UNAUTHORIZED
    wrong_agent = PhantomBusterProfiles(vendor.key, "1", vendor.url)
    assert refused(lambda: wrong_agent.upload([BY_PAGE], label="cp-1")) is Fault.BAD_REQUEST
    vendor.fail.append(Response({"status": "error", "message": "Bad argument"}, 400))
    assert refused(lambda: profiles.upload([BY_PAGE], label="cp-1")) is Fault.BAD_REQUEST
    assert not vendor.paid


def test_neither_key_nor_person_in_a_url(vendor: PhantomBuster, profiles: PhantomBusterProfiles) -> None:
    assert profiles.credits() is None  # nobody knows
    _run(profiles, WITH_ADDRESS)
    for request in vendor.requests:
        assert request.headers["x-phantombuster-key"] == vendor.key
        url = request.path + "".join(request.query.values())
        assert not any(word in url for word in (vendor.key, INES.linkedin, INES.email))
        assert INES.email not in request.body.decode()  # only the page is told
