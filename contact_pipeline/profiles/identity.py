"""How sure we are that a contact is a real person as written: seven questions, each yes, no or unknown, and one number.

identity_confidence = sum of the weights of every yes, less those of every no, and at least 0. Unknown adds nothing: a
contact that nobody could say anything about has 0, which is honest, not bad.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from contact_pipeline.people.comparing import is_same
from contact_pipeline.profiles.ports import PersonAnswer

ACTIVE_WITHIN = timedelta(days=90)


class Check(StrEnum):
    """The questions."""

    PROFILE_EXISTS = "profile_exists"
    NAME_MATCHES = "name_matches"
    TITLE_MATCHES = "title_matches"
    COMPANY_MATCHES = "company_matches"
    PHOTO_EXISTS = "photo_exists"
    ACTIVE_90_DAYS = "active_90_days"
    EMAIL_SEEN = "email_seen"


class Verdict(StrEnum):
    """Their answers."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


# A name that fits says most; a title changes with every promotion. The sum is 1.
WEIGHTS = {
    Check.PROFILE_EXISTS: 0.20,
    Check.NAME_MATCHES: 0.25,
    Check.COMPANY_MATCHES: 0.20,
    Check.TITLE_MATCHES: 0.10,
    Check.PHOTO_EXISTS: 0.05,
    Check.ACTIVE_90_DAYS: 0.10,
    Check.EMAIL_SEEN: 0.10,
}


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one provider said of the person; answer None: it looked and found no profile (`is_profile`)."""

    source: str
    seen_at: datetime
    answer: PersonAnswer | None
    is_profile: bool = False  # the public profile itself was looked at


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One question's answer. source and checked_at: who said so last; None for unknown. number: of the sources that
    agree, or that know the address."""

    check: Check
    verdict: Verdict
    source: str | None = None
    checked_at: datetime | None = None
    number: int | None = None


def confirm(
    *,
    name: str | None,
    title: str | None,
    company: str | None,
    sightings: Sequence[Sighting],
    today: date,
    email: str | None = None,
    said_by: Mapping[str, str] | None = None,
) -> list[CheckResult]:
    """Every question, answered from what providers said. What nobody reports is unknown, never no.

    name, title, company: as our lists have them. email: the address that was asked about. said_by: field → the source
    of our own value, which cannot confirm itself.
    """
    newest = sorted(sightings, key=lambda s: (s.seen_at, s.source, s.is_profile, repr(s.answer)), reverse=True)
    ours = {Check.NAME_MATCHES: name, Check.TITLE_MATCHES: title, Check.COMPANY_MATCHES: company}
    fields = {Check.NAME_MATCHES: "name", Check.TITLE_MATCHES: "title", Check.COMPANY_MATCHES: "company"}
    results = [_profile(newest)]
    owners = said_by or {}
    for check, value in ours.items():
        others = [s for s in newest if s.source != owners.get(fields[check])]
        results.append(_matches(check, fields[check], value, others))
    results.append(_first(Check.PHOTO_EXISTS, newest, lambda a: a.has_photo))
    results.append(
        _first(
            Check.ACTIVE_90_DAYS,
            newest,
            lambda a: None if a.last_active_on is None else today - a.last_active_on <= ACTIVE_WITHIN,
        )
    )
    results.append(_email_seen(email, [s for s in newest if s.source != owners.get("email")]))
    return results


def identity_confidence(results: Sequence[CheckResult]) -> float:
    """0-1, by the formula above."""
    sign = {Verdict.YES: 1, Verdict.NO: -1, Verdict.UNKNOWN: 0}
    return round(max(0.0, sum(sign[r.verdict] * WEIGHTS[r.check] for r in results)), 2)


def _profile(newest: Sequence[Sighting]) -> CheckResult:
    """Who looked at the profile itself decides; else a provider that names one says yes, and nobody says no."""
    looked = next((s for s in newest if s.is_profile), None)
    named = next((s for s in newest if s.answer and s.answer.linkedin_url), None)
    said = looked or named
    if said is None:
        return CheckResult(Check.PROFILE_EXISTS, Verdict.UNKNOWN)
    verdict = Verdict.YES if said.answer else Verdict.NO
    return CheckResult(Check.PROFILE_EXISTS, verdict, said.source, said.seen_at)


def _email_seen(email: str | None, newest: Sequence[Sighting]) -> CheckResult:
    """Who has the address among what they know; number: how many. No: only where somebody says that nobody has it."""
    knowing = {s.source: s for s in reversed(newest) if s.answer and _knows(s.answer, email)}
    if knowing:
        said = max(knowing.values(), key=lambda s: (s.seen_at, s.source))
        return CheckResult(Check.EMAIL_SEEN, Verdict.YES, said.source, said.seen_at, len(knowing))
    denying = next((s for s in newest if s.answer and s.answer.email_sources == 0), None)
    if denying is None:
        return CheckResult(Check.EMAIL_SEEN, Verdict.UNKNOWN)
    return CheckResult(Check.EMAIL_SEEN, Verdict.NO, denying.source, denying.seen_at, 0)


def _knows(answer: PersonAnswer, email: str | None) -> bool:
    return bool(answer.email_sources) or bool(email and answer.email and is_same("email", email, answer.email))


def _matches(check: Check, field: str, value: str | None, newest: Sequence[Sighting]) -> CheckResult:
    """Yes where at least as many sources agree as disagree; number: how many agree. Of a source its newest word."""
    by_source: dict[str, tuple[Sighting, str]] = {}
    for sighting in newest:
        if theirs := getattr(sighting.answer, field, None):
            by_source.setdefault(sighting.source, (sighting, theirs))
    said = list(by_source.values())
    if not value or not said:
        return CheckResult(check, Verdict.UNKNOWN)
    agreeing = [s for s, theirs in said if is_same(field, value, theirs)]
    verdict = Verdict.YES if 2 * len(agreeing) >= len(said) else Verdict.NO
    witness = next(s for s, theirs in said if is_same(field, value, theirs) == (verdict is Verdict.YES))
    return CheckResult(check, verdict, witness.source, witness.seen_at, len(agreeing))


def _first(check: Check, newest: Sequence[Sighting], fact: Callable[[PersonAnswer], bool | None]) -> CheckResult:
    """The newest word of anybody who says something."""
    for sighting in newest:
        if sighting.answer and (told := fact(sighting.answer)) is not None:
            return CheckResult(check, Verdict.YES if told else Verdict.NO, sighting.source, sighting.seen_at)
    return CheckResult(check, Verdict.UNKNOWN)
