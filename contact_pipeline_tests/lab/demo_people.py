"""The demo's second half: what the providers of people and companies added to the list, against persons.py."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from contact_pipeline.core.providers import PROFILE_LAYERS
from contact_pipeline.core.report import StageReport
from contact_pipeline.people.comparing import is_same
from contact_pipeline.stage.session import Session
from contact_pipeline_tests.lab.people import Person
from contact_pipeline_tests.lab.persons import Oddity, company_of, email_of, oddity_of, person_of

VERDICTS = ("yes", "no", "unknown")
BANDS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)  # of identity_confidence; each with its lower end, the last with both
_NOT_AS_TOLD = (Oddity.ABSURD, Oddity.FORMULA)


@dataclass(frozen=True)
class AskedLine:
    """One provider in one layer. answered: it told something; unknown: it has nobody of that name. US dollars."""

    provider: str
    layer: str
    asked: int
    answered: int
    unknown: int
    price: float


@dataclass(frozen=True)
class FieldLine:
    """One field. filled: it was empty. replaced: it had another value. agreeing: of both, those that are true."""

    filled: int
    replaced: int
    agreeing: int


@dataclass
class Enriched:
    """What came of it. before, after: completeness, 0-1. refused: values and answers not kept, by rule."""

    people: int
    before: float
    after: float
    asked: list[AskedLine]
    fields: dict[str, FieldLine]
    refused: dict[str, int]
    checks: dict[str, Counter[str]]
    confidence: Counter[float]
    reviews: Counter[str] = field(default_factory=Counter)

    @property
    def share_true(self) -> float:
        """Of all values that were filled or replaced."""
        changed = sum(line.filled + line.replaced for line in self.fields.values())
        return sum(line.agreeing for line in self.fields.values()) / changed if changed else 0.0


def look_at(session: Session, people: Sequence[Person], told: StageReport) -> Enriched:
    """After `enrich`, whose report is `told`."""
    prefix = "refused "
    refused = {rule.removeprefix(prefix): n for rule, n in told.counts.items() if rule.startswith(prefix)}
    with session.connection("demo") as connection:
        asked = connection.execute(
            "select provider, layer, count(*), count(*) filter (where outcome = 'answered'),"
            " count(*) filter (where outcome = 'not_found'), sum(price)::float from ops.provider_calls"
            " where layer = any (%s) group by 1, 2 order by min(id)",
            ([str(layer) for layer in PROFILE_LAYERS],),
        ).fetchall()
        changes = connection.execute(
            "select r.email_normalized, h.field_name, h.old_value is null, h.new_value from core.enrichment_history h"
            " join core.contact_sources s using (contact_id)"
            " join raw.landed_rows r on (r.drop_key, r.row_number) = (s.drop_key, s.row_number)"
            " where h.data_source like 'provider:%'"
        ).fetchall()
        before, after = connection.execute(
            "select completeness_before, completeness_after from ops.enrichment_runs"
        ).fetchone() or (0.0, 0.0)
        checks = connection.execute(
            "select check_name, verdict, count(*) from core.identity_checks group by 1, 2 order by 1"
        ).fetchall()
        sure = connection.execute(
            "select identity_confidence::float from curated.identity_confirmation where identity_confidence is not null"
        ).fetchall()
        reviews = connection.execute("select kind, count(*) from ops.reviews group by 1").fetchall()
    verdicts: dict[str, Counter[str]] = {}
    for check, verdict, number in checks:
        verdicts.setdefault(check, Counter())[verdict] += number
    return Enriched(
        len(people),
        before,
        after,
        [AskedLine(*row) for row in asked],
        _fields(people, changes),
        refused,
        verdicts,
        Counter(_band(share) for (share,) in sure),
        Counter(dict(reviews)),
    )


def truth_about(person: Person) -> dict[str, str]:
    """What is true of somebody on the list, by field; who is behind no known address has only an employer, if any."""
    domain, oddity = person.email.partition("@")[2], oddity_of(person.email)
    company = company_of(domain)
    facts = {"company": company.name, "company_domain": domain} if company else {}
    email = email_of(person.given, person.family, domain) if oddity is None else person.email
    known = person_of(email) if email and oddity is not Oddity.STRANGER else None
    if known is None:
        return facts
    told = {
        "name": f"{person.given} {person.family}", "given_name": person.given, "family_name": person.family,
        "email": known.email, "phone": known.phone, "title": None if oddity in _NOT_AS_TOLD else known.title,
        "seniority": known.seniority, "company": known.company, "company_domain": known.company_domain,
        "linkedin_url": f"https://www.linkedin.com/in/{known.linkedin}", "location": known.location,
        "country": known.country,
    }  # fmt: skip
    return facts | {name: value for name, value in told.items() if value}


def _fields(people: Sequence[Person], changes: Sequence[tuple[str, str, bool, str]]) -> dict[str, FieldLine]:
    truths = {person.email: truth_about(person) for person in people}
    filled: Counter[str] = Counter()
    replaced: Counter[str] = Counter()
    agreeing: Counter[str] = Counter()
    for email, name, was_empty, value in changes:
        (filled if was_empty else replaced)[name] += 1
        truth = truths[email].get(name)
        agreeing[name] += truth is not None and is_same(name, truth, value)
    return {name: FieldLine(filled[name], replaced[name], agreeing[name]) for name in sorted(filled | replaced)}


def _band(share: float) -> float:
    return max(low for low in BANDS[:-1] if share >= low)


def report(found: Enriched) -> Iterator[str]:
    """The section that `make demo` prints."""
    yield f"\nWhat providers of people and companies added to {found.people} people, each asked only for what was open"
    yield f"{'':20}{'':10}{'asked':>10}{'answered':>10}{'unknown':>10}{'US $':>10}"
    for line in found.asked:
        numbers = f"{line.asked:>10}{line.answered:>10}{line.unknown:>10}{line.price:>10.2f}"
        yield f"{line.provider:20}{line.layer:10}{numbers}"
    yield f"\n{'field':20}{'filled':>10}{'replaced':>10}{'true':>10}{'share true':>12}"
    for name, each in found.fields.items():
        share = each.agreeing / (each.filled + each.replaced)
        yield f"{name:20}{each.filled:>10}{each.replaced:>10}{each.agreeing:>10}{share:>12.1%}"
    yield (
        f"Of all values filled or replaced {found.share_true:.1%} are true. Key fields known: {found.before:.1%} of"
        + (f" them before, {found.after:.1%} after.")
    )
    refused = ", ".join(f"{rule} {number}" for rule, number in sorted(found.refused.items())) or "none"
    yield f"Refused, because they were about somebody else or not fit to be kept: {refused}."
    asked = ", ".join(f"{kind} {number}" for kind, number in sorted(found.reviews.items())) or "none"
    yield f"Left for a person to decide: {asked}."
    yield f"\n{'is it really them':20}" + "".join(f"{word:>10}" for word in VERDICTS)
    for check, row in found.checks.items():
        yield f"{check:20}" + "".join(f"{row[word] or '.':>10}" for word in VERDICTS)
    yield (
        "identity_confidence: "
        + ", ".join(f"{low:.1f}-{high:.1f} {found.confidence[low]}" for low, high in pairwise(BANDS))
        + f" of {found.confidence.total()} people who were told about"
    )
