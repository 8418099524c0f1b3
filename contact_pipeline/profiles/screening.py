"""Is an answer about the person who was asked about, and is every value of it fit to be kept? Pure.

A value that is absurd or that is meant to break a spreadsheet or a terminal is left out; an answer about somebody else
is refused whole. Both are counted by the words below; none of them holds a value.
"""

import re
import unicodedata
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import TypeVar

from contact_pipeline.profiles.comparing import comparable, is_same
from contact_pipeline.profiles.ports import CompanyAnswer, PersonAnswer, PersonQuestion

LONGEST = {"title": 200, "location": 200, "name": 200, "company": 200, "industry": 200}
LONGEST_ELSE = 300
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "|", "%")
# A + is how numbers begin; a formula needs more than digits, signs between them and an extension.
_NUMBER = re.compile(r"\+[\d\s().\-/]+(?:(?:x|ext\.?|#)\s*\d+)?", re.IGNORECASE)
OLDEST_YEAR, MOST_EMPLOYEES = 1200, 10_000_000

# Control characters (a terminal obeys ESC), bidi overrides, ends of lines and paragraphs, and what is no text.
_UNFIT = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"})

OTHER_PERSON = "other_person"
OTHER_COMPANY = "other_company"

A = TypeVar("A", PersonAnswer, CompanyAnswer)


@dataclass(frozen=True, slots=True)
class Screened:
    """answer: what may be kept; None: nothing. faults: rule names, each once for each value left out."""

    answer: PersonAnswer | CompanyAnswer | None
    faults: tuple[str, ...] = ()


def screen_person(question: PersonQuestion, answer: PersonAnswer, *, today: date) -> Screened:
    """Of a question without a company's domain (an address at a public provider) no employer is a wrong one."""
    kept, faults = _screen_texts(answer)
    if kept.last_active_on is not None and not date(2000, 1, 1) <= kept.last_active_on <= today:
        kept, faults = replace(kept, last_active_on=None), [*faults, "impossible_date"]
    if kept.confidence is not None and not 0 <= kept.confidence <= 1:
        kept, faults = replace(kept, confidence=None), [*faults, "impossible_number"]
    if kept.email_sources is not None and kept.email_sources < 0:
        kept, faults = replace(kept, email_sources=None), [*faults, "impossible_number"]
    if kept.company_facts is not None:
        company = screen_company(kept.company_facts.domain or kept.company_domain, kept.company_facts)
        found = company.answer if isinstance(company.answer, CompanyAnswer) else None
        kept, faults = replace(kept, company_facts=found), [*faults, *company.faults]
    if not is_about(question, kept):
        return Screened(None, (*faults, OTHER_PERSON))
    return Screened(kept, tuple(faults))


def screen_company(domain: str | None, answer: CompanyAnswer) -> Screened:
    """domain: what was asked about."""
    kept, faults = _screen_texts(answer)
    if kept.employees is not None and not 0 <= kept.employees <= MOST_EMPLOYEES:
        kept, faults = replace(kept, employees=None), [*faults, "impossible_number"]
    if kept.founded_year is not None and not OLDEST_YEAR <= kept.founded_year <= 2100:
        kept, faults = replace(kept, founded_year=None), [*faults, "impossible_date"]
    if domain and kept.domain and kept.domain.casefold() != domain.casefold():
        return Screened(None, (*faults, OTHER_COMPANY))
    return Screened(kept, tuple(faults))


def text_fault(field: str, value: str) -> str | None:
    """Why a text must not be kept."""
    if len(value) > LONGEST.get(field, LONGEST_ELSE):
        return "too_long"
    if any(unicodedata.category(c) in _UNFIT and c not in "\u200c\u200d" for c in value):  # joiners stand in names
        return "control_characters"
    if value.strip().startswith(FORMULA_STARTS) and not (field == "phone" and _NUMBER.fullmatch(value.strip())):
        return "formula"
    return None


def _screen_texts(answer: A) -> tuple[A, list[str]]:
    """Texts in NFC without space around them; the unfit and the empty are left out."""
    faults: list[str] = []
    changed: dict[str, str | None] = {}
    for field in fields(answer):
        value = getattr(answer, field.name)
        if not isinstance(value, str):
            continue
        text = unicodedata.normalize("NFC", value).strip()
        fault = text_fault(field.name, value.strip(" ")) if text else None
        if fault:
            faults.append(fault)
        if (fit := None if fault else text or None) != value:
            changed[field.name] = fit
    return (replace(answer, **changed) if changed else answer), faults  # type: ignore[arg-type]


def is_about(question: PersonQuestion, answer: PersonAnswer) -> bool:
    """Whether an answer speaks of who was asked about: by name, or, where a name cannot tell, by address or employer.

    Several people may share what an answer is remembered by (a switchboard's number), so this is asked again for each.
    """
    asked, answered = _full_name(question), _full_name(answer)
    if asked and answered and not is_same("name", asked, answered):
        return False
    if question.email is None and question.linkedin_url is None and question.phone is None:
        return _is_at(question, answer)  # a name alone: John Smith of another company is another John Smith
    if asked and answered:
        return True
    if question.email and answer.email and question.email.casefold() != answer.email.casefold():
        return False
    if question.linkedin_url and answer.linkedin_url:
        return is_same("linkedin_url", question.linkedin_url, answer.linkedin_url)
    if not question.company_domain or not answer.company_domain:
        return True
    if question.company_domain.casefold() == answer.company_domain.casefold():
        return True
    # Another employer alone is news; with a name that the address does not hold, it is another person.
    local = comparable("name", (question.email or "").partition("@")[0])
    words = [word for word in comparable("name", answered).split() if len(word) > 2]
    return not words or any(word in local for word in words)


def _full_name(of: PersonQuestion | PersonAnswer) -> str:
    """Also where it comes in parts."""
    return of.name or " ".join(filter(None, (of.given_name, of.family_name)))


def _is_at(question: PersonQuestion, answer: PersonAnswer) -> bool:
    """Whether an answer is about somebody at the domain that was asked about, as far as it says."""
    domains = {(answer.company_domain or "").casefold(), (answer.email or "").partition("@")[2].casefold()} - {""}
    return not question.company_domain or not domains or question.company_domain.casefold() in domains
