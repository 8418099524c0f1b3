"""What providers know of the people of a drop becomes values, reviews and a measure of identity.

Asked first, outside of any transaction; applied in one. Running it again changes nothing: the answers are the same, and
what wins does not depend on their order.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.asking.watch import watch_vendors
from contact_pipeline.core.providers import PROFILE_LAYERS, Layer
from contact_pipeline.core.report import Check
from contact_pipeline.profiles.checks import ANSWERS_FIT, STAGE
from contact_pipeline.profiles.claims import KnownCompany, claim_rows
from contact_pipeline.profiles.deciding import as_rows, merge_all, one_each
from contact_pipeline.profiles.enrichment_store import EnrichmentStore
from contact_pipeline.profiles.identity import CheckResult, Sighting, confirm, identity_confidence
from contact_pipeline.profiles.merging import agreement_by_field, as_listed, said_by
from contact_pipeline.profiles.ports import CompanyAnswer, company_from
from contact_pipeline.profiles.precedence import Candidate
from contact_pipeline.profiles.questions import (
    Answers,
    ProfileQuestions,
    Somebody,
    answers_about,
    answers_by_key,
    candidates_of,
    claimable_answers,
    company_domains,
    people_of,
    subject_key,
)
from contact_pipeline.profiles.rules import PROFILE_RULES
from contact_pipeline.profiles.screening import About
from contact_pipeline.stage.runs import fingerprint
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)


@dataclass(frozen=True)
class Enriched:
    """What came of it. figures: numbers for the asset's plots. finds_points: an address or number is new, so it has to
    be judged before the drop is published."""

    counts: Mapping[str, int]
    figures: Mapping[str, float]
    checks: tuple[Check, ...]
    finds_points: bool = False


def profile_version(session: Session) -> str:
    """Rules and providers: another provider may know what nobody knew."""
    return fingerprint(PROFILE_RULES, *session.vendors.of(*PROFILE_LAYERS))


def open_store(session: Session, connection: Any, drop_key: str) -> EnrichmentStore:
    """The tables behind enrichment, with the policy's parameters."""
    policy = session.policy.enrichment
    return EnrichmentStore(
        connection,
        drop_key,
        now=session.clock(),
        rules=profile_version(session),
        key_fields=policy.key_fields,
        refresh_days=policy.profile_refresh_days,
        company_days=policy.company_refresh_days,
        order=policy.order,
        linkedin_sources=policy.linkedin.sources,
    )


def enrich_people(session: Session, drop_key: str) -> Enriched:
    """Ask about the drop's people who are due, then apply what is known. Nothing is done where nobody is configured."""
    fits = ANSWERS_FIT.held(True)
    if not any(session.vendors.of(*PROFILE_LAYERS)):
        return Enriched({}, {}, (fits,))
    with session.connection(STAGE) as connection:
        store = open_store(session, connection, drop_key)
        if not store.begin():
            return Enriched({}, {}, (fits,))
        before = store.completeness()
        with session.connection(STAGE) as ledger_connection:
            questions = ProfileQuestions(session, ledger_connection, drop_key)
            for contacts in store.chunks():
                candidates = candidates_of(store.origins([c["contact_id"] for c in contacts]))
                questions.ask_about(people_of(session, contacts, candidates), store)
            by_field: Counter[str] = Counter()
            with store.writing():
                for contacts in store.chunks():
                    by_field.update(_apply(session, store, questions, contacts))
                watch_vendors(connection, drop_key, questions, session.policy.alerts, {})
                figures = _record(session, store, questions, by_field, before)
    refused = questions.refused
    checks = (ANSWERS_FIT.held(not refused, refused),)
    counts = {f"filled {field}": number for field, number in by_field.items()} | questions.counts()
    counts |= {f"refused {rule}": number for rule, number in refused.items()}
    return Enriched(counts, figures, checks, bool(by_field["email"] or by_field["phone"]))


