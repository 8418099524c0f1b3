"""Who is asked about the people of a drop: each provider only for what the ones before left open."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from contact_pipeline.adapters.postgres.engine import Connection
from contact_pipeline.asking.asker import Asker
from contact_pipeline.asking.bulk_jobs import BulkJobs
from contact_pipeline.asking.call_ledger import CallLedger, spent_by_run
from contact_pipeline.asking.configured import PROVIDER_RESTS, Asked
from contact_pipeline.asking.settling import BUDGET_EXHAUSTED
from contact_pipeline.core.pii import SubjectKey
from contact_pipeline.core.providers import Layer, Outcome, Reply, is_sendable
from contact_pipeline.profiles.enrichment_store import EnrichmentStore
from contact_pipeline.profiles.planning import (
    Wanted,
    claims_of,
    dead_values,
    employer_domain,
    question_about,
    still_wanted,
    wanted_fields,
)
from contact_pipeline.profiles.ports import CompanyAnswer, PersonAnswer, PersonQuestion, person_from
from contact_pipeline.profiles.precedence import Candidate, FieldRule, Origin, Place, Precedence
from contact_pipeline.profiles.screening import About, about, is_about, screen_company, screen_person
from contact_pipeline.stage.session import Session

PERSON_LAYERS = (Layer.PERSON, Layer.ADDRESS, Layer.IDENTITY)

Answers = dict[tuple[bytes, str], list[tuple[str, datetime, dict[str, Any] | None]]]


@dataclass(frozen=True)
class Somebody:
    """One contact with what is asked about them. keys: of the questions, and of the company's domain."""

    contact: Mapping[str, Any]
    wanted: set[str]
    person: PersonQuestion
    address: PersonQuestion | None
    profile: PersonQuestion | None
    keys: Mapping[Layer, bytes]
    dead: frozenset[str]  # addresses and numbers of theirs that are of no use

    def question(self, layer: Layer) -> PersonQuestion | None:
        """What is asked on a layer of PERSON_LAYERS."""
        return {Layer.PERSON: self.person, Layer.ADDRESS: self.address, Layer.IDENTITY: self.profile}[layer]

    @property
    def id(self) -> int:
        """The contact."""
        return int(self.contact["contact_id"])


def subject_key(key: SubjectKey, subject: PersonQuestion | str) -> bytes:
    """By which an answer is remembered: of an address the same key that core.contacts has; of a company its domain."""
    if isinstance(subject, str):
        return key.digest(f"domain:{subject}")
    if subject.email:
        return key.email(subject.email)
    return key.digest(subject.identity)


def precedence(session: Session) -> Precedence:
    """The policy's table, as the profile room knows it."""
    wanted = session.policy.enrichment
    return Precedence(
        trust={f"provider:{name}": wanted.trust_in(name) for name in (*wanted.providers, *wanted.trust)},
        fields={
            name: FieldRule(
                line.half_life_days,
                line.verification,
                # a provider's name or a source's
                {k: v for who, v in line.trust.items() for k in (who, f"provider:{who}")},
            )
            for name, line in wanted.fields.items()
        },
        sufficient=wanted.sufficient_confidence,
        margin=wanted.review_margin,
    )


def candidates_of(rows: Iterable[Mapping[str, Any]]) -> dict[int, dict[str, list[Candidate]]]:
    """contact → field → what is claimed, from the store's `origins`."""
    found: dict[int, dict[str, list[Candidate]]] = {}
    for row in rows:
        candidate = Candidate(
            row["value"],
            Origin(row["origin"]),
            row["source"],
            row["confidence"],
            row["said_at"],
            row["status"],
            Place(row["place"], row["row_number"]),
        )
        found.setdefault(row["contact_id"], {}).setdefault(row["field"], []).append(candidate)
    return found


def people_of(
    session: Session, contacts: Sequence[Mapping[str, Any]], candidates: Mapping[int, Mapping[str, list[Candidate]]]
) -> list[Somebody]:
    """The contacts of a chunk, with what is wanted of each and the questions that may be asked."""
    policy, table, now = session.policy.enrichment, precedence(session), session.clock()
    wanted = Wanted(policy.key_fields, policy.profile_refresh_days, policy.company_refresh_days)
    people = []
    for contact in contacts:
        of_this = candidates.get(contact["contact_id"], {})
        fields = wanted_fields(contact, of_this, wanted=wanted, table=table, now=now)
        person = question_about(contact)
        # Its own question and key: who a person is does not say which address they have.
        nameless = replace(person, email=None, linkedin_url=None, phone=None)
        is_named = nameless.is_askable and bool(nameless.name or nameless.given_name)
        profile = PersonQuestion(linkedin_url=person.linkedin_url) if contact["is_linkedin_source"] else None
        profile = profile if profile and profile.is_askable else None
        address = nameless if "email" in fields and is_named else None
        questions = {Layer.PERSON: person, Layer.ADDRESS: address, Layer.IDENTITY: profile}
        keys = {layer: subject_key(session.key, q) for layer, q in questions.items() if q is not None}
        if domain := employer_domain(contact):
            keys[Layer.COMPANY] = subject_key(session.key, domain)
        dead = dead_values(contact, of_this, table=table)
        people.append(Somebody(contact, fields, person, address, profile, keys, dead))
    return people


