"""A ground is for a purpose, and the law on electronic marketing may want the person's consent besides."""

import pytest

from contact_pipeline.adapters.postgres.exporting import stream_view
from contact_pipeline.core.errors import UsageError
from contact_pipeline.core.marketing_law import MARKETING_RULES
from contact_pipeline.policy.sections import SourcePolicy
from contact_pipeline.rights import desk
from contact_pipeline_tests.lab.lab import INTEREST, Lab, csv

NEWS = SourcePolicy(documentation="Opt-in.", lawful_basis="consent", purpose="Newsletter", origin="first_party")
LEADS = INTEREST.model_copy(
    update={"electronic_marketing": "by_ground", "purpose": "sales"}  # its reason says nothing then
)


@pytest.fixture
def purposes(lab: Lab) -> Lab:
    """Sources with purposes; every verdict is good enough."""
    sources = dict(lab.session.policy.sources) | {"newsletter": NEWS, "leads": LEADS}
    lab.with_policy(
        sources=sources,
        email={"allow_special_use_domains": True, "mailable_verdicts": ["unknown/mailbox_not_checked"]},
    )
    return lab


def mailable(lab: Lab, purpose: str | None = None) -> list[str]:
    view = "curated.mailable_contacts" if purpose is None else "curated.mailable_for(%s)"
    given = () if purpose is None else (purpose,)
    return [email for (email,) in lab.rows(f"select email from {view} order by 1", *given)]


def purposes_of(lab: Lab, email: str) -> list[str]:
    found: list[str] = lab.value("select purposes from curated.mailable_contacts where email = %s", email)
    return found


def test_consent_for_a_survey_is_no_ground_for_a_newsletter(purposes: Lab) -> None:
    rows = ("ada@ok.test,2026-01-05,survey", "bo@ok.test,2026-01-05,newsletter", "cy@ok.test,2026-01-05,")
    purposes.drop("newsletter", csv("email,consent_date,processing_purpose", *rows))
    assert mailable(purposes) == ["bo@ok.test", "cy@ok.test"]
    assert purposes.why("ada@ok.test")[0] == "other_purpose"
    assert mailable(purposes, "survey") == ["ada@ok.test"]
    assert mailable(purposes, "Newsletter") == mailable(purposes, "newsletter") == ["bo@ok.test", "cy@ok.test"]
    assert mailable(purposes, "offers") == []


def test_a_consent_of_one_source_is_no_consent_for_the_purpose_of_another(purposes: Lab) -> None:
    purposes.with_source("events", documentation="Opt-in.", lawful_basis="consent", purpose="events")
    purposes.drop("newsletter", csv("email,consent_date", "ada@ok.test,2026-01-05"))
    purposes.drop("events", csv("email", "ada@ok.test"))
    assert purposes_of(purposes, "ada@ok.test") == ["newsletter"]
    purposes.drop("events", csv("email,consent_date", "ada@ok.test,2026-01-06"), "signed.csv")
    assert purposes_of(purposes, "ada@ok.test") == ["events", "newsletter"]


def test_what_the_desk_writes_down_without_a_purpose_is_for_the_sources_purpose_only(purposes: Lab) -> None:
    purposes.drop("newsletter", csv("email,processing_purpose", "ada@ok.test,survey", "bo@ok.test,", "cy@ok.test,"))
    for who in ("ada@ok.test", "bo@ok.test"):
        desk.consent(purposes.session, who, source="phone", evidence="said so")
    desk.consent(purposes.session, "cy@ok.test", source="phone", evidence="said so", purpose="survey")
    assert mailable(purposes) == ["bo@ok.test"]
    assert mailable(purposes, "survey") == []


