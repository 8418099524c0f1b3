"""Who is who in the lab: invented persons and companies. The address says it, so that nothing has to be remembered.

`clara.dorn@d1.lab.test` is Clara Dorn of d1.lab.test; one such address in five (crc32) is somebody whom nobody knows.
`clara.dorn17@…` is Clara Dorn-17, as people.py writes her. Any other local part (`info`, `no_mailbox-3`) names nobody.

A word before the first hyphen makes an address, a LinkedIn slug or a domain special, and always known: Oddity.
`stranger-clara.dorn@…` and `stranger-7@…` are both fine; so is `pending-7.test` as a company's domain.

What `vendor` changes: fullcontact knows 5 in 6 of the persons, of these 1 in 4 without a title; clearbit knows 7 in 8,
1 in 10 by the title before the present one; hunter knows 6 in 7, none with a phone. Other vendors know everybody.
Special ones are known to all, with all that is true of them.
"""

import random
import re
import unicodedata
import zlib
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

AS_OF = date(2026, 9, 1)  # what `last_active_on` counts from
FAR_FUTURE = date(2199, 1, 1)
ABSURD_LENGTH = 5_000


class Oddity(StrEnum):
    """What is odd, by the word before the first hyphen."""

    STRANGER = "stranger"  # a vendor answers for somebody else, at another company
    PENDING = "pending"  # a vendor says 202 first
    OPTED_OUT = "optout"  # has asked the vendors for no processing: 451 at Hunter, unknown to the others
    ABSURD = "absurd"  # a title of 5,000 characters, last active in the far future
    FORMULA = "formula"  # a spreadsheet formula for a title, ANSI escapes in the name


@dataclass(frozen=True)
class Company:
    """linkedin: the slug of its page. employees: the exact head count."""

    name: str
    domain: str
    industry: str
    employees: int
    founded: int
    city: str
    country: str
    country_name: str
    linkedin: str

    @property
    def location(self) -> str:
        """As a vendor would write it."""
        return f"{self.city}, {self.country_name}"

    @property
    def employee_range(self) -> str:
        """In LinkedIn's steps."""
        for low, high in _STEPS:
            if self.employees <= high:
                return f"{low}-{high}"
        return "10001+"


@dataclass(frozen=True)
class Person:
    """linkedin: the slug, `first-last-<n>`. phone: E.164, of a range kept for fiction. pages: how many public pages
    show the address. country: ISO 3166-1 alpha-2."""

    email: str
    name: str
    given: str
    family: str
    title: str | None
    seniority: str
    company: str
    company_domain: str
    linkedin: str
    city: str
    country: str
    country_name: str
    phone: str | None
    has_photo: bool
    last_active_on: date | None
    pages: int

    @property
    def location(self) -> str:
        """As a vendor would write it."""
        return f"{self.city}, {self.country_name}"


_STEPS = ((1, 10), (11, 50), (51, 200), (201, 500), (501, 1000), (1001, 5000), (5001, 10000))
_GIVEN = ("Abel", "Birte", "Cosima", "Dag", "Elif", "Fenja", "Gero", "Hedda", "Ivo", "Jette", "Kimo", "Lova")
_FAMILY = ("Ahrens", "Bellini", "Cermak", "Dahl", "Eriksen", "Fontana", "Gruber", "Holt", "Ivens", "Jensen", "Kroll")
_TITLES = (
    ("Chief Executive Officer", "executive"),
    ("Chief Financial Officer", "executive"),
    ("VP Sales", "executive"),
    ("Head of Purchasing", "director"),
    ("Director of Operations", "director"),
    ("Marketing Manager", "manager"),
    ("Plant Manager", "manager"),
    ("Key Account Manager", "manager"),
)
_FORMER_TITLES = ("Assistant to the Board", "Junior Buyer", "Trainee", "Sales Representative")
_INDUSTRIES = ("Machinery", "Software", "Logistics", "Food Production", "Wholesale", "Renewable Energy", "Textiles")
# city, country, its name, legal form, and how its numbers for fiction begin (two digits follow)
_PLACES = (
    ("Denver", "US", "United States", "Inc", "+130355501"),
    ("Toronto", "CA", "Canada", "Inc", "+141655501"),
    ("London", "GB", "United Kingdom", "Ltd", "+4420794600"),
    ("Berlin", "DE", "Germany", "GmbH", None),
    ("Lyon", "FR", "France", "SAS", None),
    ("Utrecht", "NL", "Netherlands", "BV", None),
    ("Malmö", "SE", "Sweden", "AB", None),
)
_MISSES = {"fullcontact": 6, "clearbit": 8, "hunter": 7}  # one in so many

