"""What providers say of people, as claims: fit to be values of ours, in the spelling that a drop's row would have."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contact_pipeline.emails.normal_forms import sound_addresses
from contact_pipeline.profiles.planning import claims_of
from contact_pipeline.profiles.ports import CompanyAnswer
from contact_pipeline.profiles.precedence import Candidate, Origin
from contact_pipeline.profiles.questions import Answers, Somebody, claimable_answers, company_domains
from contact_pipeline.reading.links import profile_url


@dataclass(frozen=True, slots=True)
class KnownCompany:
    """What the most trusted provider says of a company, and when it said so."""

    answer: CompanyAnswer
    provider: str
    said_at: datetime

    @property
    def place(self) -> tuple[datetime, str]:
        """Among answers that are trusted alike: the later one, and of two at once always the same."""
        return self.said_at, self.provider

    def as_row(self, domain: str) -> dict[str, Any]:
        """Of core.companies."""
        a = self.answer
        return {
            "domain": domain, "name": a.name, "industry": a.industry, "employees": a.employees,
            "employee_range": a.employee_range, "founded_year": a.founded_year, "location": a.location,
            "country": a.country, "linkedin_url": a.linkedin_url, "data_source": f"provider:{self.provider}",
            "verified_at": self.said_at,
        }  # fmt: skip


def claim_rows(
    people: Sequence[Somebody], known: Answers, companies: Mapping[str, KnownCompany]
) -> list[dict[str, Any]]:
    """Rows of core.profile_claims, from what is fit to be a value of ours."""
    rows: list[dict[str, Any]] = []
    for person in people:
        claims = claims_of(claimable_answers(person, known))
        company = next((companies[d] for d in sorted(company_domains(person, known)) if d in companies), None)
        if company and (employer := company.answer.name) and not claims.get("company"):
            said_by = f"provider:{company.provider}"
            claims["company"] = [Candidate(employer, Origin.BOUGHT, said_by, 1.0, company.said_at)]
        for field, candidates in claims.items():
            rows += [
                {
                    "contact_id": person.id,
                    "field_name": field,
                    "data_source": c.source,
                    "value": c.value,
                    "confidence_score": round(c.confidence, 2),
                    "claimed_at": c.said_at,
                }
                for c in candidates
            ]
    sound = sound_addresses(row["value"] for row in rows if row["field_name"] == "email")
    # A provider may have been asked twice about somebody (who they are, which address they have): its last word counts.
    latest: dict[tuple[int, str, str], dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: (row["claimed_at"], row["value"])):
        value = sound.get(row["value"]) if row["field_name"] == "email" else _normal(row["field_name"], row["value"])
        if value is None:
            continue
        row["value"] = value
        latest[row["contact_id"], row["field_name"], row["data_source"]] = row
    return list(latest.values())


def _normal(field: str, value: str) -> str | None:
    """The spelling that a drop's row would have; None: it is no value of this field."""
    if field == "linkedin_url":
        return profile_url(value)
    if field == "country":
        return value if re.fullmatch("[A-Z]{2}", value) else None
    if field == "company_domain":
        return value.lower() if re.fullmatch(r"[^\s@/]+\.[^\s@/]+", value) else None
    return value
