"""SIGKILL at every step by which a file becomes a drop: it is in INCOMING, staged or archived, and taken up again."""

import hashlib
from functools import partial
from pathlib import Path

import pytest

from contact_pipeline.adapters.postgres.drop_store import DropStore
from contact_pipeline.drops.archive import ArchiveCopy
from contact_pipeline.drops.folder import DropFolder
from contact_pipeline.drops.intake import Intake
from contact_pipeline_tests.dns_server import DnsServer
from contact_pipeline_tests.lab.failpoints import Bench, exit_code, register_and_die
from contact_pipeline_tests.lab.lab import Lab, csv

KILLED = -9
TEXT = csv("email,name", "ada@ok.test,Ada Example", "bo@ok.test,Bo Else")
STEPS = (
    (DropFolder, "stage"),
    (DropFolder, "open"),
    (DropStore, "register"),
    (ArchiveCopy, "keep"),
    (DropFolder, "discard"),
)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("owner", "method"), STEPS, ids=[f"{o.__name__}.{m}" for o, m in STEPS])
def test_a_file_whose_taking_in_was_killed_is_one_whole_drop_in_the_end(
    lab: Lab, tmp_path: Path, dns: DnsServer, owner: type, method: str, after: bool
) -> None:
    bench = Bench(lab.session.database_url, tmp_path, dns.address, lab.now)
    assert exit_code(partial(register_and_die, after=after), bench, "crm", TEXT, owner, method) == KILLED
    intake = Intake(lab.session)
    left = [file.path for file in intake.folder.listing()]
    taken, rejected = intake.take_incoming(left)
    assert not rejected
    (key,) = {drop.key for drop in intake.with_unfinished(taken)}
    lab.run(key)
    assert lab.accounting(key) == (2, 2, 0, 0)
    archived = (lab.settings.archive / f"{key}.csv").read_bytes()
    assert archived == TEXT.encode()
    assert hashlib.sha256(archived).hexdigest() == lab.value("select sha256 from raw.drops where key = %s", key)
    assert intake.folder.listing() == []
