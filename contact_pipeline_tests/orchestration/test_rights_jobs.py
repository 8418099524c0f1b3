"""A request that the desk wrote down is served by its job, which knows its number, a one-time token and no value of the
person; without the token of the identity check it does nothing.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from contact_pipeline.core.errors import UsageError
from contact_pipeline.definitions import defs
from contact_pipeline.opening import open_session
from contact_pipeline.rights.job_tokens import redeem_token
from contact_pipeline.rights.requests import note_identity, open_request
from contact_pipeline.rights.serving import serve_request
from contact_pipeline.schemas.rights import REQUEST_KINDS
from contact_pipeline_tests.installation import Installation
from contact_pipeline_tests.lab.lab import STAGES

SECRETS = ("zebedee", "seedquux", "orchid.net", "seedtitle", "917-865", "9178657631")


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as made:
        yield made


@pytest.fixture
def filled(installation: Installation, instance: dg.DagsterInstance) -> Installation:
    """One published contact."""
    from contact_pipeline.drops.intake import Intake

    installation.drop("crm/list.csv", "Name,Email,Phone,Title", "Zebedee Seedquux,zebedee@orchid.net,917-865-7631,Boss")
    with open_session(installation.settings) as session:
        (taken,), _ = Intake(session).take_incoming(["crm/list.csv"])
        for stage in STAGES.values():
            stage.work(session, taken.key)
    return installation


def written_down(installation: Installation, kind: str, **more: Any) -> int:
    with open_session(installation.settings, actor="clerk") as session:
        return open_request(session, kind, who="Zebedee@orchid.net", **more)


def checked(installation: Installation, number: int) -> str:
    """Somebody found out that it is the person; the token of that."""
    with open_session(installation.settings, actor="clerk") as session:
        ((reference,),) = installation.rows(f"select reference from ops.subject_requests where id = {number}")
        return note_identity(session, reference, how="call back")


def run(instance: dg.DagsterInstance, kind: str, number: int, token: str) -> dg.ExecuteInProcessResult:
    job = defs.resolve_job_def(f"subject_{kind}")
    config = {"ops": {f"serve_{kind}": {"config": {"request_id": number, "token": token}}}}
    return job.execute_in_process(run_config=config, instance=instance, raise_on_error=False)


def everything_told(instance: dg.DagsterInstance) -> str:
    """Events, run configuration, tags and metadata of every run."""
    told = [repr(record.dagster_run) for record in instance.get_run_records()]
    told += [repr(entry) for run in instance.get_runs() for entry in instance.all_logs(run.run_id)]
    return "\n".join(told).lower()


def test_every_right_has_its_job() -> None:
    names = {job.name for job in defs.resolve_all_job_defs()}
    assert {f"subject_{kind}" for kind in REQUEST_KINDS} <= names
    for kind in REQUEST_KINDS:
        schema = defs.resolve_job_def(f"subject_{kind}").nodes[0].definition.config_field
        assert schema is not None and set(schema.config_type.fields) == {"request_id", "token"}  # type: ignore[attr-defined]


def test_jobs_serve_and_tell_no_value(filled: Installation, instance: dg.DagsterInstance) -> None:
    wishes: dict[str, dict[str, Any]] = {
        "access": {"reference": "2026/17"}, "export": {}, "restrict": {},
        "rectify": {"details": {"title": "Seedtitle"}},
    }  # fmt: skip
    for kind, more in wishes.items():
        number = written_down(filled, kind, **more)
        result = run(instance, kind, number, checked(filled, number))
        assert result.success, kind
    assert filled.rows("select title, processing_restricted, can_email from core.contacts") == [
        ("Seedtitle", True, False)
    ]
    assert {row[0] for row in filled.rows("select state from ops.subject_requests")} == {"done"}
    exports = filled.settings.exports
    assert len(list(exports.iterdir())) == 2 and exports.stat().st_mode & 0o777 == 0o700
    with zipfile.ZipFile(exports / "2026+17.zip") as archive:
        assert b"zebedee@orchid.net" in archive.read("data.json")
    told = everything_told(instance)
    assert "restricted: 1 contact(s)" in told  # the search sees what is logged
    assert [secret for secret in SECRETS if secret in told] == []


def test_served_again_it_does_nothing(filled: Installation, instance: dg.DagsterInstance) -> None:
    number = written_down(filled, "restrict")
    token = checked(filled, number)
    with open_session(filled.settings) as session:
        serve_request(session, number)  # at the command line, before the job began
    filled.execute("update core.contacts set processing_restricted = false")
    assert run(instance, "restrict", number, token).success
    assert filled.rows("select processing_restricted from core.contacts") == [(False,)]
    assert "done before" in everything_told(instance)


def test_why_one_was_refused_stays_with_it(filled: Installation, instance: dg.DagsterInstance) -> None:
    from contact_pipeline.rights.requests import refuse_request

    number = written_down(filled, "access")
    token = checked(filled, number)
    with open_session(filled.settings) as session:
        refuse_request(session, f"R-{number}", reason="Mrs Seedquux is somebody else")
    assert run(instance, "access", number, token).success
    assert "seedquux" not in everything_told(instance)


def test_a_fault_says_its_kind_and_no_value(
    filled: Installation, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    from contact_pipeline.rights import disclosing

    def broken(*_: object) -> str:
        raise ValueError("zebedee@orchid.net cannot be shown")

    monkeypatch.setattr(disclosing, "render_page", broken)
    number = written_down(filled, "access")
    assert not run(instance, "access", number, checked(filled, number)).success
    assert not run(instance, "restrict", number, checked(filled, number)).success  # another right's number
    told = everything_told(instance)
    assert "valueerror at contact_pipeline" in told and "does not serve request" in told
    assert [secret for secret in SECRETS if secret in told] == []
    assert filled.rows("select state from ops.subject_requests") == [("open",)]


UNTOUCHED = "select email, title, processing_restricted, deletion_completed from core.contacts"


@pytest.mark.parametrize("kind", REQUEST_KINDS)
def test_without_the_token_of_its_identity_check_a_job_does_nothing(
    filled: Installation, instance: dg.DagsterInstance, kind: str
) -> None:
    more = {"details": {"title": "Seedtitle"}} if kind == "rectify" else {}
    before = filled.rows(UNTOUCHED)
    number = written_down(filled, kind, identity_check="passport shown", **more)
    other = written_down(filled, kind, reference="another", **more)
    replaced, for_another = checked(filled, number), checked(filled, other)
    late = checked(filled, number)
    filled.execute(f"update ops.subject_requests set job_token_until = now() - interval '1 second' where id = {number}")
    for token in ("", "guess", replaced, for_another, late):
        assert not run(instance, kind, number, token).success
    elsewhere = checked(filled, number)
    for another_kind in set(REQUEST_KINDS) - {kind}:
        assert not run(instance, another_kind, number, elsewhere).success
    filled.execute(f"update ops.subject_requests set job_token_run = 'another run' where id = {number}")
    assert not run(instance, kind, number, elsewhere).success
    assert filled.rows(UNTOUCHED) == before
    assert not filled.settings.exports.exists() or list(filled.settings.exports.iterdir()) == []
    assert {state for (state,) in filled.rows("select state from ops.subject_requests")} == {"open"}
    told = everything_told(instance)
    assert "requests identity ref" in told and [secret for secret in SECRETS if secret in told] == []


@pytest.mark.parametrize("kind", REQUEST_KINDS)
def test_a_token_serves_one_run(filled: Installation, instance: dg.DagsterInstance, kind: str) -> None:
    more = {"details": {"title": "Seedtitle"}} if kind == "rectify" else {}
    number = written_down(filled, kind, **more)
    token = checked(filled, number)
    assert run(instance, kind, number, token).success
    assert not run(instance, kind, number, token).success


def test_the_retries_of_a_run_keep_its_token(filled: Installation) -> None:
    number = written_down(filled, "erase")
    token = checked(filled, number)
    with open_session(filled.settings) as session:
        for _ in range(2):
            redeem_token(session, number, kind="erase", token=token, run_id="run-1")
        with pytest.raises(UsageError, match="another run"):
            redeem_token(session, number, kind="erase", token=token, run_id="run-2")


def test_a_token_is_kept_as_a_hash_for_a_day(filled: Installation) -> None:
    number = written_down(filled, "erase")
    token = checked(filled, number)
    assert len(token) >= 43 and token not in filled.dump("ops", "core", "audit")
    ((hours,),) = filled.rows("select extract(epoch from job_token_until - now()) / 3600 from ops.subject_requests")
    assert 23.9 < hours <= 24
