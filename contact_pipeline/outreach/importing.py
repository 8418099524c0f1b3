"""Bounces from files: the mails that came back, and lists of bounces. Events like all others from there on."""

import csv
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from contact_pipeline.core.csv_text import as_text
from contact_pipeline.core.errors import ConfigurationError, UsageError
from contact_pipeline.outreach import inbox
from contact_pipeline.outreach.bounce_classes import BounceClass, meaning_of
from contact_pipeline.outreach.events import Kind, Said, moment_of
from contact_pipeline.outreach.inlets.imports import BOUNCE_LIST, RETURNED_MAIL, received
from contact_pipeline.outreach.mails.folders import messages_in
from contact_pipeline.outreach.mails.reading import Returned, read_returned
from contact_pipeline.outreach.working_off import work_off
from contact_pipeline.stage.session import Session

AT_ONCE = 500
BY_CLASS = {BounceClass.HARD: Kind.HARD, BounceClass.SOFT: Kind.SOFT, BounceClass.OURS: Kind.ABOUT_US}
BY_KIND = {"complaint": Kind.COMPLAINED, "delivered": Kind.DELIVERED, "reply": Kind.REPLIED}
BY_WORD = {"hard": Kind.HARD, "permanent": Kind.HARD, "soft": Kind.SOFT, "transient": Kind.SOFT, "temporary": Kind.SOFT,
    "complaint": Kind.COMPLAINED, "spam": Kind.COMPLAINED, "unsubscribed": Kind.UNSUBSCRIBED}  # fmt: skip


@dataclass
class Imported:
    """mails: how many were read (rows, of a list). said: what they say, by word. nothing: mails that say nothing of
    anybody. outcomes: what became of the events."""

    mails: int = 0
    said: Counter[str] = field(default_factory=Counter)
    nothing: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)


def import_bounces(
    session: Session, path: Path, *, dry_run: bool = False, on_progress: Callable[[int], None] = lambda _count: None
) -> Imported:
    """A mail, an mbox, a Maildir, a folder of mails, `-` for a mail on stdin, or a CSV (email, type, date, reason).

    Importing again changes nothing. on_progress: told after each mail how many were read. dry_run: only looks.
    """
    done = Imported()
    is_list = path.suffix.lower() == ".csv"
    provider = BOUNCE_LIST if is_list else RETURNED_MAIL
    events = _list_events(path, done) if is_list else _mail_events(path, done, on_progress)
    while batch := list(islice(events, AT_ONCE)):
        done.said.update(one.kind.value for one in batch)
        if not dry_run:
            with session.connection("bounces import") as connection:
                inbox.store(connection, inbox.as_rows(provider, [received(one) for one in batch], session.key))
    if not dry_run and done.said:
        done.outcomes.update(work_off(session).counts)
    return done


def take_returned(session: Session, *, most: int = 500) -> Imported:
    """The new mails of `[bounces] maildir`, at most so many: stored as events, then moved to `cur`, where nobody looks
    again. A crash in between reads a mail twice, which is the same event. Worked off by whoever works off events.

    Raises ConfigurationError where the folder is none.
    """
    done = Imported()
    if not session.policy.bounces.maildir:
        return done
    folder = session.settings.root / session.policy.bounces.maildir
    if not (folder / "new").is_dir() or not (folder / "cur").is_dir():
        raise ConfigurationError("The policy's [bounces] maildir is no Maildir: it needs the folders new and cur.")
    with session.connection("returned mails") as connection:
        for mail in sorted((folder / "new").iterdir())[:most]:
            said = _read_mail(mail.read_bytes(), done)
            done.said.update(one.kind.value for one in said)
            if said:
                inbox.store(connection, inbox.as_rows(RETURNED_MAIL, [received(one) for one in said], session.key))
            mail.rename(folder / "cur" / f"{mail.name.partition(':')[0]}:2,S")  # seen; maildir(5)
    return done


def _mail_events(path: Path, done: Imported, on_progress: Callable[[int], None]) -> Iterator[Said]:
    messages = iter([sys.stdin.buffer.read()]) if str(path) == "-" else messages_in(path)
    for message in messages:
        said = _read_mail(message, done)
        on_progress(done.mails)
        yield from said


def _read_mail(message: bytes, done: Imported) -> list[Said]:
    said = [one for one in map(_said, read_returned(message)) if one is not None]
    done.mails += 1
    done.nothing += not said
    return said


def _said(found: Returned) -> Said | None:
    """None: it is about nobody, or about nothing that we keep."""
    kind = BY_KIND.get(found.kind)
    if found.kind == "bounce" and found.meaning is not None:
        kind = BY_CLASS.get(found.meaning.bounce_class)
    if kind is None or not found.recipient:
        return None
    reason = found.meaning.reason if found.meaning else ""
    return Said(kind, found.recipient, found.occurred_at, found.message_id, status=found.status, reason=reason)


def _list_events(path: Path, done: Imported) -> Iterator[Said]:
    """Raises UsageError naming the line, never its value."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(as_text(lines))
        columns = {name.strip().lower(): name for name in rows.fieldnames or ()}
        yield from _said_by_list(rows, columns, done)


def _said_by_list(rows: "csv.DictReader[str]", columns: Mapping[str, str], done: Imported) -> list[Said]:
    missing = [name for name in ("email", "type") if name not in columns]
    if missing:
        raise UsageError(f"The list has no column {' and '.join(missing)}: email, type, and if known date, reason.")
    found: list[Said] = []
    for number, row in enumerate(as_text(rows), 2):
        cells = {name: (row.get(column) or "").strip() for name, column in columns.items()}
        kind = BY_WORD.get(cells["type"].lower())
        if kind is None or "@" not in cells["email"]:
            words = ", ".join(sorted(BY_WORD))
            raise UsageError(f"Line {number} has no address, or a type that is none of {words}. Nothing was imported.")
        found.append(_of_list(kind, cells))
        done.mails += 1
    return found


def _of_list(kind: Kind, cells: dict[str, str]) -> Said:
    reason = cells.get("reason", "")
    meaning = meaning_of(text=reason)
    if kind in (Kind.HARD, Kind.SOFT) and reason and meaning.bounce_class is BounceClass.OURS:
        kind = Kind.ABOUT_US
    return Said(kind, cells["email"], moment_of(cells.get("date") or None), reason=meaning.reason if reason else "")
