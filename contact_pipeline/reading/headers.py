"""Header row → what each column is. A source's own mapping wins over a format, a format over exact words, these over
stems; the content of the cells breaks ties (columns.py)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from contact_pipeline.core.faults import Fault
from contact_pipeline.reading.layout import Layout
from contact_pipeline.wording.field_headers import PAYER, field_target
from contact_pipeline.wording.field_names import name_of, target_named
from contact_pipeline.wording.formats import OVERRIDES, WORDS
from contact_pipeline.wording.permission_headers import permission_target
from contact_pipeline.wording.stems import plain
from contact_pipeline.wording.vocabulary import header_key, target_of

LONGEST_HEADER = 120
IDENTIFYING = {"record_id", "name", "given_name", "family_name", "email", "phone", "sms_phone", "linkedin_url"}
_PERMISSIONS = ("flag", "moment", "refusal", "status", "bounce", "bounce_type", "soft_bounce")
_POINTS = ("email", "phone", "sms_phone")
_PERSONAL = re.compile(r"@|\d{6,}|https?:")
_GIVEN_WITH_WHOLE_NAME = {"nombre": "given_name", "nome": "given_name"}
_FAMILY_WITH_WHOLE_NAME = {"nom": "family_name", "name": "family_name", "naam": "family_name"}

EXACT, STEM, CONTENT, UNKNOWN = "exact", "stem", "content", "unknown"


@dataclass(frozen=True)
class ColumnMap:
    """One column. `key`: its name in `extra`, unique in the file. `target`: see vocabulary.py.

    sureness: how it was recognised (exact, stem, content, unknown).
    """

    position: int
    header: str
    key: str
    target: str
    sureness: str = EXACT

    @property
    def is_known(self) -> bool:
        return self.sureness != UNKNOWN

    @property
    def is_permission(self) -> bool:
        """Whether its cells may close a channel."""
        return self.target.partition(":")[0] in _PERMISSIONS

    @property
    def field(self) -> str:
        """What it was taken for, in the policy's words; also extra or ignored."""
        return name_of(self.target)

    @property
    def shown(self) -> str:
        """Its name for people; a header that could be a person's value is shown as its column's number."""
        return f"column_{self.position + 1}" if _PERSONAL.search(self.header) else self.key


@dataclass(frozen=True)
class HeaderMap:
    """All columns of a file. faults: for which a drop is held. blank_is_no: positions of columns in which somebody says
    yes, so that an empty cell is no. is_last_first: `name` holds `Last, First`."""

    columns: tuple[ColumnMap, ...]
    kind: str
    file_restrictions: tuple[str, ...]
    faults: tuple[Fault, ...]
    blank_is_no: frozenset[int] = frozenset()
    is_last_first: bool = False

    @property
    def unknown_headers(self) -> tuple[str, ...]:
        """Kept in `extra`; a header that could be a person's value is shown as its column's number."""
        return tuple(c.shown for c in self.columns if not c.is_known)

    @property
    def ignored_headers(self) -> tuple[str, ...]:
        """Dropped by name: their cells are never read into a row."""
        return tuple(c.header for c in self.columns if c.target == "ignored")

    def of(self, *targets: str) -> list[ColumnMap]:
        """Columns with one of the targets, primary ones first, then in the order of the file."""
        found = [c for c in self.columns if c.target in targets]
        return sorted(found, key=lambda c: not header_key(c.header).startswith("primary"))


def name_columns(
    layout: Layout, *, mapping: Mapping[str, str], ignore_columns: tuple[str, ...]
) -> tuple[list[ColumnMap], frozenset[int]]:
    """Columns by their headers alone, and the positions that the source's own mapping has settled. Raises
    ConfigurationError for a mapping to no column of ours."""
    own = {header_key(header): target_named(name) for header, name in mapping.items()}
    ignored = {header_key(name) for name in ignore_columns}
    overrides = OVERRIDES.get(layout.format or "", {})
    words = WORDS.get(layout.format or "", frozenset())
    columns: list[ColumnMap] = []
    taken: set[str] = set()
    for position, header in enumerate(layout.header):
        key = header_key(header)
        if key and key in ignored:
            target, sureness = "ignored", EXACT
        else:
            exact = own.get(key) or overrides.get(key) or (target_of(header) if key else None)
            exact = exact or _own_consent_column(header) or ("extra" if key in words or not header else None)
            target, sureness = (exact, EXACT) if exact else _guessed(header)
        columns.append(ColumnMap(position, header, _unique(header, position, taken), target, sureness))
    settled = frozenset(c.position for c in columns if header_key(c.header) in own)
    return _settle(columns, settled), settled


def _guessed(header: str) -> tuple[str, str]:
    """By stems. No guess gives evidence of a consent, and none takes a column for the record's id."""
    if not any(c.isalpha() for c in header) or _PERSONAL.search(header):
        return "extra", UNKNOWN
    target = permission_target(header) or field_target(header)
    return (target, STEM) if target else ("extra", UNKNOWN)


def _own_consent_column(header: str) -> str | None:
    """Further columns in the requirements' own spelling, such as consent_version, are kept as claims."""
    name = header.strip().lower()
    return f"claim:{name}" if re.fullmatch(r"consent_[a-z_]{1,40}", name) else None


def _unique(header: str, position: int, taken: set[str]) -> str:
    """The name of a column in `extra`: its header; `column_7` when it has none; a number behind a repeated one."""
    base = " ".join("".join(c if c.isprintable() else " " for c in header).split())[:LONGEST_HEADER]
    base = base or f"column_{position + 1}"
    key, number = base, 2
    while key in taken:
        key, number = f"{base}_{number}", number + 1
    taken.add(key)
    return key


def _settle(columns: list[ColumnMap], own: frozenset[int]) -> list[ColumnMap]:
    """Words whose meaning depends on their neighbours; a source's own mapping is never changed."""
    keys = {header_key(c.header) for c in columns if c.target != "ignored"}
    targets = {c.target for c in columns}

    def settled(column: ColumnMap) -> str:
        key = header_key(column.header)
        if column.position in own:
            return column.target
        if key == "title" and "jobtitle" in keys:  # Outlook: Mr, Dr
            return "extra"
        if column.target in _POINTS and column.sureness == STEM and PAYER(plain(column.header)):
            own_ones = [c for c in columns if c.target == column.target and not PAYER(plain(c.header))]
            return "extra" if own_ones else column.target
        if column.target == "name":
            if "given_name" in targets and "family_name" not in targets and keys & {"vorname", "prenom", "voornaam"}:
                return _FAMILY_WITH_WHOLE_NAME.get(key, "name")
            if "family_name" in targets and "given_name" not in targets:
                return _GIVEN_WITH_WHOLE_NAME.get(key, "given_name" if key == "name" else "name")
        return column.target

    return [replace(c, target=settled(c)) for c in columns]
