"""A database restored from a backup: what people asked of us since is known, with its deadline; words are not."""

from datetime import timedelta

import pytest

from contact_pipeline.core.errors import UsageError
from contact_pipeline.rights.requests import extend_request, find_request, note_identity, open_request, refuse_request
from contact_pipeline.rights.serving import serve_request
from contact_pipeline_tests.dns_server import DnsServer
from contact_pipeline_tests.lab.backups import backup, restored, start
from contact_pipeline_tests.lab.lab import Lab, csv
from contact_pipeline_tests.lab.promises import (
    ADA,
    BO,
    CY,
    DI,
    NUMBERS,
    WORDS,
    people,
)


@pytest.fixture
def shop(lab: Lab) -> Lab:
    return people(lab)


def request(lab: Lab, reference: str) -> tuple[object, ...]:
    return lab.row(
        "select kind, state, encode(subject_key, 'hex'), channel, received_at, due_at, extended_until,"
        " identity_check is not null, closed_at is not null from ops.subject_requests where reference = %s",
        reference,
    )


def test_requests_are_written_down_again_with_their_deadlines(shop: Lab, dns: DnsServer) -> None:
    dump = backup(shop.session.database_url)
    for kind in ("access", "export", "erase"):
        open_request(shop.session, kind, who=ADA, reference=kind, received_at=shop.now - timedelta(days=3))
    open_request(shop.session, "restrict", who=NUMBERS[BO], reference="restrict", details={"lift": True})
    open_request(shop.session, "access", who=BO, reference="long")
    extend_request(shop.session, "long", until=shop.now + timedelta(days=70), reason=WORDS)
    note_identity(shop.session, "long", how=WORDS)
    open_request(shop.session, "access", who=CY, reference="no")
    refuse_request(shop.session, "no", reason=WORDS)
    open_request(shop.session, "access", contact=str(shop.contact(CY)["public_id"]), reference="id")
    serve_request(shop.session, open_request(shop.session, "export", who=BO, reference="got", identity_check="x"))
    names = ("access", "export", "erase", "restrict", "long", "no", "id", "got")
    before = {name: request(shop, name) for name in names}
    with restored(shop, dump, dns) as back:
        start(back)
        assert {name: request(back, name) for name in names} == before
        assert back.value("select count(*) from ops.subject_requests") == len(names)
        named = "select contact_id from ops.subject_requests where reference = 'id'"
        assert back.value(named) == back.contact(CY)["id"]
        with back.session.connection("test") as connection:
            number = back.value("select id from ops.subject_requests where reference = 'restrict'")
            assert find_request(connection, number)["details"] == {"lift": True}
        serve_request(back.session, back.value("select id from ops.subject_requests where reference = 'id'"))


def test_a_number_that_is_made_after_the_restore_is_a_new_one(shop: Lab, dns: DnsServer) -> None:
    dump = backup(shop.session.database_url)
    first = open_request(shop.session, "access", who=ADA)
    with restored(shop, dump, dns) as back:
        start(back)
        for who in (BO, CY):
            open_request(back.session, "access", who=who)
        references = [reference for (reference,) in back.rows("select reference from ops.subject_requests order by id")]
        assert references[0] == f"R-{first}" and len(set(references)) == 3


def test_a_correction_that_the_backup_undid_is_to_be_done_again(shop: Lab, dns: DnsServer) -> None:
    """Its values are personal, so the ledger has none; the request is open again under its number."""
    dump = backup(shop.session.database_url)
    wanted = {"name": "Ada Lovelace"}
    number = open_request(shop.session, "rectify", who=ADA, reference="Q-7", details=wanted, identity_check="call")
    serve_request(shop.session, number)
    assert shop.contact(ADA)["name"] == "Ada Lovelace"
    with restored(shop, dump, dns) as back:
        start(back)
        assert request(back, "Q-7")[1] == "open"
        again = open_request(back.session, "rectify", who=ADA, reference="Q-7", details=wanted)
        assert serve_request(back.session, again)["state"] == "done"
        assert back.contact(ADA)["name"] == "Ada Lovelace"
        with pytest.raises(UsageError, match="somebody else"):
            open_request(back.session, "rectify", who=BO, reference="Q-7", details=wanted)


def test_a_request_about_a_contact_that_came_after_the_backup_is_known_by_its_address(
    shop: Lab, dns: DnsServer
) -> None:
    dump = backup(shop.session.database_url)
    shop.drop("crm", csv("email,name", f"{DI},Di Example"), "later.csv")
    open_request(shop.session, "access", contact=str(shop.contact(DI)["public_id"]), reference="Q-8")
    with restored(shop, dump, dns) as back:
        start(back)
        key = back.session.key.email(DI).hex()
        assert back.row(
            "select encode(subject_key, 'hex'), channel, contact_id from ops.subject_requests where reference = 'Q-8'"
        ) == (key, "email", None)
        number = back.value("select id from ops.subject_requests where reference = 'Q-8'")
        assert serve_request(back.session, number)["state"] == "done"
