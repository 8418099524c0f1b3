"""A request that the desk wrote down is served by its job, which knows the number of it and no value of the person."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from contact_pipeline.definitions import defs
from contact_pipeline.orchestration.requests import open_request
from contact_pipeline.orchestration.session import open_pipeline
from contact_pipeline.schemas.rights import REQUEST_KINDS
from contact_pipeline_tests.installation import Installation

SECRETS = ("zebedee", "seedquux", "orchid.net", "seedtitle", "917-865", "9178657631")


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as made:
        yield made


@pytest.fixture
def filled(installation: Installation, instance: dg.DagsterInstance) -> Installation:
    """One published contact."""
    from contact_pipeline.orchestration.intake import Intake

    installation.drop("crm/list.csv", "Name,Email,Phone,Title", "Zebedee Seedquux,zebedee@orchid.net,917-865-7631,Boss")
    with open_pipeline(installation.settings) as pipeline:
        (taken,), _ = Intake(pipeline, installation.settings).take_incoming(["crm/list.csv"])
        for stage in ("land", "apply", "validate_emails", "normalize_phones", "enrich"):
            getattr(pipeline, stage)(taken.key)
    return installation


def written_down(installation: Installation, kind: str, **more: Any) -> int:
    with open_pipeline(installation.settings, actor="clerk") as pipeline:
        return open_request(pipeline, kind, who="Zebedee@orchid.net", **more)


def run(instance: dg.DagsterInstance, kind: str, number: int) -> dg.ExecuteInProcessResult:
    job = defs.resolve_job_def(f"subject_{kind}")
    config = {"ops": {f"serve_{kind}": {"config": {"request_id": number}}}}
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
        assert schema is not None and set(schema.config_type.fields) == {"request_id"}  # type: ignore[attr-defined]


def test_jobs_serve_and_tell_no_value(filled: Installation, instance: dg.DagsterInstance) -> None:
    wishes: dict[str, dict[str, Any]] = {
        "access": {"reference": "2026/17"}, "export": {}, "restrict": {},
        "rectify": {"details": {"title": "Seedtitle"}},
    }  # fmt: skip
    for kind, more in wishes.items():
        result = run(instance, kind, written_down(filled, kind, **more))
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
    assert run(instance, "restrict", number).success
    filled.execute("update core.contacts set processing_restricted = false")
    assert run(instance, "restrict", number).success
    assert filled.rows("select processing_restricted from core.contacts") == [(False,)]
    assert "done before" in everything_told(instance)


def test_why_one_was_refused_stays_with_it(filled: Installation, instance: dg.DagsterInstance) -> None:
    from contact_pipeline.orchestration.requests import refuse_request

    number = written_down(filled, "access")
    with open_pipeline(filled.settings) as pipeline:
        refuse_request(pipeline, f"R-{number}", reason="Mrs Seedquux is somebody else")
    assert run(instance, "access", number).success
    assert "seedquux" not in everything_told(instance)


def test_a_fault_says_its_kind_and_no_value(
    filled: Installation, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    from contact_pipeline.orchestration import disclosing

    def broken(*_: object) -> str:
        raise ValueError("zebedee@orchid.net cannot be shown")

    monkeypatch.setattr(disclosing, "render_page", broken)
    number = written_down(filled, "access")
    assert not run(instance, "access", number).success
    assert not run(instance, "restrict", number).success  # another right's number
    told = everything_told(instance)
    assert "valueerror at contact_pipeline" in told and "is about access" in told
    assert [secret for secret in SECRETS if secret in told] == []
    assert filled.rows("select state from ops.subject_requests") == [("open",)]
