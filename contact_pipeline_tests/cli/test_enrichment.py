"""The providers of people and companies from the command line, through Dagster, against their simulators; and what a
person then does: plan, explain, review, spot-check."""

from collections.abc import Iterator
from typing import Any

import pytest

from contact_pipeline_tests.cli.conftest import Command
from contact_pipeline_tests.installation import Installation, only_json, write
from contact_pipeline_tests.lab.facts import AGENT
from contact_pipeline_tests.lab.persons import Person, person_of
from contact_pipeline_tests.lab.serve import LocalLab, serve
from contact_pipeline_tests.lab.vendors.phantombuster import PhantomBuster

POLICY = """
[email]
allow_private_addresses = true
allow_special_use_domains = true
mailbox_providers = []
activity_providers = []

[phone]
lookup_providers = []

[enrichment]
providers = [{providers}]

[enrichment.linkedin]
sources = [{linkedin}]
agent = "{agent}"

[sources.crm]
documentation = "Invented people of the lab."
lawful_basis = "contract"
electronic_marketing = "none"
electronic_marketing_reason = "Invented people: nobody writes to them."
trust = 0.8

[sources.fair]
documentation = "Invented people of the lab."
lawful_basis = "contract"
electronic_marketing = "none"
electronic_marketing_reason = "Invented people: nobody writes to them."
"""
EVERYBODY = '"hunter", "clearbit", "fullcontact"'


@pytest.fixture(scope="module")
def lab() -> Iterator[LocalLab]:
    with serve(domains=2) as served:
        phantom = served.vendors["phantombuster"]
        assert isinstance(phantom, PhantomBuster)
        phantom.polls = 0  # done when first looked at
        yield served