_WORDS = "|".join(Oddity)
_NAME = r"[a-z]+(?:-[a-z]+)*"
_LOCAL = re.compile(rf"(?:(?:({_WORDS})-)?({_NAME})\.([a-z]+\d*)|({_WORDS})-(\d+))")
_SLUG = re.compile(rf"(?:(?:({_WORDS})-)?({_NAME})-([a-z]+\d*)|({_WORDS})-(\d+))-(\d+)")


def oddity_of(text: str) -> Oddity | None:
    """What is special of an address, a slug or a domain."""
    word = text.partition("@")[0].lower().partition("-")
    return Oddity(word[0]) if word[1] and word[0] in set(Oddity) else None


def person_of(email: str, vendor: str | None = None) -> Person | None:
    """The person behind an address, as that vendor knows them. None: nobody knows, or the vendor does not."""
    email = email.lower()
    local, _, domain = email.rpartition("@")
    parts = _LOCAL.fullmatch(local)
    oddity = oddity_of(email)
    if not parts or not domain or oddity is Oddity.OPTED_OUT:
        return None
    if oddity is None and (_number(email) % 5 == 0 or _is_missed(email, vendor)):
        return None
    luck = random.Random(email)
    given, family = _names(parts[2], parts[3]) if parts[2] else (luck.choice(_GIVEN), luck.choice(_FAMILY))
    person = _invent(email, given, family, luck)
    return _odd(person, oddity) if oddity else _as_known(person, vendor)


def person_at(linkedin_slug: str, vendor: str | None = None) -> Person | None:
    """The person whose page it is: `person_of` the other way round."""
    parts = _SLUG.fullmatch(linkedin_slug.lower())
    domain = _domain_in(parts[6]) if parts else None
    if not parts or not domain:
        return None
    word = f"{parts[1]}-" if parts[1] else ""
    local = f"{word}{parts[2]}.{parts[3]}" if parts[2] else f"{parts[4]}-{parts[5]}"
    return person_of(f"{local}@{domain}", vendor)


def person_with(phone: str) -> Person | None:
    """The person behind a number (E.164), by the number itself; one in five is nobody's."""
    if _number(phone) % 5 == 0:
        return None
    luck = random.Random(phone)
    given, family = luck.choice(_GIVEN), luck.choice(_FAMILY)
    email = f"{given}.{family}@d{luck.randrange(20)}.lab.test".lower()
    return replace(_invent(email, given, family, luck), phone=phone)


def email_of(given: str, family: str, domain: str) -> str | None:
    """The address of somebody at a company; None where `person_of` knows nobody there by that name."""
    email = f"{_plain(given).replace(' ', '-')}.{re.sub('[ -]', '', _plain(family))}@{domain.lower()}"
    return email if person_of(email) else None


