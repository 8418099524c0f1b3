"""Is an answer about the person who was asked about, and is every value of it fit to be kept? Pure.

A value that is absurd or that is meant to break a spreadsheet or a terminal is left out; an answer about somebody else
is refused whole. Both are counted by the words below; none of them holds a value. Of an answer that leaves open who is
meant only that is kept which a person needs to decide.
"""

import re
import unicodedata
from dataclasses import dataclass, fields, replace
from datetime import date
from enum import StrEnum
from typing import TypeVar

from contact_pipeline.people.comparing import comparable, is_same
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


class About(StrEnum):
    """Whom an answer speaks of."""

    THEM = "them"
    OTHER_NAME = "other_name"  # what was asked about, and another name: either our address or our name is wrong
    ELSEWHERE = "elsewhere"  # the same name at another company's domain: they moved, or it is a namesake
    OTHER_PERSON = "other_person"


# What a person needs to see of an answer, to say whom it is about.
_TO_DECIDE = {
    About.OTHER_NAME: ("name", "given_name", "family_name", "email", "linkedin_url"),
    About.ELSEWHERE: ("name", "given_name", "family_name", "company", "company_domain", "title"),
}

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
    whom = about(question, kept)
    if whom is About.THEM:
        return Screened(kept, tuple(faults))
    to_decide = {field: getattr(kept, field) for field in _TO_DECIDE.get(whom, ())}
    return Screened(PersonAnswer(**to_decide) if to_decide else None, (*faults, OTHER_PERSON))


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
    """Whether an answer may be used for who was asked about."""
    return about(question, answer) is About.THEM


def about(question: PersonQuestion, answer: PersonAnswer) -> About:
    """Whom an answer speaks of: by name, or, where a name cannot tell, by address or employer.

    Several people may share what an answer is remembered by (a switchboard's number), so this is asked again for each.
    """
    asked, answered = _full_name(question), _full_name(answer)
    is_named = bool(asked and answered)
    is_page_or_address = bool(question.email or question.linkedin_url)
    if is_named and not is_same("name", asked, answered):
        return About.OTHER_NAME if is_page_or_address and not _is_of_other(question, answer) else About.OTHER_PERSON
    if is_named and _is_elsewhere(question, answer):
        return About.ELSEWHERE
    if not is_page_or_address and question.phone is None:  # a name alone: John Smith elsewhere is another John Smith
        return About.THEM if _is_at(question, answer) else About.OTHER_PERSON
    if is_named:
        return About.THEM
    if question.email and answer.email and question.email.casefold() != answer.email.casefold():
        return About.OTHER_PERSON
    if question.linkedin_url and answer.linkedin_url:
        is_page = is_same("linkedin_url", question.linkedin_url, answer.linkedin_url)
        return About.THEM if is_page else About.OTHER_PERSON
    if not question.company_domain or not answer.company_domain:
        return About.THEM
    if question.company_domain.casefold() == answer.company_domain.casefold():
        return About.THEM
    # Another employer, and nobody has told a name of ours: with a name that the address does not hold, another person.
    local = comparable("name", (question.email or "").partition("@")[0])
    words = [word for word in comparable("name", answered).split() if len(word) > 2]
    if not words:
        return About.THEM
    return About.ELSEWHERE if any(word in local for word in words) else About.OTHER_PERSON


def _is_of_other(question: PersonQuestion, answer: PersonAnswer) -> bool:
    """The answer has another address or page than was asked about."""
    return any(
        asked and answered and not is_same(field, asked, answered)
        for field in ("email", "linkedin_url")
        for asked, answered in [(getattr(question, field), getattr(answer, field))]
    )


def _is_elsewhere(question: PersonQuestion, answer: PersonAnswer) -> bool:
    """Another company's domain: neither the company's nor its address's, nor one below or above, nor a company of that
    name."""
    if question.company and answer.company and is_same("company", question.company, answer.company):
        return False
    if not question.company_domain:
        return False  # an address at a public provider: no employer is a wrong one
    ours = {question.company_domain.casefold(), (question.email or "").rpartition("@")[2].casefold()} - {""}
    theirs = (answer.company_domain or "").casefold()
    if not theirs and not (question.email or question.linkedin_url or question.phone):
        theirs = (answer.email or "").rpartition("@")[2].casefold()  # all there is to tell namesakes apart
    return bool(theirs) and not any(_is_within(theirs, domain) or _is_within(domain, theirs) for domain in ours)


def _is_within(one: str, other: str) -> bool:
    return one == other or one.endswith(f".{other}")


def _full_name(of: PersonQuestion | PersonAnswer) -> str:
    """Also where it comes in parts."""
    return of.name or " ".join(filter(None, (of.given_name, of.family_name)))


def _is_at(question: PersonQuestion, answer: PersonAnswer) -> bool:
    """Whether an answer is about somebody at the domain that was asked about, as far as it says."""
    domains = {(answer.company_domain or "").casefold(), (answer.email or "").partition("@")[2].casefold()} - {""}
    return not question.company_domain or not domains or question.company_domain.casefold() in domains
