"""The chain over audit.changes: whatever is done to a sealed row is found, and an erasure leaves it whole."""

import threading
from collections.abc import Callable

import psycopg
import pytest

from contact_pipeline.history.chain import Fault, newest_head, seal, verify
from contact_pipeline_tests.lab.erasures import erase
from contact_pipeline_tests.lab.lab import Lab, csv

MIA, ADA = "mia-one@ok.test", "ada-one@ok.test"


@pytest.fixture
def lab_with_changes(lab: Lab) -> Lab:
    lab.drop("shop", csv("Name,Email", f"Mia Lopez,{MIA}", f"Ada Orchid,{ADA}"))
    for title in ("CEO", "CTO", "CFO"):
        lab.do("update core.contacts set title = %s", title)
    return lab


def tamper(lab: Lab, *statements: str) -> None:
    """As the owner who switches every guard off."""
    with psycopg.connect(lab.session.database_url) as connection:
        for table in ("changes", "seals", "blocks"):
            connection.execute(f"alter table audit.{table} disable trigger user")
        for statement in statements:
            connection.execute(statement)
        for table in ("changes", "seals", "blocks"):
            connection.execute(f"alter table audit.{table} enable trigger user")


def faults(lab: Lab, kept: str | None = None) -> list[tuple[str, int]]:
    return [(fault.what, fault.where) for fault in verify(lab.session, kept=kept).faults]


def ids(lab: Lab) -> list[int]:
    return [row[0] for row in lab.rows("select change_id from audit.seals order by 1")]


def test_what_nobody_touched_is_whole(lab_with_changes: Lab) -> None:
    lab = lab_with_changes
    first = verify(lab.session)
    assert first.faults == [] and first.rows == len(ids(lab)) > 5 and first.unsealed == 0
    again = verify(lab.session)
    assert again.head == first.head, "nothing new, no new block"
    lab.do("update core.contacts set title = 'COO'")
    later = verify(lab.session, kept=str(first.head))
    assert later.faults == [] and later.head.block == first.head.block + 1 and later.rows == first.rows + 2


# What is done to row {id} (or, of two, {id} and {other}) → what is found there.
DEEDS: dict[str, tuple[list[str], str]] = {
    "a value": (["update audit.changes set new_value = 'X' where id = {id}"], "changed"),
    "a value emptied": (["update audit.changes set old_value = null, new_value = null where id = {id}"], "changed"),
    "who": (["update audit.changes set changed_by = 'somebody' where id = {id}"], "changed"),
    "the login": (["update audit.changes set login = null where id = {id}"], "changed"),
    "why": (["update audit.changes set reason = '' where id = {id}"], "changed"),
    "when": (["update audit.changes set changed_at = changed_at + interval '1 us' where id = {id}"], "changed"),
    "the field": (["update audit.changes set field = 'name' where id = {id}"], "changed"),
    "the table": (["update audit.changes set table_name = 'core.sources' where id = {id}"], "changed"),
    "whose": (["update audit.changes set contact_id = contact_id + 1 where id = {id}"], "changed"),
    "the row's key": (["update audit.changes set row_key = 'x' where id = {id}"], "changed"),
    "the run": (["update audit.changes set run_id = 'x' where id = {id}"], "changed"),
    "the row": (["delete from audit.changes where id = {id}"], "missing"),
    "the seal": (["delete from audit.seals where change_id = {id}"], "added"),
    "the order": (["update audit.changes c set (contact_id, new_value) = (select o.contact_id, o.new_value"
        " from audit.changes o where o.id = {id} + {other} - c.id) where c.id in ({id}, {other})"], "changed"),
    "values and salt": ([
        "update audit.changes set old_value = null, new_value = null where id = {id}",
        "update audit.seals set salt = null where change_id = {id}"], "redacted"),
}  # fmt: skip


@pytest.mark.parametrize("deed", DEEDS)
def test_a_row_that_was_tampered_with_is_named(lab_with_changes: Lab, deed: str) -> None:
    lab = lab_with_changes
    seal(lab.session)
    one, other = ids(lab)[2:4]
    statements, what = DEEDS[deed]
    tamper(lab, *(statement.format(id=one, other=other) for statement in statements))
    assert (what, one) in faults(lab)