@pytest.fixture
def asked(installation: Installation, lab: LocalLab, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """An installation whose environment names every provider of the lab."""
    for name, value in lab.environment.items():
        monkeypatch.setenv(name, value)
    return installation


def somebody(count: int = 1) -> list[Person]:
    """Whom all three know, by the title they have."""
    givens = ("ada", "bruno", "farid", "greta", "ines", "lena", "nils", "otto")
    found = []
    for given in givens:
        email = f"{given}.dorn@d0.lab.test"
        seen = [person_of(email, vendor) for vendor in ("hunter", "clearbit", "fullcontact")]
        if all(seen) and len({person.title for person in seen if person}) == 1:
            found += [person for person in (person_of(email),) if person]
    assert len(found) >= count
    return found[:count]


def run(
    command: Command, made: Installation, *rows: str, providers: str = "", linkedin: str = "", source: str = "crm"
) -> None:
    """The graph for these rows, with the named providers only."""
    text = POLICY.format(providers=providers, linkedin=linkedin, agent=AGENT)
    write(made.folder / "policy.toml", text)
    ended = command("run", str(write(made.folder / source / "list.csv", *rows)), "--json")
    assert (ended.code, ended.stderr) == (0, "")


def calls(made: Installation) -> set[tuple[Any, ...]]:
    """Who was asked, and how it ended."""
    return set(made.rows("select provider, layer, outcome from ops.provider_calls"))


@pytest.mark.parametrize(
    ("name", "companies"),
    [("hunter", set()), ("clearbit", set()), ("fullcontact", {("fullcontact", "company", "answered")})],
)  # the first two tell the company with the person
def test_a_person(name: str, companies: set[tuple[str, ...]], command: Command, asked: Installation) -> None:
    (person,) = somebody()
    run(command, asked, "Email", person.email, providers=f'"{name}"')
    assert asked.rows("select name, title, company, linkedin_url, location from core.contacts") == [
        (person.name, person.title, person.company, f"https://www.linkedin.com/in/{person.linkedin}", person.location)
    ]
    assert calls(asked) == {(name, "person", "answered")} | companies
    assert asked.rows("select domain, name, data_source from curated.companies") == [
        (person.company_domain, person.company, f"provider:{name}")
    ]
    assert set(asked.rows("select distinct data_source from core.enrichment_history where field_name = 'title'")) == {
        (f"provider:{name}",)
    }


@pytest.mark.parametrize("name", ["hunter", "fullcontact"])
def test_a_person_by_their_page_and_then_their_company(name: str, command: Command, asked: Installation) -> None:
    (person,) = somebody()
    page = f"https://www.linkedin.com/in/{person.linkedin}"
    run(command, asked, "Name,LinkedIn URL", f"{person.name},{page}", providers=f'"{name}"')
    assert calls(asked) >= {(name, "person", "answered"), (name, "company", "answered")}
    assert asked.rows("select title, company_domain from core.contacts") == [(person.title, person.company_domain)]
    assert asked.rows("select domain, data_source from curated.companies") == [
        (person.company_domain, f"provider:{name}")
    ]


def test_an_address_by_name_and_company(command: Command, asked: Installation) -> None:
    (person,) = somebody()
    run(command, asked, "Name,Company", f"{person.name},{person.company}", providers='"hunter"')
    assert asked.rows("select email, email_status, email_sub_status from curated.contacts") == [
        (person.email, "unknown", "mailbox_not_checked")  # judged in the same run
    ]
    assert ("hunter", "address", "answered") in calls(asked)


def test_a_profile_is_looked_at_for_the_named_source_only(command: Command, asked: Installation) -> None:
    for source, person in zip(("fair", "crm"), somebody(2), strict=True):
        page = f"https://www.linkedin.com/in/{person.linkedin}"
        rows = ("Email,Name,LinkedIn URL", f"{person.email},{person.name},{page}")
        run(command, asked, *rows, linkedin='"crm"', source=source)
        assert calls(asked) == ({("phantombuster", "identity", "answered")} if source == "crm" else set())
    seen = asked.rows(
        "select profile_exists, name_matches, identity_confidence > 0 from curated.identity_confirmation order by 1"
    )
    assert seen == [("unknown", "unknown", None), ("yes", "yes", True)]


def test_the_plan_shows_people_and_companies_and_asks_nobody(
    command: Command, asked: Installation, lab: LocalLab
) -> None:
    first, second = somebody(2)
    page = f"https://www.linkedin.com/in/{first.linkedin}"
    run(
        command,
        asked,
        "Email,Name,Company,LinkedIn URL",
        f"{first.email},,,{page}",
        f",{second.name},{second.company},",
        "dario.dorn@d1.lab.test,,,",
    )
    write(asked.folder / "policy.toml", POLICY.format(providers=EVERYBODY, linkedin='"crm"', agent=AGENT))
    before = lab.charged()
    ended = command("plan", "--json")
    assert (ended.code, ended.stderr) == (0, "")
    layers = {layer["layer"]: layer for layer in only_json(ended.stdout)["layers"]}
    assert {name: (layer["provider"], layer["due"]) for name, layer in layers.items() if layer["provider"]} == {
        "person": ("hunter", 3), "company": ("hunter", 2), "address": ("hunter", 1), "identity": ("phantombuster", 1),
    }  # fmt: skip
    assert layers["person"]["further"] == ["clearbit", "fullcontact"]
    assert layers["person"]["cost_now"] == pytest.approx(3 * 0.0245, abs=0.005)
    shown = command("plan").stdout
    assert "person" in shown and "phantombuster" in shown
    assert lab.charged() == before


def test_explain_shows_what_was_claimed_and_how_sure_we_are(command: Command, asked: Installation) -> None:
    (person,) = somebody()
    run(command, asked, "Email,Name,Title", f"{person.email},{person.name},Clockmaker", providers=EVERYBODY)
    known = only_json(command("explain", person.email, "--json").stdout)
    said = {(claim["field_name"], claim["data_source"], claim["value"]) for claim in known["claims"]}
    assert ("title", "provider:hunter", person.title) in said
    verdicts = {check["check_name"]: (check["verdict"], check["source"]) for check in known["identity"]}
    assert len(verdicts) == 7
    assert verdicts["name_matches"][0] == "yes" and verdicts["name_matches"][1].startswith("provider:")
    assert verdicts["title_matches"][0] == "no"  # disputed, so the list's own word stands
    text = command("explain", person.email).stdout
    assert "also what lost" in text and "Is it a real person as written" in text


def test_reviews_are_listed_shown_and_decided(command: Command, asked: Installation) -> None:
    people = somebody(3)
    rows = [f"{person.email},{person.name},Clockmaker" for person in people]
    run(command, asked, "Email,Name,Title", *rows, providers='"hunter"')
    listed = only_json(command("review", "list", "--kind", "field_disagreement", "--json").stdout)["reviews"]
    assert [review["field_name"] for review in listed] == ["title"] * 3
    assert "Clockmaker" not in command("review", "list").stdout
    shown = [only_json(command("review", "show", str(review["id"]), "--json").stdout) for review in listed]
    by_email = {found["email"]: found for found in shown}
    for person in people:
        sides = {side["source"]: side["value"] for side in by_email[person.email]["details"]["sides"]}
        assert sides == {"crm": "Clockmaker", "provider:hunter": person.title}
    numbers = [str(by_email[person.email]["id"]) for person in people]
    assert "Clockmaker" in command("review", "show", numbers[0]).stdout

    assert command("review", "accept", numbers[0], "--reason", " ").code == 2
    accepted = command("review", "accept", numbers[0], "--reason", "called them")
    assert (accepted.code, accepted.stdout) == (0, f"Review {numbers[0]}: accepted.\n")
    assert command("review", "reject", numbers[1], "--reason", "called them").code == 0
    assert command("review", "correct", numbers[2], "--value", "Bell Founder", "--reason", "called them").code == 0
    titles = dict(asked.rows("select email, title from core.contacts"))
    assert [titles[person.email] for person in people] == [people[0].title, "Clockmaker", "Bell Founder"]
    again = command("review", "reject", numbers[0], "--reason", "changed my mind")
    assert (again.code, again.stdout) == (2, "")
    assert "is closed" in again.stderr
    assert only_json(command("review", "list", "--json").stdout)["reviews"] == []
    closed = only_json(command("review", "list", "--all", "--json").stdout)["reviews"]
    assert {review["decision"] for review in closed} == {"accepted", "rejected", "corrected"}
    assert {reason for (reason,) in asked.rows("select reason from ops.reviews")} == {"called them"}
    assert command("review", "show", "999").code == 2


def test_spot_checks_from_end_to_end(command: Command, asked: Installation) -> None:
    people = somebody(3)
    run(command, asked, "Email,Name,Title", *(f"{p.email},{p.name},{p.title}" for p in people))
    assert command("spot-check", "--top", "20").stdout.startswith("3 opened, 3 open; none was decided yet.")
    numbers = [
        str(review["id"])
        for review in only_json(command("review", "list", "--kind", "spot_check", "--json").stdout)["reviews"]
    ]
    assert command("review", "accept", numbers[0], "--reason", "looked").code == 0
    assert command("review", "reject", numbers[1], "--reason", "no such person").code == 0
    assert command("review", "correct", numbers[2], "--value", "Bell Founder", "--reason", "looked").code == 2
    ended = command(
        "review", "correct", numbers[2], "--value", "Bell Founder", "--field", "title", "--reason", "looked"
    )
    assert ended.code == 0
    told = only_json(command("spot-check", "--top", "20", "--json").stdout)
    assert told == {"opened": 0, "open": 0, "confirmed": 1, "decided": 3, "share_confirmed": pytest.approx(1 / 3)}
    assert "33% of 3 decided were confirmed" in command("spot-check", "--top", "20").stdout
    assert ("Bell Founder",) in asked.rows("select title from core.contacts")
