"""Around the answers: who is not asked about, who asked for no processing, whose turn it is when, for what money."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from contact_pipeline.asking.call_ledger import Budget
from contact_pipeline.asking.configured import ConfiguredVendors
from contact_pipeline.core.providers import Layer, Limits, Outcome, Provider, Reply
from contact_pipeline.emails.ports import MailboxAnswer
from contact_pipeline.policy.file import load_policy
from contact_pipeline.profiles import enriched_profiles
from contact_pipeline.profiles.enriching import incomplete_drops
from contact_pipeline.profiles.enrichment_store import EnrichmentStore
from contact_pipeline.profiles.planning import FIELDS
from contact_pipeline.profiles.ports import CompanyAnswer, PersonAnswer
from contact_pipeline.vendors.hunter.profiles import HunterFinder, HunterPerson
from contact_pipeline.vendors.hunter.verifier import HunterMailbox
from contact_pipeline.vendors.registry import provider_names
from contact_pipeline_tests.lab.lab import KEY, Lab, csv, people
from contact_pipeline_tests.lab.profile_vendors import FOUND
from contact_pipeline_tests.lab.vendors.hunter import Hunter

Said = PersonAnswer | CompanyAnswer | MailboxAnswer | Reply[Any] | None

PHONE = "+4915123456700"
PRICE = 0.02
BYSTANDER = "Bo Sample,Tools,+4915123456701,bo@ok2.test"
WRITTEN = (
    "select count(*) from (select contact_id from core.profile_claims union all select contact_id from"
    " core.identity_checks union all select contact_id from core.field_agreement union all select contact_id from"
    " core.enrichment_history where data_source like 'provider:%%') t where contact_id = %s"
)
NOT_JUDGED = "select count(*) from core.contacts where email_sub_status = 'not_checked' and can_email"


class Witness:
    """A provider that says what the test lets it say, call by call. asked: every question, in order."""

    limits = Limits(calls=10_000, seconds=1.0, connections=1)

    def __init__(self, name: str, says: Callable[[Any], Said], gives: Iterable[str] = FIELDS) -> None:
        self.name, self.says, self.gives = name, says, frozenset(gives)
        self.asked: list[Any] = []

    def credits(self) -> float | None:
        return None

    def ask(self, subject: Any) -> Reply[Any]:
        self.asked.append(subject)
        said = self.says(subject)
        if isinstance(said, Reply):
            return said
        if said is None:
            return Reply(subject, Outcome.NOT_FOUND, is_billed=False)
        return Reply(subject, Outcome.ANSWERED, said)


def hear(lab: Lab, layers: Mapping[Layer, Sequence[Provider]], *, per_run: float = 100.0) -> None:
    """From here on these are asked, in this order."""
    names = {layer: tuple(provider.name for provider in providers) for layer, providers in layers.items()}
    vendors = ConfiguredVendors(
        names,
        make=lambda layer, name: layers[layer][names[layer].index(name)],
        price=lambda layer, name: PRICE,
        budgets={name: Budget(100.0, per_run) for each in names.values() for name in each},
    )
    lab.session = replace(lab.session, vendors=vendors)


def nobody(name: str, *gives: str) -> Witness:
    """Whom it is a mistake to ask."""
    return Witness(name, lambda question: None, gives or FIELDS)


@pytest.fixture
def hunter() -> Iterator[Hunter]:
    with Hunter() as vendor:
        yield vendor


def about(who: str, *witnesses: Witness) -> list[Any]:
    """The questions about somebody."""
    return [question for witness in witnesses for question in witness.asked if who in repr(question)]


def assert_stopped(lab: Lab, name: str, *channels: str) -> None:
    """Left alone on every channel, looked at by a person, and nothing is written; the bystander is as before.

    channels: whose keys were known when it was said (a number is judged after its owner's address).
    """
    columns = "deletion_requested, can_email, can_call, title, linkedin_url, location"
    contact, *values = lab.row(f"select id, {columns} from core.contacts where name = %s", name)
    assert values == [True, False, False, None, None, None]
    erasures = lab.rows("select contact_id, closed_at from ops.reviews where kind = 'erasure_request'")
    assert erasures == [(contact, None)]
    assert lab.value(WRITTEN, contact) == 0
    assert lab.rows("select can_email, can_call from core.contacts where name = 'Bo Sample'") == [(True, True)]
    own = lab.rows(
        "select k.channel, k.key from core.contacts c cross join lateral"
        " (values ('email', c.email_key), ('phone', c.phone_key)) k (channel, key)"
        " where k.key is not null and c.id = %s and k.channel = any (%s)",
        contact,
        list(channels or ("email", "phone")),
    )
    suppressed = lab.rows("select channel, subject_key from core.suppressions where reason = 'legal'")
    assert set(own) <= set(suppressed)  # they outlive the contact


def test_an_opt_out_at_the_verifier_stops_every_channel_and_provider(lab: Lab, hunter: Hunter) -> None:
    hunter.opted_out.add("ada@ok.test")
    layers = (Layer.MAILBOX, Layer.PERSON, Layer.ADDRESS, Layer.COMPANY, Layer.CARRIER)
    others = {layer: nobody("clearbit") for layer in layers}
    asked: dict[Layer, list[Provider]] = {layer: [other] for layer, other in others.items()}
    asked[Layer.MAILBOX].insert(0, HunterMailbox(hunter.key, hunter.url))
    hear(lab, asked)
    lab.drop("crm", csv("Name,Company,Phone,Email", f"Ada Example,Engines,{PHONE},ada@ok.test", BYSTANDER))
    assert about("Ada", *others.values()) + about("ok.test", *others.values()) + about(PHONE, *others.values()) == []
    assert_stopped(lab, "Ada Example", "email")


def test_an_opt_out_at_a_provider_of_persons_stops_every_channel_and_provider(lab: Lab, hunter: Hunter) -> None:
    hunter.opted_out.add("ada@ok.test")
    others = {layer: nobody("clearbit") for layer in (Layer.PERSON, Layer.ADDRESS, Layer.COMPANY)}
    asked: dict[Layer, list[Provider]] = {layer: [other] for layer, other in others.items()}
    asked[Layer.PERSON].insert(0, HunterPerson(hunter.key, hunter.url))
    hear(lab, asked)
    lab.drop("crm", csv("Name,Company,Phone,Email", f"Ada Example,Engines,{PHONE},ada@ok.test", BYSTANDER))
    assert about("Ada", *others.values()) + about("ok.test", *others.values()) == []
    assert_stopped(lab, "Ada Example")


@pytest.mark.parametrize("phone", ["", PHONE])
@pytest.mark.parametrize("dies", [False, True])
def test_an_opt_out_at_the_finder_reaches_who_has_no_address(
    lab: Lab, hunter: Hunter, monkeypatch: pytest.MonkeyPatch, phone: str, dies: bool
) -> None:
    """Also where the run ends between the answer and what follows from it."""
    hunter.companies["engines"] = "ok.test"
    hunter.opted_out.add(FOUND.email)
    other = nobody("clearbit", "email")
    key = lab.drop("crm", csv("Name,Company,Phone,Email", f"{FOUND.name},Engines,{phone},", BYSTANDER))
    hear(lab, {Layer.ADDRESS: [HunterFinder(hunter.key, hunter.url), other]})
    if dies:
        with monkeypatch.context() as patch, pytest.raises(AttributeError):
            patch.delattr(EnrichmentStore, "writing")
            lab.enrich(key)
        lab.passes(days=1)
    lab.enrich(key)
    assert_stopped(lab, FOUND.name)
    lab.passes(days=200)
    lab.enrich(key)
    assert about(FOUND.family, other) == []
    assert_stopped(lab, FOUND.name)


@pytest.fixture
def opted_out(lab: Lab) -> str:
    """Who unsubscribed while the provider was asked; somebody else was asked about in the same run."""
    address = "ada@ok.test"

    def says(question: Any) -> PersonAnswer:
        if question.email == address:
            lab.do(
                "insert into core.suppressions select email_key, 'email', 'opt_out', 'unsubscribe page'"
                " from core.contacts where email = %s",
                address,
            )
            lab.do("update core.contacts set can_email = false where email = %s", address)
        return PersonAnswer(name="Somebody Sample", title="Harbour Master")

    hear(lab, {Layer.PERSON: [Witness("hunter", says)]})
    lab.drop("crm", csv("Email", address, "bo@ok.test"))
    return address


def test_nothing_is_applied_to_who_opts_out_while_providers_are_asked(lab: Lab, opted_out: str) -> None:
    assert lab.contacts("email", "title") == [(opted_out, None), ("bo@ok.test", "Harbour Master")]
    assert lab.may(opted_out) == (False, False)
    history = "core.enrichment_history where data_source like 'provider:%%'"
    for told in ("core.profile_claims", "core.identity_checks", "core.field_agreement", history):
        found = lab.rows(f"select email from core.contacts where id in (select contact_id from {told})")
        assert found == [("bo@ok.test",)], told


def test_what_was_said_of_who_opts_out_meanwhile_goes_with_the_contact(lab: Lab, opted_out: str) -> None:
    lab.do("delete from core.contacts where email = %s", opted_out)
    kept = "select count(*) from core.provider_answers where subject_key = %s"
    assert (lab.value(kept, KEY.email(opted_out)), lab.value(kept, KEY.email("bo@ok.test"))) == (0, 1)


def test_a_bought_title_is_asked_for_again_once_in_each_period(lab: Lab) -> None:
    lab.with_policy(enrichment={"key_fields": ("title",)})
    asked: dict[str, list[datetime]] = {}

    def says(question: Any) -> PersonAnswer:
        asked.setdefault(question.name, []).append(lab.now)
        return PersonAnswer(name=question.name, title="Harbour Master")

    hear(lab, {Layer.PERSON: [Witness("hunter", says)]})
    rows: list[tuple[str | None, ...]] = [(f"Mail {letter * 4}", f"{letter}@ok.test", None, None) for letter in "ABCD"]
    rows += [(f"Phone {letter * 4}", None, f"+491512345678{number}", None) for number, letter in enumerate("ABC")]
    rows += [(f"Page {letter * 4}", None, None, f"https://www.linkedin.com/in/{letter * 4}") for letter in "ABC"]
    lab.drop("crm", people(rows, "Name,Email,Phone,LinkedIn"))
    end = lab.now + timedelta(days=365)
    while (due := lab.value("select min(profile_due_at) from core.contacts")) <= end and lab.now <= end:
        lab.passes(days=max(0, (due - lab.now).days) + 1)  # the first morning after
        (key,) = incomplete_drops(lab.session, limit=5)
        lab.enrich(key)
    gaps = {name: [(after - before).days for before, after in pairwise(days)] for name, days in asked.items()}
    assert len(gaps) == 10
    assert {name: days for name, days in gaps.items() if len(days) != 4 or not all(81 <= d <= 91 for d in days)} == {}


def test_drops_of_people_who_may_not_be_asked_about_are_never_incomplete(lab: Lab) -> None:
    known, undocumented = lab.drop("crm", csv("Email", "ada@ok.test")), lab.drop("nobody", csv("Email", "bo@ok.test"))
    suppressed = lab.drop("crm", csv("Email", "cy@ok.test"), "other.csv")
    hear(lab, {Layer.PERSON: [nobody("hunter")]})
    assert set(incomplete_drops(lab.session, limit=5)) == {known, suppressed}
    lab.do(
        "insert into core.suppressions select email_key, 'email', 'opt_out', 'unsubscribe page' from core.contacts"
        " where email = 'cy@ok.test'"
    )
    assert incomplete_drops(lab.session, limit=5) == [known]
    assert undocumented not in incomplete_drops(lab.session, limit=5)


def finds(*local_parts: str) -> Witness:
    """Finds another address at each call."""
    left = iter(local_parts)
    return Witness("clearbit", lambda q: PersonAnswer(name=q.name, email=f"{next(left)}@ok.test"), {"email"})


@pytest.mark.parametrize("dead", ["ada@nullmx.test", "ada@ok.test"])
def test_an_echo_of_a_dead_address_does_not_spare_the_finder(lab: Lab, dead: str) -> None:
    echo, finder = Witness("hunter", lambda q: PersonAnswer(name=q.name, email=dead.upper())), finds("a.example")
    key = lab.drop("crm", csv("Email,Name,Company", f"{dead},Ada Example,Engines"))
    if dead == "ada@ok.test":
        lab.do("update core.contacts set hard_bounce = true")
    hear(lab, {Layer.PERSON: [echo], Layer.ADDRESS: [finder]})
    lab.enrich(key)
    assert (len(echo.asked), len(finder.asked)) == (1, 1)
    assert lab.contacts("email") == [("a.example@ok.test",)]


def test_an_echo_of_the_address_that_died_before_does_not_spare_the_finder(lab: Lab) -> None:
    echo = Witness("hunter", lambda q: PersonAnswer(name=q.name, email="ada@ok.test"))
    finder = finds("a.example", "ada.example")
    key = lab.drop("crm", csv("Email,Name,Company", "ada@ok.test,Ada Example,Engines"))
    hear(lab, {Layer.PERSON: [echo], Layer.ADDRESS: [finder]})
    for _ in range(2):
        lab.do("update core.contacts set hard_bounce = true")
        lab.passes(days=91)
        lab.enrich(key)
    assert lab.contacts("email", "hard_bounce") == [("ada.example@ok.test", False)]


@pytest.mark.parametrize("is_domain_known", [True, False])
def test_a_company_that_comes_later_makes_its_contacts_due_then(lab: Lab, is_domain_known: bool) -> None:
    answers: list[Said] = [
        Reply("ok.test", Outcome.PENDING, is_billed=False, retry_after_s=300.0), CompanyAnswer(name="Ok Engines Ltd")
    ]  # fmt: skip
    company = Witness("clearbit", lambda domain: answers.pop(0))
    person = Witness("hunter", lambda q: PersonAnswer(name="Ada Example", company_domain="ok.test"))
    key = (
        lab.drop("crm", csv("Email", "ada@ok.test"))
        if is_domain_known
        else lab.take("crm", csv("Email", "ada@ok.test"))
    )
    hear(lab, {Layer.PERSON: [person], Layer.COMPANY: [company]})
    lab.run(key)
    assert lab.contacts("company", "profile_due_at") == [(None, lab.now + timedelta(minutes=5))]
    lab.passes(minutes=5)
    lab.enrich(key)
    assert lab.contacts("company") == [("Ok Engines Ltd",)]
    assert company.asked == ["ok.test", "ok.test"]


@pytest.mark.parametrize("turn", ["first", "second"])
def test_who_comes_later_to_a_known_company_gets_its_name_without_a_call(lab: Lab, turn: str) -> None:
    """Within 180 days. The domain follows from the address, which is known at the second turn at the latest."""
    company = Witness("hunter", lambda domain: CompanyAnswer(name="Ok Engines Ltd", domain=domain))
    first = lab.drop("crm", csv("Email", "ada@ok.test"))
    hear(lab, {Layer.COMPANY: [company]})
    lab.enrich(first)
    assert (company.asked, lab.contacts("company")) == (["ok.test"], [("Ok Engines Ltd",)])
    lab.passes(days=120)
    later = lab.drop("crm", csv("Email", "bo@ok.test"), "later.csv")
    if turn == "second":
        lab.do("update core.contacts set profile_due_at = null where email = 'bo@ok.test'")
        lab.enrich(later)
    assert lab.contact("bo@ok.test")["company"] == "Ok Engines Ltd"
    assert company.asked == ["ok.test"]


@pytest.fixture
def unjudged(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> str:
    """A drop whose run found an address and failed before it was judged. The address takes no mail."""
    finder = Witness("hunter", lambda q: PersonAnswer(name=q.name, email="ada@nullmx.test"), {"email"})
    hear(lab, {Layer.ADDRESS: [finder]})
    key = lab.take("crm", csv("Name,Company", "Ada Example,Engines"))
    lab.validate_emails(key)
    lab.normalize_phones(key)

    def fails(*arguments: object) -> None:
        raise ConnectionError("no resolver")

    with monkeypatch.context() as patch, pytest.raises(ConnectionError):
        patch.setattr(enriched_profiles, "validate_emails", fails)
        lab.enrich(key)
    assert lab.contacts("email", "email_sub_status") == [("ada@nullmx.test", "not_checked")]
    return key


def test_a_found_address_is_judged_before_it_counts_though_judging_failed_once(lab: Lab, unjudged: str) -> None:
    assert lab.row("select published_at, rows_loaded from raw.drops") == (None, 1)
    assert lab.value(NOT_JUDGED) == 0
    lab.enrich(unjudged)
    assert lab.contacts("email_status", "can_email") == [("invalid", False)]
    assert lab.value("select published_at is not null from raw.drops")


def test_a_found_address_that_nobody_judged_gets_no_permission_from_the_daily_look(lab: Lab, unjudged: str) -> None:
    lab.sync_permissions()
    assert lab.value(NOT_JUDGED) == 0


def test_the_cap_of_a_run_is_not_used_up_by_what_costs_nothing(lab: Lab) -> None:
    known = {f"known{number}@ok.test": PersonAnswer(title="Harbour Master") for number in range(3)}
    hear(lab, {Layer.PERSON: [Witness("hunter", lambda q: known.get(q.email))]}, per_run=2 * PRICE)
    lab.session = replace(lab.session, run_id="run-1")
    lab.drop("crm", csv("Email", *(f"missed{number}@ok.test" for number in range(6)), "known0@ok.test"))
    lab.drop("crm", csv("Email", "missed9@ok.test", "known1@ok.test", "known2@ok.test"), "other.csv")
    filled = lab.rows("select email from core.contacts where title is not null order by email")
    assert filled == [("known0@ok.test",), ("known1@ok.test",)]


def test_a_run_over_midnight_is_booked_where_it_was_asked(lab: Lab) -> None:
    lab.now = datetime(2026, 11, 30, 23, 55, tzinfo=lab.now.tzinfo)

    def says(question: Any) -> Said:
        if question.email == "missed@ok.test":  # asked in November, and answered in December: nothing
            lab.passes(minutes=10)
        return None if question.email.startswith("missed") else PersonAnswer(title="Harbour Master")

    hear(lab, {Layer.PERSON: [Witness("hunter", says)]})
    lab.drop("crm", csv("Email", "ada@ok.test", "missed@ok.test", "cy@ok.test", "missed2@ok.test", "dee@ok.test"))
    by_day = dict(lab.rows("select day, spent::double precision from ops.enrichment_days"))
    assert by_day == {date(2026, 11, 30): pytest.approx(PRICE), date(2026, 12, 1): pytest.approx(2 * PRICE)}
    by_month = dict(lab.rows("select month, spent::double precision from ops.provider_months"))
    assert by_month == {date(2026, 11, 1): pytest.approx(PRICE), date(2026, 12, 1): pytest.approx(2 * PRICE)}


def test_answers_go_with_the_last_contact_they_are_about(lab: Lab) -> None:
    def answers(key: bytes) -> int:
        return int(lab.value("select count(*) from core.provider_answers where subject_key = %s", key))

    hear(lab, {Layer.PERSON: [Witness("hunter", lambda q: PersonAnswer(name=q.name, title="Harbour Master"))]})
    lab.drop("crm", csv("Name,Phone,Email", f"Ada Example,{PHONE},", "Cy Sample,,cy@ok.test"))
    lab.drop("shop", csv("Name,Phone", f"Ada Example,{PHONE}"))
    shared, own = KEY.digest(f"phone:{PHONE}\x1fada example"), KEY.email("cy@ok.test")
    assert (answers(shared), answers(own)) == (1, 1)
    one, other = (i for (i,) in lab.rows("select id from core.contacts where name = 'Ada Example' order by id"))
    lab.do("delete from core.contacts where id = %s or email = 'cy@ok.test'", one)
    assert (answers(shared), answers(own)) == (1, 0)
    lab.do("delete from core.contacts where id = %s", other)
    assert lab.value("select count(*) from core.provider_answers") == 0


def test_a_policy_that_names_one_thing_keeps_the_usual_rest(tmp_path: Path) -> None:
    usual = load_policy(tmp_path / "none.toml", provider_names()).enrichment
    file = tmp_path / "policy.toml"
    file.write_text("[enrichment]\ntrust = {hunter = 0.9}\n[enrichment.fields.email]\nhalf_life_days = 100\n")
    named = load_policy(file, provider_names()).enrichment
    assert named.fields["email"].half_life_days == 100
    assert named.fields["email"].verification == usual.fields["email"].verification
    assert named.fields["email"].verification["invalid"] == 0
    assert named.fields["phone"] == usual.fields["phone"]
    assert named.trust == dict(usual.trust) | {"hunter": 0.9}
    assert len(named.trust) > 1