def _apply(
    session: Session,
    store: EnrichmentStore,
    questions: ProfileQuestions,
    contacts: Sequence[Mapping[str, Any]],
) -> Counter[str]:
    """One chunk: claims, values, history, reviews, identity. Returns how often each field was filled or changed."""
    ids = [contact["contact_id"] for contact in contacts]
    people = people_of(session, contacts, candidates_of(store.origins(ids)))
    keys = [key for person in people for key in person.keys.values()]
    known = answers_by_key(store, keys)
    companies = _note_companies(session, store, people, known)
    store.upsert_claims(claim_rows(people, known, companies))
    candidates = candidates_of(store.origins(ids))
    rests = store.rests(
        [*keys, *(subject_key(session.key, domain) for p in people for domain in company_domains(p, known))],
        [str(layer) for layer in PROFILE_LAYERS],
    )
    by_field: Counter[str] = Counter()
    values: list[dict[str, Any]] = []
    history, noted, identity, reviews, settled, agreement = ([], [], [], [], [], [])  # type: ignore[var-annotated]
    merged = merge_all(session, store, people, candidates, reviews)
    for person in people:
        outcome = merged[person.id]
        rows, changes = as_rows(session, person.id, outcome.changes)
        values += rows
        history += changes
        by_field.update(change["field"] for change in changes if change["new"])
        settled += [{"contact_id": person.id, "field": field} for field in outcome.settled]
        reviews += _left_open(person, known)
    store.apply(values, history, enriched_by=STAGE, ids=ids)
    now = {contact["contact_id"]: contact for contact in store.contacts(ids)}
    for person in people:
        said = candidates.get(person.id, {})
        agreement += [
            {"contact_id": person.id, "field": field, "sources": sources, "agreeing": agreeing}
            for field, (sources, agreeing) in agreement_by_field(now[person.id], said).items()
        ]
        sightings = _sightings(person, known)
        results = _confirm(session, now[person.id], said, sightings) if sightings else []
        identity += [
            {
                "contact_id": person.id,
                "check_name": r.check,
                "verdict": r.verdict,
                "source": r.source,
                "checked_at": r.checked_at,
                "number": r.number,
            }
            for r in results
        ]
        noted.append(
            {"contact_id": person.id, "subject_key": person.keys[Layer.PERSON].hex(),
             "identity_confidence": identity_confidence(results) if results else None,
             "is_answered": bool(sightings), "due_at": questions.again_at(person, known, rests)}
        )  # fmt: skip
    store.upsert_identity(identity)
    store.upsert_agreement(agreement)
    store.open_reviews(one_each(reviews))
    store.close_settled_reviews(settled)
    store.note_profiles(noted)
    return by_field


def _note_companies(
    session: Session, store: EnrichmentStore, people: Sequence[Somebody], known: Answers
) -> dict[str, KnownCompany]:
    """core.companies, from the answers about companies and those that came with people. The most trusted word wins."""
    policy = session.policy.enrichment
    found: dict[str, tuple[float, KnownCompany]] = {}

    def note(domain: str, provider: str, said_at: datetime, answer: CompanyAnswer) -> None:
        trust, company = policy.trust_in(provider), KnownCompany(answer, provider, said_at)
        if domain not in found or (trust, said_at, provider) > (found[domain][0], *found[domain][1].place):
            found[domain] = trust, company

    domains: set[str] = set()
    for person in people:
        domains |= company_domains(person, known)
        for provider, said_at, said in claimable_answers(person, known):
            if said.company_facts and said.company_facts.domain:
                note(said.company_facts.domain.lower(), provider, said_at, said.company_facts)
    by_key = {subject_key(session.key, domain): domain for domain in sorted(domains)}
    for row in store.answers(list(by_key), [str(Layer.COMPANY)]):
        if row["facts"]:
            note(by_key[bytes(row["subject_key"])], row["provider"], row["answered_at"], company_from(row["facts"]))
    companies = {domain: company for domain, (_, company) in found.items()}
    store.upsert_companies([company.as_row(domain) for domain, company in companies.items()])
    return companies


