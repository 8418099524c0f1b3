"""What came out of a file, held against what is true: right, held, or wrong."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import phonenumbers

from contact_pipeline.core.errors import UnreadableDrop
from contact_pipeline.phones.numbering import judge_number
from contact_pipeline_tests.door.truth import Person, folded
from contact_pipeline_tests.reading.rows import read

Row = Mapping[str, Any]
REGION = "DE"  # of the source, where a row has no country
UNCLEAR = "unclear_status"  # a person is asked about the word
OPT_OUT_LOST, MERGED, CRASH = "opt-out lost", "two people in one row", "crash"


@dataclass(frozen=True)
class Outcome:
    """faults: what is wrong, in words that hold nothing of the file. held: the rule that holds or refuses the drop.
    unread: fields kept aside under a header that nobody knows, which is shown and harms nobody."""

    faults: tuple[str, ...] = ()
    held: str | None = None
    unread: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """wrong: harm was done without a word. held: a person is asked, or a field stayed aside."""
        if self.held is not None and not self.is_crash:
            return "held"
        return "wrong" if self.faults else "held" if self.unread else "right"

    @property
    def is_crash(self) -> bool:
        return CRASH in self.faults


def outcome(content: bytes, file_name: str, people: Sequence[Person], *, has_left_open: bool = True) -> Outcome:
    """Reads the file and judges it. has_left_open: those who closed nothing must stay open."""
    try:
        drop, rows = read(content, file_name)
        faults = drop.faults()
    except UnreadableDrop as error:
        return Outcome(held=error.reason)
    except Exception as error:
        return Outcome((CRASH, type(error).__name__))
    return judged(rows, people, held=faults[0].rule if faults else None, has_left_open=has_left_open)


def judged(
    rows: Sequence[Row], people: Sequence[Person], *, held: str | None = None, has_left_open: bool = True
) -> Outcome:
    """rows: as contact_pipeline_tests/reading/rows.py shows them."""
    faults: list[str] = []
    unread: set[str] = set()
    owners = [_owners(row, people) for row in rows]
    for row, mine in zip(rows, owners, strict=True):
        if len(mine) > 1:
            faults.append(MERGED)
        elif not mine and "reasons" not in row:
            faults.append("a line became a person")
    for person in people:
        rows_of = [row for row, mine in zip(rows, owners, strict=True) if person in mine]
        faults += _permission_faults(person, rows_of, has_left_open)
        for row in rows_of:
            if "reasons" not in row:
                unread |= {"status" for r in row.get("restrictions", ()) if r.endswith(UNCLEAR) and not person.closed}
                faults += _garbled(person, row, unread)
        if not any("reasons" not in row for row in rows_of) and not rows_of and not _is_quarantined(rows):
            faults.append("a person is missing")
    return Outcome(tuple(sorted(set(faults))), held, tuple(sorted(unread)))


def _is_quarantined(rows: Sequence[Row]) -> bool:
    return any("reasons" in row for row in rows)


def _owners(row: Row, people: Sequence[Person]) -> list[Person]:
    """Whose address, number or name stands in the row."""
    emails = {e.lower() for e in (row.get("email"), *row.get("more_emails", ()), row.get("linkedin_url")) if e}
    phones = {folded(p) for p in (row.get("phone"), *row.get("more_phones", ())) if p}
    name = folded(row.get("name", ""))
    by_address = [p for p in people if {p.email, *p.more} & emails]
    by_number = [p for p in people if {folded(n) for n in (p.phone, *p.more) if n} & phones]
    return by_address or by_number or [p for p in people if name and name in _names(p)]


def _names(person: Person) -> tuple[str, str]:
    return folded(person.name), folded(person.family + person.given)


def _permission_faults(person: Person, rows: Sequence[Row], has_left_open: bool) -> list[str]:
    said = {r.partition(":")[0] for row in rows for r in row.get("restrictions", ())}
    said |= {"email" for row in rows if "bounce" in row.get("claims", {})}
    kept = [row for row in rows if "reasons" not in row]
    points = {channel for row in kept for channel in ("email", "phone") if row.get(channel)}
    is_reached = bool(person.email or person.phone or person.more)
    faults = [OPT_OUT_LOST for channel in person.closed - said if channel in points or (is_reached and not rows)]
    # A column may close more than it says, a guess may restrict: only who closed nothing is looked at.
    read = (row for row in kept if "row:uncertain_cells" not in row.get("repairs", ()))
    certain = [r for row in read for r in row.get("restrictions", ()) if not r.endswith(UNCLEAR)]
    if has_left_open and not person.closed and certain:
        faults.append("closed though nobody said so")
    return faults


def _garbled(person: Person, row: Row, unread: set[str]) -> list[str]:
    faults = []
    expected = {"given_name": person.given, "family_name": person.family, "company": person.company,
                "title": person.title, "location": person.city}  # fmt: skip
    for field, value in expected.items():
        got = row.get(field)
        if not value:
            continue
        if got is None:
            unread.add(field)
        elif folded(value) not in folded(got):
            faults.append(f"wrong {field}")
    name = row.get("name")
    if not person.name:
        pass
    elif name is None:
        unread.add("name")
    elif folded(name) not in _names(person):
        is_part = {folded(word) for word in name.split()} <= {folded(word) for word in person.name.split()}
        unread.add("name") if is_part else faults.append("wrong name")
    for number in (row.get("phone"), *row.get("more_phones", ())):
        callable_as = reads_as(number, row)
        if callable_as not in (None, person.phone, *person.more):
            faults.append("wrong number")
    return faults


def reads_as(number: str | None, row: Row) -> str | None:
    """E.164 of what would be called."""
    return judge_number(number, row.get("country") or REGION, phonenumbers).phone_e164 if number else None


def counted(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Figures of many files."""
    verdicts = Counter(o.verdict for o in outcomes)
    wrong = Counter(fault for o in outcomes if o.verdict == "wrong" for fault in o.faults)
    return {
        "files": len(outcomes),
        **{verdict: verdicts[verdict] for verdict in ("right", "held", "wrong")},
        "opt_outs_lost": wrong[OPT_OUT_LOST], "merged": wrong[MERGED], "crashes": sum(o.is_crash for o in outcomes),
        "wrong_by_fault": dict(wrong.most_common()),
        "held_by_rule": dict(Counter(o.held or "unread field" for o in outcomes if o.verdict == "held").most_common()),
    }  # fmt: skip
