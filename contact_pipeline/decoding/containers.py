"""A dropped file as a stream of text: itself, or what is in it (workbook, vCards, gzip, ZIP).

Which it is, the content says: a file from which a person was erased is plain text from then on, whatever its name. What
is no table is refused at the door alone (check_kind), and there the name counts, too: a workbook that is called .csv
was meant to be something else. What is archived was let in once, and is read as it was.
"""

import weakref
from pathlib import PurePosixPath
from typing import BinaryIO

from contact_pipeline.core.errors import UnreadableDrop
from contact_pipeline.core.faults import Fault
from contact_pipeline.decoding.file_kinds import GZIP, ODS, TEXT, VCARD, XLSX, ZIP, kind_of
from contact_pipeline.decoding.unpacking import gunzip, unzip
from contact_pipeline.decoding.vcards import cards_as_csv
from contact_pipeline.decoding.workbooks import UNDECIDED, sheet_as_csv, undecided
from contact_pipeline.wording.suppression import sign_of_name

SUFFIXES = {
    XLSX: (".xlsx", ".xlsm"), ODS: (".ods",), VCARD: (".vcf", ".vcard"), GZIP: (".gz",), ZIP: (".zip",),
}  # fmt: skip
_CALLED = {
    XLSX: "an Excel workbook", ODS: "a spreadsheet (OpenDocument)", VCARD: "a list of vCards", GZIP: "packed (gzip)",
    ZIP: "packed (ZIP)",
}  # fmt: skip
MAX_BYTES = 2 << 30


class Table:
    """stream: text, at its start; the file itself where it is text, else a private copy that is gone with this object.

    kind: text, xlsx, ods, vcard, gzip or zip. faults: why the drop is held for it. inner_name: of the packed file or of
    the sheet, which may say what the list is.
    """

    def __init__(
        self, stream: BinaryIO, kind: str, *, faults: tuple[Fault, ...] = (), inner_name: str | None = None
    ) -> None:
        self.stream = stream
        self.kind = kind
        self.faults = faults
        self.inner_name = inner_name
        if kind != TEXT:
            weakref.finalize(self, stream.close)

    def reported(self, encoding: str) -> str:
        """What is reported as the encoding: `xlsx`, `vcard`, `gzip+utf-8`."""
        return {TEXT: encoding, GZIP: f"gzip+{encoding}", ZIP: f"zip+{encoding}"}.get(self.kind, self.kind)

    def named(self, file_name: str, sheet: str | None = None) -> str:
        """The file's name; where it says nothing and that of what is inside is one of a list of opt-outs, that. sheet:
        that the policy names; it is known when the workbook is no longer there."""
        of_workbook = file_name.lower().endswith((*SUFFIXES[XLSX], *SUFFIXES[ODS]))
        inner = self.inner_name or (sheet if of_workbook else None)
        if not inner or _says_no(file_name) or not _says_no(inner):
            return file_name
        return f"{inner.replace('/', ' ')}{PurePosixPath(file_name).suffix}"


def _says_no(name: str) -> bool:
    return any(sign_of_name(name, known) for known in (None, "mailchimp"))


def check_kind(stream: BinaryIO, file_name: str) -> None:
    """For a file that comes in; left at its start. Raises UnreadableDrop: misnamed_file, and what kind_of() raises."""
    kind = kind_of(stream)
    if kind != TEXT and not file_name.lower().endswith(SUFFIXES[kind]):
        inner = f", or export {'it' if kind in (XLSX, ODS, VCARD) else 'the list'} as CSV"
        raise UnreadableDrop(
            "misnamed_file",
            f"The file is {_CALLED[kind]}, and its name does not say so. Rename it to end in {SUFFIXES[kind][0]}"
            f"{inner}.",
        )


def as_table(stream: BinaryIO, *, sheet: str | None = None, max_bytes: int = MAX_BYTES) -> Table:
    """stream: seekable, stays open and belongs to the caller. sheet: of a workbook. max_bytes: of the text that comes
    out.

    Raises UnreadableDrop: several_files, no_file_inside, no_table_inside, password_protected, damaged_file,
    unpacks_too_large, empty_file.
    """
    try:
        kind = kind_of(stream)
    except UnreadableDrop:
        kind = TEXT
    if kind in (XLSX, ODS):
        found = sheet_as_csv(stream, kind=kind, sheet=sheet, max_bytes=max_bytes)
        return Table(found.stream, kind, faults=found.faults, inner_name=found.sheet)
    if kind == VCARD:
        return Table(cards_as_csv(stream, max_bytes=max_bytes), kind)
    if kind == TEXT:
        beginning = stream.read(len(UNDECIDED) + 2).decode("latin-1")
        stream.seek(0)
        return Table(stream, kind, faults=undecided(beginning))
    inner_name = None
    if kind == ZIP:
        inner, inner_name = unzip(stream, max_bytes=max_bytes)
    else:
        inner = gunzip(stream, max_bytes=max_bytes)
    table = Table(inner, kind, inner_name=inner_name)
    if kind_of(inner) != TEXT:
        raise UnreadableDrop(
            "no_table_inside", "What is packed in the file is no CSV file but packed or a workbook itself. Unpack it."
        )
    return table
