"""Records that are rows, apart from what stands between and below them. It numbers the rows: landing and erasing count
alike."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from contact_pipeline.reading.lines import NUMBER, OTHER_TABLE, NoPeople
from contact_pipeline.reading.records import (
    LONGEST_FOOTER,
    BrokenRecord,
    ErasedRecord,
    StrayRecord,
    is_blank,
    is_erased,
    is_footer_mark,
    may_be_footer,
)

Row = list[str] | BrokenRecord | ErasedRecord | StrayRecord


@dataclass
class RowAccounting:
    """Counts only. rows_in = records after the header; repairs and restrictions count rows by rule, repairs also the
    lines that are no rows (file:…)."""

    rows_in: int = 0
    blank_lines: int = 0
    preamble_lines: int = 0
    footer_lines: int = 0
    repairs: Counter[str] = field(default_factory=Counter)
    restrictions: Counter[str] = field(default_factory=Counter)


def rows_of(records: Iterator[list[str] | BrokenRecord], counts: RowAccounting, no_people: NoPeople) -> Iterator[Row]:
    """What may be a footer is held back until a row follows or the file ends."""
    held: list[list[str]] = []
    address, phone = no_people.address, no_people.phone
    has_address, is_stray = address > -1, False
    for record in records:
        # An address or number where this file has them: the usual record, neither blank nor a label nor a footer.
        if has_address and record.__class__ is list and len(record) > address and "@" in record[address]:
            if not held and not is_stray:
                yield record
                continue
        elif isinstance(record, list) and not (-1 < phone < len(record) and NUMBER.match(record[phone])):
            if is_blank(record):
                held.append(record)
                if len(held) > 1000:  # a spreadsheet's empty tail: counted now, nothing to hold
                    held, counts.blank_lines = _without_blanks(held, counts.blank_lines)
                continue
            if is_erased(record):  # a row wherever it stands, also before a footer
                yield from _release(held, counts, is_stray)
                held = []
                yield ErasedRecord(record)
                continue
            if kind := no_people.kind(record):
                counts.repairs[f"file:{kind}"] += 1
                if kind == OTHER_TABLE or (is_stray and no_people.is_header(record)):
                    yield from _release(held, counts, is_stray)
                    held, is_stray = [], kind == OTHER_TABLE
                continue
            if (held or is_footer_mark(record)) and may_be_footer(record):
                held.append(record)
                continue
        if held:
            yield from _release(held, counts, is_stray)
            held = []
        yield StrayRecord(record) if is_stray and isinstance(record, list) else record
    lines = [record for record in held if not is_blank(record)]
    if lines and len(lines) <= LONGEST_FOOTER and any(map(is_footer_mark, lines)):
        counts.footer_lines += len(lines)
        counts.blank_lines += len(held) - len(lines)
    else:
        yield from _release(held, counts, is_stray)


def _release(held: list[list[str]], counts: RowAccounting, is_stray: bool) -> Iterator[Row]:
    for record in held:
        if is_blank(record):
            counts.blank_lines += 1
        else:
            yield StrayRecord(record) if is_stray else record


def _without_blanks(held: list[list[str]], blank_lines: int) -> tuple[list[list[str]], int]:
    """Keeps one blank so that what follows may still be a footer."""
    lines = [record for record in held if not is_blank(record)]
    return [[], *lines], blank_lines + len(held) - len(lines) - 1
