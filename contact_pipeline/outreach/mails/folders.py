"""The mails that lie at a path: one file, an mbox, a Maildir, a folder of files. Read one after the other."""

import re
from collections.abc import Iterator
from pathlib import Path

# Longer mails are cut: read_returned looks at the first MiB, and nobody's report is longer.
MOST_OCTETS = 4 << 20
MOST_LINE = 1 << 16
QUOTED_FROM = re.compile(rb">+From ")  # mboxrd puts one ">" before each
SUFFIXES = (".eml", ".msg", ".txt", ".mbox", "")


def messages_in(path: Path) -> Iterator[bytes]:
    """The mails at a path, in the order of their names (in an mbox: of their places), each cut after 4 MiB.

    A file that begins with "From " is an mbox (RFC 4155, mboxrd and mboxo), any other file is one mail. A folder with
    `cur` or `new` is a Maildir, any other is a folder of mails and mboxes; hidden files and other folders in it are
    left out. Raises OSError as the file system does.
    """
    if path.is_dir():
        boxes = [path / name for name in ("new", "cur") if (path / name).is_dir()]
        for folder in boxes or [path]:
            for file in sorted(folder.iterdir()):
                if file.is_file() and not file.name.startswith(".") and (boxes or file.suffix.lower() in SUFFIXES):
                    yield from _in_file(file)
        return
    yield from _in_file(path)


def _in_file(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        begin = file.read(5)
        file.seek(0)
        if begin != b"From ":
            yield file.read(MOST_OCTETS)
            return
        lines: list[bytes] = []
        length = 0
        at_start = True  # of the file, or behind a blank line
        while line := file.readline(MOST_LINE):
            if at_start and line.startswith(b"From "):
                if lines:
                    yield b"".join(lines)
                lines, length = [], 0
            elif length < MOST_OCTETS:
                lines.append(line[1:] if QUOTED_FROM.match(line) else line)
                length += len(line)
            at_start = not line.strip()
        if lines:
            yield b"".join(lines)
