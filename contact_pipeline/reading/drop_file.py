"""A file, opened: what it is (layout, header map) and its rows in chunks. Memory does not grow with the file."""

import hashlib
import io
from collections import Counter, deque
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import BinaryIO

import pandas as pd

from contact_pipeline.core.errors import UnreadableDrop
from contact_pipeline.core.faults import Fault
from contact_pipeline.decoding.containers import MAX_BYTES, Table, as_table
from contact_pipeline.decoding.encoding import BLOCK, Encoding, detect_encoding
from contact_pipeline.reading.chunk import land_rows
from contact_pipeline.reading.column_orders import ColumnOrders
from contact_pipeline.reading.columns import Names, judge_columns, unread_permissions
from contact_pipeline.reading.content import SAMPLE_RECORDS, look_at
from contact_pipeline.reading.headers import name_columns
from contact_pipeline.reading.layout import DELIMITERS, Layout, detect_layout
from contact_pipeline.reading.lines import OTHER_TABLE, NoPeople
from contact_pipeline.reading.realigning import Realigner, is_crowded
from contact_pipeline.reading.records import (
    BrokenRecord,
    ErasedRecord,
    Meter,
    Place,
    StrayRecord,
    is_blank,
    is_erased,
    read_records,
)
from contact_pipeline.reading.restrictions import Tally
from contact_pipeline.reading.table_faults import faults_of_table
from contact_pipeline.reading.table_rows import Row, RowAccounting, rows_of
from contact_pipeline.schemas.landed import ERASED_SUBJECT
from contact_pipeline.wording.formats import DAY_FIRST

SELDOM = 20  # one row in so many
ENOUGH_ROWS = 3  # to tell what a file does
TOO_MANY = "too_many_cells"
CHUNK_CHARS = 1 << 24  # whatever the number of rows: a chunk of very wide rows is cut earlier


@dataclass(frozen=True)
class DropOptions:
    """What the policy says about the source. mapping: header → our column; ignore_columns: dropped by name. landed_at:
    when the file came; None: its dates may be of any time. folder: the source, whose name may speak of opt-outs.
    contents: contacts, opt_outs or touches; None: name and columns tell. sheet: of a workbook with several. encoding:
    of files whose bytes do not prove theirs. max_bytes: of the text that comes out of a packed file."""

    mapping: Mapping[str, str] = field(default_factory=dict)
    ignore_columns: tuple[str, ...] = ()
    max_rows: int = 10_000_000
    chunk_rows: int = 25_000
    landed_at: datetime | None = None
    folder: str = ""
    contents: str | None = None
    sheet: str | None = None
    encoding: str | None = None
    max_bytes: int = MAX_BYTES


def fingerprint(stream: BinaryIO) -> str:
    """SHA-256 (hex) of the content; the stream is left at its start."""
    stream.seek(0)
    digest = hashlib.sha256()
    while block := stream.read(BLOCK):
        digest.update(block)
    stream.seek(0)
    return digest.hexdigest()


def open_drop(stream: BinaryIO, *, file_name: str, options: DropOptions) -> "Drop":
    """stream: seekable, stays open and belongs to the caller. file_name: tells Mailchimp's and suppression files.

    Raises UnreadableDrop with reason empty_file, binary_file or undecodable_text, or one of as_table().
    """
    table = as_table(stream, sheet=options.sheet, max_bytes=options.max_bytes)
    encoding = detect_encoding(table.stream, options.encoding)
    encoding = replace(encoding, name=table.reported(encoding.name))
    layout = detect_layout(table.stream, encoding)
    return Drop(table, encoding, layout, options, table.named(file_name, options.sheet))


