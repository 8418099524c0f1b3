"""Header row → what each column is. By name only; a source's own mapping wins over a format, a format over synonyms."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from contact_pipeline.core.errors import ConfigurationError
from contact_pipeline.reading.formats import OVERRIDES, WORDS
from contact_pipeline.reading.layout import Layout
from contact_pipeline.reading.suppression import FileSign, suppressions_by_columns
from contact_pipeline.reading.vocabulary import CLAIMS, header_key, target_of

LONGEST_HEADER = 120
SINGLE_VALUED = (
    "record_id", "name", "given_name", "middle_name", "family_name", "company", "title", "linkedin_url", "location",
    "city", "region", "country", "confidence", "confidence_percent",
)  # fmt: skip
IDENTIFYING = {"record_id", "name", "given_name", "family_name", "email", "phone", "sms_phone", "linkedin_url"}
_OUR_NAMES = {name: name for name in (*SINGLE_VALUED, "email", "phone", "extra")} | {
    "more_emails": "email", "more_phones": "phone", "phone_e164": "phone", "confidence_score": "confidence",
    "withdrawn_date": "claim:consent_withdrawn_date",
} | {name: f"claim:{name}" for name in CLAIMS}  # fmt: skip
_PERSONAL = re.compile(r"@|\d{6,}|https?:")
_GIVEN_WITH_WHOLE_NAME = {"nombre": "given_name", "nome": "given_name"}
_FAMILY_WITH_WHOLE_NAME = {"nom": "family_name", "name": "family_name", "naam": "family_name"}


@dataclass(frozen=True)
class ColumnMap:
    """One column. `key`: its name in `extra`, unique in the file. `target`: see vocabulary.py.

    mapped_to: our column (or claim or restriction), None when the column is not ours. fate: mapped, extra or ignored.
    """

    position: int
    header: str
    key: str
    target: str
    is_known: bool

    @property
    def fate(self) -> str:
        return self.target if self.target in ("extra", "ignored") else "mapped"

    @property
    def mapped_to(self) -> str | None:
        return None if self.fate != "mapped" else self.target.removeprefix("claim:")


@dataclass(frozen=True)
class HeaderMap:
    """All columns of a file. faults: rule names for which a drop is held (no_header, no_known_column)."""

    columns: tuple[ColumnMap, ...]
    kind: str
    file_restrictions: tuple[str, ...]
    faults: tuple[str, ...]

    @property
    def unknown_headers(self) -> tuple[str, ...]:
        """Kept in `extra`; a header that could be a person's value is shown as its column's number."""
        return tuple(_showable(c) for c in self.columns if not c.is_known)

    @property
    def ignored_headers(self) -> tuple[str, ...]:
        """Dropped by name: their cells are never read into a row."""
        return tuple(c.header for c in self.columns if c.target == "ignored")

    def of(self, *targets: str) -> list[ColumnMap]:
        """Columns with one of the targets, primary ones first, then in the order of the file."""
        found = [c for c in self.columns if c.target in targets]
        return sorted(found, key=lambda c: not header_key(c.header).startswith("primary"))


def map_headers(
    layout: Layout, *, mapping: Mapping[str, str], ignore_columns: tuple[str, ...], sign: FileSign | None
) -> HeaderMap:
    """sign: what the file's name says about opt-outs. Raises ConfigurationError for a mapping to no column of ours."""
    own = {header_key(header): _our_target(name) for header, name in mapping.items()}
    ignored = {header_key(name) for name in ignore_columns}
    overrides = OVERRIDES.get(layout.format or "", {})
    words = WORDS.get(layout.format or "", frozenset())
    columns: list[ColumnMap] = []
    taken: set[str] = set()
    for position, header in enumerate(layout.header):
        key = header_key(header)
        target: str | None
        if key and key in ignored:
            target, is_known = "ignored", True
        else:
            target = own.get(key) or overrides.get(key) or (target_of(header) if key else None)
            is_known = target is not None or key in words or not header
            target = target or _own_consent_column(header) or "extra"
            is_known = is_known or target != "extra"
        columns.append(ColumnMap(position, header, _unique(header, position, taken), target, is_known))
    columns = _settle(columns, set(own))
    faults: list[str] = []
    if not layout.has_header:
        faults.append("no_header")
    elif not any(c.target in IDENTIFYING for c in columns):
        faults.append("no_known_column")
    sign = sign or suppressions_by_columns(layout.format, [(c.target, header_key(c.header)) for c in columns])
    return HeaderMap(
        tuple(columns),
        "suppressions" if sign and sign.is_suppression else "contacts",
        sign.restrictions if sign else (),
        tuple(faults),
    )


def _our_target(name: str) -> str:
    target = _OUR_NAMES.get(name.strip().lower())
    if target is None:
        raise ConfigurationError(
            f"mapping to {name!r}: not a column of ours. Use one of {', '.join(sorted(_OUR_NAMES))}."
        )
    return target


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


def _settle(columns: list[ColumnMap], own: set[str]) -> list[ColumnMap]:
    """Words whose meaning depends on their neighbours; a source's own mapping is never changed."""
    keys = {header_key(c.header) for c in columns if c.target != "ignored"}
    targets = {c.target for c in columns}

    def settled(column: ColumnMap) -> str:
        key = header_key(column.header)
        if key in own:
            return column.target
        if key == "title" and "jobtitle" in keys:  # Outlook: Mr, Dr
            return "extra"
        if column.target == "name":
            if "given_name" in targets and "family_name" not in targets and keys & {"vorname", "prenom", "voornaam"}:
                return _FAMILY_WITH_WHOLE_NAME.get(key, "name")
            if "family_name" in targets and "given_name" not in targets:
                return _GIVEN_WITH_WHOLE_NAME.get(key, "given_name" if key == "name" else "name")
        return column.target

    return [ColumnMap(c.position, c.header, c.key, settled(c), c.is_known) for c in columns]


def _showable(column: ColumnMap) -> str:
    return f"column_{column.position + 1}" if _PERSONAL.search(column.header) else column.key
