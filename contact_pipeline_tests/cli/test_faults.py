"""Every command against every missing or broken thing that it needs: it ends with the documented code and one message
that names what is wrong, why, and what to do; never with a traceback, a wish to be told, or a person's data.

Commands are in commands.py, faults in faults.py; one installation for each fault.
"""

import io
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from contact_pipeline.drops.intake import Intake
from contact_pipeline.opening import open_session
from contact_pipeline.rights.requests import open_request
from contact_pipeline.stage.holding import finish_or_hold
from contact_pipeline_tests.cli.commands import COMMANDS, every_command
from contact_pipeline_tests.cli.conftest import Command, Ended
from contact_pipeline_tests.cli.faults import FAULTS, Fault, Scene
from contact_pipeline_tests.installation import Installation, write
from contact_pipeline_tests.lab.lab import STAGES

# Dagster 1.13 calls asset(backfill_policy=…) beta, at import; pinned exactly.
pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")

ADA, BO, CY = "ada.quux@orchid.net", "bo.quux@orchid.net", "cy.quux@orchid.net"
PERSONAL = ("quux", "865-7631", "8657631", "geheim")
NEVER = ("Traceback", "Report this", "report it", "Run again with", "None")


@pytest.fixture
def scene(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A published drop and a held one, an open review, request and held job."""
    folder = installation.folder
    files = [
        write(folder / "crm" / "one.csv", "Name,Email,Phone", f"Ada Quux,{ADA},917-865-7631"),
        write(folder / "crm" / "two.csv", "Name,Email", f"Bo Quux,{BO}"),
    ]
    with open_session(installation.settings) as session:
        (drop, held), _ = Intake(session).take_files(files, "crm")
        for stage in STAGES.values():
            finish_or_hold(session, stage, drop.key)
        open_request(session, "object", who=ADA, reference="REQ-77")
    installation.execute(f"update raw.drops set held_reason = 'failed rows' where key = '{held.key}'")
    installation.execute(
        "insert into ops.provider_jobs (provider, layer, label, size, session, state)"
        " values ('zerobounce', 'mailbox', 'contact-pipeline-x', 1, 0, 'outcome_unknown')"
    )
    installation.execute("insert into ops.reviews (kind, contact_id) select 'spot_check', id from core.contacts")
    values = {
        "email": ADA, "drop": drop.key, "held": held.key, "job": "contact-pipeline-x", "review": "1",
        "request": "REQ-77", "later": f"{datetime.now(UTC) + timedelta(days=45):%Y-%m-%d}",
        "file": str(write(folder / "in.csv", "Name,Email", f"Cy Quux,{CY}")),
        "output": str(folder / "out.bin"), "folder": str(folder / "drafts"),
    }  # fmt: skip
    return Scene(installation, monkeypatch, values)


def wrong_with(ended: Ended, expected: Fault, code: int) -> str:
    """What the end of a command lacks; empty: nothing."""
    message = ended.stdout if code == 3 else ended.stderr
    lacking = [] if ended.code == code else [f"ends with {ended.code}, not {code}"]
    lacking += [f"does not say {words!r}" for words in expected.says if words not in message]
    lacking += [f"says {words!r}" for words in (*PERSONAL, *NEVER) if words in (ended.stdout + ended.stderr)]
    if code != 3 and sum(ended.stderr.count(start) for start in ("contact-pipeline: ", "Error: ")) != 1:
        lacking.append("is not one message")
    if code == 1 and ended.stderr.count("\n") != 1:
        lacking.append("is not one line")
    return ", ".join(lacking) and f"{', '.join(lacking)}: {message[-400:]}"


def test_every_command_has_its_row() -> None:
    assert set(every_command()) == set(COMMANDS)


def test_every_need_is_broken_by_a_fault() -> None:
    needs = set().union(*(row.needs for row in COMMANDS.values()))
    assert needs == {word for expected in FAULTS for word in expected.breaks.split()}


@pytest.mark.parametrize("expected", FAULTS, ids=lambda expected: expected.name)
def test_what_is_missing_or_broken_is_said(expected: Fault, scene: Scene, command: Command) -> None:
    breaks = set(expected.breaks.split())
    found = {}
    with contextmanager(expected.arrange)(scene):
        for name, row in COMMANDS.items():
            if row.needs & breaks:
                ended = command(*(argument.format(**scene.values) for argument in row.arguments))
                if said := wrong_with(ended, expected, expected.codes.get(name, expected.code)):
                    found[name] = said
    assert not found


def test_where_nothing_is_missing_they_work(scene: Scene, command: Command) -> None:
    """Else a row's arguments would be what fails. In an order in which none takes away what another needs."""
    spoils = (
        "review accept", "review reject", "review correct", "requests refuse", "subject restrict", "subject erase",
        "subject object", "up", "serve",
        "backup drill",  # needs nothing of this installation, and half a minute
    )  # fmt: skip
    for name, row in COMMANDS.items():
        if name not in spoils:
            ended = command(*(argument.format(**scene.values) for argument in row.arguments))
            assert ended.code == row.code, (name, ended.stderr)


def test_no_policy_file_means_all_defaults(scene: Scene, command: Command) -> None:
    scene.made.settings.policy_path.unlink()
    assert command("status").code == 0


def test_a_drop_that_cannot_be_replayed_stays_published(scene: Scene, command: Command) -> None:
    (file, _), state = scene.archived(), "select held_reason, published_at is null from raw.drops order by sequence"
    whole = file.read_bytes()
    file.write_bytes(whole[:-9])
    before = scene.made.rows(state)
    assert command("replay", scene.values["drop"]).code == 1
    assert scene.made.rows(state) == before
    again = scene.made.folder / "again.csv"
    again.write_bytes(whole)
    assert command("run", str(again), "--source", "crm").code == 0  # what the message says: drop it again
    assert file.read_bytes() == whole
    assert command("replay", scene.values["drop"]).code == 0


def test_a_terminal_that_takes_nothing_is_said(scene: Scene, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Output into a file on a full disk, say: nothing that a command named."""
    with io.FileIO("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(full, write_through=True))
        ended = command("plan", "--json")
        monkeypatch.undo()
    assert (ended.code, ended.stderr.count("\n")) == (1, 1)
    assert "No space left on device. Make room" in ended.stderr
