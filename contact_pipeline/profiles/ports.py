"""What the profile room asks of the outside world: who somebody is, and what their company is.

Answers are what a provider says, nothing more; whether they are about the right person is decided in
`profiles/screening.py`, and which of them wins in `profiles/precedence.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from contact_pipeline.core.providers import is_sendable

# What a provider of professional profiles can tell of a person: no address, no number.
PROFESSIONAL_FIELDS = frozenset({
    "name", "given_name", "family_name", "title", "seniority", "company", "company_domain", "linkedin_url", "location",
    "country",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class PersonQuestion:
    """Whom is asked about. Normalised values of ours; at least one of email, linkedin_url, phone, or a name with a
    company. phone: E.164. linkedin_url: https://www.linkedin.com/in/<slug>. company_domain: A-labels, lower case.
    """

    email: str | None = None
    linkedin_url: str | None = None
    phone: str | None = None
    name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    company: str | None = None
    company_domain: str | None = None

    @property
    def identity(self) -> str:
        """The strongest thing that names the person, and by which an answer is remembered: `kind:value`."""
        if self.email:
            return f"email:{self.email.lower()}"
        if self.linkedin_url:
            return f"linkedin:{self.linkedin_url}"
        if self.phone:  # a switchboard has many people
            return f"phone:{self.phone}\x1f{(self.name or '').casefold()}"
        where = self.company_domain or self.company or ""
        return f"name:{(self.name or '').casefold()}\x1f{where.casefold()}"

    @property
    def is_askable(self) -> bool:
        """It names somebody, and every text of it can be sent."""
        texts = [text for f in fields(self) if (text := getattr(self, f.name)) is not None]
        # A number alone names nobody: a switchboard has many people.
        is_somebody = bool(self.name and (self.phone or self.company or self.company_domain))
        is_named = bool(self.email or self.linkedin_url) or is_somebody
        return is_named and all(map(is_sendable, texts))


@dataclass(frozen=True, slots=True)
class CompanyAnswer:
    """What a provider says of a company. None: it says nothing. country: ISO 3166-1 alpha-2. employees: head count;
    where a range is all there is, its lower end, with the range as text in employee_range.
    """

    name: str | None = None
    domain: str | None = None
    industry: str | None = None
    employees: int | None = None
    employee_range: str | None = None
    founded_year: int | None = None
    location: str | None = None
    country: str | None = None
    linkedin_url: str | None = None

    def settled_status(self) -> str:
        """`unknown` where nothing was told."""
        return "known" if any(getattr(self, f.name) is not None for f in fields(self)) else "unknown"


@dataclass(frozen=True, slots=True)
class PersonAnswer:
    """What a provider says of a person. None: it says nothing.

    email, phone, linkedin_url: as the provider writes them. country: ISO 3166-1 alpha-2. seniority: in the provider's
    word, lower case. confidence: 0-1, only where the provider states one. has_photo: False only where the provider
    says that there is none. last_active_on: the last day the person was seen active. email_sources: on how many public
    pages the address was seen. company_facts: what came with the same call.
    """

    name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    email: str | None = None
    phone: str | None = None
    title: str | None = None
    seniority: str | None = None
    company: str | None = None
    company_domain: str | None = None
    linkedin_url: str | None = None
    location: str | None = None
    country: str | None = None
    confidence: float | None = None
    has_photo: bool | None = None
    last_active_on: date | None = None
    email_sources: int | None = None
    company_facts: CompanyAnswer | None = None

    def settled_status(self) -> str:
        """`unknown` where nothing was told."""
        return "known" if any(getattr(self, f.name) is not None for f in fields(self)) else "unknown"


def company_from(facts: Mapping[str, Any]) -> CompanyAnswer:
    """An answer as it was stored."""
    return CompanyAnswer(**facts)


def person_from(facts: Mapping[str, Any]) -> PersonAnswer:
    """An answer as it was stored."""
    day, company = facts.get("last_active_on"), facts.get("company_facts")
    special = {
        "last_active_on": date.fromisoformat(day) if day else None,
        "company_facts": company_from(company) if company else None,
    }
    return PersonAnswer(**dict(facts) | special)