class Drop:
    """One file. table: what is read of it. sample: its first whole records. `accounting` is complete once chunks() is
    exhausted; chunks() may be called again and starts anew."""

    def __init__(self, table: Table, encoding: Encoding, layout: Layout, options: DropOptions, file_name: str) -> None:
        self.table = table
        self.encoding = encoding
        self.layout = layout
        self.accounting = RowAccounting()
        self.tally = Tally()
        self._stream = table.stream
        self._options = options
        named, self._settled = name_columns(layout, mapping=options.mapping, ignore_columns=options.ignore_columns)
        self._no_people = NoPeople(layout.header)
        self.sample, self._is_even = self._first(len(named))
        names = Names(file_name, options.folder, options.contents)
        self.header_map = judge_columns(named, self._settled, layout, names, sample=self.sample, records=self._whole)
        seen = look_at(self.sample, len(named))
        day_first = DAY_FIRST.get(layout.format or "")
        self._orders = ColumnOrders(
            self.header_map.columns, self._to_prove, day_first=day_first, landed_at=options.landed_at
        )
        self._realigner = Realigner(self.header_map.columns, seen, layout.delimiter)

    def _first(self, width: int) -> tuple[list[list[str]], bool]:
        """The first whole records, and whether all others are as wide, too: many programs leave out empty cells at the
        end or write one more. Where none does, a delimiter too few or too many may be any."""
        whole: list[list[str]] = []
        others: set[tuple[str, ...]] = set()
        for record in self._whole():
            if len(record) == width:
                whole.append(record)
                if len(whole) == SAMPLE_RECORDS:
                    break
            elif len(others) < SAMPLE_RECORDS:
                others.add(tuple(record))
        return whole, len(whole) >= ENOUGH_ROWS and len(others) <= max(1, len(whole) // SELDOM)

    def faults(self) -> tuple[Fault, ...]:
        """Why the drop is held; complete once chunks() is exhausted."""
        if self.table.faults:  # there is no table yet that could have others
            return self.table.faults
        guessed = [c for c in self.header_map.columns if c.position not in self._settled]
        others = self.accounting.repairs[f"file:{OTHER_TABLE}"]
        return (
            *self.encoding.faults,
            *self.header_map.faults,
            *faults_of_table(self.header_map.columns, self.sample, others),
            *unread_permissions(guessed, self.tally),
        )

    def _whole(self) -> Iterator[list[str]]:
        """Records whose quoting is right and that may be people."""
        with closing(self._records(Counter(), Meter())) as records:
            for record in records:
                if isinstance(record, list) and not (
                    is_blank(record) or is_erased(record) or self._no_people.kind(record)
                ):
                    yield record

    def chunks(self) -> Iterator[pd.DataFrame]:
        """Frames of schemas.LANDED_ROWS (without drop_key, outcome,
        contact_id) plus `reasons` (list of rule names or None).

        At least one frame, which may be empty. Raises UnreadableDrop(too_many_rows).
        """
        self.accounting = counts = RowAccounting(preamble_lines=self.layout.preamble_lines)
        if self.encoding.stray_bytes:
            counts.repairs["file:stray_bytes"] = self.encoding.stray_bytes
        width, max_rows, chunk_rows = len(self.layout.header), self._options.max_rows, self._options.chunk_rows
        meter = Meter()
        block = _Block(1)
        room = min(chunk_rows, max_rows + 1)
        records = block.records
        for record in rows_of(self._records(counts.repairs, meter), counts, self._no_people):
            # The ordinary record is as wide as the header: nothing else may cost time here.
            if record.__class__ is list and len(record) == width:
                records.append(record)
            else:
                self._fit(record, block)
            if len(records) >= room or meter.chars >= CHUNK_CHARS:
                yield self._land(block)
                block = _Block(counts.rows_in + 1)
                records = block.records
                room = min(chunk_rows, max_rows - counts.rows_in + 1)
                meter.chars = 0
        if records or not counts.rows_in:
            yield self._land(block)

    def extents(self) -> Generator[tuple[int, int, int]]:
        """Where each row stands, in order: its number, first character and the one after the last, line end included,
        counted in the text without a byte order mark. Rows that were erased before are left out."""
        place = Place()
        waiting: deque[tuple[list[str] | BrokenRecord, tuple[int, int]]] = deque()

        def placed(records: Iterator[list[str] | BrokenRecord]) -> Iterator[list[str] | BrokenRecord]:
            for record in records:
                if isinstance(record, BrokenRecord) or not is_blank(record):  # a long blank tail need not wait
                    waiting.append((record, (place.start, place.end)))
                yield record

        with closing(self._records(Counter(), Meter(), place)) as records:
            for number, row in enumerate(rows_of(placed(records), RowAccounting(), self._no_people), 1):
                record = row.cells if isinstance(row, ErasedRecord | StrayRecord) else row
                while waiting[0][0] is not record:  # what turned out to be no row
                    waiting.popleft()
                _, extent = waiting.popleft()
                if not isinstance(row, ErasedRecord):
                    yield number, *extent

    def _records(
        self, repairs: Counter[str], meter: Meter, place: Place | None = None
    ) -> Generator[list[str] | BrokenRecord]:
        """Everything after the header, blank lines and footers included."""
        self._stream.seek(0)
        text = io.TextIOWrapper(self._stream, encoding=self.encoding.codec, errors=self.encoding.errors, newline="")
        try:
            records = read_records(
                text, self.layout.dialect, repairs, meter, has_long_lines=self.encoding.has_long_lines, place=place
            )
            for _ in range(self.layout.records_before_data):
                next(records, None)
            yield from records
        finally:
            text.detach()

    def _fit(self, record: Row, block: "_Block") -> None:
        """Fits one record to the width of the header, or marks it as no row."""
        width = len(self.layout.header)
        at = len(block.records)
        if isinstance(record, ErasedRecord):
            block.broken[at] = (ERASED_SUBJECT, None)
            record = []
        elif isinstance(record, StrayRecord):
            record = self._break(block, OTHER_TABLE, record.cells)
        elif isinstance(record, BrokenRecord):
            if record.cells is None or len(record.cells) != width:
                record = self._break(block, "unparsable", [record.line])
            else:
                block.repaired.append((at, "row:quotes"))
                record = record.cells
        if len(record) > width:
            if any(map(str.strip, record[width:])):
                record = self._realigned(record, block, TOO_MANY)
            elif self._is_even and len(record) == width + 1:
                record = self._agreed(record, block, TOO_MANY)
            else:
                record = record[:width]
        elif 0 < len(record) < width and at not in block.broken:
            record = self._completed(record, block)
        block.records.append(record + [""] * (width - len(record)))

    def _completed(self, record: list[str], block: "_Block") -> list[str]:
        """A row with too few cells: cut by another delimiter, or some are left out, at its end or before. Never a whole
        line as a name."""
        line = self.layout.delimiter.join(record)
        filled = sum(map(bool, map(str.strip, record)))
        for delimiter in DELIMITERS if "\n" not in line and "\r" not in line else "":
            if delimiter != self.layout.delimiter or filled == 1:
                text = next(filter(str.strip, record), "") if filled == 1 else line
                cells = next(replace(self.layout.dialect, delimiter=delimiter).read([text], strict=False), [])
                if len(cells) == len(self.layout.header) and (filled == 1 or self._realigner.fits(cells)):
                    block.repaired.append((len(block.records), "row:other_delimiter"))
                    return cells
        if filled == 1 and is_crowded(next(filter(str.strip, record))):
            return self._break(block, "unparsable", [line])
        if self._realigner.is_doubtful(record):
            return self._realigned(record, block, "shifted_cells")
        if self._is_even and len(record) == len(self.layout.header) - 1:
            return self._agreed(record, block, "shifted_cells")
        return record

    def _agreed(self, record: list[str], block: "_Block", reason: str) -> list[str]:
        """What is certain of a row that is off by one cell."""
        width = len(self.layout.header)
        agreed = self._realigner.agreed(record)
        if agreed is None:
            return self._break(block, reason, record)
        if agreed != [*record, ""][:width]:
            block.repaired.append((len(block.records), "row:uncertain_cells"))
        return agreed

    def _realigned(self, record: list[str], block: "_Block", reason: str) -> list[str]:
        """The row with its cells under their columns, or nothing of it."""
        mended = self._realigner.mended(record)
        if mended is None:
            return self._break(block, reason, record)
        block.repaired.append((len(block.records), "row:realigned"))
        return mended

    def _break(self, block: "_Block", reason: str, cells: list[str], at: int | None = None) -> list[str]:
        """Nothing of the row is left, but for what it says against being contacted."""
        at = len(block.records) if at is None else at
        block.broken[at] = (reason, self._kept(" | ".join(cells)))
        block.lost[at] = cells
        return []

    def _put_right(self, block: "_Block") -> None:
        """Rows of the right width whose address is not where everybody's is."""
        place = self._realigner.addresses
        if place is None:
            return
        odd = [(at, record) for at, record in enumerate(block.records) if "@" not in record[place] and record[place]]
        for at, record in odd:
            if self._realigner.is_shifted(record):
                mended = self._realigner.mended(record)
                if mended is not None and mended != record:
                    block.records[at] = mended
                    block.repaired.append((at, "row:realigned"))
                elif self._realigner.is_torn(record):
                    self._break(block, "shifted_cells", record, at)
                    block.records[at] = [""] * len(record)

    def _kept(self, text: str) -> str | None:
        """A record that cannot be split into columns is kept as text,
        unless a column of it had to be dropped by name."""
        return None if self.header_map.ignored_headers else text[:2_000]

    def _land(self, block: "_Block") -> pd.DataFrame:
        self._put_right(block)
        self.accounting.rows_in += len(block.records)
        if self.accounting.rows_in > self._options.max_rows:
            raise UnreadableDrop("too_many_rows", f"The file has more than {self._options.max_rows} rows. Split it.")
        frame = land_rows(
            block.records,
            block.broken,
            first_number=block.first_number,
            header_map=self.header_map,
            order_of=self._orders,
            landed_at=self._options.landed_at,
            repaired=block.repaired,
            lost=block.lost,
            tally=self.tally,
        )
        for name, counter in (("repairs", self.accounting.repairs), ("restrictions", self.accounting.restrictions)):
            for values in frame[name].dropna():
                counter.update(values)
        return frame

    def _to_prove(self) -> Iterator[list[str]]:
        """All records as wide as the header, read anew amidst chunks()."""
        here = self._stream.tell()
        for record in self._records(Counter(), Meter()):
            if isinstance(record, list) and len(record) == len(self.layout.header):
                yield record
        self._stream.seek(here)  # the reader of chunks() has its own buffer and goes on from where the stream was


class _Block:
    """Records on their way to becoming a chunk."""

    def __init__(self, first_number: int) -> None:
        self.first_number = first_number
        self.records: list[list[str]] = []
        self.broken: dict[int, tuple[str, str | None]] = {}
        self.repaired: list[tuple[int, str]] = []
        self.lost: dict[int, list[str]] = {}
