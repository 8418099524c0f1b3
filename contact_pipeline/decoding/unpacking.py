"""A packed text, unpacked into a private file that is gone when it is closed. What may come out is bounded while it
comes: no header of a packed file is believed."""

import csv
import errno
import io
import lzma
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import IO, BinaryIO, cast

from contact_pipeline.core.errors import UnreadableDrop

BLOCK = 1 << 18
MAX_RATIO = 200  # a million like rows pack 100:1; a bomb some 1,000:1
FREE_BYTES = 64 << 20  # so much may come out of any file
# What file managers add by themselves.
_OF_SYSTEMS = {".ds_store", "thumbs.db", "desktop.ini", "ehthumbs.db"}
_DAMAGED = "The file is packed, and damaged or cut off. Pack it again, or drop it unpacked."


class Allowance:
    """How much may still come out of a packed file. Raises UnreadableDrop(unpacks_too_large)."""

    def __init__(self, packed_bytes: int, max_bytes: int) -> None:
        self._left = min(max_bytes, max(FREE_BYTES, packed_bytes * MAX_RATIO))

    def take(self, count: int) -> None:
        """So many bytes more have come out."""
        self._left -= count
        if self._left < 0:
            raise UnreadableDrop(
                "unpacks_too_large",
                "What is packed in the file is far larger than the file, or over limits.max_file_mb. Drop it unpacked.",
            )


def private_file() -> BinaryIO:
    """A file without a name, for this process alone; whoever reads it closes it."""
    return cast(BinaryIO, tempfile.TemporaryFile("w+b", prefix="contact-pipeline-"))


def as_csv(rows: Iterable[Sequence[str]], *, max_bytes: int) -> BinaryIO:
    """CSV in UTF-8, for its reader to close. Raises UnreadableDrop(unpacks_too_large)."""
    sink = private_file()
    try:
        text = io.TextIOWrapper(sink, encoding="utf-8", errors="replace", newline="")
        writer = csv.writer(text, lineterminator="\n")
        for number, row in enumerate(rows):
            writer.writerow(row)
            if not number % 1_000 and sink.tell() > max_bytes:
                raise UnreadableDrop("unpacks_too_large", "As text the file is over limits.max_file_mb. Split it.")
        text.flush()
        text.detach()
    except BaseException:
        sink.close()
        raise
    sink.seek(0)
    return sink


def size_of(stream: BinaryIO) -> int:
    """Bytes; the stream is left at its start."""
    size = stream.seek(0, 2)
    stream.seek(0)
    return size


def gunzip(stream: BinaryIO, *, max_bytes: int) -> BinaryIO:
    """All members of a gzip file, one after another, as gzip does."""
    allowance, sink = Allowance(size_of(stream), max_bytes), private_file()
    try:
        inflate = zlib.decompressobj(wbits=31)
        fed, is_whole = stream.read(BLOCK), False
        while fed:
            part = inflate.decompress(fed, BLOCK)
            allowance.take(len(part))
            sink.write(part)
            fed = inflate.unconsumed_tail
            if inflate.eof:
                is_whole = True
                fed = (inflate.unused_data or stream.read(BLOCK)).lstrip(b"\0")  # padding, as gzip allows
                if fed[:2] == b"\x1f\x8b":
                    inflate, is_whole = zlib.decompressobj(wbits=31), False
                elif fed:  # what stands behind is no gzip, and gzip leaves it out, too
                    break
            elif not fed:
                fed = stream.read(BLOCK)
        if not is_whole:
            raise UnreadableDrop("damaged_file", _DAMAGED)
    except zlib.error:
        sink.close()
        raise UnreadableDrop("damaged_file", _DAMAGED) from None
    except BaseException:
        sink.close()
        raise
    sink.seek(0)
    return sink


def unzip(stream: BinaryIO, *, max_bytes: int) -> tuple[BinaryIO, str]:
    """The one file of a ZIP, and its name. Raises UnreadableDrop: several_files, no_file_inside, password_protected,
    damaged_file, unpacks_too_large."""
    allowance, sink = Allowance(size_of(stream), max_bytes), private_file()
    try:
        with zipfile.ZipFile(stream) as archive:
            member = _only(archive)
            with archive.open(member) as packed:
                copy_within(packed, sink, allowance)
    except BaseException as error:
        sink.close()
        if is_of_the_file(error):
            raise UnreadableDrop("damaged_file", _DAMAGED) from None
        raise
    sink.seek(0)
    return sink, PurePosixPath(member.filename).name


def is_of_the_file(error: BaseException) -> bool:
    """Whether what a reader of ZIP files raised says that the file is damaged; a full disk is the machine's fault."""
    if isinstance(error, OSError):
        return error.errno in (None, errno.EINVAL)
    return isinstance(
        error,
        zipfile.BadZipFile | zlib.error | lzma.LZMAError | EOFError | NotImplementedError | ValueError | RuntimeError,
    )


def copy_within(source: IO[bytes], sink: BinaryIO, allowance: Allowance) -> None:
    """Block by block."""
    while part := source.read(BLOCK):
        allowance.take(len(part))
        sink.write(part)


def _only(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    files = [
        member
        for member in archive.infolist()
        if not member.is_dir() and not _is_of_a_system(PurePosixPath(member.filename.replace("\\", "/")))
    ]
    if not files:
        raise UnreadableDrop("no_file_inside", "The ZIP file has no file in it.")
    if len(files) > 1:
        raise UnreadableDrop(
            "several_files", f"The ZIP file has {len(files)} files in it. Unpack it, and drop each CSV file by itself."
        )
    if files[0].flag_bits & 1:
        raise UnreadableDrop(
            "password_protected", "The ZIP file is protected with a password. Unpack it, and drop the CSV file."
        )
    return files[0]


def _is_of_a_system(path: PurePosixPath) -> bool:
    return "__MACOSX" in path.parts or path.name.lower() in _OF_SYSTEMS or path.name.startswith("._")
