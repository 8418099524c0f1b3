"""subject access … restrict and requests: what they print and how they end; no address is in either."""

import io
import json
import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from contact_pipeline_tests.cli.conftest import Command, Ended
from contact_pipeline_tests.installation import Installation, only_json

ADDRESS = "ada@orchid.net"
ROWS = ("Name,Email,Phone,Title", "Ada Orchid,ada@orchid.net,,Clerk", "Bo Orchid,bo@orchid.net,,Boss")


@pytest.fixture
def filled(command: Command, installation: Installation) -> Installation:
    installation.drop("crm/list.csv", *ROWS)
    assert command("run").code == 0
    return installation


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Somebody sits there and types."""

    def types(text: str) -> None:
        stream = io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8")
        monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
        monkeypatch.setattr(sys, "stdin", stream)

    return types


def silent(ended: Ended) -> Ended:
    """Whatever it printed, the address was not in it."""
    assert re.findall("ada@|orchid", (ended.stdout + ended.stderr).lower()) == []
    return ended


def open_ones(command: Command) -> list[str]:
    return [row["reference"] for row in only_json(command("requests", "list", "--open", "--json").stdout)["requests"]]


def test_access_writes_a_private_file_once(
    command: Command, filled: Installation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = silent(command("subject", "access", ADDRESS, "--request-ref", "2026/17"))
    assert ended.code == 0 and "disclosed:" in ended.stdout and "is not noted" in ended.stderr
    assert Path("2026+17.zip").stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile("2026+17.zip") as archive:
        assert json.loads(archive.read("data.json"))["tables"]["core.contacts"][0]["email"] == ADDRESS
    again = silent(command("subject", "access", ADDRESS, "--request-ref", "2026/17", "--output", "again.zip"))
    assert again.code == 0 and "was done on" in again.stdout and not Path("again.zip").exists()
    exported = command("subject", "export", ADDRESS, "--output", "e.zip", "--identity", "signed letter")
    assert (exported.code, exported.stderr, Path("e.zip").exists()) == (0, "", True)
    assert command("subject", "export", ADDRESS, "--output", "none/e.zip").code == 2
    dumped = filled.dump("ops").lower()
    assert "2026/17" in dumped and "ada@" not in dumped


def test_a_correction_shows_what_and_asks(
    command: Command, filled: Installation, terminal: Callable[[str], None]
) -> None:
    nobody = silent(command("subject", "rectify", ADDRESS, "--set", "title=Engineer"))
    assert (nobody.code, nobody.stdout) == (2, "") and "--yes" in nobody.stderr
    assert open_ones(command) == []  # it did not begin
    terminal("n\n")
    declined = silent(command("subject", "rectify", ADDRESS, "--set", "title=Engineer"))
    assert declined.code == 1 and "title of 1 contact(s): " in declined.stdout
    assert str(filled.rows("select public_id from core.contacts where name = 'Ada Orchid'")[0][0]) in declined.stdout
    assert "Engineer" not in declined.stdout + declined.stderr
    (reference,) = open_ones(command)
    terminal("y\n")
    done = silent(command("subject", "rectify", ADDRESS, "--set", "title=Engineer"))
    assert done.code == 0 and f"{reference}: corrected: title" in done.stdout  # the same request
    assert filled.rows("select title from core.contacts order by name") == [("Engineer",), ("Boss",)]
    for wrong in (("title",), ("title=a", "--set", "title=b"), ("can_email=true",), ()):
        arguments = ("--set", *wrong) if wrong else ()
        assert silent(command("subject", "rectify", ADDRESS, *arguments, "--yes")).code == 2


def test_a_restriction_and_its_end(command: Command, filled: Installation) -> None:
    flags = "select can_email, processing_restricted from core.contacts where name = 'Ada Orchid'"
    assert silent(command("subject", "restrict", ADDRESS, "--yes")).code == 0
    assert filled.rows(flags) == [(False, True)]
    lifted = silent(command("subject", "restrict", ADDRESS, "--lift", "--yes"))
    assert "told before" in lifted.stdout and "restriction lifted: 1" in lifted.stdout
    assert filled.rows(flags) == [(True, False)]
    unknown = command("subject", "restrict", "nobody@orchid.net", "--yes")
    assert unknown.code == 2 and "Nobody is known" in unknown.stderr


def test_an_address_may_come_from_stdin_and_is_in_no_error(
    command: Command, filled: Installation, monkeypatch: pytest.MonkeyPatch, terminal: Callable[[str], None]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{ADDRESS}\n"))
    assert silent(command("subject", "restrict", "-", "--yes")).code == 0
    assert filled.rows("select count(*) from core.contacts where processing_restricted") == [(1,)]
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert command("subject", "restrict", "-", "--yes").code == 2
    terminal(f"{ADDRESS}\ny\n")
    assert command("subject", "restrict", "-").code == 2  # what is typed cannot be both
    for wrong in ((ADDRESS, ADDRESS), (ADDRESS.replace("@", "@@"),), (ADDRESS, "--contact", "1")):
        assert silent(command("subject", "access", *wrong)).code == 2
    assert command("subject", "access").code == 2


def test_requests_are_written_down_listed_extended_and_refused(command: Command, filled: Installation) -> None:
    said = only_json(
        command(
            "requests",
            "open",
            "rectify",
            ADDRESS,
            "--set",
            "title=X",
            "--request-ref",
            "L-1",
            "--received",
            "2026-01-31",
            "--json",
        ).stdout
    )
    assert (said["reference"], said["state"], said["due_at"][:10]) == ("L-1", "open", "2026-02-28")
    assert said["token"] is None  # nobody has checked who asks
    contact = str(filled.rows("select public_id from core.contacts where name = 'Bo Orchid'")[0][0])
    late = silent(command("requests", "open", "access", "--contact", contact))
    assert late.code == 0 and "due" in late.stdout
    listed = silent(command("requests", "list"))
    assert "L-1" in listed.stdout and "True" in listed.stdout  # overdue
    second = open_ones(command)[1]
    noted = command("requests", "identity", second, "--how", "passport shown")
    assert noted.code == 0 and re.search(r"one run within 24 hours: [\w-]{43}\n", noted.stdout)
    until = filled.rows("select (due_at + interval '20 days')::date from ops.subject_requests order by id")[1][0]
    assert command("requests", "extend", second, "--until", str(until), "--reason", "many requests").code == 0
    assert command("requests", "extend", "L-1", "--until", "2026-03-05", "--reason", "late").code == 2
    assert command("requests", "refuse", "L-1", "--reason", "not the person").code == 0
    assert command("requests", "refuse", "L-1", "--reason", "again").code == 2
    assert open_ones(command) == [second]
    assert command("requests", "open", "access", ADDRESS, "--lift").code == 2
    assert command("requests", "open", "erase", ADDRESS, "--request-ref", f"of {ADDRESS}").code == 2
    served = command("subject", "access", "--request-ref", second, "--output", str(filled.folder / "bo.zip"))
    assert served.code == 0 and (filled.folder / "bo.zip").exists() and served.stderr == ""