class ProfileQuestions(Asked):
    """Asks the providers of people and companies, one after the other, within the day's budget."""

    def __init__(self, session: Session, connection: Connection, drop_key: str) -> None:
        self._session = session
        self._table = precedence(session)
        self._now = session.clock()
        self.askers, self.ledgers = [], []
        self._by_layer: dict[Layer, list[tuple[Any, Asker]]] = {}
        self._opted_out: set[bytes] = set()  # keys of questions
        vendors, policy = session.vendors, session.policy.enrichment
        spent = spent_by_run(connection, session.run_id) if session.run_id else {}
        for layer in (*PERSON_LAYERS, Layer.COMPANY):
            for name in vendors.names.get(layer, ()):
                provider = vendors.make(layer, name)
                ledger = CallLedger(
                    connection,
                    layer,
                    now=self._now,
                    refresh_days=session.policy.periods[str(layer)],
                    budgets=vendors.budgets,
                    configured=[name],
                    providers=[name],
                    drop_key=drop_key,
                    run_id=session.run_id,
                    clock=session.clock,
                    spent=spent,
                    daily=policy.daily_budget,
                )
                asker = Asker(
                    ledger, [(provider, vendors.price(layer, name))], key=lambda s: subject_key(session.key, s),
                    jobs=BulkJobs(ledger), bucket=vendors.bucket, is_askable=_is_askable,
                    screen=self._screen,
                )  # fmt: skip
                self.ledgers.append(ledger)
                self.askers.append(asker)
                self._by_layer.setdefault(layer, []).append((provider, asker))

    def ask_about(self, people: Sequence[Somebody], store: EnrichmentStore) -> None:
        """One chunk of people, then the companies that they and the answers name."""
        store.note_questions(
            [
                {"contact_id": person.id, "subject_key": key.hex()}
                for person in people
                for layer, key in person.keys.items()
                if layer is not Layer.COMPANY
            ]
        )
        for layer, question in ((Layer.PERSON, _person), (Layer.ADDRESS, _address)):
            self._waterfall(layer, people, question, store)
        for _, asker in self._by_layer.get(Layer.IDENTITY, ()):
            asker.ask([p.profile for p in self._willing(people) if p.profile])
        self._ask_companies(self._willing(people), store)

    def _willing(self, people: Sequence[Somebody]) -> list[Somebody]:
        """Without those who have just told a provider to stop; the ledger has written that down."""
        return [person for person in people if self._opted_out.isdisjoint(person.keys.values())]

    def _waterfall(
        self,
        layer: Layer,
        people: Sequence[Somebody],
        question: Callable[[Somebody], PersonQuestion | None],
        store: EnrichmentStore,
    ) -> None:
        """Each provider for those of whom it can tell something that nobody told well enough before."""
        asked = [p for p in people if p.wanted and question(p)]
        speakers = self._session.policy.enrichment.cross_check if layer is Layer.PERSON else 1
        for provider, asker in self._by_layer.get(layer, ()):
            known = answers_by_key(store, [key for p in asked for key in p.keys.values()])
            left = [
                p
                for p in self._willing(asked)
                if self._open(p, known) & provider.gives
                or (speakers > 1 and len(person_answers(p, known, [layer])) < speakers)
            ]
            asker.ask([question(p) for p in left])

    def _open(self, person: Somebody, known: Answers) -> set[str]:
        # What was said a period ago is what is asked for anew now (wanted_fields has the same limit).
        limit = self._now - timedelta(days=0.9 * self._session.policy.enrichment.profile_refresh_days)
        claims = claims_of(said for said in claimable_answers(person, known) if said[1] >= limit)
        return still_wanted(person.contact, person.wanted, claims, table=self._table, dead=person.dead)

    def _ask_companies(self, people: Sequence[Somebody], store: EnrichmentStore) -> None:
        if not self._by_layer.get(Layer.COMPANY):
            return
        known = answers_by_key(store, [key for p in people for key in p.keys.values()])
        domains, told = set(), set()
        for person in people:
            domains |= company_domains(person, known)
            for _, _, answer in claimable_answers(person, known):
                if answer.company_facts and answer.company_facts.domain:
                    told.add(answer.company_facts.domain.lower())  # came with the person, for the same price
        left = store.stale_domains(sorted(domains - told))
        for _, asker in self._by_layer[Layer.COMPANY]:
            keys = {subject_key(self._session.key, domain): domain for domain in left}
            found = {bytes(r["subject_key"]) for r in store.answers(list(keys), [str(Layer.COMPANY)]) if r["facts"]}
            left = [domain for key, domain in keys.items() if key not in found]
            asker.ask(left)

    def again_at(self, person: Somebody, known: Answers, rests: Mapping[bytes, datetime]) -> datetime | None:
        """When it is worth asking about somebody of whom something is still open; None: after the usual period."""
        companies = [subject_key(self._session.key, domain) for domain in company_domains(person, known)]
        dates = [rests[key] for key in {*person.keys.values(), *companies} if key in rests]
        left = self._open(person, known)
        for layer, key in person.keys.items():
            answered = {provider for provider, _, _ in known.get((key, str(layer)), [])}
            for provider, asker in self._by_layer.get(layer, ()):
                why = asker.tally.stopped.get(provider.name)
                is_open = layer in (Layer.IDENTITY, Layer.COMPANY) or bool(left & getattr(provider, "gives", set()))
                if why and provider.name not in answered and is_open:
                    dates.append(_tomorrow(self._now) if why == BUDGET_EXHAUSTED else self._now + PROVIDER_RESTS)
        return min(dates, default=None)

    @property
    def refused(self) -> dict[str, int]:
        """Answers and parts of answers that were not kept, by rule."""
        found: dict[str, int] = {}
        for tally in self.tallies:
            for rule, number in tally.refused.items():
                found[rule] = found.get(rule, 0) + number
        return found

    def _screen(self, reply: Reply[Any]) -> tuple[Reply[Any], Iterable[str]]:
        """What is not about who was asked about, or not fit to be kept, is never stored."""
        today: date = self._now.date()
        if reply.outcome is Outcome.OPTED_OUT:
            self._opted_out.add(subject_key(self._session.key, reply.subject))
        if isinstance(reply.answer, PersonAnswer):
            screened = screen_person(reply.subject, reply.answer, today=today)
        elif isinstance(reply.answer, CompanyAnswer):
            screened = screen_company(str(reply.subject), reply.answer)
        else:
            return reply, ()
        if screened.answer is None:
            reason = screened.faults[-1]
            return replace(reply, outcome=Outcome.REJECTED, answer=None, raw_sub_status=reason), screened.faults
        return replace(reply, answer=screened.answer), screened.faults


