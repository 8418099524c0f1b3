"""Who is asked about what: which fields of a contact are missing or decayed, and what makes them known. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from contact_pipeline.people.comparing import comparable, is_same
from contact_pipeline.profiles.ports import PersonAnswer, PersonQuestion
from contact_pipeline.profiles.precedence import Candidate, Origin, Precedence

# What an answer can say of a person; the key fields of the policy are among them.
FIELDS = (
    "name", "given_name", "family_name", "email", "phone", "title", "seniority", "company", "company_domain",
    "linkedin_url", "location", "country",
)  # fmt: skip
VERIFIED = frozenset({"email", "phone"})
# These follow from the others, in one statement for everybody (adapters/postgres/sql/functions/parts.sql).
PARTS = frozenset({"given_name", "family_name", "seniority", "company_domain", "country"})
COMPANY_FIELDS = frozenset({"company", "company_domain"})

Contact = Mapping[str, Any]  # a row of core.contacts: FIELDS and the statuses of its address and number


@dataclass(frozen=True)
class Wanted:
    """What the policy wants to know of everybody, and for how long what is bought counts."""

    key_fields: Sequence[str]
    profile_days: int
    company_days: int

    def days(self, field: str) -> int:
        """For how long a bought value of a field is fresh."""
        return self.company_days if field in COMPANY_FIELDS else self.profile_days


def question_about(contact: Contact) -> PersonQuestion:
    """What may be told of the person. A dead address still names them."""
    return PersonQuestion(
        email=contact["email"],
        linkedin_url=contact["linkedin_url"],
        phone=contact["phone_e164"],
        name=contact["name"],
        given_name=contact["given_name"],
        family_name=contact["family_name"],
        company=contact["company"],
        company_domain=employer_domain(contact),
    )


def employer_domain(contact: Contact) -> str | None:
    """Of the company; else the address's, unless that is a public provider's (derived facts come only after this)."""
    if contact["company_domain"]:
        return str(contact["company_domain"]) if contact["email_is_free"] is not True else None
    if contact["email"] and contact["email_is_free"] is False and contact["email_status"] != "invalid":
        return str(contact["email"]).rpartition("@")[2].lower()
    return None


def status_of(contact: Contact, field: str) -> str | None:
    """What verification says of the value that a field has now; None: nothing is verified there."""
    if field == "email":
        return "invalid" if contact["hard_bounce"] else str(contact["email_status"])
    return str(contact["phone_status"]) if field == "phone" else None


def wanted_fields(
    contact: Contact, candidates: Mapping[str, Sequence[Candidate]], *, wanted: Wanted, table: Precedence, now: datetime
) -> set[str]:
    """Key fields that are empty, dead (an invalid or bounced address counts as missing), or bought and decayed.

    A value that the person gave us, or that somebody of ours confirmed, does not decay: no provider could replace it.
    """
    found = set()
    for field in wanted.key_fields:
        value = contact[field]
        if not value or table.rule(field).verification.get(status_of(contact, field) or "", 1.0) == 0:
            found.add(field)
            continue
        sayers = [c for c in candidates.get(field, ()) if c.value == value]
        # A contact's turn comes up to a tenth early (core.jittered): what decays until the next turn is asked for now.
        limit = now - timedelta(days=0.9 * wanted.days(field))
        is_bought = bool(sayers) and all(c.origin is Origin.BOUGHT for c in sayers)
        if is_bought and all(c.said_at < limit for c in sayers):
            found.add(field)
    return found


def claims_of(
    answers: Iterable[tuple[str, datetime, PersonAnswer]],
) -> dict[str, list[Candidate]]:
    """provider, when, answer → by field, what is claimed. A provider that states no confidence is taken at its word;
    how much its word weighs says the policy's trust."""
    claims: dict[str, list[Candidate]] = {}
    for provider, said_at, answer in answers:
        confidence = 1.0 if answer.confidence is None else answer.confidence
        for field in FIELDS:
            value = getattr(answer, field)
            if value:
                claims.setdefault(field, []).append(
                    Candidate(value, Origin.BOUGHT, f"provider:{provider}", confidence, said_at)
                )
    return claims


def dead_values(
    contact: Contact, candidates: Mapping[str, Sequence[Candidate]], *, table: Precedence
) -> frozenset[str]:
    """Addresses and numbers of somebody that verification weighs 0, in the spelling for comparison."""
    found = set()
    for field in VERIFIED:
        weights = table.rule(field).verification
        said = [(c.value, c.status) for c in candidates.get(field, ())]
        if contact[field]:
            said.append((contact[field], status_of(contact, field)))
        found |= {comparable(field, value) for value, status in said if status and weights.get(status, 1.0) == 0}
    return frozenset(found)


def still_wanted(
    contact: Contact,
    wanted: set[str],
    claims: Mapping[str, Sequence[Candidate]],
    *,
    table: Precedence,
    dead: frozenset[str] = frozenset(),
) -> set[str]:
    """The fields that no answer makes known with enough confidence: the next provider is asked for these only.

    dead: see dead_values. A provider that repeats a dead address has not made one known.
    """

    def is_known(field: str, claim: Candidate) -> bool:
        if field in VERIFIED and comparable(field, claim.value) in dead:
            return False
        is_ours = contact[field] and is_same(field, claim.value, contact[field])
        status = status_of(contact, field) if is_ours else claim.status
        return table.belief(field, replace(claim, status=status)) >= table.sufficient

    return {field for field in wanted if not any(is_known(field, claim) for claim in claims.get(field, ()))}
