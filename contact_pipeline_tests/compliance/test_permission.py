"""Who may be contacted, and why not: one rule, every reason of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from contact_pipeline.policy.sections import SourcePolicy
from contact_pipeline_tests.dns_server import DnsServer
from contact_pipeline_tests.lab.lab import INTEREST, Lab, csv, people

ALLOWED, NO_BASIS, STOPPED, EXPIRED = "allowed", "no_lawful_basis", "suppressed", "retention_expired"
NUMBER = "+49 1512 34567{:02}"
EXTRA_SOURCES = {
    "unassessed": INTEREST.model_copy(update={"assessment_ref": ""}),
    "unwritten": INTEREST.model_copy(update={"documentation": ""}),
    "groundless": SourcePolicy(
        documentation="A list; each row names its own ground.",
        own_bases=("LIA-9", "existing customer"),
        electronic_marketing="none",
        electronic_marketing_reason="The lab writes to nobody.",
    ),
    "shortlived": INTEREST.model_copy(update={"retention_days": 365}),
}


@dataclass(frozen=True)
class Case:
    """A row of a source and what the rule says of it, for e-mail and for calls."""

    name: str
    source: str
    reasons: tuple[str, str]
    cells: dict[str, str] = field(default_factory=dict)
    domain: str = "ok.test"

    @property
    def email(self) -> str:
        return f"{self.name.replace(' ', '.')}@{self.domain}"


CASES = [
    Case("documented interest", "crm", (ALLOWED, ALLOWED)),
    Case("interest without assessment", "unassessed", (NO_BASIS, NO_BASIS)),
    Case("interest nobody wrote down", "unwritten", (NO_BASIS, NO_BASIS)),
    Case("contract", "shop", (ALLOWED, ALLOWED)),
    Case("no source at all", "bought", (NO_BASIS, NO_BASIS)),
    Case("an undeclared folder", "surprise", (NO_BASIS, NO_BASIS)),
    Case("consent source and no consent", "newsletter", (NO_BASIS, NO_BASIS)),
    Case("consent given", "newsletter", (ALLOWED, NO_BASIS), {"consent_date": "2026-01-05"}),  # channels: e-mail only
    Case(
        "consent withdrawn",
        "newsletter",
        (STOPPED, STOPPED),
        {"consent_date": "2026-01-05", "withdrawn_date": "2026-02-05"},
    ),
    Case("own basis in a documented source", "groundless", (ALLOWED, ALLOWED), {"legitimate_interest_basis": "LIA-9"}),
    Case(
        "own basis among other words",
        "groundless",
        (ALLOWED, ALLOWED),
        {"legitimate_interest_basis": "Existing customer (similar products)"},
    ),
    Case("own basis nobody listed", "groundless", (NO_BASIS, NO_BASIS), {"legitimate_interest_basis": "LIA-91"}),
    Case("a refusal is no basis", "groundless", (STOPPED, STOPPED), {"legitimate_interest_basis": "No"}),
    Case("a refused interest restricts", "crm", (STOPPED, STOPPED), {"legitimate_interest_basis": "Widerspruch"}),
    Case(
        "an own basis is no consent", "newsletter", (NO_BASIS, NO_BASIS), {"legitimate_interest_basis": "consent only"}
    ),
    Case(
        "consent from research",
        "newsletter",
        (NO_BASIS, NO_BASIS),
        {"consent_date": "2026-01-05", "consent_source": "LinkedIn research"},
    ),
    Case("no basis in a documented source", "groundless", (NO_BASIS, NO_BASIS)),
    Case("own basis in a bought list", "bought", (NO_BASIS, NO_BASIS), {"legitimate_interest_basis": "LIA-9"}),
    Case("true in a bought list", "bought_with_flags", (NO_BASIS, NO_BASIS), {"can_email": "true", "can_call": "yes"}),
    Case("consent in a bought list", "bought", (NO_BASIS, NO_BASIS), {"consent_date": "2026-01-05"}),
    Case(
        "retention of the row",
        "crm",
        (EXPIRED, EXPIRED),
        {"source_date": "2024-01-05", "retention_period": "1_year"},
    ),
    Case("retention of the source", "shortlived", (EXPIRED, EXPIRED), {"source_date": "2024-01-05"}),
    Case(
        "the shorter retention counts",
        "shortlived",
        (EXPIRED, EXPIRED),
        {"source_date": "2024-01-05", "retention_period": "P9Y"},
    ),
    Case("retention that lasts", "shortlived", (ALLOWED, ALLOWED), {"source_date": "2026-06-05"}),
    Case("hard bounce", "crm", ("hard_bounce", ALLOWED), {"hard_bounce": "true"}),
    Case("email opt out", "crm", (STOPPED, ALLOWED), {"Email Opt Out": "1"}),
    Case("email opt out date", "crm", (STOPPED, ALLOWED), {"email_opt_out_date": "2026-01-05"}),
    Case("opt out date", "crm", (STOPPED, STOPPED), {"opt_out_date": "2026-01-05"}),
    Case("unreadable flag", "crm", (STOPPED, ALLOWED), {"Email Opt Out": "perhaps"}),
    Case("do not call", "crm", (ALLOWED, STOPPED), {"Do Not Call": "yes"}),
    Case("false can email", "crm", (STOPPED, ALLOWED), {"can_email": "false"}),
    Case("false can call", "crm", (ALLOWED, STOPPED), {"can_call": "no"}),
    Case("suppression list", "crm", (STOPPED, ALLOWED), {"suppression_list": "global"}),
    Case("deletion requested", "crm", ("deletion_requested", "deletion_requested"), {"deletion_requested": "true"}),
    Case("dead domain", "crm", ("invalid", ALLOWED), domain="nowhere.test"),
    Case("wrong number", "crm", (ALLOWED, "not_identified"), {"phone": "+49 12"}),
    Case("no number", "crm", (ALLOWED, "no_address"), {"phone": ""}),
]


def land_all(lab: Lab) -> None:
    lab.with_policy(sources=dict(lab.session.policy.sources) | EXTRA_SOURCES)
    for source in {case.source: None for case in CASES}:
        cases = [case for case in CASES if case.source == source]
        columns = ["email", "phone", *dict.fromkeys(c for case in cases for c in case.cells if c != "phone")]
        rows = [
            [{"email": case.email, "phone": NUMBER.format(CASES.index(case)), **case.cells}.get(c) for c in columns]
            for case in cases
        ]
        lab.drop(source, people(rows, ",".join(columns)))


def test_every_reason_of_the_rule(lab: Lab) -> None:
    land_all(lab)
    expected = {case.email: case.reasons for case in CASES}
    found = {case.email: tuple(lab.why(case.email)) for case in CASES}
    assert found == expected
    assert {email: lab.may(email) for email in expected} == {
        email: (a == ALLOWED, b == ALLOWED) for email, (a, b) in expected.items()
    }
    assert {
        (reason, allowed) for reason, allowed in lab.rows("select distinct reason, allowed from curated.contactability")
    } == {(reason, reason == ALLOWED) for pair in expected.values() for reason in pair}
    mailable = {email for (email,) in lab.rows("select email from curated.mailable_contacts")}
    assert mailable == set()  # nobody asked a mailbox, and the policy wants `valid`
    lab.with_policy(email={"allow_special_use_domains": True, "mailable_verdicts": ["unknown/mailbox_not_checked"]})
    mailable = {email for (email,) in lab.rows("select email from curated.mailable_contacts")}
    assert mailable == {email for email, (reason, _) in expected.items() if reason == ALLOWED}
    may_be_called = {email for (email,) in lab.rows("select email from curated.callable_contacts")}
    assert may_be_called == {email for email, (_, reason) in expected.items() if reason == ALLOWED}


# Records of one person in a source whose basis is consent: (type, given, withdrawn) → what the rule says of e-mail.
JAN, FEB, MAR = "2026-01-05", "2026-02-05", "2026-03-05"
CONSENTS: dict[str, tuple[list[tuple[str, str | None, str | None]], str]] = {
    "none": ([], NO_BASIS),
    "e-mail": ([("email", JAN, None)], ALLOWED),
    "any": ([("any", JAN, None)], ALLOWED),
    "for calls only": ([("phone", JAN, None)], NO_BASIS),
    "of unknown type": ([("raffle", JAN, None)], NO_BASIS),
    "without a date": ([("email", None, None)], NO_BASIS),
    "withdrawn in its record": ([("email", JAN, FEB)], "consent_withdrawn"),
    "withdrawn by a later record": ([("email", JAN, None), ("email", None, FEB)], "consent_withdrawn"),
    "withdrawn for everything": ([("email", JAN, None), ("any", None, FEB)], "consent_withdrawn"),
    "withdrawn for who knows what": ([("email", JAN, None), ("raffle", None, FEB)], "consent_withdrawn"),
    "withdrawn for calls": ([("email", JAN, None), ("phone", None, FEB)], ALLOWED),
    "given again": ([("email", JAN, FEB), ("email", MAR, None)], ALLOWED),
    "given again for e-mail": ([("any", JAN, FEB), ("email", MAR, None)], ALLOWED),
    "given again for calls": ([("email", JAN, FEB), ("phone", MAR, None)], "consent_withdrawn"),
    "given and withdrawn on one day": ([("email", FEB, None), ("email", None, FEB)], "consent_withdrawn"),
}


def test_consent_and_its_withdrawal(lab: Lab) -> None:
    emails = {name: f"{name.replace(' ', '.')}@ok.test" for name in CONSENTS}
    key = lab.take("newsletter", csv("email", *emails.values()))
    for name, (records, _) in CONSENTS.items():
        for kind, given, withdrawn in records:
            lab.do(
                "insert into core.consent_records (contact_id, consent_type, consent_date, withdrawn_date)"
                " select id, %s, %s, %s from core.contacts where email = %s",
                kind,
                given,
                withdrawn,
                emails[name],
            )
    lab.run(key)
    assert {name: lab.why(emails[name])[0] for name in CONSENTS} == {name: r for name, (_, r) in CONSENTS.items()}
    assert {name: lab.may(emails[name])[0] for name in CONSENTS} == {
        name: reason == ALLOWED for name, (_, reason) in CONSENTS.items()
    }


@pytest.fixture
def ada(lab: Lab) -> Iterator[str]:
    """Somebody who may be contacted on both channels."""
    lab.drop("crm", csv("Record ID,email,email 2,phone", f"1,ada@ok.test,ada@ok2.test,{NUMBER.format(0)}"))
    assert lab.may("ada@ok.test") == (True, True)
    yield "ada@ok.test"


def test_a_row_put_in_by_hand_is_never_contactable(lab: Lab, ada: str) -> None:
    lab.do("insert into core.contacts (email, phone) values ('bob@ok.test', '+4915123456799')")
    lab.do("update core.contacts set can_email = true, can_call = true where email = 'bob@ok.test'")
    assert lab.why("bob@ok.test") == ("not_identified", "not_identified")
    lab.sync_permissions()
    assert lab.may("bob@ok.test") == (False, False)
    assert lab.value("select count(*) from curated.contacts where email = 'bob@ok.test'") == 0


def test_a_source_that_leaves_the_policy_takes_the_permission_with_it(lab: Lab, ada: str) -> None:
    sources = dict(lab.session.policy.sources)
    del sources["crm"]
    lab.with_policy(sources=sources)
    assert lab.sync_permissions().counts["changed"] == 1
    assert lab.may(ada) == (False, False)


def test_one_lasting_basis_is_enough(lab: Lab) -> None:
    lab.drop("crm", csv("email,source_date,retention_period", "ada@ok.test,2020-01-01,1_year"))
    assert lab.why("ada@ok.test")[0] == EXPIRED
    lab.drop("shop", csv("email", "ada@ok.test"))
    assert lab.why("ada@ok.test")[0] == ALLOWED


def test_without_dns_nobody_loses_a_permission(lab: Lab, ada: str, dns: DnsServer) -> None:
    dns.zone["ok.test"] = dns.zone["servfail.test"]
    lab.passes(days=91)
    lab.run(lab.value("select key from raw.drops"))
    assert lab.contact(ada)["email_sub_status"] == "dns_failure"
    assert lab.may(ada) == (True, True)