def _sightings(person: Somebody, known: Answers) -> list[Sighting]:
    """What everybody has said of the person. Who has another name for what was asked about counts as well: as a no."""
    found = [
        Sighting(f"provider:{provider}", said_at, answer, layer is Layer.IDENTITY)
        for layer, provider, said_at, answer, _ in answers_about(person, known)
    ]
    key = person.keys.get(Layer.IDENTITY)
    looked = known.get((key, str(Layer.IDENTITY)), []) if key else []
    found += [Sighting(f"provider:{name}", at, None, True) for name, at, facts in looked if facts is None]
    return found


def _confirm(
    session: Session,
    contact: Mapping[str, Any],
    candidates: Mapping[str, list[Candidate]],
    sightings: Sequence[Sighting],
) -> list[CheckResult]:
    """contact: as it is now. Who gave us a value does not confirm it."""
    ours = as_listed(contact, candidates)
    return confirm(
        name=ours["name"],
        title=ours["title"],
        company=ours["company"],
        email=contact["email"],
        sightings=sightings,
        today=session.clock().date(),
        said_by=said_by(ours, candidates),
    )


def _left_open(person: Somebody, known: Answers) -> list[dict[str, Any]]:
    """An address or page that somebody of another name has, or the same name elsewhere: a person looks at it."""
    reviews = []
    for layer, provider, _, answer, whom in answers_about(person, known):
        if whom is About.THEM:
            continue
        fields = ("company", "company_domain", "title") if whom is About.ELSEWHERE else ("email", "linkedin_url")
        told = {field: value for field in fields if (value := getattr(answer, field))}
        name = answer.name or " ".join(filter(None, (answer.given_name, answer.family_name)))
        field = "company" if whom is About.ELSEWHERE else "linkedin_url" if layer is Layer.IDENTITY else "name"
        reviews.append(
            {"kind": "identity_conflict", "contact_id": person.id, "field": field,
             "details": {"proposed": answer.company or answer.company_domain if field == "company" else name,
                         "source": f"provider:{provider}", "name": name} | told}
        )  # fmt: skip
    return reviews


def _record(
    session: Session,
    store: EnrichmentStore,
    questions: ProfileQuestions,
    by_field: Counter[str],
    before: float | None,
) -> dict[str, float]:
    """The statistics of this run, as a row and as the figures that the UI plots."""
    asked = sum(tally.asked.total() for tally in questions.tallies)
    cost = sum(ledger.cost() for ledger in questions.ledgers)
    after = store.completeness()
    by_provider: dict[str, Counter[str]] = {}
    for tally in questions.tallies:
        for what, numbers in (("asked", tally.asked), ("answered", tally.answered), ("failed", tally.failed)):
            for name, number in numbers.items():
                by_provider.setdefault(name, Counter())[what] += number
    store.record(
        {"run_id": session.run_id, "contacts": store.due, "asked": asked, "found": by_field.total(),
         "refused": sum(questions.refused.values()), "cost": cost, "before": before, "after_share": after,
         "by_provider": json.dumps(by_provider), "by_field": json.dumps(by_field)}
    )  # fmt: skip
    return {
        "contacts_due": store.due, "asked": asked, "found": by_field.total(), "cost": round(cost, 4),
        "completeness_before": round(before or 0.0, 4), "completeness_after": round(after or 0.0, 4),
    }  # fmt: skip


def incomplete_drops(session: Session, *, limit: int) -> list[str]:
    """Drops that hold people of whom something is missing and whose turn has come; the most of them first."""
    policy = session.policy.enrichment
    if not any(session.vendors.of(*PROFILE_LAYERS)):
        return []
    with session.connection("daily_enrichment") as connection:
        steps = Script(
            connection,
            STEPS,
            now=session.clock(),
            rules=profile_version(session),
            key_fields=list(policy.key_fields),
            limit=limit,
        )
        return [row["key"] for row in steps.rows("incomplete_drops")]
