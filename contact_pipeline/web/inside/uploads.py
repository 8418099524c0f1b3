"""Files that were uploaded and not dropped yet: private, in HOME/uploads, under a random name; gone after a day."""

import json
import os
import re
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from contact_pipeline.adapters.files import PRIVATE_FILE, private_dir
from contact_pipeline.core.errors import UsageError
from contact_pipeline.core.ids import SOURCE_NAME
from contact_pipeline.drops.folder import IGNORED_SUFFIXES
from contact_pipeline.settings import Settings

TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
LEFT_BEHIND_S = 24 * 3600
LONGEST_NAME = 120
FACTS = "facts.json"


@dataclass(frozen=True)
class Upload:
    """file: in its own folder, with the name it had. by: who uploaded it; nobody else may go on with it."""

    token: str
    file: Path
    source: str
    by: str


def keep_upload(settings: Settings, stream: BinaryIO, *, name: str, source: str, by: str) -> Upload:
    """A copy on our disk. Raises UsageError for a source that cannot be one, or an empty file."""
    if not SOURCE_NAME.fullmatch(source):
        raise UsageError("A source is named by 1 to 40 of a-z 0-9 _ -.")
    root = _root(settings)
    _forget_old(root)
    token = secrets.token_urlsafe(16)
    folder = root / token
    private_dir(folder)
    file = folder / safe_name(name)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "wb") as sink:
        shutil.copyfileobj(stream, sink, 1 << 20)
        size = sink.tell()
    if not size:
        shutil.rmtree(folder)
        raise UsageError("The file is empty. Choose another one.")
    (folder / FACTS).write_text(json.dumps({"name": file.name, "source": source, "by": by}), encoding="utf-8")
    return Upload(token, file, source, by)


def find_upload(settings: Settings, token: str, *, by: str) -> Upload:
    """Raises UsageError where there is none of that name that this user has made."""
    folder = _root(settings) / token
    if TOKEN.fullmatch(token) and (folder / FACTS).is_file():
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        if facts["by"] == by:
            return Upload(token, folder / facts["name"], facts["source"], by)
    raise UsageError(
        "That file is not here any more: it was dropped already, thrown away, or is a day old. Upload it again."
    )


def drop_upload(settings: Settings, upload: Upload) -> Path:
    """Into INCOMING/<source>/, whole or not at all; the sensor takes it from there."""
    target = settings.incoming / upload.source
    target.mkdir(parents=True, exist_ok=True)
    wanted = target / upload.file.name
    if wanted.exists():
        wanted = target / f"{wanted.stem}-{upload.token[:6].lower()}{wanted.suffix}"
    part = target / f".{upload.token}.part"  # a name that the sensor leaves alone
    shutil.copyfile(upload.file, part)
    part.replace(wanted)
    throw_away(upload)
    return wanted


def throw_away(upload: Upload) -> None:
    """It is not here any more."""
    shutil.rmtree(upload.file.parent, ignore_errors=True)


def safe_name(name: str) -> str:
    """The last part of what a browser called it, without anything that a file system or a sensor reads as more."""
    last = re.split(r"[/\\]", name)[-1]
    shown = "".join(c if c.isprintable() and c not in '<>:"|?*' else "_" for c in last).strip(" .")
    while shown.lower().endswith(IGNORED_SUFFIXES):  # the sensor would leave it alone
        shown = shown[: shown.rfind(".")] if "." in shown and not shown.endswith("~") else shown[:-1]
    stem, suffix = Path(shown).stem[:LONGEST_NAME], Path(shown).suffix[:12]
    text = (stem + suffix) or "upload.csv"
    while len(os.fsencode(text)) > 200:
        stem = stem[:-8]
        text = stem + suffix
    return "upload.csv" if text in (FACTS, "") else text


def _root(settings: Settings) -> Path:
    root = settings.home / "uploads"
    private_dir(root)
    return root


def _forget_old(root: Path) -> None:
    for folder in root.iterdir():
        if folder.stat().st_mtime < time.time() - LEFT_BEHIND_S:
            shutil.rmtree(folder, ignore_errors=True)
