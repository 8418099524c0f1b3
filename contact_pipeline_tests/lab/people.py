"""Invented people for the lab, whose addresses and numbers say what is true of them (truth.py, zone.py); who they are,
says persons.py. Of most the list knows little more than a name and an address.

The numbers are of ranges that exist, so they may be somebody's: they are made anew each time, asked only of simulators,
and never committed or printed.
"""

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from contact_pipeline_tests.lab.persons import Oddity, company_of, oddity_of, person_of, person_with
from contact_pipeline_tests.lab.truth import Mailbox, mailbox_of
from contact_pipeline_tests.lab.zone import ROOT

DEAD_DOMAIN, DNS_DOWN = "dead_domain", "dns_down"
OPTED_OUT = str(Oddity.OPTED_OUT)  # the mailbox is fine, and nobody may be asked about it once Hunter has said so
INFRASTRUCTURE = frozenset({str(Mailbox.GREYLISTED), str(Mailbox.SILENT), DNS_DOWN})  # never a verdict about a person

# Shares of a list somebody kept for a few years: a guess.
_MIX = {
    Mailbox.DELIVERABLE: 0.74, Mailbox.NO_MAILBOX: 0.065, Mailbox.DISABLED: 0.01, Mailbox.FULL: 0.01,
    Mailbox.CATCH_ALL: 0.035, Mailbox.DISPOSABLE: 0.01, Mailbox.ROLE: 0.02, Mailbox.SPAM_TRAP: 0.005,
    Mailbox.ABUSE: 0.005, Mailbox.GREYLISTED: 0.02, Mailbox.SILENT: 0.02, DEAD_DOMAIN: 0.01, DNS_DOWN: 0.01,
    Oddity.STRANGER: 0.01, Oddity.PENDING: 0.01, Oddity.OPTED_OUT: 0.01, Oddity.ABSURD: 0.005, Oddity.FORMULA: 0.005,
}  # fmt: skip
PHONES_SHARE, COMPANIES_SHARE, TITLES_SHARE = 0.6, 0.4, 0.25
OLD_TITLES_SHARE = 0.2  # of the titles
OTHERS_NUMBERS_SHARE = 0.02  # of the numbers: by now somebody else's
EVERY_PROFILE = 40  # one in so many has the address of a LinkedIn page

# Where a truth is one of the domain or of its mail host, as our own probe sees it; the others live at d0, d1 …
_DOMAINS = {
    Mailbox.CATCH_ALL: ("catch-all", "late"),
    Mailbox.GREYLISTED: ("greylist",),
    Mailbox.SILENT: ("tarpit", "never-greets", "black-hole", "refused", "overloaded", "hangs-up", "blocked"),
    DEAD_DOMAIN: ("gone", "null-mx", "text-only", "dangling"),
    DNS_DOWN: ("servfail", "dns-refused", "half-servfail"),
}
_DOMAIN_TRUTHS = {f"{name}.{ROOT}": truth for truth in (DEAD_DOMAIN, DNS_DOWN) for name in _DOMAINS[truth]}

_GIVEN = ("Ada", "Bruno", "Clara", "Dario", "Elin", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kaya", "Liam", "Mona")
_FAMILY = ("Abara", "Castell", "Dorn", "Ekholm", "Grau", "Hallam", "Kessler", "Moreau", "Novak", "Okafor", "Varga")

_OLD_TITLES = ("Harbour Master", "Lighthouse Keeper", "Clockmaker")

# A mobile range of each plan, by its start and the digits that follow; none is set aside for fiction.
_RANGES = (("+49151", 8), ("+447712", 6), ("+3361", 7), ("+1212664", 4))


@dataclass(frozen=True)
class Person:
    """One row of the file. repr names nobody."""

    given: str
    family: str
    email: str
    phone: str | None
    title: str | None = None
    company: str | None = None
    linkedin: str | None = None

    def __repr__(self) -> str:
        return f"Person({truth_of(self.email)})"


def truth_of(address: str) -> str:
    """The truth word of an address, its domain's first."""
    mailbox = OPTED_OUT if oddity_of(address) is Oddity.OPTED_OUT else str(mailbox_of(address))
    return _DOMAIN_TRUTHS.get(address.partition("@")[2].lower()) or mailbox


def invent(count: int, *, domains: int, seed: int = 51) -> list[Person]:
    """Everybody has an address of their own; the first few are one of each truth."""
    luck = random.Random(seed)
    truths = [*_MIX, *luck.choices(list(_MIX), list(_MIX.values()), k=count)][:count]
    return [_person(number, str(truth), domains, luck) for number, truth in enumerate(truths)]


def _person(number: int, truth: str, domains: int, luck: random.Random) -> Person:
    given, family = luck.choice(_GIVEN), luck.choice(_FAMILY)
    own = f"{given}.{family}{number}".lower()
    by_name = truth in (Mailbox.DELIVERABLE, DEAD_DOMAIN, DNS_DOWN)
    local = own if by_name else f"{truth}-{own if truth in set(Oddity) else number}"
    domain = f"{luck.choice(_DOMAINS.get(truth) or (f'd{luck.randrange(domains)}',))}.{ROOT}"
    phone = _phone(luck)
    known, company = person_of(f"{local}@{domain}") if by_name else None, company_of(domain)
    true_title = known.title if known else None
    title = luck.choice(_OLD_TITLES) if luck.random() < OLD_TITLES_SHARE else true_title
    page = f"https://www.linkedin.com/in/{known.linkedin if known else own.replace('.', '-') + '-gone'}"
    return Person(
        given,
        f"{family}-{number}",  # with their number: two people of one name would be one contact
        f"{local}@{domain}",
        phone if luck.random() < PHONES_SHARE else None,
        title=title if luck.random() < TITLES_SHARE else None,
        company=company.name if company and luck.random() < COMPANIES_SHARE else None,
        linkedin=page if by_name and number % EVERY_PROFILE == 0 else None,
    )


def _phone(luck: random.Random) -> str:
    """Whose number it is, no vendor knows, but for those that have gone to somebody else."""
    is_known = luck.random() < OTHERS_NUMBERS_SHARE
    while True:
        start, digits = luck.choice(_RANGES)
        phone = f"{start}{luck.randrange(10**digits):0{digits}d}"
        if (person_with(phone) is not None) == is_known:
            return phone


def write_people(path: Path, people: Sequence[Person]) -> None:
    """As a CRM would export them."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("First Name", "Last Name", "Email", "Phone", "Title", "Company", "LinkedIn URL"))
        writer.writerows((p.given, p.family, p.email, p.phone, p.title, p.company, p.linkedin) for p in people)