def test_a_withdrawal_ends_the_consent_for_every_purpose_and_a_later_one_only_opens_its_own(purposes: Lab) -> None:
    purposes.drop("newsletter", csv("email,consent_date", "ada@ok.test,2026-01-05"))
    purposes.do(
        "insert into core.consent_records (contact_id, consent_type, withdrawn_date)"
        " select id, 'email', '2026-02-05' from core.contacts"
    )
    assert purposes.why("ada@ok.test")[0] == "consent_withdrawn"
    desk.consent(purposes.session, "ada@ok.test", source="phone", evidence="said so", purpose="survey")
    assert purposes.why("ada@ok.test")[0] == "no_lawful_basis"
    desk.consent(purposes.session, "ada@ok.test", source="phone", evidence="said so", purpose="newsletter")
    assert purposes_of(purposes, "ada@ok.test") == ["newsletter"]


ELSEWHERE = ("DE", "AT", "CA", "AU", "JP", "")  # a country that is not in the table, and none at all


@pytest.mark.parametrize("country", [*(rule.country for rule in MARKETING_RULES), *ELSEWHERE])
def test_an_interest_alone_makes_nobody_mailable_where_the_law_wants_consent(purposes: Lab, country: str) -> None:
    rules = {rule.country: rule for rule in MARKETING_RULES}
    rows = [f"{who},{country},{number}" for who, number in (("ada@ok.test", ""), ("bo@gmail.com", ""))]
    key = purposes.drop("leads", csv("email,country,phone", *rows))
    assert purposes.value("select rows_loaded from raw.drops where key = %s", key) == 2
    purposes.do("update core.contacts set email_status = 'unknown', email_sub_status = 'mailbox_not_checked'")
    purposes.do("update core.contacts set can_email = true")  # only the rule decides
    rule = rules[country].email if country in rules else "prior_consent"
    expected = {"opt_out": ["ada@ok.test", "bo@gmail.com"], "b2b": ["ada@ok.test"], "prior_consent": []}[rule]
    assert mailable(purposes) == expected
    if rule == "prior_consent":
        assert purposes.why("ada@ok.test")[0] == "no_prior_consent"
        desk.consent(purposes.session, "ada@ok.test", source="form", evidence="ticked", purpose="sales")
        assert mailable(purposes) == ["ada@ok.test"]


def test_calls_ask_the_country_of_the_number_and_the_kind_of_line(purposes: Lab) -> None:
    rows = {"+1 212 555 2368": "no_prior_consent", "+49 30 901820": "no_prior_consent"}
    purposes.drop("leads", csv("email,phone", *(f"p{i}@ok.test,{n}" for i, n in enumerate(rows))))
    assert [purposes.why(f"p{i}@ok.test")[1] for i in range(len(rows))] == list(rows.values())
    purposes.do("update core.contacts set phone_type = 'landline'")
    assert [purposes.why(f"p{i}@ok.test")[1] for i in range(len(rows))] == ["allowed", "no_prior_consent"]


@pytest.mark.parametrize(
    ("changes", "is_mailable"),
    [
        ({"lawful_basis": "contract", "origin": "first_party"}, True),  # an existing customer: soft opt-in
        ({"lawful_basis": "contract", "origin": "vendor"}, False),
        ({"electronic_marketing": "none"}, True),
        ({"electronic_marketing": "soft_opt_in"}, True),
        ({"electronic_marketing": "b2b"}, True),
        ({"electronic_marketing": "prior_consent", "lawful_basis": "contract", "origin": "first_party"}, False),
    ],
)
def test_the_policy_may_say_otherwise_of_a_source(purposes: Lab, changes: dict[str, object], is_mailable: bool) -> None:
    purposes.with_source("leads", **changes)
    purposes.drop("leads", csv("email,country", "ada@ok.test,DE"))
    assert (mailable(purposes) == ["ada@ok.test"]) is is_mailable


@pytest.mark.parametrize("word", ["soft_opt_in", "b2b", "none"])
def test_whoever_needs_no_consent_says_why(word: str) -> None:
    with pytest.raises(ValueError, match="electronic_marketing_reason"):
        SourcePolicy.model_validate({"electronic_marketing": word})


