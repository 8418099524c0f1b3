"""A generated list of invented people, with what is true of each: who they are and which channels they closed."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from contact_pipeline_tests.door.words import Language

# Numbers that regulators keep for stories: Bundesnetzagentur's, ARCEP's and Ofcom's.
_FICTIONAL = ("+493023125{:03d}", "+33199001{:03d}", "+441632960{:03d}")
BOTH = frozenset(("email", "phone"))


@dataclass(frozen=True)
class Person:
    """closed: channels on which the person must not be contacted. An empty field is not in the file. whole: the name
    where no parts of it are known. more: further addresses and numbers."""

    given: str
    family: str
    email: str
    phone: str
    company: str = ""
    title: str = ""
    city: str = ""
    closed: frozenset[str] = frozenset()
    whole: str = ""
    more: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.whole or f"{self.given} {self.family}".strip()


@dataclass(frozen=True)
class Permission:
    """One column about being contacted: its header and a cell for each person."""

    header: str
    cells: Sequence[str]


@dataclass(frozen=True)
class Truth:
    """A list. shape: of its column of permission, one of SHAPES."""

    language: Language
    people: Sequence[Person]
    shape: str = "none"
    permission: Permission | None = field(default=None)


def crowd(language: Language, random: Random, count: int) -> list[Person]:
    """People of whom no two share anything that tells who somebody is."""
    names = [(given, family) for given in language["givens"] for family in language["families"]]
    numbers = random.sample(range(1000), count)
    people = []
    for place, (given, family) in enumerate(random.sample(names, count)):
        word = random.choice(("wald", "bach", "heide", "moor", "klee", "tal"))
        people.append(Person(
            given, family, f"{word}.{place}{random.choice('abcdefgh')}@{language.code}-{word}{numbers[place]}.example",
            random.choice(_FICTIONAL).format(numbers[place]),
            f"{word.title()} {place} GmbH", random.choice(language["jobs"]), random.choice(language["cities"]),
        ))  # fmt: skip
    has_company, has_title, has_city = (random.random() < 0.5 for _ in range(3))
    return [
        replace(p, company=p.company * has_company, title=p.title * has_title, city=p.city * has_city) for p in people
    ]


def _cycle(random: Random, count: int) -> list[bool]:
    """Who closes: somebody does, somebody does not."""
    closing = [random.random() < 0.4 for _ in range(count)]
    closing[random.randrange(1, count)] = True
    closing[0] = False
    return closing


def _column(
    people: Sequence[Person], header: str, cells: Sequence[str], closing: Sequence[bool], channels: frozenset[str]
) -> tuple[list[Person], Permission]:
    shut = [replace(p, closed=channels) if is_shut else p for p, is_shut in zip(people, closing, strict=True)]
    return shut, Permission(header, cells)


def _answers(
    kind: str, channels: frozenset[str], *, closing_is_yes: bool
) -> Callable[..., tuple[list[Person], Permission]]:
    def shape(language: Language, random: Random, people: Sequence[Person]) -> tuple[list[Person], Permission]:
        closing = _cycle(random, len(people))
        yes, no = random.choice(language["yes"]), random.choice((*language["no"], ""))
        cells = [yes if c is closing_is_yes else no for c in closing]
        return _column(people, random.choice(language[kind]), cells, closing, channels)

    return shape


def _moment(language: Language, random: Random, people: Sequence[Person]) -> tuple[list[Person], Permission]:
    closing = _cycle(random, len(people))
    nothing = random.choice((*language["never"], "", ""))
    written = random.choice(("2024-03-{:02d}", "{:02d}.03.2024", "2024-03-{:02d} 14:05:00", "2024-03-{:02d}T08:00:00Z"))
    cells = [written.format(random.randint(13, 28)) if c else nothing for c in closing]
    return _column(people, random.choice(language["closing.moment"]), cells, closing, frozenset(("email",)))


def _status(language: Language, random: Random, people: Sequence[Person]) -> tuple[list[Person], Permission]:
    closing = _cycle(random, len(people))
    good = random.choice(language["status.good"])
    bad = [random.choice(language[f"status.{k}"]) for k in ("left", "left", "complained", "blocked", "pending")]
    cells = [random.choice(bad) if c else good for c in closing]
    return _column(people, random.choice(language["status.headers"]), cells, closing, frozenset(("email",)))


SHAPES: dict[str, Callable[[Language, Random, Sequence[Person]], tuple[list[Person], Permission]]] = {
    "flag for e-mail": _answers("closing.email", frozenset(("email",)), closing_is_yes=True),
    "flag for calls": _answers("closing.phone", frozenset(("phone",)), closing_is_yes=True),
    "flag for both": _answers("closing.both", BOTH, closing_is_yes=True),
    "day of leaving": _moment,
    "e-mail allowed": _answers("allowing.email", frozenset(("email",)), closing_is_yes=False),
    "calls allowed": _answers("allowing.phone", frozenset(("phone",)), closing_is_yes=False),
    "newsletter": _answers("allowing.newsletter", frozenset(("email",)), closing_is_yes=False),
    "status": _status,
}


def invented(language: Language, shape: str, random: Random, *, count: int = 6) -> Truth:
    """A list of `count` people with a column of permission of this shape; `none`: nobody said anything."""
    people: list[Person] = crowd(language, random, count)
    if shape == "none":
        return Truth(language, people)
    people, permission = SHAPES[shape](language, random, people)
    return Truth(language, people, shape, permission)


def folded(text: str) -> str:
    """For comparison: only letters and digits."""
    return re.sub(r"[\W_]+", "", text).casefold()