def test_a_row_with_a_seal_made_to_fit_breaks_the_block(lab_with_changes: Lab) -> None:
    lab = lab_with_changes
    seal(lab.session)
    one = ids(lab)[2]
    tamper(
        lab,
        f"update audit.changes set new_value = 'X' where id = {one}",
        f"update audit.seals s set commitment = audit.commitment(s.salt, c) from audit.changes c where c.id = {one}"
        f" and s.change_id = {one}",
        f"update audit.seals s set leaf = audit.leaf(s.commitment, c) from audit.changes c where c.id = {one}"
        f" and s.change_id = {one}",
    )
    assert [what for what, _ in faults(lab)] == ["block"]


@pytest.mark.parametrize("column, value", [
    ("head", "sha256('x')"), ("sealed_at", "sealed_at + interval '1 second'"), ("last_id", "last_id + 1"),
])  # fmt: skip
def test_a_block_that_was_tampered_with_is_named(lab_with_changes: Lab, column: str, value: str) -> None:
    lab = lab_with_changes
    seal(lab.session)
    lab.do("update core.contacts set title = 'COO'")
    seal(lab.session)
    (first,) = lab.rows("select min(block) from audit.blocks")
    tamper(lab, f"update audit.blocks set {column} = {value} where block = {first[0]}")
    assert ("block", first[0]) in faults(lab)


def test_a_chain_that_was_made_anew_or_cut_off_is_shown_by_a_head_that_was_kept(lab_with_changes: Lab) -> None:
    lab = lab_with_changes
    kept = str(newest_head(lab.session))
    assert faults(lab, kept) == []
    tamper(lab, "update audit.changes set new_value = 'X'", "delete from audit.seals", "delete from audit.blocks")
    assert faults(lab) == [], "made anew it fits itself"
    assert [what for what, _ in faults(lab, kept)] == ["head"]
    assert verify(lab.session, kept="x").faults == [Fault("head", 0, verify(lab.session, kept="x").faults[0].details)]


def test_an_erasure_leaves_the_chain_whole_and_nothing_to_guess_from(lab_with_changes: Lab) -> None:
    lab = lab_with_changes
    head = newest_head(lab.session)
    erase(lab, MIA)
    found = verify(lab.session, kept=str(head))
    assert found.faults == [] and found.redacted > 0
    assert lab.value("select count(*) from audit.seals where salt is null") == found.redacted
    assert lab.value("select count(*) from audit.changes where table_name = 'audit.changes'") >= 1


def test_what_is_open_is_sealed_later_and_makes_nobody_wait(lab_with_changes: Lab) -> None:
    """A row whose transaction is open has an id already; rows after it must not be sealed before it."""
    lab = lab_with_changes
    seal(lab.session)
    before = len(ids(lab))
    with psycopg.connect(lab.session.database_url) as slow:
        slow.execute("update core.contacts set company = 'Slow' where name = 'Mia Lopez'")
        lab.do("update core.contacts set company = 'Quick' where name = 'Ada Orchid'")
        assert seal(lab.session) == 0 and verify(lab.session).unsealed == 1
    assert seal(lab.session) == 2 and len(ids(lab)) == before + 2
    assert faults(lab) == []


def test_a_transaction_in_another_database_of_the_server_holds_nothing_up(lab_with_changes: Lab) -> None:
    lab = lab_with_changes
    with (
        psycopg.connect(lab.session.database_url) as ours,
        psycopg.connect(lab.session.database_url, dbname="postgres") as other,
    ):
        other.execute("select pg_current_xact_id()")  # nothing has ended since: a snapshot ends below ours
        (sealed,) = ours.execute("select audit.seal()").fetchone() or (0,)
        assert sealed > 5
        ours.rollback()
        assert seal(lab.session) > 5 and verify(lab.session).unsealed == 0


def test_many_write_while_it_is_sealed(lab_with_changes: Lab) -> None:
    lab = lab_with_changes

    def write(name: str) -> Callable[[], None]:
        def work() -> None:
            with psycopg.connect(lab.session.database_url, autocommit=True) as connection:
                for number in range(60):
                    connection.execute("update core.contacts set title = %s where name = %s", (str(number), name))

        return work

    threads = [threading.Thread(target=write(name)) for name in ("Mia Lopez", "Ada Orchid")]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        seal(lab.session)
    assert faults(lab) == []
    assert verify(lab.session).unsealed == 0 and len(ids(lab)) >= 120
