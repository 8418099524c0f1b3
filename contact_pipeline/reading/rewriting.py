"""A file, written again without some of its rows. Decides nothing about whose they are; reads rows as landing does.

The line that stands for an erased row keeps all other rows in their places: a file that was rewritten is read again
when a drop is replayed, and what was applied is known by its row number.
"""

import io
from collections.abc import Callable, Iterator, Set
from contextlib import closing, contextmanager
from itertools import takewhile
from typing import BinaryIO, TextIO

from contact_pipeline.decoding.encoding import BLOCK, ExactEncoding, exact_encoding
from contact_pipeline.reading.drop_file import Drop, DropOptions, open_drop
from contact_pipeline.reading.records import erased_line


def rewrite(stream: BinaryIO, sink: BinaryIO, erased: Set[int], *, file_name: str, options: DropOptions) -> int:
    """Copy `stream` to `sink`, the rows with the numbers in `erased` replaced by one line each that lands as erased.

    stream: seekable, belongs to the caller. sink: written from where it stands, never read. file_name, options: as for
    open_drop(). Every other byte stays as it is, whatever the encoding, line ends and quoting; the new line ends as the
    row's last line did. Of what was packed (a workbook, vCards, gzip, ZIP) the text is written that was read from it.

    Returns how many rows were replaced: numbers the file does not have and rows that were erased before do not count.
    So writing again what was written, with the same numbers, changes nothing and returns 0.
    Raises UnreadableDrop as open_drop() does, before anything is written.

    What the erased rows alone told about the file is gone with them: whether 03/04 is in April, whether a file of few
    bytes beyond ASCII is cp1252 or UTF-8 with stray bytes (encoding.py weighs all of them), and, within more than
    LONGEST_FOOTER lines of prose at the end, that these are rows and no footer. No other row's number changes by that.
    Text outside of rows (preamble, header, footer) is not erased.
    """
    drop = open_drop(stream, file_name=file_name, options=options)
    extents = _located(drop, erased)
    line = erased_line(len(drop.layout.header), drop.layout.dialect)
    stream = drop.table.stream
    exact = exact_encoding(stream, drop.encoding)
    sink.write(exact.mark)

    def write(part: str) -> None:
        sink.write(part.encode(exact.codec, exact.errors))

    with _exact_text(stream, exact) as text:
        position = 0
        for start, end in extents:
            for part in _parts(text, start - position):
                write(part)
            tail = ""
            for part in _parts(text, end - start):
                tail = (tail + part)[-2:]
            write(line + _line_end(tail))
            position = end
        while part := text.read(BLOCK):
            write(part)
    return len(extents)


def rows_where(
    stream: BinaryIO, is_wanted: Callable[[str], bool], *, file_name: str, options: DropOptions
) -> list[int | None]:
    """Numbers of the rows whose text is_wanted; None stands for text outside of rows (preamble, header, footer).

    stream, file_name, options and what is raised: as for rewrite(). Lines that stand for erased rows count as outside.
    """
    parts = _numbered_text(open_drop(stream, file_name=file_name, options=options))
    return [number for number, text in parts if is_wanted(text)]


def rewrite_texts(
    stream: BinaryIO, sink: BinaryIO, change: Callable[[int | None, str], str], *, file_name: str, options: DropOptions
) -> None:
    """Copy `stream` to `sink`, each part as `change` wants it: given a row's number (None: outside of rows) and its
    text, as written, line end included. What it gives back unchanged keeps its bytes. Other arguments as for rewrite().
    """
    drop = open_drop(stream, file_name=file_name, options=options)
    exact = exact_encoding(drop.table.stream, drop.encoding)
    sink.write(exact.mark)
    for number, text in _numbered_text(drop):
        sink.write(change(number, text).encode(exact.codec, exact.errors))


def _numbered_text(drop: Drop) -> Iterator[tuple[int | None, str]]:
    """The whole text in order: each row with its number, and what stands between, with None."""
    extents = list(drop.extents())
    stream = drop.table.stream
    with _exact_text(stream, exact_encoding(stream, drop.encoding)) as text:
        position = 0
        for number, start, end in extents:
            if outside := text.read(start - position):
                yield None, outside
            yield number, text.read(end - start)
            position = end
        if rest := text.read():
            yield None, rest


def _located(drop: Drop, numbers: Set[int]) -> list[tuple[int, int]]:
    last = max(numbers, default=0)
    with closing(drop.extents()) as rows:  # it reads the stream that comes next
        wanted = takewhile(lambda row: row[0] <= last, rows)
        return [(start, end) for number, start, end in wanted if number in numbers]


@contextmanager
def _exact_text(stream: BinaryIO, exact: ExactEncoding) -> Iterator[TextIO]:
    """The text from where the stream stands, which stays open."""
    text = io.TextIOWrapper(stream, encoding=exact.codec, errors=exact.errors, newline="")
    try:
        yield text
    finally:
        text.detach()


def _parts(text: TextIO, characters: int) -> Iterator[str]:
    """The next characters of the text, in pieces that fit into memory."""
    while characters and (part := text.read(min(characters, BLOCK))):
        characters -= len(part)
        yield part


def _line_end(tail: str) -> str:
    """tail: the last two characters of a record. The last record of a file may have no line end."""
    return "\r\n" if tail == "\r\n" else tail[-1:] if tail[-1:] in ("\r", "\n") else ""