def test_a_rows_own_basis_counts_where_the_policy_lists_it_and_what_nobody_listed_is_asked_once(lab: Lab) -> None:
    lab.with_source("crm", lawful_basis=None, own_bases=("LIA-7",))
    words = ("LIA-7", "lia-7: existing customer", "LIA-70", "because we can", "because we can", "refused", "Nein")
    rows = [f"p{i}@ok.test,{basis}" for i, basis in enumerate(words)]
    lab.drop("crm", csv("email,legitimate_interest_basis", *rows))
    reasons = [lab.why(f"p{i}@ok.test")[0] for i in range(len(words))]
    assert reasons == ["allowed"] * 2 + ["no_lawful_basis"] * 3 + ["suppressed"] * 2
    asked = (
        "select details ->> 'words', (details ->> 'rows')::int from ops.reviews where kind = 'unknown_basis' order by 1"
    )
    assert lab.rows(asked) == [("because we can", 2), ("lia-70", 1)]
    lab.with_source("crm", own_bases=("LIA-7", "because we can"))
    assert lab.why("p3@ok.test")[0] == "allowed"


def states(lab: Lab, at: object = "infinity") -> list[tuple[str, str]]:
    return lab.rows("select channel, state from core.consent_status_at(%s::timestamptz) order by 1", at)


def test_a_bare_date_in_a_list_is_a_claim_and_no_evidence(purposes: Lab) -> None:
    purposes.drop("newsletter", csv("email,consent_date,consent_type", "ada@ok.test,2026-01-05,email"))
    assert states(purposes) == [("email", "claimed")]
    desk.consent(purposes.session, "ada@ok.test", source="form", evidence="ticked", purpose="newsletter")
    assert states(purposes) == [("email", "given")]


def test_a_consent_older_than_an_opt_out_is_not_shown_as_given_at_any_later_instant(purposes: Lab) -> None:
    row = "ada@ok.test,2026-01-05,email,signup form"
    purposes.drop("newsletter", csv("email,consent_date,consent_type,consent_source", row))
    before = purposes.now
    assert states(purposes, before) == [("email", "given")]
    purposes.passes(days=1)
    purposes.take("optouts", csv("email", "ada+other@ok.test"), "unsubscribed.csv")
    assert states(purposes, before) == [("email", "given")]
    assert states(purposes, purposes.now) == states(purposes) == [("email", "withdrawn")]
    purposes.drop("newsletter", csv("email,consent_date,consent_type,consent_source", row), "again.csv")
    assert states(purposes) == [("email", "withdrawn")]
    purposes.passes(days=1)
    desk.consent(purposes.session, "ada@ok.test", source="form", evidence="ticked", purpose="newsletter")
    assert states(purposes) == [("email", "given")]
    purposes.do("update core.contacts set suppress_email = true")
    assert states(purposes) == [("email", "withdrawn")]


def test_undocumented_means_the_same_in_the_view_and_in_the_rule(purposes: Lab) -> None:
    cases = {
        "a1": SourcePolicy(),
        "a2": SourcePolicy(lawful_basis="contract", origin="first_party"),
        "a3": SourcePolicy(documentation="x"),
        "a4": SourcePolicy(documentation="x", lawful_basis="legitimate_interest"),
        "a5": SourcePolicy(documentation="x", lawful_basis="contract", origin="first_party"),
        "a6": INTEREST,
    }
    purposes.with_policy(sources=cases)
    for name in cases:
        purposes.drop(name, csv("email", f"{name}@ok.test"))
    undocumented = {source for (source,) in purposes.rows("select source from curated.undocumented_sources")}
    assert undocumented == {name for name in cases if purposes.why(f"{name}@ok.test")[0] == "no_lawful_basis"}
    assert undocumented == {name for name, source in cases.items() if not source.is_documented}


def test_an_export_names_its_purpose(purposes: Lab) -> None:
    rows = ("ada@ok.test,2026-01-05,survey", "bo@ok.test,2026-01-05,newsletter")
    purposes.drop("newsletter", csv("email,consent_date,processing_purpose", *rows))
    with purposes.session.connection("test") as connection:
        found = [
            r["email"] for b in stream_view(connection, "mailable_contacts", purpose="Survey") for r in b.to_pylist()
        ]
        with pytest.raises(UsageError, match="mailable_contacts"):
            next(stream_view(connection, "contacts", purpose="survey"))
    assert found == ["ada@ok.test"]
