"""An uploaded file waits under a name that nobody guesses, for nobody but who uploaded it, and becomes a drop whole."""

import io
import os
import stat
from pathlib import Path

import pytest

from contact_pipeline.core.errors import UsageError
from contact_pipeline.drops.folder import DropFolder
from contact_pipeline.web.inside.uploads import drop_upload, find_upload, keep_upload, safe_name, throw_away
from contact_pipeline_tests.conftest import settings_in

NAMES = (
    "../../etc/passwd", "..\\..\\boot.ini", "/etc/passwd", "C:\\lists\\a.csv", "", ".", "..", "...",
    ".hidden.csv", "a.csv.part",
    "a\x00b.csv", "a\nb.csv", "facts.json",
    "ł" * 300 + ".csv", "con.csv", "<b>.csv", "a.csv~", "-rf.csv", " . ", "a/", "名簿.xlsx",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_any_name_is_one_file_that_the_sensor_takes(tmp_path: Path, name: str) -> None:
    settings = settings_in(tmp_path / "home", CONTACT_PIPELINE_INCOMING=str(tmp_path / "incoming"))
    upload = keep_upload(settings, io.BytesIO(b"Email\na@ok.test\n"), name=name, source="crm", by="ana")
    assert upload.file.parent.parent == settings.home / "uploads" and upload.file.name == safe_name(name)
    assert stat.S_IMODE(upload.file.stat().st_mode) == 0o600
    assert len(os.fsencode(upload.file.name)) <= 200
    dropped = drop_upload(settings, find_upload(settings, upload.token, by="ana"))
    listed = DropFolder(settings.incoming, settings.rejected, max_bytes=1 << 20).listing()
    assert [(file.path, file.source) for file in listed] == [(f"crm/{dropped.name}", "crm")]
    assert not list((settings.home / "uploads").iterdir())


def test_nobody_else_goes_on_with_it(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home", CONTACT_PIPELINE_INCOMING=str(tmp_path / "incoming"))
    upload = keep_upload(settings, io.BytesIO(b"x"), name="a.csv", source="crm", by="ana")
    for token, by in ((upload.token, "bo"), ("..", "ana"), ("x" * 22, "ana"), (upload.token + "/..", "ana")):
        with pytest.raises(UsageError, match="not here any more"):
            find_upload(settings, token, by=by)
    for source, content in (("../x", b"x"), ("", b"x"), ("crm", b"")):
        with pytest.raises(UsageError):
            keep_upload(settings, io.BytesIO(content), name="b.csv", source=source, by="ana")
    again = keep_upload(settings, io.BytesIO(b"y"), name="a.csv", source="crm", by="ana")
    first, second = drop_upload(settings, upload), drop_upload(settings, again)
    assert (first.read_bytes(), second.read_bytes()) == (b"x", b"y"), "of the same name, and both are there"
    old = keep_upload(settings, io.BytesIO(b"z"), name="c.csv", source="crm", by="ana")
    os.utime(old.file.parent, (0, 0))
    throw_away(keep_upload(settings, io.BytesIO(b"z"), name="d.csv", source="crm", by="ana"))
    assert not old.file.exists(), "nobody came back for it"
