"""Backups of another server's database: a dump, sealed the same way, into an empty database or a HOME."""

from dataclasses import replace
from pathlib import Path

import pytest

from contact_pipeline.adapters.postgres.copying import dump, refuse_filled, restore_dump
from contact_pipeline.core.clock import utc_now
from contact_pipeline.core.errors import PermanentError, UsageError
from contact_pipeline.history.backing_up import back_up
from contact_pipeline.history.restoring import restore
from contact_pipeline.history.sealing import FileBroken
from contact_pipeline.opening import open_session
from contact_pipeline.rights.desk import opt_out
from contact_pipeline_tests.conftest import new_database
from contact_pipeline_tests.history.conftest import drop, make_home, people

ADA, BO = "ada@crm.example", "bo@crm.example"


def test_a_dump_comes_back_with_what_was_said_since(open_tmp_path: Path, database_url: str, server_url: str) -> None:
    home = make_home(open_tmp_path)
    settings = replace(home.settings, database_url=database_url)
    with open_session(settings) as session:
        drop(session, ADA, BO)
        done = back_up(session)
        assert (done.newest.kind, done.shipped) == ("dump", None)
        opt_out(session, ADA, reason="opt_out", source="letter")

    def again(to: str, **options: object) -> object:
        return restore(settings, home.policy, open_session, to=to, now=utc_now(), **options)  # type: ignore[arg-type]

    with new_database(server_url) as url:
        again(url)
        with open_session(replace(settings, database_url=url)) as session, session.connection("test") as connection:
            assert people(session) == {ADA, BO}
            (closed,) = connection.execute("select encode(subject_key, 'hex') from core.suppressions").fetchall()
            assert closed == (session.key.email(ADA).hex(),)
        with pytest.raises(UsageError, match="not empty"):
            again(url)
    with pytest.raises(UsageError, match="one moment"):
        again("unused", backup=done.newest.id, at=utc_now())
    target = open_tmp_path / "as-home"
    again(str(target))
    as_home = replace(home.settings, home=target, key_file=target / "keys" / "subject.key", ledger=target / "ledger")
    with open_session(as_home) as session:
        assert people(session) == {ADA, BO}
    content = done.newest.file.read_bytes()
    assert ADA.encode() not in content
    done.newest.file.write_bytes(content[:-1])
    with new_database(server_url) as url, pytest.raises(FileBroken, match="no other that is whole"):
        again(url)


def test_half_a_dump_leaves_the_database_empty(database_url: str, server_url: str) -> None:
    with dump(database_url) as source:
        content = b"".join(iter(lambda: source.read(1 << 20), b""))
    with new_database(server_url) as url:
        for piece in (content[: len(content) // 2], content[:-2000], b"no dump at all"):
            with pytest.raises(PermanentError, match="does not go into"):
                restore_dump(url, lambda write, piece=piece: write(piece))  # type: ignore[misc]
            refuse_filled(url)