def company_of(domain: str) -> Company | None:
    """The company at a domain. One in nine is unknown, and so is every `webmail.` domain."""
    domain = domain.lower()
    oddity = oddity_of(domain)
    if domain.startswith("webmail.") or oddity is Oddity.OPTED_OUT or (oddity is None and _number(domain) % 9 == 0):
        return None
    if oddity is Oddity.STRANGER:
        return _company(f"elsewhere-{_number(domain) % 90 + 10}.test")
    company = _company(domain)
    match oddity:
        case Oddity.ABSURD:
            return replace(company, industry="Everything " * (ABSURD_LENGTH // 11), founded=3021, employees=10**12)
        case Oddity.FORMULA:
            return replace(company, name='=HYPERLINK("https://elsewhere.test","Open")', industry="\x1b[31mRed\x1b[0m")
    return company


def known_person(email: str, vendor: str | None = None) -> Person:
    """`person_of`, of an address that a test chose because that vendor knows it."""
    person = person_of(email, vendor)
    assert person
    return person


def known_company(domain: str) -> Company:
    """`company_of`, of a domain that a test chose because it is known."""
    company = company_of(domain)
    assert company
    return company


def _number(text: str) -> int:
    return zlib.crc32(text.encode())


def _is_missed(email: str, vendor: str | None) -> bool:
    return vendor in _MISSES and _number(f"{vendor} {email}") % _MISSES[vendor] == 0


def _as_known(person: Person, vendor: str | None) -> Person:
    number = _number(f"{person.email} {vendor}")
    if vendor == "fullcontact" and number % 4 == 0:
        return replace(person, title=None)
    if vendor == "clearbit" and number % 10 == 0:
        return replace(person, title=_FORMER_TITLES[number // 10 % len(_FORMER_TITLES)])
    return replace(person, phone=None) if vendor == "hunter" else person


def _odd(person: Person, oddity: Oddity) -> Person:
    match oddity:
        case Oddity.STRANGER:
            luck = random.Random(f"not {person.email}")
            given = luck.choice([name for name in _GIVEN if name != person.given])
            family = luck.choice([name for name in _FAMILY if name != person.family])
            email = f"{given}.{family}@elsewhere-{luck.randrange(10, 100)}.test".lower()
            return replace(_invent(email, given, family, luck), email=person.email)
        case Oddity.ABSURD:
            return replace(person, title=("Vice " * ABSURD_LENGTH)[:ABSURD_LENGTH], last_active_on=FAR_FUTURE)
        case Oddity.FORMULA:
            given = f"\x1b[31m{person.given}\x1b[0m"
            title = '=HYPERLINK("https://elsewhere.test","Open")'
            return replace(person, name=f"{given} {person.family}", given=given, title=title)
    return person


def _invent(email: str, given: str, family: str, luck: random.Random) -> Person:
    local, _, domain = email.rpartition("@")
    city, country, country_name, _, numbers = luck.choice(_PLACES)
    title, seniority = luck.choice(_TITLES)
    days, digits = luck.randrange(-200, 700), luck.randrange(100)
    return Person(
        email=email,
        name=f"{given} {family}",
        given=given,
        family=family,
        title=title,
        seniority=seniority,
        company=_company(domain).name,
        company_domain=domain,
        linkedin=f"{local.replace('.', '-')}-{_number_of(domain)}",
        city=city,
        country=country,
        country_name=country_name,
        phone=f"{numbers}{digits:02}" if numbers else None,
        has_photo=luck.random() < 0.6,
        last_active_on=AS_OF - timedelta(days) if days >= 0 else None,
        pages=luck.randrange(4),
    )


def _company(domain: str) -> Company:
    luck = random.Random(domain)
    city, country, country_name, form, _ = luck.choice(_PLACES)
    words = domain.partition(".")[0].replace("-", " ").title()
    return Company(
        name=f"{words} {form}",
        domain=domain,
        industry=luck.choice(_INDUSTRIES),
        employees=int(10 ** luck.uniform(0.3, 4.3)),
        founded=luck.randrange(1921, 2024),
        city=city,
        country=country,
        country_name=country_name,
        linkedin=domain.removesuffix(".test").replace(".", "-"),
    )


def _names(given: str, family: str) -> tuple[str, str]:
    """`dorn17` is Dorn-17."""
    return given.title(), re.sub(r"(\d+)$", r"-\1", family).capitalize()


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.strip().lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _number_of(domain: str) -> int:
    """The domain as a number, short for those under `.test`, so that a slug leads back to the address."""
    text = domain.removesuffix(".test") if domain.endswith(".test") else f"{domain}."
    return int.from_bytes(text.encode())


def _domain_in(digits: str) -> str | None:
    number = int(digits)
    try:
        text = number.to_bytes((number.bit_length() + 7) // 8).decode()
    except UnicodeDecodeError:
        return None
    return text[:-1] if text.endswith(".") else f"{text}.test"
