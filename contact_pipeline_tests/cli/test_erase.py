"""subject erase and retention from the command line: asked before, done once, told without a value; then by job."""

import json
import re
from pathlib import Path

import dagster as dg
import pytest

from contact_pipeline.definitions import defs
from contact_pipeline_tests.cli.conftest import Command, Ended
from contact_pipeline_tests.installation import Installation

ADDRESS = "ada@orchid.net"
ROWS = ("Name,Email,Phone,Title", "Ada Orchid,ada@orchid.net,917-865-7631,Clerk", "Bo Orchid,bo@orchid.net,,Boss")
LEFT = "select email, deletion_completed is not null from core.contacts order by id"


@pytest.fixture
def filled(command: Command, installation: Installation) -> Installation:
    installation.drop("crm/list.csv", *ROWS)
    assert command("run").code == 0
    return installation


def silent(ended: Ended) -> Ended:
    """Whatever it printed, the address was not in it."""
    assert re.findall("ada@|orchid", (ended.stdout + ended.stderr).lower()) == []
    return ended


def certificate_of(installation: Installation) -> dict[str, object]:
    (path,) = (installation.settings.erasures / "certificates").iterdir()
    return dict(json.loads(path.read_text()))


def test_erase_looks_first_asks_and_leaves_a_certificate(command: Command, filled: Installation) -> None:
    erase = ("subject", "erase", ADDRESS, "--request-ref", "E/1", "--identity", "call back")
    looked = silent(command(*erase, "--dry-run"))
    assert looked.code == 0 and filled.rows(LEFT)[0] == (ADDRESS, False)
    unasked = silent(command(*erase))
    assert unasked.code == 2 and "--yes" in unasked.stderr and filled.rows(LEFT)[0] == (ADDRESS, False)
    done = silent(command(*erase, "--yes"))
    assert done.code == 0 and "contacts 1, rows_erased 1, findings 0, shared 0" in done.stdout
    assert filled.rows(LEFT) == [(None, True), ("bo@orchid.net", False)]
    told = certificate_of(filled)
    assert (told["findings"], told["server"]) == (0, "external")
    assert "external server" in str(told["not_searched"])
    again = silent(command(*erase, "--yes"))
    assert again.code == 0 and filled.rows("select count(*) from ops.erasures") == [(1,)]
    # The same list again, and a new one: the person does not come back.
    filled.drop("crm/again.csv", *ROWS)
    filled.drop("crm/other.csv", ROWS[0], "Ada O,ADA@orchid.net,,Clerk")
    silent(command("run"))
    assert filled.rows(LEFT) == [(None, True), ("bo@orchid.net", False)]
    assert filled.rows("select reasons from curated.quarantine") == [(["erased_subject"],)]
    assert ADDRESS not in "".join(path.read_text().lower() for path in filled.settings.archive.iterdir())


@pytest.mark.parametrize("said", [(), ("--identity", ""), ("--identity", "  ")])
def test_without_an_identity_check_nothing_is_erased(
    command: Command, filled: Installation, said: tuple[str, ...]
) -> None:
    erase = ("subject", "erase", ADDRESS, "--request-ref", "E/1", *said)
    assert silent(command(*erase, "--dry-run")).code == 0  # who only looks need not know
    refused = silent(command(*erase, "--yes"))
    assert refused.code == 2 and "--identity" in refused.stderr and "requests identity E/1" in refused.stderr
    assert filled.rows(LEFT)[0] == (ADDRESS, False)
    assert filled.rows("select state from ops.subject_requests") == [("open",)]
    assert not (filled.settings.erasures / "certificates").exists()
    silent(command("requests", "identity", "E/1", "--how", "call back"))
    assert silent(command(*erase, "--yes")).code == 0
    assert filled.rows(LEFT)[0] == (None, True)


def test_the_job_is_given_number_and_token_and_the_night_completes_the_certificate(
    command: Command, filled: Installation, tmp_path: Path
) -> None:
    opening = ("requests", "open", "erase", ADDRESS, "--identity", "call back", "--json")
    opened = json.loads(silent(command(*opening)).stdout)
    config = {"ops": {"serve_erase": {"config": {"request_id": opened["id"], "token": opened["token"]}}}}
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        assert defs.resolve_job_def("subject_erase").execute_in_process(run_config=config, instance=instance).success
        assert filled.rows(LEFT)[0] == (None, True)
        assert "scrub" not in certificate_of(filled)
        assert defs.resolve_job_def("erasure_scrub").execute_in_process(instance=instance).success
        assert defs.resolve_job_def("data_retention").execute_in_process(instance=instance).success
        told = [repr(entry) for run in instance.get_runs() for entry in instance.all_logs(run.run_id)]
    assert "scrub" in certificate_of(filled)
    assert "findings 0" in "".join(told) and re.findall("ada@|orchid", "".join(told).lower()) == []
    assert filled.rows("select scrubbed_at is not null, findings from ops.erasures") == [(True, 0)]


def test_retention_tells_how_many_are_due_and_asks(command: Command, filled: Installation) -> None:
    filled.execute("update core.contact_sources set retention_days = 1, landed_at = now() - interval '9 days'")
    announced = silent(command("retention", "--yes"))
    assert announced.code == 0 and "2 announced, 0 gone" in announced.stdout
    filled.execute("update core.retention_notices set noticed_at = now() - interval '31 days'")
    looked = silent(command("retention", "--dry-run"))
    assert looked.code == 0 and looked.stdout.startswith("2 contact(s) are due to go (erase).")
    unasked = command("retention")
    assert unasked.code == 2 and "--dry-run" in unasked.stderr
    assert "0 announced, 2 gone" in silent(command("retention", "--yes")).stdout
    assert {is_gone for _, is_gone in filled.rows(LEFT)} == {True}
