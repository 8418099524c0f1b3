"""Records → rows in our words, a chunk at a time and column by column. Refuses no row: reasons say why one is no
contact."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from contact_pipeline.reading import touch_rows
from contact_pipeline.reading.cells import (
    NOTHING,
    NOTHING_FOR_NAMES,
    RowNotes,
    any_true,
    clean,
    emptied,
    joined,
    map_distinct,
    meaningful,
    refuse_where,
    rows_where,
    strings,
    within,
)
from contact_pipeline.reading.claims import ClaimsBuilder
from contact_pipeline.reading.contact_points import PLAIN_EMAIL
from contact_pipeline.reading.headers import ColumnMap, HeaderMap
from contact_pipeline.reading.json_text import member, member_text, objects
from contact_pipeline.reading.links import profile_urls
from contact_pipeline.reading.lost_rows import lost_opt_outs, put
from contact_pipeline.reading.record_ids import record_ids
from contact_pipeline.reading.restrictions import Tally
from contact_pipeline.reading.row_permissions import RowPermissions
from contact_pipeline.reading.row_points import RowPoints
from contact_pipeline.reading.whole_names import last_first
from contact_pipeline.schemas.landed import ERASED_SUBJECT, LANDED_ROWS, LONGEST_EMAIL, LONGEST_TEXT, LONGEST_URL
from contact_pipeline.wording.dates import Order
from contact_pipeline.wording.touches import name_of_touch

LONGEST_EXTRA = 32_767  # a spreadsheet's longest cell
LANDED = [name for name in LANDED_ROWS.column_names if name not in ("drop_key", "outcome", "contact_id")]
TEXTS = ("record_id", "name", "given_name", "family_name", "email", "phone", "company", "title", "linkedin_url",
"location", "country", "claims", "extra")  # fmt: skip
LISTS = ("more_emails", "more_phones", "restrictions", "repairs", "reasons")
_OF_NOBODY = frozenset(("deletion_completed", ERASED_SUBJECT))  # nothing of such a row is kept
_NAMES = ("name", "given_name", "middle_name", "family_name")
_LONGEST = {"email": LONGEST_EMAIL, "linkedin_url": LONGEST_URL}


def land_rows(
    records: Sequence[Sequence[str]],
    broken: dict[int, tuple[str, str | None]],
    *,
    first_number: int,
    header_map: HeaderMap,
    order_of: Callable[[str], Order | None],
    repaired: Sequence[tuple[int, str]] = (),
    landed_at: datetime | None = None,
    tally: Tally | None = None,
    lost: Mapping[int, Sequence[str]] | None = None,
) -> pd.DataFrame:
    """records: cells, each as wide as the header. broken: position → (reason, text to keep) for records that are no
    row. lost: the cells of those among them whose columns nobody knows; what they say against being contacted counts.

    Returns the columns of schemas.LANDED_ROWS from row_number on, and `reasons`. Cells of ignored columns are not
    touched.
    """
    chunk = _Chunk(records, broken, first_number, header_map, order_of, repaired, landed_at, tally or Tally())
    return chunk.frame(lost or {})


class _Chunk:
    def __init__(
        self,
        records: Sequence[Sequence[str]],
        broken: dict[int, tuple[str, str | None]],
        first_number: int,
        header_map: HeaderMap,
        order_of: Callable[[str], Order | None],
        repaired: Sequence[tuple[int, str]],
        landed_at: datetime | None,
        tally: Tally,
    ) -> None:
        self.rows = len(records)
        self.map = header_map
        self.first_number = first_number
        self.notes = RowNotes(self.rows)
        for row, rule in repaired:
            self.notes.repair([row], rule)
        self.claims = ClaimsBuilder(self.notes, order_of, landed_at)
        self.tally = tally
        self.landed_at = landed_at
        self.none = pa.nulls(self.rows, pa.string())
        self.cells = list(zip(*records, strict=True)) if records else []
        self.broken = broken
        self.reasons: dict[int, list[str]] = {row: [reason] for row, (reason, _) in broken.items()}
        self.extras: list[pa.Array] = []

    def frame(self, lost: Mapping[int, Sequence[str]]) -> pd.DataFrame:
        columns: dict[str, pa.Array] = {}
        for name in ("record_id", "company", "title", "location", "city", "region", "country"):
            columns[name] = self.single(name)
        columns["linkedin_url"] = self.profile()
        self.names(columns)
        points = RowPoints(self.map, self.notes, self.raw)
        points.place(columns)
        more = points.read(columns)
        confidence = self.confidence()
        self.permissions(columns)
        for row, said in lost_opt_outs(lost, self.map).items():
            columns["email"] = put(columns["email"], row, said.emails[:1])
            columns["phone"] = put(columns["phone"], row, said.phones[:1])
            more["more_emails"][row], more["more_phones"][row] = said.emails[1:], said.phones[1:]
            self.notes.restrict([row], said.restrictions)
        for name in ("record_id", *_NAMES, "email", "phone", "company", "title", "linkedin_url", "location"):
            columns[name] = within(columns[name], _LONGEST.get(name, LONGEST_TEXT), name, self.key(name), self.notes)
        self.keep_extras()
        if self.map.kind == "touches":
            self.touches()
        self.judge(columns)
        columns["claims"] = objects(self.claims.members(), self.rows)
        columns["extra"] = objects([*self.extras, self.refused()], self.rows)
        erased = [row for row, reasons in self.reasons.items() if not _OF_NOBODY.isdisjoint(reasons)]
        return self.assemble(columns, more, confidence, erased)

    # --- cells -------------------------------------------------------------------------------------------------

    def raw(self, column: ColumnMap) -> pa.Array:
        return strings(self.cells[column.position]) if self.cells else self.none

    def text(self, column: ColumnMap, field: str, nothing: frozenset[str] = NOTHING) -> pa.Array:
        return meaningful(
            clean(self.raw(column), field, self.notes, key=column.key), field, column.key, self.notes, nothing
        )

    def key(self, name: str) -> str:
        """The column a field came from, for cells that are kept in `extra`."""
        found = self.map.of(name)
        return found[0].key if found else name

    def single(self, name: str) -> pa.Array:
        """The first non-empty of a field's columns; a different value in a later one goes to `extra`."""
        result = self.none
        nothing = NOTHING_FOR_NAMES if name in _NAMES else NOTHING - {"na"} if name == "country" else NOTHING
        for column in self.map.of(name):
            values = self.text(column, name, nothing)
            if name == "record_id":
                values = record_ids(self.unmarked(values), column.key, self.notes)
            self.losers(result, values, column)
            result = pc.coalesce(result, values)
        return result

    def unmarked(self, ids: pa.Array) -> pa.Array:
        """Without the apostrophe that spreadsheets, and Shopify's export, put before a long number to keep it text."""
        marked = pc.starts_with(ids, "'")
        if not any_true(marked):
            return ids
        self.notes.repair(rows_where(marked), "record_id:apostrophe")
        return pc.if_else(marked, pc.utf8_slice_codeunits(ids, 1), ids)

    def losers(self, winners: pa.Array, values: pa.Array, column: ColumnMap) -> None:
        if winners.null_count == self.rows:
            return
        lost = pc.not_equal(winners, values)
        if any_true(lost):
            self.extras.append(member(column.key, emptied(values, pc.invert(pc.fill_null(lost, False)))))

    # --- fields ------------------------------------------------------------------------------------------------

    def names(self, columns: dict[str, pa.Array]) -> None:
        for name in _NAMES:
            columns[name] = self.single(name)
        if self.map.of("second_family_name"):  # both surnames, as Spanish and Portuguese lists keep them
            second = self.single("second_family_name")
            columns["family_name"] = joined([columns["family_name"], second], " ")
        # Google writes the address into First Name when a contact has no name.
        addresses = self.none
        for name in _NAMES:
            address = pc.match_substring_regex(columns[name], PLAIN_EMAIL)
            if any_true(address):
                self.notes.repair(rows_where(address), "name:email_in_name")
                addresses = pc.coalesce(addresses, emptied(columns[name], pc.invert(pc.fill_null(address, False))))
                columns[name] = emptied(columns[name], address)
        columns["_address"] = addresses
        parts = [columns[n] for n in ("given_name", "middle_name", "family_name")]
        if self.map.is_last_first:
            columns.update(last_first(columns["name"], self.notes))
            return
        if all(part.null_count == self.rows for part in parts):
            return
        columns["name"] = pc.coalesce(columns["name"], joined(parts, " "))

    def profile(self) -> pa.Array:
        result = self.none
        for column in self.map.of("linkedin_url"):
            given = self.text(column, "linkedin_url")
            if given.null_count == self.rows:
                continue
            urls = profile_urls(given)
            other = pc.and_(given.is_valid(), urls.is_null())
            if any_true(other):
                self.extras.append(member(column.key, emptied(given, pc.invert(other))))
            self.losers(result, urls, column)
            result = pc.coalesce(result, urls)
        return result

    def confidence(self) -> pa.Array:
        result = pa.nulls(self.rows, pa.float64())
        for column in self.map.of("confidence", "confidence_percent"):
            given = self.text(column, "confidence")
            always = column.target == "confidence_percent"
            may_be_percent = "email" in column.key.lower()
            shares = map_distinct(
                given, partial(_share, always_percent=always, may_be_percent=may_be_percent), pa.float64()
            )
            bad = pc.and_(given.is_valid(), shares.is_null())
            refuse_where(given, bad, "confidence:out_of_range", column.key, self.notes)
            result = pc.coalesce(result, shares)
        return result

    def permissions(self, columns: dict[str, pa.Array]) -> None:
        read = RowPermissions(self.map, self.notes, self.claims, self.tally, text=self.text, raw=self.raw)
        read.read(columns["email"], columns["phone"])
        self.extras += read.extras
        for row in read.erased:
            self.reasons.setdefault(row, []).append("deletion_completed")

    # --- extra and outcome -------------------------------------------------------------------------------------

    def touches(self) -> None:
        """Rows that say not what happened, or when; and who left, which holds before anybody works them off."""
        names = {name_of_touch(c.header): c for c in self.map.columns if c.target == "extra"}
        faults, left = touch_rows.judge(
            {name: self.cells[c.position] for name, c in names.items()} if self.cells else {}, now=self.landed_at
        )
        for row, reason in faults.items():
            self.reasons.setdefault(row, []).append(reason)
        for row, restrictions in left.items():
            self.notes.restrict([row], restrictions)

    def keep_extras(self) -> None:
        for column in self.map.columns:
            if column.target == "extra":
                values = clean(self.raw(column), "extra", self.notes, single_line=False)
                if values.null_count < self.rows:
                    values = within(values, LONGEST_EXTRA, "extra", column.key, self.notes)
                    self.extras.append(member(column.key, values))

    def refused(self) -> pa.Array:
        if not self.notes.refused and not self.broken:
            return self.none
        texts: list[str | None] = [None] * self.rows
        for row, cells in self.notes.refused.items():
            texts[row] = ",".join(member_text(key, _printable(cell)) for key, cell in cells.items())
        for row, (reason, text) in self.broken.items():
            texts[row] = member_text(reason, _printable(text[:2_000])) if text else None
        return strings(texts)

    def judge(self, columns: dict[str, pa.Array]) -> None:
        """A row is a contact when it has a name, an e-mail, a phone, a profile URL or a record id."""
        is_suppression = self.map.kind == "suppressions"
        fields: tuple[str, ...] = ("email", "phone")
        if self.map.kind == "contacts":
            fields = ("name", "email", "phone", "linkedin_url", "record_id")
        nobody = columns[fields[0]].is_null()
        for name in fields[1:]:
            nobody = pc.and_(nobody, columns[name].is_null())
        reason = "nothing_to_suppress" if is_suppression else "nothing_identifying"
        for row in rows_where(nobody):
            self.reasons.setdefault(row, [reason])

    def assemble(
        self,
        columns: dict[str, pa.Array],
        more: dict[str, dict[int, list[str]]],
        confidence: pa.Array,
        erased: list[int],
    ) -> pd.DataFrame:
        gone = np.zeros(self.rows, bool)
        gone[erased] = True
        lists = {
            **more,
            "restrictions": self.notes.restrictions,
            "repairs": self.notes.repairs,
            "reasons": self.reasons,
        }
        for row in erased:
            for name in ("more_emails", "more_phones", "restrictions", "repairs"):
                lists[name].pop(row, None)
        dtype = pd.StringDtype("pyarrow", na_value=np.nan)
        data: dict[str, object] = {
            "row_number": np.arange(self.first_number, self.first_number + self.rows, dtype="int64")
        }
        for name in [*LANDED[1:], "reasons"]:
            if name in LISTS:
                data[name] = _objects(lists[name], self.rows)
            elif name == "confidence":
                values = confidence.to_numpy(zero_copy_only=False).astype("float64")
                data[name] = np.where(gone, np.nan, values)
            else:
                column = emptied(columns[name], pa.array(gone)) if erased else columns[name]
                data[name] = pd.Series(pd.array(column.cast(pa.large_string()), dtype=dtype))
        return pd.DataFrame(data)


def _objects(found: dict[int, list[str]], rows: int) -> pd.Series:
    cells = np.full(rows, None, dtype=object)
    for row, values in found.items():
        if values:
            cells[row] = values
    return pd.Series(cells, dtype=object)


def _share(text: str, always_percent: bool, may_be_percent: bool) -> float | None:
    """0-1, two places. A bare 85 is a percentage only in a column that is known to hold them."""
    is_percent = text.endswith("%")
    try:
        number = float(text.rstrip("% ").replace(",", "."))
    except ValueError:
        return None
    if is_percent or always_percent or (may_be_percent and number > 1):
        number /= 100
    return round(number, 2) if 0 <= number <= 1 else None


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() or c in " \n\t" else " " if c in "\r\x0b\x0c" else "" for c in text)