def answers_by_key(store: EnrichmentStore, keys: Sequence[bytes]) -> Answers:
    """(key, layer) → what each provider said, companies included; facts None: it found nothing."""
    found: Answers = {}
    distinct = list(dict.fromkeys(keys))
    rows = store.answers(distinct, [str(layer) for layer in PERSON_LAYERS])
    for row in rows + store.answers(distinct, [str(Layer.COMPANY)]):
        told = (row["provider"], row["answered_at"], row["facts"])
        found.setdefault((bytes(row["subject_key"]), row["layer"]), []).append(told)
    return found


def person_answers(
    person: Somebody, known: Answers, layers: Sequence[Layer] = PERSON_LAYERS
) -> list[tuple[str, datetime, PersonAnswer]]:
    """What was said of somebody, by whom and when. What is remembered by a key that others share (a number) may be
    about one of them."""
    return [
        (provider, said_at, answer)
        for layer in layers
        if (key := person.keys.get(layer)) is not None and (question := person.question(layer)) is not None
        for provider, said_at, facts in known.get((key, str(layer)), [])
        if facts and is_about(question, answer := person_from(facts))
    ]


def answers_about(person: Somebody, known: Answers) -> list[tuple[Layer, str, datetime, PersonAnswer, About]]:
    """Layer, provider, when, what, and whom it speaks of: the person themself, or what was asked about under another
    name or at another company. A public page was found by its address only, so its name has to fit, too."""
    found = []
    for layer in PERSON_LAYERS:
        key, question = person.keys.get(layer), person.question(layer)
        for provider, said_at, facts in known.get((key, str(layer)), []) if key is not None and question else []:
            if not facts:
                continue
            answer = person_from(facts)
            whom = about(person.person if layer is Layer.IDENTITY else question, answer)  # type: ignore[arg-type]
            if whom is not About.OTHER_PERSON or layer is Layer.IDENTITY:
                found.append((layer, provider, said_at, answer, whom))
    return found


def claimable_answers(person: Somebody, known: Answers) -> list[tuple[str, datetime, PersonAnswer]]:
    """What may become values."""
    return [said[1:4] for said in answers_about(person, known) if said[4] is About.THEM]


def company_domains(person: Somebody, known: Answers) -> set[str]:
    """Domains of employers that somebody has or is said to have."""
    said = {(answer.company_domain or "").lower() for _, _, answer in claimable_answers(person, known)}
    return ({employer_domain(person.contact) or ""} | said) - {""}


def _person(somebody: Somebody) -> PersonQuestion | None:
    return somebody.person if somebody.person.is_askable else None


def _address(somebody: Somebody) -> PersonQuestion | None:
    return somebody.address


def _is_askable(subject: PersonQuestion | str) -> bool:
    return is_sendable(subject) if isinstance(subject, str) else subject.is_askable


def _tomorrow(now: datetime) -> datetime:
    return (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
